"""Evidence: what can be said, how sure we are, and what we refuse to say."""

import streamlit as st

from pages.shared import claims
from pages.shared.session import words

asked = st.query_params.get("claim")
if found := claims.find(asked) if asked else None:
    st.page_link("pages/evidence.py", label=words("gallery.back"), icon=":material/arrow_back:")
    claims.page(found)
    st.stop()

st.title(words("evidence.title"), anchor=False)
st.markdown(words("gallery.lead"))
if asked:
    st.warning(words("gallery.unknown", value=asked[:80]))

shown = claims.chosen()
st.markdown(claims.tally(shown))
if not shown:
    st.info(words("gallery.empty"))
with st.grid(3, min_column_width=340, gap="small"):
    for claim in shown:
        claims.card(claim)
st.caption(words("gallery.note"))
