"""What others found, beside our own figures: with effect on one side, without on the other."""

from __future__ import annotations

import streamlit as st

from analytics.published import SIDES, Finding, Result, bearing_on, line
from pages.shared.session import lang, words


def show(*names: str, claims: tuple[str, ...] = ()) -> None:
    """The published results that bear on these; those without effect as large as any."""
    found = bearing_on(names=names, claims=claims)
    if not found:
        return
    st.header(words("published.title"), anchor=False)
    nulls = sum(result.direction == "none" for _, result in found)
    studies = len({finding.id for finding, _ in found})
    st.caption(words("published.lead", results=len(found), studies=studies, nulls=nulls))
    with st.grid(len(SIDES), min_column_width=280, gap="small"):
        for side, directions in SIDES:
            here = [pair for pair in found if pair[1].direction in directions]
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{words(f'published.side.{side}')}** · {len(here)}")
                st.markdown("\n".join(_line(*pair) for pair in here) or words("published.none"))
    st.caption(words("published.note"))


def _line(finding: Finding, result: Result) -> str:
    told, behind = line(finding, result, lang())
    return f"- {told}  \n  :small[{behind}]"
