"""Versions and freshness of an evidence home; going back to an earlier version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from analytics.errors import UserError
from analytics.warehouse import parts
from analytics.warehouse.build import landed_views
from analytics.warehouse.coverage import coverage
from analytics.warehouse.home import Home, Waiting, nobody_told
from analytics.warehouse.read import open_reader


def status(home: Home) -> dict[str, Any]:
    """What is published, what landed and when, what was removed, who reported and what is late."""
    batches = home.batches()
    datasets = []
    for name in dict.fromkeys(batch.dataset for batch in batches):
        own = [batch for batch in batches if batch.dataset == name]
        datasets.append(
            {
                "dataset": name,
                "batches": len(own),
                "rows": sum(batch.rows.get("landed", 0) for batch in own),
                "rows_rejected": sum(batch.rows.get("rejected", 0) for batch in own),
                "last_landed_at": own[-1].landed_at,
            }
        )
    return {
        "kind": home.kind(),
        "current": home.current(),
        "builds": home.builds(),
        "datasets": datasets,
        "removed": [
            {"batch_id": r.batch.batch_id, "dataset": r.batch.dataset, "file": r.batch.file,
             "removed_at": r.removed_at}
            for r in home.removed()
        ],
        "unpublished": unpublished(home),
        "coverage": _coverage(home),
    }  # fmt: skip


def unpublished(home: Home) -> dict[str, int]:
    """Batches that landed, and batches that were removed, since the published version."""
    landed = {batch.batch_id for batch in home.batches()}
    used: set[str] = set()
    if home.current():
        used = {batch["batch_id"] for batch in open_reader(home).batches}
    return {"landed": len(landed - used), "removed": len(used - landed)}


def _coverage(home: Home) -> dict[str, Any] | None:
    """None where nothing is published, or the version is older than the counting of coverage."""
    try:
        return coverage(open_reader(home)).as_json()
    except UserError:
        return None


def rollback(
    home: Home, build_id: str | None = None, *, waiting: Waiting = nobody_told
) -> str:
    """Publish an earlier version again: ``build_id``, or the one before the published one.

    Raises:
        UserError: when there is no such version.
    """
    with home.lock("rollback", waiting):
        builds = home.builds()
        published = (home.current() or {}).get("build_id")
        if build_id is None:
            earlier = [name for name in builds if published is None or name < published]
            build_id = earlier[-1] if earlier else None
        if build_id not in builds:
            raise UserError("build_unknown", value=build_id or "–")
        built_at = open_reader(home, build_id).build.built_at
        home.publish(build_id, built_at)
        return build_id


@contextmanager
def tested(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published version and what landed behind it, for data tests.

    Raises:
        UserError: when nothing is published, or a batch behind it was removed since.
    """
    reader = open_reader(home)
    folder = home.warehouse / reader.build.build_id
    used = {batch["batch_id"] for batch in reader.batches}
    if gone := used - {batch.batch_id for batch in home.batches()}:
        raise UserError("batch_removed_since", count=len(gone))
    with duckdb.connect() as con:
        # Parquet files hold every table of the build, core included; views read them in place.
        for name in parts.tables(folder):
            con.execute(f"CREATE VIEW {name} AS SELECT * FROM {parts.relation(folder, name)}")
        landed_views(home, con, [batch for batch in home.batches() if batch.batch_id in used])
        yield con
