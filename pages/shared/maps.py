"""Maps that answer a click, and the one that plays over the quarters."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.charts import Figure
from analytics.estimates.estimate import Estimates
from analytics.geography.places import parts_of, region_of
from analytics.indicator import indicators
from analytics.selection import Selection
from analytics.text.numbers import format_period
from pages.shared import blocks
from pages.shared.address import bound, keep
from pages.shared.answers import ask, draw
from pages.shared.filters import ALL
from pages.shared.session import lang, reader, sees, words

_BEAT = 1.6  # seconds a quarter stays, long enough to read it


def clickable(figure: Figure, answer: Estimates, region: str | None, *, key: str) -> None:
    """A map on which a click chooses the region everywhere, as the select box does.

    A second click on the chosen region brings back the country.
    """
    # Another choice is another chart: the one drawn before keeps its own last click.
    name = f"{key}-{region or ALL}"

    def choose() -> None:
        if slug := _clicked(name, answer.selection):
            keep("region", ALL if slug == region else slug, ALL)

    blocks.show(figure, answer, key=name, on_select=choose)


def _clicked(name: str, selection: Selection) -> str | None:
    """The region clicked, or the one a clicked cercle lies in, as this reader may choose it."""
    points = (st.session_state.get(name) or {}).get("selection", {}).get("points", [])
    place = next((str(point["customdata"]) for point in points if point.get("customdata")), None)
    if place is None:
        return None
    slug = parts_of(place)[0]
    if "cercle" in selection.dimensions:
        slug = region_of(slug, selection.division)
    return reader().units[selection.division][slug] if sees() == "public" else slug


def style(division: str) -> str:
    """Tiles or outlines, where there are outlines of the division."""
    drawn = division == "2012" or bool(reader().boundaries(division, "region"))
    if not drawn:
        return "tiles"
    first = ("outlines", "tiles")
    return bound(
        st.segmented_control, f"map-{division}", first, first[0], label=words("filter.map"),
        format_func=lambda value: words(f"filter.{value}"), required=True,
    )  # fmt: skip


def level(division: str) -> str:
    """Regions, or cercles for the staff where their outlines were imported."""
    if sees() != "staff" or not reader().boundaries(division, "cercle"):
        return "region"
    options = ("region", "cercle")
    return bound(
        st.segmented_control, "level", options, options[0], label=words("maps.level"),
        format_func=lambda value: words(f"maps.level_{value}"), required=True,
    )  # fmt: skip


def second(name: str) -> str:
    """The indicator beside ``name``: those of public feeds first."""
    found = [i for i in indicators().values() if i.id != name and i.klass in ("open", "rate")]
    found.sort(key=lambda i: i.klass != "open")
    titles = {i.id: i.title[lang()] for i in found}
    return bound(
        st.selectbox, "second", tuple(titles), found[0].id, label=words("maps.second"),
        format_func=titles.__getitem__,
    )  # fmt: skip


def view() -> str:
    """Which of the other maps is drawn; one at a time, so that a change of view stays light."""
    options = ("by_year", "by_quarter", "together")
    return bound(
        st.segmented_control, "view", options, options[0], label=words("maps.more"),
        format_func=lambda value: words(f"maps.{value}"), required=True,
        label_visibility="collapsed",
    )  # fmt: skip


def years(name: str, division: str, region: str | None) -> None:
    """One small map a year."""
    question: dict[str, Any] = {"by": ("region", "year"), "division": division}
    shown = draw(name, question, chart="multiples", highlight=region)
    clickable(shown, ask(name, **question), region, key="maps-years")


def quarters(name: str, division: str, region: str | None, style: str) -> None:
    """One map that plays over the quarters."""
    playing = st.session_state.get("maps-playing", False)
    st.fragment(_play, run_every=_BEAT if playing else None)(name, division, region, style)


def _play(name: str, division: str, region: str | None, style: str) -> None:
    """One quarter drawn by the server: files, table and words are those of the quarter shown."""
    question: dict[str, Any] = {"by": ("region", "quarter"), "division": division}
    answer = ask(name, **question)
    known = list(dict.fromkeys(row.keys["quarter"] for row in answer.published))
    if not known:
        return
    playing = st.session_state.get("maps-playing", False)
    held = st.session_state.get("maps-quarter")
    place = known.index(held) if held in known else 0
    if playing and held in known:
        place = (place + 1) % len(known)
    st.session_state["maps-quarter"] = known[place]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button(
            words("maps.pause" if playing else "maps.play"),
            icon=":material/pause:" if playing else ":material/play_arrow:",
        ):
            st.session_state["maps-playing"] = not playing
            st.rerun()
        st.select_slider(
            words("maps.quarter_shown"), known, key="maps-quarter",
            format_func=lambda label: format_period(label, lang(), short=True),
        )  # fmt: skip
    shown = draw(name, question, chart="map", map_style=style, period=known[place],
                 highlight=region)  # fmt: skip
    span = {"start": known[place], "end": known[place]}
    one = ask(name, by=("region",), division=division, **span)
    blocks.show(shown, one, key="maps-quarters")
