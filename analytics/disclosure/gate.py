"""The public's copy of the estimates: banded, rounded, suppressed; all that a visitor can reach.

A public page, file or address reads ``estimate_public`` and nothing else, so whatever is not in
it cannot leave by any path.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa

from analytics.disclosure.rules import (
    EXTREME,
    MAX_LARGEST,
    MAX_TWO_LARGEST,
    MIN_CASES_FOR_EXTREMES,
    MIN_GROUPS,
    MIN_GROUPS_MEDIAN,
    MIN_GROUPS_TOTAL,
    MIN_PEOPLE,
    band,
    public_precision,
    two_digits,
)
from analytics.errors import NotAllowed
from analytics.geography.places import NOT_SPECIFIED, parts_of, region_units
from analytics.indicator import Indicator, indicators
from analytics.period import last_public_quarter, parse_period
from analytics.selection import Selection

#: breakdowns of the nation that the public may see, one at a time
NATIONAL_BREAKDOWNS = (
    "partner", "group_type", "network", "wlie", "sex", "age_band", "displaced", "sector", "kind",
    "crisis", "shock", "purpose", "phase", "beneficiary", "source", "level", "crisis_phase",
    "theme", "initiative", "adaptation_origin", "adapted", "since",
)  # fmt: skip
_REGIONAL = ("unit_2023", "unit_2012")
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


def write_public_estimates(
    con: duckdb.DuckDBPyConnection, built_on: dt.date, *, aside: bool = False
) -> None:
    """Create ``estimate_public`` from ``estimate``; ``aside`` as a temporary table."""
    last = last_public_quarter(built_on)
    dimensions = ", ".join(f"'{name}'" for name in ("nation", *_REGIONAL, *NATIONAL_BREAKDOWNS))
    public = ", ".join(f"'{i.id}'" for i in indicators().values() if i.klass == "open")
    columns = list(Exact.__dataclass_fields__)
    rows = con.execute(
        f"""SELECT {", ".join(columns)} FROM estimate e
        WHERE indicator NOT IN ({public or "''"})
            AND period_kind IN ('quarter', 'year') AND dimension IN ({dimensions})
            AND (SELECT max(period_end) FROM ref_period p
                WHERE p.period_kind = e.period_kind AND p.period = e.period) <= ?
        ORDER BY ALL""",
        [last.end],
    ).fetchall()
    tables: dict[tuple[str, str], list[Exact]] = defaultdict(list)
    for row in rows:
        exact = Exact(*row)
        if exact.indicator in indicators():
            tables[exact.indicator, exact.period].append(exact)
    leaves = {mart: _leaves_in(con, mart) for mart in {i.mart for i in indicators().values()
                                                       if i.klass != "open"}}  # fmt: skip
    cells = [
        cell
        for (name, _), table in tables.items()
        for cell in public_table(indicators()[name], table, leaves.get(indicators()[name].mart))
    ]
    names = list(PublicCell.__dataclass_fields__)
    types = {"value": pa.float64(), "low": pa.float64(), "high": pa.float64(),
             "median": pa.float64(), "coverage": pa.float64()}  # fmt: skip
    table = pa.table(
        {n: pa.array([getattr(c, n) for c in cells], types.get(n, pa.string())) for n in names}
    )
    con.register("_public", table)
    # What is open is most of it, by cercle and month, and needs no judging: it goes straight over.
    con.execute(
        f"""CREATE {"TEMP " * aside}TABLE estimate_public AS SELECT * FROM (
            SELECT * FROM _public UNION ALL BY NAME
            SELECT indicator, dimension, key, period_kind, period,
                CASE WHEN value IS NULL THEN 'no_data' ELSE 'published' END AS status,
                {_settled("value")}, {_settled("low")}, {_settled("high")}, {_settled("median")},
                caveats
            FROM estimate WHERE indicator IN ({public or "''"}))
        ORDER BY indicator, dimension, period_kind, period, key"""
    )
    con.unregister("_public")


def _settled(column: str) -> str:
    """A sum of fractions without its last digits, which depend on the order of addition: the same
    input must give the same published figure."""
    return f"""CASE WHEN abs({column}) < 1e-12 THEN 0.0
        ELSE CAST(printf('%.12g', {column}) AS DOUBLE) END AS {column}"""


def _leaves_in(con: duckdb.DuckDBPyConnection, mart: str) -> Leaves:
    """The pairs of regions that the people of a mart live in."""
    rows = con.execute(f"SELECT DISTINCT region_2023, region_2012 FROM {mart}").fetchall()
    return frozenset(rows)


def public_table(
    indicator: Indicator, table: Iterable[Exact], leaves: Leaves | None = None
) -> list[PublicCell]:
    """Gate all cells of one indicator and period together.

    They are judged together because a cell hidden alone among its siblings can be found from
    their whole, and a new region from an old one that holds it: then more is hidden with it.

    Args:
        leaves: the pairs (region of 2023, region of 2012) that groups live in; all pairs that
            could exist where unknown.
    """
    if indicator.klass == "internal":
        return []
    exact = [
        cell
        for cell in table
        if indicator.klass != "total"
        or (cell.period_kind == "year" and cell.dimension in ("nation", *_REGIONAL))
    ]
    judged = {id(cell): _judge(indicator, cell) for cell in exact}
    if indicator.klass != "open":
        by_dimension: dict[str, list[Exact]] = defaultdict(list)
        for cell in exact:
            by_dimension[cell.dimension].append(cell)
        regional = [c for c in exact if c.dimension in ("nation", *_REGIONAL)]
        present = _present_leaves(regional, leaves or _possible_leaves())
        _hide_what_adds_up(regional, judged, present)
        _hide_company(by_dimension, judged)
    return [_publish(indicator, cell, judged[id(cell)]) for cell in exact]


def _hide_company(by_dimension: dict[str, list[Exact]], judged: dict[int, str]) -> None:
    """A cell hidden alone among its siblings takes the smallest published one with it.

    Groups that are in no cell of a breakdown (those whose exposure is unknown) are a hidden cell
    too, where they are too few to be told.
    """
    whole = by_dimension.get("nation", [])
    for name, family in by_dimension.items():
        hidden = sum(judged[id(c)] == "suppressed" for c in family)
        shown = [c for c in family if judged[id(c)] == "published"]
        if name == "shock" and whole:
            groups = whole[0].n_groups - sum(c.n_groups for c in family)
            people = whole[0].n_people - sum(c.n_people for c in family)
            hidden += 0 < groups < MIN_GROUPS or 0 < people < MIN_PEOPLE
        if name != "nation" and hidden == 1 and shown:
            judged[id(min(shown, key=lambda c: (c.n_people, c.key)))] = "suppressed"


def _hide_what_adds_up(cells: list[Exact], judged: dict[int, str], leaves: Leaves) -> None:
    """Hide cells until no cell that had to be hidden is a sum or difference of shown ones.

    Nation, old and new regions overlap: each is a set of leaves, and what a reader can work out
    are the combinations of the sets he sees.
    """
    order = sorted(leaves)
    sets = {id(cell): _leaves_of(cell, order) for cell in cells}
    primary = [c for c in cells if judged[id(c)] == "suppressed"]
    for hidden in primary:
        while shown := [c for c in cells if judged[id(c)] == "published"]:
            weights = _combination(sets[id(hidden)], [sets[id(c)] for c in shown])
            if weights is None:
                break
            used = [c for c, w in zip(shown, weights, strict=True) if abs(w) > 1e-6]
            able = [c for c in used if c.dimension != "nation"] or used
            # Hide as little as proves safe: one cell that settles it, if there is one.
            for candidate in sorted(able, key=lambda c: (c.n_people, c.key)):
                rest = [sets[id(c)] for c in shown if c is not candidate]
                if not rest or _combination(sets[id(hidden)], rest) is None:
                    break
            else:
                candidate = min(able, key=lambda c: (c.n_people, c.key))
            judged[id(candidate)] = "suppressed"


def _leaves_of(cell: Exact, order: list[tuple[str, str]]) -> np.ndarray:
    if cell.dimension == "nation":
        return np.ones(len(order))
    side = 0 if cell.dimension == "unit_2023" else 1
    parts = set(parts_of(cell.key))
    return np.array([float(leaf[side] in parts) for leaf in order])


def _combination(wanted: np.ndarray, known: list[np.ndarray]) -> np.ndarray | None:
    """Weights that make ``wanted`` out of ``known``, or None where there are none."""
    matrix = np.array(known).T
    weights = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    return weights if np.allclose(matrix @ weights, wanted, atol=1e-8) else None


def _present_leaves(cells: list[Exact], leaves: Leaves) -> Leaves:
    """The leaves with groups in this table: one that is empty here protects nothing."""
    sides = [
        {part for c in cells if c.dimension == name and c.n_groups for part in parts_of(c.key)}
        for name in _REGIONAL
    ]
    return frozenset(leaf for leaf in leaves if leaf[0] in sides[0] and leaf[1] in sides[1])


def _possible_leaves() -> Leaves:
    pairs = {(region.slug, region.parent_2012) for region in region_units("2023")}
    unknown = {(NOT_SPECIFIED, region.slug) for region in region_units("2012")}
    return frozenset(pairs | unknown)


def _judge(indicator: Indicator, cell: Exact) -> str:
    if indicator.klass == "open":
        return "published" if cell.value is not None else "no_data"
    if cell.n_groups == 0 or cell.value is None:
        return "no_data"
    floor = MIN_GROUPS_TOTAL if indicator.klass == "total" else MIN_GROUPS
    if cell.n_groups < floor or cell.n_people < MIN_PEOPLE or _dominated(cell):
        return "suppressed"
    return "published"


def _dominated(cell: Exact) -> bool:
    for whole, first, second in (
        (cell.numerator_absolute, cell.numerator_top1, cell.numerator_top2),
        (cell.denominator_absolute, cell.denominator_top1, cell.denominator_top2),
    ):
        if (
            whole
            and first is not None
            and (first > MAX_LARGEST * whole or first + (second or 0) > MAX_TWO_LARGEST * whole)
        ):
            return True
    return False


def _publish(indicator: Indicator, cell: Exact, status: str) -> PublicCell:
    public = PublicCell(
        cell.indicator, cell.dimension, cell.key, cell.period_kind, cell.period, status
    )
    if status != "published" or cell.value is None:
        return public
    # In steps of five points: enough to judge, too coarse to count groups with.
    coverage = min(1.0, round(20 * cell.n_groups / cell.expected) / 20) if cell.expected else None
    public = replace(
        public, n_groups=band(cell.n_groups), n_people=band(cell.n_people), coverage=coverage,
        caveats=cell.caveats,
    )  # fmt: skip
    if indicator.klass == "total":
        return replace(public, value=two_digits(cell.value))
    if indicator.klass == "open":
        return replace(
            public, value=cell.value, low=cell.low, high=cell.high, n_groups=None, n_people=None,
            coverage=None,
        )  # fmt: skip

    def rounded(value: float | None) -> float | None:
        if value is None:
            return None
        return public_precision(value, indicator.unit, cell.n_people)

    of_groups = indicator.analysis_unit in ("group", "space")
    cases = cell.n_groups if of_groups else cell.n_people
    told = rounded(cell.value)
    if indicator.unit == "share" and told in (0, 1) and cases < MIN_CASES_FOR_EXTREMES:
        if told == 0:
            return replace(public, value=EXTREME, low=0.0, high=EXTREME, bound="under")
        return replace(public, value=1 - EXTREME, low=1 - EXTREME, high=1.0, bound="over")
    return replace(
        public,
        value=told,
        low=rounded(cell.low),
        high=rounded(cell.high),
        median=rounded(cell.median) if cell.n_groups >= MIN_GROUPS_MEDIAN else None,
    )


def allow(indicator: Indicator, selection: Selection) -> None:
    """Whether a role may ask a question at all.

    Raises:
        NotAllowed: with the reason.
    """
    for name in selection.divided_by + tuple(n for n in selection.by):
        if name not in indicator.breakdowns:
            raise NotAllowed(
                "breakdown_unknown", name=name, indicator=indicator.id,
                known=", ".join(indicator.breakdowns),
            )  # fmt: skip
    parted = [name for name in selection.divided_by if name in indicator.numerator_by]
    if len(parted) > 1:
        raise NotAllowed("one_part", names=", ".join(parted))
    if selection.role != "public":
        return
    if indicator.klass == "internal":
        raise NotAllowed("internal_for_staff", indicator=indicator.id)
    if indicator.klass == "open":
        return
    if len(selection.divided_by) > 1:
        raise NotAllowed("one_breakdown", names=", ".join(selection.divided_by))
    if "cercle" in selection.divided_by:
        raise NotAllowed("cercle_for_staff")
    kinds = {parse_period(p).kind for p in (selection.start, selection.end) if p}
    if selection.time == "month" or "month" in kinds:
        raise NotAllowed("month_for_staff")
    if indicator.klass == "total":
        if selection.time == "quarter" or "quarter" in kinds:
            raise NotAllowed("total_by_year", indicator=indicator.id)
        if set(selection.divided_by) - {"region"}:
            raise NotAllowed("total_by_region_only", indicator=indicator.id)
    spans = selection.start != selection.end
    if selection.time is None and (selection.start or selection.end) and spans:
        raise NotAllowed("span_for_staff")
