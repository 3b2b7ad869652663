"""Contributions: what women's groups gave in crises, for whom, worth how much, how we know."""

from __future__ import annotations

from typing import Any

from analytics import story
from analytics.testimonies import voices
from analytics.text.numbers import format_value
from analytics.views import Panel, cell_text, households
from analytics.views.page import Page, Words

#: what is measured, per member so that places and years compare
MEASURES = (
    "contribution_value_per_member", "people_reached_per_100_members", "groups_contributing_share",
)  # fmt: skip
PARTS = ("kind", "purpose", "crisis", "phase", "beneficiary", "initiative")
#: totals first, then what they mean for one member
CARDS = (
    "contribution_value", "contribution_value_ledger", "people_reached", "women_involved",
    "contribution_value_per_member", "contribution_value_per_1000_saved",
    "people_reached_per_100_members", "groups_contributing_share",
)  # fmt: skip


def show(page: Page) -> None:
    told = Words(page)
    years = [period.label for period in told.years("groups_contributing_share")]
    if not years:
        page.none(told.say("contributions.none"))
        return
    with page.choices():
        year = page.choose(told.say("breakdown.year"), dict(zip(years, years, strict=True)), "year")
        region = page.region()
    told.lead(story.contributions(told.asker(region), year))
    at_year: dict[str, Any] = {"start": year, "end": year}
    page.facts(page.ask(name, **told.within(at_year, region)) for name in CARDS)
    told.note("contributions.cards_note", year=year)

    told.heading("contributions.ledger")
    with page.choices():
        measures = households.titles(told, MEASURES)
        name = page.choose(told.say("giving.measure"), measures, "measure")
        parts = {part: told.say(f"breakdown.{part}") for part in PARTS}
        part = page.choose(told.say("giving.part"), parts, "part")
        crises = page.crises()
    end = page.reader.build.latest("quarter", page.role).label
    course = {"by": ("quarter",), "end": end}
    page.figures(
        Panel(name, told.within({"by": (part,), **at_year}, region), "bars"),
        Panel(name, told.within(course, region), "trend", crises=True),
    )

    page.voices(voices(page.reader, page.role, crises=crises, region=region))

    told.heading("contributions.where")
    _floor(told, year)
    page.figures(
        Panel(name, {"by": ("region",), **at_year}, "map", highlight=region),
        Panel(MEASURES[0], {"by": ("source",), **at_year}, "bars"),
    )

    told.heading("households.title")
    households.panels(told)
    told.heading("households.food_title", 3)
    households.food(told)

    told.heading("contributions.counted")
    _counted(told, year)
    page.published(*MEASURES, "contribution_value_per_1000_saved", "masks_made",
                   "social_fund_support_share", *households.PANELS, *households.FOOD)  # fmt: skip
    page.definitions(told.say("savings.how"), (name,))


def _floor(told: Words, year: str) -> None:
    """How strong the sources are: the floor that ledgers alone make."""
    page, name = told.page, MEASURES[0]
    answer = page.ask(name, by=("source",), start=year, end=year)
    [whole] = page.ask(name, start=year, end=year).rows
    ledger = next((row for row in answer.published if row.keys["source"] == "ledger"), None)
    if whole.published and whole.value and ledger and ledger.value is not None:
        share = format_value(ledger.value / whole.value, "share", page.lang)
        floor, total = (cell_text(row, answer.indicator, page.lang) for row in (ledger, whole))
        page.text(told.say("giving.floor", floor=floor, total=total, share=share))


def _counted(told: Words, year: str) -> None:
    """The rules by which contributions were counted, with what they set aside."""
    aside, logged = (
        cell_text(answer.rows[0], answer.indicator, told.page.lang)
        for answer in (told.page.ask(name, start=year, end=year)
                       for name in ("contributions_set_aside", "contributions_logged"))
    )  # fmt: skip
    values = {"year": year, "aside": aside, "logged": logged}
    rules = ("price", "reach", "once", "log", "women")
    told.page.points([told.say(f"giving.rule.{rule}", **values) for rule in rules])
