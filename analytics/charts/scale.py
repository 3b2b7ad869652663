"""Axes: round steps, and their numbers in the reader's format."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from analytics.text.numbers import decimal, percent, whole

#: units that no tick cuts
_WHOLE = ("xof", "people", "groups", "items")
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """Ticks from ``low`` to ``high``, both of them ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]
    step: float


def round_step(span: float, steps: int) -> float:
    """The smallest round step that covers ``span`` in at most ``steps`` steps."""
    raw = span / steps
    power = 10.0 ** math.floor(math.log10(raw))
    return next(m * power for m in _ROUND if m * power >= raw * (1 - 1e-9))


def scale_of(values: Iterable[float], unit: str, *, steps: int = 5) -> Scale:
    """A scale that holds the values.

    Amounts and counts start at zero. A share or a multiple whose values all lie high starts at a
    round number below them, so that its changes can be seen; the figure then says so.
    """
    found = list(values)
    low, high = min(found, default=0.0), max(found, default=0.0)
    floats = unit in ("share", "multiple") and low > 0 and high - low < 0.35 * high
    low = low - 0.4 * (high - low) if floats and high > low else min(0.0, low)
    high = max(high, 0.0)
    if high <= low:
        high = low + (abs(low) or 1.0)
    step = max(round_step(high - low, steps), _least(unit))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(i * step, 10) for i in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks, step)


def classes_of(values: Iterable[float], unit: str, most: int = 5) -> tuple[float, ...]:
    """Edges of at most ``most`` equal classes with round limits that hold the values."""
    found = list(values)
    low, high = min(found), max(found)
    if high <= low:
        return (low, high)
    for steps in range(most, 0, -1):
        step = max(round_step(high - low, steps), _least(unit))
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= most:
            break
    return tuple(round(i * step, 10) for i in range(first, max(last, first + 1) + 1))


def class_of(value: float, edges: tuple[float, ...]) -> int:
    """The class a value falls in; an edge belongs to the class above, the last to the last."""
    return max(0, min(sum(value >= edge for edge in edges) - 1, len(edges) - 2))


def tick_text(value: float, step: float, unit: str, lang: str) -> str:
    """A tick's number: all ticks of an axis with as many decimals as its step needs.

    Francs, people, groups and items stand bare; the unit is said once, beside the axis.
    """
    if unit == "share":
        return percent(value, lang, _decimals(100 * step))
    if unit not in _WHOLE:
        text = decimal(value, lang, places) if (places := _decimals(step)) else whole(value, lang)
        return f"×{text}" if unit == "multiple" else text
    return whole(value, lang)


def _least(unit: str) -> float:
    """No tick cuts a person, a group or a franc."""
    return 1.0 if unit in _WHOLE else 0.0


def _decimals(step: float) -> int:
    return next((n for n in range(3) if abs(step * 10**n - round(step * 10**n)) < 1e-6), 3)
