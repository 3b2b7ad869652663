"""Regions: map, ranking, table, and one region's profile, in either division."""

import streamlit as st

from analytics.geography.places import parts_of, place_name
from analytics.indicator import indicators
from analytics.text import join_words
from analytics.text.numbers import format_value
from pages.shared import blocks, exposure, filters, maps
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
here = {"start": quarter, "end": quarter, "division": division}
question, by_region = ({"by": (place,), **here} for place in (level, "region"))
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
    series = {"by": ("quarter",), "filters": (("region", region),), "division": division}
    series["end"] = reader().build.latest("quarter", sees()).label
    shown = draw(name, series, events=filters.crises())
    blocks.show(shown, ask(name, **series), key="regions-trend")
    st.header(words("shocks.beside", place=place_name(region, lang())), anchor=False)
    # What befell a place is told of each region of a unit.
    for part in parts_of(region):
        exposure.profile(part, quarter, division)
    st.caption(words("regions.profile_note"))
    rows = []
    for subject in (i for i in indicators().values() if i.of_network):
        span = {} if subject.klass == "total" else {"start": quarter, "end": quarter}
        local = ask(subject.id, filters=(("region", region),), division=division, **span)
        nation = ask(subject.id, division=division, **span)
        rows.append(
            {
                words("filter.indicator"): subject.title[lang()],
                words("block.period"): blocks.period_text(local.period_label),
                place_name(region, lang()): blocks.value_text(local.rows[0], subject),
                words("filter.whole_country"): blocks.value_text(nation.rows[0], subject),
                words("figure.groups"): str(local.rows[0].n_groups or "–"),
                words("figure.coverage_column"): format_value(
                    local.rows[0].coverage, "share", lang()
                ),
            }
        )
    st.table(rows, alt=words("regions.profile", region=place_name(region, lang())), hide_index=True)
