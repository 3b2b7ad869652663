"""How sure we are: a rule, not an opinion (methods.md §4). Same findings, same grade.

The verdict says what the interval says; the grade says how far the design and the data bear it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from analytics.evidence.claim import Direction, Downgrade, Gate, Verdict
from analytics.evidence.definition import START

#: effects cap at 3: nothing here is randomised
CAP = 3
#: a proportion rests on so many effective cases and is known to within this width (after NCHS 2017)
MIN_EFFECTIVE, MAX_WIDTH = 30, 0.30
#: struck and comparison cercles, quarters before the shock, share of expected reports missing
MIN_CERCLES, MIN_QUARTERS, MAX_MISSING = 10, 4, 0.40
#: savings do not change fivefold in a year: a unit that changed is likelier
MAX_EFFECT = math.log(5)
#: below these an effect loses a level each
FEW_CLUSTERS, MUCH_MISSING, MISSING_APART = 20, 0.15, 0.05
PRETREND, PLACEBO, REASSIGNED, NEIGHBOURS, BREAKDOWN = 0.10, 0.10, 0.05, 0.25, 0.5


def at_least(name: str, value: float, threshold: float) -> Gate:
    return Gate(name, bool(value >= threshold), _round(value), threshold)


def at_most(name: str, value: float, threshold: float) -> Gate:
    return Gate(name, bool(value <= threshold), _round(value), threshold)


def grade(start: int, downgrades: Iterable[Downgrade], *, effect: bool) -> int:
    """The grade: one level less a downgrade, never below 1; effects never above 3."""
    begin = min(start, CAP) if effect else start
    return max(1, begin - len(list(downgrades)))


def start_of_description(coverage: float, *, probability: bool = False) -> int:
    """4 for a probability sample or 95 % of what was expected, 3 for 80 %, else 1."""
    if probability or coverage >= 0.95:
        return 4
    return 3 if coverage >= 0.80 else 1


def start_of_effect(design: str) -> int:
    return START[design]


def verdict(
    low: float, high: float, low90: float, high90: float, sesoi: float
) -> tuple[Verdict, Direction]:
    """What a 95 % interval, and the 90 % one inside it, say of an effect.

    Two one-sided tests at 5 % each: an effect is meaningless when the 90 % interval lies within
    ± the smallest effect of interest. Not being able to tell is neither.
    """
    direction: Direction = "up" if low + high > 0 else "down"
    inside = -sesoi < low90 and high90 < sesoi
    if low > 0 or high < 0:
        # Different from nothing, and yet too small to matter.
        return ("no_meaningful_effect", "none") if inside else ("supported", direction)
    return ("no_meaningful_effect", "none") if inside else ("inconclusive", "none")


def _round(value: float) -> float:
    return float(f"{value:.4g}") if isinstance(value, float) else value
