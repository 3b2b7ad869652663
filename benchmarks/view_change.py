"""Server time of a view change on the savings page, as raw data grows a hundredfold.

    python benchmarks/view_change.py [--groups N] [--times N] [--changes N] [--folder DIR] [--json]

Builds two homes from synthetic networks, one with ``--times`` as many groups (so as many rows)
as the other, opens the savings page of each without a browser and chooses another region again
and again. Each change is measured cold (no answer is kept from before), then seen (every answer
is kept), and beside it the same work done bare: the very questions the page asked, its figures,
and their JSON. Time ends when the script has ended and Streamlit has collected garbage; parsing
by the test client does not count. Exit code 1 when a budget is not kept.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BUDGET_P95_MS, BUDGET_BARE, BUDGET_FLAT = 100.0, 2.0, 1.2
ROLES = ("public", "staff")
SINCE, UNTIL = "2018-01", "2025-12"
INDICATORS = ("savings_per_member", "attendance_rate", "portfolio_at_risk")
PAGE = "pages/savings.py"


def make_home(folder: Path, groups: int) -> dict[str, Any]:
    """A built home of so many groups in ``folder``, unless it is there already."""
    from analytics.demonstration import write_demonstration
    from analytics.pipeline import build
    from analytics.warehouse.home import Home
    from analytics.warehouse.land import import_files

    told = folder / "made.json"
    if told.exists():
        return json.loads(told.read_text(encoding="utf-8"))
    home = Home(folder)
    with tempfile.TemporaryDirectory(dir=folder) as files:
        rows = write_demonstration(Path(files), groups=groups, since=SINCE, until=UNTIL)
        begun = time.perf_counter()
        import_files(home, [Path(files)])
        imported = time.perf_counter() - begun
    built = build(home)
    made = {
        "groups": groups,
        "observations": rows["vsla_observation"],
        "import_s": imported,
        "build_s": sum(built.seconds.values()),
        "stages_s": built.seconds,
    }
    told.write_text(json.dumps(made), encoding="utf-8")
    return made


class Visit:
    """The application opened on the savings page, without a browser."""

    def __init__(self) -> None:
        from streamlit.testing.v1 import AppTest, local_script_runner

        from pages.shared import answers, warmup

        self.asked: list[Callable[[], Any]] = []
        self._begun = self._ended = 0.0
        self._answers = answers
        self._stamp(local_script_runner)
        self._record("estimate", draws=False)
        self._record("figure", draws=True)
        asyncio.run(_enter(warmup.lifespan(None)))
        self.app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
        self.app.switch_page(PAGE).run()
        if self.app.exception or not self.app.selectbox:
            raise SystemExit(f"{PAGE} did not open: {[e.value for e in self.app.exception]}")

    def _stamp(self, runner: Any) -> None:
        """Note when a run begins and when the script has ended."""
        run, parse = runner.LocalScriptRunner.run, runner.parse_tree_from_messages

        def timed_run(*a: Any, **k: Any) -> Any:
            self._begun = time.perf_counter()
            return run(*a, **k)

        def timed_parse(messages: Any) -> Any:
            self._ended = time.perf_counter()
            return parse(messages)

        runner.LocalScriptRunner.run = timed_run
        runner.parse_tree_from_messages = timed_parse

    def _record(self, name: str, *, draws: bool) -> None:
        """Note each question the page really works out, to work it out again bare."""
        work = getattr(self._answers, name)

        def recorded(*a: Any, **k: Any) -> Any:
            self.asked.append(lambda: _as_json(work(*a, **k).spec) if draws else work(*a, **k))
            return work(*a, **k)

        setattr(self._answers, name, recorded)

    def choose(self, key: str, place: int) -> float:
        """Choose an option by its place; milliseconds the server took."""
        self.app.selectbox(key=f"{key}-widget").select_index(place).run()
        if self.app.exception:
            raise SystemExit(f"the page failed: {self.app.exception[0].value}")
        return 1000 * (self._ended - self._begun)

    def places(self, key: str) -> list[str]:
        return list(self.app.selectbox(key=f"{key}-widget").options)

    def bare(self) -> float:
        """Milliseconds of the work behind the last change, done again without the page."""
        begun = time.perf_counter()
        for work in self.asked:
            work()
        return 1000 * (time.perf_counter() - begun)


async def _enter(lifespan: Any) -> None:
    async with lifespan:
        pass


def _as_json(spec: Any) -> str:
    return spec.to_json() if hasattr(spec, "to_json") else json.dumps(spec)


def views(visit: Visit, changes: int) -> Iterator[tuple[str, int]]:
    """Which choice to change next: every region of one indicator, then of the next."""
    from analytics.indicator import indicators

    titles = visit.places("indicator")
    regions = range(1, len(visit.places("region")))
    made = 0
    while True:
        for name in INDICATORS:
            yield "indicator", titles.index(indicators()[name].title["fr"])
            for region in regions:
                yield "region", region
                made += 1
                if made >= changes:
                    return


def measure_home(folder: Path, changes: int) -> dict[str, Any]:
    """Milliseconds of each change of region: cold, bare, seen."""
    import streamlit as st

    visit = Visit()
    cold, bare, seen = [], [], []
    for key, place in views(visit, changes):
        st.cache_resource.clear()
        visit.asked.clear()
        spent = visit.choose(key, place)
        if key == "region":
            cold.append(spent)
            bare.append(visit.bare())
    questions = len(visit.asked)
    for again in (False, True):
        for key, place in views(visit, changes):
            spent = visit.choose(key, place)
            if again and key == "region":
                seen.append(spent)
    return {"cold": cold, "bare": bare, "seen": seen, "questions": questions}


STEPS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "make": make_home,
    "measure": measure_home,
}


def in_fresh_process(step: str, folder: Path, number: int, role: str = "public") -> dict[str, Any]:
    """Run one step in a new interpreter, as a reader of that role at this machine."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "EVIDENCE_HOME": str(folder),
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
        "STREAMLIT_LOGGER_LEVEL": "error",
    }
    environment.pop("EVIDENCE_ROLE", None)
    if role != "public":
        environment["EVIDENCE_ROLE"] = role
    options = ("--step", step, "--home", str(folder), "--number", str(number))
    done = subprocess.run(
        [sys.executable, __file__, *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def p95(values: list[float]) -> float:
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def summary(role: str, times: int, runs: dict[str, Any]) -> dict[str, Any]:
    """One line of the table."""
    cold, bare = statistics.median(runs["cold"]), statistics.median(runs["bare"])
    return {
        "role": role,
        "times": times,
        "changes": len(runs["cold"]),
        "questions": runs["questions"],
        "cold_ms": cold,
        "cold_p95_ms": p95(runs["cold"]),
        "bare_ms": bare,
        "ratio": cold / bare,
        "seen_ms": statistics.median(runs["seen"]),
        "seen_p95_ms": p95(runs["seen"]),
    }


def measure(folder: Path, groups: int, times: int, changes: int) -> dict[str, Any]:
    """Both homes in both roles, and how flat each role's time is."""
    load = os.getloadavg()[0]
    made = {}
    for factor in (1, times):
        home = folder / f"groups-{groups * factor}"
        home.mkdir(parents=True, exist_ok=True)
        made[factor] = in_fresh_process("make", home, groups * factor)
    lines = []
    for role in ROLES:
        for factor in made:
            home = folder / f"groups-{groups * factor}"
            runs = in_fresh_process("measure", home, changes, role)
            lines.append(summary(role, factor, runs))
    flat = {}
    for role in ROLES:
        small, large = [line["cold_ms"] for line in lines if line["role"] == role]
        flat[role] = large / small
    kept = all(
        line["cold_p95_ms"] <= BUDGET_P95_MS and line["ratio"] <= BUDGET_BARE for line in lines
    ) and all(value <= BUDGET_FLAT for value in flat.values())
    return {"load_before": load, "homes": made, "views": lines, "flat": flat, "kept": kept}


def report(measured: dict[str, Any]) -> str:
    """The table people read."""
    lines = [f"load before {measured['load_before']:.1f}", ""]
    for times, made in measured["homes"].items():
        lines.append(
            f"×{times:<5}{made['groups']:>9,} groups {made['observations']:>12,} observations   "
            f"import {made['import_s']:.1f} s   build {made['build_s']:.1f} s"
        )
    heads = ("cold ms", "p95", "bare ms", "ratio", "seen ms", "p95", "changes", "questions")
    lines += ["", " " * 14 + "".join(f"{head:>10}" for head in heads)]
    for line in measured["views"]:
        shown = (
            *(f"{line[name]:.1f}" for name in ("cold_ms", "cold_p95_ms", "bare_ms")),
            f"{line['ratio']:.2f}",
            *(f"{line[name]:.1f}" for name in ("seen_ms", "seen_p95_ms")),
            *(str(line[name]) for name in ("changes", "questions")),
        )
        lines.append(f"{line['role']:<8}×{line['times']:<5}" + "".join(f"{c:>10}" for c in shown))
    budgets = ("", f"{BUDGET_P95_MS:.0f}", "", f"{BUDGET_BARE}")
    lines += [f"{'budget':<14}" + "".join(f"{cell:>10}" for cell in budgets), ""]
    for role, value in measured["flat"].items():
        lines.append(f"{role:<8}grows {value:.2f} times   budget {BUDGET_FLAT}")
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and say by the exit code whether the budgets are kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--groups", type=int, default=1200)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--changes", type=int, default=60)
    parser.add_argument("--folder", type=Path, help="keep the homes here and use them again")
    parser.add_argument("--json", action="store_true")
    for hidden, kind in (("--step", str), ("--home", Path), ("--number", int)):
        parser.add_argument(hidden, type=kind, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(json.dumps(STEPS[options.step](options.home, options.number)))
        return 0
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="view-change-"))
        )
        measured = measure(folder.resolve(), options.groups, options.times, options.changes)
    print(json.dumps(measured, indent=2) if options.json else report(measured))
    return 0 if measured["kept"] else 1


if __name__ == "__main__":
    sys.exit(main())
