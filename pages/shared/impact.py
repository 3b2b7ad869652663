"""The Impact page: findings, figures, a map, people reached; each number with its origin.

As the public sees it, whoever looks: this is the page that is shown around.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.advocacy.choice import balanced
from analytics.advocacy.reach import reach
from analytics.advocacy.register import rules
from analytics.briefs.scope import statement
from analytics.estimates.estimate import Estimates
from analytics.evidence.claim import Claim
from analytics.evidence.store import claims
from analytics.geography.places import place_name
from analytics.indicator import indicator
from analytics.text.numbers import whole
from analytics.views import CRISES
from pages.shared import blocks
from pages.shared.answers import ask, draw
from pages.shared.campaign import open_claim
from pages.shared.session import lang, reader, words
from pages.shared.work import plain

_FINDINGS = 4


def findings(region: str | None) -> None:
    """The best supported claims, and beside them always one that says less."""
    found = _claims(reader().build.build_id, "public", region)
    shown = balanced(found, _FINDINGS)
    if not shown:
        return
    st.header(words("impact.findings"), anchor=False)
    for claim in shown:
        _finding(claim)


@st.cache_resource(max_entries=60, show_spinner=False)
def _claims(build_id: str, role: str, region: str | None) -> tuple[Claim, ...]:
    return claims(reader(), role, region or "mali") or claims(reader(), role)


def _finding(claim: Claim) -> None:
    told = statement(claim, lang())
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(told.sentence)}**")
        st.caption(plain(told.standing))
        with st.popover(words("impact.how"), type="tertiary"):
            for detail in told.details:
                st.markdown(plain(detail))
            open_claim(claim)


def figures(region: str | None) -> None:
    """How each part of the story went: a number, its course, and how it is made."""
    for name in rules().briefs.impact.stories:
        subject = indicator(name)
        if region and "region" not in subject.breakdowns:
            continue
        by = "year" if subject.klass == "total" else "quarter"
        question: dict[str, Any] = {
            "by": (by,), "filters": (("region", region),) if region else ()
        }  # fmt: skip
        answer = ask(name, role="public", **question)
        if not answer.published:
            continue
        st.header(words(f"impact.story.{name}"), anchor=False)
        shown = draw(name, question, events=CRISES, role="public")
        blocks.show(shown, answer, key=f"impact-{name}")
        _origin(answer)


def map_of(region: str | None) -> None:
    name = rules().briefs.impact.map
    quarter = reader().build.latest("quarter", "public").label
    question: dict[str, Any] = {"by": ("region",), "start": quarter, "end": quarter}
    answer = ask(name, role="public", **question)
    if not answer.published:
        return
    st.header(words("impact.where"), anchor=False)
    shown = draw(name, question, chart="map", highlight=region, role="public")
    blocks.show(shown, answer, key="impact-map")
    _origin(answer)


def _origin(answer: Estimates) -> None:
    with st.popover(words("impact.how"), type="tertiary"):
        blocks.definition(answer.indicator)
        st.caption(words("briefs.how_to_check", build=answer.build.build_id))


def reached(region: str | None) -> None:
    """People of the latest year; those reached directly are part of those reached in all."""
    found = reach(reader(), "public", region or "mali")
    if not found:
        return
    st.header(words("impact.reached"), anchor=False)
    last = found[-1]
    st.caption(words("impact.reached_note", year=last.year,
                     place=place_name(region or "mali", lang())))  # fmt: skip
    with st.container(horizontal=True):
        for name in ("direct_women", "direct_men", "indirect"):
            value = getattr(last, name)
            shown = whole(value, lang()) if value is not None else words("status.suppressed")
            st.metric(words(f"briefs.column.{name}"), shown, border=True)
    st.caption(words("briefs.reach_note"))


def limits() -> None:
    st.header(words("overview.limits"), anchor=False)
    st.markdown(words("overview.limits_text"))
