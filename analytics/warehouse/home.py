"""The evidence home: one folder that holds everything that changes (design.md §3)."""

from __future__ import annotations

import datetime as dt
import fcntl
import hmac
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from analytics.errors import UserError
from analytics.sources import mapping
from analytics.sources.mapping import Mapping
from analytics.warehouse.turns import in_line, standing

SCHEMA = 1
KEPT_BUILDS = 5
#: seconds between two looks at whose turn it is
_LOOK_AGAIN = 0.2


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
    """The manifest of one landed batch. ``sequence`` orders batches; the clock does not.

    ``by`` is the role that wrote it in a form (empty: it came as a file); the keys of a
    ``withdrawn`` batch no longer stand.
    """

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
    by: str = ""
    withdrawn: bool = False


@dataclass(frozen=True)
class Removed:
    """A batch that was taken out, and when."""

    batch: Batch
    removed_at: str


@dataclass(frozen=True)
class Holder:
    """Who is changing the home: ``doing`` (import, build, …) since a moment in UTC.

    ``place`` is that of whoever is told, in the line behind them: 1 is next.
    """

    doing: str
    since: dt.datetime
    place: int = 1


Waiting = Callable[[Holder], None]


def nobody_told(holder: Holder) -> None:
    """For callers that wait in silence."""


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

    def removed(self) -> list[Removed]:
        """What was taken out of this home, the latest last: its manifest, never its rows."""
        found = [
            Removed(**{**told, "batch": Batch(**told["batch"])})
            for path in self.landed.glob("*/removed/*.json")
            if not path.name.startswith(".")
            for told in [json.loads(path.read_text(encoding="utf-8"))]
            # Until its manifest is gone a batch is landed; a kill may come in between.
            if not self.manifest_of(told["batch"]["dataset"], told["batch"]["batch_id"]).exists()
        ]
        return sorted(found, key=lambda removed: removed.removed_at)

    def manifest_of(self, dataset: str, batch_id: str) -> Path:
        return self.landed / dataset / f"{batch_id}.json"

    def mark(self, batch_id: str) -> str:
        """How a batch is called before the public: by a digest that only this home can make.

        A batch's own name is made of its content, and whoever guessed a small file to the byte
        could see from the name that the guess was right. Empty in a home not written to since
        marks exist.
        """
        path = self.root / "marks.json"
        if not path.exists():
            return ""
        key = str(_read(path)["key"]).encode()
        return hmac.new(key, batch_id.encode(), "sha256").hexdigest()[:12]

    def parquet(self, batch: Batch) -> Path:
        return self.landed / batch.dataset / f"{batch.batch_id}.parquet"

    def rows(self, batches: Iterable[Batch]) -> str:
        """SQL for the rows of batches of one dataset, as one table.

        Whole numbers are landed as narrow as they fit, and read as wide as the widest.
        """
        paths = ("'" + str(self.parquet(b)).replace("'", "''") + "'" for b in batches)
        return f"read_parquet([{', '.join(paths)}], union_by_name=true)"

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

    def remember(self, build_id: str, told: dict[str, Any]) -> None:
        """Keep a page about a version, which stays when the version itself is pruned."""
        write_atomically(self.warehouse / f"{build_id}.json", json.dumps(told, indent=1))

    def remembered(self) -> dict[str, dict[str, Any]]:
        """``build_id`` → what is kept of it, oldest first."""
        pages = sorted(self.warehouse.glob("[0-9]*T[0-9]*.json"))
        return {path.stem: _read(path) for path in pages}

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
        for folder in self.warehouse.glob(".building-*"):
            shutil.rmtree(folder, ignore_errors=True)
        drafts = [path for place in (self.root, self.warehouse, self.rejects, self.landed)
                  for path in (*place.glob(".*.json.*"), *place.glob("*/.*.json.*"),
                               *place.glob(".*.csv.*"), *place.glob(".*.xlsx.*"))]  # fmt: skip
        orphans = [path for path in self.landed.glob("*/*.parquet")
                   if not path.with_suffix(".json").exists()]  # fmt: skip
        for path in (*drafts, *orphans):
            path.unlink(missing_ok=True)

    @contextmanager
    def lock(self, doing: str, waiting: Waiting = nobody_told) -> Iterator[None]:
        """One writer at a time, in the order they came.

        Whoever must wait is told who is at work and the place in line, again when either changes.
        What a killed job left is cleared first.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        # Opened without emptying it: it says what the holder is doing.
        with (self.root / ".lock").open("a+") as handle:
            self._take_turn(handle, waiting)
            handle.truncate(0)
            since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            handle.write(json.dumps({"pid": os.getpid(), "doing": doing, "since": since}))
            handle.flush()
            self._sweep()
            if not (marks := self.root / "marks.json").exists():
                write_atomically(marks, json.dumps({"key": secrets.token_hex(32)}))
            try:
                yield
            finally:
                handle.truncate(0)

    def _take_turn(self, handle: IO[str], waiting: Waiting) -> None:
        line = self.root / ".turns"
        if not in_line(line) and _locked(handle):
            return
        with standing(line) as place_now:
            told = None
            while (place := place_now()) > 1 or not _locked(handle):
                holder = self.holder() or Holder("other", dt.datetime.now(dt.UTC))
                now = (holder.doing, place)
                if now != told:
                    waiting(replace(holder, place=place))
                    told = now
                time.sleep(_LOOK_AGAIN)

    def holder(self) -> Holder | None:
        """Who said last that they change this home; None when they have finished."""
        try:
            told = json.loads((self.root / ".lock").read_text(encoding="utf-8"))
            return Holder(told["doing"], dt.datetime.fromisoformat(told["since"]))
        except (OSError, ValueError, KeyError):
            return None

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for one job's temporary files, inside the home so that a rename is atomic.

        What a killed process left is cleared: it may be a partner's file as it came.
        """
        parent = self.root / ".scratch"
        parent.mkdir(parents=True, exist_ok=True)
        for leftover in parent.iterdir():
            if not _alive(leftover.name.partition("-")[0]):
                shutil.rmtree(leftover, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))
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


def _locked(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def manifest(batch: Batch) -> str:
    return json.dumps(asdict(batch), ensure_ascii=False, indent=1)
