"""Regions: map, ranking, table, and one region's profile, in either division."""

import streamlit as st

from analytics import views
from analytics.geography.places import parts_of, place_name
from analytics.text import join_words
from pages.shared import blocks, exposure, filters, maps, profile
from pages.shared.answers import ask, draw, draw_both
from pages.shared.session import lang, reader, sees, words

st.title(words("regions.title"), anchor=False)
with st.container(horizontal=True, vertical_alignment="bottom"):
    name = filters.indicator("savings_per_member", rates_only=True)
    division = filters.division()
    quarter = filters.quarter()
    region = filters.region(division)
st.caption(words("regions.old_division"))
if sees() == "public":
    merged = sorted({u for r, u in reader().units[division].items() if u != r})
    if merged:
        names = join_words([place_name(unit, lang()) for unit in merged], lang())
        st.caption(words("regions.merged", names=names))

with st.container(horizontal=True):
    level, style = maps.level(division), maps.style(division)
question, by_region = (
    views.regions(name, quarter, division, place)[0].question for place in (level, "region")
)
answer = ask(name, **question)
st.caption(words("maps.choose"))
left, right = st.columns(2)
with left:
    shown = draw(name, question, chart="map", map_style=style, highlight=region)
    maps.clickable(shown, answer, region, key="regions-map")
with right:
    blocks.show(draw(name, question, chart="bars"), answer, key="regions-bars")

st.header(words("maps.more"), anchor=False)
if (view := maps.view()) == "together":
    st.caption(words("maps.together_lead"))
    shown = draw_both(maps.second(name), name, by_region, map_style=style, highlight=region)
    maps.clickable(shown, ask(name, **by_region), region, key="regions-both")
elif view == "by_year":
    maps.years(name, division, region)
else:
    maps.quarters(name, division, region, style)

found = ask(name, **by_region).published
region = region or next((row.keys["region"] for row in found), None)
if region:
    st.header(words("regions.profile", region=place_name(region, lang())), anchor=False)
    course = views.region(name, region, division, reader().build.latest("quarter", sees()).label)
    crises = filters.crises()
    blocks.show(draw(name, course.question, events=crises), ask(name, **course.question),
                key="regions-trend")  # fmt: skip
    st.header(words("shocks.beside", place=place_name(region, lang())), anchor=False)
    # What befell a place is told of each region of a unit.
    for part in parts_of(region):
        exposure.profile(part, quarter, division)
    st.caption(words("regions.profile_note"))
    if region in reader().units["2023"].values():
        st.markdown(f"[{words('light.take')}](/bundle/{region}.html?lang={lang()})")
    blocks.rows(*views.profile(ask, region, quarter, division, lang()),
                alt=words("regions.profile", region=place_name(region, lang())))  # fmt: skip

profile.by_region(division)
