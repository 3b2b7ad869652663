"""What went out, and which of it shows an older value now."""

from __future__ import annotations

import streamlit as st

from analytics.publishing import ledger
from analytics.publishing.ledger import Stale
from analytics.settings import settings
from analytics.text.numbers import format_day
from analytics.warehouse.home import Home
from pages.shared import tables
from pages.shared.session import lang, reader, sees, words

#: cells of one figure told before the rest is only counted
_MOST = 6


def show() -> None:
    """The ledger of exports: how many are older than the published version, and by how much."""
    st.header(words("publish.exports.title"), anchor=False)
    count = len(ledger.exports(_home()))
    if not count:
        st.markdown(words("publish.exports.none"))
        return
    # Asking again costs a few milliseconds an export: the answer is kept until either changes.
    found = _stale(reader().build.build_id, ledger.mark(_home()), sees(), lang())
    if not found:
        st.success(words("publish.exports.none_stale", count=count))
        return
    st.warning(words("publish.exports.stale", count=len(found)))
    columns = ("figure", "when", "formats", "cell", "was", "now", "difference")
    header = [words(f"publish.exports.{name}") for name in columns]
    rows = [row for stale in found for row in _rows(stale)]
    tables.show([dict(zip(header, row, strict=True)) for row in rows],
             alt=words("publish.exports.title"))  # fmt: skip


def _rows(stale: Stale) -> list[tuple[str, ...]]:
    day = format_day(stale.export.day, lang())
    formats = ", ".join(suffix.upper() for suffix in stale.export.formats)
    told = [move.words(lang()) for move in stale.moves[:_MOST]] or [("–",) * 4]
    rows: list[tuple[str, ...]] = [(stale.title, day, formats, *cells) for cells in told]
    if (rest := len(stale.moves) - _MOST) > 0:
        rows.append(("", "", "", words("publish.exports.more", count=rest), "", "", ""))
    return rows


def _home() -> Home:
    return Home(settings().home)


@st.cache_data(max_entries=20, show_spinner=False)
def _stale(build_id: str, mark: str, role: str, language: str) -> list[Stale]:
    return ledger.stale(_home(), role, language)
