"""Members' businesses, month by month: sales, closures, reopenings and what their owners changed.

A hidden capability makes an owner both likelier to adapt and quicker to reopen, so that the naive
comparison overstates what adaptation does (T7). Arrays have shape (businesses, months shown).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analytics.demonstration.network import dates, first_day, group_ids
from analytics.demonstration.tables import Table, words
from analytics.demonstration.world import (
    BURN_IN,
    Bools,
    Floats,
    Ints,
    World,
    autoregressive,
    season,
)

OPEN, CLOSED_TEMPORARILY, CLOSED = 0, 1, 2
STATUS = np.array(["open", "closed_temporarily", "closed"])


@dataclass(frozen=True)
class Struck:
    """A crisis as each business lives it: months since it came, negative before."""

    crisis: str
    since: Ints


def business_table(world: World) -> Table:
    """One row a business and month seen: columns of dataset ``business_observation``."""
    rules, groups = world.settings.businesses, world.groups
    n = max(len(groups), min(rules.most_a_group * len(groups), rules.at_least))
    group = np.sort(np.arange(n) % len(groups))
    months = world.months[BURN_IN:]
    struck = _struck(world, group)
    capability = world.stream("businesses.capability").standard_normal(n)
    latent = rules.adapts_shift + rules.adapts_of_capability * capability
    adapts: Bools = latent + world.stream("businesses.adapts").standard_normal(n) > 0
    status = _lives(world, struck, capability, adapts)
    linked = _linked(world, n, adapts)
    revenue = _revenue(world, struck, capability, linked[:, None] & _any_struck(struck))
    seen = _seen(world, group, status)
    row, column = np.nonzero(seen)

    sex = (groups.women_share[group] < 1.0) & (
        world.stream("businesses.sex").random(n) < rules.men_in_mixed
    )
    sector = world.stream("businesses.sector").choice(
        list(rules.sectors), n, p=list(rules.sectors.values())
    )
    day = world.stream("businesses.day").integers(18, 27, n, endpoint=True)
    rng = world.stream("businesses.rows")
    state = status[row, column]
    sold = np.round(revenue[row, column] / 100).astype(np.int64) * 100
    sold = np.where(state == OPEN, sold, 0)
    margin = rng.normal(rules.margin.mean, rules.margin.sd, len(row))
    rent = np.where(state == CLOSED_TEMPORARILY, -np.round(2_000 * rng.random(len(row))), 0)
    profit = np.where(state == OPEN, np.round(sold * margin), rent).astype(np.int64)
    blank_revenue = (state != OPEN) | (rng.random(len(row)) < rules.missing)
    blank_profit = (state == CLOSED) | (rng.random(len(row)) < 2 * rules.missing)
    size = 1 + world.stream("businesses.size").poisson(rules.helpers, n)
    workers = np.where(state == OPEN, size[row], 0)
    done, origin = _adaptations(world, struck, adapts, linked, row, column)
    felt = words(
        ((s.since[row, column] >= 0) & (s.since[row, column] < rules.felt_months)
         & (rng.random(len(row)) < rules.felt), s.crisis)
        for s in struck
    )  # fmt: skip
    weight = np.round(world.stream("businesses.weight").uniform(*rules.weight, n), 3)
    text = pa.array([f"DEMO-B-{i:06d}" for i in range(1, n + 1)])
    return {
        "business_id": text.take(pa.array(row)),
        "group_id": group_ids(world).take(pa.array(group[row])),
        "obs_date": dates(first_day(months[column]) + day[row] - 1),
        "owner_sex": pa.array(np.where(sex[row], "male", "female")),
        "sector": pa.array(sector[row]),
        "status": pa.array(STATUS[state]),
        "revenue_xof": pa.array(sold, mask=blank_revenue),
        "profit_xof": pa.array(profit, mask=blank_profit),
        "workers": pa.array(workers, mask=rng.random(len(row)) < rules.missing),
        "adaptations": done,
        "adaptation_origin": origin,
        "shocks_felt": felt,
        "weight": pa.array(weight[row]),
    }


def _struck(world: World, group: Ints) -> list[Struck]:
    months, shocks = world.months[BURN_IN:], world.settings.shocks
    cercle = world.groups.cercle[group]
    everywhere = np.ones((len(group), 1), np.int64)
    flooded = world.shocks.flooded[cercle].any(axis=1, keepdims=True)
    return [
        Struck("insecurity", world.shocks.months_since_onset[cercle][:, BURN_IN:]),
        Struck("covid19", everywhere * (months - shocks.covid19.start)),
        Struck("prices", everywhere * (months - shocks.prices.start)),
        Struck("climate", np.where(flooded, months - shocks.flood.start, -1)),
    ]


def _any_struck(struck: list[Struck]) -> Bools:
    return np.logical_or.reduce([s.since >= 0 for s in struck])


def _lives(world: World, struck: list[Struck], capability: Floats, adapts: Bools) -> Ints:
    """Open, closed for a time, closed for good; nobody comes back from the last."""
    rules = world.settings.businesses
    rng = world.stream("businesses.lives")
    n: int
    n, months = struck[0].since.shape
    state = np.zeros(n, np.int64)
    lived = np.empty((n, months), np.int64)
    faster = np.where(adapts, rules.reopening.causal, 1.0) * np.exp(
        rules.reopening.of_capability * capability
    )
    comes_back = 1 - np.exp(-rules.reopening.month * faster)
    for month in range(months):
        closing = np.full(n, rules.closing.base)
        for s in struck:
            since = s.since[:, month]
            hazard = rules.closing.crises[s.crisis]
            closing += np.where(since == 0, hazard[0], 0)
            closing += np.where((since > 0) & (since < rules.closing.months), hazard[1], 0)
        draw = rng.random(n)
        closes = (state == OPEN) & (draw < closing)
        for_good = (state == CLOSED_TEMPORARILY) & (draw > 1 - rules.closing.for_good)
        reopens = (state == CLOSED_TEMPORARILY) & (draw < comes_back) & ~for_good
        state = np.where(closes, CLOSED_TEMPORARILY, np.where(for_good, CLOSED, state))
        state = np.where(reopens, OPEN, state)
        lived[:, month] = state
    return lived


def _linked(world: World, n: int, adapts: Bools) -> Bools:
    share = world.settings.businesses.market_link.share
    return adapts & (world.stream("businesses.linked").random(n) < share)


def _revenue(world: World, struck: list[Struck], capability: Floats, linked: Bools) -> Floats:
    """What an open business would sell in a month, XOF."""
    rules = world.settings.businesses
    rng = world.stream("businesses.revenue")
    n: int
    n, months = struck[0].since.shape
    number = world.months[BURN_IN:]
    level: Floats = rules.revenue_sd * rng.standard_normal(n)
    level += math.log(rules.revenue_xof) + rules.revenue_of_capability * capability
    scarred: Bools = rng.random(n) < rules.never_recovers
    pace = np.exp(0.4 * rng.standard_normal(n) - 0.3 * capability)
    own_trend = rules.own_trend_sd_month * rng.standard_normal(n)
    log = np.broadcast_to(level[:, None], (n, months)).copy()
    log += rules.trend_month * (number - 2018 * 12)
    log += season(number % 12 + 1, rules.season.amplitude, rules.season.peak_month)
    log += own_trend[:, None] * np.arange(months)
    log += autoregressive(rng, rules.noise, (n, months))
    # a good week of market, a large order: the right tail of sales
    log += np.where(rng.random((n, months)) < 0.01, rng.exponential(0.8, (n, months)), 0.0)
    for s in struck:
        drop = rules.fall[s.crisis]
        fade = np.exp2(-np.maximum(s.since, 0) / (drop.half_life * pace[:, None]))
        fade = np.where(scarred[:, None], np.maximum(fade, rules.scar), fade)
        log += np.where(s.since >= 0, drop.size * fade, 0.0)
    log += rules.market_link.revenue * linked
    return np.exp(log)


def _seen(world: World, group: Ints, status: Ints) -> Bools:
    groups, months = world.groups, world.months[BURN_IN:]
    rng = world.stream("businesses.seen")
    last = np.minimum(groups.silent_from, groups.closed)[group]
    seen: Bools = (months >= groups.savings_from[group][:, None]) & (months < last[:, None])
    # an interview in the month of the closure for good, and none after
    seen &= ~((status == CLOSED) & (np.roll(status, 1, axis=1) == CLOSED))
    seen &= rng.random(seen.shape) >= world.settings.businesses.missing_month
    home = [world.places.cercles[c].region_2023 for c in groups.cercle[group]]
    thin = np.isin(home, world.settings.reporting.thin_regions)
    silent = rng.random(seen.shape) < world.settings.reporting.thin_missing
    return seen & ~(thin[:, None] & silent)


def _adaptations(
    world: World, struck: list[Struck], adapts: Bools, linked: Bools, row: Ints, column: Ints
) -> tuple[pa.Array, pa.Array]:
    """What was changed, in the months after each crisis, and at whose initiative."""
    rules, n = world.settings.businesses, len(adapts)
    parts = [(linked[row] & _any_struck(struck)[row, column], "market_link")]
    for s in struck:
        menu = rules.adaptations[s.crisis]
        rng = world.stream(f"businesses.adaptations.{s.crisis}")
        first = rng.choice(len(menu), n, p=np.array(list(menu.values())))
        second = np.where(rng.random(n) < 0.35, rng.integers(0, len(menu), n), first)
        since = s.since[row, column]
        on = adapts[row] & (since >= 0) & (since < rules.adaptation_months)
        parts += [
            (on & ((first == i) | (second == i))[row], kind) for i, kind in enumerate(menu)
        ]
    merged: dict[str, Bools] = {}
    for where, kind in parts:
        merged[kind] = merged[kind] | where if kind in merged else where
    any_done = np.any(list(merged.values()), axis=0)
    rng = world.stream("businesses.answers")
    unanswered = rng.random(len(row)) < rules.adaptation_unanswered
    table = words([*((w, k) for k, w in merged.items()), (~any_done, "none")], unanswered)
    own = world.stream("businesses.origin").random(n) < rules.own_initiative
    origin = pa.array(np.where(own[row], "own", "project"), mask=~any_done | unanswered)
    return table, origin
