"""Every part of the resilience profile as tables: the value, and its score between goalposts."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.charts.table import Table
from analytics.geography.places import place_name
from analytics.profile import Profile, Told, declared, profile
from analytics.selection import breakdown_value
from analytics.text import say
from analytics.text.numbers import format_value, whole
from analytics.views import cell_text
from analytics.warehouse.read import Reader


def by_group_type(reader: Reader, role: str, year: str, lang: str) -> list[tuple[str, str, Table]]:
    """The parts for women-only and mixed groups, as far as they are known by group type."""
    found = profile(reader, role, year, by="group_type")
    return list(parts(found, lang)) if found.standings else []


def parts(found: Profile, lang: str) -> Iterator[tuple[str, str, Table]]:
    """A capacity a table: its name, what it is, its parts by place or group type."""
    for name in declared().capacities:
        title = say(f"profile.{name}", lang)
        first = [_goalposts(told, lang) for told in found.standings[0].parts[name]]
        header = (say(f"breakdown.{found.by}", lang), *first, title)
        rows = tuple(
            (standing_name(standing.place, found, lang),
             *(_part(told, lang) for told in standing.parts[name]),
             score(standing.capacities[name], lang))
            for standing in found.standings
        )  # fmt: skip
        yield title, say(f"profile.{name}_what", lang), (header, rows)


def standing_name(place: str, found: Profile, lang: str) -> str:
    if found.by == "region":
        return place_name(place, lang)
    return breakdown_value(found.by, place, lang)


def score(value: float | None, lang: str) -> str:
    return "–" if value is None else whole(value, lang)


def _goalposts(told: Told, lang: str) -> str:
    low, high = (format_value(post, told.subject.unit, lang)
                 for post in (told.part.low, told.part.high))  # fmt: skip
    return say("profile.goalposts", lang, title=told.subject.title[lang], low=low, high=high)


def _part(told: Told, lang: str) -> str:
    if told.row is None:
        return "–"
    if told.score is None:
        return say(f"figure.{told.row.status}_mark", lang)
    return f"{cell_text(told.row, told.subject, lang)} ({score(told.score, lang)})"
