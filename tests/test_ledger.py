"""Large ledgers, worked through some groups at a time and one year after the other, give the very
tables that all at once give; and one month more gives what everything from nothing gives."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from analytics.demonstration import write_demonstration
from analytics.estimates.estimate import estimate
from analytics.indicator import indicators
from analytics.pipeline import build
from analytics.selection import Selection
from analytics.warehouse import ledger, parts
from analytics.warehouse.home import Batch, Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import Reader
from analytics.warehouse.standing import Before, before_of, first_day_changed
from analytics.warehouse.verify import seal, verify_home

BUILT_ON = dt.datetime(2024, 5, 20, tzinfo=dt.UTC)
LARGE = "mart_network__group_period"
KEPT = ("vsla_group", "vsla_cycle", "vsla_observation", "price_index", "contribution")
#: what is counted group by group stays divided by them
ADDED_UP = {
    "core_ledger_count": "period, what, sum(n)",
    "core_report_count": "period, month, region_2023, region_2012, cercle, partner, max(due), "
    "sum(expected), sum(reported), sum(late), sum(silent)",
}


@pytest.fixture
def by_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ledger, "AT_ONCE", 100)
    monkeypatch.setattr(ledger, "A_PASS", 200)
    yield


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration, its observations in two: all months but the last, and that one."""
    folder = tmp_path_factory.mktemp("ledger")
    write_demonstration(folder / "first", groups=60, since="2021-11", until="2024-04")
    for path in (folder / "first").glob("*.csv"):
        if path.stem not in KEPT:
            path.unlink()
    (folder / "last").mkdir()
    whole = folder / "first" / "vsla_observation.csv"
    head, *lines = whole.read_text(encoding="utf-8").splitlines(keepends=True)
    late = [line for line in lines if line.split(",")[1] >= "2024-04"]
    (folder / "last" / whole.name).write_text(head + "".join(late), encoding="utf-8")
    whole.write_text(head + "".join(line for line in lines if line not in late), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def divided(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The first part, its ledgers worked through some groups at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "AT_ONCE", 100)
        patch.setattr(ledger, "A_PASS", 200)
        return made(tmp_path_factory.mktemp("divided") / "home", files / "first")


def made(root: Path, *sources: Path, built_on: dt.datetime = BUILT_ON) -> Home:
    home = Home(root)
    for source in sources:
        import_files(home, [source])
        build(home, built_on=built_on, claims=False)
    return home


def version(home: Home) -> Path:
    return home.warehouse / str(home.current()["build_id"])  # type: ignore[index]


def different(one: Path, other: Path) -> dict[str, int]:
    """Rows of each table that only one of two versions has."""
    con, found = duckdb.connect(), {}
    for name in sorted(set(parts.tables(one)) & set(parts.tables(other))):
        # Sums of fractions depend on the order of addition in their last digit.
        columns = ", ".join(
            f"printf('%.9g', {c[0]}) AS {c[0]}" if c[1] == "DOUBLE" else c[0]
            for c in con.execute(f"DESCRIBE FROM {parts.relation(one, name)}").fetchall()
        )
        told = ADDED_UP.get(name, columns)
        grouped = " GROUP BY ALL" if name in ADDED_UP else ""
        rows = [f"(SELECT {told} FROM {parts.relation(v, name)}{grouped})" for v in (one, other)]
        sides = [f"({a} EXCEPT ALL {b})" for a, b in (rows, rows[::-1])]
        [(count,)] = con.execute(f"SELECT count(*) FROM ({' UNION ALL '.join(sides)})").fetchall()
        if count:
            found[name] = count
    return found


def test_some_groups_at_a_time_give_what_all_give(
    files: Path, divided: Home, tmp_path: Path
) -> None:
    whole = version(made(tmp_path / "whole", files / "first"))
    in_parts = version(divided)
    assert not parts.divided(whole, LARGE) and parts.divided(in_parts, LARGE)
    names = [Path(file).parts[1:] for file in parts.files(in_parts, LARGE)]
    assert {year for year, _ in names} == {f"year={year}" for year in range(2021, 2025)}
    assert len({number for _, number in names}) > 3
    assert different(whole, in_parts) == {}
    assert verify_home(divided).damaged == ()


def test_what_is_in_parts_is_asked_like_any_other_and_nothing_beside_it(
    divided: Home, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(divided.root, moved)
    reader = Reader(Home(moved), version(divided).name)
    asked = Selection(start="2023-02", end="2023-09", by=("partner",), role="staff")
    answer = estimate(reader, indicators()["savings_per_member"], asked)
    assert any(row.published for row in answer) and reader.has_table(LARGE)
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for path in (secret, moved / "home.json", moved / "warehouse" / "current.json"):
        with pytest.raises(duckdb.PermissionException):
            reader.query(f"SELECT * FROM read_text('{path}')")
    with pytest.raises(duckdb.Error):
        reader.query("SET enable_external_access = true")
    another = Reader(Home(moved), version(divided).name)
    counted = f"SELECT count(*) FROM {LARGE}"
    assert another.query(counted) == reader.query(counted)


@pytest.mark.parametrize(
    ("corrected", "first"),
    [
        (None, 2024),  # one month of records: what was made of earlier years stands
        ("2022-05-28", 2022),  # a correction of an old record: from its year on
    ],
)
def test_one_month_more_gives_what_everything_from_nothing_gives(
    corrected: str | None, first: int, files: Path, divided: Home, tmp_path: Path, by_parts: None
) -> None:
    home, later = Home(tmp_path / "home"), [files / "last"]
    shutil.copytree(divided.root, home.root)
    if corrected:
        [(group,)] = duckdb.execute(
            f"""SELECT min(group_id) FROM {parts.relation(version(home), LARGE)}
            WHERE period = '{corrected[:7]}' AND reported = 1"""
        ).fetchall()
        later.append(tmp_path / "correction.csv")
        later[-1].write_text(
            "group_id,obs_date,members_women,members_men,savings_cycle_xof,loans_outstanding_xof,"
            f"loan_fund_cash_xof,social_fund_xof,demonstration\n{group},{corrected},21,0,5,0,1,7,true\n"
        )
    for path in later:
        assert all(report.rows_landed for report in import_files(home, [path]))
    next_day = BUILT_ON + dt.timedelta(days=1)
    build(home, built_on=next_day, claims=False)
    linked = [file for file in parts.files(version(home), LARGE)
              if (version(home) / file).stat().st_nlink > 1]  # fmt: skip
    assert {int(file.split("year=")[1][:4]) for file in linked} == set(range(2021, first))
    anew = Home(tmp_path / "anew")
    for path in (files / "first", *later):
        import_files(anew, [path])
    build(anew, built_on=next_day, claims=False)
    # What is told of a change waits until enough groups stand behind it; nothing waits anew.
    told = different(version(anew), version(home))
    assert set(told) <= {"estimate_public", "estimate_pending"}


OLD = {
    "core_vsla_group": "('A', DATE '2020-01-05', NULL, 'segou'), ('B', NULL, NULL, 'mopti')",
    "core_vsla_cycle": "('A', 1, DATE '2020-01-10', DATE '2021-02-01'), "
    "('A', 2, DATE '2021-02-01', NULL)",
    "core_price_index": "('2022-01', 1.5), ('2022-02', 1.6)",
    "core_contribution_span": "(DATE '2020-03-01', DATE '2022-04-01')",
    "core_other": "(1)",
}  # fmt: skip
COLUMNS = {
    "core_vsla_group": "group_id, date_first_training, date_closed, region",
    "core_vsla_cycle": "group_id, cycle_no, date_savings_started, next_cycle_started",
    "core_price_index": "month, price_level",
    "core_contribution_span": "first_date, last_date",
    "core_other": "a",
}


@pytest.mark.parametrize(
    ("table", "old", "new", "first"),
    [
        ("core_vsla_group", "('B'", "('B'", 2022),
        ("core_vsla_group", "('B', NULL", "('C', DATE '2021-04-01', NULL, ''), ('B', NULL", 2021),
        ("core_vsla_group", "('B', NULL, NULL", "('B', NULL, DATE '2021-06-30'", 2021),
        ("core_vsla_group", "'mopti'", "'gao'", None),
        ("core_vsla_group", "('B', NULL", "('C', NULL", None),
        ("core_vsla_cycle", "DATE '2021-02-01', NULL)",
         "DATE '2021-02-01', DATE '2022-01-07'), ('A', 3, DATE '2022-01-07', NULL)", 2022),
        ("core_vsla_cycle", "2, DATE '2021-02-01'", "2, DATE '2020-11-01'", 2020),
        ("core_price_index", "('2022-02', 1.6)", "('2022-02', 1.6), ('2022-03', 1.7)", 2022),
        ("core_price_index", "1.5", "1.4", 2022),
        ("core_price_index", "('2022-01'", "('2019-01'", 2019),
        ("core_contribution_span", "'2022-04-01'", "'2022-05-01'", 2022),
        ("core_contribution_span", "'2020-03-01'", "'2020-04-01'", None),
        ("core_other", "(1)", "(2)", None),
    ],
)  # fmt: skip
def test_what_differs_tells_from_which_year_on_all_is_made_again(
    table: str, old: str, new: str, first: int | None, tmp_path: Path
) -> None:
    con = duckdb.connect()
    for name, rows in OLD.items():
        told = f"SELECT * FROM (VALUES {{}}) t({COLUMNS[name]})"
        con.execute(f"COPY ({told.format(rows)}) TO '{tmp_path / name}.parquet'")
        assert old in OLD[table]
        con.execute(
            f"CREATE TABLE {name} AS "
            + told.format(rows.replace(old, new) if name == table else rows)
        )
    landed = tuple(Batch(n, n, 1, "f", None, "", "", "") for n in ("vsla_group", "vsla_cycle"))
    before = Before(tmp_path, dt.date(2022, 9, 1), dt.date(2022, 6, 30), landed)
    day = first_day_changed(con, Home(tmp_path), before, list(OLD))
    assert (day and day.year) == first


@pytest.mark.parametrize(
    ("page", "known"),
    [
        ({}, True), ({"code": "other"}, False), ({"last_day": None}, False),
        ({"batches": [{"batch_id": "gone"}]}, False),
    ],
)  # fmt: skip
def test_one_goes_on_only_from_a_version_of_the_same_program_with_nothing_removed(
    page: dict[str, object], known: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "20240101T000000-a"
    folder.mkdir()
    (folder / "core_a.parquet").write_bytes(b"a")
    seal(folder)
    told = {"code": "c", "built_at": "2024-01-01T00:00:00", "last_day": "2023-12-31", "batches": []}
    folder.with_name(f"{folder.name}.json").write_text(json.dumps(told | page))
    assert (before_of(folder, [], "c") is not None) == known
    (folder / "core_a.parquet").write_bytes(b"b")
    assert before_of(folder, [], "c") is None
