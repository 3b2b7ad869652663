"""Faults that need two at once, or a disk that lies; beside the kills of ``faults``.

A reader during twenty publishes, two imports and a build at the same time, a clock set back, and
files of a published version and of the landing torn or changed. ``benchmarks/faults.py`` runs them.
"""

from __future__ import annotations

import datetime as dt
import random
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.errors import UserError
from analytics.pipeline import build
from analytics.warehouse import read
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import open_reader
from analytics.warehouse.verify import verify_home

if TYPE_CHECKING:
    from benchmarks.faults import Outcome, Range

#: what a page asks of the version it is served from
_ASKED = "SELECT count(*), min(value), max(value) FROM estimate_public WHERE status = 'published'"


def read_while_publishing(ground: Range, publishes: int, outcome: Outcome) -> int:
    """A reader asks without pause while versions change under it; how often it was answered."""
    root = ground.folder / "reading"
    shutil.copytree(ground.base, root)
    home, done, answered = Home(root), threading.Event(), [0]

    def reader() -> None:
        while not done.is_set():
            try:
                version = open_reader(home)
                first, again = version.query(_ASKED), version.query(_ASKED)
                if first != again or not first[0][0]:
                    outcome.wrong.append("reading: two answers of one version differ")
                answered[0] += 1
            except Exception as error:
                outcome.wrong.append(f"reading: {type(error).__name__} {error}")
                return

    threads = [threading.Thread(target=reader) for _ in range(2)]
    for thread in threads:
        thread.start()
    builds = home.builds()
    for number in range(publishes):
        # A real build now and then; between them the pointer goes back and forth.
        if number % 7 == 0:
            build(home, claims=False)
            builds = home.builds()
        else:
            home.publish(builds[number % len(builds)], "")
            time.sleep(0.2)
    done.set()
    for thread in threads:
        thread.join()
    shutil.rmtree(root)
    return answered[0]


def two_imports_and_a_build(ground: Range, outcome: Outcome) -> None:
    """All three start at once; each waits its turn and nothing is lost or landed twice."""
    from benchmarks.faults import landed
    from benchmarks.workers import start

    root = ground.folder / "together"
    shutil.copytree(ground.base, root)
    verbs = ("import", "import", "build")
    workers = [start(ground.arguments(verb, root), root) for verb in verbs]
    for verb, worker in zip(verbs, workers, strict=True):
        worker.finish()
        if worker.code not in (0, 1) or "Traceback" in worker.err:
            outcome.wrong.append(f"together: {verb} exit {worker.code} {worker.err[-200:]}")
    if landed(Home(root)) != ground.landed:
        outcome.wrong.append("together: not every row landed once")
    build(Home(root))
    if verify_home(Home(root)).damaged:
        outcome.wrong.append("together: damaged")
    shutil.rmtree(root)


def clock_set_back(ground: Range, outcome: Outcome) -> None:
    """A version made "yesterday" after one made today is still the later one."""
    root = ground.folder / "clock"
    shutil.copytree(ground.base, root)
    home = Home(root)
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=40)
    built = build(home, built_on=moment, claims=False).build_id
    if built <= ground.second or (home.current() or {}).get("build_id") != built:
        outcome.wrong.append("clock: the version made later is not the later version")
    shutil.rmtree(root)


def tear(ground: Range, number: int, rng: random.Random, outcome: Outcome) -> str:
    """Damage one file; what was damaged is named, and what is whole is served; its kind."""
    root = ground.folder / f"torn{number}"
    shutil.copytree(ground.base, root)
    home = Home(root)
    version = home.warehouse / ground.second
    kind = ("batch", "pointer", "database", "version")[number % 4]
    path: Path = {
        "batch": lambda: home.parquet(rng.choice(home.batches())),
        "pointer": lambda: home.warehouse / "current.json",
        "database": lambda: version / "warehouse.duckdb",
        "version": lambda: rng.choice(sorted(version.glob("*.parquet"))),
    }[kind]()
    content = bytearray(path.read_bytes())
    how = rng.choice(["cut", "flip", "zeros"])
    at = rng.randrange(len(content))
    if how == "cut":
        del content[at:]
    elif how == "flip":
        content[at] ^= 1 << rng.randrange(8)
    else:
        content[at : at + 4096] = bytes(len(content[at : at + 4096]))
    changed = bytes(content) != path.read_bytes()
    path.write_bytes(bytes(content))
    what = f"{kind} {path.name} {how} at {at}"
    read._readers.clear()
    try:
        if changed and kind != "pointer" and not verify_home(home).damaged:
            outcome.wrong.append(f"torn {what}: not noticed")
        if kind == "batch" and changed:
            try:
                build(home, claims=False)
                outcome.wrong.append(f"torn {what}: built all the same")
            except UserError as error:
                if error.key not in ("batch_damaged", "batch_missing"):
                    outcome.wrong.append(f"torn {what}: {error.key}")
        if kind in ("batch", "pointer", "version"):
            open_reader(home).query(_ASKED)
        if kind in ("pointer", "version", "database"):
            # The next run mends it: a new version from batches that are whole.
            import_files(home, [ground.rest])
            build(home, claims=False)
            if verify_home(home).damaged:
                outcome.wrong.append(f"torn {what}: the next version is damaged")
    except Exception as error:
        outcome.wrong.append(f"torn {what}: {type(error).__name__} {error}")
    finally:
        read._readers.clear()
        shutil.rmtree(root)
    return kind
