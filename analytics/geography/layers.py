"""From shapes of places to layers for maps: dissolved, simplified with shared borders, light.

A shape is a shapely polygon (or several) in degrees, WGS 84.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from analytics.geography.places import (
    COUNTRY,
    cercles,
    editions_of,
    merge_slug,
    parts_of,
    region_of,
    region_units,
)

Shapes = Mapping[str, BaseGeometry]
Rings = list[list[tuple[float, float]]]

#: bytes of a layer's rings, compressed
LIMIT = 60_000
#: degrees: a quarter of a pixel on a map of Mali 800 pixels wide; nobody sees less
_FINEST = 0.005
_COARSEST = 0.64
_DECIMALS = 4


@dataclass(frozen=True)
class Part:
    """A part of a cercle that a region of 2023 took, and that no outline of cercles shows.

    ``drawn_in`` is the region whose outline holds it; ``merged`` says that ``region`` has no whole
    cercle of its own, so that both share one outline.
    """

    cercle: str
    region: str
    drawn_in: str
    merged: bool


@cache
def parts_not_cut() -> tuple[Part, ...]:
    """What the law of 2023 cut out of a cercle (``formed_from``, marked by a star)."""
    whole = {cercle.region_2023 for cercle in cercles()}
    return tuple(
        Part(taken[:-1], unit.slug, region_of(taken[:-1], "2023"), unit.slug not in whole)
        for unit in region_units("2023")
        for taken in unit.formed_from
        if taken.endswith("*")
    )


@cache
def _lasting_cercles() -> frozenset[str]:
    """Cercles that every edition of OCHA has; others were carved out of them later."""
    return frozenset(
        cercle.slug
        for cercle in cercles()
        if {"ocha_2015", "ocha_2021"} <= editions_of(cercle.slug, "cercle")
    )


def missing_places(places: set[str], level: str) -> list[str]:
    """What a layer needs, to leave no hole in the country, and has not."""
    needed = {
        "cercle": _lasting_cercles(),
        "region": {unit.slug for unit in region_units("2012")},
        "country": {COUNTRY},
    }
    return sorted(needed[level] - places)


@cache
def _units_of_cercles() -> dict[str, str]:
    """Region of 2023 → the unit whole cercles show it in: itself or, without one, a merged one."""
    units = {unit.slug: unit.slug for unit in region_units("2023")}
    for part in parts_not_cut():
        if part.merged:
            unit = merge_slug((units[part.region], units[part.drawn_in]))
            units |= dict.fromkeys(parts_of(unit), unit)
    return units


def unit_of_cercles(region: str) -> str:
    """The unit of 2023 in which outlines made of whole cercles show a region."""
    return _units_of_cercles()[region]


def regions_from_cercles(shapes: Shapes, division: str) -> dict[str, BaseGeometry]:
    """Cercles dissolved into the regions of a division; none where a cercle is missing.

    A region of 2023 without a whole cercle shares the outline it lies in.
    """
    if missing_places(set(shapes), "cercle"):
        return {}
    units = {place: region_of(place, division) for place in shapes}
    if division == "2023":
        units = {place: unit_of_cercles(region) for place, region in units.items()}
    return _dissolve(units, shapes)


def country_of(shapes: Shapes) -> dict[str, BaseGeometry]:
    """The country as the union of all of its parts."""
    return _dissolve(dict.fromkeys(shapes, COUNTRY), shapes)


def regions_from_regions(shapes: Shapes, division: str) -> dict[str, BaseGeometry]:
    """Regions of an edition as those of a division; none where they cannot be told.

    New regions make old ones; old ones never make new ones.
    """
    if missing_places(set(shapes), "region"):
        return {}
    if division == "2012":
        old = {unit.slug: unit.parent_2012 for unit in region_units("2023")}
        return _dissolve({place: old[place] for place in shapes}, shapes)
    new = {unit.slug for unit in region_units("2023")}
    uncut = {part.region for part in parts_not_cut() if part.merged}
    if not new - uncut <= shapes.keys():
        return {}
    # Drawn by itself where the edition has cut it, else in the unit that holds it.
    alone = uncut <= shapes.keys()
    return _dissolve({p: p if alone else unit_of_cercles(p) for p in shapes}, shapes)


def _dissolve(units: Mapping[str, str], shapes: Shapes) -> dict[str, BaseGeometry]:
    members: dict[str, list[BaseGeometry]] = {}
    for place, unit in units.items():
        members.setdefault(unit, []).append(shapes[place])
    return {unit: shapely.union_all(found) for unit, found in members.items()}


def simplify(shapes: Shapes) -> tuple[dict[str, BaseGeometry], float]:
    """Shapes light enough for a page, neighbours still sharing their borders.

    Returns:
        the shapes and the tolerance used in degrees: the finest, or the least at which the layer
        weighs at most :data:`LIMIT` bytes compressed.
    """
    if not shapes:
        return {}, _FINEST
    whole = np.array(list(shapes.values()), dtype=object)
    if not shapely.coverage_is_valid(whole):
        # Slivers and overlaps between neighbours would open under simplification.
        whole = np.asarray(shapely.coverage_clean(whole), dtype=object)

    def at(tolerance: float) -> dict[str, BaseGeometry]:
        simple = shapely.coverage_simplify(whole, tolerance)
        return dict(zip(shapes, simple, strict=True))

    best, tolerance = at(_FINEST), _FINEST
    if weight(best) <= LIMIT:
        return best, tolerance
    low, high = _FINEST, _COARSEST
    while high - low > 0.02 * high:
        middle = (low * high) ** 0.5
        found = at(middle)
        if weight(found) <= LIMIT:
            best, tolerance, high = found, middle, middle
        else:
            low = middle
    return (best, tolerance) if tolerance > _FINEST else (at(_COARSEST), _COARSEST)


def weight(shapes: Shapes) -> int:
    """Bytes of the rings as they travel, compressed."""
    text = json.dumps([rings(shape) for shape in shapes.values()], separators=(",", ":"))
    return len(gzip.compress(text.encode(), compresslevel=6, mtime=0))


def rings(shape: BaseGeometry) -> Rings:
    """Outer rings, then holes wound the other way, closed; (longitude, latitude) in degrees.

    Both directions leave holes open whether a renderer counts crossings or turns.
    """
    outer: Rings = []
    holes: Rings = []
    for part in shapely.get_parts(shape):
        part = shapely.orient_polygons(part, exterior_cw=True)
        outer.append(_points(part.exterior))
        holes += [_points(ring) for ring in part.interiors]
    return outer + holes


def _points(ring: BaseGeometry) -> list[tuple[float, float]]:
    rounded = np.round(shapely.get_coordinates(ring), _DECIMALS).tolist()
    return [(lon, lat) for lon, lat in rounded]


def label_point(shape: BaseGeometry) -> tuple[float, float]:
    """The middle of the largest circle inside the largest part: where a name has most room."""
    largest = max(shapely.get_parts(shape), key=shapely.area)
    middle = shapely.maximum_inscribed_circle(largest, tolerance=0.01)
    lon, lat = shapely.get_coordinates(middle)[0].tolist()
    return round(lon, _DECIMALS), round(lat, _DECIMALS)


def assign_points(lon: ArrayLike, lat: ArrayLike, shapes: Shapes) -> NDArray[np.str_]:
    """The place each point lies in, empty where in none.

    A point on a shared border goes to the first of its places in the order of ``shapes``.

    Args:
        lon, lat: degrees, WGS 84, same length; NaN lies nowhere.
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    found = np.full(x.shape, -1, dtype=np.int16)
    order = np.argsort(x, kind="stable")
    sorted_x = x[order]
    for number, shape in enumerate(shapes.values()):
        west, south, east, north = shape.bounds
        first, last = np.searchsorted(sorted_x, (west, np.nextafter(east, np.inf)))
        near = order[first:last]
        near = near[(y[near] >= south) & (y[near] <= north) & (found[near] < 0)]
        shapely.prepare(shape)
        found[near[shapely.intersects_xy(shape, x[near], y[near])]] = number
    return np.array([*shapes, ""])[found]
