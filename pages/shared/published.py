"""What others found, beside our own figures: design, place, effect, and what was not found."""

from __future__ import annotations

import streamlit as st

from analytics.published import Finding, Result, bearing_on
from pages.shared.session import lang, words


def show(*names: str) -> None:
    """The published results that bear on these indicators; those without effect are marked so."""
    found = bearing_on(names=names)
    if not found:
        return
    st.header(words("published.title"), anchor=False)
    nulls = sum(result.direction == "none" for _, result in found)
    studies = len({finding.id for finding, _ in found})
    st.caption(words("published.lead", results=len(found), studies=studies, nulls=nulls))
    st.table(
        [_row(finding, result) for finding, result in found],
        alt=words("published.title"), hide_index=True,
    )  # fmt: skip
    st.caption(words("published.note"))


def _row(finding: Finding, result: Result) -> dict[str, str]:
    language = lang()
    where = f"{finding.place[language]}, {finding.years}".removesuffix(", –")
    people = f" · {finding.n[language]}" if finding.n else ""
    return {
        words("published.outcome"): result.outcome[language],
        words("published.direction"): words(f"published.is.{result.direction}"),
        words("published.says"): result.text[language] + _interval(result),
        words("published.design"): words(f"published.by.{finding.design}"),
        words("published.where"): where + people,
        words("published.source"): f"[{finding.title[language]}]({finding.url}). {finding.authors}",
    }


def _interval(result: Result) -> str:
    effect = result.effect
    if effect is None or effect.low is None:
        return ""
    return " " + words("published.interval", low=f"{effect.low:g}", high=f"{effect.high:g}")
