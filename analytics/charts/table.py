"""The numbers of a figure as a table, in the reader's format."""

from __future__ import annotations

from analytics.charts import theme, words
from analytics.estimates.estimate import Estimates, Row
from analytics.selection import breakdown_value
from analytics.text import say
from analytics.text.numbers import format_period, format_value, percent

#: rows of a table drawn; the files of data hold them all
MOST = 60

Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]


def table(estimates: Estimates, lang: str) -> Table:
    """Header and rows, every cell as text; columns that would be empty throughout are left out."""
    unit, by = estimates.indicator.unit, estimates.selection.by
    columns: list[tuple[str, list[str]]] = []
    for name in by:
        cells = [
            breakdown_value(name, row.keys[name], lang, estimates.indicator) for row in estimates
        ]
        columns.append((say(f"breakdown.{name}", lang), cells))
    if not by and estimates.period:
        label = format_period(estimates.period.label, lang)
        columns.append((say("block.period", lang), [label for _ in estimates]))
    columns.append(
        (
            say("figure.value", lang),
            [words.value_text(row, unit, lang, precise=True) for row in estimates],
        )
    )
    # What has no published value has no neighbours of it either, whatever the answer holds.
    told = [row if row.published else Row(row.keys, row.status) for row in estimates]
    for key in ("low", "high", "median"):
        cells = [format_value(getattr(row, key), unit, lang, precise=True) for row in told]
        columns.append((say(f"figure.{key}", lang), cells))
    for key, name in (("n_groups", "groups"), ("n_people", "people")):
        cells = [words.count_text(getattr(row, key), lang) for row in told]
        columns.append((say(f"behind.{estimates.indicator.behind}.{name}", lang), cells))
    covered = [percent(r.coverage, lang, 0) if r.coverage is not None else "–" for r in told]
    columns.append((say("figure.coverage_column", lang), covered))
    kept = [(name, cells) for name, cells in columns if any(cell != "–" for cell in cells)]
    header = tuple(name for name, _ in kept)
    return header, tuple(zip(*(cells for _, cells in kept), strict=True)) if kept else ()


def spec(found: Table, lang: str) -> theme.Spec:
    """The table drawn, for a picture."""
    header, rows = found
    if len(rows) > MOST:
        more = say("figure.more_rows", lang, count=len(rows) - MOST)
        rows = (*rows[:MOST], (more, *("" for _ in header[1:])))
    layout = theme.base_layout(lang, 60 + 26 * max(len(rows), 1), (4, 4, 4, 4))
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in header]
    drawn = {
        "type": "table",
        "header": {
            "values": [f"<b>{theme.safe(name)}</b>" for name in header],
            "align": "left",
            "height": 28,
            "fill": {"color": theme.SOFT},
            "line": {"color": theme.RULE},
            "font": {"size": theme.TEXT, "color": theme.INK},
        },
        "cells": {
            "values": [[theme.safe(cell) for cell in column] for column in columns],
            "align": "left",
            "height": 24,
            "fill": {"color": theme.PAPER},
            "line": {"color": theme.RULE},
            "font": {"size": theme.TEXT, "color": theme.INK},
        },
    }
    return {"data": [drawn], "layout": layout}
