"""What the Voice page shows: seats against the law, what people say of themselves, activities."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics import story
from analytics.indicator import indicator
from pages.shared import blocks, filters, households
from pages.shared.answers import ask, draw
from pages.shared.session import lang, reader, sees, words

SEATS = ("women_seat_share", "vsla_women_seat_share", "spaces_meeting_quota_share")
PARTS = ("level", "kind", "crisis_phase")
OWN = ("speaks_in_public_share", "knows_rights_share", "decides_income_share",
       "decides_health_share")  # fmt: skip
PERCEPTION = "supports_women_leaders_share"
ACTIVITIES = ("activities_held", "activity_women", "activity_men", "activity_women_share")


def finding() -> None:
    asker = story.Asker(reader(), sees(), lang())
    blocks.lead(story.voice(asker))


def cards() -> None:
    """The three measures of seats in the latest full year."""
    year = _year(SEATS[0])
    if year is None:
        return
    with st.grid(3, min_column_width=200, gap="small"):
        for name in SEATS:
            blocks.fact(ask(name, start=year, end=year))
    st.caption(words("voice.cards_note", year=year))


def seats() -> None:
    """One measure of seats by level, kind or phase, by region, and over the years."""
    year = _year(SEATS[0])
    if year is None:
        st.info(words("voice.none"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = {name: indicator(name).title[lang()] for name in SEATS}
        name = filters.one("filter.indicator", shown, "seats")
        part = filters.one("giving.part", {n: words(f"breakdown.{n}") for n in PARTS}, "seats-by")
    left, right = st.columns(2)
    question: dict[str, Any] = {"by": (part,), "start": year, "end": year}
    with left:
        blocks.show(draw(name, question, chart="bars"), ask(name, **question), key="voice-parts")
    where: dict[str, Any] = {"by": ("region",), "start": year, "end": year}
    with right:
        blocks.show(draw(name, where, chart="map"), ask(name, **where), key="voice-map")
    course: dict[str, Any] = {"by": ("year",), "end": year}
    blocks.show(draw(name, course, chart="trend"), ask(name, **course), key="voice-course")


def said() -> None:
    """What people say of themselves: all measures beside one another, one over the rounds."""
    if not ask(OWN[0]).published:
        st.info(words("voice.no_survey"))
        return
    st.caption(words("households.sample"))
    households.compared(OWN, words("voice.said"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = {name: indicator(name).title[lang()] for name in OWN}
        name = filters.one("filter.indicator", shown, "said")
        split = households.choose_split("said-by", default="kind")
    households.over_rounds(name, split, key="voice-said")


def perception() -> None:
    """How many see women as leaders, women and men, round by round: the campaign's change."""
    if not ask(PERCEPTION).published:
        return
    if told := story.perceptions(story.Asker(reader(), sees(), lang())):
        st.markdown(" ".join(told))
    st.caption(words("voice.perception_note"))
    left, right = st.columns(2)
    with left:
        households.over_rounds(PERCEPTION, "sex", key="voice-perception")
    with right:
        households.over_rounds(PERCEPTION, "kind", key="voice-perception-members")


def activities() -> None:
    """Trainings, forums, dialogues of the latest full year, with women and men counted apart."""
    year = _year(ACTIVITIES[0])
    if year is None:
        st.info(words("voice.no_activities"))
        return
    with st.grid(4, min_column_width=200, gap="small"):
        for name in ACTIVITIES:
            blocks.fact(ask(name, start=year, end=year))
    st.caption(words("voice.activities_note", year=year))
    left, right = st.columns(2)
    question: dict[str, Any] = {"by": ("kind",), "start": year, "end": year}
    with left:
        shown = draw(ACTIVITIES[3], question, chart="bars")
        blocks.show(shown, ask(ACTIVITIES[3], **question), key="voice-activities")
    course: dict[str, Any] = {"by": ("year",), "end": year}
    with right:
        shown = draw(ACTIVITIES[1], course, chart="trend")
        blocks.show(shown, ask(ACTIVITIES[1], **course), key="voice-attendance")


def _year(name: str) -> str | None:
    found = story.years(reader(), sees(), name)
    return found[-1].label if found else None
