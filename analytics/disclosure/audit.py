"""The auditor: how closely each hidden cell can be told from everything the public sees.

For every indicator, period and family of cells (both divisions of regions side by side, or one
breakdown of the nation) the exact parts behind the cells are the unknowns of a linear programme:
numerators and denominators of the smallest places, which add up to the cells. What was published
binds them: a rate to within its rounding, a count to its band, a total to its two digits. The
reader is taken to know our rules, which parts add up, and which denominators are counts of people.
The smallest and the largest value that a hidden cell can then have are its feasible range, which
must be as wide as ``needed`` (``rules.PROTECTION``). A rate is a ratio of two unknowns, solved in
units of its denominator (Charnes and Cooper, 1962). Any two feasible points prove a range, so one
pair of programmes often settles a whole family; what they leave open is solved cell by cell.

Two indicators that say the same (retention is one less dropout) are found by comparing their exact
figures. Out of reach of a linear programme: intervals, which follow from variances, and medians.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np

from analytics.disclosure.cells import (
    REGIONAL,
    Exact,
    Leaves,
    PublicCell,
    leaves_in,
    leaves_of,
    present_leaves,
)
from analytics.disclosure.feasible import Member, Problem, Range, System, settle
from analytics.disclosure.rules import (
    PROTECTION,
    PROTECTION_GROUPS,
    PROTECTION_PEOPLE,
    band_edges,
    rate_error,
    total_error,
)
from analytics.indicator import Indicator, indicators

Key = tuple[str, str]
#: indicator → its exact cells of one period, and what is published of them by cell
Tables = dict[str, tuple[list[Exact], dict[Key, PublicCell]]]
#: families as they were published, and what was found out about each
Known = dict[tuple[object, ...], list[Problem]]
#: sums of the same numbers in another order differ in their last digits
_SAME = 1e-9
#: indicators are compared where so many cells hold both
_ENOUGH = 6


@dataclass(frozen=True)
class Audit:
    """The outcome for a whole version: every hidden cell's range."""

    ranges: tuple[Range, ...]
    programmes: int

    @property
    def unsafe(self) -> tuple[Range, ...]:
        return tuple(found for found in self.ranges if not found.safe)

    def but(self, changed: Collection[tuple[str, str]], again: Audit) -> Audit:
        """With what these pairs of mart and period were found to be when looked at again."""
        kept = tuple(f for f in self.ranges
                     if (indicators()[f.indicator].mart, f.period) not in changed)  # fmt: skip
        return Audit((*kept, *again.ranges), self.programmes + again.programmes)

    @property
    def narrowest(self) -> Range | None:
        return min(self.ranges, key=lambda found: found.margin, default=None)

    def as_json(self) -> dict[str, Any]:
        """``narrowest_margin``: the narrowest range over what is needed, at least; 1 is enough."""
        cells = {(f.indicator, f.dimension, f.key, f.period) for f in self.ranges}
        found = self.narrowest
        return {
            "hidden_cells": len(cells),
            "ranges": len(self.ranges),
            "unsafe": len(self.unsafe),
            "programmes": self.programmes,
            "narrowest_margin": round(found.margin, 3) if found else None,
        }


def family_problems(
    indicator: Indicator,
    cells: Sequence[Exact],
    public: dict[Key, PublicCell],
    leaves: Leaves | None = None,
    totals: dict[Key, float] | None = None,
) -> list[Problem]:
    """What is to be found out about a family's hidden cells: their values, the people in them.

    Args:
        cells: the nation's cell and a family's (regions of both divisions, or one breakdown), of
            one period.
        public: what is published of them.
        leaves: the pairs of regions that regional cells are sums of.
        totals: totals, by cell, that are published to two digits and equal the denominator.
    """
    nation = next((c for c in cells if c.dimension == "nation"), None)
    if nation is None or not any(_hidden(public, c) for c in cells):
        return []
    found = []
    if all(_is_ratio(indicator, cell) for cell in cells):
        found.append(_of_values(indicator, cells, nation, public, leaves, totals or {}))
    if indicator.klass == "rate":
        found.append(_of_people(indicator, cells, nation, public, leaves))
    return found


def _is_ratio(indicator: Indicator, cell: Exact) -> bool:
    """Whether a value is what its parts say; a time or a curve, which a package fits, is not."""
    if cell.value is None or indicator.klass == "total":
        return True
    if not cell.denominator or cell.numerator is None:
        return False
    ratio = indicator.scale * cell.numerator / cell.denominator
    return abs(cell.value - ratio) <= 1e-6 * max(abs(cell.value), abs(ratio))


def _hidden(public: dict[Key, PublicCell], cell: Exact) -> bool:
    told = public.get((cell.dimension, cell.key))
    return told is not None and told.status == "suppressed"


def _of_values(
    indicator: Indicator, cells: Sequence[Exact], nation: Exact, public: dict[Key, PublicCell],
    leaves: Leaves | None, totals: dict[Key, float],
) -> Problem:  # fmt: skip
    total = indicator.klass == "total"
    tops = [c.numerator or 0.0 for c in cells]
    bottoms = [1.0 if total else c.denominator or 0.0 for c in cells]
    units = (max(map(abs, tops)) or 1.0, 1.0 if total else max(map(abs, bottoms)) or 1.0)
    layout = _Layout(cells, nation, leaves, tops, None if total else bottoms)
    signed = any(c.numerator_absolute is not None and
                 abs((c.numerator_absolute or 0) - (c.numerator or 0)) > _SAME * units[0]
                 for c in cells)  # fmt: skip
    system = layout.system(signed)
    # A denominator that is the number of people is told in bands as well.
    of_people = not total and all(
        abs(x - c.n_people) <= _SAME * units[1] for x, c in zip(bottoms, cells, strict=True)
    )
    counted = total and all(
        abs(top - c.n_people) <= _SAME * units[0] for top, c in zip(tops, cells, strict=True)
    )
    factor = indicator.scale * units[0] / units[1]
    members = []
    for cell, top, bottom in zip(cells, *layout.parts, strict=True):
        told = public.get((cell.dimension, cell.key))
        if told is None:
            continue
        if told.status == "no_data":
            if not total and not cell.denominator:
                system.nothing(bottom)
            if not total and not cell.denominator and not cell.numerator:
                system.nothing(top)
            continue
        if indicator.bounded and not total:
            system.at_most(top, units[1] / units[0], bottom)
        if told.status == "published" and told.value is not None and cell.value is not None:
            low, high = _told_range(indicator, cell, told)
            system.between(low / factor, top, high / factor, bottom)
            if of_people or counted:
                what, unit = (bottom, units[1]) if of_people else (top, units[0])
                least, most = band_edges(str(told.n_people))
                system.between(least / unit, what, most / unit, layout.one)
        if (cell.dimension, cell.key) in totals and not total:
            known = totals[cell.dimension, cell.key]
            error = total_error(known)
            system.between((known - error) / units[1], bottom, (known + error) / units[1],
                           layout.one)  # fmt: skip
        value = (cell.value or 0.0) / factor
        needed = _needed(indicator, cell) / factor
        members.append(
            Member(cell, top, bottom, value, needed, told.status == "suppressed")
        )
    whole = layout.one if total else layout.whole_bottom
    hidden = [m for m in members if m.hidden]
    return Problem(indicator.id, "value", factor, system, hidden, whole)


def _of_people(
    indicator: Indicator, cells: Sequence[Exact], nation: Exact, public: dict[Key, PublicCell],
    leaves: Leaves | None,
) -> Problem:  # fmt: skip
    people = [float(c.n_people) for c in cells]
    unit = max(people) or 1.0
    layout = _Layout(cells, nation, leaves, people, None)
    system = layout.system(signed=False)
    members = []
    for cell, top, _ in zip(cells, *layout.parts, strict=True):
        told = public.get((cell.dimension, cell.key))
        if told is None:
            continue
        if told.status == "published":
            least, most = band_edges(str(told.n_people))
            system.between(least / unit, top, most / unit, layout.one)
        elif told.status == "suppressed":
            members.append(Member(cell, top, layout.one, cell.n_people / unit,
                                  (PROTECTION_PEOPLE - 1) / unit, True))  # fmt: skip
        elif not cell.n_people:
            system.nothing(top)
    return Problem(indicator.id, "people", unit, system, members, layout.one)


def _told_range(indicator: Indicator, cell: Exact, told: PublicCell) -> tuple[float, float]:
    """What a published figure says of the exact one, to a reader who knows how it was rounded."""
    shown = float(told.value or 0.0)
    if indicator.klass == "total":
        error = total_error(shown)
    else:
        if told.bound:
            shown = 0.0 if told.bound == "under" else 1.0
        error = rate_error(shown, indicator.unit, cell.n_people)
    # A figure held over from an earlier version may lie further off.
    error = max(error, abs(float(cell.value or 0.0) - shown) * (1 + _SAME))
    return shown - error, shown + error


def _needed(indicator: Indicator, cell: Exact) -> float:
    value = abs(cell.value or 0.0)
    if indicator.bounded and indicator.klass == "rate":
        # Nine in ten say yes: as much is told by one in ten say no.
        value = min(value, abs(1 - value))
    # Ten possible counts lie nine apart.
    least = {"people": PROTECTION_PEOPLE, "groups": PROTECTION_GROUPS}.get(indicator.unit, 1)
    floor = least - 1.0
    if indicator.klass != "total":
        floor = rate_error(cell.value or 0.0, indicator.unit, cell.n_people)
    return max(PROTECTION * value, floor) or 1.0


class _Layout:
    """Which unknowns stand behind each cell: tops, then bottoms, then the one that is 1.

    Parts of a family that add up to less than the nation leave a rest; parts that add up to more
    overlap, and then each is only known to be no more than the nation.
    """

    def __init__(
        self, cells: Sequence[Exact], nation: Exact, leaves: Leaves | None,
        tops: Sequence[float], bottoms: Sequence[float] | None,
    ) -> None:  # fmt: skip
        self.cells = cells
        regional = any(c.dimension in REGIONAL for c in cells)
        if regional:
            order = sorted(present_leaves(list(cells), leaves or frozenset()))
            vectors = [leaves_of(c, order) for c in cells]
            size = len(order)
        else:
            others = [c for c in cells if c is not nation]
            size = len(others)
            vectors = [
                np.ones(size) if c is nation else np.eye(size)[others.index(c)] for c in cells
            ]
        self.whole = vectors[list(cells).index(nation)]
        self.tops, self.top_overlap = _with_rest(cells, nation, vectors, tops)
        self.bottom_overlap = False
        self.bottoms: list[np.ndarray] = []
        if bottoms is not None:
            self.bottoms, self.bottom_overlap = _with_rest(cells, nation, vectors, bottoms)
        self.n_top = len(self.tops[0])
        self.size = self.n_top + (len(self.bottoms[0]) if self.bottoms else 0) + 1
        self.one = np.zeros(self.size)
        self.one[-1] = 1.0
        self.nation = list(cells).index(nation)

    @cached_property
    def parts(self) -> tuple[np.ndarray, np.ndarray]:
        """Cells × unknowns, of their tops and of their bottoms."""
        tops = np.zeros((len(self.cells), self.size))
        tops[:, : self.n_top] = self.tops
        if not self.bottoms:
            return tops, np.tile(self.one, (len(tops), 1))
        bottoms = np.zeros_like(tops)
        bottoms[:, self.n_top : -1] = self.bottoms
        return tops, bottoms

    @property
    def whole_bottom(self) -> np.ndarray:
        return self.parts[1][self.nation]

    def system(self, signed: bool) -> System:
        free = np.zeros(self.size, dtype=bool)
        free[: self.n_top] = signed
        system = System(self.size, free)
        tops, bottoms = self.parts
        overlaps = (self.top_overlap and not signed, self.bottom_overlap)
        for overlap, parts in zip(overlaps, (tops, bottoms), strict=True):
            for n, part in enumerate(parts if overlap else ()):
                if n != self.nation:
                    system.at_most(part, 1.0, parts[self.nation])
        return system


def _with_rest(
    cells: Sequence[Exact], nation: Exact, vectors: list[np.ndarray], values: Sequence[float]
) -> tuple[list[np.ndarray], bool]:
    """The vectors over the unknowns of one part, and whether its cells overlap."""
    whole = values[list(cells).index(nation)]
    sums: dict[str, float] = defaultdict(float)
    for cell, value in zip(cells, values, strict=True):
        if cell is not nation:
            sums[cell.dimension] += value
    tolerance = _SAME * max(1.0, *(abs(v) for v in values))
    gaps = [whole - found for found in sums.values()]
    rest = any(gap > tolerance for gap in gaps)
    overlap = any(gap < -tolerance for gap in gaps)
    if overlap:
        # The nation is an unknown of its own.
        return [
            np.append(np.zeros_like(v), 1.0) if c is nation else np.append(v, 0.0)
            for c, v in zip(cells, vectors, strict=True)
        ], True
    if rest:
        pairs = zip(cells, vectors, strict=True)
        return [np.append(v, float(c is nation)) for c, v in pairs], False
    return vectors, False


# --- two indicators that say the same ------------------------------------------------------------


def mirrored(tables: Tables) -> list[Range]:
    """Hidden cells of one indicator that another one, published, says in other words.

    Args:
        tables: indicator → its exact and public cells of one period.
    """
    found = []
    columns = {
        name: {(c.dimension, c.key): c.value for c in cells if c.value is not None}
        for name, (cells, _) in tables.items()
    }
    for name, (cells, public) in tables.items():
        hidden = [c for c in cells if _hidden(public, c) and c.value is not None]
        for other in columns if hidden else ():
            told = tables[other][1]
            seen = [c for c in hidden if other != name and (c.dimension, c.key) in columns[other]
                    and told[c.dimension, c.key].status == "published"]  # fmt: skip
            if seen and _same_shape(columns[name], columns[other]):
                found += [
                    Range(name, c.dimension, c.key, c.period, other, c.value or 0, c.value or 0,
                          _needed(indicators()[name], c))
                    for c in seen
                ]  # fmt: skip
    return found


def _same_shape(one: dict[Key, float], other: dict[Key, float]) -> bool:
    """Whether one column is a multiple of the other and a constant, to the last digits."""
    both = [(one[key], other[key]) for key in one if key in other]
    if len(set(both)) < _ENOUGH:
        return False
    values = np.array(both, dtype=float)
    values -= values.mean(axis=0)
    (xx, xy), (_, yy) = values.T @ values
    return bool(xx > 0 and yy > 0 and 1 - xy * xy / (xx * yy) < 1e-10)


# --- a whole version -----------------------------------------------------------------------------


def audit_period(tables: Tables, leaves: Leaves | None) -> Audit:
    """Everything published of the indicators of one mart in one period.

    Args:
        tables: indicator → its exact cells and what is published of them.
        leaves: the pairs of regions that the mart's people live in.
    """
    return audit_tables([(tables, leaves)])


def audit_tables(
    periods: Iterable[tuple[Tables, Leaves | None]], known: Known | None = None
) -> Audit:
    """Several marts and periods at once, as ``audit_period`` takes them: programmes are solved
    together, for a call of the solver costs more than a programme.

    Args:
        known: families of the same exact cells that were audited before; those published as they
            were then are not solved again, and the others join them.
    """
    known = {} if known is None else known
    before = {id(problem) for problems in known.values() for problem in problems}
    mirrors: list[Range] = []
    problems: list[Problem] = []
    for tables, leaves in periods:
        if not any(_hidden(public, c) for cells, public in tables.values() for c in cells):
            continue
        mirrors += mirrored(tables)
        problems += _problems(tables, leaves, known)
    solved = settle([problem for problem in problems if id(problem) not in before])
    return Audit((*mirrors, *(found for p in problems for found in p.ranges())), solved)


def _problems(tables: Tables, leaves: Leaves | None, known: Known) -> list[Problem]:
    problems: list[Problem] = []
    totals = {name: table for name, table in tables.items() if indicators()[name].klass == "total"}
    for name, (cells, public) in tables.items():
        nation = [c for c in cells if c.dimension == "nation"]
        families: dict[str, list[Exact]] = defaultdict(list)
        for cell in cells:
            if cell.dimension != "nation" and (cell.dimension, cell.key) in public:
                families["regions" if cell.dimension in REGIONAL else cell.dimension].append(cell)
        for family in families.values():
            cells = [*nation, *family]
            told = _totals_of(indicators()[name], family, totals)
            # An exact cell is known by its public one: it has the same name and period.
            at = (*(public.get((c.dimension, c.key)) for c in cells), *sorted(told.items()))
            if at not in known:
                known[at] = family_problems(indicators()[name], cells, public, leaves, told)
            problems += known[at]
    return problems


def _totals_of(
    indicator: Indicator, cells: Iterable[Exact], totals: Tables
) -> dict[Key, float]:  # fmt: skip
    """Totals in public that equal this indicator's denominators."""
    known: dict[Key, float] = {}
    for exact, public in totals.values():
        equal = {(c.dimension, c.key): c.numerator for c in exact}
        for cell in cells:
            key = (cell.dimension, cell.key)
            told = public.get(key)
            if told and told.value is not None and equal.get(key) == cell.denominator:
                known[key] = told.value
    return known


def audit(con: duckdb.DuckDBPyConnection) -> Audit:
    """Audit a whole build: ``estimate``, ``estimate_public`` and the marts in ``con``."""
    return audit_tables(
        (tables, leaves)
        for mart, periods in gated_tables(con).items()
        for leaves in [leaves_in(con, mart)]
        for tables in periods.values()
    )


def gated_tables(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Tables]]:
    """mart → period → indicator → its exact cells, and what is published of them by cell."""
    gated = {name: i for name, i in indicators().items() if i.klass != "open"}
    names = ", ".join(f"'{name}'" for name in gated)
    exact = list(Exact.__dataclass_fields__)
    told = [name for name in PublicCell.__dataclass_fields__ if name not in exact[:5]]
    rows = con.execute(
        f"""SELECT {", ".join(f"e.{n}" for n in exact)}, {", ".join(f"p.{n}" for n in told)}
        FROM estimate e JOIN estimate_public p
            USING (indicator, dimension, key, period_kind, period)
        WHERE indicator IN ({names})"""
    ).fetchall()
    found: dict[str, dict[str, Tables]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        cell: Exact = Exact(*[None if v != v else v for v in row[: len(exact)]])  # type: ignore[arg-type]
        public = PublicCell(*row[:5], *row[len(exact):])
        tables = found[gated[cell.indicator].mart][cell.period]
        cells, published = tables.setdefault(cell.indicator, ([], {}))
        cells.append(cell)
        published[cell.dimension, cell.key] = public
    return found
