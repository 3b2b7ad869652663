"""The rules behind claims, told from the numbers that apply them."""

from __future__ import annotations

import streamlit as st

from analytics.evidence import grade
from analytics.evidence.definition import definitions
from analytics.evidence.estimators import estimators
from analytics.text import catalogue
from analytics.text.numbers import percent
from pages.shared import blocks
from pages.shared.session import lang, words


def grading() -> None:
    """Where a grade starts, what lowers it, what refuses, and what the verdict says."""
    st.markdown(words("methods.grade_text"))
    blocks.rows(
        [words(f"methods.{name}") for name in ("design", "start")],
        [
            (words(f"methods.starts.{name}"), f"{'●' * level}{'○' * (4 - level)} "
             f"{words(f'claim.grade.{level}')}")
            for name, level in (
                ("complete", grade.start_of_description(1)),
                ("most", grade.start_of_description(0.8)),
                ("part", grade.start_of_description(0)),
                *((name, grade.start_of_effect(name))
                  for name in ("staggered_did", "association", "before_after")),
            )
        ],
        alt=words("methods.grade"),
    )  # fmt: skip
    lowered, refused = st.columns(2)
    with lowered.container(border=True, height="stretch"):
        st.subheader(words("methods.lowered"), anchor=False)
        st.markdown(_all("claim.downgrade."))
    with refused.container(border=True, height="stretch"):
        st.subheader(words("methods.refused"), anchor=False)
        st.markdown(words("methods.refused_text", effective=grade.MIN_EFFECTIVE,
                          width=f"{100 * grade.MAX_WIDTH:.0f}", cercles=grade.MIN_CERCLES,
                          quarters=grade.MIN_QUARTERS,
                          missing=percent(grade.MAX_MISSING, lang(), 0)))  # fmt: skip
    st.markdown(words("methods.verdict_text"))


def estimation() -> None:
    """Each estimator of claims, its package and reference."""
    told = []
    for one in estimators().values():
        used = [d.title[lang()].strip() for d in definitions().values() if d.estimator == one.id]
        source = f"[{one.reference}]({one.url})" if one.url else one.reference
        by = blocks.labelled("methods.used_by", ", ".join(used) or "–")
        small = " · ".join((one.installed or "–", source, by))
        told.append(f"- **{words(f'claim.estimator.{one.id}')}**  \n  :small[{small}]")
    # A list, for a phone cannot hold a table of four columns of prose.
    st.markdown("\n".join(told))


def _all(prefix: str) -> str:
    told = [text for key, text in catalogue(lang()).items() if key.startswith(prefix)]
    return "\n".join(f"- {text}" for text in told)
