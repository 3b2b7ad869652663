"""Server time of a view change, page by page, as raw data grows a hundredfold.

    python -m benchmarks.view_change [--groups N] [--times N] [--changes N] [--pages NAMES]
                                     [--home DIR] [--folder DIR] [--json]

Builds two homes from synthetic networks, one with ``--times`` as many groups (so as many rows)
as the other, opens each page without a browser and chooses another region again and again. Each
change is measured cold (nothing is kept from before), then seen (every answer is kept), and beside
it the same work done bare: the very questions the page asked, its figures, and their JSON. Time
ends when the script has ended and Streamlit has collected garbage; parsing by the test client does
not count. Milliseconds are of the processor, all threads together: a busy machine does not lengthen
them; the clock's stand beside. With ``--home`` one home that is there is measured, none is made.
Exit code 1 when a budget is not kept.
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
from typing import Any, NamedTuple

import plotly.graph_objects as go

ROOT = Path(__file__).parents[1]
BUDGET_P95_MS, BUDGET_BARE, BUDGET_FLAT = 100.0, 2.0, 1.2
ROLES = ("public", "staff")
SINCE, UNTIL = "2018-01", "2025-12"
#: page → what is chosen again and again, and what else changes each time through
PAGES: dict[str, tuple[str, str | None]] = {
    "savings": ("region", "indicator"),
    "regions": ("region", "indicator"),
    "shocks": ("region", "shock"),
    "businesses": ("region", None),
    "contributions": ("region", "measure"),
    "overview": ("target_place", None),
}
#: the page of three charts that the budget of milliseconds speaks of
JUDGED = "savings"
#: of what else changes, so many options
_TURNS = 3


#: groups up to which a home is made with all that the demonstration writes, claims too
MOST_OF_ALL = 5_000
#: what more groups bring more of, and what is told beside them: surveys do not grow with ledgers
LEDGERS = ("vsla_", "crisis_event", "shock_exposure", "price_index", "population")


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
        import_files(home, [
            path for path in Path(files).iterdir()
            if groups <= MOST_OF_ALL or path.name.startswith(LEDGERS)
        ])  # fmt: skip
        imported = time.perf_counter() - begun
    built = build(home, claims=groups <= MOST_OF_ALL)
    made = {
        "groups": groups,
        "observations": rows["vsla_observation"],
        "import_s": imported,
        "build_s": sum(built.seconds.values()),
        "stages_s": built.seconds,
    }
    told.write_text(json.dumps(made), encoding="utf-8")
    return made


class Spent(NamedTuple):
    """Milliseconds on the clock, and of the processor in all threads."""

    clock: float
    processor: float


class Watch:
    """Reads both clocks."""

    def __init__(self) -> None:
        self._begun = (time.perf_counter(), time.process_time())

    def read(self) -> Spent:
        now = (time.perf_counter(), time.process_time())
        return Spent(*(1000 * (new - old) for new, old in zip(now, self._begun, strict=True)))


class Visit:
    """The application opened on one of its pages, without a browser."""

    def __init__(self, page: str) -> None:
        from streamlit.testing.v1 import AppTest, local_script_runner

        from analytics import charts
        from analytics.estimates import estimate
        from pages.shared import warmup

        self.asked: list[Callable[[], Any]] = []
        self._stamp(local_script_runner)
        asyncio.run(_enter(warmup.lifespan(None)))
        self.app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
        self.app.switch_page(f"pages/{page}.py").run()
        if self.app.exception or not self.app.selectbox:
            raise SystemExit(f"{page} did not open: {[e.value for e in self.app.exception]}")
        self._record("estimate", estimate.estimate)
        self._record("figure", charts.figure, finish=lambda drawn: go.Figure(drawn.spec).to_json())

    def _stamp(self, runner: Any) -> None:
        """Note when a run begins and when the script has ended."""
        run, parse = runner.LocalScriptRunner.run, runner.parse_tree_from_messages

        def timed_run(*a: Any, **k: Any) -> Any:
            self._watch = Watch()
            return run(*a, **k)

        def timed_parse(messages: Any) -> Any:
            self._spent = self._watch.read()
            return parse(messages)

        runner.LocalScriptRunner.run = timed_run
        runner.parse_tree_from_messages = timed_parse

    def _record(
        self, name: str, work: Any, finish: Callable[[Any], Any] = lambda found: found
    ) -> None:
        """Note each question the page really works out, to work it out again bare."""

        def recorded(*a: Any, **k: Any) -> Any:
            self.asked.append(lambda: finish(work(*a, **k)))
            return work(*a, **k)

        for module in list(sys.modules.values()):
            if vars(module).get(name) is work:
                setattr(module, name, recorded)

    def choose(self, key: str, place: int) -> Spent:
        """Choose an option by its place; what the server took."""
        self.app.selectbox(key=f"{key}-widget").select_index(place).run()
        if self.app.exception:
            raise SystemExit(f"the page failed: {self.app.exception[0].value}")
        return self._spent

    def places(self, key: str) -> list[str]:
        return list(self.app.selectbox(key=f"{key}-widget").options)

    def bare(self) -> Spent:
        """The work behind the last change, done again without the page."""
        forget()
        watch = Watch()
        for work in self.asked:
            work()
        return watch.read()


def forget() -> None:
    """Nothing is kept from before: no answer, no figure, no cell."""
    import streamlit as st

    from analytics.settings import settings
    from analytics.warehouse.home import Home
    from analytics.warehouse.read import open_reader

    st.cache_resource.clear()
    open_reader(Home(settings().home))._together.cache_clear()


async def _enter(lifespan: Any) -> None:
    async with lifespan:
        pass


def views(visit: Visit, page: str, changes: int) -> Iterator[tuple[str, int]]:
    """Which choice to change next: every region, then something else, then every region again."""
    chosen, other = PAGES[page]
    regions = range(1, len(visit.places(chosen)))
    turns = min(_TURNS, len(visit.places(other))) if other else 1
    made = 0
    while True:
        for turn in range(turns):
            if other:
                yield other, turn
            for region in regions:
                yield chosen, region
                made += 1
                if made >= changes:
                    return


def measure_page(folder: Path, changes: int, page: str) -> dict[str, Any]:
    """Milliseconds of each change of region, clock and processor: cold, bare, seen."""
    visit = Visit(page)
    chosen = PAGES[page][0]
    cold, bare, seen = [], [], []
    for key, place in views(visit, page, changes):
        forget()
        visit.asked.clear()
        spent = visit.choose(key, place)
        if key == chosen:
            cold.append(spent)
            bare.append(visit.bare())
    questions = len(visit.asked)
    for again in (False, True):
        for key, place in views(visit, page, changes):
            spent = visit.choose(key, place)
            if again and key == chosen:
                seen.append(spent)
    return {"cold": cold, "bare": bare, "seen": seen, "questions": questions}


def in_fresh_process(step: str, folder: Path, *options: object, role: str = "public") -> Any:
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
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.view_change", "--step", step, str(folder)),
            *map(str, options),
        ],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def p95(values: list[float]) -> float:
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def summary(page: str, role: str, times: int, runs: dict[str, Any]) -> dict[str, Any]:
    """One line of the table."""
    clock, processor = ({name: [spent[kind] for spent in runs[name]]
                         for name in ("cold", "bare", "seen")} for kind in (0, 1))  # fmt: skip
    cold, bare = statistics.median(processor["cold"]), statistics.median(processor["bare"])
    return {
        "page": page,
        "role": role,
        "times": times,
        "changes": len(runs["cold"]),
        "questions": runs["questions"],
        "cold_ms": cold,
        "cold_p95_ms": p95(processor["cold"]),
        "bare_ms": bare,
        "ratio": cold / bare if bare else math.nan,
        "seen_ms": statistics.median(processor["seen"]),
        "seen_p95_ms": p95(processor["seen"]),
        "cold_clock_ms": statistics.median(clock["cold"]),
        "cold_clock_p95_ms": p95(clock["cold"]),
    }


def measure(homes: dict[int, Path], pages: list[str], changes: int) -> dict[str, Any]:
    """Each page of each home in both roles, and how flat each page's time is in each role.

    Args:
        homes: how many times the rows → the home.
    """
    load = os.getloadavg()[0]
    lines = [
        summary(page, role, times, in_fresh_process("page", home, changes, page, role=role))
        for page in pages for role in ROLES for times, home in homes.items()
    ]  # fmt: skip
    flat = {}
    for page in pages:
        for role in ROLES:
            took = [line["cold_ms"] for line in lines
                    if (line["page"], line["role"]) == (page, role)]  # fmt: skip
            flat[f"{page} {role}"] = took[-1] / took[0]
    kept = all(
        line["cold_p95_ms"] <= BUDGET_P95_MS and line["ratio"] <= BUDGET_BARE
        for line in lines if line["page"] == JUDGED
    ) and all(value <= BUDGET_FLAT for value in flat.values())  # fmt: skip
    return {"load_before": load, "views": lines, "flat": flat, "kept": kept}


def report(measured: dict[str, Any]) -> str:
    """The table people read."""
    lines = [f"load before {measured['load_before']:.1f}", ""]
    for times, made in measured.get("homes", {}).items():
        lines.append(
            f"×{times:<5}{made['groups']:>9,} groups {made['observations']:>12,} observations   "
            f"import {made['import_s']:.1f} s   build {made['build_s']:.1f} s"
        )
    heads = ("cold ms", "p95", "bare ms", "ratio", "seen ms", "p95", "clock", "p95", "questions")
    lines += ["", " " * 28 + "".join(f"{head:>10}" for head in heads)]
    for line in measured["views"]:
        shown = (
            *(f"{line[name]:.1f}" for name in ("cold_ms", "cold_p95_ms", "bare_ms")),
            f"{line['ratio']:.2f}",
            *(f"{line[name]:.1f}" for name in ("seen_ms", "seen_p95_ms", "cold_clock_ms",
                                               "cold_clock_p95_ms")),
            str(line["questions"]),
        )  # fmt: skip
        head = f"{line['page']:<14}{line['role']:<8}×{line['times']:<5}"
        lines.append(head + "".join(f"{cell:>10}" for cell in shown))
    budgets = ("", f"{BUDGET_P95_MS:.0f}", "", f"{BUDGET_BARE}")
    lines += [f"{f'budget ({JUDGED})':<28}" + "".join(f"{cell:>10}" for cell in budgets), ""]
    if len({line["times"] for line in measured["views"]}) > 1:
        for name, value in measured["flat"].items():
            lines.append(f"{name:<22}grows {value:.2f} times   budget {BUDGET_FLAT}")
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and say by the exit code whether the budgets are kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--groups", type=int, default=1200)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--changes", type=int, default=60)
    parser.add_argument("--pages", default=JUDGED, help=f"of {' '.join(PAGES)}, or all")
    parser.add_argument("--home", type=Path, help="measure this home, make none")
    parser.add_argument("--folder", type=Path, help="keep the homes here and use them again")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        step, folder, number, *page = options.step
        work = make_home if step == "make" else measure_page
        print(json.dumps(work(Path(folder), int(number), *page)))
        return 0
    pages = list(PAGES) if options.pages == "all" else options.pages.split(",")
    with contextlib.ExitStack() as stack:
        made = {}
        if options.home:
            homes = {1: options.home.resolve()}
        else:
            folder = (options.folder or Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="view-change-"))
            )).resolve()  # fmt: skip
            homes = {times: folder / f"groups-{options.groups * times}"
                     for times in (1, options.times)}  # fmt: skip
            for times, home in homes.items():
                home.mkdir(parents=True, exist_ok=True)
                made[times] = in_fresh_process("make", home, options.groups * times)
        measured = measure(homes, pages, options.changes) | {"homes": made}
    print(json.dumps(measured, indent=2) if options.json else report(measured))
    return 0 if measured["kept"] else 1


if __name__ == "__main__":
    sys.exit(main())
