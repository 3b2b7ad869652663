"""The story that the overview opens with, and the indicators beyond savings."""

from __future__ import annotations

import streamlit as st

from analytics import story
from analytics.attention import year_earlier
from analytics.estimates.estimate import Estimates
from analytics.text.numbers import format_value
from pages.shared import blocks
from pages.shared.answers import ask
from pages.shared.session import lang, reader, sees, words

#: chapter → the page that tells it whole
_PAGES = {"businesses": "businesses", "households": "contributions",
          "communities": "contributions", "decisions": "voice"}  # fmt: skip
#: beyond the groups' own savings: businesses, contributions, households, voice
BEYOND = (
    "business_operating_rate", "adaptation_share", "contribution_value_per_member",
    "people_reached_per_100_members", "fcs_acceptable_share", "reports_income_impact_share",
    "women_seat_share", "supports_women_leaders_share",
)  # fmt: skip


def opening() -> None:
    """One sentence for whoever has ten seconds; then four parts, each with its figure."""
    asker = story.Asker(reader(), sees(), lang())
    if sentence := story.opening(asker):
        st.markdown(f"**{sentence}**")
    with st.grid(4, min_column_width=230, gap="small"):
        for chapter in story.chapters(asker):
            with st.container(border=True, height="stretch", gap="xsmall"):
                st.markdown(f"**{words(f'story.title.{chapter.key}')}**")
                figure = chapter.figure or words("status.no_data")
                st.metric(chapter.label, figure, label_visibility="collapsed")
                st.markdown(chapter.label)
                st.caption(" ".join(chapter.sentences))
                st.page_link(f"pages/{_PAGES[chapter.key]}.py",
                             label=words(f"story.more.{chapter.key}"))  # fmt: skip
    blocks.made(asker.given)


def followed(latest: str) -> None:
    """How many groups and members stand behind it: of the year for the public, else the quarter."""
    at = {} if sees() == "public" else {"start": latest, "end": latest}
    groups, members = ask("groups_reporting", **at), ask("members", **at)
    links = f"({blocks.receipt_link(groups)}, {blocks.receipt_link(members)})"
    told = (
        words(
            "overview.lead_public" if sees() == "public" else "overview.lead_staff",
            groups=format_value(groups.rows[0].value, "groups", lang()),
            members=format_value(members.rows[0].value, "people", lang()),
            year=groups.period_label,
            quarter=blocks.period_text(latest),
        )
        + f" {links}"
    )
    st.markdown(f":small[{told}]")


def beyond_savings() -> None:
    """The latest of each indicator beside what it was: a year, or a round, before."""
    with st.grid(4, min_column_width=200, gap="small"):
        for name in BEYOND:
            answer = ask(name, by=(_step(name),))
            now, before = _labels(answer)
            if now:
                blocks.card(answer, now, before, dated=True)


def _step(name: str) -> str:
    """Contributions and seats by year; surveys and businesses by quarter."""
    by_year = ("contribution_value_per_member", "people_reached_per_100_members",
               "women_seat_share")  # fmt: skip
    return "year" if name in by_year else "quarter"


def _labels(answer: Estimates) -> tuple[str, str]:
    """The last full period with a figure, and the one it is compared with."""
    limit = reader().build.latest(answer.selection.time or "quarter", sees()).label
    told = [(label, row) for label, row in answer.series() if row.published and label <= limit]
    # A round among contacts of the programme is no measure for a random sample.
    random = [label for label, row in told if "programme_sample" not in row.caveats]
    known = random or [label for label, _ in told]
    if not known:
        return "", ""
    now = known[-1]
    earlier = year_earlier(now) if "-Q" in now else str(int(now) - 1)
    before = earlier if earlier in known else known[-2] if len(known) > 1 else ""
    return now, before
