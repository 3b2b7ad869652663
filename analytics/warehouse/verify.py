"""Whether a home is whole: every landed batch and every file of the published version.

A batch's checksum stands in its manifest, a version's in ``seal.json`` beside its files. A copy of
the folder that passes is a backup; a copy of a backup that passes is the home again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from analytics.warehouse.home import Home, write_atomically

SEAL = "seal.json"


#: checksums of files that were read a moment ago, while ``reading_once``
_read: ContextVar[dict[tuple[int, ...], str] | None] = ContextVar("_read", default=None)


@dataclass(frozen=True)
class Verified:
    """What was looked at, and what is missing or not as it was written (paths within the home)."""

    batches: int
    files: int
    damaged: tuple[str, ...]


def seal(folder: Path) -> None:
    """Write the checksums of a version's files; last, before it takes its place."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    sums = {path.relative_to(folder).as_posix(): _sha256(path) for path in files}
    write_atomically(folder / SEAL, json.dumps(sums, indent=1))


def verify_home(home: Home) -> Verified:
    """Read every landed batch and the published version anew.

    Raises:
        UserError: when a manifest cannot be read.
    """
    batches = home.batches()
    damaged = [
        f"landed/{batch.dataset}/{batch.batch_id}.parquet"
        for batch in batches
        if not _is(home.parquet(batch), batch.parquet_sha256)
    ]
    current = home.current()
    sums: dict[str, str] = {}
    if current:
        folder = home.warehouse / current["build_id"]
        try:
            sums = dict(json.loads((folder / SEAL).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            damaged.append(f"warehouse/{folder.name}/{SEAL}")
        damaged += [
            f"warehouse/{folder.name}/{name}"
            for name, sha256 in sums.items()
            if not _is(folder / name, sha256)
        ]
    return Verified(len(batches), len(sums), tuple(damaged))


def whole(folder: Path, names: Iterable[str]) -> bool:
    """Whether these files of a version are as they were sealed."""
    try:
        sums = json.loads((folder / SEAL).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return all(name in sums and _is(folder / name, sums[name]) for name in names)


def _is(path: Path, sha256: str) -> bool:
    try:
        return _sha256(path) == sha256
    except OSError:
        return False


@contextmanager
def reading_once() -> Iterator[None]:
    """Within it a file is read once for its checksum, under whatever names it goes: a build asks
    several times whether the version before is whole, and shares files with it."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def _sha256(path: Path) -> str:
    known = _read.get()
    with path.open("rb") as handle:
        about = os.fstat(handle.fileno())
        same = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)
        if known is None:
            return hashlib.file_digest(handle, "sha256").hexdigest()
        if same not in known:
            known[same] = hashlib.file_digest(handle, "sha256").hexdigest()
        return known[same]
