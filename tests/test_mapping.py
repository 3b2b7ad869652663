"""Partners' own layouts: recognised, moved into ours, and pointed at when something is wrong."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import UserError
from analytics.sources import mapping as mappings
from analytics.sources.files import read_tables
from analytics.sources.mapping import Mapping
from analytics.sources.translate import translate
from analytics.text import LANGS
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.report import FileReport, violation_message
from tests.layouts import write_ledger, write_mis

GROUPS = (
    "group_id,region,facilitating_agency,group_type,network_member,wlie\n"
    "SEG-01,segou,CARE Mali,women_only,true,false\n"
    "SEG-02,segou,CARE Mali,women_only,true,false\n"
)


def counts(report: FileReport) -> tuple[int, int, int, int, int]:
    found = (report.rows_read, report.rows_landed, report.rows_rejected, report.rows_duplicate,
             report.rows_out_of_scope)  # fmt: skip
    assert found[0] == sum(found[1:])
    return found


def landed(home: Path, dataset: str) -> list[dict]:
    """Every landed row of a dataset, in order."""
    pattern = str(home / "landed" / dataset / "*.parquet")
    frame = duckdb.sql(f"SELECT * EXCLUDE _row FROM read_parquet('{pattern}') ORDER BY ALL")
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.fetchall()]


def test_every_shipped_mapping_reads_and_is_recognised_by_nobody_elses_headers() -> None:
    found = mappings.shipped()
    assert {"savix_fr", "savix_en", "meeting_ledger"} <= {m.id for m in found}
    assert len({m.signature for m in found}) == len(found)
    for shipped in found:
        assert all(shipped.title[lang] for lang in LANGS)


def test_a_savings_group_mis_gives_register_cycles_and_records(tmp_path: Path) -> None:
    write_mis(tmp_path / "export SIG.xlsx")
    reports = import_files(Home(tmp_path / "home"), [tmp_path / "export SIG.xlsx"])
    assert {r.reader for r in reports} == {"savix_fr"}
    # Six records and a line of totals; a register line is repeated for each record of its group.
    assert {r.dataset: counts(r) for r in reports} == {
        "vsla_group": (7, 6, 0, 0, 1),
        "vsla_cycle": (7, 6, 0, 0, 1),
        "vsla_observation": (7, 4, 2, 0, 1),
    }
    assert [row["group_id"] for row in landed(tmp_path / "home", "vsla_group")] == [
        "SEG-01", "SEG-02", "SEG-03",
    ]  # fmt: skip
    first = landed(tmp_path / "home", "vsla_observation")[0]
    assert (first["savings_cycle_xof"], first["social_fund_xof"]) == (100_000, 5_000)
    report = next(r for r in reports if r.dataset == "vsla_observation")
    # Late beyond outstanding, in the column where the sender wrote it.
    assert {v.rule for v in report.violations} == {"late_over_outstanding"}
    message = violation_message(report, report.violations[0], "fr")
    assert "Export!S9" in message and "999999" in message


def test_a_ledger_is_added_up_and_its_members_forgotten(tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text(GROUPS)
    write_ledger(tmp_path / "livre.xlsx")
    home = tmp_path / "home"
    reports = import_files(Home(home), [tmp_path / "groups.csv", tmp_path / "livre.xlsx"])
    report = next(r for r in reports if r.dataset == "vsla_observation")
    assert counts(report) == (19, 18, 1, 0, 0)
    assert [(v.row, v.column, v.rule) for v in report.violations] == [
        (20, "obs_date", "not_a_date")
    ]
    january, february = landed(home, "vsla_observation")[:2]
    assert {name: january[name] for name in (
        "members_women", "members_men", "members_attending", "savings_cycle_xof",
        "members_with_loans_n", "loans_outstanding_xof", "loans_disbursed_cycle_xof",
        "loan_fund_cash_xof", "social_fund_xof",
    )} == {
        "members_women": 2, "members_men": 1, "members_attending": 2,
        # Three deposits at the first meeting, two at the second.
        "savings_cycle_xof": 5_000, "members_with_loans_n": 1, "loans_outstanding_xof": 15_000,
        "loans_disbursed_cycle_xof": 20_000, "loan_fund_cash_xof": 35_000,
        "social_fund_xof": 2_500,
    }  # fmt: skip
    assert str(january["obs_date"]) == "2022-01-24"
    assert february["savings_cycle_xof"] == 8_000
    kept = b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())
    assert b"Personne" not in kept


Made = Callable[..., list[FileReport]]


@pytest.fixture
def imported(tmp_path: Path) -> Made:
    """Import a CSV through a mapping given as YAML; SEG-01 and SEG-02 are known."""

    def run(table: str, yaml: str) -> list[FileReport]:
        (tmp_path / "groups.csv").write_text(GROUPS)
        (tmp_path / "theirs.csv").write_text(table, encoding="utf-8")
        (tmp_path / "m.yaml").write_text(yaml, encoding="utf-8")
        home = Home(tmp_path / "home")
        import_files(home, [tmp_path / "groups.csv"])
        return import_files(
            home, [tmp_path / "theirs.csv"], mapping=mappings.load(tmp_path / "m.yaml")
        )

    return run


PLAIN = """
title: {fr: Essai, en: Trial}
tables:
  - dataset: vsla_observation
    columns:
      group_id: {joined: [Village, N°]}
      obs_date: Date
      members_women: {added: [Jeunes femmes, Femmes]}
      members_men: {constant: "0"}
      savings_cycle_xof: {from: Épargne (milliers), unit: 1000}
      loans_outstanding_xof: {from: Encours, default: "0"}
      loan_fund_cash_xof: {first: [Caisse comptée, Caisse]}
      social_fund_xof: Fonds social
"""
HEADER = "Village;N°;Date;Jeunes femmes;Femmes;Épargne (milliers);Encours;Caisse comptée;Caisse;Fonds social\n"  # noqa: E501


def test_columns_are_joined_added_scaled_and_filled_in(imported: Made, tmp_path: Path) -> None:
    rows = "SEG;01;31/03/2022;8;12;1 234,5;;;700;5000\nSEG;02;31/03/2022;20;;100;50;600;700;0\n"
    [report] = imported(HEADER + rows, PLAIN)
    assert counts(report) == (2, 2, 0, 0, 0)
    first, second = landed(tmp_path / "home", "vsla_observation")
    assert (first["group_id"], first["members_women"], first["savings_cycle_xof"]) == (
        "SEG-01", 20, 1_234_500,
    )  # fmt: skip
    assert (first["loans_outstanding_xof"], first["loan_fund_cash_xof"]) == (0, 700)
    assert (second["members_women"], second["loan_fund_cash_xof"]) == (20, 600)
    said = {(w["code"], w["column"], w["count"]) for w in report.warnings}
    assert ("constant_used", "members_men", 2) in said
    assert ("default_used", "loans_outstanding_xof", 1) in said


def test_what_a_mapping_does_not_know_is_refused_where_it_stands(imported: Made) -> None:
    [report] = imported(HEADER + "SEG;01;hier;8;12;beaucoup;1;2;3;4\n", PLAIN)
    assert counts(report) == (1, 0, 1, 0, 0)
    told = {(v.column, v.row, v.position, v.value) for v in report.violations}
    assert ("obs_date", 2, 2, "hier") in told
    assert ("savings_cycle_xof", 2, 5, "beaucoup") in told


WIDE = """
title: {fr: Essai, en: Trial}
tables:
  - dataset: price_index
    wide: {columns: '(?i)[a-zéû]+[- ]?\\d{2,4}'}
    columns:
      month: {written: header}
      index: {written: value}
      source: Source
"""


def test_one_column_a_month_becomes_one_record_a_month(imported: Made, tmp_path: Path) -> None:
    table = "Source;janv-22;Février 2022;mars-22\nINSTAT;100;;abc\n"
    [report] = imported(table, WIDE)
    # Each filled cell is a record; the blank one is none.
    assert counts(report) == (2, 1, 1, 0, 0)
    [row] = landed(tmp_path / "home", "price_index")
    assert (row["month"], row["index"]) == ("2022-01", 100)
    [violation] = report.violations
    assert (violation.row, violation.position, violation.value) == (2, 3, "abc")


def test_select_multiple_columns_are_folded(tmp_path: Path) -> None:
    path = tmp_path / "kobo.csv"
    header = "id;groupe;date;sexe;secteur;statut;adaptations/masks;adaptations/soap"
    path.write_text(
        f"{header}\nB1;SEG-01;2022-03-31;F;marché;ouvert;1;0\nB2;SEG-01;2022-03-31;F;marché;"
        "ouvert;1;1\nB3;SEG-01;2022-03-31;F;marché;ouvert;;\nB4;SEG-01;2022-03-31;F;marché;ouvert;"
        "peut-être;0\n",
        encoding="utf-8",
    )
    (tmp_path / "m.yaml").write_text(
        """
title: {fr: Essai, en: Trial}
tables:
  - dataset: business_observation
    columns: {business_id: id, group_id: groupe, obs_date: date, owner_sex: sexe,
              sector: secteur, status: {from: statut, values: {ouvert: open}},
              adaptations: {choices: adaptations}}
""",
        encoding="utf-8",
    )
    [table] = read_tables("kobo.csv", path, tmp_path)
    [made] = translate(table, mappings.load(tmp_path / "m.yaml"))
    assert made.records["adaptations"].to_pylist() == [
        "masks", "masks soap", None,
        "peut-être",  # neither yes nor no: passed on, to be refused, never lost
    ]  # fmt: skip
    assert made.records["status"].to_pylist() == ["open"] * 4


@pytest.mark.parametrize(
    ("yaml", "told"),
    [
        ("title: {fr: a, en: b}\ntables: []", "tables"),
        ("- one", "title"),
        ("a: [", "YAML"),
        (PLAIN.replace("Fonds social\n", "{from: a, constant: b}\n"), "one of"),
        (PLAIN.replace("social_fund_xof", "social_fond_xof"), "social_fund_xof"),
        (PLAIN.replace("      obs_date: Date\n", ""), "obs_date"),
    ],
)
def test_a_wrong_mapping_says_where_and_what(tmp_path: Path, yaml: str, told: str) -> None:
    (tmp_path / "m.yaml").write_text(yaml)
    with pytest.raises(UserError) as error:
        mappings.load(tmp_path / "m.yaml")
    for lang in LANGS:
        assert "m.yaml" in error.value.message(lang) and told in error.value.message(lang)


def test_a_mapping_that_does_not_fit_names_the_missing_header(imported: Made) -> None:
    [report] = imported("Village;N°;Datte;Femmes\nSEG;01;x;1\n", PLAIN)
    assert report.error is not None and report.error.key == "mapping_does_not_fit"
    told = report.error.message("fr")
    assert "«\u00a0Date\u00a0»" in told and "Datte" in told


def test_a_saved_mapping_is_used_by_itself_next_time(tmp_path: Path) -> None:
    declared = PLAIN + "signature: [Village, N°, Épargne (milliers)]\n"
    (tmp_path / "m.yaml").write_text(declared, encoding="utf-8")
    (tmp_path / "groups.csv").write_text(GROUPS)
    home = Home(tmp_path / "home")
    saved = mappings.save(mappings.load(tmp_path / "m.yaml"), home.saved_mappings)
    assert mappings.load(saved) == mappings.load(tmp_path / "m.yaml")
    (tmp_path / "theirs.csv").write_text(HEADER + "SEG;01;2022-03-31;8;12;1;1;2;3;4\n")
    reports = import_files(home, [tmp_path / "groups.csv", tmp_path / "theirs.csv"])
    assert [(r.dataset, r.reader) for r in reports][1] == ("vsla_observation", "m")


@pytest.mark.parametrize("counting", ["rows", "records"])
@given(cells=st.lists(st.sampled_from(["1", "", "x", "-3", "1e99", "2,5"]), min_size=1, max_size=9))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow,
          HealthCheck.function_scoped_fixture])  # fmt: skip
def test_no_row_is_lost_whatever_it_holds(
    tmp_path_factory: pytest.TempPathFactory, counting: str, cells: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("lost")
    yaml = WIDE if counting == "records" else WIDE.replace("    wide:", "    # wide:").replace(
        "{written: header}", "Mois").replace("{written: value}", "Valeur")  # fmt: skip
    if counting == "records":
        header = ["Source", *(f"janv-{20 + n}" for n in range(len(cells)))]
        rows = [["a", *cells]]
    else:
        header = ["Source", "Mois", "Valeur"]
        rows = [["a", f"2022-{n + 1:02d}", cell] for n, cell in enumerate(cells)]
    with (folder / "t.csv").open("w", newline="") as handle:
        csv.writer(handle, delimiter=";").writerows([header, *rows])
    (folder / "m.yaml").write_text(yaml, encoding="utf-8")
    [report] = import_files(
        Home(folder / "home"), [folder / "t.csv"], mapping=mappings.load(folder / "m.yaml")
    )
    filled = sum(cell != "" for cell in cells)
    assert counts(report)[0] == (filled if counting == "records" else len(cells))
    assert isinstance(mappings.load(folder / "m.yaml"), Mapping)
