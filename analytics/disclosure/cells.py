"""What gate and auditor speak of: exact and public cells, and the places cells are sums of."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from analytics.geography.places import NOT_SPECIFIED, parts_of, region_units

#: the public's regions, in either division
REGIONAL = ("unit_2023", "unit_2012")
#: pairs (region of 2023, region of 2012): the smallest places that regional tables are sums of
Leaves = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Exact:
    """One exact estimate as the build stores it (see ``estimates.compute``)."""

    indicator: str
    dimension: str
    key: str
    period_kind: str
    period: str
    value: float | None
    low: float | None
    high: float | None
    median: float | None
    numerator: float | None
    denominator: float | None
    n_groups: int
    n_people: int
    expected: int
    numerator_absolute: float | None
    numerator_top1: float | None
    numerator_top2: float | None
    denominator_absolute: float | None
    denominator_top1: float | None
    denominator_top2: float | None
    caveats: str | None = None


@dataclass(frozen=True)
class PublicCell:
    """What the public may know of a cell; ``bound`` is ``under`` or ``over`` for extremes."""

    indicator: str
    dimension: str
    key: str
    period_kind: str
    period: str
    status: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    median: float | None = None
    n_groups: str | None = None
    n_people: str | None = None
    coverage: float | None = None
    bound: str | None = None
    caveats: str | None = None


def leaves_of(cell: Exact, order: list[tuple[str, str]]) -> np.ndarray:
    if cell.dimension == "nation":
        return np.ones(len(order))
    side = 0 if cell.dimension == "unit_2023" else 1
    parts = set(parts_of(cell.key))
    return np.array([float(leaf[side] in parts) for leaf in order])


def present_leaves(cells: list[Exact], leaves: Leaves) -> Leaves:
    """The leaves with groups in this table: one that is empty here protects nothing."""
    sides = [
        {part for c in cells if c.dimension == name and c.n_groups for part in parts_of(c.key)}
        for name in REGIONAL
    ]
    return frozenset(leaf for leaf in leaves if leaf[0] in sides[0] and leaf[1] in sides[1])


def possible_leaves() -> Leaves:
    pairs = {(region.slug, region.parent_2012) for region in region_units("2023")}
    unknown = {(NOT_SPECIFIED, region.slug) for region in region_units("2012")}
    return frozenset(pairs | unknown)


def leaves_in(con: duckdb.DuckDBPyConnection, mart: str) -> Leaves:
    """The pairs of regions that the people of a mart live in."""
    rows = con.execute(f"SELECT DISTINCT region_2023, region_2012 FROM {mart}").fetchall()
    return frozenset(rows)
