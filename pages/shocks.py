"""Shocks: what struck, where and when; what changed; one region; how fresh each source is."""

import streamlit as st

from analytics import views
from analytics.geography.places import place_name
from analytics.indicator import indicator
from analytics.shocks import COUNTED
from pages.shared import blocks, exposure, filters
from pages.shared.session import lang, words

st.title(words("shocks.title"), anchor=False)
known = exposure.known()
if not known:
    st.info(words("shocks.none"))
else:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = exposure.choose_kind(known)
        quarter = exposure.choose_quarter(name)
        division = filters.division()
        # What befell a place is told of each region, to everyone: none is shown merged.
        region = filters.region(division, role="staff")
    subject = indicator(name)
    st.markdown(exposure.finding(name, quarter, division))

    crises = filters.crises()
    for panel in views.shocks(name, quarter, division, region):
        blocks.panel(panel, crises, key=panel.heading)

    if name in COUNTED:
        st.header(words("shocks.changed"), anchor=False)
        exposure.changed(name, quarter, division)

    st.header(words("shocks.profile", place=place_name(region or "mali", lang())), anchor=False)
    exposure.profile(region, quarter, division)

    with st.expander(words("savings.how"), icon=":material/function:"):
        blocks.definition(subject)

    st.header(words("shocks.sources"), anchor=False)
    st.markdown(words("shocks.sources_note"))
    exposure.sources()
