"""Apache Spark and DuckDB make the same tables, row for row, from the same landed batches."""

from __future__ import annotations

import importlib.util
import math
import shutil
from pathlib import Path

import duckdb
import pytest

from analytics.demonstration import write_demonstration
from analytics.errors import UserError
from analytics.pipeline import build
from analytics.warehouse import spark
from analytics.warehouse.build import models
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.ledger import as_view
from tests.conftest import BUILT_ON
from tests.network import GROUPS, observations, write_csv
from tests.resilience import write_resilience

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(
        importlib.util.find_spec("pyspark") is None or shutil.which("java") is None,
        reason="no Spark or no Java here",
    ),
]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two parts are enough to be distributed."""
    monkeypatch.setenv("SPARK_PARTITIONS", "2")


def nasty(folder: Path) -> Home:
    """Both divisions, gaps, copies, corrections in later batches, ties, a region without anyone."""
    home = Home(folder / "home")
    write_resilience(folder / "first")
    import_files(home, [folder / "first"])
    corrected = []
    for number, group in enumerate(GROUPS):
        for row in observations(group)[number % 3 :: 7]:
            corrected.append(
                row | {
                    "savings_cycle_xof": row["savings_cycle_xof"] + number,
                    "loans_late_xof": "" if number % 2 else row.get("loans_late_xof", ""),
                    "social_fund_xof": 0 if number % 5 == 0 else row["social_fund_xof"],
                }
            )  # fmt: skip
    for name, rows in (("second", corrected), ("third", corrected[::-2])):
        (folder / name).mkdir()
        write_csv(folder / name / "vsla_observation.csv", rows)
        import_files(home, [folder / name])
    return home


def small_demonstration(folder: Path) -> Home:
    home = Home(folder / "home")
    write_demonstration(folder / "files", groups=60, since="2021-06", until="2023-06")
    import_files(home, [folder / "files"])
    return home


def in_no_order(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[list, list[tuple]]:
    """Columns with their types, and rows in an order that does not hang on last digits."""
    types = con.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
    rows = con.execute(f"SELECT * FROM '{path}'").fetchall()

    def place(row: tuple) -> tuple[list[str], list[str]]:
        """By what is no fraction first: two sums that differ in a last digit may swap places."""
        return (
            [str(value) for value in row if not isinstance(value, float)],
            [f"{value:.4g}" for value in row if isinstance(value, float)],
        )

    return [column[:2] for column in types], sorted(rows, key=place)


def same(left: object, right: object) -> bool:
    """Equal; floating sums have no order of addition, and intervals are differences of them: to
    nine digits."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    return left == right


@pytest.mark.parametrize("make", [nasty, small_demonstration])
def test_the_same_tables_row_for_row(make, tmp_path: Path) -> None:
    home = make(tmp_path)
    ours = build(home, built_on=BUILT_ON)
    theirs = build(home, engine="spark", built_on=BUILT_ON)
    # What waits for the version before it is there from the second build on.
    theirs.rows.pop("estimate_pending")
    assert ours.rows == theirs.rows
    tables = [name for name, sql in models().items() if not as_view(sql)]
    assert sum(ours.rows[name] for name in tables) > 1000
    con = duckdb.connect()
    for name in (*tables, "estimate", "estimate_public"):
        found = [
            in_no_order(con, home.warehouse / report.build_id / f"{name}.parquet")
            for report in (ours, theirs)
        ]
        (types, rows), (their_types, their_rows) = found
        assert types == their_types, name
        assert len(rows) == len(their_rows), name
        for row, their_row in zip(rows, their_rows, strict=True):
            assert all(map(same, row, their_row)), (name, row, their_row)
    assert not list(home.warehouse.glob("**/spark")), "what passed between the two is gone"


def test_a_cluster_that_is_not_there_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = small_demonstration(tmp_path)
    before = build(home, built_on=BUILT_ON)
    monkeypatch.setenv("SPARK_MASTER", "spark//nowhere")
    with pytest.raises(UserError) as told:
        build(home, engine="spark", built_on=BUILT_ON)
    assert told.value.key == "spark_unreachable"
    assert (home.current() or {})["build_id"] == before.build_id


def test_spelling_is_translated() -> None:
    assert "CAST(52.0 AS DOUBLE)" in spark.translated("SELECT a * 52.0 / b AS c FROM t")
    assert "NULLS LAST" in spark.translated("SELECT row_number() OVER (ORDER BY a) AS r FROM t")
