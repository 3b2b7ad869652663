"""Shapes shipped with the product: old regions, tiles of both divisions, what surrounds them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from functools import cache

from analytics.geography.places import REFERENCE, region_units

Ring = list[tuple[float, float]]

_OUTLINE_CREDIT = {
    "fr": (
        "Contours : régions de 2012, Natural Earth 1:10m (domaine public), simplifiés par Apache "
        "Superset 0.20.3. Les limites n’impliquent aucun jugement."
    ),
    "en": (
        "Outlines: regions of 2012, Natural Earth 1:10m (public domain), simplified by Apache "
        "Superset 0.20.3. Boundaries imply no judgement."
    ),
}
_TILE_NOTE = {
    "fr": (
        "Carte schématique : une case par région, placée à peu près comme sur le terrain ; ni les "
        "surfaces ni les limites ne sont représentées."
    ),
    "en": (
        "Schematic map: one tile a region, placed roughly as on the ground; neither areas nor "
        "boundaries are shown."
    ),
}


@cache
def region_outlines() -> dict[str, list[Ring]]:
    """Region of 2012 → closed rings of (longitude, latitude) in degrees, WGS 84.

    The first ring is the outside, the others are holes, wound the other way so that an SVG path
    leaves them open: Bamako lies in a hole of Koulikoro. Source and licence:
    ``data/reference/README.md``.
    """
    text = (REFERENCE / "mali_regions_2012.geojson").read_text(encoding="utf-8")
    rings: dict[str, list[Ring]] = {}
    for feature in json.loads(text)["features"]:
        coordinates = feature["geometry"]["coordinates"]
        rings[feature["properties"]["slug"]] = [
            [(lon, lat) for lon, lat in ring] for ring in coordinates
        ]
    return rings


def tiles(division: str) -> dict[str, tuple[int, int]]:
    """Region → (column, row) of its tile; column 0 in the west, row 0 in the north.

    Raises:
        PlaceError: ``unknown`` division.
    """
    return {unit.slug: unit.tile for unit in region_units(division)}


@cache
def region_seats() -> dict[str, tuple[float, float]]:
    """Region of 2023 → (longitude, latitude) of its seat, which bears its name; approximate."""
    return {row["place"]: _point(row) for row in _rows("region_seats.csv")}


@cache
def neighbouring_countries(lang: str) -> dict[str, tuple[float, float]]:
    """Name of each neighbouring country → where to write it, outside Mali."""
    name = "name_fr" if lang == "fr" else "name_en"
    return {row[name]: _point(row) for row in _rows("neighbouring_countries.csv")}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _point(row: dict[str, str]) -> tuple[float, float]:
    return float(row["lon"]), float(row["lat"])


def outline_credit(lang: str) -> str:
    """Edition, credit and caveat, to print on every map of the outlines."""
    return _OUTLINE_CREDIT["fr" if lang == "fr" else "en"]


def tile_note(lang: str) -> str:
    """What a tile map is not, to print on each."""
    return _TILE_NOTE["fr" if lang == "fr" else "en"]
