"""Files as people send them → tables of text, each row with the number the sender sees.

CSV with any common separator in UTF-8 or Windows-1252, XLSX (every visible sheet), ZIP and
folders. Nothing is interpreted here; see ``values``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import pyarrow as pa

from analytics.errors import UserError

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
#: files that travel with data and hold none
COMPANIONS = {"truth.json", "readme.md", "readme.txt", ".ds_store"}
#: decompressed size at which an archive is taken for a bomb
MAX_UNPACKED_BYTES = 4 * 1024**3
MAX_COLUMNS = 2000
SAMPLE_ROWS = 40
_SEPARATORS = ",;\t|"
_CHUNK = 1 << 20


@dataclass
class Table:
    """One table found in a file.

    ``sample`` holds its first rows; ``rows()`` all of them as ``(row number, cells)``, counted
    from 1 as a spreadsheet shows them. ``path``, ``separator`` and ``plain`` allow a large CSV to
    be read by the database itself: ``plain`` says that it is UTF-8; ``lines`` counts its line ends.
    """

    file: str
    sheet: str | None
    sha256: str
    sample: list[list[str | None]]
    path: Path | None = None
    separator: str | None = None
    plain: bool = False
    bytes: int = 0
    lines: int = 0
    _arrow: pa.Table | None = None
    _encoding: str = "utf-8"

    @property
    def label(self) -> str:
        return self.file if self.sheet is None else f"{self.file} [{self.sheet}]"

    def rows(self) -> Iterator[tuple[int, list[str | None]]]:
        if self._arrow is not None:
            number = 0
            for batch in self._arrow.to_batches(max_chunksize=20_000):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield number, list(row)
            return
        assert self.path is not None and self.separator is not None
        with self.path.open(encoding=self._encoding, newline="") as handle:
            # One record is one row of a spreadsheet, blank lines included.
            for number, cells in enumerate(csv.reader(handle, delimiter=self.separator), start=1):
                yield number, [cell if cell != "" else None for cell in cells]


def find_files(paths: list[Path], scratch: Path) -> list[tuple[str, Path]]:
    """Every file to read as ``(name to show, path)``; archives are unpacked into ``scratch``.

    Raises:
        UserError: for a path that does not exist or an archive that cannot be read.
    """
    found: list[tuple[str, Path]] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file())
            found += find_files([p for p in inside if _wanted(p.name)], scratch)
        elif not path.exists():
            raise UserError("file_missing", file=str(path))
        elif path.suffix.lower() == ".zip":
            found += _unpack(path, scratch)
        else:
            found.append((path.name, path))
    return found


def _wanted(name: str) -> bool:
    return (
        name.lower() not in COMPANIONS
        and not name.startswith((".", "~$"))
        and name.lower().endswith((*TABLE_SUFFIXES, ".zip"))
    )


def _unpack(path: Path, scratch: Path) -> list[tuple[str, Path]]:
    found = []
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise UserError("archive_too_large", file=path.name)
            for number, info in enumerate(archive.infolist()):
                name = Path(info.filename).name
                if info.is_dir() or not _wanted(name) or name.lower().endswith(".zip"):
                    continue
                # A name inside an archive never decides where we write.
                target = scratch / f"{number:05d}{Path(name).suffix.lower()}"
                with archive.open(info) as source, target.open("wb") as sink:
                    while block := source.read(_CHUNK):
                        sink.write(block)
                found.append((f"{path.name}/{name}", target))
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise UserError("archive_unreadable", file=path.name) from error
    if not found:
        raise UserError("archive_empty", file=path.name)
    return found


def read_tables(name: str, path: Path, scratch: Path) -> list[Table]:
    """The tables of one file.

    Raises:
        UserError: when the file is not one we can read, in words that say what it seems to be.
    """
    if path.stat().st_size == 0:
        raise UserError("file_empty", file=name)
    with path.open("rb") as handle:
        start = handle.read(4096)
    if start.startswith(b"PK\x03\x04"):
        return _read_workbook(name, path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UserError("old_workbook", file=name)
    if start.lstrip().lower().startswith((b"<html", b"<!doctype", b"<?xml", b"<table")):
        raise UserError("html_file", file=name)
    if b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError("binary_file", file=name)
    return [_read_csv(name, path, scratch)]


def _read_workbook(name: str, path: Path) -> list[Table]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise UserError("archive_too_large", file=name)
        book = fastexcel.read_excel(path)
        tables = []
        for sheet_name in book.sheet_names:
            sheet = book.load_sheet(
                sheet_name, header_row=None, skip_rows=0, dtypes="string", n_rows=None
            )
            if sheet.visible != "visible" or sheet.height == 0:
                continue
            if sheet.width > MAX_COLUMNS:
                raise UserError("too_many_columns", file=name, limit=MAX_COLUMNS)
            arrow = pa.table(sheet.to_arrow())
            sample = [list(row.values()) for row in arrow.slice(0, SAMPLE_ROWS).to_pylist()]
            digest = hashlib.sha256(_file_digest(path).encode() + sheet_name.encode())
            tables.append(
                Table(
                    file=name,
                    sheet=sheet_name,
                    sha256=digest.hexdigest(),
                    sample=sample,
                    bytes=path.stat().st_size,
                    _arrow=arrow,
                )
            )
    except (fastexcel.FastExcelError, zipfile.BadZipFile, EOFError) as error:
        raise UserError("workbook_unreadable", file=name) from error
    if not tables:
        raise UserError("file_empty", file=name)
    return tables


def _file_digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _read_csv(name: str, path: Path, scratch: Path) -> Table:
    digest, lines, size = hashlib.sha256(), 0, 0
    encoding = "utf-8-sig"
    with path.open("rb") as handle:
        start = handle.read(3)
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            encoding = "utf-16"
        handle.seek(0)
        pending = b""
        while block := handle.read(_CHUNK):
            digest.update(block)
            lines += block.count(b"\n")
            size += len(block)
            if encoding == "utf-8-sig" and not (pending == b"" and block.isascii()):
                # A block may end inside a character: its last bytes wait for the next block.
                pending += block
                cut = len(pending) - 4
                while cut > 0 and pending[cut] & 0xC0 == 0x80:
                    cut -= 1
                try:
                    pending[: max(cut, 0)].decode("utf-8")
                    pending = pending[max(cut, 0) :]
                except UnicodeDecodeError:
                    encoding = "cp1252"
        if encoding == "utf-8-sig":
            try:
                pending.decode("utf-8")
            except UnicodeDecodeError:
                encoding = "cp1252"
    with path.open(encoding=encoding, newline="", errors="replace") as handle:
        head = handle.read(_CHUNK)
    if encoding == "cp1252":
        # Windows-1252 leaves five bytes undefined; replacing them keeps the row.
        converted = scratch / f"{digest.hexdigest()[:16]}.csv"
        with (
            path.open(encoding="cp1252", errors="replace", newline="") as source,
            converted.open("w", encoding="utf-8", newline="") as sink,
        ):
            while text := source.read(_CHUNK):
                sink.write(text)
        path, encoding = converted, "utf-8"
    separator = _separator(head)
    sample = _sample(head, separator)
    if not any(any(cell for cell in row) for row in sample):
        raise UserError("file_empty", file=name)
    if max(map(len, sample)) > MAX_COLUMNS:
        raise UserError("too_many_columns", file=name, limit=MAX_COLUMNS)
    return Table(
        file=name,
        sheet=None,
        sha256=digest.hexdigest(),
        sample=sample,
        path=path,
        separator=separator,
        plain=encoding != "utf-16",
        bytes=size,
        lines=lines,
        _encoding=encoding,
    )


def _separator(head: str) -> str:
    """The separator that splits the first lines into the most, and the most even, columns."""

    def evenness(separator: str) -> tuple[int, int]:
        widths = [len(row) for row in _sample(head, separator)]
        common = max(set(widths), key=lambda width: (widths.count(width) * (width > 1), width))
        return (widths.count(common) if common > 1 else 0, common)

    return max(_SEPARATORS, key=evenness)


def _sample(head: str, separator: str) -> list[list[str | None]]:
    rows: list[list[str | None]] = []
    try:
        for row in csv.reader(io.StringIO(head), delimiter=separator):
            rows.append([cell or None for cell in row])
            if len(rows) == SAMPLE_ROWS:
                break
    except csv.Error:
        # A cell larger than the reader allows: what was read so far still shows the header.
        pass
    return rows
