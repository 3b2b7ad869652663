"""Shocks: what struck, where and when; what changed; one region; how fresh each source is."""

from typing import Any

import streamlit as st

from analytics.geography.places import place_name
from analytics.indicator import indicator
from analytics.shocks import COUNTED, years_before
from pages.shared import blocks, exposure, filters
from pages.shared.answers import ask, draw
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
        region = filters.region(division)
    subject = indicator(name)
    local = "region" in subject.breakdowns
    st.markdown(exposure.finding(name, quarter, division))

    st.header(words("shocks.timeline"), anchor=False)
    crises = filters.crises()
    course: dict[str, Any] = {"by": ("quarter",), "start": years_before(quarter, 6), "end": quarter}
    if local:
        course |= {"division": division, "filters": (("region", region),) if region else ()}
    blocks.show(draw(name, course, events=crises), ask(name, **course), key="shocks-trend")

    if local:
        st.header(words("shocks.where_and_when"), anchor=False)
        heat = {"by": ("region", "quarter"), "division": division, "end": quarter}
        heat["start"] = years_before(quarter, 2)
        blocks.show(draw(name, heat, chart="heat"), ask(name, **heat), key="shocks-heat")

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
