"""Numbers, money, dates and periods in the reader's own format (Babel)."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from babel.dates import format_date, format_time
from babel.numbers import get_decimal_symbol, get_group_symbol

from analytics.period import parse_period
from analytics.text import say


def format_value(value: float | None, unit: str, lang: str, *, precise: bool = False) -> str:
    """A value with its unit: ``1 234 567 FCFA``, ``12,4 %``, ``×1.32``.

    Args:
        value: in the indicator's unit; a share is 0–1.
        unit: one of ``indicator.Unit``.
        precise: one more decimal, for tables.
    """
    if value is None or value != value:
        return "–"
    if unit == "share":
        return percent(value, lang, decimals=1 if precise or abs(value) < 0.1995 else 0)
    if unit == "xof":
        return say("unit.xof", lang, value=whole(value, lang))
    if unit == "multiple":
        return "×" + decimal(value, lang, 2)
    if unit in ("people", "groups", "items"):
        return whole(value, lang)
    if unit in ("z", "percent"):
        # A departure from the usual: its sign is half of what it says.
        return say(f"unit.{unit}", lang, value=signed(value, lang, 2 if precise else 1))
    decimals = 2 if abs(value) < 0.95 else 1 if abs(value) < 100 else 0
    text = decimal(value, lang, min(decimals + precise, 2))
    if unit in ("months", "per_100", "per_1000", "per_100k"):
        return say(f"unit.{unit}", lang, value=text)
    return text


def whole(value: float, lang: str) -> str:
    return decimal(value, lang, 0)


def decimal(value: float, lang: str, decimals: int) -> str:
    """A number with the minus that typesetters use, not the hyphen of the locale's data."""
    # A rounded nothing has no sign.
    rounded = round(value, decimals) + 0
    return f"{rounded:,.{decimals}f}".translate(_signs(lang))


@cache
def _signs(lang: str) -> dict[int, str]:
    """The signs Python writes → those of the language."""
    group, point = get_group_symbol(lang), get_decimal_symbol(lang)
    return str.maketrans({",": group, ".": point, "-": "−"})


def percent(share: float, lang: str, decimals: int = 1) -> str:
    """``0.124`` → ``12,4 %`` / ``12.4%``; French keeps the narrow space before the sign."""
    return say("unit.percent", lang, value=decimal(100 * share, lang, decimals))


def points(difference: float, lang: str) -> str:
    """A signed difference of shares in percentage points."""
    return say("unit.points", lang, value=signed(100 * difference, lang))


def signed(value: float, lang: str, decimals: int = 1) -> str:
    text = decimal(abs(value), lang, decimals)
    if float(round(abs(value), decimals)) == 0:
        return text
    return ("+" if value > 0 else "−") + text


def format_day(day: date | datetime | str, lang: str) -> str:
    """``24 novembre 2026``, ``1er avril 2023`` / ``24 November 2026``, ``1 April 2023``."""
    if isinstance(day, str):
        day = datetime.fromisoformat(day)
    text = format_date(day, format="d MMMM y", locale="fr" if lang == "fr" else "en_GB")
    # French counts the first of a month; the tables of languages write it like any other day.
    return "1er" + text[1:] if lang == "fr" and day.day == 1 else text


def format_period(label: str, lang: str, *, short: bool = False) -> str:
    """``2022-Q1`` → ``1er trimestre 2022`` / ``first quarter of 2022`` (short: ``T1 2022``)."""
    period = parse_period(label)
    if period.kind == "year":
        return period.label
    if period.kind == "quarter":
        quarter = period.label[-1]
        return say(f"period.{'short.' if short else ''}q{quarter}", lang, year=period.year)
    pattern = "MMM y" if short else "MMMM y"
    return format_date(period.start, format=pattern, locale=lang)


def format_clock(moment: datetime, lang: str) -> str:
    """The time of day where the server stands, ``10:42``."""
    return format_time(moment.astimezone().time(), format="short", locale=lang)


def format_moment(moment: datetime | str, lang: str) -> str:
    """``24 novembre 2026, 10:42`` where the server stands."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return f"{format_day(moment.astimezone(), lang)}, {format_clock(moment, lang)}"
