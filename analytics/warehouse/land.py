"""Import: from a file someone sent to landed batches, or nothing changed at all."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from analytics.errors import UserError
from analytics.settings import settings
from analytics.sources.check import check_table
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.dictionary import dictionary
from analytics.sources.files import Table, find_files, read_tables
from analytics.sources.findings import Checked, Violation, Warned
from analytics.sources.personal import mask
from analytics.sources.recognise import Recognition, recognise
from analytics.text import say
from analytics.warehouse.home import Batch, Home, manifest, write_atomically


@dataclass
class FileReport:
    """What became of one table; ``read`` is always the sum of the four other counts."""

    file: str
    sheet: str | None
    dataset: str | None
    batch_id: str | None = None
    rows_read: int = 0
    rows_landed: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    rows_out_of_scope: int = 0
    corrections: int = 0
    warnings: list[dict[str, Any]] = field(default_factory=list)
    rejects_file: str | None = None
    error: UserError | None = None
    violations: list[Violation] = field(default_factory=list)

    def as_json(self, lang: str) -> dict[str, Any]:
        plain = {
            name: getattr(self, name)
            for name in (
                "file", "sheet", "dataset", "batch_id", "rows_read", "rows_landed",
                "rows_rejected", "rows_duplicate", "rows_out_of_scope", "corrections",
            )
        }  # fmt: skip
        plain["warnings"] = [
            {**warning, "message": warning_message(Warned(**warning), self.dataset, lang)}
            for warning in self.warnings
        ]
        plain["rejects_file"] = self.rejects_file
        plain["error"] = self.error.message(lang) if self.error else None
        return plain


@dataclass(frozen=True)
class _Found:
    table: Table
    recognition: Recognition


def import_files(
    home: Home,
    paths: list[Path],
    *,
    dataset: str | None = None,
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda text: None,
) -> list[FileReport]:
    """Import files, folders and archives.

    Each table lands whole or not at all; a table that cannot be read is reported and does not
    stop the others.

    Raises:
        UserError: when nothing can be done at all (missing file, demonstration and operational
            data mixed).
    """
    with home.lock(), home.scratch() as scratch:
        reports: list[FileReport] = []
        tables: list[_Found] = []
        files, failed = find_files(paths, scratch)
        reports += [FileReport(name, None, dataset, error=error) for name, error in failed]
        for name, path in files:
            progress(name)
            reports += _open(name, path, scratch, dataset, tables)
        # Registers first: an observation may refer to a group of the same delivery.
        order = list(DATASETS)
        tables.sort(key=lambda f: order.index(f.recognition.dataset))
        con = duckdb.connect(config={"memory_limit": settings().memory_limit})
        con.execute("SET enable_progress_bar = false")
        con.execute(f"SET temp_directory = '{scratch}'")
        kinds = {_kind(found) for found in tables}
        if len(kinds) > 1:
            raise UserError("kinds_mixed")
        kind = next(iter(kinds), None)
        if kind is not None and home.kind() not in (None, kind):
            raise UserError(f"home_is_{home.kind()}", home=home.root.name)
        for found in tables:
            progress(found.table.label)
            reports.append(_import_table(home, con, found, scratch, dry_run))
        con.close()
        return reports


def _open(
    name: str, path: Path, scratch: Path, dataset: str | None, tables: list[_Found]
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
            tables.append(_Found(table, recognise(table.sample, table.label, dataset)))
        except UserError as error:
            failed.append(FileReport(name, table.sheet, dataset, error=error))
    # A cover sheet beside recognised sheets is no mistake.
    if len(opened) > 1 and len(failed) < len(opened):
        failed = [f for f in failed if f.error and f.error.key == "columns_missing"]
    return failed


def _kind(found: _Found) -> str:
    """What a table says it is; one that mixes both is refused when it is read."""
    position = found.recognition.marker
    rows = found.table.sample[found.recognition.first_data_index :]
    marked = position is not None and any(
        (row[position] or "").strip().lower() == "true" for row in rows if len(row) > position
    )
    return "demonstration" if marked else "operational"


def _import_table(
    home: Home, con: duckdb.DuckDBPyConnection, found: _Found, scratch: Path, dry_run: bool
) -> FileReport:
    table, name = found.table, found.recognition.dataset
    report = FileReport(table.file, table.sheet, name)
    try:
        checked = check_table(
            con,
            table,
            found.recognition,
            history=_history(home, name, table.sha256),
            known=_known(home, con, name),
            cycles=_relation(home, "vsla_cycle") if name == "vsla_observation" else None,
        )
        table.check_unchanged()
        _fill(report, checked)
        _refuse_unmarked(con, table, checked)
        if dry_run:
            # What would have landed is known to the tables that follow, as it will be.
            con.execute(f"CREATE OR REPLACE TEMP TABLE would_land_{name} AS SELECT * FROM landing")
        else:
            _land(home, con, table, checked, report, scratch)
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


def _fill(report: FileReport, checked: Checked) -> None:
    report.rows_read = checked.read
    report.rows_landed = checked.landed
    report.rows_rejected = checked.rejected
    report.rows_duplicate = checked.duplicate
    report.rows_out_of_scope = checked.out_of_scope
    report.corrections = checked.corrections
    report.violations = checked.violations
    report.warnings = [asdict(warning) for warning in checked.warnings]


def _relation(home: Home, dataset: str) -> str | None:
    """SQL for the landed rows of a dataset, or None before its first batch."""
    paths = [home.parquet(batch) for batch in home.batches(dataset)]
    if not paths:
        return None
    columns = ", ".join(f'"{name}"' for name in columns_of(DATASETS[dataset]))
    return f"SELECT {columns} FROM read_parquet([{_quoted(paths)}])"


def _quoted(paths: list[Path]) -> str:
    return ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)


def _history(home: Home, dataset: str, source_sha256: str) -> tuple[str, ...]:
    """The current state of a dataset, then what the very same content landed before.

    A row equal to the current state is a duplicate. So is a row of a file that was imported
    before, even when a later correction replaced it: sending an old file again must not undo a
    correction.
    """
    batches = home.batches(dataset)
    if not batches:
        return ()
    columns = ", ".join(f'"{name}"' for name in columns_of(DATASETS[dataset]))
    key = ", ".join(f'"{name}"' for name in DATASETS[dataset].key)
    numbered = " UNION ALL ".join(
        f"SELECT {columns}, {batch.sequence} AS _sequence "
        f"FROM read_parquet({_quoted([home.parquet(batch)])})"
        for batch in batches
    )
    current = numbered.replace(f", {batches[0].sequence} AS _sequence", "")
    if len(batches) > 1:
        current = f"""SELECT {columns} FROM (SELECT *, row_number() OVER (
            PARTITION BY {key} ORDER BY _sequence DESC) AS _rank FROM ({numbered}))
            WHERE _rank = 1"""
    same = [home.parquet(b) for b in batches if b.source_sha256 == source_sha256]
    again = (f"SELECT {columns} FROM read_parquet([{_quoted(same)}])",) if same else ()
    return (current, *again)


def _known(home: Home, con: duckdb.DuckDBPyConnection, dataset: str) -> dict[str, str]:
    """Identifiers that a dataset may refer to: landed ones, and in a dry run those about to."""
    known = {}
    tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for target in set(DATASETS[dataset].references.values()):
        key = DATASETS[target].key[0]
        sources = [relation] if (relation := _relation(home, target)) else []
        if f"would_land_{target}" in tables:
            sources.append(f"SELECT {key} FROM would_land_{target}")
        if sources:
            known[target] = " UNION ".join(f"SELECT {key} FROM ({s})" for s in sources)
    return known


def _land(
    home: Home,
    con: duckdb.DuckDBPyConnection,
    table: Table,
    checked: Checked,
    report: FileReport,
    scratch: Path,
) -> None:
    """Write the batch: Parquet first, manifest last; the manifest makes it landed."""
    parquet_sha256 = ""
    draft = scratch / "batch.parquet"
    if checked.landed:
        con.execute(f"COPY (SELECT * FROM landing) TO '{draft}' (FORMAT parquet)")
        with draft.open("rb+") as handle:
            os.fsync(handle.fileno())
            parquet_sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    content = f"{checked.dataset}\n{table.sha256}\n{parquet_sha256}"
    batch_id = hashlib.sha256(content.encode()).hexdigest()[:16]
    if checked.violations:
        home.rejects.mkdir(parents=True, exist_ok=True)
        target = home.rejects / f"{batch_id}.csv"
        write_atomically(target, rejects_csv(report, checked.violations))
        report.rejects_file = str(target)
    report.batch_id = batch_id
    if not checked.landed:
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
            )
        ),
    )


def rejects_csv(report: FileReport, violations: list[Violation]) -> str:
    """One line a reason, in both languages, ready to be sent back to the sender."""
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(
        ["file", "sheet", "row", "column", "value", "rule", "suggestion", "message_fr",
         "message_en"]
    )  # fmt: skip
    for v in violations:
        writer.writerow(
            [report.file, report.sheet or "", v.row, v.column, _safe(v.value), v.rule,
             _safe(v.suggestion), *(violation_message(report, v, lang) for lang in ("fr", "en"))]
        )  # fmt: skip
    return sink.getvalue()


def _safe(text: str | None) -> str:
    """A cell that a spreadsheet would run as a formula is written as text."""
    return f"'{text}" if text and text[0] in "=+@\t" else text or ""


def violation_message(report: FileReport, violation: Violation, lang: str) -> str:
    """``epargne.xlsx, feuille « Données », ligne 214, « Région » : …`` in one sentence."""
    label = violation.column or ""
    if report.dataset and violation.column:
        label = dictionary().column(report.dataset, violation.column).label[lang]
    where = say("where.sheet" if report.sheet else "where.file", lang,
                file=report.file, sheet=report.sheet, row=violation.row, column=label)  # fmt: skip
    expected = expectation(report.dataset, violation, lang)
    what = say(f"rule.{violation.rule}", lang, value=violation.value or "", expected=expected)
    hint = say("did_you_mean", lang, value=violation.suggestion) if violation.suggestion else ""
    return " ".join(part for part in (where, what, hint) if part)


def expectation(dataset: str | None, violation: Violation, lang: str) -> str:
    """What the rule wanted, where that depends on the column."""
    column = columns_of(DATASETS[dataset]).get(violation.column) if dataset else None
    if column is None:
        return ""
    if column.codes:
        return ", ".join(column.codes)
    if column.minimum is not None and column.maximum is not None:
        return f"{column.minimum:g}–{column.maximum:g}"
    return ""


def warning_message(warning: Warned, dataset: str | None, lang: str) -> str:
    label = ""
    if warning.column and dataset:
        label = dictionary().column(dataset, warning.column).label[lang]
    return say(f"warning.{warning.code}", lang, column=label, count=warning.count,
               example=warning.example or "")  # fmt: skip


def summary(reports: list[FileReport], lang: str) -> dict[str, Any]:
    """The object that ``import --json`` prints."""
    return json.loads(json.dumps({"files": [report.as_json(lang) for report in reports]}))
