"""Public regions: which regions stand alone and which are shown merged, once per build.

The same pattern holds in every period and for every indicator, so that no two public tables can
be subtracted from one another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path

import duckdb

from analytics.disclosure.rules import MIN_GROUPS, MIN_PEOPLE, MIN_QUARTERS_ALONE
from analytics.geography import places
from analytics.period import last_public_quarter

Counts = dict[str, dict[str, tuple[int, int]]]
"""region → quarter → (groups, people)"""


def merge_regions(
    counts: Counts,
    order: list[str],
    neighbours: dict[str, tuple[str, ...]],
    before: Collection[tuple[str, ...]] = (),
) -> dict[str, tuple[str, ...]]:
    """Each region that ever reported → the regions it is shown with (itself included).

    Args:
        counts: what reported, by region and public quarter.
        order: the fixed order in which regions are looked at.
        neighbours: region → neighbours, the preferred one first.
        before: units of the version before. One that was told merged comes apart only where each
            part could have stood alone in every quarter: else the part that is hidden in one of
            them is the told whole less the parts told now.
    """
    units = _starting_units(counts, order, before)

    def stands_alone(unit: frozenset[str]) -> bool:
        totals: dict[str, tuple[int, int]] = {}
        for region in unit:
            for quarter, (groups, people) in counts[region].items():
                before = totals.get(quarter, (0, 0))
                totals[quarter] = (before[0] + groups, before[1] + people)
        enough = sum(g >= MIN_GROUPS and p >= MIN_PEOPLE for g, p in totals.values())
        return enough >= MIN_QUARTERS_ALONE * len(totals)

    while len(units) > 1:
        weak = next((unit for unit in units if not stands_alone(unit)), None)
        if weak is None:
            break
        partner = _partner(weak, units, order, neighbours)
        units = [unit for unit in units if unit not in (weak, partner)]
        units.append(weak | partner)
        units.sort(key=lambda unit: min(order.index(region) for region in unit))
    return {region: tuple(sorted(unit)) for unit in units for region in unit}


def _starting_units(
    counts: Counts, order: list[str], before: Collection[tuple[str, ...]]
) -> list[frozenset[str]]:
    def always_enough(region: str) -> bool:
        return all(g >= MIN_GROUPS and p >= MIN_PEOPLE for g, p in counts[region].values())

    reported = {region for region in order if counts.get(region)}
    units = [frozenset(unit) & reported for unit in before]
    merged = [u for u in units if len(u) > 1 and not all(map(always_enough, u))]
    alone = reported - frozenset().union(*merged)
    units = [*merged, *(frozenset([region]) for region in alone)]
    return sorted(units, key=lambda unit: min(map(order.index, unit)))


def _partner(
    weak: frozenset[str],
    units: list[frozenset[str]],
    order: list[str],
    neighbours: dict[str, tuple[str, ...]],
) -> frozenset[str]:
    for region in sorted(weak, key=order.index):
        for neighbour in neighbours.get(region, ()):
            for unit in units:
                if neighbour in unit and unit != weak:
                    return unit
    return next(unit for unit in units if unit != weak)


def write_region_units(
    con: duckdb.DuckDBPyConnection, built_on: dt.date, before: Path | None = None
) -> None:
    """Create ``region_unit``: division, region, unit (slug of the public unit).

    Args:
        before: folder of the version published before this one.
    """
    con.execute("CREATE TABLE region_unit (division VARCHAR, region VARCHAR, unit VARCHAR)")
    last = last_public_quarter(built_on).label
    for division in ("2023", "2012"):
        order = [region.slug for region in places.region_units(division)]
        counts: Counts = {}
        for region, quarter, groups, people in con.execute(
            f"""SELECT region_{division}, period, count(reported), sum(members)
            FROM mart_network__group_period
            WHERE period_kind = 'quarter' AND period <= ? AND reported = 1 GROUP BY 1, 2""",
            [last],
        ).fetchall():
            counts.setdefault(region, {})[quarter] = (groups, people)
        told = _told_units(before, division) if before else []
        merged = merge_regions(counts, order, places.neighbours(division), told)
        rows = [
            (division, region, places.merge_slug(merged.get(region, (region,))))
            for region in (*order, "not_specified")
        ]
        con.executemany("INSERT INTO region_unit VALUES (?, ?, ?)", rows)


def _told_units(before: Path, division: str) -> list[tuple[str, ...]]:
    path = before / "region_unit.parquet"
    if not path.exists():
        return []
    with duckdb.connect() as con:
        rows = con.execute(
            "SELECT DISTINCT unit FROM read_parquet(?) WHERE division = ?", [str(path), division]
        ).fetchall()
    return [parts for (unit,) in sorted(rows) if (parts := places.parts_of(unit))]
