"""Files dropped on the page: in a scratch folder for as long as they are looked at, then gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from analytics.sources import personal
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
