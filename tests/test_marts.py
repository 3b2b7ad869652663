"""Marts of any grain: places, people and groups, each counted once."""

from __future__ import annotations

import duckdb
import pytest

from analytics.disclosure.gate import Exact, allow, public_table
from analytics.estimates.compute import MEASURES, answer, compute
from analytics.estimates.mart import mart_of, with_places
from analytics.estimates.question import Question
from analytics.estimates.stored import _by_one_dimension
from analytics.indicator import Indicator, indicator
from analytics.selection import Selection

BASE = indicator("savings_per_member")
EVENTS = BASE.model_copy(update={
    "id": "events", "mart": "mart_places", "numerator": "events", "denominator": "population",
    "scale": 100_000, "unit": "per_100k", "klass": "open", "analysis_unit": "place",
    "breakdowns": ("region", "cercle", "month"),
})  # fmt: skip
#: cercle rows in Ségou and San, region rows for Ségou (again) and Kayes, old Sikasso, the country
PLACES = [
    # period, level, cercle, region_2023, region_2012, events, population
    ("2022-01", 3, "bla", "segou", "segou", 4, 400_000),
    ("2022-01", 3, "macina", "segou", "segou", 0, 200_000),
    ("2022-01", 2, None, "segou", "segou", 9, 900_000),
    ("2022-01", 3, "san", "san", "segou", 1, 100_000),
    ("2022-01", 1, None, "not_specified", "sikasso", 6, 300_000),
    ("2022-01", 0, None, None, None, 50, 5_000_000),
    # In February only the country is known.
    ("2022-02", 0, None, None, None, 20, 5_000_000),
]


@pytest.fixture
def places() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("CREATE TABLE region_unit (division VARCHAR, region VARCHAR, unit VARCHAR)")
    con.execute(
        """CREATE TABLE mart_places (period_kind VARCHAR, period VARCHAR, place_level INT,
            cercle VARCHAR, region_2023 VARCHAR, region_2012 VARCHAR, events INT, population INT)"""
    )
    for row in PLACES:
        con.execute("INSERT INTO mart_places VALUES ('month', ?, ?, ?, ?, ?, ?, ?)", list(row))
    return con


def cells(con: duckdb.DuckDBPyConnection, subject: Indicator) -> dict[tuple[str, str, str], float]:
    mart = mart_of(con, subject.mart)
    con.execute(f"CREATE TEMP TABLE divided AS SELECT * FROM {with_places(con, mart)}")
    frame = _by_one_dimension(con, subject, mart, mart.dimensions(subject))
    assert set(MEASURES) <= set(frame.columns)
    rows = frame[["dimension", "key", "period", "value"]].itertuples(index=False)
    return {(dimension, key, period): value for dimension, key, period, value in rows}


def test_a_place_is_made_of_its_finest_rows_and_of_each_once(
    places: duckdb.DuckDBPyConnection,
) -> None:
    found = cells(places, EVENTS)
    assert found["cercle", "bla", "2022-01"] == 1  # 4 in 400,000
    assert found["region_2023", "segou", "2022-01"] == pytest.approx(4 / 6)  # not its own row too
    assert found["region_2012", "segou", "2022-01"] == pytest.approx(5 / 7)  # with San
    assert found["region_2012", "sikasso", "2022-01"] == 2
    assert found["nation", "mali", "2022-01"] == pytest.approx((4 + 0 + 1 + 6) / 10)
    assert {key for dimension, key, _ in found if dimension == "region_2023"} == {
        "segou", "san", "not_specified",
    }  # fmt: skip


def test_a_national_figure_stands_where_it_is_all_there_is(
    places: duckdb.DuckDBPyConnection,
) -> None:
    found = cells(places, EVENTS)
    assert found["nation", "mali", "2022-02"] == pytest.approx(0.4)
    assert {dimension for dimension, _, period in found if period == "2022-02"} == {"nation"}


def test_a_free_question_about_places_equals_the_stored_one(
    places: duckdb.DuckDBPyConnection,
) -> None:
    frame = compute(places, EVENTS, {"region": "m.region_2012"}, "m.region_2012 = ?", ["segou"])
    assert frame["value"].tolist() == [pytest.approx(5 / 7)]


def test_all_of_an_open_indicator_is_public_and_nothing_of_another_is() -> None:
    cell = Exact("events", "cercle", "bla", "month", "2022-01", 1.0, None, None, None, 4.0, 4e5,
                 0, 0, 0, 4.0, 4.0, None, 4e5, 4e5, None)  # fmt: skip
    [shown] = public_table(EVENTS, [cell])
    assert (shown.status, shown.value, shown.n_groups, shown.n_people) == (
        "published", 1.0, None, None)  # fmt: skip
    allow(EVENTS, Selection(by=("cercle", "month")))
    assert public_table(BASE, [cell])[0].status == "no_data"  # no people: nothing to publish


# --- people within groups ------------------------------------------------------------------------

ADAPTED = BASE.model_copy(update={
    "id": "adapted", "mart": "mart_cases", "numerator": "adapted", "denominator": "asked",
    "unit": "share", "bounded": True, "breakdowns": ("kind", "year"), "numerator_by": ("kind",),
    "kinds": "adaptations",
})  # fmt: skip
CASES = [
    # person, cluster, kind, adapted, asked
    ("b1", "G1", "all", 1, 1), ("b1", "G1", "masks", 1, 1), ("b1", "G1", "soap", 1, 1),
    ("b2", "G1", "all", 0, 1), ("b3", "G2", "all", 1, 1), ("b3", "G2", "soap", 1, 1),
    ("b4", None, "all", 0, 1),
]  # fmt: skip


@pytest.fixture
def cases() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(
        """CREATE TABLE mart_cases (period_kind VARCHAR, period VARCHAR, region_2023 VARCHAR,
            region_2012 VARCHAR, cercle VARCHAR, person VARCHAR, cluster VARCHAR, kind VARCHAR,
            adapted INT, asked INT, weight DOUBLE)"""
    )
    for row in CASES:
        con.execute("INSERT INTO mart_cases VALUES ('year', '2022', 'segou', 'segou', 'bla', "
                    "?, ?, ?, ?, ?, 1)", list(row))  # fmt: skip
    return con


def test_people_are_counted_once_and_only_groups_are_groups(
    cases: duckdb.DuckDBPyConnection,
) -> None:
    [row] = compute(cases, ADAPTED, {}, "TRUE", []).to_dict("records")
    assert (row["value"], row["n_people"], row["n_groups"]) == (0.5, 4, 2)
    # The largest group holds half of those asked, and half of those who adapted.
    assert (row["denominator_top1"], row["numerator_top1"]) == (2, 1)


def test_a_kind_is_a_share_of_all_and_not_of_its_own(cases: duckdb.DuckDBPyConnection) -> None:
    frame = compute(cases, ADAPTED, {"kind": "m.kind"}, "TRUE", [], parted={"kind": None})
    found = {row["kind"]: row for row in frame.to_dict("records")}
    told = {kind: row["value"] for kind, row in found.items() if row["value"]}
    assert told == {"masks": 0.25, "soap": 0.5}
    assert found["stock"]["value"] == 0 and "none" not in found  # nobody did: none, not unknown
    assert {row["n_people"] for row in found.values()} == {4}
    [only] = compute(cases, ADAPTED, {}, "TRUE", [], parted={"kind": "soap"}).to_dict("records")
    assert (only["value"], only["denominator"]) == (0.5, 4)


def test_a_mart_must_have_what_an_indicator_divides_by(cases: duckdb.DuckDBPyConnection) -> None:
    subject = ADAPTED.model_copy(update={"breakdowns": ("kind", "sector")})
    with pytest.raises(ValueError, match="no column sector"):
        mart_of(cases, "mart_cases").dimensions(subject)
    mart = mart_of(cases, "mart_cases")
    assert len(answer(cases, Question(ADAPTED, mart, "mart_cases", {}))) == 1
