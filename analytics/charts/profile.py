"""A profile: each place's index, its range over the weights, the capacities it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.charts import theme
from analytics.text import say
from analytics.text.numbers import whole

_ROW = 30
_LABEL_WIDTH = 104
#: one shape and colour a capacity
_SHAPES = ("square", "triangle-up", "diamond")
_GLYPHS = ("■", "▲", "◆")
_COLOURS = (theme.SERIES[1], theme.SERIES[2], theme.SERIES[3])


@dataclass(frozen=True)
class Line:
    """One place: 0 to 100 throughout; None where too few parts are known."""

    label: str
    index: float | None
    low: float | None
    high: float | None
    capacities: tuple[float | None, ...]


def spec(lines: Sequence[Line], names: Sequence[str], lang: str) -> theme.Spec:
    """The figure.

    Args:
        lines: the first on top.
        names: what the capacities are called, in their order.
    """
    rows = list(reversed(lines))  # Plotly counts from below
    labels = [theme.lines(theme.wrap(line.label, _LABEL_WIDTH, theme.TEXT, most=2))
              for line in rows]  # fmt: skip
    left = max((theme.text_width(part, theme.TEXT) for label in labels
                for part in label.split("<br>")), default=0.0) + 10  # fmt: skip
    key = _key(names, lang)
    layout = theme.base_layout(lang, 84 + 16 * len(key) + _ROW * len(rows),
                               (left, 16, 16 + 16 * len(key), 28))  # fmt: skip
    layout["xaxis"] = {
        "type": "linear", "range": [0, 100], "tickmode": "array",
        "tickvals": [0, 25, 50, 75, 100], "ticktext": [str(t) for t in (0, 25, 50, 75, 100)],
        "tickfont": {"size": theme.SMALL, "color": theme.MUTED}, "gridcolor": theme.GRID,
        "zeroline": False, "fixedrange": True, "automargin": False,
    }  # fmt: skip
    layout["yaxis"] = {
        "type": "linear", "range": [-0.6, len(rows) - 0.4], "tickmode": "array",
        "tickvals": list(range(len(rows))), "ticktext": labels,
        "tickfont": {"size": theme.TEXT - 1, "color": theme.INK}, "showgrid": False,
        "zeroline": False, "fixedrange": True, "automargin": False,
    }  # fmt: skip
    layout["annotations"] = [
        theme.annotation(
            "<br>".join(key), x=0, xref="paper", xanchor="left", xshift=-left, y=1, yref="paper",
            yanchor="bottom", yshift=4, font={"size": theme.TEXT, "color": theme.INK},
        )
    ]  # fmt: skip
    data = [_ranges(rows), *(_marks(rows, i, names[i], lang) for i in range(len(names)))]
    return {"data": [*data, _indices(rows, lang)], "layout": layout}


def _key(names: Sequence[str], lang: str) -> list[str]:
    """What each mark is, in one line or in two where a phone has no room for one."""
    whole_ = f"<b>●</b>\u00a0{theme.safe(say('profile.index_range', lang))}"
    parts = [
        f"<span style='color:{colour}'>{glyph}</span>\u00a0{theme.safe(name)}"
        for glyph, colour, name in zip(_GLYPHS, _COLOURS, names, strict=True)
    ]
    return [whole_, "   ".join(parts)]


def _ranges(rows: list[Line]) -> theme.Spec:
    x: list[float | None] = []
    y: list[float | None] = []
    for at, line in enumerate(rows):
        if line.low is not None and line.high is not None:
            x += [line.low, line.high, None]
            y += [at, at, None]
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip",
        "line": {"color": theme.tint(theme.ACCENT, 0.35), "width": 7},
    }  # fmt: skip


def _marks(rows: list[Line], index: int, name: str, lang: str) -> theme.Spec:
    known = [(at, line, line.capacities[index]) for at, line in enumerate(rows)
             if line.capacities[index] is not None]  # fmt: skip
    return {
        "type": "scatter", "mode": "markers",
        "x": [value for _, _, value in known], "y": [at for at, _, _ in known],
        "hovertext": [
            f"<b>{theme.safe(line.label)}</b><br>{theme.safe(name)} · {whole(value or 0, lang)}"
            for _, line, value in known
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"symbol": _SHAPES[index], "size": 10, "color": _COLOURS[index],
                   "line": {"width": 1, "color": theme.PAPER}},
    }  # fmt: skip


def _indices(rows: list[Line], lang: str) -> theme.Spec:
    known = [(at, line) for at, line in enumerate(rows) if line.index is not None]
    return {
        "type": "scatter", "mode": "markers",
        "x": [line.index for _, line in known], "y": [at for at, _ in known],
        "hovertext": [
            theme.safe(say("profile.hover", lang, place=line.label,
                           index=whole(line.index or 0, lang), low=whole(line.low or 0, lang),
                           high=whole(line.high or 0, lang)))
            for _, line in known
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"symbol": "circle", "size": 11, "color": theme.INK},
    }  # fmt: skip
