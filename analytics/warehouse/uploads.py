"""Files dropped on the page: in a scratch folder for as long as they are looked at, then gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from analytics.errors import UserError
from analytics.sources import personal
from analytics.sources.files import find_files, read_tables
from analytics.warehouse.home import Home

_LONGEST = 80


def safe_name(name: str) -> str:
    """A name to show and to write under: no path, nothing personal, the suffix kept."""
    last = PurePosixPath(personal.mask(name).replace("\\", "/")).name
    kept = re.sub(r"[^\w .()+&'’\-]", "_", last).lstrip(". ") or "_"
    stem, dot, suffix = kept.rpartition(".")
    return f"{stem[:_LONGEST]}{dot}{suffix[:10]}" if dot else kept[:_LONGEST]


@contextmanager
def uploaded(home: Home, files: Iterable[tuple[str, bytes | memoryview]]) -> Iterator[list[Path]]:
    """The files on disk, each in a folder of its own so that two of one name do not meet."""
    with home.scratch() as folder:
        paths = []
        for number, (name, content) in enumerate(files):
            own = folder / f"{number:03d}"
            own.mkdir()
            path = own / safe_name(name)
            path.write_bytes(content)
            paths.append(path)
        yield paths


def first_rows(
    home: Home, paths: list[Path], wanted: set[tuple[str, str | None]]
) -> dict[tuple[str, str | None], list[list[str | None]]]:
    """The first rows of the tables ``wanted``, by (file, sheet), for a person to say what they are.

    Tables that cannot be read are left out; the preview has said why.
    """
    found = {}
    with home.scratch() as scratch:
        for name, path in find_files(paths, scratch)[0]:
            if name not in {file for file, _ in wanted}:
                continue
            try:
                tables = read_tables(name, path, scratch)
            except (UserError, OSError):
                continue
            found.update(
                {(t.file, t.sheet): t.sample for t in tables if (t.file, t.sheet) in wanted}
            )
    return found
