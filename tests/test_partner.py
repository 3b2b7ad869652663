"""A partner's odd workbook goes all the way to an estimate."""

from __future__ import annotations

import pytest

from analytics.estimates.estimate import estimate
from analytics.indicator import indicator
from analytics.pipeline import build
from analytics.selection import Selection
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import open_reader
from analytics.warehouse.report import FileReport
from tests.conftest import BUILT_ON
from tests.partner import write_partner_workbook


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, dict[str, FileReport]]:
    folder = tmp_path_factory.mktemp("partner")
    write_partner_workbook(folder / "rapport AVEC 2022.xlsx")
    home = Home(folder / "home")
    reports = import_files(home, [folder / "rapport AVEC 2022.xlsx"])
    build(home, built_on=BUILT_ON)
    return home, {report.dataset or report.sheet or "": report for report in reports}


def test_three_sheets_are_recognised_under_their_titles(delivered: tuple) -> None:
    _, reports = delivered
    assert set(reports) == {"vsla_group", "vsla_cycle", "vsla_observation"}
    # One group names a region that does not exist; its cycle and three records go with it.
    counts = {name: (r.rows_read, r.rows_landed, r.rows_rejected) for name, r in reports.items()}
    assert counts == {
        "vsla_group": (40, 39, 1),
        "vsla_cycle": (40, 39, 1),
        "vsla_observation": (120, 117, 3),
    }


def test_the_refused_row_is_where_the_sender_sees_it(delivered: tuple) -> None:
    _, reports = delivered
    [violation] = reports["vsla_group"].violations
    # Group 13 stands in row 17: two title rows, a blank one and the header come first.
    assert (violation.row, violation.value, violation.suggestion) == (17, "Sikasko", "Sikasso")


def test_names_and_telephones_never_reach_the_base(delivered: tuple) -> None:
    home, reports = delivered
    dropped = [w for w in reports["vsla_group"].warnings if w["code"] == "personal_column_dropped"]
    assert len(dropped) == 2
    kept = b"".join(p.read_bytes() for p in home.root.rglob("*") if p.is_file())
    assert b"Personne 7" not in kept and b"76 07 11 22" not in kept


def test_amounts_dates_and_places_are_read_as_meant(delivered: tuple) -> None:
    home, _ = delivered
    subject, question = indicator("savings_per_member"), {"start": "2022-Q3", "end": "2022-Q3"}
    [nation] = estimate(open_reader(home), subject, Selection(role="staff", **question))
    groups = [n for n in range(1, 41) if n != 13]
    # "300 250,5" is rounded to a whole franc, half to even like the amounts themselves.
    savings = sum(300_000 + 50 * n for n in groups)
    assert nation.numerator == pytest.approx(savings, abs=8)
    assert nation.denominator == sum(20 if n % 4 else 23 for n in groups)
    answer = estimate(open_reader(home), subject,
                      Selection(by=("region",), role="staff", **question))  # fmt: skip
    by_region = {row.keys["region"]: row.n_groups for row in answer.published}
    # Of Ségou's groups one names a cercle nobody knows, in an old region that was split.
    assert by_region == {"segou": 19, "san": 8, "koutiala": 3, "mopti": 8, "not_specified": 1}


def test_a_missing_input_lowers_coverage_and_never_becomes_zero(delivered: tuple) -> None:
    home, _ = delivered
    reader = open_reader(home)
    question = Selection(role="staff", start="2022-Q3", end="2022-Q3")
    [row] = estimate(reader, indicator("dropout_rate"), question)
    assert (row.status, row.n_groups) == ("no_data", 0)
