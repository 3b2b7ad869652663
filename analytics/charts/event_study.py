"""An event study: the gap to places not yet struck, quarter by quarter around the onset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analytics.charts import theme
from analytics.text import say

HEIGHT = 330


@dataclass(frozen=True)
class Moment:
    """The gap ``time`` periods after the onset (before it where negative)."""

    time: int
    estimate: float
    low: float | None = None
    high: float | None = None


def spec(
    moments: Sequence[Moment], crisis: str | None, lang: str, write: Callable[[float], str]
) -> theme.Spec:
    """The figure: what came before the onset is hollow, the crisis's colour stands behind what
    came after.

    Args:
        crisis: the kind of crisis, for its colour.
        write: a gap as a reader sees it.
    """
    known = [v for m in moments for v in (m.estimate, m.low, m.high) if v is not None] + [0.0]
    low, high = min(known), max(known)
    room = 0.08 * ((high - low) or 1)
    ticks = _ticks(low, high)
    left = max(theme.text_width(write(tick), theme.SMALL) for tick in ticks) + 12
    layout = theme.base_layout(lang, HEIGHT, (left, 14, 34, 46))
    first, last = moments[0].time, moments[-1].time
    layout["xaxis"] = {
        "range": [first - 0.6, last + 0.6], "dtick": max(1, (last - first) // 8), "tick0": 0,
        "showgrid": False, "zeroline": False, "fixedrange": True, "tickfont": {"size": theme.SMALL},
        "title": {"text": theme.safe(say("gallery.event_axis", lang)),
                  "font": {"size": theme.SMALL, "color": theme.MUTED}},
    }  # fmt: skip
    layout["yaxis"] = {
        "range": [low - room, high + room], "tickvals": ticks,
        "ticktext": [theme.safe(write(tick)) for tick in ticks], "gridcolor": theme.GRID,
        "zeroline": True, "zerolinecolor": theme.MUTED, "zerolinewidth": 1.4, "fixedrange": True,
        "tickfont": {"size": theme.SMALL},
    }  # fmt: skip
    colour = theme.CRISIS.get(crisis or "other", theme.CRISIS["other"])
    behind = {"yref": "y domain", "xref": "x", "y0": 0, "y1": 1, "layer": "below"}
    layout["shapes"] = [
        {"type": "rect", "x0": -0.5, "x1": last + 0.6, "line": {"width": 0},
         "fillcolor": theme.tint(colour, 0.10), **behind},
        {"type": "line", "x0": -0.5, "x1": -0.5, "line": {"color": colour, "width": 1.4},
         **behind},
    ]  # fmt: skip
    layout["annotations"] = [
        theme.annotation(theme.safe(say(f"gallery.event_{side}", lang)), x=-0.5, xref="x",
                         xanchor=anchor, xshift=shift, y=1, yref="y domain", yanchor="bottom",
                         yshift=4)
        for side, anchor, shift in (("before", "right", -6), ("after", "left", 6))
    ]  # fmt: skip
    data = [
        {"type": "scatter", "mode": "lines", "x": [m.time, m.time], "y": [m.low, m.high],
         "hoverinfo": "skip", "line": {"color": theme.tint(theme.ACCENT, 0.45), "width": 4}}
        for m in moments if m.low is not None and m.high is not None
    ]  # fmt: skip
    data.append({
        "type": "scatter", "mode": "markers", "x": [m.time for m in moments],
        "y": [m.estimate for m in moments],
        "marker": {"size": 9, "line": {"color": theme.ACCENT, "width": 2},
                   "color": [theme.ACCENT if m.time >= 0 else theme.PAPER for m in moments]},
        "hovertemplate": [theme.safe(_told(m, lang, write)) + "<extra></extra>" for m in moments],
    })  # fmt: skip
    return {"data": data, "layout": layout}


def _told(moment: Moment, lang: str, write: Callable[[float], str]) -> str:
    text = f"{moment.time:+d} : {write(moment.estimate)}"
    if moment.low is None or moment.high is None:
        return text
    return f"{text} [{write(moment.low)} – {write(moment.high)}]"


def _ticks(low: float, high: float) -> list[float]:
    """Zero and two steps or so each way, of a round size."""
    from math import ceil, floor, log10

    span = (high - low) or 1.0
    size = 10 ** floor(log10(span / 4))
    step = min((s * size for s in (1, 2, 2.5, 5, 10)), key=lambda s: abs(span / s - 4.5))
    return [round(step * n, 10) for n in range(ceil(low / step), floor(high / step) + 1)]
