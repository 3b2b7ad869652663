"""Impact: what women's groups did in crises, as a short story of computed findings.

As the public sees it, whoever looks: this is the page that is shown around.
"""

from __future__ import annotations

from typing import Any

from analytics.advocacy.choice import balanced
from analytics.advocacy.reach import reach
from analytics.advocacy.register import rules
from analytics.briefs.scope import statement
from analytics.evidence.store import claims
from analytics.geography.places import place_name
from analytics.indicator import indicator
from analytics.text.numbers import whole
from analytics.views import Panel
from analytics.views.page import Page, Words

_FINDINGS = 4


def show(page: Page) -> None:
    told = Words(page)
    page.text(told.say("impact.lead"))
    with page.choices():
        region = page.region()
    _findings(told, region)
    _figures(told, region)
    _map(told, region)
    _reached(told, region)
    told.heading("overview.limits")
    page.text(told.say("overview.limits_text"))
    page.links({"publish": told.say("impact.brief"), "methods": told.say("impact.methods")})


def _findings(told: Words, region: str | None) -> None:
    """The best supported claims, and beside them always one that says less."""
    page = told.page
    found = claims(page.reader, page.role, region or "mali") or claims(page.reader, page.role)
    shown = balanced(found, _FINDINGS)
    if shown:
        told.heading("impact.findings")
    for claim in shown:
        page.finding(statement(claim, page.lang), claim)


def _figures(told: Words, region: str | None) -> None:
    """How each part of the story went: a number, its course, and how it is made."""
    for name in rules().briefs.impact.stories:
        subject = indicator(name)
        if region and "region" not in subject.breakdowns:
            continue
        by = "year" if subject.klass == "total" else "quarter"
        _shown(told, f"impact.story.{name}",
               Panel(name, told.within({"by": (by,)}, region), crises=True))  # fmt: skip


def _map(told: Words, region: str | None) -> None:
    quarter = told.page.reader.build.latest("quarter", "public").label
    question: dict[str, Any] = {"by": ("region",), "start": quarter, "end": quarter}
    name = rules().briefs.impact.map
    _shown(told, "impact.where", Panel(name, question, "map", highlight=region))


def _shown(told: Words, heading: str, panel: Panel) -> None:
    answer = told.page.ask(panel.name, **panel.question)
    if answer.published:
        told.heading(heading)
        told.page.figures(panel)
        told.page.origin(answer)


def _reached(told: Words, region: str | None) -> None:
    """People of the latest year; those reached directly are part of those reached in all."""
    page = told.page
    found = reach(page.reader, page.role, region or "mali")
    if not found:
        return
    last = found[-1]
    told.heading("impact.reached")
    told.note("impact.reached_note", year=last.year, place=place_name(region or "mali", page.lang))
    hidden = told.say("status.suppressed")
    pairs = []
    for name in ("direct_women", "direct_men", "indirect"):
        value = getattr(last, name)
        shown = hidden if value is None else whole(value, page.lang)
        pairs.append((told.say(f"briefs.column.{name}"), shown))
    page.measures(pairs)
    told.note("briefs.reach_note")
