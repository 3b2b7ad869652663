"""Kill imports, builds, publications and rollbacks, fill the disk, and see what is left.

    python -m benchmarks.faults [--kills 200] [--minutes 0] [--groups 30] [--seed 1] [--disk 20]

Kills come in turn to every stage of every verb (``PLACES``): at a random moment of the stage, or
just before one of the changes it makes on the disk. Disks fill at each of those changes, and,
really mounted, wherever so many bytes take the run. Then what ``races`` holds: readers during
publishes, writers at once, torn files, a clock set back.

After each fault: the version served before answers with the same estimates, every manifest has its
Parquet with the right checksum, and the next run brings the home exactly to where an undisturbed
run would have brought it, leaving no leftovers. Works on temporary homes only. ``--disk`` needs the
right to mount a small file system in memory; without it, writes are limited by size instead.

The tally goes to standard error as it grows; SIGINT or SIGTERM ends the run with the tally so far.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from analytics.demonstration import write_demonstration
from analytics.errors import UserError
from analytics.pipeline import build
from analytics.warehouse import build as steps
from analytics.warehouse.home import KEPT_BUILDS, Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import Reader
from analytics.warehouse.status import rollback
from benchmarks import races
from benchmarks.workers import Worker, start

#: where kills fall, of a hundred: verb, stage (as the product tells it; of an import, whether a
#: file is opened or judged and landed), and whether at a moment or just before a change on disk
PLACES = {
    ("import", "reading", "moment"): 10, ("import", "landing", "moment"): 15,
    ("import", "any", "write"): 10,
    ("build", "landed", "moment"): 5, ("build", "marts", "moment"): 7,
    ("build", "estimates", "moment"): 13, ("build", "claims", "moment"): 5,
    ("build", "checks", "moment"): 3, ("build", "any", "write"): 7,
    ("build", "publish", "moment"): 15,
    ("rollback", "any", "moment"): 5, ("rollback", "any", "write"): 5,
}  # fmt: skip
#: of the faults, one in so many is followed by an import and a build of everything
_ALL_AFTER = 4
#: seconds between two tallies
_TOLD = 20


@dataclass
class Outcome:
    """What the faults came to; ``wrong`` must stay empty."""

    kills: Counter[str] = field(default_factory=Counter)
    published_anyway: int = 0
    leftovers_cleared: int = 0
    full_disks: Counter[str] = field(default_factory=Counter)
    races: dict[str, object] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)
    told: float = 0.0

    @property
    def faults(self) -> int:
        return self.kills.total() + self.full_disks.total()

    def as_json(self) -> dict[str, object]:
        by_verb: Counter[str] = Counter()
        for place, count in self.kills.items():
            by_verb[place.split()[0]] += count
        return {
            "kills": self.kills.total(), "by_verb": dict(by_verb),
            "by_stage": dict(sorted(self.kills.items())),
            "published_before_kill": self.published_anyway,
            "leftovers_cleared": self.leftovers_cleared, "full_disks": dict(self.full_disks),
            **self.races, "seconds": round(time.monotonic() - self.begun), "wrong": self.wrong,
        }  # fmt: skip

    def tell(self, *, now: bool = False) -> None:
        """The tally on standard error, every so often."""
        if now or time.monotonic() - self.told >= _TOLD:
            self.told = time.monotonic()
            print(json.dumps(self.as_json()), file=sys.stderr, flush=True)


#: enough for every stage of a build, and few enough for hundreds of them
KEPT = ("vsla_group", "vsla_cycle", "vsla_observation", "crisis_event")


class Range:
    """A home with one version published and half of its data still to come."""

    def __init__(self, folder: Path, groups: int) -> None:
        self.folder = folder
        files = folder / "files"
        write_demonstration(files, groups=groups, since="2022-07", until="2022-12")
        for path in files.glob("*.csv"):
            if path.stem not in KEPT:
                path.unlink()
        self.rest = folder / "rest"
        self.rest.mkdir()
        observations = files / "vsla_observation.csv"
        head, *lines = observations.read_text(encoding="utf-8").splitlines(keepends=True)
        half, part = len(lines) // 2, max(1, len(lines) // 8)
        observations.write_text(head + "".join(lines[:half]), encoding="utf-8")
        for number, first in enumerate(range(half, len(lines), part)):
            text = head + "".join(lines[first : first + part])
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
        self._undisturbed = {verb: self._measure(verb) for verb in ("import", "build", "rollback")}

    def _measure(self, verb: str) -> Worker:
        """A verb at work undisturbed, so that faults fall inside."""
        home = self.folder / f"undisturbed-{verb}"
        shutil.copytree(self.base, home)
        worker = start(self.arguments(verb, home), home)
        worker.finish()
        shutil.rmtree(home)
        if worker.code not in (0, 1):
            raise RuntimeError(f"{verb} undisturbed: exit {worker.code} {worker.err}")
        return worker

    def seconds(self, verb: str, stage: str) -> float:
        """How long a stage of a verb takes undisturbed; ``any``: the whole."""
        taken = self._undisturbed[verb].seconds()
        return sum(taken.values()) if stage == "any" else taken[stage]

    def changes(self, verb: str, *, growing: bool = False) -> int:
        """How many changes a verb makes on disk; ``growing``: only those that need room."""
        worker = self._undisturbed[verb]
        return worker.grown if growing else worker.changed

    def arguments(self, verb: str, home: Path, *, claims: bool = True) -> list[str]:
        extra = {"import": [str(self.rest)], "rollback": [self.first],
                 "build": [] if claims else ["--no-claims"]}  # fmt: skip
        return [verb, *extra[verb], "--home", str(home), "--json", "--lang", "en"]


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


def leftovers(home: Path) -> list[Path]:
    return [
        *home.glob(".scratch/*"), *home.glob("warehouse/.building-*"),
        *home.glob("**/.*.json.*"),
        *(p for p in home.glob("landed/*/*.parquet") if not p.with_suffix(".json").exists()),
    ]  # fmt: skip


def kill_once(
    ground: Range, verb: str, stage: str, how: str, part: float, home: Path, outcome: Outcome
) -> None:
    """One kill of ``verb`` on a fresh copy of the base home.

    Args:
        stage: the stage it must have reached, or ``any``.
        how: ``moment``: so far into the time the stage takes; ``write``: just before a change on
            disk, so far along all that ``verb`` makes.
        part: how far, from 0 to 1.
    """
    shutil.copytree(ground.base, home)
    wanted = stage in ("claims", "publish", "any")
    arguments = ground.arguments(verb, home, claims=wanted)
    if how == "write":
        worker = start(arguments, home, kill_at=1 + int(part * ground.changes(verb)))
        worker.finish()
    else:
        worker = start(arguments, home)
        worker.reach(stage)
        time.sleep(part * ground.seconds(verb, stage))
        worker.kill()
    ended = worker.stage if worker.code == -signal.SIGKILL else "finished before"
    what = f"{verb} {how} {part:.3f} of {stage}, in {ended}"
    outcome.kills[f"{verb} {ended}{' before a write' if how == 'write' else ''}"] += 1
    examine(ground, verb, home, what, outcome)
    shutil.rmtree(home)


def examine(ground: Range, verb: str, root: Path, what: str, outcome: Outcome) -> None:
    """Whether the version before is served, nothing is lost, and the next run succeeds."""
    home = Home(root)
    known = len(outcome.wrong)
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
        everything = not outcome.faults % _ALL_AFTER
        if verb == "import" or everything:
            import_files(home, [ground.rest])
            if landed(home) != ground.landed:
                outcome.wrong.append(f"{what}: another import does not complete the rows")
        if verb == "build" or everything:
            build(home, claims=False)
            if fingerprint(home) != ground.estimates["after" if everything else "before"]:
                outcome.wrong.append(f"{what}: the next version differs")
        if verb == "rollback" and not everything:
            rollback(home, ground.first)
            if (home.current() or {}).get("build_id") != ground.first:
                outcome.wrong.append(f"{what}: another return does not go back")
        if remaining := leftovers(root):
            outcome.wrong.append(f"{what}: leftovers {[p.name for p in remaining]}")
        outcome.leftovers_cleared += left
        if len(home.builds()) > KEPT_BUILDS:
            outcome.wrong.append(f"{what}: {len(home.builds())} versions kept")
    except (UserError, OSError, AssertionError) as error:
        outcome.wrong.append(f"{what}: {type(error).__name__} {error}")
    outcome.tell(now=len(outcome.wrong) > known)


def places(rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Where each kill falls: every hundred in the proportions of ``PLACES``, in mixed order."""
    hundred = [place for place, count in PLACES.items() for _ in range(count)]
    while True:
        rng.shuffle(hundred)
        yield from hundred


def kill(ground: Range, kills: int, minutes: float, seed: int, outcome: Outcome) -> None:
    rng = random.Random(seed)
    end = time.monotonic() + (minutes or 10**6) * 60
    for number, (verb, stage, how) in enumerate(itertools.islice(places(rng), kills)):
        if time.monotonic() > end:
            break
        kill_once(ground, verb, stage, how, rng.random(), ground.folder / f"home{number}", outcome)


def fill_at_each_change(ground: Range, outcome: Outcome) -> None:
    """The disk is full from the n-th file made on, for each file that a verb makes."""
    for verb in ("import", "build", "rollback"):
        for number in range(1, ground.changes(verb, growing=True) + 1):
            home = ground.folder / f"write-{verb}{number}"
            shutil.copytree(ground.base, home)
            worker = start(ground.arguments(verb, home), home, full_at=number)
            judge_full(ground, verb, home, worker, f"{verb} full at file {number}", outcome)
            examine(ground, verb, home, f"{verb} full at file {number}", outcome)
            shutil.rmtree(home)


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
        what = f"{verb} with {room} bytes left"
        worker = start(ground.arguments(verb, home), home, file_bytes=0 if mounted else room)
        judge_full(ground, verb, home, worker, what, outcome)
        if mounted:
            _resize(home, "1g")
        examine(ground, verb, home, what, outcome)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(home)], check=True)
        shutil.rmtree(home, ignore_errors=True)


def judge_full(
    ground: Range, verb: str, home: Path, worker: Worker, what: str, outcome: Outcome
) -> None:
    """It says so in words, and the version before is served while the disk is full."""
    worker.finish()
    outcome.full_disks[f"{verb} {'done' if worker.code in (0, 1) else 'refused'}"] += 1
    if worker.code not in (0, 1, 2) or "Traceback" in worker.err or not _is_json(worker.out):
        outcome.wrong.append(f"{what}: exit {worker.code}, {worker.out[:99]} {worker.err[-300:]}")
    if '"unexpected"' in worker.out:
        outcome.wrong.append(f"{what}: {worker.out.strip()}")
    if fingerprint(Home(home)) != ground.estimates["before"]:
        outcome.wrong.append(f"{what}: other estimates served")


def _is_json(text: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(json.loads(text))
    return False


def _resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def run(arguments: argparse.Namespace, folder: Path, outcome: Outcome) -> None:
    """Everything, in an order in which the cheap and the many come first."""
    ground = Range(folder, arguments.groups)
    kill(ground, arguments.kills, arguments.minutes, arguments.seed, outcome)
    if arguments.disk:
        fill_at_each_change(ground, outcome)
    rng = random.Random(arguments.seed)
    for number in range(arguments.disk):
        verb = ("import", "build")[number % 2]
        room = int(10 ** rng.uniform(2, 5.5 if verb == "import" else 7.3))
        fill_disk(ground, verb, room, number, outcome)
    told = outcome.races
    told["reads_during_publishes"] = races.read_while_publishing(
        ground, arguments.publishes, outcome
    )
    told["publishes"] = arguments.publishes
    races.two_imports_and_a_build(ground, outcome)
    told["writers_at_once"] = 3
    races.clock_set_back(ground, outcome)
    told["clock_set_back"] = 1
    torn: Counter[str] = Counter()
    for number in range(arguments.torn):
        torn[races.tear(ground, number, rng, outcome)] += 1
        told["torn"] = dict(torn)
        outcome.tell()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=0, help="no kill begins later (0: all)")
    parser.add_argument("--groups", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--disk", type=int, default=20, help="mounted full disks to try (0: none)")
    parser.add_argument("--publishes", type=int, default=20, help="versions changed under a reader")
    parser.add_argument("--torn", type=int, default=16, help="files to tear or change")
    arguments = parser.parse_args()
    outcome, ended = Outcome(), False
    # Also where a shell that ran this in the background had both ignored.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            run(arguments, Path(folder), outcome)
            ended = True
        except KeyboardInterrupt:
            outcome.races["interrupted"] = True
    print(json.dumps(outcome.as_json(), indent=1))
    return int(bool(outcome.wrong) or not ended)


if __name__ == "__main__":
    os.environ.setdefault("EVIDENCE_HOME", os.devnull + "/nowhere")
    sys.exit(main())
