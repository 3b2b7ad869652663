"""Workbooks (XLSX, XLS, ODS) → sheets of text, read in a process of their own.

A workbook can be made to exhaust memory or to crash the native reader (two cells at the far
corners of a sheet suffice). So reading happens in a helper process with a limit on memory; whatever
happens to it, the application lives and says what the file seems to be.

``read_sheets`` is called by the application; ``_serve`` runs in the helper
(``python -m analytics.sources.workbooks``), which reads one request a line and answers with one.
"""

from __future__ import annotations

import contextlib
import errno
import html
import json
import re
import resource
import select
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute

from analytics.sources.compound import runs_in_circles

#: decompressed size at which an archive or workbook is taken for a bomb
MAX_UNPACKED_BYTES = 2 * 1024**3
#: times an archive may shrink what it holds before it is taken for a bomb (when over 64 MiB)
MAX_RATIO = 400
_RATIO_FROM = 64 * 1024**2
MAX_COLUMNS = 2000
#: memory and time the helper may use for one workbook; a small file may take a minute at most
HELPER_BYTES = 4 * 1024**3
HELPER_SECONDS = 300
_LEAST_SECONDS, _BYTES_A_SECOND = 60, 50_000
#: an .xls ends at 65,536 rows of 256 cells: less than this and so much for each of its bytes
_OLD_BYTES, _OLD_BYTES_A_BYTE = 2 * 1024**3, 30
_CHUNK = 1 << 20


class Unreadable(Exception):
    """Why a workbook cannot be read: a key of the catalogue under ``error.`` and its values."""

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(key)


#: hidden sheet behind the drop-downs of our own templates: nothing to tell anyone about
TEMPLATE_LISTS = "lists"

@dataclass
class Sheet:
    """One visible sheet. ``notes`` are ``(warning code, how many, example)``."""

    name: str
    table: pa.Table
    notes: list[tuple[str, int, str | None]] = field(default_factory=list)


# --- In the application --------------------------------------------------------------------------


class _Helper:
    """The running helper process; started at need, replaced when it fell or hung."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        with self._guard:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", __name__],
                    cwd=Path(__file__).parents[2],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            process = self._process
            assert process.stdin is not None and process.stdout is not None
            try:
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
                ready, _, _ = select.select([process.stdout], [], [], seconds)
                line = process.stdout.readline() if ready else b""
            except BrokenPipeError:
                line = b""
            if not line:
                # It fell over (memory) or hangs: neither is worth waiting for.
                process.kill()
                process.wait()
                self._process = None
                return {"error": "workbook_too_large", "values": {}}
            answer: dict[str, Any] = json.loads(line)
            return answer


_helper = _Helper()


def read_sheets(path: Path, scratch: Path) -> list[Sheet]:
    """The visible sheets of a workbook, every cell as text.

    Raises:
        Unreadable: when it is damaged, protected, or too large to be read safely.
    """
    patience = min(HELPER_SECONDS, _LEAST_SECONDS + path.stat().st_size / _BYTES_A_SECOND)
    request = {"path": str(path.resolve()), "scratch": str(scratch.resolve())}
    answer = _helper.ask(request, patience)
    if "error" in answer:
        if answer["error"] == "workbook_too_large" and not zipfile.is_zipfile(path):
            # An .xls has too few rows and columns to be too large: it is damaged.
            raise Unreadable("workbook_unreadable")
        raise Unreadable(answer["error"], **answer["values"])
    sheets = []
    for found in answer["sheets"]:
        with pa.OSFile(found["file"], "rb") as source:
            table = pa.ipc.open_file(source).read_all()
        Path(found["file"]).unlink()
        sheets.append(Sheet(found["name"], table, [tuple(note) for note in found["notes"]]))
    return sheets


# --- In the helper -------------------------------------------------------------------------------


def check_archive(archive: zipfile.ZipFile, limit: int = MAX_UNPACKED_BYTES) -> None:
    """Refuse an archive that says it unfolds beyond measure, before anything is unfolded.

    Raises:
        Unreadable: ``archive_too_large``.
    """
    entries = archive.infolist()
    unfolded = sum(info.file_size for info in entries)
    packed = sum(info.compress_size for info in entries) or 1
    if unfolded > limit or (unfolded > _RATIO_FROM and unfolded / packed > MAX_RATIO):
        raise Unreadable("archive_too_large")


@dataclass
class _Facts:
    """What a sheet's XML says that the reader does not pass on."""

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    formulas_without_value: int = 0
    errors: int = 0


_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_NO_VALUE = re.compile(rb"(?:</f>|<f[^<>]*/>)(?:<v ?/>|<v></v>)?</c>")
_ERROR = re.compile(rb'<c [^<>]*t="e"')
_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^<>]*?)/?>")
_RELATION = re.compile(r"<Relationship\s([^<>]*?)/?>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
#: merged cells read of one sheet; more are no table
_MOST_MERGED = 20_000


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _facts(archive: zipfile.ZipFile, entry: str) -> _Facts:
    facts = _Facts()
    if entry not in archive.namelist():
        return facts
    rest = b""
    with archive.open(entry) as source:
        while block := source.read(_CHUNK):
            text = rest + block
            cut = text.rfind(b"<c ") if len(block) == _CHUNK else len(text)
            cut = len(text) if cut < 0 else cut
            part, rest = text[:cut], text[cut:]
            facts.formulas_without_value += len(_NO_VALUE.findall(part))
            facts.errors += len(_ERROR.findall(part))
            if len(facts.merged) < _MOST_MERGED:
                facts.merged += [
                    (int(top), _column_number(left), int(bottom), _column_number(right))
                    for left, top, right, bottom in _MERGED.findall(part)
                ]
    return facts


def _parts(archive: zipfile.ZipFile) -> dict[str, tuple[str, bool]]:
    """Sheet name → its XML's name in the archive, and whether it is hidden.

    Read by pattern, not by an XML parser: entities are never expanded.
    """

    def attributes(pattern: re.Pattern[str], text: str) -> Iterator[dict[str, str]]:
        for match in pattern.finditer(text):
            yield {key.split(":")[-1]: value for key, value in _ATTRIBUTE.findall(match[1])}

    with contextlib.suppress(KeyError):
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        targets = {a["Id"]: a["Target"] for a in attributes(_RELATION, relations)}
        return {
            html.unescape(a["name"]): (
                "xl/" + targets[a["id"]].removeprefix("/").removeprefix("xl/"),
                a.get("state", "visible") != "visible",
            )
            for a in attributes(_SHEET, book)
        }
    return {}


def _check_whole(archive: zipfile.ZipFile) -> None:
    """Unfold everything once, counting: sizes and checksums in the header may lie."""
    unfolded = 0
    for info in archive.infolist():
        if info.flag_bits & 1:
            raise Unreadable("workbook_protected")
        with archive.open(info) as source:
            while block := source.read(_CHUNK):
                unfolded += len(block)
                if unfolded > MAX_UNPACKED_BYTES:
                    raise Unreadable("archive_too_large")


def _repeats(archive: zipfile.ZipFile) -> None:
    """ODS writes "this cell a million times": refuse a sheet that unfolds to more than a table."""
    rest, cells = b"", 0
    with archive.open("content.xml") as source:
        while block := source.read(_CHUNK):
            text = rest + block
            cut = max(text.rfind(b"<"), 0)
            part, rest = text[:cut], text[cut:]
            for columns in re.findall(
                rb'number-columns-repeated="(\d+)"[^<>]*(?:value-type|formula)', part
            ):
                cells += int(columns)
                if int(columns) > MAX_COLUMNS or cells > 50_000_000:
                    raise Unreadable("workbook_too_large")


def _read(path: Path, scratch: Path) -> list[dict[str, Any]]:
    import fastexcel

    parts: dict[str, tuple[str, bool]] = {}
    facts: dict[str, _Facts] = {}
    with path.open("rb") as handle:
        is_archive = handle.read(4) == b"PK\x03\x04"
    if is_archive:
        with zipfile.ZipFile(path) as archive:
            check_archive(archive)
            _check_whole(archive)
            names = set(archive.namelist())
            if "content.xml" in names:
                _repeats(archive)
            elif "xl/workbook.bin" in names:
                raise Unreadable("workbook_binary")
            parts = _parts(archive)
            facts = {name: _facts(archive, part) for name, (part, off) in parts.items() if not off}
    else:
        if runs_in_circles(path):
            raise Unreadable("workbook_unreadable")
        _bound_memory(_OLD_BYTES + _OLD_BYTES_A_BYTE * path.stat().st_size)
    book = fastexcel.read_excel(path)
    sheets: list[dict[str, Any]] = []
    hidden = 0
    for number, name in enumerate(book.sheet_names):
        if parts.get(name, ("", False))[1]:
            hidden += name != TEMPLATE_LISTS
            continue
        if "chartsheets/" in parts.get(name, ("", False))[0]:
            continue
        sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string", n_rows=None)
        if sheet.visible != "visible":
            hidden += 1
            continue
        if sheet.height == 0:
            continue
        if sheet.width > MAX_COLUMNS:
            raise Unreadable("too_many_columns", limit=MAX_COLUMNS)
        table = _without_empty_end(pa.table(sheet.to_arrow()))
        known = facts.get(name, _Facts())
        table, notes = _fill_merged(table, known.merged)
        if known.formulas_without_value:
            notes.append(("formulas_without_value", known.formulas_without_value, name))
        if known.errors:
            notes.append(("error_cells", known.errors, name))
        file = scratch / f"sheet{number:04d}.arrow"
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=50_000)
        sheets.append({"name": name, "file": str(file), "notes": notes})
    if hidden and sheets:
        sheets[0]["notes"].append(("hidden_sheets", hidden, None))
    return sheets


def _without_empty_end(table: pa.Table) -> pa.Table:
    """Rows that hold only formatting end most workbooks, sometimes by the million."""
    last = 0
    for column in table.columns:
        valid = column.is_valid()
        at = table.num_rows
        for chunk in reversed(valid.chunks):
            at -= len(chunk)
            positions = pa.compute.indices_nonzero(chunk)
            if len(positions):
                last = max(last, at + positions[-1].as_py() + 1)
                break
    return table.slice(0, last)


def _fill_merged(
    table: pa.Table, merged: list[tuple[int, int, int, int]]
) -> tuple[pa.Table, list[tuple[str, int, str | None]]]:
    """A text merged over several rows of one column holds for each of them.

    A number does not: one amount written once for three groups is not three such amounts. It stays
    in its first row.
    """
    filled, numbers = 0, 0
    by_column: dict[int, list[tuple[int, int]]] = {}
    for top, left, bottom, right in merged:
        if left == right and bottom > top and left <= table.num_columns:
            by_column.setdefault(left - 1, []).append((top - 1, min(bottom, table.num_rows)))
    for position, spans in by_column.items():
        cells = table.column(position).to_pylist()
        for start, end in spans:
            value = cells[start] if start < len(cells) else None
            if value is None:
                continue
            if re.fullmatch(r"-?[\d.,\s]+(E[+-]?\d+)?", value):
                numbers += 1
                continue
            for row in range(start + 1, end):
                if cells[row] is None:
                    cells[row] = value
                    filled += 1
        table = table.set_column(
            position, table.column_names[position], pa.array(cells, pa.string())
        )
    notes: list[tuple[str, int, str | None]] = []
    if filled:
        notes.append(("merged_cells_filled", filled, None))
    if numbers:
        notes.append(("merged_numbers_kept_once", numbers, None))
    return table, notes


def _bound_memory(more: int) -> None:
    """Let this process take so many bytes more than it has, and ``HELPER_BYTES`` at the most."""
    with contextlib.suppress(FileNotFoundError):  # only Linux says what a process has
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = min(pages * resource.getpagesize() + more, HELPER_BYTES)
        resource.setrlimit(resource.RLIMIT_AS, (most, HELPER_BYTES))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"sheets": _read(Path(request["path"]), Path(request["scratch"]))}
    except Unreadable as error:
        return {"error": error.key, "values": error.values}
    except MemoryError:
        return {"error": "workbook_too_large", "values": {}}
    except OSError as error:
        if error.errno == errno.EINVAL:  # a damaged archive points before its beginning
            return {"error": "workbook_unreadable", "values": {}}
        return {"error": "file_unreadable", "values": {"reason": error.strerror or "?"}}
    except BaseException as error:  # a panic of the native reader is no Exception
        protected = re.search("password|encrypt", str(error), re.IGNORECASE)
        return {"error": "workbook_protected" if protected else "workbook_unreadable", "values": {}}


def _serve() -> None:
    for line in sys.stdin.buffer:
        resource.setrlimit(resource.RLIMIT_AS, (HELPER_BYTES, HELPER_BYTES))
        answer = json.dumps(_answer(json.loads(line)))
        sys.stdout.buffer.write(answer.encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
