"""Data: what partners send, checked before it enters; who reports; what is published, and back."""

import streamlit as st

from pages.shared import coverage, history, imports, layouts, templates
from pages.shared.session import manages, published, sees, words

st.title(words("data.title"), anchor=False)
sections = {
    "import": imports.show,
    "coverage": coverage.show,
    "history": history.show,
    "templates": templates.show,
    "layouts": layouts.show,
}
if not manages():
    del sections["import"]
if not published():
    del sections["coverage"]

if sees() == "public":
    # Not in the navigation for the public; an address typed in gets this sentence.
    st.info(words("data.refused"), icon=":material/lock:")
else:
    if not manages():
        st.caption(words("data.staff_only"))
    tabs = st.tabs([words(f"data.tab.{name}") for name in sections])
    for tab, show in zip(tabs, sections.values(), strict=True):
        with tab:
            show()
