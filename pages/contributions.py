"""Contributions: what women's groups gave in crises, for whom, worth how much, how we know."""

from typing import Any

import streamlit as st

from analytics.indicator import indicator
from pages.shared import blocks, filters, giving, households, published, quotes
from pages.shared.answers import ask, draw
from pages.shared.session import words

st.title(words("contributions.title"), anchor=False)
with st.container(horizontal=True):
    year = giving.choose_year()
    region = filters.region() if year else None
if year is None:
    st.info(words("contributions.none"))
else:
    giving.finding(year, region)
    giving.cards(year, region)
    st.caption(words("contributions.cards_note", year=year))

    st.header(words("contributions.ledger"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = giving.choose_measure()
        part = giving.choose_part()
        crises = filters.crises()
    giving.ledger(name, part, year, region, crises)

    quotes.show(crises, region)

    st.header(words("contributions.where"), anchor=False)
    left, right = st.columns(2)
    with left:
        question: dict[str, Any] = {"by": ("region",), "start": year, "end": year}
        blocks.show(draw(name, question, chart="map"), ask(name, **question), key="giving-map")
    with right:
        giving.strength(year)

    st.header(words("households.title"), anchor=False)
    households.panels()
    st.subheader(words("households.food_title"), anchor=False)
    households.food()

    st.header(words("contributions.counted"), anchor=False)
    giving.counted(year)
    published.show(*giving.MEASURES, "contribution_value_per_1000_saved", "masks_made",
                   "social_fund_support_share", *households.PANELS, *households.FOOD)  # fmt: skip

    with st.expander(words("savings.how"), icon=":material/function:"):
        blocks.definition(indicator(name))
