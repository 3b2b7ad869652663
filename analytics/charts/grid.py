"""A table drawn: a row a place, a column a period, each cell its class and its number.

The number stands in every cell, so that no one has to read it off a colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.charts import theme
from analytics.text.numbers import format_period

_ROW, _LABEL_WIDTH, _GAP = 27, 92, 0.03


@dataclass(frozen=True)
class Cell:
    """Positions of row and column, class (a position in ``theme.CLASSES``), text, hover."""

    row: int
    column: int
    shade: int
    text: str
    hover: str


def spec(
    rows: Sequence[str], periods: Sequence[str], cells: Sequence[Cell], key: str, lang: str
) -> theme.Spec:
    """The figure: polygons by class and their labels, vector in every export.

    Args:
        rows: what the reader calls each row.
        periods: labels of the columns' periods.
        key: what the classes mean, as lines of markup.
    """
    names = [theme.wrap(name, _LABEL_WIDTH, theme.TEXT - 1, most=2) for name in rows]
    left = 10 + max((theme.text_width(line, theme.TEXT - 1) for name in names for line in name),
                    default=0.0)  # fmt: skip
    layout = theme.base_layout(lang, 104 + _ROW * len(names), (left, 4, 4, 100))
    layout["xaxis"] = {
        "range": [0, len(periods)],
        "tickmode": "array",
        "tickvals": [place + 0.5 for place in range(len(periods))],
        "ticktext": [format_period(period, lang, short=True) for period in periods],
        "tickangle": -90,
        "tickfont": {"size": theme.SMALL, "color": theme.MUTED},
        "showgrid": False, "zeroline": False, "fixedrange": True, "automargin": False,
    }  # fmt: skip
    layout["yaxis"] = {
        "range": [len(names), 0],
        "tickmode": "array",
        "tickvals": [place + 0.5 for place in range(len(names))],
        "ticktext": [theme.lines(name) for name in names],
        "tickfont": {"size": theme.TEXT - 1, "color": theme.INK},
        "showgrid": False, "zeroline": False, "fixedrange": True, "automargin": False,
    }  # fmt: skip
    layout["annotations"].append(
        theme.annotation(
            key, x=0, xref="paper", xanchor="left", y=0, yref="paper", yanchor="top", yshift=-60,
            font={"size": theme.TEXT - 1, "color": theme.INK},
        )
    )  # fmt: skip
    return {"data": [*_squares(cells), _labels(rows, cells)], "layout": layout}


def swatch(colour: str, text: str) -> str:
    return f'<span style="color:{colour}">■</span> {theme.safe(text)}'


def _squares(cells: Sequence[Cell]) -> list[theme.Spec]:
    """One trace a class: its cells as closed polygons."""
    drawn = []
    for position, colour in enumerate(theme.CLASSES):
        x: list[float | None] = []
        y: list[float | None] = []
        for cell in cells:
            if cell.shade != position:
                continue
            left, top = cell.column + _GAP, cell.row + _GAP
            right, bottom = left + 1 - 2 * _GAP, top + 1 - 2 * _GAP
            x += [left, right, right, left, left, None]
            y += [top, top, bottom, bottom, top, None]
        if x:
            drawn.append(
                {"type": "scatter", "mode": "lines", "x": x, "y": y, "fill": "toself",
                 "fillcolor": colour, "line": {"width": 0}, "hoverinfo": "skip"}
            )  # fmt: skip
    return drawn


def _labels(rows: Sequence[str], cells: Sequence[Cell]) -> theme.Spec:
    return {
        "type": "scatter",
        "mode": "text",
        "x": [cell.column + 0.5 for cell in cells],
        "y": [cell.row + 0.5 for cell in cells],
        "text": [cell.text for cell in cells],
        "textfont": {
            "size": theme.SMALL,
            "color": ["#FFFFFF" if cell.shade >= 3 else theme.INK for cell in cells],
        },
        "hovertext": [f"<b>{theme.safe(rows[cell.row])}</b><br>{theme.safe(cell.hover)}"
                      for cell in cells],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip
