"""The public's copy of the estimates: banded, rounded, suppressed; all that a visitor can reach.

A public page, file or address reads ``estimate_public`` and nothing else, so whatever is not in
it cannot leave by any path.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from operator import attrgetter
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from rapidfuzz import process

from analytics.disclosure import successive
from analytics.disclosure.audit import Audit, Known, Tables, audit_tables
from analytics.disclosure.cells import (
    REGIONAL,
    Exact,
    Leaves,
    PublicCell,
    leaves_in,
    leaves_of,
    possible_leaves,
    present_leaves,
)
from analytics.disclosure.feasible import Range
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
from analytics.indicator import Indicator, indicators
from analytics.period import last_public_quarter, parse_period
from analytics.selection import Selection

#: breakdowns of the nation that the public may see, one at a time
NATIONAL_BREAKDOWNS = (
    "partner", "group_type", "network", "wlie", "sex", "age_band", "displaced", "sector", "kind",
    "crisis", "shock", "purpose", "phase", "beneficiary", "source", "level", "crisis_phase",
    "theme", "initiative", "adaptation_origin", "adapted", "since",
)  # fmt: skip
#: indicator → (dimension, key) of cells to hide
Hidden = dict[str, set[tuple[str, str]]]


def write_public_estimates(
    con: duckdb.DuckDBPyConnection, built_on: dt.date, before: Path | None = None,
    *, aside: bool = False,
) -> Audit:  # fmt: skip
    """Create ``estimate_public`` from ``estimate``, and audit it; ``aside`` as a temporary table.

    Where the audit finds that a hidden cell can be told too closely, more is hidden with it; what
    it still finds then, its answer says. A table aside, of a few indicators, is not audited; it
    hides and holds what the version does for the sake of others and of the version before it.

    Args:
        before: folder of the version published before this one; what moved since by few groups is
            told as it was (``disclosure.successive``).
    """
    periods = _tables(con, built_on)
    leaves = {mart: leaves_in(con, mart) for mart in {mart for mart, _ in periods}}
    cells = {
        (mart, period): public_period(tables, leaves[mart])
        for (mart, period), tables in periods.items()
    }
    if aside:
        told = _as_the_version(con)
        _write(con, [told(cell) for found in cells.values() for cell in found], aside)
        return Audit((), 0)
    again = _told_again(con, before, periods, leaves, last_public_quarter(built_on).end)
    more: dict[tuple[str, str], Hidden] = defaultdict(dict)
    audited, changed = Audit((), 0), set(periods)
    solved: Known = {}
    while changed:
        # What binds a cell is of its own mart and period: only what was changed is looked at again.
        seen = (
            (_seen(periods[at], [again(cell) for cell in cells[at]]), leaves[at[0]])
            for at in changed
        )
        audited = audited.but(changed, audit_tables(seen, solved))
        changed = set()
        for at, found in _by_period(audited.unsafe).items():
            for name, keys in _with_them(found, periods[at], cells[at]).items():
                known = more[at].setdefault(name, set())
                if not keys <= known:
                    changed.add(at)
                known |= keys
            if at in changed:
                cells[at] = public_period(periods[at], leaves[at[0]], more[at])
    _write(con, [again(cell) for found in cells.values() for cell in found])
    return audited


def _seen(exact: dict[str, list[Exact]], public: list[PublicCell]) -> Tables:
    """One mart and period as the audit looks at it."""
    told: dict[str, dict[tuple[str, str], PublicCell]] = defaultdict(dict)
    for cell in public:
        told[cell.indicator][cell.dimension, cell.key] = cell
    return {
        name: ([c for c in cells if (c.dimension, c.key) in told[name]], told[name])
        for name, cells in exact.items()
    }


def _told_again(
    con: duckdb.DuckDBPyConnection, before: Path | None,
    periods: dict[tuple[str, str], dict[str, list[Exact]]], leaves: dict[str, Leaves],
    until: dt.date,
) -> Callable[[PublicCell], PublicCell]:  # fmt: skip
    """What turns a cell of today into what may be told of it after the version before."""
    if before is None:
        return lambda cell: cell
    successive.find_changes(con, before, ("nation", *REGIONAL, *NATIONAL_BREAKDOWNS), until)
    changes = successive.changed_groups(con)
    held = {
        (name, *key, period)
        for (mart, period), tables in periods.items()
        for name, table in tables.items()
        if (name, period) in changes
        for key in successive.waiting(table, changes[name, period], leaves[mart], protect)
    }
    successive.write_pending(con, held)
    told = successive.told_before(before) if held else {}
    return lambda cell: (
        successive.told_again(cell, told)
        if (cell.indicator, cell.dimension, cell.key, cell.period) in held
        else cell
    )


def _as_the_version(con: duckdb.DuckDBPyConnection) -> Callable[[PublicCell], PublicCell]:
    columns = ", ".join(PublicCell.__dataclass_fields__)
    rows = con.execute(
        f"""SELECT {columns} FROM estimate_public
        WHERE indicator IN (SELECT DISTINCT indicator FROM estimate)"""
    ).fetchall()
    cells = (PublicCell(*row) for row in rows)
    stored = {(c.indicator, c.dimension, c.key, c.period): c for c in cells}
    try:
        held = set(con.execute(
            "SELECT DISTINCT indicator, dimension, key, period FROM estimate_pending"
        ).fetchall())  # fmt: skip
    except duckdb.CatalogException:
        # The first version, or one from before figures waited.
        held = set()

    def told(cell: PublicCell) -> PublicCell:
        at = (cell.indicator, cell.dimension, cell.key, cell.period)
        own = stored.get(at)
        return own if own and (at in held or own.status == "suppressed") else cell

    return told


def _tables(
    con: duckdb.DuckDBPyConnection, built_on: dt.date
) -> dict[tuple[str, str], dict[str, list[Exact]]]:
    """(mart, period) → indicator → its exact cells of the shapes that the public may see."""
    last = last_public_quarter(built_on)
    dimensions = ", ".join(f"'{name}'" for name in ("nation", *REGIONAL, *NATIONAL_BREAKDOWNS))
    gated = {i.id: i for i in indicators().values() if i.klass != "open"}
    rows = con.execute(
        f"""SELECT {", ".join(Exact.__dataclass_fields__)} FROM estimate e
        WHERE indicator IN ({", ".join(f"'{name}'" for name in gated)})
            AND period_kind IN ('quarter', 'year') AND dimension IN ({dimensions})
            AND (SELECT max(period_end) FROM ref_period p
                WHERE p.period_kind = e.period_kind AND p.period = e.period) <= ?
        ORDER BY ALL""",
        [last.end],
    ).fetchall()
    found: dict[tuple[str, str], dict[str, list[Exact]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        exact = Exact(*row)
        found[gated[exact.indicator].mart, exact.period][exact.indicator].append(exact)
    return found


def _write(con: duckdb.DuckDBPyConnection, cells: list[PublicCell], aside: bool = False) -> None:
    public = ", ".join(f"'{i.id}'" for i in indicators().values() if i.klass == "open")
    names = list(PublicCell.__dataclass_fields__)
    types = {"value": pa.float64(), "low": pa.float64(), "high": pa.float64(),
             "median": pa.float64(), "coverage": pa.float64()}  # fmt: skip
    columns = zip(*map(attrgetter(*names), cells), strict=True) if cells else ([] for _ in names)
    table = pa.table(
        {n: pa.array(column, types.get(n, pa.string()))
         for n, column in zip(names, columns, strict=True)}
    )  # fmt: skip
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


def _by_period(unsafe: Iterable[Range]) -> dict[tuple[str, str], list[Range]]:
    found: dict[tuple[str, str], list[Range]] = defaultdict(list)
    for one in unsafe:
        found[indicators()[one.indicator].mart, one.period].append(one)
    return found


def _with_them(
    unsafe: list[Range], tables: dict[str, list[Exact]], public: list[PublicCell]
) -> Hidden:
    """What else to hide: the smallest cell still shown beside each that can be told too closely,
    or the cell of another indicator that tells it."""
    shown = {(c.indicator, c.dimension, c.key) for c in public if c.status == "published"}
    more: Hidden = defaultdict(set)
    for one in unsafe:
        if one.what in indicators():
            more[one.what].add((one.dimension, one.key))
            continue
        family = REGIONAL if one.dimension in (*REGIONAL, "nation") else (one.dimension,)
        table = tables[one.indicator]
        beside = [
            c for c in table if c.dimension in family and (c.indicator, c.dimension, c.key) in shown
        ]
        # Where none of its own is shown any more, it is another breakdown that tells it.
        beside = beside or [c for c in table if (c.indicator, c.dimension, c.key) in shown]
        beside = beside or [c for c in table if c.dimension == "nation"]
        least = min(beside, key=lambda c: (c.n_people, c.dimension, c.key))
        more[one.indicator].add((least.dimension, least.key))
    return more


def public_period(
    tables: Mapping[str, list[Exact]], leaves: Leaves, hidden: Hidden | None = None
) -> list[PublicCell]:
    """Gate all indicators of a mart in one period; what tells the same is hidden alike."""
    hide: Hidden = defaultdict(set, {name: set(keys) for name, keys in (hidden or {}).items()})
    cells = {
        name: public_table(indicators()[name], table, leaves, hide[name])
        for name, table in tables.items()
    }
    pairs = [(n, m) for n in cells if (m := indicators()[n].mirror) in cells]
    while True:
        again = set()
        for one, other in pairs:
            gone = [{(c.dimension, c.key) for c in cells[n] if c.status == "suppressed"}
                    for n in (one, other)]  # fmt: skip
            both = gone[0] | gone[1]
            for name in (one, other):
                known = {(c.dimension, c.key) for c in cells[name] if c.status == "published"}
                if both & known:
                    hide[name] |= both
                    again.add(name)
        if not again:
            return [cell for found in cells.values() for cell in found]
        for name in again:
            cells[name] = public_table(indicators()[name], tables[name], leaves, hide[name])


def _settled(column: str) -> str:
    """A sum of fractions without its last digits, which depend on the order of addition: the same
    input must give the same published figure."""
    return f"""CASE WHEN abs({column}) < 1e-12 THEN 0.0
        ELSE CAST(printf('%.12g', {column}) AS DOUBLE) END AS {column}"""


def public_table(
    indicator: Indicator,
    table: Iterable[Exact],
    leaves: Leaves | None = None,
    hidden: Collection[tuple[str, str]] = (),
) -> list[PublicCell]:
    """Gate all cells of one indicator and period together.

    They are judged together because a cell hidden alone among its siblings can be found from
    their whole, and a new region from an old one that holds it: then more is hidden with it.

    Args:
        leaves: the pairs (region of 2023, region of 2012) that groups live in; all pairs that
            could exist where unknown.
        hidden: ``(dimension, key)`` of cells to hide for reasons outside this table.
    """
    if indicator.klass == "internal":
        return []
    exact = [
        cell
        for cell in table
        if indicator.klass != "total"
        or (cell.period_kind == "year" and cell.dimension in ("nation", *REGIONAL))
    ]
    judged = {id(cell): _judge(indicator, cell) for cell in exact}
    for cell in exact:
        if (cell.dimension, cell.key) in hidden and judged[id(cell)] == "published":
            judged[id(cell)] = "suppressed"
    if indicator.klass != "open":
        protect(exact, judged, leaves or possible_leaves())
    return [_publish(indicator, cell, judged[id(cell)]) for cell in exact]


def protect(cells: list[Exact], judged: dict[int, str], leaves: Leaves) -> None:
    """Hide with the hidden cells what would give them away, in one indicator and period.

    Args:
        judged: the status of each cell by its ``id``; changed in place.
    """
    by_dimension: dict[str, list[Exact]] = defaultdict(list)
    for cell in cells:
        by_dimension[cell.dimension].append(cell)
    regional = [c for c in cells if c.dimension in ("nation", *REGIONAL)]
    _hide_what_adds_up(regional, judged, present_leaves(regional, leaves))
    _hide_company(by_dimension, judged)


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
    primary = [c for c in cells if judged[id(c)] == "suppressed"]
    order = sorted(leaves) if primary else []
    sets = {id(cell): leaves_of(cell, order) for cell in cells} if primary else {}
    for hidden in primary:
        while shown := [c for c in cells if judged[id(c)] == "published"]:
            weights = _combination(sets[id(hidden)], [sets[id(c)] for c in shown])
            if weights is None:
                break
            used = [c for c, w in zip(shown, weights, strict=True) if abs(w) > 1e-6]
            if not used:
                break  # it stands in no place that anything shown stands in
            able = [c for c in used if c.dimension != "nation"] or used
            # Hide as little as proves safe: one cell that settles it, if there is one.
            for candidate in sorted(able, key=lambda c: (c.n_people, c.key)):
                rest = [sets[id(c)] for c in shown if c is not candidate]
                if not rest or _combination(sets[id(hidden)], rest) is None:
                    break
            else:
                candidate = min(able, key=lambda c: (c.n_people, c.key))
            judged[id(candidate)] = "suppressed"


def _combination(wanted: np.ndarray, known: list[np.ndarray]) -> np.ndarray | None:
    """Weights that make ``wanted`` out of ``known``, or None where there are none."""
    matrix = np.array(known).T
    weights = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    return weights if np.allclose(matrix @ weights, wanted, atol=1e-8) else None


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
    at = (cell.indicator, cell.dimension, cell.key, cell.period_kind, cell.period, status)
    value = cell.value
    if status != "published" or value is None:
        return PublicCell(*at)
    if indicator.klass == "open":
        return PublicCell(*at, value, cell.low, cell.high, caveats=cell.caveats)
    # In steps of five points: enough to judge, too coarse to count groups with.
    coverage = min(1.0, round(20 * cell.n_groups / cell.expected) / 20) if cell.expected else None
    counts = (band(cell.n_groups), band(cell.n_people), coverage)
    if indicator.klass == "total":
        return PublicCell(*at, two_digits(value), None, None, None, *counts, None, cell.caveats)
    unit, people = indicator.unit, cell.n_people

    def rounded(value: float | None) -> float | None:
        return None if value is None else public_precision(value, unit, people)

    of_groups = indicator.analysis_unit in ("group", "space")
    cases = cell.n_groups if of_groups else people
    told = public_precision(value, unit, people)
    if unit == "share" and told in (0, 1) and cases < MIN_CASES_FOR_EXTREMES:
        if told == 0:
            return PublicCell(*at, EXTREME, 0.0, EXTREME, None, *counts, "under", cell.caveats)
        return PublicCell(*at, 1 - EXTREME, 1 - EXTREME, 1.0, None, *counts, "over", cell.caveats)
    median = rounded(cell.median) if cell.n_groups >= MIN_GROUPS_MEDIAN else None
    return PublicCell(
        *at, told, rounded(cell.low), rounded(cell.high), median, *counts, None, cell.caveats
    )


def allow(indicator: Indicator, selection: Selection) -> None:
    """Whether a role may ask a question at all.

    Raises:
        NotAllowed: with the reason.
    """
    for name in selection.divided_by + tuple(n for n in selection.by):
        if name not in indicator.breakdowns:
            told = {"name": name, "indicator": indicator.id,
                    "known": ", ".join(indicator.breakdowns)}  # fmt: skip
            near = process.extractOne(name, indicator.breakdowns, score_cutoff=75)
            if near:
                raise NotAllowed("breakdown_misspelt", suggestion=near[0], **told)
            raise NotAllowed("breakdown_unknown", **told)
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
