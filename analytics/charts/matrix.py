"""An answer by region and period as a heat table: where and when, at one look."""

from __future__ import annotations

import itertools

from analytics.charts import grid, theme, words
from analytics.charts.maps import shade
from analytics.estimates.estimate import Estimates
from analytics.geography.places import place_name
from analytics.text import say
from analytics.text.numbers import decimal, format_period, format_value, percent, whole

#: more columns than these leave no room for numbers on a phone
MOST = 8


def spec(estimates: Estimates, lang: str) -> tuple[theme.Spec, list[str]]:
    """The figure of the last :data:`MOST` periods, and the notes that say how to read it."""
    time, unit = estimates.selection.time or "", estimates.indicator.unit
    periods = sorted({row.keys[time] for row in estimates})[-MOST:]
    shown = [row for row in estimates.published if row.keys[time] in periods]
    places = list(dict.fromkeys(row.keys["region"] for row in shown))
    values = [row.value for row in shown if row.value is not None]
    edges = _fifths(values)
    cells = [
        grid.Cell(
            places.index(row.keys["region"]), periods.index(row.keys[time]),
            shade(row.value, edges), _short(row.value, unit, lang),
            f"{format_period(row.keys[time], lang)} · "
            f"{words.value_text(row, unit, lang, precise=True)}",
        )
        for row in shown
        if row.value is not None
    ]  # fmt: skip
    swatches = [
        grid.swatch(theme.CLASSES[shade((low + high) / 2, edges)],
                    f"{_edge(low, unit, lang)}–{_edge(high, unit, lang)}")
        for low, high in itertools.pairwise(edges)
    ]  # fmt: skip
    key = "<br>".join(("   ".join(swatches[:3]), "   ".join(swatches[3:])))
    names = [place_name(place, lang) for place in places]
    reading = [say("shocks.heat_reading", lang, unit=say(f"unit_name.{unit}", lang))]
    return grid.spec(names, periods, cells, key, lang), reading


def _fifths(values: list[float]) -> tuple[float, ...]:
    """Edges of classes with about a fifth of the cells each.

    A few places stand far above all others: equal steps would leave one colour for the rest.
    """
    ordered = sorted(values)
    if not ordered:
        return ()
    edges = dict.fromkeys(ordered[round(part * (len(ordered) - 1) / 5)] for part in range(6))
    return tuple(edges) if len(edges) > 1 else (ordered[0], ordered[0])


def _edge(value: float, unit: str, lang: str) -> str:
    """Bare, or the key would be wider than a phone; as exact as two classes need to differ."""
    if unit in ("share", "people"):
        return _short(value, unit, lang)
    return format_value(value, "score", lang)


def _short(value: float, unit: str, lang: str) -> str:
    """Short enough for a cell; the notes say the unit."""
    if unit == "share":
        return percent(value, lang, 0)
    if unit in ("people", "items", "groups"):
        return say("shocks.thousands", lang, value=whole(value / 1000, lang)) if value else "0"
    return whole(value, lang) if abs(value) >= 10 or value == 0 else decimal(value, lang, 1)
