"""Names and values on a map, as many as have room on a phone; the rest is in hover and table."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.charts import theme
from analytics.charts.areas import WINDOW, Area, Base
from analytics.geography.outlines import neighbouring_countries, region_seats
from analytics.geography.places import parts_of, place_name

_NAME = 9
_LINE = 12
#: where else a name may stand when its own place is taken, in pixels
_BESIDE = ((0, 0), (-34, -12), (34, -12), (0, -26), (0, 26))

Box = tuple[float, float, float, float]


def label_annotations(
    base: Base, texts: Mapping[str, tuple[str, str]], lang: str
) -> list[theme.Spec]:
    """The labels of the areas.

    Args:
        texts: place → (what stands under its name, colour).
    """
    if base.level == "cercle":
        return _seat_names(lang)
    taken: list[Box] = [] if base.schematic else [
        _box(x, y, theme.text_width(name, theme.SMALL - 1), _LINE)
        for name, (x, y) in neighbouring_countries(lang).items()
    ]  # fmt: skip
    found = []
    for area in base.areas:
        value, colour = texts[area.place]
        name = short_name(area.place, lang)
        shift = (0, 0) if base.schematic else _free(area, (name, value), taken)
        if shift is None:
            continue
        text = f"{theme.safe(name)}<br><b>{theme.safe(value)}</b>" if value else theme.safe(name)
        place: theme.Spec = {}
        if not base.schematic and (shift != (0, 0) or not _holds(area, (name, value))):
            # Over the edge of its own area, the label must be legible over any other.
            place = {"xshift": shift[0], "yshift": shift[1], "borderpad": 0,
                     "bgcolor": theme.tint(theme.PAPER, 0.85)}  # fmt: skip
            colour = theme.INK
        found.append(
            theme.annotation(
                text, x=area.middle[0], y=area.middle[1], align="center",
                font={"size": _NAME, "color": colour}, **place,
            )
        )  # fmt: skip
    return found


def short_name(place: str, lang: str) -> str:
    return "–".join(
        place_name(part, lang).removeprefix("District de ") for part in parts_of(place)
    )


def _seat_names(lang: str) -> list[theme.Spec]:
    """The seats' names, but those that would touch one written before."""
    found: list[theme.Spec] = []
    taken: list[Box] = []
    for place, (x, y) in region_seats().items():
        name = place_name(place, lang)
        box = _box(x, y, theme.text_width(name, 1.2 * _NAME), _LINE)
        if any(_meets(box, other) for other in taken):
            continue
        taken.append(box)
        found.append(
            theme.annotation(
                theme.safe(name), x=x, y=y, yshift=9, align="center", borderpad=0,
                font={"size": _NAME, "color": theme.INK}, bgcolor=theme.tint(theme.PAPER, 0.7),
            )
        )  # fmt: skip
    return found


def _free(area: Area, texts: tuple[str, str], taken: list[Box]) -> tuple[int, int] | None:
    """The first shift at which the label touches no other, and its place taken; or None."""
    width, height = _size(texts)
    for shift in _BESIDE:
        box = _box(*area.middle, width, height, shift)
        if not any(_meets(box, other) for other in taken):
            taken.append(box)
            return shift
    return None


def _size(texts: tuple[str, str]) -> tuple[float, float]:
    """As large as in a picture, where what is small on a phone is a fifth larger."""
    width = max(theme.text_width(text, 1.2 * _NAME) for text in texts)
    return width, 1.1 * _LINE * sum(bool(text) for text in texts)


def _holds(area: Area, texts: tuple[str, str]) -> bool:
    """Whether the corners of a label lie in its area."""
    from shapely import contains_xy
    from shapely.geometry import Polygon

    (west, east), _ = WINDOW
    scale = theme.NARROW / (east - west)
    wide, high = (side / scale / 2 for side in _size(texts))
    x, y = area.middle
    corners = [(x + i * wide, y + j * high) for i in (-1, 1) for j in (-1, 1)]
    rings = [Polygon(ring) for ring in area.rings]
    return all(sum(bool(contains_xy(r, *corner)) for r in rings) % 2 == 1 for corner in corners)


def _box(x: float, y: float, width: float, height: float, shift: tuple[int, int] = (0, 0)) -> Box:
    """Left, right, bottom, top in pixels of a narrow screen."""
    (west, east), _ = WINDOW
    scale = theme.NARROW / (east - west)
    middle, level = x * scale + shift[0], y * scale + shift[1]
    return middle - width / 2, middle + width / 2, level - height / 2, level + height / 2


def _meets(one: Box, other: Box) -> bool:
    return not (
        one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]
    )
