"""Bad input to the follow-up of businesses: each case has a stated outcome, never a silent number.

Ten businesses of a network whose price crisis begins in March 2022: before it each sells 1,000
francs a month; what is odd in each stands in ``revenue``.
"""

from __future__ import annotations

import pytest

from analytics.estimates.estimate import Row, estimate
from analytics.indicator import indicator
from analytics.pipeline import build
from analytics.selection import Selection
from analytics.warehouse.home import Home
from analytics.warehouse.land import FileReport, import_files
from analytics.warehouse.read import Reader, open_reader
from tests.conftest import BUILT_ON
from tests.network import write_csv

MONTHS = [f"{year}-{month:02d}" for year in (2021, 2022) for month in range(1, 13)]
ONSET = "2022-03"
CODES = {"2022-03": 9999, "2022-04": 99999, "2022-05": 999999, "2022-06": 9999999}
EVERYONE = [f"B{number}" for number in range(10)]


def revenue(business: str, month: str) -> object:
    """What a business sold; None where it has no record."""
    if month < ONSET or business not in ("B0", "B1", "B4"):
        return 1000
    if business == "B0":  # two good months with a month missing between them, then bad ones
        return {"2022-04": 950, "2022-05": None, "2022-06": 950}.get(month, 500)
    if business == "B1":  # "does not know", four ways; then as before
        return CODES.get(month, 1000)
    return None if month > ONSET else ""  # B4: closed for good in the month the crisis came


def weight(business: str) -> object:
    return {"B2": 0, "B3": ""}.get(business, 2)


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[FileReport]]:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "files").mkdir()
    write_csv(folder / "files" / "a_vsla_group.csv", [
        {"group_id": f"G{number}", "region": "segou", "cercle": "bla",
         "facilitating_agency": "CARE Mali", "group_type": "women_only", "network_member": "true",
         "wlie": "false"}
        for number in range(10)
    ])  # fmt: skip
    rows = [
        {"business_id": business, "group_id": f"G{business[1:]}", "obs_date": f"{month}-15",
         "owner_sex": "female", "sector": "food", "revenue_xof": sold, "weight": weight(business),
         "status": "closed" if business == "B4" and month >= ONSET else "open",
         "adaptations": "none"}
        for business in EVERYONE for month in MONTHS
        if (sold := revenue(business, month)) is not None
    ]  # fmt: skip
    write_csv(folder / "files" / "b_business_observation.csv",
              [*rows, {**rows[-1], "obs_date": "2022-12-16", "revenue_xof": -1}])  # fmt: skip
    home = Home(folder / "home")
    reports = import_files(home, [folder / "files"])
    build(home, built_on=BUILT_ON)
    return home, reports


@pytest.fixture(scope="module")
def reader(landed: tuple[Home, list[FileReport]]) -> Reader:
    return open_reader(landed[0])


def ask(reader: Reader, name: str, period: str = "2022", **question: object) -> list[Row]:
    selection = Selection(**{"start": period, "end": period, "role": "staff", **question})  # type: ignore[arg-type]
    return list(estimate(reader, indicator(name), selection).rows)


def one(reader: Reader, name: str, period: str = "2022", **question: object) -> Row:
    [row] = ask(reader, name, period, **question)
    return row


def test_minus_one_is_refused_and_the_other_codes_are_not(
    landed: tuple[Home, list[FileReport]],
) -> None:
    [_, report] = landed[1]
    assert [(v.column, v.rule) for v in report.violations] == [("revenue_xof", "negative")]
    assert report.rows_rejected == 1


def test_codes_for_does_not_know_are_missing_months_and_said(reader: Reader) -> None:
    """Two quarters of B1’s year: its share of what was sold is what it really knew."""
    spring = one(reader, "revenue_ratio", "2022-Q2")
    # B0: 950 and 500; B1: nothing known; B4: closed, nothing sold; five others: 3,000 each.
    assert spring.numerator == 2 * (950 + 950 + 5 * 3000)
    assert spring.denominator == 2 * (2000 + 3000 + 5 * 3000)
    assert "does_not_know" in spring.caveats
    assert spring.n_people == 7  # without B1, and without the two of no weight
    autumn = one(reader, "revenue_ratio", "2022-Q4")
    assert (autumn.n_people, "does_not_know" in autumn.caveats) == (8, False)


def test_weights_of_zero_or_missing_leave_out_and_are_said(reader: Reader) -> None:
    for name in ("business_operating_rate", "revenue_ratio", "recovered_within_6_months"):
        row = one(reader, name)
        assert (row.n_people, row.n_groups) == (8, 8)
        assert "weights_missing" in row.caveats, name


def test_a_month_missing_breaks_a_recovery_and_is_said(reader: Reader) -> None:
    """B0 had two good months, and nobody knows of the one between: it has not recovered."""
    within = one(reader, "recovered_within_6_months")
    # B1 recovered when it was known again, in July; B0 and the closed B4 never; five at once.
    assert (within.numerator, within.denominator) == (2 * 6, 2 * 8)
    assert "months_missing" in within.caveats
    curve = {row.keys["since"]: row for row in ask(reader, "recovered_by_month", by=("since",))}
    assert (curve["3"].numerator, curve["4"].numerator) == (2 * 5, 2 * 6)
    assert curve["9"].denominator == 2 * 8  # those waiting are still in it


def test_what_closed_stays_in_every_count(reader: Reader) -> None:
    rows = {row.keys["kind"]: row for row in ask(reader, "business_outcome_share", by=("kind",))}
    assert {kind: row.numerator for kind, row in rows.items()} == {
        "strengthened": 0, "maintained": 2 * 6, "weakened": 2 * 1, "closed": 2 * 1}
    assert one(reader, "business_operating_rate").value == pytest.approx(7 / 8)


def test_few_businesses_stop_the_curve_and_hide_it_from_the_public(reader: Reader) -> None:
    """One of eight more would move it by over five points: no value, and a reason."""
    last = ask(reader, "recovered_by_month", by=("since",))[-1]
    assert last.value is None
    told = one(reader, "recovered_by_month")
    assert told.value is None and "few_still_followed" in told.caveats
    for row in ask(reader, "recovered_by_month", by=("since",), role="public"):
        assert row.value is None and row.numerator is None


def test_a_first_year_that_is_not_over_is_not_told(reader: Reader) -> None:
    assert one(reader, "revenue_loss_area").status == "no_data"
    assert one(reader, "revenue_depth").status == "no_data"
