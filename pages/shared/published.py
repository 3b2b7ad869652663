"""What others found, beside our own figures: with effect on one side, without on the other."""

from __future__ import annotations

import streamlit as st

from analytics.published import Finding, Result, bearing_on
from pages.shared.session import lang, words

#: what was not found comes first, for good news is never overlooked; a level compares nothing
SIDES = (("not_found", ("none", "worse", "mixed")), ("found", ("better",)), ("levels", ("level",)))


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
    language = lang()
    where = ", ".join(part for part in (finding.place[language], finding.years) if part != "–")
    people = f" · {finding.n[language]}" if finding.n else ""
    told = f"{_marked(result)}{result.text[language]}{_interval(result)}"
    source = f"[{finding.title[language]}]({finding.url}), {finding.authors}"
    design = words(f"published.by.{finding.design}")
    small = f":small[{design} · {where}{people}. {source}]"
    return f"- **{result.outcome[language]}.** {told}  \n  {small}"


def _marked(result: Result) -> str:
    """Beside null results, a worse one says that it is worse."""
    if result.direction not in ("worse", "mixed"):
        return ""
    return words(f"published.is.{result.direction}") + " "


def _interval(result: Result) -> str:
    effect = result.effect
    if effect is None or effect.low is None:
        return ""
    return " " + words("published.interval", low=f"{effect.low:g}", high=f"{effect.high:g}")
