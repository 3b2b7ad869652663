"""What each page shows, declared once: the application draws it, and so do the light pages.

A panel is a question and a chart; ``page.Page`` is what a whole page is written on. Nothing here
draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from analytics.attention import year_earlier
from analytics.charts.table import Table
from analytics.charts.words import count_text, value_text
from analytics.estimates.estimate import Estimates, Row
from analytics.geography.places import place_name
from analytics.indicator import Indicator, indicator, indicators
from analytics.moved import HEADLINES
from analytics.shocks import years_before
from analytics.text import say
from analytics.text.numbers import format_period, format_value

Ask = Callable[..., Estimates]
Filters = tuple[tuple[str, str], ...]

#: the kinds of crises that a reader may have drawn behind a series
CRISES = ("insecurity", "climate", "covid19", "prices")
#: the groups that the overview speaks of
WOMEN: Filters = (("group_type", "women_only"),)


@dataclass(frozen=True)
class Panel:
    """One figure of a page: indicator, question, chart, and its heading (a key of the catalogue).

    ``crises`` tells whether the crises the reader chose are drawn behind it; ``highlight`` which
    place a map points out.
    """

    name: str
    question: dict[str, Any]
    chart: str | None = None
    crises: bool = False
    heading: str = ""
    highlight: str | None = None

    @property
    def key(self) -> str:
        """A name for it within its page."""
        return "-".join((self.name, *self.question["by"], self.chart or ""))


def overview(latest: str) -> tuple[Panel, Panel]:
    name = "savings_per_member"
    course = {"by": ("quarter",), "filters": WOMEN, "end": latest}
    return (
        Panel(name, course, crises=True, heading="overview.trend"),
        Panel(name, {"by": ("region",), "start": latest, "end": latest}, "map",
              heading="overview.by_region"),
    )  # fmt: skip


def savings(name: str, chosen: Filters, since: str | None, latest: str) -> tuple[Panel, Panel]:
    course = {"by": ("quarter",), "filters": chosen, "start": since, "end": latest}
    places = {"by": ("region",), "start": latest, "end": latest}
    return (
        Panel(name, course, crises=True, heading="savings.trend"),
        Panel(name, places, "bars", heading="savings.by_region"),
    )


def regions(name: str, quarter: str, division: str, level: str = "region") -> tuple[Panel, Panel]:
    question = {"by": (level,), "start": quarter, "end": quarter, "division": division}
    return (
        Panel(name, question, "map", heading="regions.title"),
        Panel(name, question, "bars", heading="regions.title"),
    )


def region(name: str, place: str, division: str, end: str) -> Panel:
    """One region's course."""
    question = {"by": ("quarter",), "filters": (("region", place),), "division": division,
                "end": end}  # fmt: skip
    return Panel(name, question, crises=True, heading="regions.profile")


def shocks(name: str, quarter: str, division: str, place: str | None) -> tuple[Panel, ...]:
    course: dict[str, Any] = {"by": ("quarter",), "start": years_before(quarter, 6), "end": quarter}
    if "region" not in indicator(name).breakdowns:
        return (Panel(name, course, crises=True, heading="shocks.timeline"),)
    course |= {"division": division, "filters": (("region", place),) if place else ()}
    heat = {"by": ("region", "quarter"), "division": division, "end": quarter,
            "start": years_before(quarter, 2)}  # fmt: skip
    return (
        Panel(name, course, crises=True, heading="shocks.timeline"),
        Panel(name, heat, "heat", heading="shocks.where_and_when"),
    )


# --- tables --------------------------------------------------------------------------------------


def scorecard(ask: Ask, quarter: str, lang: str, filters: Filters = WOMEN) -> Table:
    """The headline indicators: this quarter and the same a year earlier."""
    now, then = quarter, year_earlier(quarter)
    header = (say("filter.indicator", lang), format_period(now, lang, short=True),
              format_period(then, lang, short=True))  # fmt: skip
    rows = []
    for name in HEADLINES:
        cells = [_value(ask(name, filters=filters, start=at, end=at), lang) for at in (now, then)]
        rows.append((indicator(name).title[lang], *cells))
    return header, tuple(rows)


def profile(ask: Ask, place: str, quarter: str, division: str, lang: str) -> Table:
    """Every indicator of the network in a region, beside the country."""
    header = tuple(
        say(key, lang) if key else place_name(place, lang)
        for key in ("filter.indicator", "block.period", "", "filter.whole_country",
                    "figure.groups", "figure.coverage_column")
    )  # fmt: skip
    rows = []
    for subject in (found for found in indicators().values() if found.of_network):
        span = {} if subject.klass == "total" else {"start": quarter, "end": quarter}
        local = ask(subject.id, filters=(("region", place),), division=division, **span)
        nation = ask(subject.id, division=division, **span)
        row, period = local.rows[0], format_period(local.period_label, lang, short=True)
        rows.append((
            subject.title[lang], period, _value(local, lang), _value(nation, lang),
            count_text(row.n_groups, lang), format_value(row.coverage, "share", lang),
        ))  # fmt: skip
    return header, tuple(rows)


def ratios(answers: Iterable[Estimates], lang: str) -> Table:
    """Every rate of the network for one selection."""
    header = tuple(
        say(key, lang) for key in ("filter.indicator", "figure.value", "figure.median",
                                   "figure.low", "figure.high", "figure.groups",
                                   "figure.coverage_column")
    )  # fmt: skip
    rows = []
    for answer in answers:
        row, unit = answer.rows[0], answer.indicator.unit
        ends = (row.median, row.low, row.high)
        spread = (format_value(value, unit, lang, precise=True) for value in ends)
        rows.append((answer.indicator.title[lang], _value(answer, lang), *spread,
                     count_text(row.n_groups, lang),
                     format_value(row.coverage, "share", lang)))  # fmt: skip
    return header, tuple(rows)


def _value(answer: Estimates, lang: str) -> str:
    """The one value of an answer, or why there is none."""
    return cell_text(answer.rows[0], answer.indicator, lang)


def cell_text(row: Row | None, subject: Indicator, lang: str, *, precise: bool = True) -> str:
    """A cell's value, or why there is none."""
    if row is None or not row.published:
        return say(f"status.{row.status if row else 'no_data'}", lang)
    return value_text(row, subject.unit, lang, precise=precise)


def definition(subject: Indicator, lang: str) -> tuple[list[str], list[str]]:
    """Everything the declaration says, for a reader: paragraphs and caveats, in Markdown."""

    def labelled(key: str, text: str) -> str:
        return say("labelled", lang, label=say(key, lang), text=text)

    formula = f"{subject.formula.words[lang]} `{subject.formula.symbols}`"
    facts = [
        f"{subject.definition[lang]} {subject.why_it_matters[lang]}",
        labelled("methods.formula", formula),
        " · ".join((
            labelled("methods.unit", say(f"unit_name.{subject.unit}", lang)),
            labelled("methods.source", ", ".join(subject.sources)),
            labelled("methods.class", say(f"methods.classes.{subject.klass}", lang)),
        )),
        labelled("methods.reference", subject.reference.text[lang]),
    ]  # fmt: skip
    if subject.benchmark:
        shown = format_value(subject.benchmark.value, subject.unit, lang)
        told = f"{shown}. {subject.benchmark.text[lang]}"
        facts.append(labelled("methods.benchmark", told))
    return facts, [say(f"caveat.{code}", lang) for code in subject.caveats]
