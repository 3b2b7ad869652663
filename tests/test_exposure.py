"""What struck where: from a feed's rows to a cercle's month, on small tables."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from analytics.estimates.compute import compute
from analytics.estimates.mart import mart_of, places_in_span, with_places
from analytics.estimates.stored import _by_one_dimension
from analytics.geography.places import cercles, region_units
from analytics.indicator import indicator
from analytics.period import KINDS, periods_between
from analytics.shocks import Freshness, change_class, published_class
from analytics.sources.feeds.catalogue import catalogue
from analytics.warehouse.build import models
from analytics.warehouse.references import (
    _crisis_events,
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
    _population(con)
    con.execute(
        """CREATE TABLE landed_population (place VARCHAR, year INT, population BIGINT,
            women BIGINT, source VARCHAR, _sequence INT, _row INT)"""
    )
    span = (dt.date(2022, 1, 1), dt.date(2022, 12, 31))
    periods = [p for kind in KINDS for p in periods_between(*span, kind)]
    _table(con, "ref_period", [_period_row(period, span) for period in periods])
    build(con)
    return con


def build(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DROP TABLE IF EXISTS ref_source")
    _sources(con)
    for name, sql in models().items():
        if name.startswith(MODELS):
            con.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")


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


# --- open indicators -----------------------------------------------------------------------------

#: the people of the regions that the tests speak of, as published for 2022
PEOPLE = {r.slug: r.population_2022 for r in region_units("2023")}


def told(con: duckdb.DuckDBPyConnection, name: str, period: str) -> dict[tuple[str, str], float]:
    """Each place with a value in a period: (dimension, key) → value."""
    con.execute("CREATE TABLE IF NOT EXISTS region_unit (division VARCHAR, region VARCHAR, "
                "unit VARCHAR)")  # fmt: skip
    subject = indicator(name)
    mart = mart_of(con, subject.mart)
    con.execute(f"CREATE OR REPLACE TEMP TABLE divided AS SELECT * FROM {with_places(con, mart)}")
    frame = _by_one_dimension(con, subject, mart, mart.dimensions(subject))
    rows = frame[["dimension", "key", "period", "value"]].itertuples(index=False)
    return {(d, k): v for d, k, p, v in rows if p == period and v == v}


def cercles_of(region: str, division: str = "2023") -> list[str]:
    return [c.slug for c in cercles() if getattr(c, f"region_{division}") == region]


def test_events_are_a_rate_of_the_regions_people_and_of_no_cercle_without_its_own(con) -> None:
    found = told(con, "events_per_100k", "2022-01")
    old = [r.slug for r in region_units("2023") if r.parent_2012 == "segou"]
    assert found["region_2023", "segou"] == pytest.approx(1e5 * (3 + 4) / PEOPLE["segou"])
    assert found["region_2023", "kayes"] == 0
    assert found["region_2012", "segou"] == pytest.approx(1e5 * 7 / sum(map(PEOPLE.get, old)))
    # Taoudénit has people, though no cercle of ours.
    assert found["nation", "mali"] == pytest.approx(1e5 * 7 / sum(PEOPLE.values()))
    assert not [key for dimension, key in found if dimension == "cercle"]


def test_cercles_with_people_of_their_own_make_their_region_up(con) -> None:
    people = {slug: 100_000.0 + n for n, slug in enumerate(cercles_of("segou"))}
    for slug, count in people.items():
        con.execute("INSERT INTO landed_population VALUES (?, 2020, ?, NULL, 'by cercle', 1, 0)",
                    [slug, count])  # fmt: skip
    build(con)
    found = told(con, "events_per_100k", "2022-01")
    assert found["cercle", "bla"] == pytest.approx(1e5 * 3 / people["bla"])
    assert found["region_2023", "segou"] == pytest.approx(1e5 * 7 / sum(people.values()))
    others = sum(PEOPLE.values()) - PEOPLE["segou"]
    assert found["nation", "mali"] == pytest.approx(1e5 * 7 / (others + sum(people.values())))


def test_what_a_feed_places_in_a_region_only_comes_on_top_where_its_grains_add_up(con) -> None:
    for place, value, source in (("bla", 2, "acled_events/cercle"),
                                 ("segou", 5, "acled_events/region"),
                                 ("mali", 1, "acled_events/country"),
                                 ("kayes", 9, "hapi_conflict/region"),
                                 ("bla", 40, "acled_other/cercle")):  # fmt: skip
        con.execute("INSERT INTO landed_shock_exposure VALUES "
                    "(?, '2022-03', 'insecurity', 'events', ?, ?, 3, 0)",
                    [place, value, source])  # fmt: skip
    build(con)
    found = told(con, "events_per_100k", "2022-03")
    assert found["region_2023", "segou"] == pytest.approx(1e5 * 7 / PEOPLE["segou"])
    # Alternatives are the whole once more, and what stands beside is in no exposure.
    assert found["region_2023", "kayes"] == 0
    assert found["nation", "mali"] == pytest.approx(1e5 * 8 / sum(PEOPLE.values()))


def test_a_level_is_that_of_the_worst_month_weighted_by_people(con) -> None:
    quarter = told(con, "price_alert_level", "2022-Q1")
    assert quarter["cercle", "niono"] == pytest.approx(3)  # crisis in February
    assert quarter["cercle", "bla"] == pytest.approx(3)  # from its region, in January
    month = told(con, "price_alert_level", "2022-01")
    inside = cercles_of("segou")
    mean = sum(1 if slug == "niono" else 3 for slug in inside) / len(inside)  # equal parts
    assert month["region_2023", "segou"] == pytest.approx(mean)
    assert ("region_2023", "kayes") not in month


def test_a_national_measure_stands_for_the_country_alone(con) -> None:
    assert told(con, "stringency", "2022-Q1") == {("nation", "mali"): 60.0}


def test_a_stock_is_averaged_over_the_months_assessed(con) -> None:
    for month, value in (("2022-04", 100), ("2022-05", 300)):
        con.execute("INSERT INTO landed_shock_exposure VALUES "
                    "('bla', ?, 'displacement', 'displaced', ?, 'dtm_baseline/cercle', 3, 0)",
                    [month, value])  # fmt: skip
    build(con)
    found = told(con, "displaced_per_1000", "2022-Q2")
    assert found["region_2023", "segou"] == pytest.approx(1000 * 200 / PEOPLE["segou"])
    assert found["region_2023", "kayes"] == 0


def test_shares_and_anomalies_are_means_weighted_by_people(con) -> None:
    known = {"bla": 0.3, "kita": 0.1}
    for place, value in known.items():
        for kind, measure, told_value in (("food_insecurity", "phase3plus_share", value),
                                          ("climate", "rainfall_z", 10 * value),
                                          ("prices", "price_change_pct", 100 * value)):  # fmt: skip
            con.execute("INSERT INTO landed_shock_exposure VALUES (?, '2022-06', ?, ?, ?, "
                        "'x/cercle', 3, 0)", [place, kind, measure, told_value])  # fmt: skip
    build(con)
    region = {c.slug: c.region_2023 for c in cercles()}
    weight = {p: PEOPLE[region[p]] / len(cercles_of(region[p])) for p in known}
    mean = sum(weight[p] * v for p, v in known.items()) / sum(weight.values())
    for name, scale in (("population_phase3plus_share", 1), ("rainfall_anomaly", 10),
                        ("staple_price_change", 100)):  # fmt: skip
        found = told(con, name, "2022-06")
        assert found["cercle", "bla"] == pytest.approx(scale * 0.3)
        assert found["nation", "mali"] == pytest.approx(scale * mean)


def test_people_exposed_are_those_of_the_cercles_in_a_top_class(con) -> None:
    found = told(con, "people_exposed", "2022-01")
    exposed = [row[0] for row in con.execute(
        "SELECT cercle FROM core_exposure_class WHERE period = '2022-01' AND exposed = 1"
    ).fetchall()]  # fmt: skip
    region = {c.slug: c.region_2023 for c in cercles()}
    share = {slug: PEOPLE[region[slug]] / len(cercles_of(region[slug])) for slug in region}
    assert 0 < len(exposed) < 53
    assert found["nation", "mali"] == pytest.approx(sum(share[slug] for slug in exposed))
    assert found["cercle", "kayes"] == 0 and found["cercle", "mopti"] == share["mopti"]


def test_a_span_of_months_adds_counts_and_takes_the_worst_level(con) -> None:
    con.execute("INSERT INTO landed_shock_exposure VALUES "
                "('bla', '2022-02', 'insecurity', 'events', 5, 'feed', 4, 0)")  # fmt: skip
    build(con)
    columns = mart_of(con, "mart_exposure__place_period").columns
    months = "mart_exposure__place_period WHERE period_kind = 'month' AND period <= '2022-02'"
    relation = places_in_span(months, columns)
    for name, wanted in (("events_per_100k", 1e5 * 12 / PEOPLE["segou"]), ("price_alert_level", 3)):
        frame = compute(con, indicator(name), {"region": "m.region_2023"},
                        "m.region_2023 = 'segou'", [], relation)  # fmt: skip
        assert frame["value"].tolist() == [pytest.approx(wanted)]


# --- every build alike ---------------------------------------------------------------------------


def turned(con: duckdb.DuckDBPyConnection, table: str, order: str) -> None:
    con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {table} ORDER BY {order}")


def test_a_mean_of_months_and_a_sum_of_places_have_no_order_of_addition(con) -> None:
    # By order of addition, the three of Bla come to -3 or a little more, those of Kita to 0 or
    # a little less.
    for place, values in {"bla": (-1.9, -1.7, 0.6), "kita": (-2.0, 0.1, 1.9),
                          "nara": (0.7, 0.1, 0.3)}.items():  # fmt: skip
        for month, value in enumerate(values, 4):
            con.execute("INSERT INTO landed_shock_exposure VALUES "
                        "(?, ?, 'climate', 'rainfall_z', ?, 'x/cercle', 3, 0)",
                        [place, f"2022-0{month}", value])  # fmt: skip
    for n, cercle in enumerate(cercles()):
        con.execute("INSERT INTO landed_shock_exposure VALUES "
                    "(?, '2022-08', 'climate', 'rainfall_z', ?, 'x/cercle', 3, 0)",
                    [cercle.slug, n / 7])  # fmt: skip
    build(con)
    periods = [n for n in models() if n.startswith("core_exposure") and n.endswith("_period")]
    answers = set()
    for order in ("month", "month DESC", "rainfall_z", "rainfall_z DESC"):
        for table in ("cercle", "local", "place"):
            turned(con, f"core_exposure_{table}_month", order)
        for name in [*periods, "core_exposure_class", "mart_exposure__place_period"]:
            con.execute(f"CREATE OR REPLACE TABLE {name} AS {models()[name]}")
        turned(con, "mart_exposure__place_period", order.replace("month", "cercle")
               .replace("rainfall_z", "rainfall_z_people"))  # fmt: skip
        assert shock(con, "bla", "climate", "2022-Q2") == 1
        found = told(con, "rainfall_anomaly", "2022-Q2")
        assert found["cercle", "bla"] == -1 and str(found["cercle", "kita"]) == "0.0"
        everywhere = told(con, "rainfall_anomaly", "2022-08")
        answers.add(repr(sorted(found.items()) + sorted(everywhere.items())))
    assert len(answers) == 1


# --- what changed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "average", "expected"),
    [(126, 100, "large_rise"), (125, 100, "moderate_rise"), (110, 100, "moderate_rise"),
     (109.9, 100, "limited"), (75, 100, "limited"), (74.9, 100, "large_fall"),
     (5, 2, "low_count"), (6, 2, "large_rise"), (5, 2.1, "large_rise"), (0, 0, "low_count"),
     (6, 0, "large_rise"), (1, 2, "low_count"), (1, 3, "large_fall"), (0, 100, "large_fall")],
)  # fmt: skip
def test_changes_are_called_as_acled_calls_them(now: float, average: float, expected: str) -> None:
    assert change_class(now, average) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("price_alert_level", 0.4, "normal"), ("price_alert_level", 2, "alert"),
     ("price_alert_level", 3, "crisis"), ("rainfall_anomaly", -0.99, "near_normal"),
     ("rainfall_anomaly", -1, "moderately_dry"), ("rainfall_anomaly", 1.5, "severely_wet"),
     ("rainfall_anomaly", -2, "extremely_dry"), ("population_phase3plus_share", 0.2, "phase3"),
     ("population_phase3plus_share", 0.199, "below_phase3"), ("stringency", 80, None)],
)  # fmt: skip
def test_published_classes_at_their_edges(name: str, value: float, expected: str | None) -> None:
    assert published_class(name, value) == expected


@pytest.mark.parametrize(("days", "late"), [(0, False), (14 + 31, False), (14 + 32, True)])
def test_a_feed_is_late_once_its_next_month_should_be_there(days: int, late: bool) -> None:
    source = catalogue().sources["acled_events"]
    feed = Freshness("acled_events", ("events",), "2026-09", days, source)
    assert source.lag_days == 14 and feed.late is late
    assert Freshness("a bulletin", ("events",), "2026-09", 999, None).late is None


# --- register of crises --------------------------------------------------------------------------


def test_the_register_ships_with_the_product_and_an_import_overrides_an_event_by_its_id() -> None:
    con = duckdb.connect()
    _crisis_events(con)
    con.execute("CREATE TABLE landed_crisis_event AS SELECT * FROM ref_crisis_event LIMIT 0")
    con.execute(f"CREATE VIEW core AS {models()['core_crisis_event']}")
    shipped = con.execute("SELECT * FROM core ORDER BY event_id").fetchall()
    assert len(shipped) > 40

    def put(event_id: str, title: str, sequence: int) -> None:
        con.execute("INSERT INTO landed_crisis_event (event_id, start_date, kind, title_fr, "
                    "title_en, source, _row, _sequence) VALUES "
                    "(?, '2021-05-25', 'political', ?, ?, 'office', 0, ?)",
                    [event_id, title, title, sequence])  # fmt: skip

    put("2021-05-coup", "first", 1)
    put("2021-05-coup", "corrected", 2)
    put("our-own-flood", "flood", 1)
    now = {row[0]: row for row in con.execute("SELECT * FROM core").fetchall()}
    assert len(now) == len(shipped) + 1 and now["our-own-flood"][4] == "flood"
    assert now["2021-05-coup"][4] == "corrected"
    unchanged = [row for row in shipped if row[0] != "2021-05-coup"]
    assert all(now[row[0]] == row for row in unchanged)
