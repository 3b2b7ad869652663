"""Figures: pure functions of estimates. Nothing here asks the warehouse or computes a number.

A chart kind is one module with ``spec``; ``words`` says what every figure says, ``theme`` how it
looks, ``frame`` turns the figure on a page into the picture in a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analytics.charts import (
    areas,
    bars,
    curve,
    frame,
    maps,
    matrix,
    multiples,
    rounds,
    stack,
    table,
    theme,
    trend,
    words,
)
from analytics.estimates.estimate import Estimates
from analytics.period import parse_period
from analytics.text import say
from analytics.text.numbers import format_period

#: every chart that may be wished for
CHARTS = ("trend", "bars", "map", "multiples", "heat", "stack", "curve", "rounds", "table")


@dataclass(frozen=True)
class Figure:
    """A figure and all that is said of it.

    ``spec`` is the Plotly figure a page shows; ``framed`` puts headline, subtitle and notes into
    it for a file. ``table`` holds the same numbers as text: header and rows. ``how`` are the
    wishes it was drawn to, by the names ``figure`` has for them, so that it can be drawn again.
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
    how: tuple[tuple[str, str], ...] = ()


def figure(
    estimates: Estimates,
    lang: str,
    *,
    chart: str | None = None,
    events: Sequence[Mapping[str, Any]] = (),
    map_style: str = "tiles",
    outlines: Sequence[areas.Outline] = (),
    period: str | None = None,
    highlight: str | None = None,
) -> Figure:
    """Draw an answer.

    Args:
        chart: ``trend``, ``bars``, ``map``, ``multiples`` (one map a period), ``heat``, ``stack``
            (parts of a whole), ``curve`` (months since a crisis), ``rounds`` (of a survey) or
            ``table``; what fits the question if None or if the wish does not fit it (a trend needs
            time, a map regions, or cercles whose outlines are given, heat time and regions).
        events: dated crises behind a trend.
        map_style: ``tiles`` or ``outlines`` (those given, or the shipped ones of 2012).
        outlines: records of ``Reader.boundaries``.
        period: of an answer over time, the one to draw; a map keeps the classes of them all.
        highlight: a region or kind to stand out.
    """
    asked = estimates.selection
    how = {"period": period if asked.time else None, "highlight": highlight,
           "map": map_style if map_style != "tiles" else None}  # fmt: skip
    scale = None
    if period is not None and estimates.selection.time:
        scale = maps.edges_of(estimates)
        estimates = _at(estimates, period)
    kind = _fitting(estimates, chart, outlines)
    if kind == "rounds":
        estimates = _observed(estimates)
    found = table.table(estimates, lang)
    reading: list[str] = []
    if kind == "trend":
        how["crises"] = " ".join(sorted({str(event["kind"]) for event in events})) or "none"
        spec, reading = trend.spec(estimates, lang, events, highlight)
    elif kind == "bars":
        spec, reading = bars.spec(estimates, lang, highlight)
    elif kind == "map":
        selection = estimates.selection
        level = "cercle" if "cercle" in selection.dimensions else "region"
        base = areas.base_of(selection.division, level, map_style, outlines, lang)
        spec, reading = maps.spec(estimates, lang, base, highlight, scale)
        if scale is not None:
            reading.append(say("maps.same_scale", lang))
    elif kind == "rounds":
        spec, reading = rounds.spec(estimates, lang)
    elif kind == "multiples":
        spec, reading = multiples.spec(estimates, lang, highlight)
    elif kind == "heat":
        spec, reading = matrix.spec(estimates, lang)
    elif kind == "stack":
        spec, reading = stack.spec(estimates, lang)
    elif kind == "curve":
        spec, reading = curve.spec(estimates, lang)
    else:
        spec = table.spec(found, lang)
    return Figure(
        spec=spec,
        headline=_headline(estimates, lang, kind),
        subtitle=words.subtitle(estimates, lang),
        notes=words.notes(estimates, lang, reading),
        alt=_alt(estimates, lang, kind),
        table=found,
        demonstration=estimates.build.demonstration,
        lang=lang,
        chart=kind,
        how=tuple((name, wish) for name, wish in how.items() if wish),
    )


def _observed(estimates: Estimates) -> Estimates:
    """The periods in which anyone was asked: between two rounds there is nothing to tell."""
    time = estimates.selection.time or ""
    asked = {row.keys[time] for row in estimates if row.status != "no_data"}
    return replace(estimates, rows=tuple(row for row in estimates if row.keys[time] in asked))


def _at(estimates: Estimates, period: str) -> Estimates:
    """One period of an answer over time, as an answer of its own."""
    selection, time = estimates.selection, estimates.selection.time or ""
    rows = tuple(
        replace(row, keys={name: value for name, value in row.keys.items() if name != time})
        for row in estimates
        if row.keys[time] == period
    )
    one = selection.with_(by=selection.dimensions, start=period, end=period)
    return replace(estimates, selection=one, rows=rows, period=parse_period(period))


#: charts whose sentences are their own
_OWN = {"stack": stack, "curve": curve}


def _headline(estimates: Estimates, lang: str, kind: str) -> str:
    own = _OWN[kind].headline(estimates, lang) if kind in _OWN and estimates.published else None
    return own or words.headline(estimates, lang)


def _alt(estimates: Estimates, lang: str, kind: str) -> str:
    if kind in _OWN and estimates.published:
        return str(_OWN[kind].alt(estimates, lang))
    found = words.alt(estimates, lang, kind)
    if kind != "multiples":
        return found
    labels = sorted({row.keys[estimates.selection.time or ""] for row in estimates})
    first, last = (format_period(label, lang) for label in (labels[0], labels[-1]))
    count = min(len(labels), multiples.MOST)
    return f"{say('maps.alt_multiples', lang, count=count, first=first, last=last)} {found}"


def _fitting(
    estimates: Estimates, chart: str | None, outlines: Sequence[areas.Outline] = ()
) -> str:
    selection = estimates.selection
    if not estimates.rows:
        return "table"  # an axis needs something on it
    able = ["table"]
    if selection.dimensions:
        able.insert(0, "bars")
    if selection.dimensions == ("cercle",) and any(o["level"] == "cercle" for o in outlines):
        able.insert(0, "map")
    if "region" in selection.dimensions:
        able.insert(0, "map")
        if selection.time:
            able.append("multiples")
    if selection.time:
        able.insert(0, "trend")
        if estimates.indicator.waves and estimates.published and len(selection.dimensions) <= 1:
            able.append("rounds")
    if selection.time and selection.dimensions == ("region",):
        able.append("heat")
    if stack.able(estimates):
        able.insert(0, "stack")
    if "since" in selection.dimensions and not selection.time:
        able = ["curve", "table"]
    wish = chart or estimates.indicator.chart
    return wish if wish in able else able[0]


def framed(
    figure: Figure,
    *,
    width: int = 1200,
    height: int = 675,
    link: str = "",
    code: frame.Code = (),
) -> theme.Spec:
    """The figure as a picture that carries its title, sources and marks inside (``frame``)."""
    return frame.framed(
        figure.spec,
        headline=figure.headline,
        subtitle=figure.subtitle,
        notes=figure.notes,
        demonstration=figure.demonstration,
        lang=figure.lang,
        width=width,
        height=height,
        link=link,
        code=code,
    )
