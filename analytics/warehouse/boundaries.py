"""Boundaries in a home: landed as they came, turned into light layers by each build.

They are neither demonstration nor operational: both kinds of home take them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.errors import UserError
from analytics.geography.boundaries import Layer, read_boundaries
from analytics.geography.places import place_name
from analytics.sources.findings import Refusals, Violation, Warned
from analytics.text import LANGS, say
from analytics.warehouse.home import Batch, Home, manifest, write_atomically
from analytics.warehouse.report import FileReport

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

DATASET = "boundary"
_EXAMPLES = 5
_EDITIONS = {"ocha_2015": "2015", "ocha_2021": "2021", "ct_2023": "2023", "ca_2023": "2023"}


def import_boundaries(
    home: Home, name: str, path: Path, scratch: Path, *, dry_run: bool
) -> list[FileReport]:
    """Read a file of boundaries and land each of its layers; a mistake is part of the report."""
    try:
        layers = read_boundaries(name, path, companion="/" in name)
        return [_import_layer(home, name, path, layer, scratch, dry_run) for layer in layers]
    except UserError as error:
        return [FileReport(name, None, DATASET, error=error)]
    except OSError as error:
        failed = UserError("file_unreadable", file=name, reason=error.strerror)
        return [FileReport(name, None, DATASET, error=failed)]


def _import_layer(
    home: Home, name: str, path: Path, layer: Layer, scratch: Path, dry_run: bool
) -> FileReport:
    from analytics.geography.layers import missing_places

    warned = [Warned(n.code, None, n.count, n.example) for n in layer.notices]
    if layer.shapes and (gone := missing_places({s.place for s in layer.shapes}, layer.level)):
        warned.append(Warned("boundary_not_whole", None, len(gone), place_name(gone[0], "fr")))
    report = FileReport(
        name, layer.title, DATASET, rows_read=layer.read, rows_rejected=len(layer.refused),
        rows_out_of_scope=layer.out_of_scope, warnings=[asdict(w) for w in warned],
        reader=layer.credit,
    )  # fmt: skip
    for rule in dict.fromkeys(refused.reason for refused in layer.refused):
        told = [
            Violation(r.row, "", r.value, rule, r.suggestion)
            for r in layer.refused
            if r.reason == rule
        ]
        report.by_rule.append(Refusals(rule, "", len(told), tuple(told[:_EXAMPLES])))
        report.violations += told
    if not layer.shapes:
        return report
    table = _table(layer, name)
    report.batch_id = _digest(table)
    if home.manifest_of(DATASET, report.batch_id).exists():
        report.rows_duplicate = len(layer.shapes)
        return report
    report.rows_landed = len(layer.shapes)
    if not dry_run:
        _land(home, path, table, report, scratch)
    return report


def _table(layer: Layer, name: str) -> pa.Table:
    import shapely

    count = len(layer.shapes)
    edition = _EDITIONS.get(layer.edition) or Path(name).stem
    return pa.table(
        {
            "_row": pa.array([s.row for s in layer.shapes], pa.int64()),
            "level": [layer.level] * count,
            "place": [s.place for s in layer.shapes],
            "name": [s.name for s in layer.shapes],
            "code": pa.array([s.code for s in layer.shapes], pa.string()),
            "edition": [edition] * count,
            "credit": [layer.credit] * count,
            "geometry": pa.array([shapely.to_wkb(s.geometry) for s in layer.shapes], pa.binary()),
        }
    )


def _digest(table: pa.Table) -> str:
    """The same shapes are the same batch, in whatever form they come: to a tenth of a metre."""
    import shapely

    digest = hashlib.sha256(DATASET.encode())
    for row in table.select(["level", "place", "code", "geometry"]).to_pylist():
        digest.update(f"\n{row['level']}\t{row['place']}\t{row['code']}\t".encode())
        shape = shapely.transform(shapely.from_wkb(row["geometry"]), lambda xy: xy.round(6))
        digest.update(shapely.to_wkb(shapely.normalize(shape)))
    return digest.hexdigest()[:16]


def _land(home: Home, path: Path, table: pa.Table, report: FileReport, scratch: Path) -> None:
    """Parquet first, manifest last; the manifest makes it landed."""
    assert report.batch_id is not None
    draft = scratch / "boundary.parquet"
    pq.write_table(table, draft)
    with draft.open("rb+") as handle:
        os.fsync(handle.fileno())
        parquet_sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    with path.open("rb") as handle:
        source_sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    folder = home.landed / DATASET
    folder.mkdir(parents=True, exist_ok=True)
    os.replace(draft, folder / f"{report.batch_id}.parquet")
    batch = Batch(
        batch_id=report.batch_id,
        dataset=DATASET,
        sequence=1 + max((batch.sequence for batch in home.batches()), default=0),
        file=report.file,
        sheet=report.sheet,
        source_sha256=source_sha256,
        parquet_sha256=parquet_sha256,
        landed_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        rows={
            "read": report.rows_read,
            "landed": report.rows_landed,
            "rejected": report.rows_rejected,
            "duplicate": report.rows_duplicate,
            "out_of_scope": report.rows_out_of_scope,
            "corrections": 0,
        },
        warnings=report.warnings,
    )
    write_atomically(home.manifest_of(DATASET, batch.batch_id), manifest(batch))


# --- layers of a build ---------------------------------------------------------------------------

_Row = tuple[str, str, str, str, str, float, float, str, str]


def write_boundaries(con: duckdb.DuckDBPyConnection, home: Home, batches: list[Batch]) -> None:
    """Create ``boundary``: the newest landed boundaries, simplified; empty where none landed.

    ``division`` is empty for cercles and the country. ``rings`` is JSON, outer rings then holes,
    (longitude, latitude) in degrees; ``lon`` and ``lat`` say where a name has most room. ``note``
    is empty, or JSON with what must be said in ``fr`` and ``en``.
    """
    con.execute(
        """CREATE TABLE boundary (division VARCHAR, level VARCHAR, place VARCHAR, note VARCHAR,
            rings VARCHAR, lon DOUBLE, lat DOUBLE, edition VARCHAR, credit VARCHAR)"""
    )
    landed = [
        _Landed.read(home, batch)
        for batch in sorted(batches, key=lambda batch: -batch.sequence)
        if batch.dataset == DATASET
    ]
    for row in _layers(landed):
        con.execute("INSERT INTO boundary VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", list(row))


class _Landed:
    """One landed layer: its shapes by place."""

    def __init__(
        self, level: str, edition: str, credit: str, shapes: dict[str, BaseGeometry]
    ) -> None:
        self.level, self.edition, self.credit, self.shapes = level, edition, credit, shapes

    @classmethod
    def read(cls, home: Home, batch: Batch) -> _Landed:
        import shapely

        rows = pq.read_table(home.parquet(batch)).to_pylist()
        parts: dict[str, list[BaseGeometry]] = {}
        for row in rows:
            parts.setdefault(row["place"], []).append(shapely.from_wkb(row["geometry"]))
        shapes = {place: shapely.union_all(found) for place, found in parts.items()}
        return cls(rows[0]["level"], rows[0]["edition"], rows[0]["credit"], shapes)


def _layers(landed: list[_Landed]) -> Iterator[_Row]:
    if not landed:
        return
    from analytics.geography import layers

    makers = {"cercle": layers.regions_from_cercles, "region": layers.regions_from_regions}
    for division in ("2012", "2023"):
        for found in landed:
            make = makers.get(found.level)
            if make and (shapes := make(found.shapes, division)):
                notes = _notes() if division == "2023" and found.level == "cercle" else {}
                yield from _rows(found, division, "region", shapes, notes)
                break
    by_level = {
        level: [found for found in landed if found.level == level]
        for level in ("cercle", "region", "country")
    }
    for level in ("cercle", "country"):
        own = by_level[level]
        whole = [f for f in own if not layers.missing_places(set(f.shapes), level)]
        if own:
            best = (whole or own)[0]
            yield from _rows(best, "", level, best.shapes, {})
    if not by_level["country"]:
        for found in (*by_level["cercle"], *by_level["region"]):
            if not layers.missing_places(set(found.shapes), found.level):
                yield from _rows(found, "", "country", layers.country_of(found.shapes), {})
                break


def _rows(
    found: _Landed,
    division: str,
    level: str,
    shapes: dict[str, BaseGeometry],
    notes: dict[str, str],
) -> Iterator[_Row]:
    from analytics.geography import layers

    simple, _ = layers.simplify(shapes)
    for place, shape in simple.items():
        lon, lat = layers.label_point(shape)
        rings = json.dumps(layers.rings(shape), separators=(",", ":"))
        yield (division, level, place, notes.get(place, ""), rings, lon, lat,
               found.edition, found.credit)  # fmt: skip


def _notes() -> dict[str, str]:
    """Unit of 2023 → what its outline, made of whole cercles, does not show."""
    from analytics.geography.layers import parts_not_cut, unit_of_cercles

    notes: dict[str, str] = {}
    for part in parts_not_cut():
        text = {
            lang: say(
                "boundary.merged" if part.merged else "boundary.part_elsewhere", lang,
                cercle=place_name(part.cercle, lang), region=place_name(part.region, lang),
                host=place_name(part.drawn_in, lang),
            )
            for lang in LANGS
        }  # fmt: skip
        for region in (part.region, part.drawn_in):
            notes[unit_of_cercles(region)] = json.dumps(text, ensure_ascii=False)
    return notes

