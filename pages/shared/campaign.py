"""What the Advocacy page shows: axes and consultations, the plan, demands, allies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from analytics.advocacy import evidence
from analytics.advocacy import plan as planned
from analytics.advocacy.register import (
    KINDS,
    Register,
    published_register,
    region_name,
    register_of,
    rules,
    text_of,
)
from analytics.charts import Figure, timeline
from analytics.disclosure.rules import MIN_PEOPLE, two_digits
from analytics.evidence.claim import Claim
from analytics.evidence.store import claims
from analytics.text.codes import code_label
from analytics.text.numbers import format_day, whole
from analytics.warehouse.edit import records, unpublished
from pages.shared import blocks, tables
from pages.shared.session import lang, reader, sees, words
from pages.shared.work import home, plain

_SHOWN = 15


def register() -> Register:
    """Published records for the public; for the office those that stand now."""
    if sees() == "public":
        return published_register(reader())
    return _standing(tuple(b.batch_id for b in home().batches() if b.dataset in KINDS))


@st.cache_resource(max_entries=4, show_spinner=False)
def _standing(batches: tuple[str, ...]) -> Register:
    return register_of(lambda name: [record.values for record in records(home(), name)])


def waiting_for_publication() -> None:
    """Tell the office what was written since the version that the public reads."""
    if sees() == "staff" and (batches := unpublished(home())):
        st.caption(words("advocacy.unpublished", count=len(batches)))


def axes(region: str | None) -> None:
    here = register().of_region(region)
    st.header(words("advocacy.consultations"), anchor=False)
    _consultations(here)
    st.header(words("advocacy.axes"), anchor=False)
    for axis in here.axes:
        with st.container(border=True):
            st.markdown(f"**{plain(text_of(axis, 'title', lang()))}**")
            if described := text_of(axis, "description", lang()):
                st.markdown(plain(described))
            own = [a for a in here.actions if a.axis_id == axis.axis_id]
            asked = [d for d in here.demands if d.axis_id == axis.axis_id]
            done = sum(a.status == "done" for a in own)
            st.caption(words("advocacy.axis_line", actions=len(own), done=done,
                             demands=len(asked)))  # fmt: skip


def _consultations(here: Register) -> None:
    found = here.consultations
    if not found:
        st.markdown(words("advocacy.no_consultations"))
        return
    women, men = sum(c.women for c in found), sum(c.men for c in found)
    st.markdown(words("advocacy.consulted", count=len(found), women=_people(women),
                      men=_people(men), first=format_day(found[0].date, lang()),
                      last=format_day(found[-1].date, lang())))  # fmt: skip
    rows = [
        {
            words("advocacy.column.date"): format_day(c.date, lang()),
            words("advocacy.column.region"): region_name(c.region, lang()),
            words("advocacy.column.priorities"): plain(c.priorities),
        }
        for c in reversed(found)
    ]
    _table(rows, "advocacy.consultations")


def _people(count: int) -> str:
    """A number of people as the reader may see it."""
    if sees() != "public":
        return whole(count, lang())
    return whole(two_digits(count), lang()) if count >= MIN_PEOPLE else words("status.suppressed")


def plan(region: str | None) -> None:
    here = register().of_region(region)
    if not here.actions:
        st.markdown(words("advocacy.no_actions"))
        return
    found, shown = _plan(reader().build.build_id, sees(), lang(), region, here, dt.date.today())
    with st.container(border=True):
        blocks.drawing(_escaped(shown), key="advocacy-timeline")
    st.header(words("advocacy.overdue"), anchor=False)
    rows = [
        {
            words("advocacy.column.action"): plain(text_of(s.action, "title", lang())),
            words("advocacy.column.region"): region_name(s.action.region, lang()),
            words("advocacy.column.responsible"): plain(s.action.responsible),
            words("advocacy.column.state"): words(
                f"briefs.state.{s.state}", days=whole(s.days_late, lang())
            ),
            words("advocacy.column.live"): plain(timeline.live_text(s, lang())),
        }
        for s in planned.overdue(found)
    ]
    if rows:
        _table(rows, "advocacy.overdue")
    else:
        st.success(words("advocacy.none_overdue"))
    if region:
        st.header(words("advocacy.roadmap", place=region_name(region, lang())), anchor=False)
        st.markdown("\n".join(
            f"1. {plain(text_of(s.action, 'title', lang()))}, "
            f"{format_day(s.action.due_date, lang())} ({plain(s.action.responsible)})"
            for s in found if s.state not in ("done", "dropped")
        ))  # fmt: skip


def _escaped(figure: Figure) -> Figure:
    """The figure's table with its words as data: a title in a record is nobody's markup."""
    header, rows = figure.table
    return replace(figure, table=(header, tuple(tuple(map(plain, row)) for row in rows)))


@st.cache_resource(max_entries=60, show_spinner=False)
def _plan(
    build_id: str, role: str, language: str, region: str | None, here: Register, today: dt.date
) -> tuple[tuple[planned.Standing, ...], Figure]:
    version = reader()
    found = planned.standings(version, here, role, today)
    drawn = timeline.figure(
        found, here, today, language, build_id=build_id, place=region,
        demonstration=version.build.demonstration, budgets=role != "public",
    )  # fmt: skip
    return found, drawn


def demands(region: str | None) -> None:
    here = register().of_region(region)
    if not here.demands:
        st.markdown(words("advocacy.no_demands"))
        return
    found = planned.waiting(here, dt.date.today())
    statuses = [d.status for d in here.demands]
    told = " · ".join(
        words("advocacy.counted", state=code_label("status@demand", status, lang()),
              count=statuses.count(status))
        for status in dict.fromkeys(statuses)
    )  # fmt: skip
    overdue = sum(each.overdue for each in found)
    st.markdown(words("advocacy.demands_lead", all=len(found), overdue=overdue,
                      days=rules().waiting_after_days))
    st.caption(told)
    now, remembered = _evidence(reader().build.build_id, sees())
    for each in found[:_SHOWN]:
        _demand(each, here, now, remembered)
    if rest := found[_SHOWN:]:
        with st.expander(words("advocacy.more", count=len(rest))):
            _table([_demand_row(each) for each in rest], "advocacy.tab.demands")


@st.cache_resource(max_entries=4, show_spinner=False)
def _evidence(build_id: str, role: str) -> tuple[Sequence[Claim], Sequence[evidence.Memory]]:
    # What was remembered was said to the public; it is compared with what is said to it now.
    return claims(reader(), "public", None), evidence.memories(home())


def _demand(
    each: planned.Waiting, here: Register, now: Sequence[Claim],
    remembered: Sequence[evidence.Memory],
) -> None:  # fmt: skip
    demand = each.demand
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(text_of(demand, 'text', lang()))}**")
        key = "waiting" if each.open else "answered"
        st.caption(words(
            f"advocacy.demand_{key}", office=plain(demand.addressed_to),
            place=region_name(demand.region, lang()), date=format_day(demand.date, lang()),
            status=code_label("status@demand", demand.status, lang()).lower(),
            days=whole(each.days, lang()),
            axis=plain(here.axis_title(demand.axis_id, lang())),
        ))  # fmt: skip
        for link in evidence.links(demand, now, remembered):
            _claim(link)


def _claim(link: evidence.Link) -> None:
    """A claim behind a demand, and whether it says less than it did."""
    if link.now is None:
        st.caption(words("advocacy.claim_unknown", id=plain(link.claim_id)))
        return
    verdict = words(f"claim.verdict.{link.now.verdict}").lower()
    st.markdown(words("advocacy.claim", text=plain(link.now.statement(lang())), verdict=verdict))
    open_claim(link.now)
    if link.weakened and link.then and link.since:
        st.warning(words(
            "advocacy.weakened", date=format_day(link.since, lang()),
            before=words(f"claim.verdict.{link.then.verdict}").lower(),
            grade=link.then.grade or "–", now=verdict, grade_now=link.now.grade or "–",
        ), icon=":material/trending_down:")  # fmt: skip


def open_claim(claim: Claim) -> None:
    """The way to a claim's own page: its gates, its grade, what speaks against it."""
    st.page_link("pages/evidence.py", label=words("advocacy.open_claim"),
                 icon=":material/fact_check:",
                 query_params={"claim": claim.id, "lang": lang()})  # fmt: skip


def _demand_row(each: planned.Waiting) -> dict[str, str]:
    demand = each.demand
    return {
        words("advocacy.column.demand"): plain(text_of(demand, "text", lang())),
        words("advocacy.column.office"): plain(demand.addressed_to),
        words("advocacy.column.region"): region_name(demand.region, lang()),
        words("advocacy.column.state"): code_label("status@demand", demand.status, lang()),
        words("advocacy.column.days"): whole(each.days, lang()),
    }


def allies(region: str | None) -> None:
    here = register().of_region(region)
    found = planned.coverage(register())
    if not here.allies:
        st.markdown(words("advocacy.no_allies"))
        return
    _table([
        {
            words("advocacy.column.ally"): plain(ally.name),
            words("advocacy.column.kind"): code_label("kind@ally", ally.kind, lang()),
            words("advocacy.column.region"): region_name(ally.region, lang()),
            words("advocacy.column.joined"): _day(ally.joined),
        }
        for ally in here.allies
    ], "advocacy.tab.allies")  # fmt: skip
    st.header(words("advocacy.coverage"), anchor=False)
    covered = [name for name, kinds in found.by_region.items() if kinds]
    st.markdown(words("advocacy.covered", covered=len(covered), all=len(found.by_region),
                      national=len(found.national)))  # fmt: skip
    if found.without:
        names = ", ".join(region_name(name, lang()) for name in found.without)
        st.markdown(words("advocacy.uncovered", names=names))
    _table([
        {
            words("advocacy.column.axis"): plain(register().axis_title(axis, lang())),
            words("advocacy.column.covered"): f"{own} / {everywhere}",
        }
        for axis, (own, everywhere) in found.axes.items()
    ], "advocacy.coverage")  # fmt: skip


def _day(day: dt.date | None) -> str:
    return format_day(day, lang()) if day else "–"


def _table(rows: list[dict[str, str]], title: str) -> None:
    tables.show(rows[:_SHOWN], alt=words(title))
    if rest := rows[_SHOWN:]:
        with st.expander(words("advocacy.more", count=len(rest))):
            tables.show(rest, alt=words(title))
