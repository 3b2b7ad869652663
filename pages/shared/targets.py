"""Targets beside what was attained, and whom the projects reached at what cost."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.geography.places import place_name
from analytics.settings import settings
from analytics.targets import Standing, counted, places, standings, unknown_indicators, years
from analytics.text.numbers import format_value, percent
from analytics.warehouse.home import Home
from analytics.warehouse.read import open_reader
from pages.shared import blocks, filters, tables
from pages.shared.answers import ask
from pages.shared.downloads import listing
from pages.shared.session import lang, reader, sees, words

_REACH = ("reach_direct", "reach_direct_women", "reach_indirect", "programme_cost",
          "cost_per_member")  # fmt: skip


def section() -> None:
    """Targets of a year and place; then reach and cost, year by year."""
    st.header(words("targets.title"), anchor=False)
    known = years(reader())
    if not known:
        st.markdown(words("targets.none"))
    else:
        _targets(known)
    _reach()


def _targets(known: list[str]) -> None:
    latest = reader().build.latest("year", sees()).label
    # What is over first, the latest of it on top; what is still to come after it.
    order = sorted(known, key=lambda year: (year > latest, -int(year)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        year = filters.one("targets.year", dict(zip(order, order, strict=True)), "target_year")
        shown = {filters.ALL: words("filter.whole_country")}
        shown |= {slug: place_name(slug, lang()) for slug in places(reader())}
        place = filters.one("filter.region", shown, "target_place")
    found = _standings(reader().build.build_id, sees(), year, place)
    reached, comparable = counted(found)
    named = {"year": year, "place": place_name(place, lang())}
    if place != filters.ALL and all(s.division == "2012" for s in found):
        named["place"] += f" ({words('selection.division', year='2012')})"
    if comparable:
        st.markdown(words("targets.finding", reached=reached, known=comparable, **named))
    else:
        st.markdown(words("targets.finding_none", **named))
    rows = [_told(standing) for standing in found]
    label = words("targets.table", **named)
    if rows:
        tables.show(rows, alt=label)
    st.caption(words("targets.note"))
    if len(found) > comparable:
        st.caption(words("targets.not_counted", count=len(found) - comparable))
    if strange := unknown_indicators(reader()):
        st.caption(words("targets.unknown_indicator", names=", ".join(strange)))
    listing(words("targets.download"), f"targets-{place}-{year}", lambda: _rows(found))


def _told(standing: Standing) -> dict[str, str]:
    subject, row = standing.indicator, standing.row
    unit, language = subject.unit, lang()
    interval = "–"
    if row and row.low is not None and row.high is not None:
        low, high = (format_value(bound, unit, language) for bound in (row.low, row.high))
        interval = words("figure.range", low=low, high=high)
    progress = standing.progress
    return {
        words("filter.indicator"): subject.title[language],
        words("targets.target"): format_value(standing.target, unit, language),
        words("targets.actual"): blocks.value_text(row, subject) if row else "–",
        words("targets.state"): words(f"targets.states.{standing.state}"),
        words("targets.baseline"): format_value(standing.baseline, unit, language),
        words("targets.progress"): percent(progress, language, 0) if progress is not None else "–",
        words("targets.interval"): interval,
    }


def _rows(found: list[Standing]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    header = ("indicator", "place", "year", "baseline", "target", "value", "low", "high", "state",
              "unit")  # fmt: skip
    return header, [
        (s.indicator.id, s.place, s.year, s.baseline, s.target,
         *((s.row.value, s.row.low, s.row.high) if s.row else (None, None, None)), s.state,
         s.indicator.unit)
        for s in found
    ]  # fmt: skip


def _reach() -> None:
    st.subheader(words("reach.title"), anchor=False)
    answers = {name: ask(name, by=("year",)) for name in _REACH}
    if not any(answer.published for answer in answers.values()):
        st.markdown(words("reach.none"))
        return
    st.caption(words("reach.note"))
    cells = {name: dict(answer.series()) for name, answer in answers.items()}
    labels = sorted({label for series in cells.values() for label in series})
    latest = reader().build.latest("year", sees()).label
    tables.show(
        [
            {
                words("targets.year"): label if label <= latest
                else words("reach.not_over", year=label),
                **{answers[name].indicator.title[lang()]:
                   blocks.value_text(cells[name].get(label), answers[name].indicator)
                   for name in _REACH},
            }
            for label in labels
        ],
        alt=words("reach.by_year"),
    )  # fmt: skip
    st.caption(" ".join(words(f"caveat.{code}") for code in ("counted_each_year",
                                                            "cost_of_projects")))  # fmt: skip


@st.cache_resource(max_entries=100, show_spinner=False)
def _standings(build_id: str, role: str, year: str, place: str) -> list[Standing]:
    return standings(open_reader(Home(settings().home), build_id), role, year, place)
