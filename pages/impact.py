"""Impact: what women's groups did in crises, as a short story of computed findings."""

import streamlit as st

from pages.shared import filters, story
from pages.shared.session import words

st.title(words("impact.title"), anchor=False)
st.markdown(words("impact.lead"))
region = filters.region()
story.findings(region)
story.figures(region)
story.map_of(region)
story.reached(region)
story.limits()
with st.container(horizontal=True):
    st.page_link("pages/publish.py", label=words("impact.brief"))
    st.page_link("pages/methods.py", label=words("impact.methods"))
