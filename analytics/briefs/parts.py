"""Sections that several briefs share."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.advocacy.plan import Waiting, overdue, standings, waiting
from analytics.advocacy.register import Law, region_name, rules, text_of
from analytics.briefs.scope import Scope
from analytics.charts import Figure
from analytics.publishing.documents.model import (
    Block,
    Grid,
    Note,
    Paragraph,
    Picture,
    Points,
    Section,
)
from analytics.text import say
from analytics.text.codes import code_label
from analytics.text.numbers import format_day, whole


def figures(
    scope: Scope, id: str, found: Sequence[Figure | None], *, low: bool = False
) -> Section:
    shown = [Picture(figure, low) for figure in found if figure is not None]
    return Section(id, scope.tell(f"section.{id}"), tuple(shown))


def evidence(scope: Scope, most: int, id: str = "evidence") -> Section:
    """Claims, null results among them; a sentence where there is none."""
    chosen: list[Block] = [scope.statement(claim) for claim in scope.chosen_claims(most)]
    if not chosen:
        chosen = [Note(scope.tell("no_claims"))]
    return Section(id, scope.tell(f"section.{id}"), tuple(chosen))


def demands(scope: Scope, most: int) -> Section:
    """The demands that wait longest, each with its addressee and how long it has waited."""
    lang, found = scope.lang, waiting(scope.register, scope.today)
    told = [
        scope.tell(
            "demand_waiting" if each.open else "demand_answered",
            text=text_of(each.demand, "text", lang),
            office=each.demand.addressed_to,
            place=region_name(each.demand.region, lang),
            status=code_label("status@demand", each.demand.status, lang).lower(),
            days=whole(each.days, lang),
            date=format_day(each.demand.date, lang),
        )
        for each in _different(found, lang)[:most]
    ]
    return Section("demands", scope.tell("section.demands"), (Points(tuple(told)),) if told else ())


def _different(found: Sequence[Waiting], lang: str) -> list[Waiting]:
    """One demand of each wording and addressee: the same is asked in many regions."""
    seen: dict[tuple[str, str], Waiting] = {}
    for each in found:
        seen.setdefault((text_of(each.demand, "text", lang), each.demand.addressed_to), each)
    return list(seen.values())


def laws(scope: Scope) -> Section:
    """The law behind the demands and figures of the brief."""
    asked = {claim.question_id for claim in scope.chosen_claims(4)}
    asked |= {id for d in scope.register.demands for id in (d.claim_ids or "").split()}
    measured = {answer.indicator.id for answer in scope.answers}
    measured |= {action.indicator_id for action in scope.register.actions if action.indicator_id}
    blocks: list[Block] = []
    for law in rules().laws:
        if asked & set(law.claims) or measured & set(law.indicators):
            blocks += _law(law, scope.lang)
    return Section("law", scope.tell("section.law"), tuple(blocks))


def _law(law: Law, lang: str) -> list[Block]:
    return [Paragraph(f"{law.title[lang]}. {law.text[lang]}"), Note(law.source)]


def plan(scope: Scope, most: int) -> Section:
    """Actions that are blocked or late, worst first."""
    lang = scope.lang
    found = overdue(standings(scope.reader, scope.register, scope.role, scope.today))
    rows = tuple(
        (
            text_of(each.action, "title", lang),
            region_name(each.action.region, lang),
            each.action.responsible,
            format_day(each.action.due_date, lang),
            scope.tell(f"state.{each.state}", days=whole(each.days_late, lang)),
        )
        for each in found[:most]
    )
    if not rows:
        return Section("plan", "", ())
    header = tuple(scope.tell(f"column.{n}") for n in ("action", "region", "responsible", "due",
                                                      "state"))  # fmt: skip
    caption = scope.tell("plan_caption", shown=len(rows), all=len(found))
    return Section("plan", scope.tell("section.plan"), (Grid(caption, header, rows),))


def limits(scope: Scope, most: int = 6) -> Section:
    codes = dict.fromkeys(code for answer in scope.answers for code in answer.caveats)
    told = [say(f"caveat.{code}", scope.lang) for code in list(codes)[:most]]
    return Section(
        "limits", scope.tell("section.limits"),
        (Points((scope.tell("limits_always"), *told)),),
    )  # fmt: skip


def sources(scope: Scope) -> Section:
    """What the brief was made from; the claims' own sources stand under each."""
    lines = scope.sources()
    blocks: list[Block] = [Note(" · ".join(lines))] if lines else []
    blocks.append(Note(scope.tell("how_to_check", build=scope.reader.build.build_id)))
    return Section("sources", scope.tell("section.sources"), tuple(blocks))


def lead(scope: Scope, found: Sequence[Figure | None]) -> Section:
    """The finding first: the best claim, else what the first figure says."""
    best = next((c for c in scope.chosen_claims(1) if c.verdict == "supported"), None)
    drawn = next((figure for figure in found if figure is not None), None)
    if best is not None:
        text = best.statement(scope.lang)
    elif drawn is not None:
        text = f"{drawn.headline.rstrip('.')}."
    else:
        return Section("lead", "", ())
    return Section("lead", "", (Paragraph(text, lead=True),))

