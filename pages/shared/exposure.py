"""What the Shocks page shows: its choices, what changed, one region's profile, its sources."""

from __future__ import annotations

import streamlit as st

from analytics import shocks
from analytics.geography.places import place_name
from analytics.indicator import indicator
from analytics.settings import settings
from analytics.shocks import Change, Freshness, Trait
from analytics.text.numbers import format_period, format_value, signed, whole
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader, open_reader
from pages.shared import blocks, filters, tables
from pages.shared.answers import draw
from pages.shared.session import lang, reader, words


def known() -> list[str]:
    """The indicators of shocks that this version has a value of."""
    return [subject.id for subject in shocks.shocks() if shocks.quarters(reader(), subject.id)]


def choose_kind(names: list[str]) -> str:
    shown = {name: indicator(name).title[lang()] for name in names}
    return filters.one("shocks.kind", shown, "shock")


def choose_quarter(name: str) -> str:
    found = reversed(shocks.quarters(reader(), name))
    return filters.one(
        "filter.period", {p.label: format_period(p.label, lang()) for p in found}, "quarter"
    )


def finding(name: str, quarter: str, division: str) -> str:
    """What the quarter says, in a sentence or two."""
    sentences = []
    nation = [c for c in _changes(_build(), name, quarter, division) if c.place == "mali"]
    if name in shocks.COUNTED and nation:
        [change] = nation
        sentences.append(words(
            f"shocks.finding.{name}", now=whole(change.now, lang()),
            average=whole(change.average, lang()), quarter=blocks.period_text(quarter),
            kind=words(f"shocks.change.{change.kind}").lower(),
        ))  # fmt: skip
    by = ("region",) if "region" in indicator(name).breakdowns else ()
    question = {"by": by, "start": quarter, "end": quarter, "division": division}
    sentences.append(draw(name, question, chart="bars").headline)
    return "**" + " ".join(s if s.endswith(".") else f"{s}." for s in sentences) + "**"


def changed(name: str, quarter: str, division: str) -> None:
    found = shocks.ranked(_changes(_build(), name, quarter, division))
    if not found:
        st.markdown(words("shocks.changed_none"))
        return
    st.caption(words("shocks.changed_note"))
    tables.show(
        [
            {
                words("breakdown.region"): place_name(change.place, lang()),
                words("shocks.now"): whole(change.now, lang()),
                words("shocks.average"): format_value(change.average, "score", lang()),
                words("shocks.difference"): _relative(change),
                words("shocks.class"): words(f"shocks.change.{change.kind}"),
            }
            for change in found
        ],
        alt=words("shocks.changed"),
    )  # fmt: skip


def _relative(change: Change) -> str:
    if change.relative is None or change.kind == "low_count":
        return "–"
    return words("unit.percent", value=signed(100 * change.relative, lang(), 0))


def profile(region: str | None, quarter: str, division: str) -> None:
    st.caption(words("shocks.profile_note"))
    where = place_name(region or "mali", lang())
    rows = []
    for trait in _profile(_build(), region, quarter, division):
        rows.append(
            {
                words("shocks.kind"): trait.indicator.title[lang()],
                words("block.period"): format_period(trait.quarter, lang(), short=True),
                where: blocks.value_text(trait.here, trait.indicator),
                **({words("filter.whole_country"): blocks.value_text(trait.nation, trait.indicator)}
                   if region else {}),
                words("shocks.class"): words(f"shocks.published.{trait.kind}")
                if trait.kind else "–",
                words("shocks.source"): _origin(trait.feeds),
            }
        )  # fmt: skip
    tables.show(rows, alt=words("shocks.profile", place=where))


def _publisher(feed: Freshness) -> str:
    return feed.declared.publisher if feed.declared else feed.feed


def _origin(feeds: tuple[Freshness, ...]) -> str:
    """Who publishes, and how the freshest of the feeds stands."""
    if not feeds:
        return "–"
    publishers = ", ".join(dict.fromkeys(map(_publisher, feeds)))
    month = format_period(feeds[0].last_month, lang(), short=True)
    return f"{publishers} · {month} · {_state(feeds[0])}"


def _state(feed: Freshness) -> str:
    return words("shocks.state." + {True: "late", False: "on_time", None: "unknown"}[feed.late])


def sources() -> None:
    """Each feed: title, measures, last month, age, expected lag; then citations and terms."""
    found = shocks.freshness(reader())
    tables.show(
        [
            {
                words("shocks.source"): feed.title[lang()],
                words("shocks.last_month"): format_period(feed.last_month, lang(), short=True),
                words("shocks.days"): whole(feed.days, lang()),
                words("shocks.lag"): whole(feed.lag_days, lang())
                if feed.lag_days is not None else "–",
                words("shocks.fresh"): _state(feed),
            }
            for feed in found
        ],
        alt=words("shocks.sources"),
    )  # fmt: skip
    lines = [
        f"- [{feed.declared.citation}]({feed.declared.url}). {feed.declared.terms[lang()]}"
        for feed in found if feed.declared
    ]  # fmt: skip
    st.caption("\n".join(lines))


def _build() -> str:
    return reader().build.build_id


def _reader(build_id: str) -> Reader:
    return open_reader(Home(settings().home), build_id)


@st.cache_resource(max_entries=200, show_spinner=False)
def _changes(build_id: str, name: str, quarter: str, division: str) -> list[Change]:
    if name not in shocks.COUNTED:
        return []
    return shocks.changes(_reader(build_id), name, quarter, division)


@st.cache_resource(max_entries=200, show_spinner=False)
def _profile(build_id: str, region: str | None, quarter: str, division: str) -> list[Trait]:
    return shocks.profile(_reader(build_id), region, quarter, division)
