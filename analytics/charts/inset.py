"""A figure inside a document, which says its title and notes itself, in text that can be edited."""

from __future__ import annotations

import copy

from analytics.charts import theme
from analytics.charts.ends import spread
from analytics.text import say

#: pixels across a page's text: letters of 12 pixels print at 8 points
WIDTH, HEIGHT, MAP_HEIGHT = 760, 400, 470
_EDGE = 8


def inset(spec: theme.Spec, *, demonstration: bool, lang: str, height: int) -> theme.Spec:
    """The drawing alone, ``WIDTH`` by ``height`` pixels; only the demonstration mark is inside."""
    picture = copy.deepcopy(spec)
    layout = picture["layout"]
    margin = layout["margin"]
    top = _EDGE + (18 if demonstration else 0)
    layout.update(
        width=WIDTH,
        height=height,
        autosize=False,
        paper_bgcolor="#FFFFFF",
        margin={"l": margin["l"] + _EDGE, "r": margin["r"] + _EDGE, "t": margin["t"] + top,
                "b": margin["b"] + _EDGE, "pad": 0},
    )  # fmt: skip
    spread(layout)
    if demonstration:
        layout["annotations"].append(
            theme.annotation(
                f"<b>{theme.safe(say('demonstration.mark', lang).upper())}</b>",
                x=0, xref="paper", xanchor="left", xshift=-margin["l"],
                y=1, yref="paper", yanchor="top", yshift=margin["t"] + top - 2,
                font={"size": theme.SMALL, "color": theme.CRISIS["insecurity"]},
            )
        )  # fmt: skip
    return picture
