"""What calls for attention: the thresholds of ``data/attention.yaml`` over estimates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pydantic import Field, model_validator

from analytics.declared import read_yaml
from analytics.errors import UserError
from analytics.estimates.estimate import Estimates, Row, estimate
from analytics.geography.places import place_name
from analytics.indicator import Frozen, Indicator, indicator
from analytics.period import parse_period, period_of
from analytics.selection import Selection
from analytics.settings import PROJECT
from analytics.text import join_words, say
from analytics.text.numbers import format_period, format_value, percent
from analytics.warehouse.coverage import coverage
from analytics.warehouse.read import Reader
from analytics.warehouse.references import LATE_AFTER_DAYS


class Rule(Frozen):
    """Worsened by more than a share (``relative``) or ``points``, or wholly ``below`` a level."""

    indicator: str
    relative: float | None = None
    points: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Rule:
        limits = (self.relative, self.points, self.below)
        if sum(limit is not None for limit in limits) != 1:
            raise ValueError(f"{self.indicator}: one of relative, points and below")
        return self


class Rules(Frozen):
    rules: tuple[Rule, ...]
    minimum_coverage: float = Field(ge=0, le=1)
    minimum_groups: int
    maximum_late: float = Field(ge=0, le=1)


@dataclass(frozen=True)
class Alert:
    """One thing to look at: where, which indicator (None: coverage), and the sentence."""

    place: str
    indicator: str | None
    severity: float
    sentence: str


@cache
def rules() -> Rules:
    path = PROJECT / "data" / "attention.yaml"
    return Rules.model_validate(read_yaml(path))


def year_earlier(quarter: str) -> str:
    """``2026-Q2`` → ``2025-Q2``."""
    start = parse_period(quarter).start
    return period_of(start.replace(year=start.year - 1), "quarter").label


def alerts(reader: Reader, role: str, quarter: str, lang: str) -> list[Alert]:
    """Every rule that a region or the nation breaks in a quarter, worst first."""
    before = year_earlier(quarter)
    found: list[Alert] = []
    for rule in rules().rules:
        subject = indicator(rule.indicator)
        if rule.below is not None:
            found += _below(reader, role, rule.below, subject, lang)
            continue
        for by in ((), ("region",)):
            answer = estimate(reader, subject, Selection(
                by=(*by, "quarter"), start=before, end=quarter, role=role))  # fmt: skip
            found += _worsened(rule, subject, answer, before, quarter, lang)
    found += _coverage(reader, role, quarter, lang)
    if role == "staff":
        found += _late(reader, lang)
    return sorted(found, key=lambda a: -a.severity)


def _place(row: Row) -> str:
    return row.keys.get("region", "mali")


def _enough(row: Row) -> bool:
    """Whether a cell rests on enough groups (public bands start with their lower bound)."""
    if isinstance(row.n_groups, str):
        return row.n_groups.split("–")[0] != "3"
    return (row.n_groups or 0) >= rules().minimum_groups


def _worsened(
    rule: Rule, subject: Indicator, answer: Estimates, before: str, quarter: str, lang: str
) -> list[Alert]:
    cells = {(_place(row), row.keys["quarter"]): row for row in answer.published}
    alerts = []
    for (place, period), now in cells.items():
        then = cells.get((place, before))
        if period != quarter or then is None or not _enough(now) or not _enough(then):
            continue
        if now.value is None or then.value is None or (rule.points is None and not then.value):
            continue  # nothing is a share of zero, but points can be counted from it
        worse = then.value - now.value if subject.direction == "up" else now.value - then.value
        limit = rule.points if rule.points is not None else (rule.relative or 0) * then.value
        if worse > limit:
            sentence = say(
                "overview.attention_fall",
                lang,
                title=subject.title[lang],
                value=format_value(now.value, subject.unit, lang, precise=True),
                before=format_value(then.value, subject.unit, lang, precise=True),
                quarter=format_period(quarter, lang),
                place=place_name(place, lang),
            )
            alerts.append(Alert(place, subject.id, worse / limit, sentence))
    return alerts


def _below(
    reader: Reader, role: str, level: float, subject: Indicator, lang: str
) -> list[Alert]:
    """A level that the country or regions miss, in the last full year: the whole interval under it.

    One alert names them all, for what most regions miss would crowd out everything else.
    """
    limit = reader.build.latest("year", role).end
    years = [p for p in reader.periods_with_values(subject.id, "year") if p.end <= limit]
    if not years:
        return []
    year = years[-1].label
    missed = []
    for by in ((), ("region",)):
        answer = estimate(reader, subject, Selection(by=by, start=year, end=year, role=role))
        missed += [row for row in answer.published if _enough(row) and _under(row, level)]
    if not missed:
        return []
    places = [place_name(_place(row), lang) for row in missed]
    worst = min(row.value for row in missed if row.value is not None)
    sentence = say(
        "overview.attention_below",
        lang,
        title=subject.title[lang],
        level=format_value(level, subject.unit, lang),
        year=year,
        places=join_words(places, lang),
        worst=format_value(worst, subject.unit, lang),
    )
    return [Alert(_place(missed[0]), subject.id, level / max(worst, 0.01), sentence)]


def _under(row: Row, level: float) -> bool:
    high = row.high if row.high is not None else row.value
    return high is not None and high < level


def _coverage(reader: Reader, role: str, quarter: str, lang: str) -> list[Alert]:
    subject = indicator("savings_per_member")
    answer = estimate(reader, subject, Selection(
        by=("region",), start=quarter, end=quarter, role=role))  # fmt: skip
    minimum = rules().minimum_coverage
    return [
        Alert(
            _place(row),
            None,
            minimum / max(row.coverage, 0.01),
            say(
                "overview.attention_coverage",
                lang,
                place=place_name(_place(row), lang),
                value=percent(row.coverage, lang, 0),
                quarter=format_period(quarter, lang),
            ),
        )
        for row in answer.published
        if row.coverage is not None and row.coverage < minimum and _enough(row)
    ]


def _late(reader: Reader, lang: str) -> list[Alert]:
    """Regions and partners too many of whose reports are overdue, in the latest month due."""
    try:
        found = coverage(reader)
    except UserError:
        return []  # built before coverage was counted
    alerts = []
    for name, reports in (*found.by_region.items(), *found.by_partner.items()):
        latest = next((month for month in reversed(reports) if month.due), None)
        if latest is None or found.latest is None or latest.month != found.latest.month:
            continue
        # Groups silent for a year are another question than reports that are late.
        expected, late = latest.expected - latest.silent, latest.late - latest.silent
        share = late / max(expected, 1)
        if expected < rules().minimum_groups or share <= rules().maximum_late:
            continue
        regional = name in found.by_region
        sentence = say(
            "overview.attention_late",
            lang,
            place=place_name(name, lang) if regional else name,
            late=late,
            expected=expected,
            month=format_period(latest.month, lang),
            days=LATE_AFTER_DAYS,
        )
        place = name if regional else "mali"
        alerts.append(Alert(place, None, share / rules().maximum_late, sentence))
    return alerts
