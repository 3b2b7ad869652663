"""What a new version, or a return to an older one, moved in the headline figures."""

from __future__ import annotations

import streamlit as st

from analytics.errors import UserError
from analytics.moved import Move, Moved, moved
from analytics.settings import settings
from analytics.text.numbers import whole
from analytics.warehouse.home import Home
from pages.shared import tables
from pages.shared.session import lang, words
from pages.shared.work import fail

_KEPT = "data-moved"


def remember(before: str | None, after: str) -> None:
    """Compare these two versions from the next run on."""
    st.session_state[_KEPT] = (before, after)


def forget() -> None:
    st.session_state.pop(_KEPT, None)


def show() -> None:
    """The comparison remembered, if there is one."""
    if _KEPT not in st.session_state:
        return
    before, after = st.session_state[_KEPT]
    st.header(words("data.moved"), anchor=False)
    if before is None:
        st.caption(words("data.moved_first"))
        return
    try:
        found = _moved(before, after)
    except UserError as error:
        fail(error)
        return
    told = {"before": before, "after": after, "compared": whole(found.compared, lang())}
    if not found.moves:
        st.markdown(words("data.moved_none", **told))
        return
    st.markdown(words("data.moved_lead", count=whole(len(found.moves), lang()), **told))
    _table(found.latest(national=True))
    if regional := found.latest(national=False):
        with st.expander(words("data.moved_regions", count=len(regional))):
            _table(regional)


def _table(found: list[tuple[Move, int]]) -> None:
    rows = []
    for move, quarters in found:
        title, place, quarter, before, after = move.words(lang())
        rows.append(
            {
                words("data.indicator"): title,
                words("data.place"): place,
                words("data.quarter"): quarter,
                words("data.before"): before,
                words("data.after"): after,
                words("data.quarters"): str(quarters),
            }
        )
    if rows:
        tables.show(rows, alt=words("data.moved"))


@st.cache_resource(max_entries=10, show_spinner=False)
def _moved(before: str, after: str) -> Moved:
    return moved(Home(settings().home), before, after)
