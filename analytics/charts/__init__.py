"""Figures: pure functions of estimates. Nothing here asks the warehouse or computes a number.

A chart kind is one module with ``spec``; ``words`` says what every figure says, ``theme`` how it
looks, ``frame`` turns the figure on a page into the picture in a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.charts import bars, frame, maps, matrix, table, theme, trend, words
from analytics.estimates.estimate import Estimates


@dataclass(frozen=True)
class Figure:
    """A figure and all that is said of it.

    ``spec`` is the Plotly figure a page shows; ``framed`` puts headline, subtitle and notes into
    it for a file. ``table`` holds the same numbers as text: header and rows.
    """

    spec: theme.Spec
    headline: str
    subtitle: str
    notes: tuple[str, ...]
    alt: str
    table: table.Table
    demonstration: bool
    lang: str
    chart: str


def figure(
    estimates: Estimates,
    lang: str,
    *,
    chart: str | None = None,
    events: Sequence[Mapping[str, Any]] = (),
    map_style: str = "tiles",
    highlight: str | None = None,
) -> Figure:
    """Draw an answer.

    Args:
        chart: ``trend``, ``bars``, ``map``, ``heat`` or ``table``; what fits the question if None
            or if the wish does not fit it (a trend needs time, a map regions, heat both).
        events: dated crises behind a trend.
        map_style: ``tiles`` or ``outlines`` (the latter for the division of 2012).
        highlight: a region or kind to stand out.
    """
    kind = _fitting(estimates, chart)
    found = table.table(estimates, lang)
    reading: list[str] = []
    if kind == "trend":
        spec, reading = trend.spec(estimates, lang, events, highlight)
    elif kind == "bars":
        spec, reading = bars.spec(estimates, lang, highlight)
    elif kind == "map":
        spec, reading = maps.spec(estimates, lang, map_style, highlight)
    elif kind == "heat":
        spec, reading = matrix.spec(estimates, lang)
    else:
        spec = table.spec(found, lang)
    return Figure(
        spec=spec,
        headline=words.headline(estimates, lang),
        subtitle=words.subtitle(estimates, lang),
        notes=words.notes(estimates, lang, reading),
        alt=words.alt(estimates, lang, kind),
        table=found,
        demonstration=estimates.build.demonstration,
        lang=lang,
        chart=kind,
    )


def _fitting(estimates: Estimates, chart: str | None) -> str:
    selection = estimates.selection
    if not estimates.rows:
        return "table"  # an axis needs something on it
    able = ["table"]
    if selection.dimensions:
        able.insert(0, "bars")
    if "region" in selection.dimensions:
        able.insert(0, "map")
    if selection.time:
        able.insert(0, "trend")
    if selection.time and selection.dimensions == ("region",):
        able.append("heat")
    wish = chart or estimates.indicator.chart
    return wish if wish in able else able[0]


def framed(figure: Figure, *, width: int = 1200, height: int = 675) -> theme.Spec:
    """The figure as a picture that carries its title, sources and marks inside."""
    return frame.framed(
        figure.spec,
        headline=figure.headline,
        subtitle=figure.subtitle,
        notes=figure.notes,
        demonstration=figure.demonstration,
        lang=figure.lang,
        width=width,
        height=height,
    )
