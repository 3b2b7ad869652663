"""Take a landed batch out again: its rows go for good, what is known of it stays.

The manifest moves to ``landed/<dataset>/removed/``; the Parquet file and the refused rows are
deleted, because the reason may be that somebody's data must not be here. To undo, import the file
again. Versions already published keep their numbers until they are replaced and pruned.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass

import duckdb

from analytics.errors import UserError
from analytics.sources.contracts import DATASETS
from analytics.warehouse.home import Batch, Home, Removed, Waiting, nobody_told, write_atomically


@dataclass(frozen=True)
class Removal:
    """What removing a batch would mean.

    ``referring``: dataset → rows landed that refer to something only this batch holds; any row
    forbids the removal. ``repeated_by``: later files of the dataset in which known rows were left
    out as duplicates, maybe rows of this batch: they would have to be imported again.
    """

    batch: Batch
    referring: dict[str, int]
    repeated_by: tuple[str, ...]


def plan_removal(home: Home, batch_id: str) -> Removal:
    """What would happen; changes nothing.

    Raises:
        UserError: when no such batch is landed here.
    """
    batch = next((b for b in home.batches() if b.batch_id == batch_id), None)
    if batch is None:
        raise UserError("batch_unknown", value=batch_id)
    later = [b for b in home.batches(batch.dataset) if b.sequence > batch.sequence]
    repeated = dict.fromkeys(b.file for b in later if b.rows.get("duplicate", 0))
    return Removal(batch, _referring(home, batch), tuple(repeated))


def remove_batch(home: Home, batch_id: str, *, waiting: Waiting = nobody_told) -> Removed:
    """Take a batch out of the next build.

    Raises:
        UserError: when there is no such batch, or rows of other batches refer to it (how many, in
            which dataset).
    """
    with home.lock("remove", waiting):
        plan = plan_removal(home, batch_id)
        if plan.referring:
            counts = ", ".join(f"{name}: {count}" for name, count in plan.referring.items())
            raise UserError("batch_referred", file=plan.batch.file, counts=counts)
        moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        removed = Removed(plan.batch, moment)
        folder = home.landed / plan.batch.dataset / "removed"
        folder.mkdir(exist_ok=True)
        write_atomically(
            folder / f"{batch_id}.json", json.dumps(asdict(removed), ensure_ascii=False, indent=1)
        )
        # Without its manifest a batch is not landed: here it leaves the base, all at once.
        home.manifest_of(plan.batch.dataset, batch_id).unlink()
        sweep(home)
        return removed


def sweep(home: Home) -> None:
    """Delete the rows of removed batches, also where a kill came before they were deleted."""
    for removed in home.removed():
        home.parquet(removed.batch).unlink(missing_ok=True)
        for suffix in ("csv", "xlsx"):
            (home.rejects / f"{removed.batch.batch_id}.{suffix}").unlink(missing_ok=True)


def _referring(home: Home, batch: Batch) -> dict[str, int]:
    """Rows of other datasets that name something which no other batch holds."""
    if batch.dataset not in DATASETS:
        # Boundaries: no row refers to a shape.
        return {}
    key = DATASETS[batch.dataset].key[0]
    others = [b for b in home.batches(batch.dataset) if b.batch_id != batch.batch_id]
    found: dict[str, int] = {}
    with duckdb.connect() as con:
        for name, contract in DATASETS.items():
            columns = [c for c, target in contract.references.items() if target == batch.dataset]
            referring = home.batches(name)
            if not columns or not referring:
                continue
            lost = f"SELECT {key} FROM {home.rows([batch])}"
            if others:
                lost += f" EXCEPT SELECT {key} FROM {home.rows(others)}"
            condition = " OR ".join(f'"{column}" IN ({lost})' for column in columns)
            [(count,)] = con.execute(
                f"SELECT count(*) FROM {home.rows(referring)} WHERE {condition}"
            ).fetchall()
            if count:
                found[name] = count
    return found
