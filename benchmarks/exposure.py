"""Exposure of 53 cercles over 144 months and 8 measures: seconds of its models and estimates.

``python -m benchmarks.exposure``: budget 5 s (models), medians of three runs.
"""

from __future__ import annotations

import datetime as dt
import statistics
import time

import duckdb
import numpy as np
import pyarrow as pa

from analytics.estimates.stored import _all_dimensions
from analytics.geography.places import cercles
from analytics.indicator import indicators
from analytics.period import KINDS, periods_between
from analytics.warehouse import references
from analytics.warehouse.build import models

FIRST, LAST = dt.date(2014, 1, 1), dt.date(2025, 12, 31)
MEASURES = {
    "events": "insecurity", "fatalities": "insecurity", "displaced": "displacement",
    "price_change_pct": "prices", "alps": "prices", "rainfall_pct_normal": "climate",
    "rainfall_z": "climate", "phase3plus_share": "food_insecurity",
}  # fmt: skip
NAMES = ("core_shock_exposure", "core_exposure", "core_population", "mart_exposure")


def landed(con: duckdb.DuckDBPyConnection) -> int:
    rng = np.random.default_rng(1)
    months = [period.label for period in periods_between(FIRST, LAST, "month")]
    rows = [(cercle.slug, month, kind, measure) for measure, kind in MEASURES.items()
            for cercle in cercles() for month in months]  # fmt: skip
    place, month, kind, measure = zip(*rows, strict=True)
    table = pa.table({"place": place, "month": month, "kind": kind, "measure": measure,
                      "value": rng.random(len(rows)), "source": ["x/cercle"] * len(rows),
                      "_sequence": [1] * len(rows), "_row": range(len(rows))})  # fmt: skip
    con.register("_landed", table)
    con.execute("CREATE TABLE landed_shock_exposure AS SELECT * FROM _landed")
    con.execute("CREATE TABLE landed_population (place VARCHAR, year INT, population BIGINT, "
                "women BIGINT, source VARCHAR, _row INT, _sequence INT)")  # fmt: skip
    con.execute("CREATE TABLE region_unit (division VARCHAR, region VARCHAR, unit VARCHAR)")
    return len(rows)


def run() -> tuple[int, float, float]:
    con = duckdb.connect()
    con.execute("SET threads = 2")
    rows = landed(con)
    references._places(con)
    references._sources(con)
    references._population(con)
    periods = [p for kind in KINDS for p in periods_between(FIRST, LAST, kind)]
    references._table(con, "ref_period",
                      [references._period_row(p, (FIRST, LAST)) for p in periods])  # fmt: skip
    start = time.perf_counter()
    for name, sql in models().items():
        if name.startswith(NAMES):
            con.execute(f"CREATE TABLE {name} AS {sql}")
    made = time.perf_counter()
    own = [i for i in indicators().values() if i.theme == "shocks"]
    _all_dimensions(con, "mart_exposure__place_period", own)
    return rows, made - start, time.perf_counter() - made


if __name__ == "__main__":
    runs = [run() for _ in range(3)]
    models_s, estimates_s = (statistics.median(r[n] for r in runs) for n in (1, 2))
    print(f"{runs[0][0]} rows: models {models_s:.2f} s, nine indicators {estimates_s:.2f} s")
