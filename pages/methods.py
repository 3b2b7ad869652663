"""Methods: what the evidence can say, by which rules, and every definition."""

from itertools import groupby

import streamlit as st

from analytics.geography.places import place_name
from analytics.indicator import indicators
from pages.shared import blocks, filters, published, rules
from pages.shared.session import lang, reader, words

st.title(words("methods.title"), anchor=False)
st.markdown(words("methods.lead"))

can, cannot = st.columns(2)
with can.container(border=True, height="stretch"):
    st.subheader(words("methods.can"), anchor=False)
    st.markdown(words("methods.can_text"))
    st.markdown(words("methods.can_claims"))
with cannot.container(border=True, height="stretch"):
    st.subheader(words("methods.cannot"), anchor=False)
    st.markdown(words("methods.cannot_text"))
    st.markdown(words("methods.cannot_claims"))

st.header(words("methods.estimation"), anchor=False)
st.markdown(words("methods.estimation_text"))

st.header(words("methods.grade"), anchor=False)
rules.grading()

st.header(words("methods.estimators"), anchor=False)
st.markdown(words("methods.estimators_text"))
rules.estimation()

st.header(words("methods.disclosure"), anchor=False)
st.markdown(words("methods.disclosure_text"))
for division, units in reader().units.items():
    merged = sorted({unit for region, unit in units.items() if unit != region})
    names = " · ".join(place_name(unit, lang()) for unit in merged)
    shown = blocks.labelled("methods.merged", names or words("methods.merged_none"))
    st.caption(f"{shown} ({words('selection.division', year=division)})")

st.header(words("methods.receipts"), anchor=False)
st.markdown(words("methods.receipts_text"))
st.page_link("pages/receipt.py", label=words("receipt.ask"), icon=":material/receipt_long:",
             query_params={"lang": lang()})  # fmt: skip

published.show(*indicators())

st.header(words("methods.indicators"), anchor=False)
themes = list(dict.fromkeys(found.theme for found in indicators().values()))
labels = {"all": words("filter.all_themes")} | {name: words(f"theme.{name}") for name in themes}
chosen = filters.one("gallery.filter_theme", labels, "theme-of-indicators")
for theme, group in groupby(indicators().values(), key=lambda i: i.theme):
    if chosen in ("all", theme):
        st.subheader(words(f"theme.{theme}"), anchor=False)
        for subject in group:
            with st.expander(subject.title[lang()]):
                blocks.definition(subject)
