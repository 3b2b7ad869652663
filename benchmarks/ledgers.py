"""A federation's ledgers: import, build, and one month more.

    python -m benchmarks.ledgers [--groups 20000] [--months 100] [--folder F] [--same] [--json]

Every group reports every month. All months but the last are imported and built, then the last is
imported and built onto them; each command runs in a process of its own, with the seconds, the
processor seconds and the peak memory it took. ``--same`` builds everything anew beside it and
compares every mart and estimate. ``--folder`` keeps the files, and finds them there again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).parents[1]
#: the last full month: what comes in month by month is not public yet
LAST = f"{dt.date.today().replace(day=1) - dt.timedelta(days=1):%Y-%m}"
#: groups that the demonstration writes; all others are these under other codes
WRITTEN = 2_000
#: groups in a file: twenty million records
A_FILE = 200_000
#: what is read beside ledgers to tell of them
CONTEXT = ("crisis_event", "shock_exposure", "price_index", "population")
#: budgets at 20 million observations
SECONDS, MONTH_SECONDS, MEGABYTES = 120, 15, 4096


def make_files(folder: Path, groups: int, months: int) -> None:
    """``first`` (registers and all months but the last) and ``last`` (one month) in ``folder``."""
    from analytics.demonstration import write_demonstration

    year, month = divmod(int(LAST[:4]) * 12 + int(LAST[5:]) - months, 12)
    written = min(groups, WRITTEN)
    source = folder / "written"
    write_demonstration(source, groups=written, since=f"{year}-{month + 1:02}", until=LAST)
    for name in ("first", "last"):
        (folder / name).mkdir()
    con = duckdb.connect(config={"threads": 2})
    con.execute("SET enable_progress_bar = false")
    for path in source.glob("*.csv"):
        if path.stem in CONTEXT:
            shutil.copy(path, folder / "first")
        if not path.stem.startswith("vsla_"):
            continue
        con.execute(f"CREATE TABLE {path.stem} AS FROM read_csv('{path}', all_varchar=true)")
    # A silent month repeats what was told last, so that every group has a record in each.
    # Some of the demonstration's dates are wrong on purpose.
    con.execute(
        f"""CREATE VIEW sound AS FROM vsla_observation
        WHERE TRY_CAST(obs_date AS DATE)
            BETWEEN '{year}-{month + 1:02}-01' AND last_day(DATE '{LAST}-01')"""
    )
    # Groups that were there from the beginning, for of the others there is less than was asked.
    con.execute(
        f"""CREATE TABLE old AS
        SELECT group_id, row_number() OVER (ORDER BY group_id) - 1 AS number
        FROM sound GROUP BY group_id
        HAVING min(CAST(obs_date AS DATE)) < DATE '{year}-{month + 1:02}-01' + INTERVAL 3 MONTH"""
    )
    [(sources,)] = con.execute("SELECT count(*) FROM old").fetchall()
    copies, a_file = -(-groups // sources), max(1, A_FILE // sources)
    con.execute(
        """CREATE TABLE dense AS
        SELECT o.* REPLACE (CAST(m.day AS VARCHAR) AS obs_date), m.number
        FROM (SELECT group_id, number,
                unnest(generate_series(first, last, INTERVAL 1 MONTH)) AS month,
                CAST(last_day(month) AS DATE) AS day
            FROM old,
                (SELECT date_trunc('month', min(CAST(obs_date AS DATE))) AS first,
                    date_trunc('month', max(CAST(obs_date AS DATE))) AS last
                FROM sound)) m
        ASOF JOIN sound o
            ON o.group_id = m.group_id AND m.day >= CAST(o.obs_date AS DATE)
        ORDER BY m.number, m.day"""
    )
    # Numbered one after the other, as a partner numbers its groups.
    told = f"""t.* EXCLUDE (number) REPLACE (
        printf('DEMO-%07d', CAST(c * {sources} + number AS INTEGER)) AS group_id)"""
    for name in ("vsla_group", "vsla_cycle"):
        con.execute(
            f"COPY (SELECT {told} FROM (FROM {name} JOIN old USING (group_id)) t, "
            f"range({copies}) r(c)) "
            f"TO '{folder / 'first' / name}.csv' (FORMAT csv, HEADER)"
        )
    for part, sign in (("first", "<"), ("last", ">=")):
        # One code after the other, as one partner's file after the other would be; of what one
        # table would not hold, several files.
        for start in range(0, copies, a_file):
            these = f"range({start}, {min(copies, start + a_file)})"
            con.execute(
                f"""COPY (SELECT {told} FROM {these} r(c), dense t
                    WHERE obs_date {sign} '{LAST}-01'
                    ORDER BY c, number, obs_date)
                TO '{folder / part / f"vsla_observation{start or ''}.csv"}' (FORMAT csv, HEADER)"""
            )
    shutil.rmtree(source)


def run(*arguments: str | Path) -> dict[str, Any]:
    """One command in a process of its own: what it said, and what it took."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "analytics", *map(str, arguments), "--json"],
        cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "EVIDENCE_ROLE": "manager"},
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.read()
    _, code, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(code) not in (0, 1):
        raise SystemExit(f"{arguments[0]}: {said.decode()}")
    return {
        "seconds": round(time.perf_counter() - begun, 1),
        "processor": round(used.ru_utime + used.ru_stime, 1),
        "megabytes": used.ru_maxrss // 1024,
        "said": json.loads(said),
    }


def _stages(said: Any) -> Any:
    return said.get("seconds", "") if isinstance(said, dict) else ""


def differences(one: Path, other: Path) -> dict[str, int]:
    """Rows of each mart and of the estimates that only one of two homes has."""
    found = {}
    con = duckdb.connect(config={"threads": 2})
    for name, home in (("one", one), ("other", other)):
        build = json.loads((home / "warehouse" / "current.json").read_text())["build_id"]
        path = home / "warehouse" / build / "warehouse.duckdb"
        con.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
    tables = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'one' "
        "AND (table_name LIKE 'mart_%' OR table_name = 'estimate')"
    ).fetchall()
    for (table,) in sorted(tables):
        # Sums of fractions depend on the order of addition in their last digit.
        columns = ", ".join(
            f"printf('%.9g', {name})" if kind == "DOUBLE" else name
            for name, kind, *_ in con.execute(f"DESCRIBE one.{table}").fetchall()
        )
        sides = " UNION ALL ".join(
            f"SELECT hash({columns}) AS h, {sign} AS n FROM {side}.{table}"
            for side, sign in (("one", 1), ("other", -1))
        )
        [(found[table],)] = con.execute(
            f"SELECT count(*) FROM (SELECT h FROM ({sides}) GROUP BY h HAVING sum(n) <> 0)"
        ).fetchall()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=100)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--same", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        if not (folder / "last").exists():
            folder.mkdir(parents=True, exist_ok=True)
            # In a process of its own: what runs later would count this one's memory for its own.
            maker = multiprocessing.get_context("spawn").Process(
                target=make_files, args=(folder, options.groups, options.months)
            )
            maker.start()
            maker.join()
        homes = [folder / "home", folder / "anew"]
        for home in homes:
            shutil.rmtree(home, ignore_errors=True)
        told: dict[str, Any] = {}
        for part in ("first", "last"):
            told[f"import {part}"] = run("import", folder / part, "--home", homes[0])
            told[f"build {part}"] = run("build", "--no-claims", "--home", homes[0])
            for step in (f"import {part}", f"build {part}"):
                took = {name: told[step][name] for name in ("seconds", "processor", "megabytes")}
                print(step, took, _stages(told[step]["said"]), file=sys.stderr)
        if options.same:
            run("import", folder / "first", folder / "last", "--home", homes[1])
            run("build", "--no-claims", "--home", homes[1])
            told["differences"] = differences(*homes)
            print("differences", told["differences"], file=sys.stderr)
    first = [told["import first"], told["build first"]]
    month = told["import last"]["seconds"] + told["build last"]["seconds"]
    print(
        json.dumps({k: v for k, v in told.items() if k != "said"}) if options.json else
        f"import and build {sum(s['seconds'] for s in first):.0f} s (budget at 20 million: "
        f"{SECONDS}), {max(s['megabytes'] for s in first)} MB ({MEGABYTES}); one month more "
        f"{month:.0f} s ({MONTH_SECONDS})"
    )  # fmt: skip


if __name__ == "__main__":
    main()
