"""Kill imports, builds and rollbacks at random moments, fill the disk, and see what is left.

    python benchmarks/faults.py [--kills 200] [--minutes 0] [--groups 30] [--seed 1] [--disk 20]

Then what ``races`` holds: readers during publishes, writers at once, torn files, a clock set back.
After each fault: the version served before answers with the same estimates, every manifest has its
Parquet with the right checksum, and the next run brings the home exactly to where an undisturbed
run would have brought it, leaving no leftovers. Works on temporary homes only. ``--disk`` needs the
right to mount a small file system in memory; without it, writes are limited by size instead.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from analytics import cli
from analytics.demonstration import write_demonstration
from analytics.errors import UserError
from analytics.pipeline import build
from analytics.warehouse import build as steps
from analytics.warehouse.home import KEPT_BUILDS, Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import Reader
from benchmarks import races

#: workers start from a process that has loaded everything and done nothing: a kill hits work and
#: not the start of Python, and hundreds of starts cost nothing
_START = get_context("forkserver")
_START.set_forkserver_preload(["analytics.pipeline", "analytics.cli", "analytics.evidence.engine"])
#: of the kills of an import or a rollback, one in so many is followed by a build as well
_BUILT_AFTER = 4


@dataclass
class Outcome:
    """What the faults came to; ``wrong`` must stay empty."""

    kills: Counter[str] = field(default_factory=Counter)
    finished_before_kill: Counter[str] = field(default_factory=Counter)
    published_anyway: int = 0
    leftovers_cleared: int = 0
    full_disks: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


#: enough for every stage of a build, and few enough for hundreds of them
KEPT = ("vsla_group", "vsla_cycle", "vsla_observation", "crisis_event")


class Range:
    """A home with one version published and half of its data still to come."""

    def __init__(self, folder: Path, groups: int) -> None:
        self.folder = folder
        files = folder / "files"
        write_demonstration(files, groups=groups, since="2022-01", until="2022-12")
        for path in files.glob("*.csv"):
            if path.stem not in KEPT:
                path.unlink()
        self.rest = folder / "rest"
        self.rest.mkdir()
        observations = files / "vsla_observation.csv"
        head, *lines = observations.read_text(encoding="utf-8").splitlines(keepends=True)
        half, part = len(lines) // 2, max(1, len(lines) // 8)
        observations.write_text(head + "".join(lines[:half]), encoding="utf-8")
        for number, start in enumerate(range(half, len(lines), part)):
            text = head + "".join(lines[start : start + part])
            (self.rest / f"part{number}.csv").write_text(text, encoding="utf-8")
        self.base = folder / "base"
        import_files(Home(self.base), [files])
        self.first = build(Home(self.base)).build_id
        self.second = build(Home(self.base)).build_id
        whole = folder / "whole"
        shutil.copytree(self.base, whole)
        import_files(Home(whole), [self.rest])
        self.landed = landed(Home(whole))
        build(Home(whole))
        self.estimates = {
            "before": fingerprint(Home(self.base)), "after": fingerprint(Home(whole)),
        }  # fmt: skip

    def arguments(self, verb: str, home: Path) -> list[str]:
        extra = {"import": [str(self.rest)], "rollback": [self.first]}
        return [verb, *extra.get(verb, []), "--home", str(home), "--json"]


def landed(home: Home) -> list[tuple[str, str, int]]:
    """Every batch by content: what an undisturbed run lands, a disturbed one must land too."""
    return sorted((b.dataset, b.parquet_sha256, b.rows["landed"]) for b in home.batches())


def fingerprint(home: Home) -> str:
    """The published public estimates, in one digest; read by a fresh reader."""
    current = home.current()
    assert current is not None
    reader = Reader(home, current["build_id"])
    try:
        rows = reader.query(
            "SELECT * EXCLUDE (build_id) FROM estimate_public ORDER BY ALL"
            if "build_id" in _columns(reader)
            else "SELECT * FROM estimate_public ORDER BY ALL"
        )
        # Sums of fractions depend on the order of addition in their last digit.
        told = [tuple(f"{c:.9g}" if isinstance(c, float) else c for c in row) for row in rows]
        return hashlib.sha256(repr(sorted(map(str, told))).encode()).hexdigest()[:16]
    finally:
        reader.close()


def _columns(reader: Reader) -> set[str]:
    return {row[0] for row in reader.query("DESCRIBE estimate_public")}


@dataclass
class Worker:
    """A verb at work in a process of its own."""

    process: Any
    said: Any
    code: int | None = None
    out: str = ""
    err: str = ""

    def finish(self, seconds: float = 900) -> None:
        """Wait for its end: exit code (negative: the signal that ended it) and what it said."""
        if self.said.poll(seconds):
            with contextlib.suppress(EOFError):
                self.code, self.out, self.err = self.said.recv()
        self.process.join(seconds)
        if self.code is None:
            self.code = self.process.exitcode

    def kill(self) -> bool:
        """``kill -9``; whether it had finished before."""
        finished = not self.process.is_alive()
        self.process.kill()
        self.process.join()
        return finished


def _work(arguments: list[str], file_bytes: int, said: Any) -> None:
    if file_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    out, err = io.StringIO(), io.StringIO()
    said.send("ready")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main(arguments)
        except BaseException:
            traceback.print_exc()
            code = 70
    said.send((code, out.getvalue(), err.getvalue()))


def start(arguments: list[str], file_bytes: int = 0) -> Worker:
    """Begin a verb; it is at work when this returns.

    Args:
        file_bytes: no file may grow larger (0: as large as it likes).
    """
    here, there = _START.Pipe(duplex=False)
    process = _START.Process(target=_work, args=(arguments, file_bytes, there))
    process.start()
    there.close()
    here.recv()
    return Worker(process, here)


def leftovers(home: Path) -> list[Path]:
    return [
        *home.glob(".scratch/*"), *home.glob("warehouse/.building-*"),
        *home.glob("**/.*.json.*"),
        *(p for p in home.glob("landed/*/*.parquet") if not p.with_suffix(".json").exists()),
    ]  # fmt: skip


def kill_once(ground: Range, verb: str, after: float, home: Path, outcome: Outcome) -> None:
    """One kill of ``verb``, ``after`` seconds into its work, on a fresh copy of the base home."""
    shutil.copytree(ground.base, home)
    worker = start(ground.arguments(verb, home))
    time.sleep(after)
    finished = worker.kill()
    outcome.kills[verb] += 1
    outcome.finished_before_kill[verb] += finished
    examine(ground, verb, home, f"{verb} killed after {after:.3f} s", outcome)
    shutil.rmtree(home)


def examine(ground: Range, verb: str, root: Path, what: str, outcome: Outcome) -> None:
    home = Home(root)
    try:
        served = (home.current() or {}).get("build_id")
        if fingerprint(home) != ground.estimates["before"]:
            outcome.wrong.append(f"{what}: other estimates served")
        if served != ground.second:
            outcome.published_anyway += 1
            if verb == "import" or served not in home.builds():
                outcome.wrong.append(f"{what}: serves {served}")
        steps.verify(home, home.batches())
        left = len(leftovers(root))
        import_files(home, [ground.rest])
        if landed(home) != ground.landed:
            outcome.wrong.append(f"{what}: another import does not complete the rows")
        if verb == "build" or not outcome.kills[verb] % _BUILT_AFTER:
            build(home)
            if fingerprint(home) != ground.estimates["after"]:
                outcome.wrong.append(f"{what}: the next version differs")
        if remaining := leftovers(root):
            outcome.wrong.append(f"{what}: leftovers {[p.name for p in remaining]}")
        outcome.leftovers_cleared += left
        if len(home.builds()) > KEPT_BUILDS:
            outcome.wrong.append(f"{what}: {len(home.builds())} versions kept")
    except (UserError, OSError, AssertionError) as error:
        outcome.wrong.append(f"{what}: {type(error).__name__} {error}")


def durations(ground: Range, folder: Path) -> dict[str, float]:
    """How long each verb works undisturbed, so that kills fall inside."""
    found = {}
    for verb in ("import", "build", "rollback"):
        home = folder / f"time-{verb}"
        shutil.copytree(ground.base, home)
        worker = start(ground.arguments(verb, home))
        begun = time.perf_counter()
        worker.finish()
        found[verb] = time.perf_counter() - begun
        shutil.rmtree(home)
    return found


def kill(
    ground: Range, kills: int, minutes: float, seed: int, outcome: Outcome
) -> dict[str, float]:
    rng = random.Random(seed)
    end = time.monotonic() + (minutes or 10**6) * 60
    spans = durations(ground, ground.folder)
    # Publishing is the end of a build and the whole of a rollback.
    verbs = rng.choices(["import", "build", "publish", "rollback"], [35, 35, 20, 10], k=kills)
    for number, verb in enumerate(verbs):
        if time.monotonic() > end:
            break
        low, high = (0.8, 1.05) if verb == "publish" else (0.0, 1.0)
        verb = "build" if verb == "publish" else verb
        kill_once(ground, verb, rng.uniform(low, high) * spans[verb],
                  ground.folder / f"home{number}", outcome)  # fmt: skip
    return spans


def fill_disk(ground: Range, verb: str, room: int, number: int, outcome: Outcome) -> None:
    """Run ``verb`` where only ``room`` bytes are left (or, without mounting, files end there)."""
    home = ground.folder / f"full{number}"
    home.mkdir()
    mounted = not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(home)], capture_output=True
    ).returncode
    try:
        shutil.copytree(ground.base, home, dirs_exist_ok=True)
        if mounted:
            disk = os.statvfs(home)
            taken = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
            _resize(home, str(taken + room))
        worker = start(ground.arguments(verb, home), 0 if mounted else room)
        worker.finish(300)
        outcome.full_disks["done" if worker.code in (0, 1) else "refused"] += 1
        what = f"{verb} with {room} bytes left"
        if worker.code not in (0, 1, 2) or "Traceback" in worker.err:
            outcome.wrong.append(f"{what}: exit {worker.code}, {worker.err[-300:]}")
        json.loads(worker.out)
        if fingerprint(Home(home)) != ground.estimates["before"]:
            outcome.wrong.append(f"{what}: other estimates served")
        if mounted:
            _resize(home, "1g")
        examine(ground, verb, home, what, outcome)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(home)], check=True)
        shutil.rmtree(home, ignore_errors=True)


def _resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=0, help="no kill begins later (0: all)")
    parser.add_argument("--groups", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--disk", type=int, default=20, help="full disks to try")
    parser.add_argument("--publishes", type=int, default=20, help="versions changed under a reader")
    parser.add_argument("--torn", type=int, default=16, help="files to tear or change")
    arguments = parser.parse_args()
    outcome, begun = Outcome(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        ground = Range(Path(folder), arguments.groups)
        spans = kill(ground, arguments.kills, arguments.minutes, arguments.seed, outcome)
        rng = random.Random(arguments.seed)
        for number in range(arguments.disk):
            verb = ("import", "build")[number % 2]
            room = int(10 ** rng.uniform(2, 5.5 if verb == "import" else 7.3))
            fill_disk(ground, verb, room, number, outcome)
        reads = races.read_while_publishing(ground, arguments.publishes, outcome)
        races.two_imports_and_a_build(ground, outcome)
        races.clock_set_back(ground, outcome)
        torn = Counter(races.tear(ground, n, rng, outcome) for n in range(arguments.torn))
    print(json.dumps({
        "kills": dict(outcome.kills), "survived": outcome.kills.total() - len(outcome.wrong),
        "finished_before_kill": dict(outcome.finished_before_kill),
        "published_before_kill": outcome.published_anyway,
        "leftovers_cleared": outcome.leftovers_cleared, "full_disks": dict(outcome.full_disks),
        "reads_during_publishes": reads, "publishes": arguments.publishes, "torn": dict(torn),
        "seconds_undisturbed": {k: round(v, 2) for k, v in spans.items()},
        "seconds": round(time.perf_counter() - begun), "wrong": outcome.wrong,
    }, indent=1))  # fmt: skip
    return int(bool(outcome.wrong))


if __name__ == "__main__":
    os.environ.setdefault("EVIDENCE_HOME", os.devnull + "/nowhere")
    sys.exit(main())
