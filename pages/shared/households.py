"""What households went through and did: the panels of Women Respond, food and coping."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.indicator import indicator
from analytics.text.numbers import format_value
from pages.shared import blocks, filters, tables
from pages.shared.answers import ask, draw
from pages.shared.session import lang, words

PANELS = ("impacts_named_share", "needs_named_share", "actions_named_share")
FOOD = ("fcs_acceptable_share", "rcsi_low_share", "rcsi_mean")
SPLITS = ("sex", "kind")


def panels() -> None:
    """Impacts, needs or actions: by area in the last round, and over the rounds by sex."""
    st.caption(words("households.sample"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = filters.one("households.panel", _titles(PANELS), "panel")
        split = choose_split("panel-by")
    left, right = st.columns(2)
    question: dict[str, Any] = {"by": ("theme",)}
    with left:
        blocks.show(draw(name, question, chart="bars"), ask(name, **question), key="panel-themes")
    with right:
        over_rounds(name, split, key="panel-rounds")


def food() -> None:
    """Food consumption and coping: members beside others, over the rounds; cut-offs printed."""
    st.caption(words("households.cutoffs"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = filters.one("filter.indicator", _titles(FOOD), "food")
        split = choose_split("food-by", default="kind")
    over_rounds(name, split, key="food-rounds")


def over_rounds(name: str, split: str, *, key: str) -> None:
    question: dict[str, Any] = {"by": (split, "quarter")}
    blocks.show(draw(name, question, chart="rounds"), ask(name, **question), key=key)


def compared(names: tuple[str, ...], alt: str) -> None:
    """Several indicators in their last round: women, men, members and non-members beside."""
    columns = [("sex", "female"), ("sex", "male"), ("kind", "true"), ("kind", "false")]
    rows = []
    for name in names:
        subject = indicator(name)
        line = {
            words("filter.indicator"): subject.title[lang()],
            words("block.period"): blocks.period_text(ask(name).period_label),
        }
        for by, code in columns:
            row = next(r for r in ask(name, by=(by,)) if r.keys[by] == code)
            text = blocks.value_text(row, subject, precise=False)
            if row.low is not None and row.high is not None:
                low, high = (format_value(v, subject.unit, lang()) for v in (row.low, row.high))
                text = words("households.with_interval", value=text, low=low, high=high)
            line[words(f"households.column.{by}.{code}")] = text
        rows.append(line)
    tables.show(rows, alt=alt)
    st.caption(words("households.compared_note"))


def choose_split(key: str, default: str = "sex") -> str:
    order = (default, *(name for name in SPLITS if name != default))
    return filters.one("households.split", {n: words(f"households.by.{n}") for n in order}, key)


def _titles(names: tuple[str, ...]) -> dict[str, str]:
    return {name: indicator(name).title[lang()] for name in names}
