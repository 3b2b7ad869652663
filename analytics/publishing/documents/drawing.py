"""The pictures of a document; where no browser can draw, their tables stand in for them."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.charts.inset import HEIGHT, MAP_HEIGHT, WIDTH, inset
from analytics.errors import UserError
from analytics.publishing.documents.model import Grid, Picture
from analytics.publishing.render import Size, rendered
from analytics.text import say

#: dots of a PNG for each pixel: 230 dots an inch on a page
_SCALE = 2.0
#: rows of a table that stands in for a picture, and for one that must take little room
_ROWS, _FEW = 25, 10
#: pixels that a low picture is less high
_LOWER = 130


@dataclass(frozen=True)
class Image:
    """The bytes of a picture, and how many pixels wide and high it is drawn."""

    content: bytes
    width: int
    height: int


def drawing(block: Picture, suffix: str) -> Image | None:
    """The figure without title and notes (``png`` or ``svg``); None without a browser."""
    figure = block.figure
    height = MAP_HEIGHT if figure.chart in ("map", "multiples", "bars") else HEIGHT
    height -= _LOWER if block.low else 0
    spec = inset(
        figure.spec, demonstration=figure.demonstration, lang=figure.lang, height=height
    )
    try:
        content = rendered(spec, suffix, Size(WIDTH, height, _SCALE))
    except UserError:
        return None
    return Image(content, WIDTH, height)


def stand_in(block: Picture) -> Grid:
    """The figure's numbers as a table, and why there is no picture.

    Of a long course the latest periods are kept: they are what its headline speaks of.
    """
    figure = block.figure
    header, rows = figure.table
    why = say("briefs.no_picture", figure.lang)
    course = figure.chart == "trend"
    most = _FEW if block.low and course else _ROWS
    if len(rows) > most:
        key = "briefs.last_rows" if course else "briefs.first_rows"
        why = f"{why} · {say(key, figure.lang, shown=most, all=len(rows))}"
    kept = rows[-most:] if course else rows[:most]
    return Grid(f"{figure.headline} ({why})", tuple(header), tuple(tuple(row) for row in kept))
