"""Advocacy: consultations and axes, the plan, demands and answers, allies; written by editors."""

import streamlit as st

from pages.shared import campaign, editing, filters
from pages.shared.session import edits, words

st.title(words("advocacy.title"), anchor=False)
st.markdown(words("advocacy.lead"))
register = campaign.register()
campaign.waiting_for_publication()
region = filters.region()
if not register and not edits():
    st.info(words("advocacy.none"))
else:
    sections = {
        "axes": campaign.axes,
        "plan": campaign.plan,
        "demands": campaign.demands,
        "allies": campaign.allies,
        "edit": editing.show,
    }
    if not edits():
        del sections["edit"]
    tabs = st.tabs([words(f"advocacy.tab.{name}") for name in sections])
    for tab, show in zip(tabs, sections.values(), strict=True):
        with tab:
            show(region)
