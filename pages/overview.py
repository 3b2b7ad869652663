"""Overview: what changed, where, since when, what needs attention."""

import streamlit as st

from analytics import views
from analytics.attention import year_earlier
from analytics.moved import HEADLINES
from analytics.sources.dictionary import dictionary
from analytics.text.numbers import format_day, format_value
from pages.shared import blocks, filters, story, targets
from pages.shared.answers import ask, needs_attention
from pages.shared.session import lang, reader, words

st.title(words("overview.title"), anchor=False)
story.opening()
latest = ask("savings_per_member").period_label
before = year_earlier(latest)
quarter = blocks.period_text(latest)
story.followed(latest)

st.header(words("overview.attention"), anchor=False)
alerts = needs_attention(latest)
if alerts:
    st.markdown("\n".join(f"- {alert.sentence}" for alert in alerts[:6]))
else:
    st.success(words("overview.attention_none"))

st.header(words("overview.scorecard"), anchor=False)
st.caption(words("overview.scorecard_note", quarter=quarter))
with st.grid(4, min_column_width=155, gap="small"):
    for name in HEADLINES:
        answer = ask(name, by=("quarter",), filters=views.WOMEN, end=latest)
        blocks.card(answer, latest, before)
st.subheader(words("overview.beyond"), anchor=False)
story.beyond_savings()

crises = filters.crises()
course, places = views.overview(latest)
since_when, where = st.columns(2)
with since_when:
    blocks.panel(course, crises, key="overview-trend")
with where:
    blocks.panel(places, key="overview-map")
targets.section()
st.page_link("pages/savings.py", label=words("overview.more"))

left, right = st.columns(2)
with left:
    st.header(words("overview.limits"), anchor=False)
    st.markdown(words("overview.limits_text"))
with right:
    st.header(words("overview.sources"), anchor=False)
    for source in reader().sources:
        st.caption(
            words(
                "overview.source_line",
                dataset=dictionary().datasets[source["dataset"]].title[lang()],
                rows=format_value(source["rows"], "groups", lang()),
                batches=source["batches"],
                date=format_day(source["last_landed_at"], lang()),
            )
        )
