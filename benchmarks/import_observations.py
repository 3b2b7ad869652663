"""What the import of observations costs beside DuckDB's own reading of the same file.

    python -m benchmarks.import_observations [--rows N] [--rounds N] [--statements N] [--json]

Makes a synthetic network of about N observations, then measures in turn, each in a process of its
own on two cores: DuckDB's ``read_csv`` (everything detected) of the file into a table in memory,
and our import of it (recognised, personal columns dropped, rules, keys, groups known, Parquet
and checksum) into a home that holds the groups and cycles. Exit code 1 when the median import
takes more than the budget times the median reading.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Only the measured processes import the product: a large parent would show in their peak memory.
ROOT = Path(__file__).parents[1]
BUDGET, AIM = 2.5, 2.0
ROWS = 2_000_000
CORES = 2
#: a fixed span, so that the same option makes the same file in every month
SINCE, UNTIL = "2018-01", "2025-12"
PROBE_GROUPS = 500
#: beyond this a smaller network is written several times under other codes
MOST_AT_ONCE = 1_000_000
OBSERVATIONS = "vsla_observation.csv"
REGISTERS = ("vsla_group.csv", "vsla_cycle.csv")


class Stopwatch:
    """A DuckDB connection that counts the seconds of each statement."""

    def __init__(self, connection: Any, seconds: dict[str, float]) -> None:
        self._connection, self._seconds, self._last = connection, seconds, ""

    def _timed(self, run: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        try:
            return run()
        finally:
            self._seconds[self._last] += time.perf_counter() - begun

    def execute(self, sql: str, *parameters: Any) -> Stopwatch:
        self._last = " ".join(sql.split())
        self._timed(lambda: self._connection.execute(sql, *parameters))
        return self

    def executemany(self, sql: str, *parameters: Any) -> Stopwatch:
        self._last = " ".join(sql.split())
        self._timed(lambda: self._connection.executemany(sql, *parameters))
        return self

    def fetchall(self) -> Any:
        # A SELECT does much of its work while it is fetched.
        return self._timed(self._connection.fetchall)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def make_files(folder: Path, rows: int) -> dict[str, Any]:
    """Write about ``rows`` observations into ``folder`` and a home that knows their groups."""
    from analytics.demonstration import write_demonstration
    from analytics.warehouse.home import Home
    from analytics.warehouse.land import import_files

    copies = -(-rows // MOST_AT_ONCE)
    rows = rows // copies
    probe = write_demonstration(folder / "probe", groups=PROBE_GROUPS, since=SINCE, until=UNTIL)
    groups = round(rows * PROBE_GROUPS / probe["vsla_observation"])
    shutil.rmtree(folder / "probe")
    begun = time.perf_counter()
    made = write_demonstration(folder / "files", groups=groups, since=SINCE, until=UNTIL)
    seconds = time.perf_counter() - begun
    if copies > 1:
        _multiply(folder / "files", copies)
    import_files(Home(folder / "base"), [folder / "files" / name for name in REGISTERS])
    source = folder / "files" / OBSERVATIONS
    os.replace(source, folder / OBSERVATIONS)
    shutil.rmtree(folder / "files")
    return {
        "rows": made["vsla_observation"] * copies,
        "groups": groups * copies,
        "bytes": (folder / OBSERVATIONS).stat().st_size,
        "generated_in": seconds,
    }


def _multiply(folder: Path, copies: int) -> None:
    """Write each network file again under other group codes, ``copies`` times in all."""
    import duckdb

    for name in (*REGISTERS, OBSERVATIONS):
        path = folder / name
        duckdb.execute(
            f"""COPY (SELECT t.* REPLACE (t.group_id || '-' || c AS group_id)
                FROM read_csv('{path}', all_varchar=true) t, range({copies}) r(c))
            TO '{path}.more' (FORMAT csv, HEADER)"""
        )
        os.replace(f"{path}.more", path)


def read_plainly(folder: Path, statements: int) -> dict[str, Any]:
    """Seconds of DuckDB's own reading into a table in memory."""
    import duckdb

    con = duckdb.connect()
    con.execute(f"SET threads = {CORES}")
    con.execute("SET enable_progress_bar = false")
    begun, used = time.perf_counter(), time.process_time()
    con.execute("CREATE TABLE t AS SELECT * FROM read_csv(?)", [str(folder / OBSERVATIONS)])
    return {"seconds": time.perf_counter() - begun, "processor": time.process_time() - used}


def import_plainly(folder: Path, statements: int) -> dict[str, Any]:
    """Seconds of our import into a fresh home, and of its dearest statements if asked for."""
    import duckdb

    from analytics.warehouse import land
    from analytics.warehouse.home import Home

    spent: defaultdict[str, float] = defaultdict(float)
    if statements:
        connect = duckdb.connect
        duckdb.connect = lambda *a, **k: Stopwatch(connect(*a, **k), spent)  # type: ignore
    home = Home(folder / "home")
    shutil.copytree(folder / "base", home.root)
    marks: list[float] = []
    begun, used = time.perf_counter(), time.process_time()
    [report] = land.import_files(
        home, [folder / OBSERVATIONS], progress=lambda _: marks.append(time.perf_counter())
    )
    done, processor = time.perf_counter(), time.process_time() - used
    if report.error:
        raise SystemExit(report.error.message("en"))
    shutil.rmtree(home.root)
    return {
        "seconds": done - begun,
        "processor": processor,
        "stages": {"open and recognise": marks[1] - begun, "check and land": done - marks[1]},
        "rows": {"read": report.rows_read, "landed": report.rows_landed,
                 "rejected": report.rows_rejected, "duplicate": report.rows_duplicate},
        "statements": sorted(((s, sql) for sql, s in spent.items()), reverse=True)[:statements],
    }  # fmt: skip


STEPS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "make": make_files,
    "read_csv": read_plainly,
    "import": import_plainly,
}


def in_fresh_process(step: str, folder: Path, number: int) -> dict[str, Any]:
    """Run one step in a new interpreter; adds the most memory it held, in MB."""
    options = ("--step", step, "--folder", str(folder), "--number", str(number))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_observations", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def run_step(step: str, folder: Path, number: int) -> None:
    """The child's side of ``in_fresh_process``."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:CORES])
    measured = STEPS[step](folder, number)
    measured["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(measured))


def measure(rows: int, rounds: int, statements: int) -> dict[str, Any]:
    """Everything there is to report: the files, the rounds, medians and their ratio."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="import-observations-") as name:
        folder = Path(name)
        made = in_fresh_process("make", folder, rows)
        runs: dict[str, list[dict[str, Any]]] = {"read_csv": [], "import": []}
        for _ in range(rounds):
            for step, found in runs.items():
                found.append(in_fresh_process(step, folder, 0))
        dearest = in_fresh_process("import", folder, statements) if statements else {}
    median, processor = (
        {step: statistics.median(run[what] for run in found) for step, found in runs.items()}
        for what in ("seconds", "processor")
    )
    return {
        "made": made,
        "load_before": load,
        "runs": runs,
        "median": median,
        "ratio": median["import"] / median["read_csv"],
        # On a busy machine the clock measures the others' work as well.
        "processor_ratio": processor["import"] / processor["read_csv"],
        "statements": dearest.get("statements", []),
        "budget": BUDGET,
        "aim": AIM,
    }


def report(measured: dict[str, Any]) -> str:
    """The table people read."""
    made = measured["made"]
    lines = [
        f"{made['rows']:,} observations of {made['groups']:,} groups, {made['bytes'] / 1e6:,.0f} "
        f"MB, written in {made['generated_in']:.1f} s; load before {measured['load_before']:.1f}",
        "",
        f"{'':<10}{'median s':>10}{'rows/s':>14}{'peak MB':>10}   rounds (processor)",
    ]
    for step, runs in measured["runs"].items():
        median = measured["median"][step]
        each = " ".join(f"{run['seconds']:.2f} ({run['processor']:.2f})" for run in runs)
        peak = max(run["peak_mb"] for run in runs)
        speed = made["rows"] / median
        lines.append(f"{step:<10}{median:>10.2f}{speed:>14,.0f}{peak:>10,.0f}   {each}")
    lines += ["", f"ratio     {measured['ratio']:>10.2f}   budget {BUDGET}, aim {AIM}"]
    lines.append(f"processor {measured['processor_ratio']:>10.2f}   ratio of processor seconds")
    last = measured["runs"]["import"][-1]
    lines.append("rows      " + ", ".join(f"{k} {n:,}" for k, n in last["rows"].items()))
    for stage in last["stages"]:
        median = statistics.median(run["stages"][stage] for run in measured["runs"]["import"])
        lines.append(f"{median:>10.2f} s  {stage}")
    lines += [f"{seconds:>10.2f} s  {sql[:300]}" for seconds, sql in measured["statements"]]
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and say by the exit code whether the budget is kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--statements", type=int, default=0, help="also show the dearest N")
    parser.add_argument("--json", action="store_true")
    for hidden, kind in (("--step", str), ("--folder", Path), ("--number", int)):
        parser.add_argument(hidden, type=kind, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        run_step(options.step, options.folder, options.number)
        return 0
    measured = measure(options.rows, options.rounds, options.statements)
    print(json.dumps(measured, indent=2) if options.json else report(measured))
    return 0 if measured["ratio"] <= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
