"""Impact: what women's groups did in crises, as a short story of computed findings."""

import streamlit as st

from pages.shared import filters, impact
from pages.shared.session import words

st.title(words("impact.title"), anchor=False)
st.markdown(words("impact.lead"))
region = filters.region()
impact.findings(region)
impact.figures(region)
impact.map_of(region)
impact.reached(region)
impact.limits()
with st.container(horizontal=True):
    st.page_link("pages/publish.py", label=words("impact.brief"))
    st.page_link("pages/methods.py", label=words("impact.methods"))
