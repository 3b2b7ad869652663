"""The resilience profile on a page: its meaning, its figure, every part of it, and the file."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.charts import profile as drawing
from analytics.indicator import indicator
from analytics.profile import Profile, Standing, declared, profile
from analytics.settings import settings
from analytics.text.numbers import whole
from analytics.views import resilience
from analytics.warehouse.home import Home
from analytics.warehouse.read import open_reader
from pages.shared import tables
from pages.shared.downloads import listing
from pages.shared.plot import plot
from pages.shared.session import lang, reader, sees, words


def by_region(division: str) -> None:
    """The regions' profile of the latest full year that the reader may see."""
    st.header(words("profile.title"), anchor=False)
    found = _found("region", division)
    _meaning(found.year)
    indexed = [s for s in found.standings if s.index is not None]
    if not indexed:
        st.info(words("profile.none", year=found.year))
    else:
        _figure(found, indexed)
    if found.standings:
        _parts(found)


def by_group_type() -> None:
    """The same for women-only and mixed groups, as far as the parts are known by group type."""
    st.header(words("profile.title_group_type"), anchor=False)
    found = _found("group_type", "2023")
    st.caption(words("profile.group_type_note"))
    if found.standings:
        _parts(found)


def _found(by: str, division: str) -> Profile:
    year = reader().build.latest("year", sees()).label
    return _profile(reader().build.build_id, sees(), year, by, division)


def _meaning(year: str) -> None:
    st.markdown(words("profile.what", year=year))
    st.caption(words("profile.index_defined", tried=len(declared().weightings)))


def _figure(found: Profile, indexed: list[Standing]) -> None:
    first, last = indexed[0], indexed[-1]
    told = {
        "year": found.year, "high": whole(first.index or 0, lang()), "first": _name(first, found),
        "low": whole(last.index or 0, lang()), "last": _name(last, found),
    }  # fmt: skip
    names = [words(f"profile.{name}") for name in declared().capacities]
    lines = [
        drawing.Line(_name(s, found), s.index, s.low, s.high, tuple(s.capacities.values()))
        for s in found.standings
    ]
    alt = words("profile.alt", count=len(indexed), **told)
    with st.container(border=True):
        st.subheader(words("profile.finding", **told), anchor=False)
        firsts = sum(s.best == 1 for s in indexed)
        st.markdown(words("profile.firm" if firsts == 1 else "profile.not_firm", count=firsts,
                          first=told["first"]))  # fmt: skip
        plot(
            drawing.spec(lines, names, lang()), key=f"profile-{found.by}", alt=alt,
            config={"displayModeBar": False, "responsive": True, "scrollZoom": False},
        )  # fmt: skip
        build = reader().build
        kind = words(f"figure.kind_{build.kind}", build=build.build_id)
        st.caption(f"{words('profile.source', kind=kind)}  \n{words('profile.reading')}")
        tables.show([_line(s, found) for s in found.standings], alt=alt)


def _line(standing: Standing, found: Profile) -> dict[str, str]:
    spread = rank = "–"
    if standing.low is not None and standing.high is not None:
        spread = words("figure.range", low=whole(standing.low, lang()),
                       high=whole(standing.high, lang()))  # fmt: skip
        rank = words("figure.range", low=standing.best, high=standing.worst)
    return {
        words(f"breakdown.{found.by}"): _name(standing, found),
        **{words(f"profile.{name}"): _score(value) for name, value in standing.capacities.items()},
        words("profile.index"): _score(standing.index),
        words("profile.spread"): spread,
        words("profile.rank"): rank,
    }


def _parts(found: Profile) -> None:
    """Every part of every place: the value, and in brackets its score between the goalposts."""
    st.subheader(words("profile.parts"), anchor=False)
    st.caption(words("profile.parts_note", minimum=declared().minimum_parts))
    for title, what, rows in resilience.parts(found, lang()):
        st.markdown(f"**{title}.** {what}")
        tables.rows(*rows, alt=f"{words('profile.parts')}, {title}")
    listing(words("profile.download"), f"profile-{found.by}-{found.year}", lambda: _rows(found))


def _score(value: float | None) -> str:
    return resilience.score(value, lang())


def _name(standing: Standing, found: Profile) -> str:
    return resilience.standing_name(standing.place, found, lang())


def _rows(found: Profile) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    header = (found.by, "year", "capacity", "indicator", "value", "low", "high", "score", "unit",
              "index", "index_low", "index_high", "rank_best", "rank_worst")  # fmt: skip
    return header, [
        (s.place, found.year, name, told.part.indicator,
         *((told.row.value, told.row.low, told.row.high) if told.row else (None, None, None)),
         told.score, indicator(told.part.indicator).unit, s.index, s.low, s.high, s.best, s.worst)
        for s in found.standings for name, parts in s.parts.items() for told in parts
    ]  # fmt: skip


@st.cache_resource(max_entries=50, show_spinner=False)
def _profile(build_id: str, role: str, year: str, by: str, division: str) -> Profile:
    reader_ = open_reader(Home(settings().home), build_id)
    return profile(reader_, role, year, by=by, division=division)
