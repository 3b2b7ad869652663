"""Businesses: what women kept open, what a crisis cost, how they recovered, what they changed."""

import streamlit as st

from analytics.indicator import indicator
from pages.shared import blocks, filters, livelihoods, profile, published
from pages.shared.answers import ask
from pages.shared.session import lang, sees, words

st.title(words("businesses.title"), anchor=False)
quarter = ask("business_operating_rate").period_label
year = ask("recovered_by_month").period_label
if not ask("business_operating_rate", by=("year",)).published:
    st.info(words("businesses.none"))
else:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        region = filters.region()
        crises = filters.crises()
    livelihoods.lead(region, quarter, year)

    st.header(words("businesses.operating"), anchor=False)
    course = {"by": ("quarter",), "end": quarter}
    livelihoods.show("business_operating_rate", course, region, events=crises)

    st.header(words("businesses.revenue"), anchor=False)
    divided = livelihoods.choose_division(region)
    if divided == "region":
        course = {"by": ("region",), "start": quarter, "end": quarter}
        livelihoods.show("revenue_ratio", course, None, chart="bars")
    else:
        course = {"by": (divided, "quarter"), "end": quarter}
        livelihoods.show("revenue_ratio", course, region, events=crises)

    at_year = {"start": year, "end": year}
    st.header(words("businesses.cost"), anchor=False)
    st.caption(words("businesses.cost_note"))
    for place, name in zip(st.columns(2), ("revenue_depth", "revenue_loss_area"), strict=True):
        with place:
            livelihoods.show(name, {"by": ("crisis",), **at_year}, region, chart="bars")

    st.header(words("businesses.outcome"), anchor=False)
    livelihoods.show("business_outcome_share", {"by": ("kind", "year"), "end": year}, region)
    if sees() == "staff":
        st.subheader(words("businesses.outcome_by_crisis"), anchor=False)
        livelihoods.show("business_outcome_share", {"by": ("kind", "crisis"), **at_year}, region)

    st.header(words("businesses.recovery"), anchor=False)
    st.caption(words("businesses.recovery_note"))
    left, right = st.columns(2)
    with left:
        chosen = livelihoods.choose_crisis()
        livelihoods.show("recovered_by_month", {"by": ("since",), **at_year, **chosen}, region)
    with right:
        times = {"by": ("crisis",), **at_year}
        livelihoods.show("recovery_median_months", times, region, chart="bars")

    st.header(words("businesses.adaptations"), anchor=False)
    st.caption(words("businesses.adaptations_note"))
    chosen = livelihoods.choose_year(year)
    left, right = st.columns(2)
    with left:
        livelihoods.show("adaptation_share", {"by": ("kind",), **chosen}, region, chart="bars")
    with right:
        origin = {"by": ("adaptation_origin",), **chosen}
        livelihoods.show("adaptation_share", origin, region, chart="bars")
        linked = {"by": ("year",), "end": year}
        livelihoods.show("market_linked_share", linked, region, events=crises)

    st.header(words("businesses.association"), anchor=False)
    livelihoods.association(region, year)

    st.header(words("businesses.where"), anchor=False)
    for place, name in zip(
        st.columns(2), ("business_operating_rate", "recovered_within_6_months"), strict=True
    ):
        with place:
            livelihoods.show(name, {"by": ("region",), **at_year}, None, chart="map")

    profile.by_group_type()
    published.show(*livelihoods.SHOWN)

    with st.expander(words("businesses.how"), icon=":material/function:"):
        for name in livelihoods.SHOWN:
            st.markdown(f"**{indicator(name).title[lang()]}**")
            blocks.definition(indicator(name))
