"""Import: from a file someone sent to landed batches, or nothing changed at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import resource
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from analytics.errors import UserError
from analytics.geography.boundaries import looks_like_boundaries
from analytics.settings import settings
from analytics.sources.check import check_table
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.files import Table, find_files, read_tables
from analytics.sources.findings import Checked
from analytics.sources.mapping import Mapping
from analytics.sources.personal import mask
from analytics.sources.recognise import Recognition
from analytics.sources.translation import Translated
from analytics.sources.understand import understand
from analytics.warehouse.boundaries import import_boundaries
from analytics.warehouse.home import (
    Batch,
    Home,
    Waiting,
    manifest,
    nobody_told,
    write_atomically,
)
from analytics.warehouse.rejects import write_rejects
from analytics.warehouse.report import FileReport
from analytics.warehouse.session import leave_room, quiet

#: as fast to write as any, and half the size of the usual
PARQUET = "FORMAT parquet, COMPRESSION lz4_raw"


@dataclass(frozen=True)
class _Found:
    table: Table
    recognition: Recognition


def import_files(
    home: Home,
    paths: list[Path],
    *,
    dataset: str | None = None,
    mapping: Mapping | None = None,
    dry_run: bool = False,
    preview: Path | None = None,
    progress: Callable[[str], None] = lambda text: None,
    waiting: Waiting = nobody_told,
) -> list[FileReport]:
    """Import files, folders and archives.

    Each table lands whole or not at all; a table that cannot be read is reported and does not
    stop the others.

    Args:
        dry_run: judge everything and land nothing; waits for nobody.
        preview: folder where a dry run puts the refused rows; nowhere if None.
        progress: told each file and table as its turn comes.
        waiting: told who is changing the home, when that must be waited for.

    Raises:
        UserError: when nothing can be done at all (missing file, demonstration and operational
            data mixed).
    """
    # What is being read may name people: a crash must not write it to a disk. Helpers inherit this.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    turn: AbstractContextManager[None] = nullcontext() if dry_run else home.lock("import", waiting)
    with turn, home.scratch() as scratch:
        reports: list[FileReport] = []
        tables: list[_Found] = []
        saved = home.mappings()
        files, failed = find_files(paths, scratch)
        reports += [FileReport(name, None, dataset, error=error) for name, error in failed]
        outlines = [file for file in files if looks_like_boundaries(*file)]
        for name, path in files:
            if (name, path) in outlines:
                continue
            progress(name)
            reports += _open(name, path, scratch, dataset, mapping, saved, tables)
        # Registers first: an observation may refer to a group of the same delivery.
        order = list(DATASETS)
        tables.sort(key=lambda f: order.index(f.recognition.dataset))
        con = duckdb.connect(config={"memory_limit": settings().memory_limit})
        quiet(con)
        leave_room(con)
        con.execute(f"SET temp_directory = '{scratch}'")
        kinds = {_kind(found) for found in tables}
        if len(kinds) > 1:
            raise UserError("kinds_mixed")
        kind = next(iter(kinds), None)
        if kind is not None and home.kind() not in (None, kind):
            raise UserError(f"home_is_{home.kind()}", home=home.root.name)
        for name, path in outlines:
            progress(name)
            reports += import_boundaries(home, name, path, scratch, dry_run=dry_run)
        for found in tables:
            progress(found.table.label)
            reports.append(_import_table(home, con, found, scratch, dry_run, preview))
        con.close()
        return reports


def _open(
    name: str,
    path: Path,
    scratch: Path,
    dataset: str | None,
    mapping: Mapping | None,
    saved: list[Mapping],
    tables: list[_Found],
) -> list[FileReport]:
    failed: list[FileReport] = []
    try:
        opened = read_tables(name, path, scratch)
    except UserError as error:
        return [FileReport(name, None, dataset, error=error)]
    except OSError as error:
        return [
            FileReport(
                name,
                None,
                dataset,
                error=UserError("file_unreadable", file=name, reason=error.strerror),
            )
        ]
    for table in opened:
        try:
            found = understand(table, dataset=dataset, chosen=mapping, saved=saved)
            tables += [_Found(*pair) for pair in found]
        except UserError as error:
            failed.append(FileReport(name, table.sheet, dataset, error=error))
    # A cover sheet beside recognised sheets is no mistake.
    if len(opened) > 1 and len(failed) < len(opened):
        failed = [f for f in failed if f.error and f.error.key == "columns_missing"]
    return failed


def _kind(found: _Found) -> str:
    """What a table says it is; one that mixes both is refused when it is read."""
    if isinstance(found.table, Translated):
        return "demonstration" if found.table.demonstration else "operational"
    position = found.recognition.marker
    rows = found.table.sample[found.recognition.first_data_index :]
    marked = position is not None and any(
        (row[position] or "").strip().lower() == "true" for row in rows if len(row) > position
    )
    return "demonstration" if marked else "operational"


def _import_table(
    home: Home,
    con: duckdb.DuckDBPyConnection,
    found: _Found,
    scratch: Path,
    dry_run: bool,
    preview: Path | None,
) -> FileReport:
    table, name = found.table, found.recognition.dataset
    report = FileReport(table.file, table.sheet, name)
    if isinstance(table, Translated):
        report.reader = table.reader
    else:
        header = table.sample[found.recognition.header_index]
        report.headers = {n: header[p] or n for p, n in found.recognition.columns.items()}
    try:
        checked = check_table(
            con,
            table,
            found.recognition,
            history=lambda: _history(home, name, table.sha256, "landing"),
            known=known_identifiers(home, con, name),
            cycles=_relation(home, "vsla_cycle") if name == "vsla_observation" else None,
        )
        table.check_unchanged()
        fill_report(report, checked)
        _refuse_unmarked(con, table, checked)
        if dry_run:
            # What would have landed is known to the tables that follow, as it will be.
            con.execute(f"CREATE OR REPLACE TEMP TABLE would_land_{name} AS SELECT * FROM landing")
            if preview is not None and checked.rejected:
                folder = Path(tempfile.mkdtemp(dir=preview))
                write_rejects(con, folder, name, table, checked, report)
        else:
            land_checked(home, con, table, checked, report, scratch)
    except UserError as error:
        return FileReport(table.file, table.sheet, name, error=error)
    except (OSError, duckdb.Error) as error:
        # Nothing of the table has landed: its manifest, written last, is not there.
        failed = UserError("import_failed", file=table.label, reason=_short(error))
        return FileReport(table.file, table.sheet, name, error=failed)
    return report


def _refuse_unmarked(con: duckdb.DuckDBPyConnection, table: Table, checked: Checked) -> None:
    """Demonstration rows whose marker was cut off are still no real groups."""
    if checked.demonstration or "group_id" not in columns_of(DATASETS[checked.dataset]):
        return
    [(count,)] = con.execute("SELECT count(*) FROM landing WHERE group_id LIKE 'DEMO-%'").fetchall()
    if count:
        raise UserError("marker_lost", file=table.label)


def _short(error: Exception) -> str:
    """The kind of fault; what a message quotes may be a cell."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return mask(re.sub(r"""(["']).*?\1""", "…", (text.splitlines() or ["?"])[0]))[:200]


def fill_report(report: FileReport, checked: Checked) -> None:
    report.rows_read = checked.read
    report.rows_landed = checked.landed
    report.rows_rejected = checked.rejected
    report.rows_duplicate = checked.duplicate
    report.rows_out_of_scope = checked.out_of_scope
    report.corrections = checked.corrections
    report.corrected = checked.corrected
    report.violations = checked.violations
    report.by_rule = checked.by_rule
    report.warnings = [asdict(warning) for warning in checked.warnings]


def _relation(home: Home, dataset: str) -> str | None:
    """SQL for the landed rows of a dataset, or None before its first batch."""
    batches = home.batches(dataset)
    return f"SELECT {_columns(dataset)} FROM {home.rows(batches)}" if batches else None


def _columns(dataset: str) -> str:
    return ", ".join(f'"{name}"' for name in columns_of(DATASETS[dataset]))


def _history(
    home: Home, dataset: str, source_sha256: str = "", arriving: str | None = None
) -> tuple[str, ...]:
    """The current state of a dataset, then what the very same content landed before.

    A row equal to the current state is a duplicate. So is a row of a file that was imported
    before, even when a later correction replaced it: sending an old file again must not undo a
    correction.

    Args:
        arriving: a relation; if given, only of the keys in it: of twenty million rows that lie
            here, those that a month's report speaks of are few.
    """
    batches = home.batches(dataset)
    if not batches:
        return ()
    contract, columns = DATASETS[dataset], _columns(dataset)
    key = ", ".join(f'"{name}"' for name in contract.key)
    # Of equal values a database tells at once the files that hold none of them.
    required = {name for name, column in columns_of(contract).items() if column.required}
    same_key = " AND ".join(
        f'h."{n}" {"=" if n in required else "IS NOT DISTINCT FROM"} t."{n}"' for n in contract.key
    )
    spoken_of = f"h SEMI JOIN {arriving} t ON {same_key}" if arriving else ""
    same = [b for b in batches if b.source_sha256 == source_sha256]
    again = (f"SELECT {columns} FROM {home.rows(same)} {spoken_of}",) if same else ()
    if len(batches) == 1 and not batches[0].withdrawn:
        return (f"SELECT {columns} FROM {home.rows(batches)} {spoken_of}", *again)
    numbered = " UNION ALL ".join(
        f"SELECT {columns}, {batch.sequence} AS _sequence, {batch.withdrawn} AS _withdrawn "
        f"FROM {home.rows([batch])}"
        for batch in batches
    )
    current = f"""SELECT {columns} FROM (SELECT *, row_number() OVER (
        PARTITION BY {key} ORDER BY _sequence DESC) AS _rank FROM ({numbered}) {spoken_of})
        WHERE _rank = 1 AND NOT _withdrawn"""
    return (current, *again)


def known_identifiers(home: Home, con: duckdb.DuckDBPyConnection, dataset: str) -> dict[str, str]:
    """Identifiers that a dataset may refer to: landed ones, and in a dry run those about to."""
    known = {}
    tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for target in set(DATASETS[dataset].references.values()):
        key = DATASETS[target].key[0]
        if DATASETS[target].editable:
            # What was withdrawn is not there to be referred to.
            sources = [*_history(home, target)[:1]]
        else:
            sources = [relation] if (relation := _relation(home, target)) else []
        if f"would_land_{target}" in tables:
            sources.append(f"SELECT {key} FROM would_land_{target}")
        if sources:
            known[target] = " UNION ".join(f"SELECT {key} FROM ({s})" for s in sources)
    return known


def land_checked(
    home: Home,
    con: duckdb.DuckDBPyConnection,
    table: Table,
    checked: Checked,
    report: FileReport,
    scratch: Path,
    *,
    by: str = "",
    withdrawn: bool = False,
) -> None:
    """Write the batch: Parquet first, manifest last; the manifest makes it landed."""
    parquet_sha256 = ""
    draft = scratch / "batch.parquet"
    if con.execute("SELECT 1 FROM landing LIMIT 1").fetchall():
        con.execute(f"COPY (SELECT * FROM landing) TO '{draft}' ({PARQUET})")
        with draft.open("rb+") as handle:
            os.fsync(handle.fileno())
            parquet_sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    content = f"{checked.dataset}\n{table.sha256}\n{parquet_sha256}"
    batch_id = hashlib.sha256(content.encode()).hexdigest()[:16]
    report.batch_id = batch_id
    if checked.rejected:
        write_rejects(con, home.rejects, batch_id, table, checked, report)
    if not parquet_sha256:
        return
    home.declare("demonstration" if checked.demonstration else "operational")
    folder = home.landed / checked.dataset
    folder.mkdir(parents=True, exist_ok=True)
    os.replace(draft, folder / f"{batch_id}.parquet")
    sequence = 1 + max((batch.sequence for batch in home.batches()), default=0)
    write_atomically(
        folder / f"{batch_id}.json",
        manifest(
            Batch(
                batch_id=batch_id,
                dataset=checked.dataset,
                sequence=sequence,
                file=table.file,
                sheet=table.sheet,
                source_sha256=table.sha256,
                parquet_sha256=parquet_sha256,
                landed_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                rows={
                    "read": checked.read,
                    "landed": checked.landed,
                    "rejected": checked.rejected,
                    "duplicate": checked.duplicate,
                    "out_of_scope": checked.out_of_scope,
                    "corrections": checked.corrections,
                },
                warnings=report.warnings,
                by=by,
                withdrawn=withdrawn,
            )
        ),
    )
