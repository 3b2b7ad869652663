"""Where things are on a map: tiles, shipped outlines or imported ones, and what surrounds them.

A filled line does not answer a click in Streamlit, a marker does: so each area carries invisible
points, in a grid inside it, that give its words under the pointer and its slug when chosen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from itertools import groupby
from typing import Any

from analytics.charts import theme
from analytics.geography import outlines as shipped
from analytics.geography.places import parts_of, place_name
from analytics.text import say

Point = tuple[float, float]
Ring = tuple[Point, ...]
#: a record of ``Reader.boundaries``: division, level, place, note, rings (JSON), lon, lat,
#: edition, credit
Outline = Mapping[str, Any]

#: a degree of longitude is shorter than one of latitude at Mali's middle parallel (17° N)
ASPECT = 1.046
TILE_HEIGHT = 52
OUTLINE_HEIGHT = 400
#: the window of a map with outlines, in degrees: the country and its neighbours' names
WINDOW = ((-13.9, 5.2), (9.4, 25.3))
_GAP = 0.03
#: degrees between the points that answer a pointer, by level
_GRID = {"region": 1.0, "cercle": 0.5}
#: degrees a border may move when drawn: under two pixels on a desk
_FINE = 0.07


@dataclass(frozen=True)
class Area:
    """One place on the map: its rings, where its name stands, the points that answer a pointer."""

    place: str
    rings: tuple[Ring, ...]
    middle: Point
    touch: tuple[Point, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, east, south, north."""
        across = [x for ring in self.rings for x, _ in ring]
        along = [y for ring in self.rings for _, y in ring]
        return min(across), max(across), min(along), max(along)

    @property
    def size(self) -> float:
        west, east, south, north = self.box
        return (east - west) * (north - south)


@dataclass(frozen=True)
class Base:
    """What a map is drawn on: its areas, what must be said of them, and how high it stands."""

    areas: tuple[Area, ...]
    notes: tuple[str, ...]
    level: str
    schematic: bool
    division: str

    @property
    def height(self) -> int:
        if not self.schematic:
            return OUTLINE_HEIGHT
        return round(24 + TILE_HEIGHT * (1 + max(-area.middle[1] for area in self.areas)))

    @property
    def places(self) -> set[str]:
        """Every single place drawn, by itself or as part of a merged area."""
        return {part for area in self.areas for part in parts_of(area.place)}


def base_of(division: str, level: str, style: str, outlines: Sequence[Outline], lang: str) -> Base:
    """Imported outlines where they are wished and given, the shipped ones for 2012, else tiles.

    Args:
        level: ``region`` or ``cercle``; only imported outlines know cercles.
        style: ``outlines`` or ``tiles``.
        outlines: records of ``Reader.boundaries``; those of another division or level are left
            out.
    """
    own = [o for o in outlines if o["division"] == division and o["level"] == level]
    if own and (style == "outlines" or level == "cercle"):
        areas = _drawn(tuple((o["place"], o["rings"], o["lon"], o["lat"]) for o in own), level)
        notes = (*_credits(own, lang), say(f"maps.seats_{level}", lang))
        return Base(areas, notes, level, False, division)
    if style == "outlines" and division == "2012" and level == "region":
        notes = (shipped.outline_credit(lang), say("maps.seats_region", lang))
        return Base(_shipped(), notes, level, False, division)
    return Base(tile_areas(division), (shipped.tile_note(lang),), "region", True, division)


def _credits(own: Sequence[Outline], lang: str) -> list[str]:
    editions = dict.fromkeys((str(o["credit"]), str(o["edition"])) for o in own)
    found = [say("maps.credit", lang, credit=c, edition=e) for c, e in editions]
    merged = [place_name(o["place"], lang) for o in own if len(parts_of(o["place"])) > 1]
    if merged:
        names = (" ; " if lang == "fr" else "; ").join(merged)
        found.append(say("maps.not_cut", lang, names=names))
    return found


@cache
def tile_areas(division: str) -> tuple[Area, ...]:
    """One square a region, as high as it is wide."""
    areas = []
    for slug, (column, row) in shipped.tiles(division).items():
        middle = (column + 0.5, -row - 0.5)
        areas.append(Area(slug, (tile_ring(column, row),), middle, (middle,)))
    return tuple(areas)


def tile_ring(column: float, row: float) -> Ring:
    left, right, top, bottom = column + _GAP, column + 1 - _GAP, -row - _GAP, -row - 1 + _GAP
    return ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))


@cache
def _shipped() -> tuple[Area, ...]:
    from shapely.geometry import Polygon

    shapes = []
    for slug, rings in shipped.region_outlines().items():
        point = Polygon(rings[0], rings[1:]).representative_point()
        shapes.append((slug, json.dumps(rings), point.x, point.y))
    return _drawn(tuple(shapes), "region")


@lru_cache(maxsize=8)
def _drawn(shapes: tuple[tuple[str, str, float, float], ...], level: str) -> tuple[Area, ...]:
    """Areas of (place, rings as JSON, lon, lat), from large to small, as fine as a screen shows.

    Shared borders are simplified once for both sides, so that no gap opens between neighbours.
    From large to small, what lies in a hole of another is drawn over it.
    """
    from shapely import coverage_simplify

    whole = [_even_odd(json.loads(rings)) for _, rings, _, _ in shapes]
    areas = []
    for (place, _, lon, lat), shape in zip(shapes, coverage_simplify(whole, _FINE), strict=True):
        parts = [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon"]
        lines = [line for part in parts for line in (part.exterior, *part.interiors)]
        # Two decimals are a quarter of a pixel, and half the bytes.
        short = (((round(x, 2), round(y, 2)) for x, y in line.coords) for line in lines)
        rings = tuple(
            kept for ring in short if len(kept := tuple(point for point, _ in groupby(ring))) >= 4
        )
        areas.append(Area(place, rings, (lon, lat), _inside(shape, (lon, lat), _GRID[level])))
    return tuple(sorted(areas, key=lambda area: -area.size))


def _even_odd(rings: Sequence[Sequence[Sequence[float]]]) -> Any:
    """The shape of rings, however they are wound and ordered: what lies in an odd number."""
    from shapely import make_valid
    from shapely.geometry import Polygon

    polygons = [make_valid(Polygon([point[:2] for point in ring])) for ring in rings]
    return reduce(lambda one, other: one.symmetric_difference(other), polygons)


def _inside(shape: Any, middle: Point, step: float) -> tuple[Point, ...]:
    """The middle, and the points of a grid that lie in the shape."""
    from shapely import contains_xy

    west, south, east, north = shape.bounds
    grid = [
        (i * step, j * step)
        for i in range(round(west / step), round(east / step) + 1)
        for j in range(round(south / step), round(north / step) + 1)
    ]
    held = contains_xy(shape, [x for x, _ in grid], [y for _, y in grid])
    first = (round(middle[0], 2), round(middle[1], 2))
    return (first, *(point for point, inside in zip(grid, held, strict=True) if inside))


def closed_path(rings: Iterable[Ring]) -> tuple[list[float | None], list[float | None]]:
    """Rings as the x and y of one trace, parted by gaps."""
    x: list[float | None] = []
    y: list[float | None] = []
    for ring in rings:
        if x:
            x.append(None)
            y.append(None)
        x += [point[0] for point in ring]
        y += [point[1] for point in ring]
    return x, y


def touch(area: Area, text: str) -> theme.Spec:
    """What of an area answers a pointer or a finger: its words, and its slug when chosen."""
    clear = {"marker": {"opacity": 0}}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "",
        "x": [x for x, _ in area.touch],
        "y": [y for _, y in area.touch],
        "text": text,
        "hoverinfo": "text",
        "customdata": [area.place] * len(area.touch),
        "marker": {"opacity": 0, "size": 4, "color": theme.INK},
        "selected": clear,
        "unselected": clear,
    }


def surroundings(base: Base, lang: str) -> tuple[list[theme.Spec], list[theme.Spec]]:
    """Traces and annotations of the seats and of the neighbours' names; none on tiles."""
    if base.schematic:
        return [], []
    seats = {s: p for s, p in shipped.region_seats().items()
             if base.level == "cercle" or s in base.places}  # fmt: skip
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [x for x, _ in seats.values()],
        "y": [y for _, y in seats.values()],
        "hoverinfo": "skip",
        "marker": {"size": 4, "color": "#FFFFFF", "line": {"color": theme.MUTED, "width": 1}},
    }
    names = [
        theme.annotation(
            f"<i>{theme.safe(name)}</i>", x=x, y=y, align="center",
            font={"size": theme.SMALL - 1, "color": theme.MUTED},
        )
        for name, (x, y) in shipped.neighbouring_countries(lang).items()
    ]  # fmt: skip
    return [dots], names


def layout(base: Base, lang: str, below: int) -> theme.Spec:
    """The layout of a map with ``below`` pixels under it for its key."""
    found = theme.base_layout(lang, base.height + below, (4, 4, 6, 8 + below))
    axis = {"visible": False, "fixedrange": True, "automargin": False}
    found["xaxis"], found["yaxis"] = dict(axis), dict(axis)
    found["hoverdistance"] = 45
    if base.schematic:
        columns = [area.middle[0] for area in base.areas]
        rows = [area.middle[1] for area in base.areas]
        found["xaxis"]["range"] = [min(columns) - 0.52, max(columns) + 0.52]
        found["yaxis"]["range"] = [min(rows) - 0.52, max(rows) + 0.52]
    else:
        found["xaxis"]["range"], found["yaxis"]["range"] = list(WINDOW[0]), list(WINDOW[1])
        found["yaxis"] |= {"scaleanchor": "x", "scaleratio": ASPECT}
    return found
