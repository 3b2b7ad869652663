"""Who reported when: a row a region or partner, a column a month, each cell the share that came.

The number stands in every cell, so that no one has to read it off a colour. For the office only:
what is late is of class ``internal``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Protocol

from analytics.charts import Figure, grid, theme, words
from analytics.charts.table import Table
from analytics.text import say
from analytics.text.numbers import format_period, percent, whole

#: from almost nothing to nearly all; 80 % is where an alert begins (data/attention.yaml)
EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 1.0)


class Reported(Protocol):
    """Reports of one month; ``due`` tells that those missing are late."""

    @property
    def month(self) -> str: ...
    @property
    def due(self) -> bool: ...
    @property
    def expected(self) -> int: ...
    @property
    def reported(self) -> int: ...
    @property
    def late(self) -> int: ...
    @property
    def silent(self) -> int: ...
    @property
    def share(self) -> float | None: ...


Rows = Mapping[str, Sequence[Reported]]
"""what the reader calls the row → its months, in ascending order"""


def spec(rows: Rows, months: Sequence[str], lang: str) -> theme.Spec:
    """The figure: polygons by class and their labels, vector in every export."""
    cells = [
        grid.Cell(row, months.index(cell.month), _class_of(cell.share), _short(cell),
                  _sentence(cell, lang))
        for row, reports in enumerate(rows.values())
        for cell in reports
        if cell.share is not None
    ]  # fmt: skip
    return grid.spec(list(rows), months, cells, _key(lang), lang)


def _class_of(share: float) -> int:
    return max(place for place, edge in enumerate(EDGES[:-1]) if share >= edge)


def _short(cell: Reported) -> str:
    """``92``: per cent, the sign stands in the notes; ``92*`` while the delay still runs."""
    return f"{100 * (cell.share or 0):.0f}{'' if cell.due else '*'}"


def _sentence(cell: Reported, lang: str) -> str:
    return say(
        "coverage.cell" if cell.due else "coverage.cell_open",
        lang,
        month=format_period(cell.month, lang),
        share=percent(cell.share or 0, lang, 0),
        reported=whole(cell.reported, lang),
        expected=whole(cell.expected, lang),
        late=whole(cell.late, lang),
        silent=whole(cell.silent, lang),
    )


def _key(lang: str) -> str:
    """Two lines, or the key would be wider than a phone."""
    swatches = [
        grid.swatch(colour, say("figure.range", lang, low=f"{100 * low:.0f}",
                                high=percent(high, lang, 0)))
        for colour, (low, high) in zip(theme.CLASSES, itertools.pairwise(EDGES), strict=True)
    ]  # fmt: skip
    return "<br>".join(("   ".join(swatches[:3]), "   ".join(swatches[3:])))


def table(rows: Rows, first: str, lang: str) -> Table:
    """The same numbers as text, one line a row and month; ``first`` heads the rows' names."""
    names = ("month", "expected", "reported", "late", "silent", "share")
    header = (first, *(say(f"coverage.{name}", lang) for name in names))
    lines = [
        (
            name,
            format_period(cell.month, lang),
            whole(cell.expected, lang),
            whole(cell.reported, lang),
            whole(cell.late, lang) if cell.due else "–",
            whole(cell.silent, lang) if cell.due else "–",
            percent(cell.share, lang, 0) if cell.share is not None else "–",
        )
        for name, reports in rows.items()
        for cell in reports
    ]
    return header, tuple(lines)


def figure(
    rows: Rows,
    total: Sequence[Reported],
    first: str,
    lang: str,
    *,
    build_id: str,
    late_after_days: int,
    demonstration: bool,
) -> Figure:
    """The whole figure with what is said of it.

    Args:
        rows: what each row is called → its months.
        total: the months of the whole network.
        first: what the rows are (Region, Partner).
    """
    months = [cell.month for cell in total]
    latest = next((cell for cell in reversed(total) if cell.due), None)
    headline = say("coverage.headline_none", lang)
    if latest is not None and latest.share is not None:
        headline = say("coverage.headline", lang, share=percent(latest.share, lang, 0),
                       month=format_period(latest.month, lang), late=whole(latest.late, lang),
                       expected=whole(latest.expected, lang),
                       silent=whole(latest.silent, lang))  # fmt: skip
    kind = "demonstration" if demonstration else "operational"
    lowest = min(
        ((name, cell) for name, cells in rows.items() for cell in cells
         if latest is not None and cell.month == latest.month and cell.share is not None),
        key=lambda pair: pair[1].share or 0.0, default=None,
    )  # fmt: skip
    alt = say("coverage.alt", lang, rows=len(rows), months=len(months), headline=headline,
              by=first.lower())  # fmt: skip
    if lowest is not None:
        alt += " " + say("coverage.alt_lowest", lang, name=lowest[0],
                         share=percent(lowest[1].share or 0.0, lang, 0))  # fmt: skip
    return Figure(
        spec=spec(rows, months, lang),
        headline=headline,
        subtitle=say("coverage.subtitle", lang, by=first.lower()),
        notes=(
            words.credit(("vsla_group", "vsla_observation"), kind, build_id, lang),
            say("coverage.reading", lang, days=late_after_days),
            say("sensitivity.staff", lang),
        ),
        alt=alt,
        table=table(rows, first, lang),
        demonstration=demonstration,
        lang=lang,
        chart="heat",
    )  # fmt: skip
