"""Savings: the network's ratios, their course through the crises, and how each is made."""

import streamlit as st

from analytics import views
from analytics.indicator import indicator, indicators
from analytics.text.numbers import format_value
from pages.shared import blocks, filters, published, tables
from pages.shared.answers import ask
from pages.shared.session import lang, sees, words

st.title(words("savings.title"), anchor=False)
with st.container(horizontal=True, vertical_alignment="bottom"):
    name = filters.indicator("savings_per_member", rates_only=True)
    region = filters.region()
    kind = None if region and sees() == "public" else filters.group_type()
    since = filters.since()
    crises = filters.crises()
chosen = filters.filters_for(region, kind)
subject = indicator(name)
latest = ask("savings_per_member").period_label

course, places = views.savings(name, chosen, since, latest)
blocks.panel(course, crises, key="savings-trend")

with st.expander(words("savings.how"), icon=":material/function:"):
    blocks.definition(subject)
    answer = ask(name, filters=chosen)
    row = answer.rows[0]
    asked = f"{answer.sentence(lang())}, {blocks.period_text(answer.period_label)}"
    st.markdown(blocks.labelled("savings.inputs", asked))
    if sees() == "public":
        st.caption(words("savings.inputs_hidden"))
    elif row.published:
        inputs = {
            words("savings.input_numerator"): format_value(row.numerator, "groups", lang()),
            words("savings.input_denominator"): format_value(row.denominator, "groups", lang()),
            words("figure.groups"): str(row.n_groups),
            words("figure.people"): str(row.n_people),
            words("figure.value"): blocks.value_text(row, subject),
        }
        tables.show([inputs], alt=words("savings.inputs"))

blocks.panel(places, key="savings-regions")

st.header(words("savings.ratios"), anchor=False)
ratios = [i for i in indicators().values() if i.of_network and i.klass == "rate"]
answers = [ask(i.id, filters=chosen) for i in ratios]
st.caption(words("savings.ratios_note", selection=answers[0].sentence(lang())))
blocks.rows(*views.ratios(answers, lang()), alt=words("savings.ratios"))
blocks.made(answers)
published.show(name)
