"""Whom the programmes reached and what they cost, by year, as the role may see it."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from analytics.disclosure.rules import MIN_GROUPS_TOTAL, MIN_PEOPLE, two_digits
from analytics.warehouse.read import Reader


@dataclass(frozen=True)
class Reached:
    """People of a year; those reached directly and indirectly are never added up.

    For the public each number is rounded to two significant digits, and empty below ten people.
    """

    year: int
    direct_women: float | None
    direct_men: float | None
    indirect: float | None


@dataclass(frozen=True)
class Spent:
    """Cost of a year in francs, and by person reached directly where that is known."""

    year: int
    cost_xof: float
    per_person: float | None


def reach(reader: Reader, role: str, place: str = "mali") -> tuple[Reached, ...]:
    """By year, oldest first; empty where nothing was delivered or too few groups stand behind.

    Args:
        place: ``mali``, or a region; the public's is the unit it is shown in.
    """
    if role == "public" and not _enough_groups(reader, place):
        return ()
    regions = None if place == "mali" else _parts(reader, role, place)
    condition = "TRUE"
    values: list[object] = []
    if regions is not None:
        condition = f"region IN ({', '.join('?' for _ in regions)})"
        values = list(regions)
    try:
        rows = reader.query(
            f"""SELECT year, sum(direct_women), sum(direct_men), sum(indirect) FROM core_reach
            WHERE {condition} GROUP BY year ORDER BY year""",
            values,
        )
    except duckdb.CatalogException:
        return ()
    return tuple(
        Reached(year, *(_shown(count, role) for count in counts)) for year, *counts in rows
    )


def _shown(count: float | None, role: str) -> float | None:
    if count is None or role != "public":
        return count
    return two_digits(float(count)) if count >= MIN_PEOPLE else None


def _parts(reader: Reader, role: str, place: str) -> list[str]:
    units = reader.units["2023"]
    if role != "public":
        return [place]
    unit = units.get(place, place)
    return [region for region, own in units.items() if own == unit]


def _enough_groups(reader: Reader, place: str) -> bool:
    """Whether ten groups stand behind a total, as for every total of the network."""
    dimension, key = ("nation", None) if place == "mali" else ("unit_2023", place)
    if key is not None:
        key = reader.units["2023"].get(key, key)
    rows = reader.query(
        """SELECT coalesce(max(n_groups), 0) FROM estimate WHERE indicator = 'groups_reporting'
        AND dimension = ? AND (? IS NULL OR key = ?)""",
        [dimension, key, key],
    )
    return bool(rows and rows[0][0] >= MIN_GROUPS_TOTAL)


def cost(reader: Reader, role: str) -> tuple[Spent, ...]:
    """What all programmes cost by year; for the public rounded to two significant digits."""
    people = {
        each.year: (each.direct_women or 0) + (each.direct_men or 0)
        for each in reach(reader, role)
    }
    try:
        rows = reader.query(
            "SELECT year, sum(cost_xof) FROM core_programme_cost GROUP BY year ORDER BY year"
        )
    except duckdb.CatalogException:
        return ()
    made = []
    for year, total in rows:
        shown = two_digits(float(total)) if role == "public" else float(total)
        reached = people.get(year)
        each = shown / reached if reached else None
        made.append(
            Spent(year, shown, two_digits(each) if each and role == "public" else each)
        )
    return tuple(made)
