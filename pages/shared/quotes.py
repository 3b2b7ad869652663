"""Testimonies beside the numbers they illustrate, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analytics.geography.places import place_name
from analytics.testimonies import Voice
from analytics.text.codes import code_label
from pages.shared.session import lang, words


def show(found: Sequence[Voice]) -> None:
    """A few voices side by side under their heading; nothing where nobody spoke."""
    if not found:
        return
    st.header(words("quotes.title"), anchor=False)
    with st.grid(len(found), min_column_width=240, gap="small"):
        for said in found:
            with st.container(border=True, height="stretch"):
                st.markdown(words("quotes.words", text=said.text(lang())))
                st.caption(words(
                    "quotes.who", place=place_name(said.place, lang()), year=said.year,
                    crisis=code_label("crisis", said.crisis, lang()),
                ))  # fmt: skip
    st.caption(words("quotes.note"))
