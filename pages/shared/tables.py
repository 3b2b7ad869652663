"""Tables that keyboard and screen reader reach: one block of HTML, scrolled by whoever needs to.

Streamlit's own table scrolls in a region that no key reaches, and travels as Arrow: these weigh
a third of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from analytics.charts.theme import MUTED, RULE, SOFT

#: only to a receipt: what data say leads nowhere
_LINK = re.compile(r"\[([^\]]+)\]\((receipt\?[^)\s:]*)\)")
#: an amount, a share, a change, a date: what is read from its right end
_NUMBER = re.compile(r"(XOF\s*|×)?[+−-]?\d[\d\s\u00a0\u202f.,:]*\s*(%|FCFA|XOF)?")
_BLANK = ("", "–", "—")
_STYLE = f"""<style>
.rows{{overflow-x:auto;border:1px solid {RULE};border-radius:.35rem}}
.rows table{{border-collapse:collapse;width:100%;font-size:.875rem}}
.rows th,.rows td{{padding:.3rem .6rem;text-align:left;vertical-align:top;
border-top:1px solid {RULE};overflow-wrap:break-word}}
.rows thead th{{border-top:0;background:{SOFT};color:{MUTED};font-weight:400}}
.rows tbody th{{font-weight:400;min-width:7rem}}
.rows .n{{text-align:right;font-variant-numeric:tabular-nums}}
.rows tbody .n{{white-space:nowrap}}
</style>"""


def style() -> None:
    """How tables look, sent once a page."""
    st.html(_STYLE)


def show(records: Sequence[Mapping[str, str]], *, alt: str) -> None:
    """A table of records, column name → text; all have the same columns."""
    if records:
        rows(list(records[0]), [list(record.values()) for record in records], alt=alt)


def rows(header: Sequence[str], cells: Sequence[Sequence[str]], *, alt: str) -> None:
    """A table of texts; the first column names its row. Texts are themselves, whatever they hold,
    but for ``[label](receipt?…)``: a link."""
    st.html(markup(header, cells, alt))


def markup(header: Sequence[str], cells: Sequence[Sequence[str]], alt: str) -> str:
    """The table as HTML, every text escaped."""
    numbers = [_is_number([str(row[column]) for row in cells]) for column in range(len(header))]
    marks = [' class="n"' if number else "" for number in numbers]
    head = "".join(
        f'<th scope="col"{mark}>{escape(name)}</th>'
        for name, mark in zip(header, marks, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row"{mark}>{_cell(cell)}</th>' if not place else
            f"<td{mark}>{_cell(cell)}</td>"
            for place, (cell, mark) in enumerate(zip(row, marks, strict=True))
        )
        + "</tr>"
        for row in cells
    )  # fmt: skip
    return (
        f'<div class="rows" role="region" tabindex="0" aria-label="{escape(alt)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _is_number(column: Sequence[str]) -> bool:
    told = [text for text in column if text not in _BLANK]
    return bool(told) and all(_NUMBER.fullmatch(text) for text in told)


def _cell(text: str) -> str:
    """The text; a link where the whole cell is one."""
    if link := _LINK.fullmatch(str(text)):
        return f'<a href="{escape(link[2])}" target="_self">{escape(link[1])}</a>'
    return escape(str(text))
