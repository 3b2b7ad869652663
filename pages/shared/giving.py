"""What the Contributions page shows: choices, finding, cards, strength of source, counting."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics import story
from analytics.indicator import indicator
from analytics.text.numbers import format_value
from pages.shared import blocks, filters
from pages.shared.answers import ask, draw
from pages.shared.session import lang, reader, sees, words

#: what is measured, per member so that places and years compare
MEASURES = (
    "contribution_value_per_member", "people_reached_per_100_members", "groups_contributing_share",
)  # fmt: skip
PARTS = ("kind", "purpose", "crisis", "phase", "beneficiary", "initiative")
#: totals first, then what they mean for one member
CARDS = (
    "contribution_value", "contribution_value_ledger", "people_reached", "women_involved",
    "contribution_value_per_member", "contribution_value_per_1000_saved",
    "people_reached_per_100_members", "groups_contributing_share",
)  # fmt: skip


def choose_year() -> str | None:
    """One full year with a log of contributions, the latest first; None where there is none."""
    found = story.years(reader(), sees(), "groups_contributing_share")
    if not found:
        return None
    labels = [period.label for period in reversed(found)]
    return filters.one("breakdown.year", dict(zip(labels, labels, strict=True)), "year")


def choose_measure() -> str:
    return filters.one(
        "giving.measure", {name: indicator(name).title[lang()] for name in MEASURES}, "measure"
    )


def choose_part() -> str:
    return filters.one("giving.part", {name: words(f"breakdown.{name}") for name in PARTS}, "part")


def finding(year: str, region: str | None) -> None:
    asker = story.Asker(reader(), sees(), lang(), region)
    blocks.lead(story.contributions(asker, year))


def cards(year: str, region: str | None) -> None:
    with st.grid(4, min_column_width=200, gap="small"):
        for name in CARDS:
            blocks.fact(ask(name, start=year, end=year, filters=_within(region)))


def ledger(name: str, part: str, year: str, region: str | None, crises: tuple[str, ...]) -> None:
    """One measure by one part, and over the quarters."""
    left, right = st.columns(2)
    # The public divides once: what it sees in parts is the whole country.
    parted = _within(region if sees() != "public" else None)
    question: dict[str, Any] = {"by": (part,), "start": year, "end": year, "filters": parted}
    with left:
        blocks.show(draw(name, question, chart="bars"), ask(name, **question), key="giving-parts")
    end = reader().build.latest("quarter", sees()).label
    course: dict[str, Any] = {"by": ("quarter",), "end": end, "filters": _within(region)}
    with right:
        shown = draw(name, course, chart="trend", events=crises)
        blocks.show(shown, ask(name, **course), key="giving-course")


def _within(region: str | None) -> tuple[tuple[str, str], ...]:
    return (("region", region),) if region else ()


def strength(year: str) -> None:
    """How strong the sources are, and the floor that ledgers alone make."""
    name = "contribution_value_per_member"
    question: dict[str, Any] = {"by": ("source",), "start": year, "end": year}
    answer = ask(name, **question)
    whole = ask(name, start=year, end=year).rows[0]
    by_source = {row.keys["source"]: row for row in answer.published}
    ledger_row = by_source.get("ledger")
    if whole.published and whole.value and ledger_row and ledger_row.value is not None:
        st.markdown(
            words(
                "giving.floor",
                floor=blocks.value_text(ledger_row, answer.indicator),
                total=blocks.value_text(whole, answer.indicator),
                share=format_value(ledger_row.value / whole.value, "share", lang()),
            )
        )
    blocks.show(draw(name, question, chart="bars"), answer, key="giving-source")


def counted(year: str) -> None:
    """The rules by which contributions were counted, with what they set aside."""
    aside, logged = (
        blocks.value_text(answer.rows[0], answer.indicator)
        for answer in (ask(name, start=year, end=year)
                       for name in ("contributions_set_aside", "contributions_logged"))
    )  # fmt: skip
    rules = ("price", "reach", "once", "log", "women")
    told = {"year": year, "aside": aside, "logged": logged}
    st.markdown("\n".join(f"- {words(f'giving.rule.{rule}', **told)}" for rule in rules))
