"""A version made from the one before it is the version made from nothing, row for row."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import duckdb
import pytest

from analytics.estimates import kept
from analytics.pipeline import build
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from tests.conftest import BUILT_ON
from tests.network import last_records, write_csv

LATER = BUILT_ON + dt.timedelta(days=1)


def table(home: Home, name: str) -> list[tuple]:
    path = home.warehouse / home.current()["build_id"] / f"{name}.parquet"  # type: ignore[index]
    keys = "indicator, dimension, period_kind, period, key"
    rows = duckdb.execute(f"SELECT {keys}, * EXCLUDE ({keys}) FROM read_parquet(?)", [str(path)])
    return rows.fetchall()


def alike(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        # Sums of fractions differ in their last digits with the order of addition.
        return one == pytest.approx(other, rel=1e-12, abs=1e-12, nan_ok=True)
    return one == other


@pytest.fixture(scope="module")
def homes(
    resilience_home: Home, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Home, Home]:
    """The same landed files: built, corrected and built again; and built once at the end."""
    folder = tmp_path_factory.mktemp("kept")
    home = Home(folder / "home")
    shutil.copytree(resilience_home.root, home.root)
    quarter = (dt.date(2022, 7, 1), dt.date(2022, 9, 30))
    records = list(last_records(quarter).values())
    more = [{**r, "savings_cycle_xof": r["savings_cycle_xof"] + 500} for r in records]
    write_csv(folder / "vsla_observation.csv", more)
    import_files(home, [folder / "vsla_observation.csv"])
    once = Home(folder / "once")
    shutil.copytree(home.root, once.root, ignore=shutil.ignore_patterns("warehouse"))
    build(home, built_on=LATER, claims=False)
    build(once, built_on=LATER, claims=False)
    return home, once


def test_kept_cells_are_those_that_would_be_made(homes: tuple[Home, Home]) -> None:
    again, once = (table(home, "estimate") for home in homes)
    assert [row[:5] for row in again] == [row[:5] for row in once]
    for one, other in zip(again, once, strict=True):
        assert all(map(alike, one[5:], other[5:])), (one, other)


def test_what_changed_is_made_again_and_the_rest_is_kept(homes: tuple[Home, Home]) -> None:
    home, _ = homes
    first, last = home.builds()
    with duckdb.connect(str(home.warehouse / last / "warehouse.duckdb"), read_only=True) as con:
        mart = "mart_network__group_period"
        assert kept.find_kept(con, home.warehouse / first, [mart])
        periods = con.execute(f"SELECT period_kind, period FROM {kept.KEPT}").fetchall()
    assert ("quarter", "2022-Q2") in periods and ("year", "2021") in periods
    assert ("quarter", "2022-Q3") not in periods and ("year", "2022") not in periods


def test_another_program_or_a_damaged_version_keeps_nothing(
    homes: tuple[Home, Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = homes
    [first, last] = home.builds()
    copy = tmp_path / first
    shutil.copytree(home.warehouse / first, copy)
    shutil.copy(home.warehouse / f"{first}.json", tmp_path)
    database = str(home.warehouse / last / "warehouse.duckdb")

    def keeps(folder: Path) -> bool:
        with duckdb.connect(database, read_only=True) as con:
            return kept.find_kept(con, folder, ["mart_network__group_period"])

    assert keeps(copy)
    with (copy / "estimate.parquet").open("ab") as handle:
        handle.write(b" ")
    assert not keeps(copy)
    monkeypatch.setattr(kept, "code_version", lambda: "another")
    assert not keeps(home.warehouse / first)
