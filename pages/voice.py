"""Voice: who sits where crises are decided, who speaks and decides, how women leaders are seen."""

import streamlit as st

from analytics.indicator import indicator
from pages.shared import blocks, published, voicing
from pages.shared.session import lang, words

st.title(words("voice.title"), anchor=False)
voicing.finding()
voicing.cards()

st.header(words("voice.seats"), anchor=False)
st.markdown(words("voice.law"))
voicing.seats()

st.header(words("voice.said"), anchor=False)
voicing.said()

st.header(words("voice.perception"), anchor=False)
voicing.perception()

st.header(words("voice.activities"), anchor=False)
voicing.activities()

published.show(*voicing.SEATS, *voicing.OWN, voicing.PERCEPTION)
with st.expander(words("savings.how"), icon=":material/function:"):
    for name in (*voicing.SEATS, voicing.PERCEPTION):
        st.markdown(f"**{indicator(name).title[lang()]}**")
        blocks.definition(indicator(name))
