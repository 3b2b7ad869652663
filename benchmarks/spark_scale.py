"""The models on a real small cluster of Apache Spark beside DuckDB, from a million records on.

    python -m benchmarks.spark_scale [--rows 1e6 5e6 …] [--workers N] [--memory 2g] [--json]

Starts a master and ``--workers`` workers as processes of their own, lands a synthetic ledger of
each size, runs the models of a build without claims on both engines, compares the number of rows
of every mart, and prints seconds beside each other and the size from which Spark was faster, if
there is one. Needs ``requirements-spark.txt`` and Java 17.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

from analytics.warehouse import build as steps
from analytics.warehouse import parts, spark
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.references import load_references
from benchmarks.import_observations import OBSERVATIONS, make_files
from benchmarks.serve import free_port


@contextlib.contextmanager
def cluster(workers: int, memory: str) -> Iterator[str]:
    """A master and workers, each a process of its own; the master's address."""
    import pyspark

    home = Path(pyspark.__file__).parent
    port, place = free_port(), "127.0.0.1"
    address = f"spark://{place}:{port}"
    start = [str(home / "bin" / "spark-class")]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL,
                             "env": os.environ | {"SPARK_HOME": str(home),
                                                  "SPARK_LOCAL_IP": place}}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        running = [subprocess.Popen(
            [*start, "org.apache.spark.deploy.master.Master", "--host", place,
             "--port", str(port), "--webui-port", "0"], cwd=folder, **quiet)]  # fmt: skip
        try:
            _until(lambda: _listens(port))
            for _ in range(workers):
                running.append(subprocess.Popen(
                    [*start, "org.apache.spark.deploy.worker.Worker", address, "--cores", "1",
                     "--memory", memory, "--webui-port", "0", "--work-dir", folder],
                    cwd=folder, **quiet))  # fmt: skip
            time.sleep(5)
            yield address
        finally:
            for process in reversed(running):
                process.terminate()
            for process in running:
                process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(held: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not held():
        if time.monotonic() > end:
            raise SystemExit("the cluster did not start")
        time.sleep(0.2)


def run(home: Home, folder: Path, engine: str) -> tuple[float, dict[str, int]]:
    """Seconds of all models of a build without claims on an engine, and the rows of each mart."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    batches = home.batches()
    with duckdb.connect(str(folder / "warehouse.duckdb"), config={"memory_limit": "4GB"}) as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(f"SET temp_directory = '{folder / 'spill'}'")
        parts.read_from(con, folder)
        steps.landed_views(home, con, batches)
        load_references(con, dt.date.today())
        begun = time.perf_counter()
        if engine == "spark":
            spark.run_models(con, home, batches, folder / "spark", claims=False)
        else:
            steps.run_models(con, folder, claims=False)
        seconds = time.perf_counter() - begun
        rows = {name: con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
                for name in steps.models() if name.startswith("mart_")}  # fmt: skip
    shutil.rmtree(folder)
    return seconds, rows


def main() -> int:
    """Measure each size on both engines."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=float, nargs="+", default=[1e6, 5e6])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", default="2g")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ["SPARK_MEMORY"] = options.memory
    told = []
    with cluster(options.workers, options.memory) as address, \
            tempfile.TemporaryDirectory() as place:  # fmt: skip
        os.environ["SPARK_MASTER"] = address
        for wanted in options.rows:
            folder = Path(place) / f"{int(wanted)}"
            folder.mkdir()
            written = make_files(folder, int(wanted))["rows"]
            home = Home(folder / "base")
            import_files(home, [folder / OBSERVATIONS])
            (folder / OBSERVATIONS).unlink()
            ours, counted = run(home, folder / "duckdb", "duckdb")
            theirs, their_count = run(home, folder / "spark", "spark")
            told.append({"records": written, "duckdb_s": round(ours, 1),
                         "spark_s": round(theirs, 1),
                         "same_rows": counted == their_count})  # fmt: skip
            print(json.dumps(told[-1]), file=sys.stderr, flush=True)
            shutil.rmtree(folder)
    if options.json:
        print(json.dumps(told, indent=2))
    faster = [point["records"] for point in told if point["spark_s"] < point["duckdb_s"]]
    print("Spark is faster from", f"{faster[0]:,} records on" if faster else "no size measured")
    return 0 if all(point["same_rows"] for point in told) else 1


if __name__ == "__main__":
    sys.exit(main())
