"""Thresholds and rounding: the numbers of the disclosure rule, and nothing else."""

from __future__ import annotations

import math

#: a public cell rests on at least so many people and groups
MIN_PEOPLE = 10
MIN_GROUPS = 3
#: a public total rests on at least so many groups
MIN_GROUPS_TOTAL = 10
#: no group holds more than this share of a cell's value, no two more than that
MAX_LARGEST = 0.70
MAX_TWO_LARGEST = 0.90
#: below so many cases 0 % and 100 % are told as "under" and "over"
MIN_CASES_FOR_EXTREMES = 20
EXTREME = 0.05
#: a median of fewer groups may be one group's own figure
MIN_GROUPS_MEDIAN = 10
#: a region stands alone when it meets the thresholds in this share of the quarters it reports in
MIN_QUARTERS_ALONE = 0.8

#: what is hidden can be told no closer than this: a rate or an amount to a fifth of its value (a
#: share to a fifth of itself or of its rest), a count of people to ten, of groups to three
PROTECTION = 0.20
PROTECTION_PEOPLE = MIN_PEOPLE
PROTECTION_GROUPS = MIN_GROUPS

_BANDS = ((10, "10–19"), (20, "20–49"), (50, "50–99"), (100, "100–499"), (500, "500+"))


def band(count: float) -> str:
    """A count as a band; below ten (groups only) it says ``3–9``."""
    label = "3–9"
    for floor, name in _BANDS:
        if count >= floor:
            label = name
    return label


def two_digits(value: float) -> float:
    """A total rounded to two significant digits."""
    if value == 0:
        return 0.0
    return float(round(value, 1 - math.floor(math.log10(abs(value)))))


def public_precision(value: float, unit: str, people: float) -> float:
    """A rate rounded so that its digits do not give away the counts behind it.

    A share with many digits is a fraction whose small denominator can be found; so the fewer
    people, the fewer digits.
    """
    if unit == "xof":
        return float(round(value)) if people >= 100 else _significant(value, 3)
    digits = 4 if people >= 500 else 3 if people >= 100 else 2
    # What is no share may be large: its digits before the point tell as much as those after.
    return round(value if unit == "share" else _significant(value, digits + 1), digits)


def rate_error(value: float, unit: str, people: float) -> float:
    """How far from the truth a rate told by ``public_precision`` may be: half its last digit."""
    digits = 3 if unit == "xof" else 4 if people >= 500 else 3 if people >= 100 else 2
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    if unit == "share":
        return 0.5 * 10.0**-digits
    if unit == "xof":
        return 0.5 if people >= 100 else 0.5 * 10.0 ** (magnitude - 2)
    # Small figures are rounded twice, to significant digits and to digits after the point.
    twice = 10.0 ** (magnitude - digits) if magnitude < 0 else 0.0
    return 0.5 * (10.0 ** max(-digits, magnitude - digits) + twice)


def total_error(value: float) -> float:
    """How far from the truth a total told by ``two_digits`` may be."""
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 0.0


def band_edges(label: str) -> tuple[float, float]:
    """The smallest and the largest count a band may stand for."""
    if label == "3–9":
        return 3, 9
    floors = [floor for floor, _ in _BANDS] + [math.inf]
    position = [name for _, name in _BANDS].index(label)
    return floors[position], floors[position + 1] - 1


def _significant(value: float, digits: int) -> float:
    if value == 0:
        return 0.0
    return float(round(value, digits - 1 - math.floor(math.log10(abs(value)))))
