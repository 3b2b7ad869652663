"""What struck: what changed this quarter, one region's profile, how fresh each feed is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analytics.estimates.estimate import Row, estimate
from analytics.indicator import Indicator, indicator, indicators
from analytics.period import Period, following, parse_period, period_of, preceding
from analytics.selection import Selection
from analytics.sources.feeds.catalogue import Source, catalogue, parse_source
from analytics.warehouse.read import Reader

#: indicators of shocks whose counts are compared with the quarters before
COUNTED = ("events_per_100k", "fatalities_per_100k", "displaced_per_1000")
#: the measures in the feeds that an indicator is made of
MEASURES = {
    "events_per_100k": ("events",),
    "fatalities_per_100k": ("fatalities",),
    "price_alert_level": ("alps",),
    "staple_price_change": ("price_change_pct",),
    "rainfall_anomaly": ("rainfall_z",),
    "displaced_per_1000": ("displaced",),
    "population_phase3plus_share": ("phase3plus_share",),
    "stringency": ("stringency",),
    "people_exposed": ("events", "displaced", "alps", "price_change_pct", "rainfall_z",
                       "rainfall_pct_normal", "phase3plus_share"),
}  # fmt: skip
#: quarters before a quarter that it is compared with
BEFORE = 4


def change_class(now: float, average: float) -> str:
    """How a count stands to the average of the quarters before, in ACLED's words.

    More than 25 % above is a large rise, 10 to 25 % a moderate one, from 25 % below to 10 % above
    a limited change, more than 25 % below a large fall. Where the average is 2 or less and the
    count 5 or less, a per cent says nothing: ``low_count``.
    Source: ACLED, Conflict Watchlist and regional overviews, change in monthly counts.
    """
    if average <= 2 and now <= 5:
        return "low_count"
    # Whole numbers and their quarters: no rounding moves a count over an edge.
    if 4 * now > 5 * average:
        return "large_rise"
    if 10 * now >= 11 * average:
        return "moderate_rise"
    return "limited" if 4 * now >= 3 * average else "large_fall"


@dataclass(frozen=True)
class Change:
    """A count in a quarter beside the mean of the four before it, of a region or of ``mali``."""

    place: str
    indicator: str
    now: float
    average: float
    kind: str

    @property
    def relative(self) -> float | None:
        return self.now / self.average - 1 if self.average else None


def shocks() -> list[Indicator]:
    return [found for found in indicators().values() if found.theme == "shocks"]


def quarters(reader: Reader, name: str) -> list[Period]:
    """Full quarters in which an indicator has a value for the country, oldest first."""
    span = reader.span(name)
    known = reader.periods_with_values(name, "quarter")
    return [period for period in known if span and period.end <= span[1]] or known


def changes(reader: Reader, name: str, quarter: str, division: str = "2023") -> list[Change]:
    """The country and every region whose count is known in a quarter and in the four before it.

    Nothing is said of the others: a feed that began two quarters ago has no average yet.
    """
    subject = indicator(name)
    assert subject.klass == "open"  # counts are exact: of places, never of people
    now = parse_period(quarter)
    before = [now]
    for _ in range(BEFORE):
        before.append(preceding(before[-1]))
    labels = [period.label for period in before]
    counts: dict[str, dict[str, float]] = {}
    for by in ((), ("region",)):
        answer = estimate(reader, subject, Selection(
            by=(*by, "quarter"), start=labels[-1], end=quarter, division=division, role="staff",
        ))  # fmt: skip
        for row in answer.published:
            if row.numerator is not None:
                place = row.keys.get("region", "mali")
                counts.setdefault(place, {})[row.keys["quarter"]] = row.numerator
    found = []
    for place, known in counts.items():
        if all(label in known for label in labels):
            average = sum(known[label] for label in labels[1:]) / BEFORE
            kind = change_class(known[quarter], average)
            found.append(Change(place, name, known[quarter], average, kind))
    return found


# --- freshness -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Freshness:
    """One feed: its last month, how old that is at the build, whether the next is overdue.

    ``declared`` is None for a source that is not of the catalogue; nothing is expected of it.
    """

    feed: str
    measures: tuple[str, ...]
    last_month: str
    days: int
    declared: Source | None

    @property
    def lag_days(self) -> int | None:
        return self.declared.lag_days if self.declared else None

    @property
    def title(self) -> dict[str, str]:
        if self.declared is None:
            return {"fr": self.feed, "en": self.feed}
        return {lang: self.declared.title[lang] for lang in ("fr", "en")}

    @property
    def late(self) -> bool | None:
        """Whether the month after the last one should be there by now."""
        if self.lag_days is None:
            return None
        month = parse_period(self.last_month)
        return self.days > self.lag_days + (following(month).end - month.end).days


def freshness(reader: Reader) -> list[Freshness]:
    """Every feed that makes the exposure, the freshest first."""
    rows = reader.query(
        "SELECT source, measure, max(month) FROM core_shock_exposure GROUP BY ALL ORDER BY ALL"
    )
    months: dict[str, str] = {}
    measures: dict[str, set[str]] = {}
    for source, measure, month in rows:
        feed, _ = parse_source(source)
        months[feed] = max(months.get(feed, ""), month)
        measures.setdefault(feed, set()).add(measure)
    built: date = reader.build.built_on
    found = [
        Freshness(feed, tuple(sorted(measures[feed])), month,
                  max((built - parse_period(month).end).days, 0), catalogue().sources.get(feed))
        for feed, month in months.items()
    ]  # fmt: skip
    return sorted(found, key=lambda feed: (feed.days, feed.feed))


# --- one region's profile ------------------------------------------------------------------------

#: published classes: lower limits, ascending, each with its name
ALPS = ((0.5, "stress"), (1.5, "alert"), (2.5, "crisis"))
SPI = (1.0, 1.5, 2.0)
PHASE3 = 0.20


def published_class(name: str, value: float) -> str | None:
    """The published class a value falls in; None where none is published.

    A level of prices over several cercles is their mean: it is called by the nearest level.
    """
    if name == "price_alert_level":
        return next((word for low, word in reversed(ALPS) if value >= low), "normal")
    if name == "rainfall_anomaly":
        degree = sum(abs(value) >= limit for limit in SPI)
        if not degree:
            return "near_normal"
        word = ("moderately", "severely", "extremely")[degree - 1]
        return f"{word}_{'wet' if value > 0 else 'dry'}"
    if name == "population_phase3plus_share":
        return "phase3" if value >= PHASE3 else "below_phase3"
    return None


@dataclass(frozen=True)
class Trait:
    """One line of a profile: the region's row (the country's where the indicator has no regions),
    the country's, the class, and the feeds it rests on.

    ``quarter`` is the one asked for, else the last one before it with a value.
    """

    indicator: Indicator
    quarter: str
    here: Row
    nation: Row
    kind: str | None
    feeds: tuple[Freshness, ...]


def profile(
    reader: Reader, region: str | None, quarter: str, division: str = "2023"
) -> list[Trait]:
    """All kinds of shock in one region (None: in the country), each with its source."""
    asked = parse_period(quarter)
    fresh = freshness(reader)
    found = []
    for subject in shocks():
        known = [p.label for p in quarters(reader, subject.id) if p.end <= asked.end]
        if not known:
            continue
        at = Selection(start=known[-1], end=known[-1], division=division)
        [nation] = estimate(reader, subject, at).rows
        here = nation
        if region and "region" in subject.breakdowns:
            asked_here = at.with_(by=("region",), filters=(("region", region),))
            [here] = estimate(reader, subject, asked_here).rows
        kind = published_class(subject.id, here.value) if here.value is not None else None
        feeds = tuple(f for f in fresh if set(f.measures) & set(MEASURES[subject.id]))
        found.append(Trait(subject, known[-1], here, nation, kind, feeds))
    return found


def years_before(quarter: str, years: int) -> str:
    """The quarter so many years earlier."""
    start = parse_period(quarter).start
    return period_of(start.replace(year=start.year - years), "quarter").label


def ranked(rows: Sequence[Change]) -> list[Change]:
    """Regions by how much more they count than before, then by the count."""
    return sorted(rows, key=lambda c: (c.place == "mali", c.average - c.now, -c.now, c.place))
