"""The world all demonstration datasets share: places, groups, crises and seeds.

Time is counted in months since year 0 (``settings.month_number``). Arrays over groups have shape
``(groups,)``, arrays over places and time ``(cercles, months)`` with ``World.months`` as columns.
"""

from __future__ import annotations

import csv
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.demonstration.settings import PROJECT, Noise, Settings, settings

REFERENCE = PROJECT / "data" / "reference"

# Months simulated before the first one shown: longer than any cycle, so that every cycle running
# at the start was lived through from its first meeting.
BURN_IN = 14

NEVER = 1_000_000

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Options:
    """What the caller chose; ``since`` and ``until`` as month numbers, both included.

    ``variant`` names a world that differs from the one shown (``data/demonstration.yaml``).
    """

    groups: int
    since: int
    until: int
    seed: int
    variant: str = ""


@dataclass(frozen=True)
class Cercle:
    slug: str
    name: str
    region_2012: str
    region_2023: str


@dataclass(frozen=True)
class Places:
    """Cercles in register order, region names by slug, population of 2022 by region of 2023."""

    cercles: tuple[Cercle, ...]
    region_names: dict[str, str]
    population_2022: dict[str, int]

    def position(self, slug: str) -> int:
        return next(i for i, cercle in enumerate(self.cercles) if cercle.slug == slug)


@dataclass(frozen=True)
class Shocks:
    """Who is hit, when and how hard; first axis cercle, second ``World.months``."""

    onset: Ints
    months_since_onset: Ints
    flooded: Bools
    price_index: Floats
    price_change: Floats
    crisis_payment: Floats


@dataclass(frozen=True)
class Groups:
    """Fixed traits of the groups, ordered by date of formation."""

    cercle: Ints
    formed: Ints
    savings_from: Ints
    wealth: Floats
    level: Floats
    fund: Bools
    women_share: Floats
    monthly: Bools
    cycle_months: Ints
    pause_months: Ints
    closed: Ints
    silent_from: Ints
    meeting_day: Ints

    def __len__(self) -> int:
        return len(self.cercle)


@dataclass(frozen=True)
class World:
    options: Options
    settings: Settings
    places: Places
    shocks: Shocks
    groups: Groups

    @property
    def months(self) -> Ints:
        return simulated_months(self.options)

    @property
    def shown(self) -> slice:
        """The columns of ``months`` that reach the files."""
        return slice(BURN_IN, None)

    def stream(self, concept: str) -> np.random.Generator:
        return stream(self.options.seed, concept)


def second_onset(world: World) -> Ints:
    """Month in which insecurity comes again to some of the cercles it had reached (T12)."""
    again, onset = world.settings.shocks.insecurity.again, world.shocks.onset
    could = np.flatnonzero(onset + again.after_months <= world.options.until)
    chosen = world.stream("shocks.again").permutation(could)[: round(again.share * len(could))]
    second = np.full(len(onset), NEVER)
    second[chosen] = onset[chosen] + again.after_months
    return second


def stream(seed: int, concept: str) -> np.random.Generator:
    """Random numbers of one concept: a new concept never disturbs those already there."""
    return np.random.default_rng([seed, zlib.crc32(concept.encode())])


def simulated_months(options: Options) -> Ints:
    return np.arange(options.since - BURN_IN, options.until + 1)


def build_world(options: Options, reference: Path = REFERENCE) -> World:
    """Places, crises and groups for these options; nothing is read but the reference tables."""
    chosen = settings(options.variant)
    places = read_places(reference)
    onset = _onsets(options, chosen, places)
    shocks = _shocks(options, chosen, places, onset)
    return World(options, chosen, places, shocks, _groups(options, chosen, places, onset))


def read_places(reference: Path = REFERENCE) -> Places:
    cercles = tuple(
        Cercle(row["slug"], row["name_fr"], row["region_2012"], row["region_2023"])
        for row in read_rows(reference / "cercles.csv")
    )
    regions = read_rows(reference / "regions.csv")
    return Places(
        cercles,
        {row["slug"]: row["name_fr"] for row in regions},
        {
            row["slug"]: int(float(row["population_2022"]))
            for row in regions
            if row["division"] == "2023"
        },
    )


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def autoregressive(rng: np.random.Generator, noise: Noise, shape: tuple[int, int]) -> Floats:
    """Stationary AR(1) along the second axis."""
    draws = rng.standard_normal(shape[::-1]) * (noise.sd * math.sqrt(1 - noise.rho**2))
    draws[0] *= 1 / math.sqrt(1 - noise.rho**2)
    for step in range(1, len(draws)):
        draws[step] += noise.rho * draws[step - 1]
    return draws.T


def season(month_of_year: NDArray, amplitude: float, peak_month: float) -> Floats:
    """Yearly wave over ``month_of_year`` 1…12."""
    return amplitude * np.cos(2 * np.pi * (month_of_year - peak_month) / 12)


# --- Crises --------------------------------------------------------------------------------------


def _onsets(options: Options, chosen: Settings, places: Places) -> Ints:
    """Month in which insecurity reaches each cercle; ``NEVER`` for those it never reaches."""
    insecurity = chosen.shocks.insecurity
    rng = stream(options.seed, "shocks.insecurity")
    weights = np.array([insecurity.weights[c.region_2012] for c in places.cercles])
    exposed_n = round(len(weights) * (1 - insecurity.never_share))
    # weighted sampling without replacement: the largest keys u^(1/w)
    exposed = np.argsort(-(rng.random(len(weights)) ** (1 / weights)), kind="stable")[:exposed_n]
    span = options.until - options.since + 1
    waves = options.since + np.round(
        np.linspace(*insecurity.window, insecurity.waves) * span
    ).astype(np.int64)
    # Every wave takes one of the densest cercles left, or a wave could reach only the empty north.
    dense = chosen.places.region_weights
    density = np.array([dense[places.cercles[i].region_2023] for i in exposed])
    exposed = exposed[np.argsort(-density, kind="stable")]
    onset = np.full(len(weights), NEVER)
    for start in range(0, exposed_n, len(waves)):
        hit = exposed[start : start + len(waves)]
        onset[hit] = rng.permutation(waves)[: len(hit)]
    return onset


def _shocks(options: Options, chosen: Settings, places: Places, onset: Ints) -> Shocks:
    months = simulated_months(options)
    insecurity, covid, prices, flood = (
        chosen.shocks.insecurity,
        chosen.shocks.covid19,
        chosen.shocks.prices,
        chosen.shocks.flood,
    )
    since_onset = months[None, :] - onset[:, None]
    payment = np.full(since_onset.shape, chosen.social_fund.crisis_month)
    payment += insecurity.crisis_payment.add * _within(
        since_onset, 0, insecurity.crisis_payment.months
    )
    for national in (covid, prices):
        payment += national.crisis_payment.add * _within(
            months, national.start, national.crisis_payment.months
        )
    hit = stream(options.seed, "shocks.flood").random(len(onset)) < flood.cercle_share
    index = _price_index(options, chosen, first=int(months[0]) - 12)
    return Shocks(
        onset=onset,
        months_since_onset=since_onset,
        flooded=hit[:, None] & _within(months, flood.start, flood.months),
        price_index=index[12:],
        price_change=_local_price_change(options, chosen, index, len(onset)),
        crisis_payment=payment,
    )


def _within(months: Ints, start: int, length: int) -> Bools:
    return (months >= start) & (months < start + length)


def _price_index(options: Options, chosen: Settings, first: int) -> Floats:
    """National consumer prices from month ``first`` on."""
    prices = chosen.prices
    months = np.arange(first, options.until + 1)
    anchors = np.array(list(prices.anchors))
    logs = np.log(list(prices.anchors.values()))
    level = np.interp(months, anchors, logs)
    level += prices.drift_year_before / 12 * np.minimum(months - anchors[0], 0)
    level += prices.drift_year_after / 12 * np.maximum(months - anchors[-1], 0)
    level += season(months % 12 + 1, prices.season.amplitude, prices.season.peak_month)
    level += autoregressive(stream(options.seed, "prices.index"), prices.noise, (1, len(months)))[0]
    return np.exp(level)


def _local_price_change(options: Options, chosen: Settings, index: Floats, cercles: int) -> Floats:
    """Change over twelve months by cercle: a dose that differs between places."""
    prices = chosen.shocks.prices
    rng = stream(options.seed, "prices.local")
    sensitivity = np.exp(prices.local_sensitivity_sd * rng.standard_normal(cercles))
    change = index[12:] / index[:-12] - 1
    return sensitivity[:, None] * change + autoregressive(
        rng, prices.local_noise, (cercles, len(index) - 12)
    )


# --- Groups --------------------------------------------------------------------------------------


def _groups(options: Options, chosen: Settings, places: Places, onset: Ints) -> Groups:
    def draw(concept: str) -> np.random.Generator:
        return stream(options.seed, f"groups.{concept}")

    n, traits, savings = options.groups, chosen.groups, chosen.savings
    formed = _formation_months(options, chosen)
    cercle = draw("place").permutation(_cercle_of_each(options, chosen, places))
    wait = draw("training").integers(*traits.training_months_before_savings, n, endpoint=True)
    wealth = draw("wealth").standard_normal(n)
    level = np.clip(
        savings.wealth_sd * wealth + savings.group_sd * draw("level").standard_normal(n),
        -savings.group_limit,
        savings.group_limit,
    )
    latent = chosen.social_fund.latent
    women_only = draw("type").random(n) < traits.women_only_share
    mixed_share = draw("mixed").uniform(*traits.women_share_in_mixed, n)
    shapes = np.array([shape[:2] for shape in chosen.cycles.shapes])
    shape = shapes[draw("cycle").choice(len(shapes), n, p=[s[2] for s in chosen.cycles.shapes])]
    savings_from = formed + wait
    at_risk_from = np.maximum(savings_from, options.since) + 1
    return Groups(
        cercle=cercle,
        formed=formed,
        savings_from=savings_from,
        wealth=wealth,
        level=level,
        fund=latent.shift + latent.wealth * wealth + draw("fund").standard_normal(n) > 0,
        women_share=np.where(women_only, 1.0, mixed_share),
        monthly=draw("frequency").random(n) < traits.monthly_share,
        cycle_months=shape[:, 0],
        pause_months=shape[:, 1],
        closed=_end(
            draw("closure"),
            traits.closure_rate_year / 12,
            traits.closure_multiple_after_onset,
            at_risk_from,
            onset[cercle],
        ),
        silent_from=_end(
            draw("attrition"),
            chosen.reporting.attrition_month,
            chosen.reporting.attrition_multiple_after_onset,
            at_risk_from,
            onset[cercle],
        ),
        meeting_day=draw("weekday").integers(0, 7, n),
    )


def _formation_months(options: Options, chosen: Settings) -> Ints:
    first = options.since - chosen.groups.formed_from_months_before_since
    last = max(options.until - chosen.groups.formed_until_months_before_until, first)
    draws = stream(options.seed, "groups.formation").integers(
        first, last, options.groups, endpoint=True
    )
    return np.sort(draws)


def _cercle_of_each(options: Options, chosen: Settings, places: Places) -> Ints:
    """Cercle of each group, sorted; largest remainders keep the shares at any size."""
    rng = stream(options.seed, "groups.places")
    weights = np.zeros(len(places.cercles))
    for region, weight in chosen.places.region_weights.items():
        inside = [i for i, c in enumerate(places.cercles) if c.region_2023 == region]
        weights[inside] = weight * rng.dirichlet(
            np.full(len(inside), chosen.places.cercle_concentration)
        )
    n = options.groups
    least = 1 if n >= max(chosen.places.every_cercle_from_groups, len(weights)) else 0
    wished = weights / weights.sum() * (n - least * len(weights))
    counts = np.floor(wished).astype(np.int64)
    rest = n - least * len(weights) - counts.sum()
    counts[np.argsort(counts - wished, kind="stable")[:rest]] += 1
    return np.repeat(np.arange(len(weights)), counts + least)


def _end(
    rng: np.random.Generator, hazard: float, multiple: float, start: Ints, onset: Ints
) -> Ints:
    """Month of an ending whose monthly hazard is multiplied from the onset on."""
    patience = rng.exponential(size=len(start)) / hazard
    before = np.maximum(onset - start, 0)
    lasts = np.where(patience <= before, patience, before + (patience - before) / multiple)
    return start + np.floor(lasts).astype(np.int64)
