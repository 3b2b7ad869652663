"""Voice: who sits where crises are decided, who speaks and decides, how women leaders are seen."""

from __future__ import annotations

from typing import Any

from analytics import story
from analytics.views import Panel, households
from analytics.views.page import Page, Words

SEATS = ("women_seat_share", "vsla_women_seat_share", "spaces_meeting_quota_share")
PARTS = ("level", "kind", "crisis_phase")
OWN = ("speaks_in_public_share", "knows_rights_share", "decides_income_share",
       "decides_health_share")  # fmt: skip
PERCEPTION = "supports_women_leaders_share"
ACTIVITIES = ("activities_held", "activity_women", "activity_men", "activity_women_share")


def show(page: Page) -> None:
    told = Words(page)
    told.lead(story.voice(told.asker()))
    year = told.latest_year(SEATS[0])
    if year:
        page.facts(page.ask(name, start=year, end=year) for name in SEATS)
        told.note("voice.cards_note", year=year)

    told.heading("voice.seats")
    page.text(told.say("voice.law"))
    _seats(told, year)

    told.heading("voice.said")
    _said(told)

    told.heading("voice.perception")
    _perception(told)

    told.heading("voice.activities")
    _activities(told, told.latest_year(ACTIVITIES[0]))

    page.published(*SEATS, *OWN, PERCEPTION)
    page.definitions(told.say("savings.how"), (*SEATS, PERCEPTION))


def _seats(told: Words, year: str | None) -> None:
    """One measure of seats by level, kind or phase, by region, and over the years."""
    page = told.page
    if year is None:
        page.none(told.say("voice.none"))
        return
    with page.choices():
        name = page.choose(told.say("filter.indicator"), households.titles(told, SEATS), "seats")
        parts = {part: told.say(f"breakdown.{part}") for part in PARTS}
        part = page.choose(told.say("giving.part"), parts, "seats-by")
    at_year: dict[str, Any] = {"start": year, "end": year}
    page.figures(Panel(name, {"by": (part,), **at_year}, "bars"),
                 Panel(name, {"by": ("region",), **at_year}, "map"))  # fmt: skip
    page.figures(Panel(name, {"by": ("year",), "end": year}, "trend"))


def _said(told: Words) -> None:
    """What people say of themselves: all measures beside one another, one over the rounds."""
    page = told.page
    if not page.ask(OWN[0]).published:
        page.none(told.say("voice.no_survey"))
        return
    told.note("households.sample")
    households.compared(told, OWN, told.say("voice.said"))
    with page.choices():
        name = page.choose(told.say("filter.indicator"), households.titles(told, OWN), "said")
        split = households.choose_split(told, "said-by", default="kind")
    page.figures(households.over_rounds(name, split))


def _perception(told: Words) -> None:
    """How many see women as leaders, women and men, round by round: the campaign's change."""
    page = told.page
    if not page.ask(PERCEPTION).published:
        return
    if sentences := story.perceptions(told.asker()):
        page.text(" ".join(sentences))
    told.note("voice.perception_note")
    page.figures(*(households.over_rounds(PERCEPTION, split) for split in households.SPLITS))


def _activities(told: Words, year: str | None) -> None:
    """Trainings, forums, dialogues of the latest full year, with women and men counted apart."""
    page = told.page
    if year is None:
        page.none(told.say("voice.no_activities"))
        return
    page.facts(page.ask(name, start=year, end=year) for name in ACTIVITIES)
    told.note("voice.activities_note", year=year)
    page.figures(
        Panel(ACTIVITIES[3], {"by": ("kind",), "start": year, "end": year}, "bars"),
        Panel(ACTIVITIES[1], {"by": ("year",), "end": year}, "trend"),
    )
