"""Boundaries as their publishers send them: which place each shape is, and what is wrong with it.

A shape is told by its name **and** its code, because codes moved between editions (``ML0101`` is
Kayes in OCHA's of 2015, Bafoulabé in that of 2021) and names are spelt in many ways. Publishers are
known by their field names; an unknown one by the column whose values are places.
"""

from __future__ import annotations

import json
import re
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.errors import UserError
from analytics.geography.places import (
    EDITIONS,
    LEVELS,
    PlaceError,
    normalise,
    place_name,
    resolve,
)

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from shapely.geometry.base import BaseGeometry

SUFFIXES = (".geojson", ".topojson", ".gpkg", ".shp")
#: what a shapefile cannot be read, or not be told, without
_PARTS = (".shx", ".dbf")
_SHP = b"\x00\x00\x27\x0a"
_GPKG = b"SQLite format 3"
_JSON_TYPES = ("FeatureCollection", "Feature", "Topology")
#: Mali and half a degree around it: west, south, east, north (degrees, WGS 84)
_EXTENT = (-12.8, 9.6, 4.8, 25.5)
_WGS84 = "EPSG:4326"
_LEVEL_OF_DIGIT = {"0": "country", "1": "region", "2": "cercle"}


@dataclass(frozen=True)
class _Publisher:
    """Field names, in lower case; a group in ``name`` is the level's digit, used in ``code``."""

    credit: str
    name: str
    code: str
    also: frozenset[str] = frozenset()
    edition: str = ""


_OCHA = "OCHA COD-AB, CC BY-IGO"
_PUBLISHERS = (
    # shapefiles cut names after ten characters
    _Publisher(_OCHA, r"admin([0-4])name", r"admin\1pcode?", edition="ocha_2015"),
    _Publisher(_OCHA, r"adm([0-4])_(?:fr|en|name)", r"adm\1_pcode", edition="ocha_2021"),
    _Publisher("geoBoundaries, CC BY 4.0", r"shapename", r"shapeiso"),
    _Publisher("GADM", r"name_([0-4])", r"hasc_\1", frozenset({"gid_0"})),
    _Publisher(
        "Natural Earth, Apache Superset", r"name_(1)", r"iso",
        frozenset({"iso"}),
    ),
    _Publisher(
        "Natural Earth", r"name|name_fr|name_en", r"iso_3166_2",
        frozenset({"adm0_a3"}),
    ),
    _Publisher("Natural Earth", r"name", r"iso_3166_2", frozenset({"wb_a3"})),
)  # fmt: skip
#: columns that say the country
_COUNTRY = re.compile(
    r"adm(?:in)?0_?(?:name|fr|en|pcode?|a3)|shapegroup|(?:gid|name)_0|(?:iso|sov|gu|wb)_a[23]|iso[23]"
    r"|admin|country|pays"
)
#: values a column is judged by
_SAMPLE = 300


@dataclass(frozen=True)
class Notice:
    """Something noticed and kept; ``code`` is a sentence of the catalogue under ``warning.``."""

    code: str
    count: int
    example: str | None = None


@dataclass(frozen=True)
class Refused:
    """A shape left out; ``reason`` is a sentence of the catalogue under ``rule.``."""

    row: int
    value: str
    reason: str
    suggestion: str | None = None


@dataclass(frozen=True)
class Shape:
    """One polygon (or several) of one place; degrees, WGS 84. ``row`` counts features from 1."""

    row: int
    place: str
    name: str
    code: str | None
    geometry: BaseGeometry


@dataclass
class Layer:
    """A judged layer: ``read = shapes + refused + out_of_scope``."""

    title: str | None
    read: int
    level: str = ""
    edition: str = ""
    credit: str = ""
    shapes: list[Shape] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    out_of_scope: int = 0
    notices: list[Notice] = field(default_factory=list)


def looks_like_boundaries(name: str, path: Path) -> bool:
    """Whether a file is to be read here: by its suffix, or by its first bytes."""
    if name.lower().endswith(SUFFIXES):
        return True
    with path.open("rb") as handle:
        start = handle.read(64)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    json_like = text.startswith(b"{") and not text.startswith(b"{\\rtf")
    return json_like or start.startswith((_SHP, _GPKG))


def read_boundaries(name: str, path: Path, *, companion: bool = False) -> list[Layer]:
    """Every layer of a file, judged.

    Args:
        name: the file's name as shown to people.
        companion: the file came with others in one archive, so that lines, points and communes
            are no mistake: they count as out of scope.

    Raises:
        UserError: when the file is no set of polygons of Mali, in words that say what it seems.
    """
    layers, failed = [], []
    for title, frame in _frames(name, path):
        try:
            layers.append(_judge(name, title, frame))
        except UserError as error:
            if companion and error.key in ("boundary_not_polygons", "boundary_level"):
                aside = Notice(error.key, len(frame), title or name)
                layers.append(Layer(title, len(frame), out_of_scope=len(frame), notices=[aside]))
            else:
                failed.append(error)
    if not layers:
        raise failed[0] if failed else UserError("boundary_empty", file=name)
    return layers


# --- formats -------------------------------------------------------------------------------------


def _frames(name: str, path: Path) -> list[tuple[str | None, GeoDataFrame]]:
    import pyogrio
    from shapely.errors import ShapelyError

    if path.stat().st_size == 0:
        raise UserError("file_empty", file=name)
    with path.open("rb") as handle:
        start = handle.read(64)
    if start.startswith(_SHP):
        present = {p.suffix.lower() for p in path.parent.glob(f"{path.stem}.*")}
        if missing := [part for part in _PARTS if part not in present]:
            raise UserError("boundary_parts_missing", file=name, missing=", ".join(missing))
    json_like = not start.startswith((_SHP, _GPKG))
    if json_like:
        _require_json(name, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            titles = [str(row[0]) for row in pyogrio.list_layers(path)]
            found = [(title, pyogrio.read_dataframe(path, layer=title)) for title in titles]
    except (RuntimeError, ValueError, ShapelyError):
        # What GDAL, GEOS and PROJ raise on damaged files.
        raise UserError("boundary_unreadable", file=name) from None
    # A table without shapes beside the layers of a GeoPackage is no mistake.
    frames = [(title, frame) for title, frame in found if "geometry" in frame]
    if json_like:
        # Both kinds of JSON are in degrees where they do not say otherwise.
        frames = [(t, f.set_crs(_WGS84) if f.crs is None else f) for t, f in frames]
    if not any(len(frame) for _, frame in frames):
        raise UserError("boundary_empty", file=name)
    many = len(frames) > 1
    return [(title if many else None, frame) for title, frame in frames if len(frame)]


def _require_json(name: str, path: Path) -> None:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError:
        raise UserError("boundary_unreadable", file=name) from None
    if not isinstance(content, dict) or content.get("type") not in _JSON_TYPES:
        raise UserError("boundary_unreadable", file=name)


# --- one layer -----------------------------------------------------------------------------------


def _judge(name: str, title: str | None, frame: GeoDataFrame) -> Layer:
    label = name if title is None else f"{name} [{title}]"
    layer = Layer(title, len(frame))
    frame = frame.rename(columns={c: str(c).lower() for c in frame.columns if c != "geometry"})
    frame = frame.loc[:, ~frame.columns.duplicated()].reset_index(drop=True)
    kinds = set(frame.geom_type.dropna())
    if not kinds & {"Polygon", "MultiPolygon", "GeometryCollection"}:
        raise UserError("boundary_not_polygons", file=label, kind=", ".join(sorted(kinds)) or "–")
    columns = [c for c in frame.columns if c != "geometry" and _is_text(frame[c])]
    publisher, names, digit = _publisher(columns)
    if "shapetype" in columns:
        digit = _most(frame["shapetype"].dropna().str[-1:])
    if digit not in ("", *_LEVEL_OF_DIGIT):
        raise UserError("boundary_level", file=label)
    frame = _of_mali(label, frame, columns, publisher, layer)
    frame = _in_degrees(label, frame, layer)
    level, column = _level_and_name(label, frame, names or columns, _LEVEL_OF_DIGIT.get(digit))
    code = _code_column(frame, columns, level, column, publisher, digit)
    layer.level = level
    edition = _edition(frame, level, column, code, publisher)
    layer.edition = edition
    layer.credit = publisher.credit if publisher else label
    _told(frame, level, column, code, edition, layer)
    _repeated_codes(frame, columns, level, column, code, layer)
    return layer


def _is_text(values: Any) -> bool:
    return any(isinstance(value, str) for value in values.dropna().head(50))


def _publisher(columns: list[str]) -> tuple[_Publisher | None, list[str], str]:
    """Whose field names these are, the columns of names at the deepest level, and its digit."""
    for known in _PUBLISHERS:
        if known.also - set(columns):
            continue
        found = [(m, c) for c in columns if (m := re.fullmatch(known.name, c))]
        if not found:
            continue
        digits = [match[1] if match.re.groups else "" for match, _ in found]
        deepest = max(digits)
        return known, [c for d, (_, c) in zip(digits, found, strict=True) if d == deepest], deepest
    return None, [], ""


def _of_mali(
    label: str, frame: GeoDataFrame, columns: list[str], publisher: _Publisher | None, layer: Layer
) -> GeoDataFrame:
    """The rows of Mali; a file without any is refused by the name of its country."""
    told = [c for c in columns if _COUNTRY.fullmatch(c)]
    foreign: list[str] = []
    keep = []
    # Rows without a column are no rows to some versions of pandas.
    rows = frame[told].itertuples(index=False, name=None) if told else [()] * len(frame)
    for position, row in enumerate(rows):
        values = [v.strip() for v in row if isinstance(v, str) and v.strip() not in ("", "-99")]
        if values and not any(_is_mali(v) for v in values):
            foreign.append(max(values, key=len))
        else:
            keep.append(position)
    if not keep:
        raise UserError("boundary_other_country", file=label, country=_most(foreign))
    layer.out_of_scope += len(foreign)
    kept = frame.iloc[keep]
    if publisher and not told:
        pattern = re.compile(publisher.code.replace(r"\1", "[0-4]"))
        values = [v for c in columns if pattern.fullmatch(c) for v in kept[c] if isinstance(v, str)]
        abroad = [m[1] for v in values if (m := re.match(r"\s*([A-Z]{2,3})[-.]?\w*\d", v))]
        if abroad and not any(prefix in ("ML", "MLI") for prefix in abroad):
            raise UserError("boundary_other_country", file=label, country=_most(abroad))
    return kept


def _is_mali(value: str) -> bool:
    key = normalise(value)
    return key in ("ml", "mli") or key.split("-")[0] == "mali" or bool(_place(value, "country"))


def _most(values: Iterable[str]) -> str:
    return Counter(values).most_common(1)[0][0]


def _in_degrees(label: str, frame: GeoDataFrame, layer: Layer) -> GeoDataFrame:
    west, south, east, north = _EXTENT
    bounds = [float(b) for b in frame.total_bounds]

    def inside(box: list[float]) -> bool:
        return west <= box[0] and south <= box[1] and box[2] <= east and box[3] <= north

    if frame.crs is None:
        if max(map(abs, bounds)) > 180:
            raise UserError("boundary_no_crs", file=label)
        frame = frame.set_crs(_WGS84)
        layer.notices.append(Notice("boundary_crs_assumed", len(frame)))
    elif not frame.crs.equals(_WGS84, ignore_axis_order=True):
        layer.notices.append(Notice("boundary_reprojected", len(frame), frame.crs.name))
        frame = frame.to_crs(_WGS84)
        bounds = [float(b) for b in frame.total_bounds]
    if inside(bounds):
        return frame
    if inside([bounds[1], bounds[0], bounds[3], bounds[2]]):
        raise UserError("boundary_swapped", file=label)
    shown = ", ".join(f"{b:.1f}" for b in bounds)
    raise UserError("boundary_elsewhere", file=label, bounds=shown)


def _level_and_name(
    label: str, frame: GeoDataFrame, columns: list[str], level: str | None
) -> tuple[str, str]:
    """The level whose places the most values of one column are, and that column."""
    levels = (level,) if level else LEVELS
    values = {column: list(dict.fromkeys(frame[column].dropna()))[:_SAMPLE] for column in columns}
    found = {
        (lvl, column): {place for v in values[column] if (place := _place(v, lvl))}
        for lvl in levels
        for column in columns
    }
    most = max((len(places) for places in found.values()), default=0)
    equal = [pair for pair, places in found.items() if len(places) == most]
    # Of equals the one that codes agree with, then a region rather than a cercle of the same name.
    best = max(equal, key=lambda pair: max(_agreeing(frame, *pair).values(), default=0),
               default=("", ""))  # fmt: skip
    if not found.get(best) or 2 * len(found[best]) < len(values[best[1]]):
        example = next((str(v) for known in values.values() for v in known), "–")
        raise UserError("boundary_not_recognised", file=label, example=example)
    return best


@lru_cache(maxsize=20_000)
def _place(name: object, level: str, code: str | None = None, edition: str | None = None) -> str:
    """The slug, or empty where there is none."""
    if not isinstance(name, str) or not name.strip():
        return ""
    for text in (name, _mended(name)):
        try:
            return resolve(text, code, level=level, edition=edition).place
        except PlaceError:
            continue
    if level == "country" and normalise(name).split("-")[0] == "mali":
        return "mali"
    return ""


def _mended(text: str) -> str:
    """UTF-8 that was read as Latin-1 (a shapefile without ``.cpg``), read again."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _code_column(
    frame: GeoDataFrame,
    columns: list[str],
    level: str,
    name: str,
    publisher: _Publisher | None,
    digit: str,
) -> str | None:
    """The publisher's column of codes; elsewhere one that agrees with the names mostly."""
    if level == "country":
        return None
    if publisher:
        pattern = publisher.code.replace(r"\1", digit)
        return next((c for c in columns if re.fullmatch(pattern, c)), None)
    agreeing = _agreeing(frame, level, name)
    best = max(agreeing, key=lambda column: agreeing[column], default=None)
    return best if best and 2 * agreeing[best] >= min(len(frame), _SAMPLE) else None


def _agreeing(frame: GeoDataFrame, level: str, name: str) -> dict[str, int]:
    """Text column → how often it holds the code of the place that ``name`` says."""
    head = frame.head(_SAMPLE)
    return {
        column: sum(
            bool(_place(told, level, code))
            for told, code in zip(head[name], head[column], strict=True)
            if isinstance(code, str) and code.strip()
        )
        for column in head.columns
        if column not in (name, "geometry")
    }


def _edition(
    frame: GeoDataFrame, level: str, name: str, code: str | None, publisher: _Publisher | None
) -> str:
    """The edition in which the most names and codes agree; of equals the publisher's own."""
    own = publisher.edition if publisher else ""
    if code is None:
        return own
    pairs = [
        (n, c) for n, c in zip(frame[name], frame[code], strict=True)
        if isinstance(c, str) and c.strip()
    ]  # fmt: skip
    votes = {ed: sum(bool(_place(n, level, c, ed)) for n, c in pairs) for ed in EDITIONS}
    most = max(votes.values())
    best = [edition for edition, count in votes.items() if count == most]
    return own if own in best or not most else best[0]


def _told(
    frame: GeoDataFrame, level: str, column: str, code: str | None, edition: str, layer: Layer
) -> None:
    """Every row to its place, or refused."""
    import shapely

    repaired: list[str] = []
    unknown_codes: list[str] = []
    for index, row in zip(frame.index, frame.to_dict("records"), strict=True):
        name = _mended(row[column]) if isinstance(row[column], str) else ""
        given = row[code] if code is not None else None
        given = given.strip() if isinstance(given, str) and given.strip() else None
        number = int(index) + 1
        place = _place(name, level)
        if not place:
            layer.refused.append(Refused(number, name, "boundary_unknown", _nearest(name, level)))
            continue
        if given and not _place(name, level, given, edition or None):
            if other := _coded(given, level):
                layer.refused.append(
                    Refused(number, f"{name} / {given}", "boundary_disagrees", other)
                )
                continue
            unknown_codes.append(f"{name} / {given}")
            given = None
        shape = row["geometry"]
        if shape is not None and not shape.is_valid:
            repaired.append(name)
        if (shape := _polygons(shape)) is None:
            layer.refused.append(Refused(number, name, "boundary_no_shape"))
            continue
        layer.shapes.append(Shape(number, place, name, given, shapely.force_2d(shape)))
    counts = Counter(shape.place for shape in layer.shapes)
    several = [place_name(place, "fr") for place, count in counts.items() if count > 1]
    for kind, found in (
        ("repaired", repaired), ("code_unknown", unknown_codes), ("several_shapes", several)
    ):  # fmt: skip
        if found:
            layer.notices.append(Notice(f"boundary_{kind}", len(found), found[0]))


def _nearest(name: str, level: str) -> str | None:
    try:
        resolve(name, level=level)
    except PlaceError as error:
        return place_name(error.suggestions[0], "fr") if error.suggestions else None
    return None


def _coded(code: str, level: str) -> str:
    """The places a code stands for, in words; empty where no edition knows it."""
    try:
        return place_name(resolve(code=code, level=level).place, "fr")
    except PlaceError as error:
        return ", ".join(place_name(slug, "fr") for slug in error.suggestions)


def _polygons(shape: BaseGeometry | None) -> BaseGeometry | None:
    """A valid polygon or several, None where nothing of that is left."""
    import shapely

    if shape is None or shape.is_empty:
        return None
    if not shape.is_valid:
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    parts = [
        part for part in shapely.get_parts(shape)
        if part.geom_type in ("Polygon", "MultiPolygon") and not part.is_empty
    ]  # fmt: skip
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _repeated_codes(
    frame: GeoDataFrame,
    columns: list[str],
    level: str,
    name: str,
    code: str | None,
    layer: Layer,
) -> None:
    """A code that two places bear tells neither; said, and the names decide."""
    for column in columns:
        if column != code and "hasc" not in column:
            continue
        places: dict[str, set[str]] = {}
        for told, value in zip(frame[name], frame[column], strict=True):
            if isinstance(value, str) and value.strip() and (place := _place(told, level)):
                places.setdefault(value.strip(), set()).add(place)
        for value, found in places.items():
            if len(found) > 1 and not value.endswith("-"):
                names = ", ".join(place_name(slug, "fr") for slug in sorted(found))
                layer.notices.append(
                    Notice("boundary_code_repeated", len(found), f"{value} : {names}")
                )
