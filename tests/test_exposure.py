"""What struck where: from a feed's rows to a cercle's month, on small tables."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from analytics.period import KINDS, periods_between
from analytics.warehouse.build import models
from analytics.warehouse.references import (
    _period_row,
    _places,
    _population,
    _sources,
    _table,
)

EXPOSURE = [
    # place, month, kind, measure, value, source, _sequence
    ("bla", "2022-01", "insecurity", "events", 3.0, "feed", 1),
    ("segou", "2022-01", "insecurity", "events", 5.0, "feed", 1),  # the cercle: bla is one too
    ("segou", "2022-01", "insecurity", "events", 4.0, "feed", 2),  # a correction
    ("segou", "2022-01", "prices", "alps", 2.0, "regions", 1),  # the region: no pure cercle
    ("mopti", "2022-01", "climate", "rainfall_z", -1.5, "by cercle", 1),  # says its level
    ("mali", "2022-01", "covid19", "stringency", 60.0, "index", 1),
    ("niono", "2022-02", "prices", "alps", 3.0, "markets", 2),
    ("niono", "2022-01", "prices", "alps", 0.5, "markets", 2),
]

MODELS = ("core_shock_exposure", "core_exposure", "core_population", "mart_exposure")


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(
        """CREATE TABLE landed_shock_exposure (place VARCHAR, month VARCHAR, kind VARCHAR,
            measure VARCHAR, value DOUBLE, source VARCHAR, _sequence INT, _row INT)"""
    )
    con.executemany("INSERT INTO landed_shock_exposure VALUES (?, ?, ?, ?, ?, ?, ?, 0)", EXPOSURE)
    _places(con)
    _sources(con)
    _population(con)
    con.execute(
        """CREATE TABLE landed_population (place VARCHAR, year INT, population BIGINT,
            women BIGINT, source VARCHAR, _sequence INT, _row INT)"""
    )
    span = (dt.date(2022, 1, 1), dt.date(2022, 12, 31))
    periods = [p for kind in KINDS for p in periods_between(*span, kind)]
    _table(con, "ref_period", [_period_row(period, span) for period in periods])
    for name, sql in models().items():
        if name.startswith(MODELS):
            con.execute(f"CREATE TABLE {name} AS {sql}")
    return con


def month_of(con: duckdb.DuckDBPyConnection, cercle: str, column: str, month: str) -> float | None:
    return con.execute(
        f"SELECT {column} FROM core_exposure_cercle_month WHERE cercle = ? AND month = ?",
        [cercle, month],
    ).fetchall()[0][0]


def test_a_name_shared_by_region_and_cercle_is_what_its_source_speaks_of(con) -> None:
    found = con.execute(
        "SELECT place, measure, level FROM core_shock_exposure WHERE place IN ('segou', 'mopti')"
    ).fetchall()
    assert sorted(found) == [
        ("mopti", "rainfall_z", "cercle"),
        ("segou", "alps", "region"),
        ("segou", "events", "cercle"),
    ]


def test_a_correction_replaces_what_it_corrects(con) -> None:
    assert month_of(con, "segou", "events", "2022-01") == 4


def test_a_cercle_the_feed_does_not_name_had_no_event(con) -> None:
    assert month_of(con, "niono", "events", "2022-01") == 0
    # A month in which the feed says nothing of anyone is not a month without events.
    assert month_of(con, "niono", "events", "2022-02") is None


def test_intensity_comes_from_the_cercle_else_its_region_else_the_country(con) -> None:
    assert month_of(con, "niono", "alps", "2022-01") == 0.5
    assert month_of(con, "bla", "alps", "2022-01") == 2
    # San was in the old region of Ségou, which the source may mean.
    assert month_of(con, "san", "alps", "2022-01") == 2
    assert month_of(con, "kayes", "alps", "2022-01") is None
    assert month_of(con, "kayes", "stringency", "2022-01") == 60


def shock(con: duckdb.DuckDBPyConnection, cercle: str, column: str, period: str) -> int | None:
    return con.execute(
        f"SELECT {column} FROM core_exposure_class WHERE cercle = ? AND period = ?",
        [cercle, period],
    ).fetchall()[0][0]


def test_a_shock_is_in_its_top_class_by_published_cut_offs_where_there_are_any(con) -> None:
    # ALPS: niono at 0.5 in January and 3 in February; the quarter stands at its worst month.
    told = [shock(con, "niono", "prices", p) for p in ("2022-01", "2022-02", "2022-Q1")]
    assert told == [0, 1, 1]
    # SPI: a standard deviation and a half below the mean.
    assert shock(con, "mopti", "climate", "2022-01") == 1
    assert shock(con, "kayes", "climate", "2022-01") is None


def test_exposed_is_any_shock_and_unknown_only_where_nothing_is_known(con) -> None:
    assert shock(con, "mopti", "exposed", "2022-01") == 1
    # No event, nothing else known: less exposed, not unknown.
    assert shock(con, "kayes", "exposed", "2022-01") == 0
    assert shock(con, "kayes", "exposed", "2022-02") is None
