"""Estimates under each other, each with its interval: parts of a claim, specifications of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analytics.charts import theme
from analytics.charts.scale import round_step
from analytics.text import say

_ROW = 46
_TOP, _BOTTOM = 12, 34


@dataclass(frozen=True)
class Whisker:
    """One estimate; ``low`` and ``high`` may be unknown."""

    label: str
    estimate: float
    low: float | None = None
    high: float | None = None


def spec(
    rows: Sequence[Whisker],
    lang: str,
    write: Callable[[float], str],
    tick: Callable[[float], str] | None = None,
    *,
    reference: float | None = None,
    within: tuple[float, float] | None = None,
) -> theme.Spec:
    """The first row on top, its label above it, so that a phone has room for both.

    Args:
        write: a value as a reader sees it; ``tick`` at the axis, where that is shorter.
        reference: a line to compare with.
        within: the whole scale, where it is known.
    """
    known = [v for row in rows for v in (row.estimate, row.low, row.high) if v is not None]
    if reference is not None:
        known.append(reference)
    low, high = within or (min(known), max(known))
    room = 0.06 * ((high - low) or 1)
    layout = theme.base_layout(lang, _TOP + _BOTTOM + _ROW * len(rows), (12, 12, _TOP, _BOTTOM))
    ticks = [low, (low + high) / 2, high] if within else _round_between(low, high)
    layout["xaxis"] = {
        "range": [low - room, high + room], "tickvals": ticks,
        "ticktext": [theme.safe((tick or write)(t)) for t in ticks], "gridcolor": theme.GRID,
        "zeroline": False, "fixedrange": True, "tickfont": {"size": theme.SMALL},
    }  # fmt: skip
    layout["yaxis"] = {"range": [len(rows) - 0.5, -0.6], "visible": False, "fixedrange": True}
    if reference is not None:
        layout["shapes"].append({
            "type": "line", "xref": "x", "yref": "y domain", "x0": reference, "x1": reference,
            "y0": 0, "y1": 1, "layer": "below",
            "line": {"color": theme.MUTED, "width": 1.2, "dash": "dash"},
        })  # fmt: skip
    data = []
    for position, row in enumerate(rows):
        told = write(row.estimate)
        if row.low is not None and row.high is not None:
            told = say("gallery.interval", lang, estimate=told, low=write(row.low),
                       high=write(row.high))  # fmt: skip
            data.append({
                "type": "scatter", "mode": "lines", "x": [row.low, row.high],
                "y": [position, position], "hoverinfo": "skip",
                "line": {"color": theme.tint(theme.ACCENT, 0.45), "width": 6},
            })  # fmt: skip
        data.append({
            "type": "scatter", "mode": "markers", "x": [row.estimate], "y": [position],
            "marker": {"color": theme.ACCENT, "size": 11 if position == 0 else 8},
            "hovertemplate": theme.safe(f"{row.label} : {told}") + "<extra></extra>",
        })  # fmt: skip
        text = f"<b>{theme.safe(told)}</b>"
        label = theme.shorten(row.label, theme.NARROW - theme.text_width(told, theme.TEXT) - 30,
                              theme.TEXT)  # fmt: skip
        layout["annotations"].append(theme.annotation(
            f"{theme.safe(label)}  {text}", x=0, xref="x domain", xanchor="left", y=position,
            yref="y", yanchor="bottom", yshift=8, font={"size": theme.TEXT, "color": theme.INK},
            # Lines of the scale must not strike the words out.
            bgcolor=theme.PAPER,
        ))  # fmt: skip
    return {"data": data, "layout": layout}


def _round_between(low: float, high: float) -> list[float]:
    """The round numbers of a scale."""
    step = round_step((high - low) or 1.0, 4)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(step * i, 10) for i in range(first, last + 1)]
