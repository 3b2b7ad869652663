"""Builds, versions and readers: nothing half-done is ever served."""

from __future__ import annotations

import math
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from analytics import pipeline
from analytics.errors import UserError
from analytics.estimates.estimate import estimate
from analytics.indicator import indicator, indicators
from analytics.selection import Selection
from analytics.warehouse.checks import CheckResult
from analytics.warehouse.home import KEPT_BUILDS, Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import Reader, open_reader
from analytics.warehouse.status import rollback, status
from tests.conftest import BUILT_ON

SPAN = {"start": "2022", "end": "2022", "role": "staff"}


@pytest.fixture
def home(network_home: Home, tmp_path: Path) -> Home:
    """A copy of the small network, free to be broken."""
    shutil.copytree(network_home.root, tmp_path / "home")
    return Home(tmp_path / "home")


def test_sixteen_threads_read_what_one_would(network: Reader) -> None:
    questions = [
        (name, Selection(by=by, role=role))
        for name in indicators()
        for by in (("year",), ("region", "year"))
        if set(by) <= set(indicator(name).breakdowns)
        for role in ("staff", "public")
    ]

    def ask(question: tuple) -> tuple:
        return estimate(network, indicator(question[0]), question[1]).rows

    alone = [ask(question) for question in questions]
    with ThreadPoolExecutor(16) as pool:
        for _ in range(3):
            assert list(pool.map(ask, questions)) == alone


@pytest.mark.parametrize(
    "sql",
    ["CREATE TABLE x (a INT)", "SELECT * FROM read_csv('/etc/passwd')",
     "ATTACH '/tmp/other.duckdb'", "COPY meta TO '/tmp/out.csv'", "SET threads = 1",
     "DELETE FROM estimate", "INSTALL spatial"],
)  # fmt: skip
def test_a_reader_only_reads(network: Reader, sql: str) -> None:
    with pytest.raises(duckdb.Error):
        network.query(sql)


@pytest.mark.parametrize("broken", ["check", "middle"])
def test_a_build_that_fails_leaves_the_published_version(
    home: Home, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = home.current()
    with monkeypatch.context() as patch:
        if broken == "check":
            patch.setattr(pipeline, "run_checks", lambda con: [CheckResult("nothing_holds", 3)])
        else:

            def fall(*_: object, **__: object) -> None:
                raise OSError(28, "No space left on device")

            patch.setattr(pipeline, "write_estimates", fall)
        with pytest.raises((UserError, OSError)):
            pipeline.build(home, built_on=BUILT_ON)
    assert home.current() == before
    assert not list(home.warehouse.glob(".building-*"))
    again = pipeline.build(home, built_on=BUILT_ON)
    assert home.current()["build_id"] == again.build_id  # type: ignore[index]


def test_a_damaged_batch_stops_the_build(home: Home) -> None:
    path = home.parquet(home.batches("vsla_observation")[0])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        pipeline.build(home, built_on=BUILT_ON)
    assert caught.value.key == "batch_damaged"


def test_a_parquet_without_manifest_never_landed(home: Home) -> None:
    path = home.parquet(home.batches("vsla_observation")[0])
    shutil.copy(path, path.with_name("0000000000000000.parquet"))
    report = pipeline.build(home, built_on=BUILT_ON)
    assert report.rows["core_vsla_observation"] == sum(
        batch.rows["landed"] for batch in home.batches("vsla_observation")
    )


def test_five_versions_are_kept_and_one_can_go_back(home: Home) -> None:
    for _ in range(KEPT_BUILDS + 1):
        pipeline.build(home, claims=False)
    assert len(home.builds()) == KEPT_BUILDS
    latest = home.current()["build_id"]  # type: ignore[index]
    earlier = rollback(home)
    assert earlier < latest and status(home)["current"]["build_id"] == earlier
    assert open_reader(home).build.build_id == earlier
    assert rollback(home, latest) == latest
    with pytest.raises(UserError):
        rollback(home, "20000101T000000-nothing")


def tables(home: Home) -> dict[str, list[tuple]]:
    """Every table but the columns that tell where a row landed, ``_sequence`` and ``_row``."""
    folder = home.warehouse / home.current()["build_id"]  # type: ignore[index]
    with duckdb.connect() as con:
        return {
            path.stem: con.execute(
                f"""SELECT COLUMNS(lambda c: NOT starts_with(c, '_')) FROM read_parquet('{path}')
                ORDER BY ALL"""
            ).fetchall()
            for path in sorted(folder.glob("*.parquet"))
        }


def same(left: object, right: object) -> bool:
    """Equal; a sum of fractions depends on the order of addition in its last digits."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-12, abs_tol=1e-9)
    return left == right


def test_the_same_input_gives_the_same_marts_in_one_delivery_or_two(
    network_home: Home, tmp_path: Path
) -> None:
    files = network_home.root.parent / "files"
    home = Home(tmp_path / "home")
    lines = (files / "vsla_observation.csv").read_text().splitlines(keepends=True)
    folder = tmp_path / "files"
    folder.mkdir()
    for path in files.glob("*.csv"):
        if path.stem != "vsla_observation":
            shutil.copy(path, folder)
    (folder / "part1.csv").write_text("".join(lines[:400]))
    import_files(home, [folder])
    (folder / "part2.csv").write_text("".join([lines[0], *lines[400:]]))
    import_files(home, [folder])
    pipeline.build(home, built_on=BUILT_ON)
    one, other = tables(home), tables(network_home)
    assert list(one) == list(other)
    for name in one:
        for row, other_row in zip(one[name], other[name], strict=True):
            assert all(map(same, row, other_row)), (name, row, other_row)


def test_a_correction_reaches_the_mart(home: Home, tmp_path: Path) -> None:
    rows = open_reader(home).query("SELECT 1")
    assert rows == [(1,)]
    subject = indicator("savings_per_member")
    [before] = estimate(open_reader(home), subject, Selection(**SPAN))
    header, *lines = (
        (home.root.parent / "line.csv"), "group_id,obs_date,members_women,members_men,"
        "savings_cycle_xof,loans_outstanding_xof,loan_fund_cash_xof,social_fund_xof\n",
        "SEG01,2022-12-28,20,0,999999,10,10,10\n",
    )  # fmt: skip
    header.write_text("".join(lines))
    [report] = import_files(home, [header])
    assert report.rows_landed == 1
    pipeline.build(home, built_on=BUILT_ON)
    [after] = estimate(open_reader(home), subject, Selection(**SPAN))
    assert after.numerator != before.numerator
    assert after.n_groups == before.n_groups


def test_the_checks_hold_on_the_published_version(network_home: Home) -> None:
    assert [result.name for result in pipeline.check(network_home) if not result.passed] == []


def test_context_alone_makes_a_version_that_says_it_has_no_groups(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("month,index,source\n2022-01,100,office\n")
    home = Home(tmp_path / "home")
    import_files(home, [tmp_path / "prices.csv"])
    pipeline.build(home)
    answer = estimate(open_reader(home), indicator("savings_per_member"), Selection())
    assert [row.status for row in answer.rows] == ["no_data"]
