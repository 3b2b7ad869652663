"""Publish: briefs composed from claims and estimates, and the call to action with its versions."""

import streamlit as st

from pages.shared import appeal, builder, exports
from pages.shared.session import words

st.title(words("publish.title"), anchor=False)
st.markdown(words("publish.lead"))
sections = {"briefs": builder.show, "appeal": appeal.show, "exports": exports.show}
tabs = st.tabs([words(f"publish.tab.{name}") for name in sections])
for tab, show in zip(tabs, sections.values(), strict=True):
    with tab:
        show()
