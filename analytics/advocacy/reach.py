"""Whom the programmes reached and what they cost, by year, as the role may see it.

Estimates like all others, so that a brief and a page say the same and the same gate stands before.
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.estimates.estimate import estimate
from analytics.indicator import indicator
from analytics.selection import Selection
from analytics.warehouse.read import Reader


@dataclass(frozen=True)
class Reached:
    """People of a year; those reached directly and indirectly are never added up.

    For the public each number is rounded to two significant digits, and empty where it is
    suppressed.
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
    """By year, oldest first; empty where nothing was delivered or nothing may be told.

    Args:
        place: ``mali``, or a region; the public's is the unit it is shown in.
    """
    names = ("reach_direct_women", "reach_direct_men", "reach_indirect")
    series = [_series(reader, name, role, place) for name in names]
    years = sorted({year for values in series for year in values})
    return tuple(Reached(int(year), *(values.get(year) for values in series)) for year in years)


def _series(reader: Reader, name: str, role: str, place: str = "mali") -> dict[str, float]:
    filters = () if place == "mali" else (("region", place),)
    answer = estimate(reader, indicator(name), Selection(by=("year",), filters=filters, role=role))
    return {year: row.value for year, row in answer.series() if row.value is not None}


def cost(reader: Reader, role: str) -> tuple[Spent, ...]:
    """What the programmes cost by year, oldest first, as the role may see it."""
    each = _series(reader, "cost_per_member", role)
    total = _series(reader, "programme_cost", role)
    return tuple(Spent(int(year), total[year], each.get(year)) for year in sorted(total))
