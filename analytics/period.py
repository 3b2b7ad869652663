"""Years, quarters and months by their labels: ``2022``, ``2022-Q1``, ``2022-01``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from analytics.errors import UserError

#: years that somebody can mean
_YEAR = "((?:19|20|21)[0-9]{2})"
KINDS: tuple[str, ...] = ("month", "quarter", "year")


@dataclass(frozen=True)
class Period:
    """A calendar period; ``start`` and ``end`` are its first and last day."""

    label: str
    kind: str
    start: date
    end: date

    @property
    def year(self) -> int:
        return self.start.year


@lru_cache(maxsize=4096)
def parse_period(label: str) -> Period:
    """The period a label names.

    Raises:
        UserError: when the label is neither a year, nor a quarter, nor a month.
    """
    text = str(label).strip().upper()
    if re.fullmatch(_YEAR, text):
        return _period(text, "year", int(text), 1, 12)
    if match := re.fullmatch(rf"{_YEAR}-?[QT]([1-4])", text):
        year, quarter = int(match[1]), int(match[2])
        return _period(f"{year}-Q{quarter}", "quarter", year, 3 * quarter - 2, 3)
    if (match := re.fullmatch(rf"{_YEAR}-([0-9]{{2}})", text)) and 1 <= int(match[2]) <= 12:
        return _period(text, "month", int(match[1]), int(match[2]), 1)
    raise UserError("period_unknown", value=label)


def _period(label: str, kind: str, year: int, first_month: int, months: int) -> Period:
    last = year * 12 + first_month - 1 + months
    end = date(last // 12, last % 12 + 1, 1) - timedelta(days=1)
    return Period(label, kind, date(year, first_month, 1), end)


def among(periods: Iterable[tuple[str, str]], of: str = "") -> str:
    """SQL that ``period_kind`` and ``period`` are among (kind, label) pairs, in plain values: a
    database then leaves files alone that hold none of them."""
    labels: dict[str, list[str]] = {}
    for kind, label in sorted(periods):
        labels.setdefault(kind, []).append(f"'{label}'")
    told = [
        f"({of}period_kind = '{kind}' AND {of}period IN ({', '.join(found)}))"
        for kind, found in labels.items()
    ]
    return f"({' OR '.join(told)})" if told else "FALSE"


def period_of(day: date, kind: str) -> Period:
    """The period of ``kind`` that contains ``day``."""
    labels = {
        "month": f"{day.year}-{day.month:02d}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "year": f"{day.year}",
    }
    return parse_period(labels[kind])


def following(period: Period) -> Period:
    return period_of(period.end + timedelta(days=1), period.kind)


def preceding(period: Period) -> Period:
    return period_of(period.start - timedelta(days=1), period.kind)


def periods_between(first: date, last: date, kind: str) -> list[Period]:
    """Every period of ``kind`` from the one holding ``first`` to the one holding ``last``."""
    current, found = period_of(first, kind), []
    while current.start <= last:
        found.append(current)
        current = following(current)
    return found


def last_public_quarter(built_on: date) -> Period:
    """The last quarter that had ended a full quarter before the build (design.md §6).

    In November 2026 (fourth quarter) this is the second quarter of 2026: a whole quarter lies
    between what is published and the day it is published, so that a public figure never tells
    what is in a group's box today.
    """
    return preceding(preceding(period_of(built_on, "quarter")))


def latest_full(until: date, kind: str) -> Period:
    """The latest full period by ``until``; one still running would set a part beside wholes."""
    period = period_of(until, kind)
    # Reports of a quarter's last month come in on any day of it: the month decides.
    ended = period_of(until, "month").end
    return period if period.end <= ended else preceding(period)
