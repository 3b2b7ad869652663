"""How wide the range of an unknown is that others bind: linear programmes, many in one call."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_diag

from analytics.disclosure.cells import Exact

#: below this part of its nation's a denominator is no witness: the solver's own errors are as large
_SOLVED = 1e-5
#: the programmes are small: to make them smaller first takes longer than to solve them
_OPTIONS = {"presolve": False}
#: so many systems are solved in one call for two points of each; a call costs more than a system
_TOGETHER = 24
#: how far from the nation's size an unknown of a mere witness may be
_BOX = 100.0
#: what two sums of the same numbers may differ by
_SAME = 1e-9


@dataclass(frozen=True)
class Range:
    """What a reader can work out of one hidden cell: from ``low`` to ``high``, at least.

    ``what`` is ``value`` or ``people``; ``high`` is infinite where nothing binds it.
    """

    indicator: str
    dimension: str
    key: str
    period: str
    what: str
    low: float
    high: float
    needed: float

    @property
    def margin(self) -> float:
        """Width over what is needed; from 1 on it is safe."""
        return (self.high - self.low) / self.needed

    @property
    def safe(self) -> bool:
        return self.margin >= 1 - _SAME


@dataclass
class Member:
    """A cell of a family: which unknowns make up its two parts, and its true value."""

    cell: Exact
    top: np.ndarray
    bottom: np.ndarray
    value: float
    needed: float
    hidden: bool


@dataclass
class System:
    """Unknowns, and rows that they keep: ``row @ x ≤ 0``, ``row @ x = 0``.

    The last unknown stands for 1, so that every row is homogeneous and any unit can be chosen.
    """

    size: int
    free: np.ndarray
    rows: list[np.ndarray] = field(default_factory=list)
    equal: list[np.ndarray] = field(default_factory=list)

    def at_most(self, what: np.ndarray, times: float, of: np.ndarray) -> None:
        """``what ≤ times × of``."""
        if math.isfinite(times):
            row = what - times * of
            if scale := np.abs(row).max():
                self.rows.append(row / scale)

    def between(self, low: float, what: np.ndarray, high: float, of: np.ndarray) -> None:
        """``low × of ≤ what ≤ high × of``."""
        self.at_most(what, high, of)
        self.at_most(-what, -low, of)

    def nothing(self, what: np.ndarray) -> None:
        self.equal.append(what)

    def least(self, aim: np.ndarray, unit: np.ndarray) -> np.ndarray | None:
        """The point where ``aim @ x`` is least and ``unit @ x`` is 1; None where it has no end."""
        found = linprog(
            aim,
            A_ub=np.array(self.rows) if self.rows else None,
            b_ub=np.zeros(len(self.rows)) if self.rows else None,
            A_eq=np.array([unit, *self.equal]),
            b_eq=np.array([1.0, *np.zeros(len(self.equal))]),
            bounds=np.column_stack([np.where(self.free, -np.inf, 0.0), np.full(self.size, np.inf)]),
            method="highs",
            options=_OPTIONS,
        )
        if found.status == 3:
            return None
        if found.status != 0:
            raise ArithmeticError(found.message)
        return found.x


@dataclass
class Problem:
    """Hidden cells of one family and what binds them; ``low`` and ``high`` widen as they are shown.

    ``unit @ x = 1`` makes the size of the nation the unit; ``factor`` turns values of the system
    into the indicator's.
    """

    indicator: str
    what: str
    factor: float
    system: System
    hidden: list[Member]
    unit: np.ndarray

    def __post_init__(self) -> None:
        # The truth is feasible.
        self.low = [m.value for m in self.hidden]
        self.high = list(self.low)
        self.contradicted = False

    @property
    def open(self) -> list[int]:
        """Hidden cells whose range has not been shown to be wide enough."""
        return [n for n, m in enumerate(self.hidden) if self.high[n] - self.low[n] < m.needed]

    @property
    def aim(self) -> np.ndarray:
        """All hidden cells as far below their true values as can be, together."""
        aims = (m.top - m.value * m.bottom for m in self.hidden)
        return sum(aims, np.zeros(self.system.size))

    def witness(self, point: np.ndarray) -> None:
        """Widen the ranges by the values at a feasible point."""
        for n, member in enumerate(self.hidden):
            bottom = float(member.bottom @ point)
            if bottom > _SOLVED * float(np.abs(point[:-1]).max()):
                self._reach(n, float(member.top @ point) / bottom)

    def finish(self) -> int:
        """Solve what is open cell by cell; the number of programmes it took."""
        solved = 0
        for n in self.open if not self.contradicted else ():
            member = self.hidden[n]
            for sign in (1.0, -1.0):
                if self.high[n] - self.low[n] < member.needed:
                    solved += 1
                    point = self.system.least(sign * member.top, member.bottom)
                    if point is None:
                        self._reach(n, -sign * math.inf)
                    else:
                        self._reach(n, float(member.top @ point))
                        self.witness(point)
        return solved

    def _reach(self, n: int, value: float) -> None:
        self.low[n], self.high[n] = min(self.low[n], value), max(self.high[n], value)

    def ranges(self) -> list[Range]:
        return [
            Range(self.indicator, m.cell.dimension, m.cell.key, m.cell.period, self.what,
                  low * self.factor, high * self.factor, m.needed * self.factor)
            for m, low, high in zip(self.hidden, self.low, self.high, strict=True)
        ]  # fmt: skip


def settle(problems: Sequence[Problem]) -> int:
    """Widen the ranges of all problems until each is wide enough or known; programmes solved."""
    solved = 0
    for sign in (1.0, -1.0):
        solved += _round([(p, sign * p.aim, p.unit) for p in problems if p.open])
    # Then one cell of each problem at a time; a cell may open another's range as well.
    tried: set[tuple[int, int, float]] = set()
    while asked := [ask for n, p in enumerate(problems) if (ask := _next(n, p, tried))]:
        solved += _round(asked)
    return solved + sum(problem.finish() for problem in problems if problem.open)


Ask = tuple[Problem, np.ndarray, np.ndarray]


def _next(number: int, problem: Problem, tried: set[tuple[int, int, float]]) -> Ask | None:
    for n in () if problem.contradicted else problem.open:
        for sign in (1.0, -1.0):
            if (number, n, sign) not in tried:
                tried.add((number, n, sign))
                return problem, sign * problem.hidden[n].top, problem.hidden[n].bottom
    return None


def _round(asked: Sequence[Ask]) -> int:
    for start in range(0, len(asked), _TOGETHER):
        chunk = asked[start : start + _TOGETHER]
        for (problem, _, _), point in zip(chunk, _least_together(chunk), strict=True):
            if point is None:
                problem.contradicted = True
            else:
                problem.witness(point)
    return len(asked)


def _least_together(asked: Sequence[Ask]) -> list[np.ndarray | None]:
    """The least points of independent systems, solved as one; None where not even the truth fits
    what was published."""
    systems = [problem.system for problem, _, _ in asked]
    equal = [np.array([unit, *problem.system.equal]) for problem, _, unit in asked]
    rows = [np.array(s.rows) if s.rows else np.zeros((1, s.size)) for s in systems]
    free = np.concatenate([s.free for s in systems])
    found = linprog(
        np.concatenate([aim for _, aim, _ in asked]),
        A_ub=block_diag(rows, format="csc"),
        b_ub=np.zeros(sum(map(len, rows))),
        A_eq=block_diag(equal, format="csc"),
        b_eq=np.concatenate([np.eye(1, len(e))[0] for e in equal]),
        bounds=np.column_stack([np.where(free, -_BOX, 0.0), np.full(len(free), _BOX)]),
        method="highs",
        options=_OPTIONS,
    )
    if found.status == 0:
        ends = np.cumsum([s.size for s in systems])
        return list(np.split(found.x, ends[:-1]))
    if len(asked) == 1:
        return [None]
    middle = len(asked) // 2
    return [*_least_together(asked[:middle]), *_least_together(asked[middle:])]
