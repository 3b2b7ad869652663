"""Files as people send them → tables of text, each row with the number the sender sees.

CSV with any common separator in UTF-8, UTF-16 or Windows-1252, workbooks (every visible sheet),
ZIP and folders. Nothing is interpreted here; see ``values``. Names of files and sheets are shown
and stored without the personal data they may hold.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pyarrow as pa

from analytics.errors import UserError
from analytics.geography import boundaries
from analytics.sources.findings import Warned
from analytics.sources.personal import mask
from analytics.sources.stata import read_stata
from analytics.sources.workbooks import (
    MAX_COLUMNS,
    MAX_UNPACKED_BYTES,
    Unreadable,
    check_archive,
    read_sheets,
)

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".xlsb",
                  ".dta")  # fmt: skip
#: a shapefile and what must lie beside it, under the same name
SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
#: files that travel with data and hold none
COMPANIONS = {"truth.json", "readme.md", "readme.txt", ".ds_store"}
#: files one delivery may hold, and archives one inside another
MAX_FILES = 5_000
MAX_DEPTH = 2
#: the longest cell a spreadsheet can hold; a longer one is an open quotation mark
MAX_CELL = 32_767
_END = "\x03end"
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
    signature: str | Future[str]
    sample: list[list[str | None]]
    path: Path | None = None
    separator: str | None = None
    plain: bool = False
    bytes: int = 0
    lines: int = 0
    notes: list[Warned] = field(default_factory=list)
    _stamp: tuple[int, int] | None = None
    _source: Path | None = None
    _arrow: pa.Table | None = None
    _encoding: str = "utf-8"

    @property
    def sha256(self) -> str:
        """Of the content; a large file is signed while its rows are read."""
        return self.signature if isinstance(self.signature, str) else self.signature.result()

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
        with self.path.open(encoding=self._encoding, newline="", errors="replace") as handle:
            # One record is one row of a spreadsheet, blank lines included.
            yield from _records(handle, self.separator, self.file)

    def check_unchanged(self) -> None:
        """What lands must be what was recognised and signed.

        Raises:
            UserError: when the file has changed or gone since it was opened.
        """
        if self._source is not None and _stamp(self._source) != self._stamp:
            raise UserError("file_changed", file=self.file)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns)


def _records(
    handle: Iterable[str], separator: str, file: str
) -> Iterator[tuple[int, list[str | None]]]:
    """Records of a CSV, numbered from 1.

    Raises:
        UserError: at a quotation mark that is opened and never closed, or that swallowed rows:
            reading on would lose them silently.
    """
    csv.field_size_limit(1 << 30)
    width, number = 0, 0
    # Inside an open quotation mark the end mark becomes part of a cell instead of a row.
    for number, cells in enumerate(
        csv.reader(chain(handle, [_END]), delimiter=separator), start=1
    ):
        if cells == [_END]:
            return
        width = max(width, len(cells))
        # One look at the whole record; at its cells only where there is something to see.
        whole = "".join(cells)
        if "\n" in whole or "\r" in whole or len(whole) > MAX_CELL or whole.endswith(_END):
            most = max(cells, key=len)
            lines = most.splitlines()
            swallowed = sum(line.count(separator) >= max(2, width - 1) for line in lines)
            if len(most) > MAX_CELL or swallowed or most.endswith(_END):
                raise UserError("quote_open", file=file, row=number)
        if "\0" in whole:
            cells = [cell.replace("\0", "") for cell in cells]
        yield number, [cell or None for cell in cells]


def find_files(
    paths: list[Path], scratch: Path
) -> tuple[list[tuple[str, Path]], list[tuple[str, UserError]]]:
    """Every file to read as ``(name to show, path)``, and what cannot be opened with its reason.

    Archives are unpacked into ``scratch``.

    Raises:
        UserError: for a path that does not exist.
    """
    delivery = _Delivery(scratch)
    for path in paths:
        if not path.exists():
            raise UserError("file_missing", file=mask(str(path)))
    for path in paths:
        delivery.add(mask(path.name), path)
    return delivery.found, delivery.failed


#: what reading a damaged or locked archive raises
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError,
            NotImplementedError, ValueError, struct.error)  # fmt: skip


@dataclass
class _Delivery:
    """Files found so far; one budget of files and bytes for all archives together."""

    scratch: Path
    found: list[tuple[str, Path]] = field(default_factory=list)
    failed: list[tuple[str, UserError]] = field(default_factory=list)
    unpacked: int = 0
    files: int = 0
    #: what is written under one number: a file, or a shapefile with its parts
    numbers: dict[str | int, int] = field(default_factory=dict)

    def add(self, name: str, path: Path) -> None:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and _wanted(p.name))
            for file in inside:
                self.add(mask(file.name), file)
        elif not path.is_file():
            # A pipe or a device would keep us waiting for ever.
            self.failed.append((name, UserError("not_a_file", file=name)))
        elif path.suffix.lower() == ".zip":
            self._unpack(name, path, 1)
        elif _beside_a_shape(path):
            pass
        else:
            self.found.append((name, path))

    def _unpack(self, label: str, path: Path, depth: int) -> None:
        before = len(self.found) + len(self.failed)
        try:
            if depth > MAX_DEPTH:
                raise UserError("archive_nested", file=label)
            with zipfile.ZipFile(path) as archive:
                check_archive(archive)
                for info in archive.infolist():
                    inner = Path(info.filename).name
                    if not info.is_dir() and (_wanted(inner) or _shape_part(inner)):
                        self._unpack_one(label, archive, info, depth)
            if len(self.found) + len(self.failed) == before:
                raise UserError("archive_empty", file=label)
        except Unreadable as error:
            self.failed.append((label, UserError(error.key, file=label, **error.values)))
        except UserError as error:
            self.failed.append((label, error))
        except OSError as error:
            # A damaged directory of contents points to places before the file's beginning.
            if error.errno != errno.EINVAL:
                raise
            self.failed.append((label, UserError("archive_unreadable", file=label)))
        except _DAMAGED:
            self.failed.append((label, UserError("archive_unreadable", file=label)))

    def _unpack_one(
        self, label: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, depth: int
    ) -> None:
        name = Path(info.filename.replace("\\", "/")).name
        self.files += 1
        if self.files > MAX_FILES:
            raise UserError("archive_too_large", file=label)
        # A name inside an archive never decides where we write; parts of a shapefile keep together.
        stem = f"{label}/{info.filename.rpartition('.')[0]}" if _shape_part(name) else self.files
        number = self.numbers.setdefault(stem, self.files)
        target = self.scratch / f"{number:05d}{Path(name).suffix.lower()[:9]}"
        try:
            with archive.open(info) as source, target.open("wb") as sink:
                while block := source.read(_CHUNK):
                    self.unpacked += len(block)
                    if self.unpacked > MAX_UNPACKED_BYTES:
                        raise UserError("archive_too_large", file=label)
                    sink.write(block)
        except _DAMAGED as e:
            # One damaged or locked file in an archive does not stop the others.
            target.unlink(missing_ok=True)
            shown = f"{label}/{mask(name)}"
            locked = isinstance(e, RuntimeError) and "password" in str(e)
            key = "archive_protected" if locked else "archive_unreadable"
            self.failed.append((shown, UserError(key, file=shown)))
            return
        shown = f"{label}/{mask(name)}"
        if name.lower().endswith(".zip"):
            self._unpack(shown, target, depth + 1)
        elif not _shape_part(name) or target.suffix == ".shp":
            self.found.append((shown, target))


def _wanted(name: str) -> bool:
    return (
        name.lower() not in COMPANIONS
        and not name.startswith((".", "~$"))
        and name.lower().endswith((*TABLE_SUFFIXES, *boundaries.SUFFIXES, ".zip"))
    )


def _shape_part(name: str) -> bool:
    return name.lower().endswith(SHAPE_PARTS) and not name.startswith(".")


def _beside_a_shape(path: Path) -> bool:
    """A part of a shapefile, named beside it, is read with it."""
    part = path.suffix.lower() in SHAPE_PARTS[1:]
    return part and any(path.with_suffix(suffix).exists() for suffix in (".shp", ".SHP"))


def read_tables(name: str, path: Path, scratch: Path) -> list[Table]:
    """The tables of one file.

    Raises:
        UserError: when the file is not one we can read, in words that say what it seems to be.
    """
    stamp = _stamp(path)
    if path.stat().st_size == 0:
        raise UserError("file_empty", file=name)
    with path.open("rb") as handle:
        start = handle.read(4096)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        tables = _read_workbook(name, path, scratch, protected=_is_encrypted(path, start))
    elif path.suffix.lower() == ".dta" or start.startswith(b"<stata_dta>"):
        tables = [_read_stata(name, path)]
    else:
        text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
        if text.startswith(_MARKUP):
            raise UserError("html_file", file=name)
        encoding = _wide_encoding(start)
        if encoding is None and (b"\x00" in start or start.startswith(_OTHER_FORMATS)):
            raise UserError("binary_file", file=name)
        tables = [_read_csv(name, path, scratch, encoding)]
    for table in tables:
        table._stamp, table._source = stamp, path
        table.check_unchanged()
    return tables


#: web pages and XML, which many systems call .xls
_MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<table", b"<meta", b"<head", b"mime-version")
#: pictures, documents and archives that people drop beside their tables
_OTHER_FORMATS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"Rar!", b"7z\xbc\xaf",
                  b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"ID3", b"PAR1", b"PK\x05\x06")  # fmt: skip


def _wide_encoding(start: bytes) -> str | None:
    """UTF-16 by its mark, or by every other byte of plain text being zero."""
    if start.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return None
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    pairs = len(start) // 2
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = start[offset : 2 * pairs : 2].count(0)
        others = start[1 - offset : 2 * pairs : 2].count(0)
        if pairs > 2 and zeros > 0.8 * pairs and not others:
            return encoding
    return None


def _is_encrypted(path: Path, start: bytes) -> bool:
    """A workbook with a password is an old container around an encrypted package."""
    if not start.startswith(b"\xd0\xcf\x11\xe0"):
        return False
    mark = "EncryptedPackage".encode("utf-16-le")
    rest = b""
    with path.open("rb") as handle:
        while block := handle.read(_CHUNK):
            if mark in rest + block:
                return True
            rest = block[-len(mark) :]
    return False


def _read_workbook(name: str, path: Path, scratch: Path, protected: bool) -> list[Table]:
    if protected:
        raise UserError("workbook_protected", file=name)
    try:
        sheets = read_sheets(path, scratch)
    except Unreadable as error:
        raise UserError(error.key, **{**error.values, "file": name}) from None
    digest = _file_digest(path)
    tables = [
        Table(
            file=name,
            sheet=mask(sheet.name),
            signature=hashlib.sha256(digest.encode() + sheet.name.encode()).hexdigest(),
            sample=[list(row.values()) for row in sheet.table.slice(0, SAMPLE_ROWS).to_pylist()],
            bytes=path.stat().st_size,
            notes=[
                Warned(code, None, count, mask(example) if example else None)
                for code, count, example in sheet.notes
            ],
            _arrow=sheet.table,
        )
        for sheet in sheets
        if sheet.table.num_rows
    ]
    if not tables:
        raise UserError("file_empty", file=name)
    return tables


def _read_stata(name: str, path: Path) -> Table:
    try:
        arrow = read_stata(str(path))
    except ValueError:
        raise UserError("stata_unreadable", file=name) from None
    if arrow.num_rows < 2:
        raise UserError("file_empty", file=name)
    if arrow.num_columns > MAX_COLUMNS:
        raise UserError("too_many_columns", file=name, limit=MAX_COLUMNS)
    return Table(
        file=name,
        sheet=None,
        signature=_file_digest(path),
        sample=[list(row.values()) for row in arrow.slice(0, SAMPLE_ROWS).to_pylist()],
        bytes=path.stat().st_size,
        _arrow=arrow,
    )


def _file_digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _read_csv(name: str, path: Path, scratch: Path, wide: str | None) -> Table:
    lines, size = 0, 0
    encoding = wide or "utf-8-sig"
    # Signing a large file takes longer than looking at it, and nothing waits for it but landing.
    beside = ThreadPoolExecutor(1)
    signature = beside.submit(_file_digest, path)
    beside.shutdown(wait=False)
    with path.open("rb") as handle:
        pending = b""
        while block := handle.read(_CHUNK):
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
        converted = scratch / f"{signature.result()[:16]}.csv"
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
        signature=signature,
        sample=sample,
        path=path,
        separator=separator,
        plain=wide is None,
        bytes=size,
        lines=lines,
        _encoding=encoding,
    )


def _separator(head: str) -> str:
    """The separator that splits the first lines into the most, and the most even, columns."""

    def evenness(separator: str) -> tuple[int, int]:
        widths = [len(row) for row in _sample(head, separator)] or [0]
        common = max(set(widths), key=lambda width: (widths.count(width) * (width > 1), width))
        return (widths.count(common) if common > 1 else 0, common)

    return max(_SEPARATORS, key=evenness)


def _sample(head: str, separator: str) -> list[list[str | None]]:
    rows: list[list[str | None]] = []
    csv.field_size_limit(1 << 30)
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=separator):
            rows.append([cell.replace("\0", "") or None for cell in row])
            if len(rows) == SAMPLE_ROWS:
                break
    except csv.Error:
        # A cell larger than the reader allows: what was read so far still shows the header.
        pass
    return rows
