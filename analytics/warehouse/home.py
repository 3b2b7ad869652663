"""The evidence home: one folder that holds everything that changes (design.md §3)."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from analytics.errors import UserError
from analytics.sources import mapping
from analytics.sources.mapping import Mapping

SCHEMA = 1
KEPT_BUILDS = 5


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A file to write beside ``path``; it takes its place once it is whole and on the disk."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
        with draft.open("rb") as handle:
            os.fsync(handle.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def write_atomically(path: Path, content: str) -> None:
    """Replace a small file so that a reader sees the old or the new one, never a part."""
    with draft_of(path) as draft:
        draft.write_text(content, encoding="utf-8")


@dataclass(frozen=True)
class Batch:
    """The manifest of one landed batch. ``sequence`` orders batches; the clock does not."""

    batch_id: str
    dataset: str
    sequence: int
    file: str
    sheet: str | None
    source_sha256: str
    parquet_sha256: str
    landed_at: str
    rows: dict[str, int] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Home:
    """Paths and small state of an evidence home."""

    root: Path

    @property
    def landed(self) -> Path:
        return self.root / "landed"

    @property
    def rejects(self) -> Path:
        return self.root / "rejects"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse"

    @property
    def saved_mappings(self) -> Path:
        return self.root / "mappings"

    def mappings(self) -> list[Mapping]:
        """The layouts saved here, by name.

        Raises:
            UserError: when a saved mapping does not read.
        """
        return [mapping.load(path) for path in sorted(self.saved_mappings.glob("*.yaml"))]

    def kind(self) -> str | None:
        """``demonstration``, ``operational`` or None before the first import."""
        path = self.root / "home.json"
        return str(_read(path)["kind"]) if path.exists() else None

    def declare(self, kind: str) -> None:
        """Make this home demonstration or operational, for good.

        Raises:
            UserError: when it is already of the other kind.
        """
        current = self.kind()
        if current is not None and current != kind:
            raise UserError(f"home_is_{current}", home=self.root.name)
        if current is None:
            self.root.mkdir(parents=True, exist_ok=True)
            write_atomically(self.root / "home.json", json.dumps({"kind": kind, "schema": SCHEMA}))

    def batches(self, dataset: str | None = None) -> list[Batch]:
        """Every landed batch in landing order; a Parquet file without manifest never landed."""
        pattern = f"{dataset or '*'}/*.json"
        found = [
            Batch(**_read(path))
            for path in self.landed.glob(pattern)
            if not path.name.startswith(".")
        ]
        return sorted(found, key=lambda batch: (batch.sequence, batch.batch_id))

    def parquet(self, batch: Batch) -> Path:
        return self.landed / batch.dataset / f"{batch.batch_id}.parquet"

    def current(self) -> dict[str, str] | None:
        """``{"build_id", "built_at"}`` of the published version.

        A pointer that a failing disk tore, or that points at nothing, is as good as the last
        complete version.
        """
        path = self.warehouse / "current.json"
        if not path.exists():
            return None
        try:
            found = dict(_read(path))
            if (self.warehouse / found["build_id"]).is_dir():
                return found
        except (UserError, KeyError, TypeError, ValueError):
            pass
        builds = self.builds()
        return {"build_id": builds[-1], "built_at": ""} if builds else None

    def publish(self, build_id: str, built_at: str) -> None:
        write_atomically(
            self.warehouse / "current.json",
            json.dumps({"build_id": build_id, "built_at": built_at}),
        )

    def builds(self) -> list[str]:
        """Complete builds, oldest first (their names sort by time)."""
        if not self.warehouse.exists():
            return []
        return sorted(
            path.name
            for path in self.warehouse.iterdir()
            if path.is_dir() and not path.name.startswith(".")
        )

    def prune(self) -> None:
        """Keep the last builds and the published one."""
        published = (self.current() or {}).get("build_id")
        for name in self.builds()[:-KEPT_BUILDS]:
            if name != published:
                shutil.rmtree(self.warehouse / name, ignore_errors=True)

    def _sweep(self) -> None:
        """Clear what a killed import or build left: nothing of it was ever landed or published."""
        for folder in (*self.warehouse.glob(".building-*"), *self.root.glob(".scratch/*")):
            shutil.rmtree(folder, ignore_errors=True)
        drafts = [path for place in (self.root, self.warehouse, self.rejects, self.landed)
                  for path in (*place.glob(".*.json.*"), *place.glob("*/.*.json.*"),
                               *place.glob(".*.csv.*"))]  # fmt: skip
        orphans = [path for path in self.landed.glob("*/*.parquet")
                   if not path.with_suffix(".json").exists()]  # fmt: skip
        for path in (*drafts, *orphans):
            path.unlink(missing_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One writer at a time; a second one waits for the first, then clears what it left."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._sweep()
            yield

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for one job's temporary files, inside the home so that a rename is atomic."""
        folder = self.root / ".scratch" / str(os.getpid())
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    except ValueError:
        raise UserError("state_damaged", file=f"{path.parent.name}/{path.name}") from None


def manifest(batch: Batch) -> str:
    return json.dumps(asdict(batch), ensure_ascii=False, indent=1)
