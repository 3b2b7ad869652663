"""Refused rows, to be sent back: every reason as CSV, and the rows themselves as a workbook.

The workbook is made to be mended: the reason stands in the first column, the cells as they were
written in the others, and it imports again as it is. Personal data never goes into either.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import duckdb
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from analytics.lists import as_text, printable
from analytics.sources import personal
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.files import Table
from analytics.sources.findings import Checked, Violation
from analytics.sources.recognise import MARKER, REASON_HEADER
from analytics.sources.translation import Translated
from analytics.text import LANGS, say
from analytics.warehouse.home import draft_of
from analytics.warehouse.report import FileReport, cell_of, violation_message

#: a workbook beyond this is no longer mended by hand; the CSV has everything
WORKBOOK_ROWS = 20_000
_CHUNK = 10_000
_LONGEST_CELL = 32_767
_REMEMBERED = 100_000
_COLUMNS = "row, column_name, value, rule, suggestion, position"
#: made once: a sheet has tens of thousands of cells that look so
_WRONG = Font(bold=True, color="B3261E")
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def write_rejects(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    batch_id: str,
    table: Table,
    checked: Checked,
    report: FileReport,
) -> None:
    """Write ``<batch_id>.csv`` and ``.xlsx`` from the relations that ``check_table`` leaves.

    Each file appears whole or not at all; ``report`` is told where they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reasons, rows = folder / f"{batch_id}.csv", folder / f"{batch_id}.xlsx"
    # Codes, months and counts return row after row. What was read is remembered for these two
    # files and no longer.
    mask = lru_cache(_REMEMBERED)(personal.mask)
    with draft_of(reasons) as draft:
        _write_reasons(con, draft, report, mask)
    report.rejects_file = str(reasons)
    # Rows that a reader of a foreign format refused have no record to mend.
    if con.execute("SELECT count(*) FROM refusal WHERE record IS NOT NULL").fetchall()[0][0]:
        with draft_of(rows) as draft:
            _write_rows(con, draft, table, checked, report, mask)
        report.mend_file = str(rows)


def _write_reasons(
    con: duckdb.DuckDBPyConnection, path: Path, report: FileReport, mask: Callable[[str], str]
) -> None:
    """One line a reason, in both languages."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(
            ["file", "sheet", "row", "cell", "column", "value", "rule", "suggestion",
             *(f"message_{lang}" for lang in LANGS)]
        )  # fmt: skip
        found = con.execute(f"SELECT {_COLUMNS} FROM refusal ORDER BY row, column_name, rule")
        while chunk := found.fetchmany(_CHUNK):
            for v in (_violation(row, mask) for row in chunk):
                told = [report.file, report.sheet or "", v.row, cell_of(report, v), v.column,
                        v.value or "", v.rule, v.suggestion or "",
                        *(violation_message(report, v, lang) for lang in LANGS)]  # fmt: skip
                # Names of files, sheets and columns are a partner's to choose as well.
                writer.writerow(as_text(text) for text in told)


def _violation(row: tuple, mask: Callable[[str], str]) -> Violation:
    number, name, value, rule, suggestion, position = row
    value = mask(value) if value else value
    return Violation(number, name, value, rule, suggestion, position)


def _write_rows(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    table: Table,
    checked: Checked,
    report: FileReport,
    mask: Callable[[str], str],
) -> None:
    """The refused rows as they were written."""
    names = [
        name
        for name in columns_of(DATASETS[checked.dataset])
        if name in {column for (column, *_) in con.execute("DESCRIBE raw").fetchall()}
    ]
    reasons: dict[int, list[Violation]] = {}
    for record, *rest in con.execute(
        f"""SELECT record, {_COLUMNS} FROM refusal WHERE record IN (
            SELECT DISTINCT record FROM refusal WHERE record IS NOT NULL
            ORDER BY record LIMIT {WORKBOOK_ROWS})
        ORDER BY record, row, column_name, rule"""
    ).fetchall():
        reasons.setdefault(record, []).append(_violation(tuple(rest), mask))
    book = Workbook(write_only=True)
    sheet = book.create_sheet(checked.dataset)
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["A"].width = 70
    for position in range(2, len(names) + 2):
        sheet.column_dimensions[get_column_letter(position)].width = 18
    marked = [MARKER] if checked.demonstration else []
    sheet.append(
        [_bold(sheet, text) for text in (REASON_HEADER, *_headers(table, names, report), *marked)]
    )
    chosen = ", ".join(_shown_cell(name, checked.dataset) for name in names)
    found = con.execute(
        f"""SELECT r._row, {chosen} FROM raw r JOIN typed t ON t._row = r._row
        WHERE r._row IN (SELECT DISTINCT record FROM refusal WHERE record IS NOT NULL
            ORDER BY record LIMIT {WORKBOOK_ROWS}) ORDER BY r._row"""
    )
    while chunk := found.fetchmany(_CHUNK):
        for record, *cells in chunk:
            told = [violation_message(report, v, lang) for lang in LANGS for v in reasons[record]]
            wrong = {violation.column for violation in reasons[record]}
            sheet.append(
                [_wrapped(sheet, "\n".join(told)),
                 *(_cell(sheet, mask(cell) if cell else None, name in wrong)
                   for name, cell in zip(names, cells, strict=True)),
                 *("true" for _ in marked)]
            )  # fmt: skip
    notes = book.create_sheet("LISEZ-MOI · README")
    notes.column_dimensions["A"].width = 110
    for lang in LANGS:
        notes.append([_wrapped(notes, say("rejects.how", lang, file=report.file))])
    if checked.rejected > len(reasons):
        for lang in LANGS:
            notes.append([say("rejects.more", lang, shown=len(reasons), count=checked.rejected)])
    book.save(path)


def _headers(table: Table, names: list[str], report: FileReport) -> list[str]:
    """The sender's own headers where they are still to be read, else the contract's names."""
    return names if isinstance(table, Translated) or not report.headers else [
        report.headers.get(name, name) for name in names
    ]  # fmt: skip


def _shown_cell(name: str, dataset: str) -> str:
    """What was written in a cell, unless it was taken out for being personal."""
    if columns_of(DATASETS[dataset])[name].kind in ("identifier", "text"):
        return f"""CASE WHEN t."{name}" IS NULL AND trim(r."{name}") <> '' THEN '***'
            ELSE r."{name}" END"""
    return f'r."{name}"::VARCHAR'


def _fit(text: str) -> str:
    """Text that a cell can hold: no control characters, no more than a cell's worth."""
    return printable(text, "\N{REPLACEMENT CHARACTER}")[:_LONGEST_CELL]


def _cell(sheet: WriteOnlyWorksheet, text: str | None, wrong: bool) -> WriteOnlyCell | str | None:
    text = _fit(text) if text else None
    # A cell of its own only where it must be one: making it takes longer than writing it.
    if not wrong and (not text or text[0] not in "=#"):
        return text
    cell = WriteOnlyCell(sheet, text)
    # As text: "=1+1" is what was written, not a sum to be worked out.
    cell.data_type = "s" if text else "n"
    if wrong:
        cell.font = _WRONG
    return cell


def _bold(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, _fit(text))
    cell.font = Font(bold=True)
    return cell


def _wrapped(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, _fit(text))
    cell.alignment = _WRAPPED
    return cell
