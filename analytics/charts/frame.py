"""A figure as a picture: title, notes and marks inside, nothing clipped."""

from __future__ import annotations

import copy

from analytics.charts import theme
from analytics.text import say

_EDGE = 28
_TITLE, _SUBTITLE, _NOTE = 23, 14, 11


def framed(
    spec: theme.Spec,
    *,
    headline: str,
    subtitle: str,
    notes: tuple[str, ...],
    demonstration: bool,
    lang: str,
    width: int,
    height: int,
) -> theme.Spec:
    """The whole picture as a Plotly figure of exactly ``width`` × ``height`` pixels."""
    picture = copy.deepcopy(spec)
    layout = picture["layout"]
    inner = width - 2 * _EDGE
    # Bold is wider than the estimate.
    title = theme.wrap(headline, 0.93 * inner, _TITLE, most=2)
    under = theme.wrap(subtitle, inner, _SUBTITLE, most=2)
    small = [line for note in notes for line in theme.wrap(note, inner, _NOTE)]
    mark = say("demonstration.mark", lang) if demonstration else ""
    above = _EDGE + len(title) * _TITLE * 1.34 + len(under) * _SUBTITLE * 1.35 + 10
    above += _NOTE * 2.2 if mark else 0
    below = len(small) * _NOTE * 1.32 + 18
    margin = layout["margin"]
    # What is small on a phone may be larger on a slide.
    for label in layout["annotations"]:
        label["font"]["size"] = round(label["font"]["size"] * 1.2)
    own = {side: margin[side] for side in "lrtb"}
    layout.update(
        width=width,
        height=height,
        autosize=False,
        paper_bgcolor=theme.PAPER,
        margin={
            "l": own["l"] + _EDGE,
            "r": own["r"] + _EDGE,
            "t": own["t"] + above,
            "b": own["b"] + below,
            "pad": 0,
        },
    )
    corner = {"x": 0, "xref": "paper", "xanchor": "left", "xshift": -own["l"]}
    drop = own["t"] + above - _EDGE
    if mark:
        layout["annotations"].append(
            theme.annotation(
                f"<b>{theme.safe(mark.upper())}</b>",
                **corner,
                y=1,
                yref="paper",
                yanchor="top",
                yshift=drop,
                font={"size": _NOTE, "color": theme.CRISIS["insecurity"]},
            )
        )
        drop -= _NOTE * 2.2
    layout["annotations"] += [
        theme.annotation(
            f"<b>{theme.lines(title)}</b>", **corner, y=1, yref="paper", yanchor="top",
            yshift=drop, font={"size": _TITLE, "color": theme.INK},
        ),
        theme.annotation(
            theme.lines(under), **corner, y=1, yref="paper", yanchor="top",
            yshift=drop - len(title) * _TITLE * 1.34,
            font={"size": _SUBTITLE, "color": theme.MUTED},
        ),
        theme.annotation(
            theme.lines(small), **corner, y=0, yref="paper", yanchor="top",
            yshift=-own["b"] - 6, font={"size": _NOTE, "color": theme.MUTED},
        ),
    ]  # fmt: skip
    return picture
