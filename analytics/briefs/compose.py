"""``compose``: the document of a brief by its name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from rapidfuzz import process

from analytics.advocacy.plan import counts, standings, waiting
from analytics.advocacy.reach import cost, reach
from analytics.advocacy.register import rules, text_of
from analytics.attention import alerts
from analytics.briefs import appeal, parts
from analytics.briefs.scope import Scope
from analytics.charts import Figure
from analytics.errors import UserError
from analytics.indicator import indicator
from analytics.moved import HEADLINES
from analytics.publishing import ledger
from analytics.publishing.documents.model import (
    Block,
    Document,
    Grid,
    Note,
    Paragraph,
    Points,
    Section,
)
from analytics.selection import Selection
from analytics.sources.dictionary import dictionary
from analytics.text import say
from analytics.text.numbers import format_day, format_value, whole
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader


def compose(
    home: Home,
    reader: Reader,
    name: str,
    selection: Selection,
    lang: str,
    *,
    today: dt.date | None = None,
    drafts: bool = True,
) -> Document:
    """The document of a brief, from claims and estimates as the selection's role may see them.

    Args:
        drafts: whether the call to action may be a working version.

    Raises:
        UserError: for a name that is no brief, what the selection raises, or a selection in which
            nothing may be told.
    """
    if name not in BRIEFS:
        near = process.extractOne(name, BRIEFS)
        raise UserError("brief_unknown", value=name, suggestion=near[0] if near else "",
                        known=", ".join(BRIEFS))  # fmt: skip
    scope = Scope(reader, selection, lang, today or dt.date.today())
    if name == APPEAL:
        return appeal.document(home, scope, drafts=drafts)
    document = _COMPOSED[name](scope)
    told = any(answer.published for answer in scope.answers)
    # Claims are about periods of their own: they answer no question about another.
    free = not (selection.start or selection.end)
    if not told and not (free and any(c.verdict != "refused" for c in scope.claims)):
        raise UserError("brief_empty", place=scope.place_name)
    return document


def note_exports(home: Home, document: Document, suffix: str) -> None:
    """Let the ledger know what went out, so that a later version can say what it shows is old."""
    for receipt, values in document.exported.items():
        ledger.note(home, receipt, suffix, dict(list(values.items())[-ledger.MOST_VALUES :]))


# --- director ------------------------------------------------------------------------------------


def director(scope: Scope) -> Document:
    """What changed, what needs attention, how good the data are."""
    table = scope.change_table(HEADLINES)
    header = (scope.tell("column.indicator"), scope.period(scope.quarter),
              scope.tell("column.year_earlier"), scope.tell("column.groups"))  # fmt: skip
    changed: list[Block] = []
    if table:
        changed.append(Grid(scope.tell("changed_caption", place=scope.place_name), header,
                            tuple(table)))  # fmt: skip
    trend = scope.draw(scope.course("savings_per_member"), "trend")
    found = alerts(scope.reader, scope.role, scope.quarter, scope.lang)
    own = [a.sentence for a in found if not scope.filters or a.place == scope.place]
    attention: list[Block] = [Points(tuple(own[:8]))] if own else []
    attention.append(Paragraph(_plan_in_words(scope)))
    return scope.document("director", (
        Section("changed", scope.tell("section.changed"), tuple(changed)),
        parts.figures(scope, "course", [trend], low=True),
        Section("attention", scope.tell("section.attention"), tuple(attention)),
        parts.plan(scope, 6),
        parts.demands(scope, 4),
        parts.evidence(scope, 3),
        Section("quality", scope.tell("section.quality"), _quality(scope)),
    ))  # fmt: skip


def _plan_in_words(scope: Scope) -> str:
    found = counts(standings(scope.reader, scope.register, scope.role, scope.today))
    demands = waiting(scope.register, scope.today)
    if not found and not demands:
        return scope.tell("no_plan")
    return scope.tell(
        "plan_in_words",
        actions=whole(sum(found.values()), scope.lang),
        blocked=whole(found.get("blocked", 0), scope.lang),
        late=whole(found.get("late", 0), scope.lang),
        done=whole(found.get("done", 0), scope.lang),
        demands=whole(len(demands), scope.lang),
        waiting=whole(sum(each.open for each in demands), scope.lang),
    )


def _quality(scope: Scope) -> tuple[Block, ...]:
    """Who reported, and when each source last came."""
    answer = scope.ask("savings_per_member", by=("quarter",), filters=scope.filters,
                       start=scope.quarter, end=scope.quarter)  # fmt: skip
    shown = [row for row in answer.rows if row.coverage is not None] if answer else []
    blocks: list[Block] = []
    if shown:
        share = format_value(shown[-1].coverage, "share", scope.lang)
        blocks.append(Paragraph(scope.tell("coverage", share=share,
                                          period=scope.period(scope.quarter))))  # fmt: skip
    header = tuple(scope.tell(f"column.{n}") for n in ("dataset", "rows", "last"))
    rows = tuple(
        (dictionary().datasets[s["dataset"]].title[scope.lang], whole(s["rows"], scope.lang),
         format_day(s["last_landed_at"], scope.lang))
        for s in scope.reader.sources if s["dataset"] in dictionary().datasets
    )  # fmt: skip
    if rows and scope.role == "staff":
        blocks.append(Grid(scope.tell("quality_caption"), header, rows))
    return (*blocks, *parts.sources(scope).blocks)


# --- ministry ------------------------------------------------------------------------------------


def ministry(scope: Scope) -> Document:
    """Two pages: what is asked and two figures; the evidence, the law, one map, sources."""
    wanted, most = rules().briefs.ministry, 2
    drawn: list[Figure] = []
    for names, chart, asked in (
        (wanted.trends, "trend", scope.course), (wanted.bars, "bars", scope.by_region)
    ):  # fmt: skip
        for name in names:
            if len(drawn) < most and (made := scope.draw(asked(name), chart)) is not None:
                drawn.append(made)
    place = scope.draw(scope.by_region(wanted.map), "map")
    return scope.document("ministry", (
        parts.lead(scope, drawn),
        parts.demands(scope, 2),
        parts.figures(scope, "figures", drawn, low=True),
        parts.evidence(scope, 3),
        parts.laws(scope),
        parts.figures(scope, "map", [place], low=True),
        parts.sources(scope),
    ), pages=2)  # fmt: skip


# --- donor ---------------------------------------------------------------------------------------


def donor(scope: Scope) -> Document:
    """Reach, outcomes with grades, limits, cost."""
    wanted, lang = rules().briefs.donor, scope.lang
    rows = []
    for name in wanted.outcomes:
        if (told := scope.latest(name)) is None:
            continue
        label, row = told
        subject = indicator(name)
        interval = "–"
        if row.low is not None and row.high is not None:
            interval = say("figure.range", lang, low=format_value(row.low, subject.unit, lang),
                           high=format_value(row.high, subject.unit, lang))  # fmt: skip
        rows.append((subject.title[lang], scope.value(row, subject), interval,
                     scope.period(label), str(row.n_groups or "–")))  # fmt: skip
    header = tuple(scope.tell(f"column.{n}") for n in ("indicator", "value", "interval", "period",
                                                      "groups"))  # fmt: skip
    outcomes: tuple[Block, ...] = ()
    if rows:
        outcomes = (Grid(scope.tell("outcomes_caption", place=scope.place_name), header,
                         tuple(rows)),)  # fmt: skip
    trend = scope.draw(scope.course(wanted.trend), "trend")
    place = scope.draw(scope.by_region(wanted.map), "map")
    return scope.document("donor", (
        parts.lead(scope, [trend]),
        Section("reach", scope.tell("section.reach"), _reach(scope)),
        Section("outcomes", scope.tell("section.outcomes"), outcomes),
        parts.evidence(scope, 5, "graded"),
        parts.figures(scope, "figures", [trend, place], low=True),
        parts.limits(scope),
        Section("cost", scope.tell("section.cost"), _cost(scope)),
        parts.sources(scope),
    ))  # fmt: skip


def _reach(scope: Scope) -> tuple[Block, ...]:
    found = reach(scope.reader, scope.role, scope.place)
    if not found:
        return (Note(scope.tell("no_reach")),)
    header = tuple(scope.tell(f"column.{n}") for n in ("year", "direct_women", "direct_men",
                                                      "indirect"))  # fmt: skip
    rows = tuple(
        (str(each.year), *(whole(n, scope.lang) if n is not None else "–"
                           for n in (each.direct_women, each.direct_men, each.indirect)))
        for each in found[-5:]
    )  # fmt: skip
    return (Grid(scope.tell("reach_caption", place=scope.place_name), header, rows),
            Note(scope.tell("reach_note")))  # fmt: skip


def _cost(scope: Scope) -> tuple[Block, ...]:
    found = cost(scope.reader, scope.role)
    if not found:
        return (Note(scope.tell("no_cost")),)
    lang = scope.lang
    header = tuple(scope.tell(f"column.{n}") for n in ("year", "cost", "cost_each"))
    rows = tuple(
        (str(each.year), format_value(each.cost_xof, "xof", lang),
         format_value(each.per_person, "xof", lang) if each.per_person else "–")
        for each in found[-5:]
    )  # fmt: skip
    return Grid(scope.tell("cost_caption"), header, rows), Note(scope.tell("cost_note"))


# --- region --------------------------------------------------------------------------------------


def region(scope: Scope) -> Document:
    """One page in plain words, to be read aloud in a forum."""
    wanted, lang = rules().briefs.region, scope.lang
    told = []
    for name in wanted.numbers:
        if (found := scope.latest(name)) is None:
            continue
        label, row = found
        subject = indicator(name)
        told.append(scope.tell("plain_number", title=subject.title[lang],
                              value=scope.value(row, subject), period=scope.period(label)))
    trend = scope.draw(scope.course(wanted.trend), "trend")
    upcoming = [
        scope.tell("plain_action", title=text_of(s.action, "title", lang),
                  due=format_day(s.action.due_date, lang), responsible=s.action.responsible,
                  state=scope.tell(f"state.{s.state}", days=whole(s.days_late, lang)))
        for s in standings(scope.reader, scope.register, scope.role, scope.today)
        if s.state not in ("done", "dropped")
    ]  # fmt: skip
    allies = [ally.name for ally in scope.register.allies]
    blocks: tuple[Block, ...] = (Points(tuple(told[:5])),) if told else ()
    return scope.document("region", (
        Section("numbers", scope.tell("section.numbers"), blocks),
        parts.figures(scope, "course", [trend], low=True),
        parts.evidence(scope, 1),
        Section("roadmap", scope.tell("section.roadmap"),
                (Points(tuple(upcoming[:3])),) if upcoming else ()),
        parts.demands(scope, 2),
        Section("allies", scope.tell("section.allies"),
                (Paragraph(", ".join(allies[:8])),) if allies else ()),
    ), plain=True, pages=1)  # fmt: skip


_COMPOSED: dict[str, Callable[[Scope], Document]] = {
    "director": director,
    "ministry": ministry,
    "donor": donor,
    "region": region,
}
APPEAL = "call-to-action"
BRIEFS = (*_COMPOSED, APPEAL)
