"""What lands, what is refused and why: each rule and its message, and nothing ever lost."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import statistics
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import UserError
from analytics.sources.recognise import REASON_HEADER
from analytics.warehouse.build import landed_views, write_completeness
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.report import FileReport, violation_message

GROUPS = """group_id,region,cercle,division,facilitating_agency,group_type,network_member,wlie
G1,Ségou,Bla,2012,CARE Mali,women_only,true,false
G2,San,,2023,ASSAFE,mixed,false,false
"""
HEADER = "group_id,obs_date,members_women,members_men,members_attending,savings_cycle_xof,loans_outstanding_xof,loans_late_xof,loan_fund_cash_xof,social_fund_xof\n"  # noqa: E501
GOOD = "G1,2022-03-31,20,0,18,100000,50000,1000,60000,5000\n"

Land = Callable[..., list[FileReport]]


def observation(**changes: object) -> str:
    """A good observation with some cells replaced."""
    cells = dict(zip(HEADER.strip().split(","), GOOD.strip().split(","), strict=True))
    return ",".join(str(value) for value in {**cells, **changes}.values()) + "\n"


def one(reports: list[FileReport], dataset: str) -> FileReport:
    return next(report for report in reports if report.dataset == dataset)


@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"group_id": "G9"}, "group_id", "unknown_reference"),
        ({"group_id": ""}, "group_id", "required"),
        ({"obs_date": "1999-12-31"}, "obs_date", "date_too_early"),
        ({"obs_date": "2999-01-01"}, "obs_date", "date_in_future"),
        ({"obs_date": "31/31/2022"}, "obs_date", "not_a_date"),
        ({"members_women": -1}, "members_women", "negative"),
        ({"members_women": "20.5"}, "members_women", "not_a_whole_number"),
        ({"members_attending": 21}, "members_attending", "attending_over_members"),
        ({"savings_cycle_xof": ""}, "savings_cycle_xof", "required"),
        ({"savings_cycle_xof": "beaucoup"}, "savings_cycle_xof", "not_a_number"),
        ({"savings_cycle_xof": "1e300"}, "savings_cycle_xof", "number_too_large"),
        ({"loans_late_xof": 50001}, "loans_late_xof", "late_over_outstanding"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_with_its_reason(
    land: Land, changes: dict, column: str, rule: str
) -> None:
    bad = observation(**{"obs_date": "2022-06-30", **changes})
    report = one(land({"g.csv": GROUPS, "o.csv": HEADER + GOOD + bad}), "vsla_observation")
    assert (report.rows_read, report.rows_landed, report.rows_rejected) == (2, 1, 1)
    found = [(v.row, v.column, v.rule) for v in report.violations]
    assert (3, column, rule) in found
    for violation in report.violations:
        for lang in ("fr", "en"):
            message = violation_message(report, violation, lang)
            assert "o.csv" in message and "3" in message and "{" not in message


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"savings_cycle_xof": '"1 234,5"'}, "rounded_to_franc"),
        ({"members_women": 40, "members_attending": 30}, "unusual_member_count"),
    ],
)
def test_what_is_odd_but_possible_is_kept_and_said(land: Land, changes: dict, code: str) -> None:
    report = one(land({"g.csv": GROUPS, "o.csv": HEADER + observation(**changes)}),
                 "vsla_observation")  # fmt: skip
    assert report.rows_landed == 1
    assert code in {warning["code"] for warning in report.warnings}


def test_a_misspelt_region_is_refused_with_the_nearest_match(land: Land) -> None:
    text = GROUPS + "G3,Tombouctu,,2012,AMAPROS,mixed,true,true\n"
    [report] = land({"g.csv": text})
    [violation] = report.violations
    assert (violation.row, violation.column, violation.value) == (4, "region", "Tombouctu")
    assert "Tombouctou" in violation_message(report, violation, "fr")


def test_an_unknown_cercle_keeps_its_region_with_a_warning(land: Land) -> None:
    text = GROUPS + "G3,segou,Farakala,2012,AMAPROS,mixed,true,true\n"
    [report] = land({"g.csv": text})
    assert report.rows_landed == 3
    assert "unknown_cercle" in {warning["code"] for warning in report.warnings}


def test_a_cercle_of_another_region_is_not_believed(land: Land) -> None:
    text = GROUPS + "G3,segou,gao,2012,AMAPROS,mixed,true,true\n"
    [report] = land({"g.csv": text})
    assert report.rows_landed == 3
    assert "cercle_not_in_region" in {warning["code"] for warning in report.warnings}


def test_the_same_content_again_is_all_duplicates(land: Land) -> None:
    files = {"g.csv": GROUPS, "o.csv": HEADER + GOOD}
    land(files)
    for report in land(files):
        assert report.rows_duplicate == report.rows_read
        assert report.rows_landed == 0


def test_a_mended_register_lets_refused_rows_in(land: Land) -> None:
    late = observation(group_id="G7")
    first = one(land({"g.csv": GROUPS, "o.csv": HEADER + GOOD + late}), "vsla_observation")
    assert first.rows_rejected == 1
    mended = GROUPS + "G7,Bamako,,2012,CARE Mali,mixed,true,true\n"
    again = one(land({"g.csv": mended, "o.csv": HEADER + GOOD + late}), "vsla_observation")
    assert (again.rows_landed, again.rows_duplicate, again.rows_rejected) == (1, 1, 0)


def test_a_later_delivery_corrects_and_an_old_file_does_not_undo_it(land: Land) -> None:
    old, new = HEADER + GOOD, HEADER + observation(savings_cycle_xof=90000)
    land({"g.csv": GROUPS, "o.csv": old})
    correction = one(land({"g.csv": GROUPS, "o.csv": new}), "vsla_observation")
    assert (correction.rows_landed, correction.corrections) == (1, 1)
    undone = one(land({"g.csv": GROUPS, "o.csv": old}), "vsla_observation")
    assert (undone.rows_landed, undone.rows_duplicate) == (0, 1)


def test_two_different_rows_for_one_key_in_one_file_are_both_refused(land: Land) -> None:
    text = HEADER + GOOD + observation(savings_cycle_xof=1) + observation(obs_date="2022-06-30")
    report = one(land({"g.csv": GROUPS, "o.csv": text}), "vsla_observation")
    assert (report.rows_landed, report.rows_rejected) == (1, 2)
    assert {v.rule for v in report.violations} == {"conflicting_rows"}


def test_an_exact_copy_of_a_row_is_a_duplicate(land: Land) -> None:
    report = one(land({"g.csv": GROUPS, "o.csv": HEADER + GOOD + GOOD}), "vsla_observation")
    assert (report.rows_landed, report.rows_duplicate) == (1, 1)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_separators_and_encodings(land: Land, separator: str, encoding: str) -> None:
    text = GROUPS.replace(",", separator)
    [report] = land({"g.csv": text.encode(encoding)})
    assert report.rows_landed == 2


def test_an_hxl_row_is_no_data(land: Land) -> None:
    header, *rows = GROUPS.splitlines(keepends=True)
    hxl = "#group+id,#adm1+name,#adm2+name,#meta,#org,#group+type,#x,#y\n"
    [report] = land({"g.csv": header + hxl + "".join(rows)})
    assert (report.rows_read, report.rows_landed) == (2, 2)


def test_personal_columns_and_cells_are_dropped_and_said(land: Land, tmp_path: Path) -> None:
    header, *rows = GROUPS.splitlines()
    text = "\n".join(
        [header + ",commune,Nom de la présidente,Téléphone",
         rows[0] + ",Bla,Awa Secretnom,+223 76 12 34 56",
         rows[1] + ",appelez le 76 99 88 77,Fanta Secretnom,66123456"]
    )  # fmt: skip
    [report] = land({"g.csv": text})
    assert report.rows_landed == 2
    codes = [warning["code"] for warning in report.warnings]
    assert codes.count("personal_column_dropped") == 2
    assert "personal_cells_dropped" in codes
    kept = b"".join(p.read_bytes() for p in (tmp_path / "home").rglob("*") if p.is_file())
    for secret in (b"Secretnom", b"76 12 34 56", b"76 99 88 77", b"66123456"):
        assert secret not in kept


def test_a_group_code_that_is_a_phone_number_is_refused_and_masked(
    land: Land, tmp_path: Path
) -> None:
    [report] = land({"g.csv": GROUPS + "+223 70112233,Bamako,,2012,A,mixed,true,true\n"})
    assert [v.rule for v in report.violations] == ["personal_data"]
    rejects = next((tmp_path / "home" / "rejects").glob("*.csv")).read_text()
    assert "70112233" not in rejects


def test_zip_and_folder_land_in_the_order_of_registers(tmp_path: Path) -> None:
    archive = tmp_path / "d.zip"
    with zipfile.ZipFile(archive, "w") as sink:
        sink.writestr("a_observations.csv", HEADER + GOOD)
        sink.writestr("../../evil/z_groups.csv", GROUPS)
    reports = import_files(Home(tmp_path / "home"), [archive])
    assert {r.dataset: r.rows_landed for r in reports} == {
        "vsla_group": 2, "vsla_observation": 1,
    }  # fmt: skip
    assert not (tmp_path.parent / "evil").exists()


def test_a_dry_run_says_all_and_writes_nothing(land: Land, tmp_path: Path) -> None:
    reports = land({"g.csv": GROUPS + "G3,Nowhere,,2012,A,mixed,true,true\n"}, dry_run=True)
    assert (reports[0].rows_landed, reports[0].rows_rejected) == (2, 1)
    assert not (tmp_path / "home" / "landed").exists()
    assert not (tmp_path / "home" / "rejects").exists()
    assert Home(tmp_path / "home").kind() is None


def test_demonstration_and_real_data_never_mix(land: Land) -> None:
    header, *rows = GROUPS.splitlines()
    marked = "\n".join([header + ",demonstration", *(row + ",true" for row in rows)])
    land({"g.csv": marked})
    with pytest.raises(UserError) as caught:
        land({"g.csv": GROUPS.replace("G1", "H1")})
    assert caught.value.key == "home_is_demonstration"


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "file_empty"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "workbook_unreadable"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "html_file"),
        (b"PK\x03\x04 broken", "workbook_unreadable"),
        (b"a,b\n1,2\n", "not_recognised"),
        (b"group_id,region,group_type\nG1,segou,mixed\n", "columns_missing"),
    ],
)
def test_a_file_we_cannot_read_says_what_it_seems_to_be(
    land: Land, content: bytes, key: str
) -> None:
    [report] = land({"x.csv": content})  # type: ignore[dict-item]
    assert report.error is not None and report.error.key == key
    assert report.error.message("fr") != report.error.message("en")


def test_refused_rows_come_back_as_a_workbook_to_mend(land: Land, tmp_path: Path) -> None:
    text = HEADER + GOOD + observation(obs_date="2022-06-30", members_attending=21)
    report = one(land({"g.csv": GROUPS, "o.csv": text}), "vsla_observation")
    assert report.mend_file is not None
    book = openpyxl.load_workbook(report.mend_file)
    sheet = book.worksheets[0]
    header, row = ([cell.value for cell in line] for line in sheet.iter_rows(max_row=2))
    assert header == [REASON_HEADER, *HEADER.strip().split(",")]
    assert "o.csv" in row[0] and "21" in row[0] and row[1] == "G1"
    sheet.cell(2, header.index("members_attending") + 1, "18")
    book.save(tmp_path / "corrected.xlsx")
    [again] = import_files(Home(tmp_path / "home"), [tmp_path / "corrected.xlsx"])
    assert (again.rows_read, again.rows_landed, again.rows_rejected) == (1, 1, 0)
    assert not [w for w in again.warnings if w["code"] == "unknown_column_dropped"]


def test_rejects_are_a_file_that_can_be_sent_back(land: Land) -> None:
    [report] = land({"g.csv": GROUPS + "=cmd(),Nowhere,,2012,A,mixed,true,true\n"})
    assert report.rejects_file is not None
    with open(report.rejects_file, encoding="utf-8", newline="") as handle:
        [line] = list(csv.DictReader(handle))
    assert line["row"] == "4" and line["column"] == "region" and line["rule"] == "unknown_region"
    assert line["message_fr"] != line["message_en"]


CELLS = st.one_of(
    st.integers(-5, 60).map(str),
    st.sampled_from(["", "abc", "1 200", "2022-01-31", "31/01/2022", "44592", "NULL", "12,5", "é"]),
)


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["G1", "G2", "G9", ""]), *([CELLS] * 9)), min_size=1, max_size=12
    )
)
def test_every_row_is_accounted_for(tmp_path: Path, rows: list[tuple]) -> None:
    home = Home(tmp_path / f"home{len(list(tmp_path.iterdir()))}")
    sink = io.StringIO()
    csv.writer(sink).writerows(rows)
    folder = tmp_path / "files"
    folder.mkdir(exist_ok=True)
    (folder / "g.csv").write_text(GROUPS, encoding="utf-8")
    (folder / "o.csv").write_text(HEADER + sink.getvalue(), encoding="utf-8")
    for _ in range(2):
        report = one(import_files(home, [folder]), "vsla_observation")
        counted = (report.rows_landed + report.rows_rejected + report.rows_duplicate
                   + report.rows_out_of_scope)  # fmt: skip
        assert report.rows_read == counted == len(rows)
        assert {v.row for v in report.violations} <= set(range(2, len(rows) + 2))


def test_the_database_and_the_text_reader_judge_alike(
    land: Land, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bad = [observation(obs_date="2022-04-30", members_women="abc"),
           observation(obs_date="30/04/2022"), observation(obs_date="2022-05-31", group_id="G9"),
           observation(obs_date="2022-07-31").strip() + ",extra\n",
           observation(obs_date="2022-08-31", loans_late_xof=999999)]  # fmt: skip
    good = [observation(obs_date=f"2021-{m:02d}-28") for m in range(1, 13)]
    text = HEADER + "".join(good[:6] + bad[:2] + good[6:] + bad[2:])
    outcomes = []
    for threshold in (0, 1 << 40):
        monkeypatch.setattr("analytics.sources.load.DIRECT_READ_BYTES", threshold)
        reports = land({"g.csv": GROUPS, "o.csv": text}, dry_run=True)
        report = one(reports, "vsla_observation")
        outcomes.append(
            (report.rows_read,
             sorted((v.row, v.column, v.rule) for v in report.violations))
        )  # fmt: skip
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] == 17


def test_an_amount_beyond_the_narrow_form_is_kept_whole(
    land: Land, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("analytics.sources.load.DIRECT_READ_BYTES", 0)
    vast = observation(obs_date="2022-04-30", loan_fund_cash_xof=3_000_000_000)
    report = one(land({"g.csv": GROUPS, "o.csv": HEADER + GOOD + vast}), "vsla_observation")
    [path] = (tmp_path / "home").rglob(f"{report.batch_id}.parquet")
    landed = pq.read_table(path)
    assert landed["loan_fund_cash_xof"].to_pylist() == [60_000, 3_000_000_000]
    assert {str(landed.schema.field(n).type) for n in ("members_women", "social_fund_xof")} == {
        "int64"
    }


def test_batches_of_narrow_and_wide_numbers_are_one_table(
    land: Land, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The second amount of each row fits the narrow form; their sum does not.
    months = {f"2022-0{m}-28": cash for m, cash in enumerate([2_000_000_000, 3_000_000_000], 4)}
    for threshold, (day, cash) in zip((0, 1 << 40), months.items(), strict=True):
        monkeypatch.setattr("analytics.sources.load.DIRECT_READ_BYTES", threshold)
        row = observation(obs_date=day, loan_fund_cash_xof=cash, loans_outstanding_xof=cash,
                          loans_late_xof=0)  # fmt: skip
        files = {"g.csv": GROUPS, f"{day}.csv": HEADER + row}
        assert one(land(files), "vsla_observation").rows_landed == 1
        assert one(land(files), "vsla_observation").rows_duplicate == 1
    home = Home(tmp_path / "home")
    landed = [pq.read_table(home.parquet(b)) for b in home.batches("vsla_observation")]
    assert [str(t.schema.field("loan_fund_cash_xof").type) for t in landed] == ["int32", "int64"]
    with duckdb.connect() as con:
        landed_views(home, con, home.batches())
        sums = "SELECT obs_date::VARCHAR, loan_fund_cash_xof + loans_outstanding_xof"
        found = dict(con.execute(f"{sums} FROM landed_vsla_observation").fetchall())
    assert found == {day: 2 * cash for day, cash in months.items()}


@pytest.mark.parametrize("reverse", [False, True])
def test_what_is_odd_does_not_depend_on_the_order_of_the_rows(land: Land, reverse: bool) -> None:
    saved = [10_000, 20_000, 15_000, 40_000, 900_000, 950_000]
    rows = [observation(obs_date=f"2022-0{m}-28", savings_cycle_xof=xof, group_id=group)
            for group in ("G1", "G2") for m, xof in enumerate(saved, start=1)]  # fmt: skip
    rows.append(rows[2])
    rows.sort(reverse=reverse)
    report = one(
        land({"g.csv": GROUPS, "o.csv": HEADER + "".join(rows)}), "vsla_observation"
    )
    counted = {warning["code"]: warning["count"] for warning in report.warnings}
    median = statistics.median(saved)
    assert report.rows_duplicate == 1
    assert counted["savings_fell_in_cycle"] == 2 * sum(
        later < before for before, later in pairwise(saved)
    )
    assert counted["far_above_group_median"] == 2 * sum(xof > 10 * median for xof in saved)


def test_a_large_file_lands_in_its_own_order(land: Land, tmp_path: Path) -> None:
    days = [dt.date(2000, 1, 1) + dt.timedelta(day) for day in range(9_000)]
    groups = GROUPS.splitlines(keepends=True)
    register = groups[0] + "".join(groups[1].replace("G1", f"G{n}") for n in range(30))
    rows = [f"G{n},{day},20,0,18,100000,50000,1000,60000,5000\n" for n in range(30) for day in days]
    rows[1000] = rows[999]
    report = one(
        land({"g.csv": register, "o.csv": HEADER + "".join(rows)}), "vsla_observation"
    )
    assert (report.rows_landed, report.rows_duplicate) == (269_999, 1)
    [path] = (tmp_path / "home").rglob(f"{report.batch_id}.parquet")
    numbers = pq.read_table(path, columns=["_row"])["_row"].to_numpy()
    assert pq.ParquetFile(path).num_row_groups > 2
    assert (numbers[1:] > numbers[:-1]).all()


def test_json_report_has_the_promised_fields(land: Land) -> None:
    [report] = land({"g.csv": GROUPS})
    plain = json.loads(json.dumps(report.as_json("fr")))
    assert set(plain) >= {
        "file", "dataset", "batch_id", "rows_read", "rows_landed", "rows_rejected",
        "rows_duplicate", "rows_out_of_scope", "warnings", "rejects_file",
    }  # fmt: skip


def test_a_refused_cell_with_what_xml_cannot_hold_is_still_sent_back(
    land: Callable[..., list[FileReport]],
) -> None:
    [report] = land({
        "g.csv": "group_id,region,facilitating_agency,group_type,network_member,wlie\n"
        "G1,\uffff?,CARE Mali,women_only,true,false\n"
    })  # fmt: skip
    assert report.error is None and report.rows_rejected == 1
    assert openpyxl.load_workbook(report.mend_file or "").active.max_row == 2


def test_what_is_filled_is_counted_over_all_files_of_a_dataset(
    land: Land, tmp_path: Path
) -> None:
    """Counted from the files' own figures, and by reading each cell."""
    land({"g.csv": GROUPS, "o.csv": HEADER + GOOD + observation(group_id="G2")})
    more = observation(obs_date="2022-04-30").strip()
    land({"p.csv": HEADER.strip() + ",bank_balance_xof,property_xof\n" + more + ",7,\n"})
    home = Home(tmp_path / "home")
    with duckdb.connect() as con:
        write_completeness(con, home, home.batches())
        told = con.execute("SELECT * EXCLUDE required FROM meta_completeness").fetchall()
    rows = {d: rows for d, _, rows, _ in told}
    filled = {(d, column): count for d, column, _, count in told if count}
    assert rows == {"vsla_group": 2, "vsla_observation": 3}
    assert filled["vsla_group", "region"] == 2 and filled["vsla_group", "cercle"] == 1
    assert filled["vsla_observation", "obs_date"] == 3
    assert filled["vsla_observation", "bank_balance_xof"] == 1
    assert ("vsla_observation", "property_xof") not in filled
