"""Forms: valid for the tools that read them, as strict as the contracts, and importable."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from pathlib import Path

import duckdb
import pytest
from pydantic import ValidationError
from pyxform.xls2xform import convert

from analytics.cli import main
from analytics.publishing.forms import FORMS, LANGUAGES, form, write_forms
from analytics.publishing.templates import example
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.questionnaire import questionnaires
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.report import FileReport, violation_message
from tests.kobo import Style, export, questions, sheet

GROUPS = """group_id,region,cercle,facilitating_agency,group_type,network_member,wlie
SEG-001,segou,bla,CARE Mali,women_only,true,false
SAN-002,san,,ASSAFE,mixed,false,false
"""

ANSWERS: dict[str, list[dict[str, str]]] = {
    "business_observation": [
        {"business_id": "B-1", "group_id": "SEG-001", "obs_date": "2023-03-31", "workers": "2",
         "owner_sex": "female", "sector": "petit commerce", "status": "open",
         "revenue_xof": "125000", "profit_xof": "-4000", "adaptation_origin": "own",
         "adaptations": "masks phone_sales other", "shocks_felt": "prices covid19"},
        {"business_id": "B-2", "group_id": "SAN-002", "obs_date": "2023-03-30",
         "owner_sex": "male", "sector": "transformation", "status": "closed",
         "adaptations": "none"},
        {"business_id": "B-3", "group_id": "SAN-002", "obs_date": "2023-03-30",
         "owner_sex": "female", "sector": "élevage", "status": "closed_temporarily",
         "weight": "2"},
    ],
    "member_survey": [
        {"respondent_id": "R-1", "group_id": "SEG-001", "round": "base",
         "survey_date": "2022-06-01", "sex": "female", "age_band": "60+", "region": "segou",
         "cercle": "bla", "vsla_member": "true", "displaced": "false", "sample": "probability",
         "strata": "nord", "psu": "12", "weight": "3", "impacts": "income mental_health",
         "needs": "care_work savings other", "actions": "none", "fcs_staples": "7",
         "fcs_oil": "0", "rcsi_meals": "2", "speaks_in_public": "true",
         "knows_rights": "false", "decides_income": "true", "perceives_women_leaders": "5"},
        {"respondent_id": "R-2", "round": "base", "survey_date": "2022-06-02", "sex": "male",
         "region": "bamako", "vsla_member": "false", "sample": "programme"},
    ],
    "contribution": [
        {"contribution_id": "C-1", "group_id": "SEG-001", "date": "2021-01-15", "kind": "soap",
         "purpose": "mitigation", "phase": "response", "crisis": "covid19",
         "beneficiary": "displaced", "initiative": "project", "women_involved": "18",
         "people_reached": "220", "quantity": "400", "quantity_unit": "savons",
         "value_xof": "90000", "source": "ledger"},
        {"contribution_id": "C-2", "group_id": "SAN-002", "date": "2021-01-16",
         "kind": "savings_kept", "purpose": "adaptation", "phase": "recovery",
         "crisis": "insecurity", "beneficiary": "household", "women_involved": "9",
         "source": "testimony"},
    ],
    "decision_space": [
        {"space_id": "D-1", "date": "2023-02-01", "level": "commune", "kind": "crisis_committee",
         "crisis_phase": "recovery", "region": "segou", "cercle": "bla", "commune": "Bla",
         "seats": "12", "seats_women": "5", "seats_vsla_women": "3"},
        {"space_id": "D-2", "date": "2023-02-01", "level": "region", "kind": "council",
         "region": "koutiala", "seats": "9", "seats_women": "0"},
    ],
}  # fmt: skip

#: each value of each option at least once, and the odd ones together
STYLES = [
    Style(),
    Style(separator=",", groups="", multiple="split"),
    Style(groups=".", multiple="split"),
    Style(groups=".", multiple="both", separator=","),
    Style(groups="-", multiple="split", separator=","),
    Style(lang="fr", multiple="split"),
    Style(lang="en", multiple="joined", groups=""),
    Style(lang="fr", multiple="joined", separator=","),
    Style(lang="en", multiple="split", service=False),
    Style(lang="fr", multiple="both", groups="", service=False),
    Style(file="xlsx", multiple="split"),
    Style(file="xlsx", lang="fr", multiple="both"),
    Style(file="xlsx", groups="", multiple="split", service=False),
]


def landed(home: Path, dataset: str) -> list[tuple]:
    """Every row that landed: the contract's columns, in a fixed order."""
    names = ", ".join(f'"{name}"' for name in columns_of(DATASETS[dataset]))
    files = sorted(map(str, home.glob(f"**/{dataset}/**/*.parquet")))
    return duckdb.execute(f"SELECT {names} FROM read_parquet(?) ORDER BY ALL", [files]).fetchall()


def imported(tmp_path: Path, *paths: Path) -> tuple[Path, dict[str | None, FileReport]]:
    """A home that knows the groups and has imported the files, and what it says of each dataset."""
    groups = tmp_path / "groups.csv"
    groups.write_text(GROUPS, encoding="utf-8")
    reports = import_files(Home(tmp_path / "home"), [groups, *paths])
    assert [r.error.message("en") for r in reports if r.error] == []
    return tmp_path / "home", {report.dataset: report for report in reports}


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple]]:
    """The same answers, imported as the contract's own CSV."""
    folder = tmp_path_factory.mktemp("direct")
    paths = []
    for dataset, answers in ANSWERS.items():
        paths.append(folder / f"{dataset}.csv")
        with paths[-1].open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(columns_of(DATASETS[dataset])), restval="")
            writer.writeheader()
            writer.writerows(answers)
    home, reports = imported(folder, *paths)
    assert {d: reports[d].rows_landed for d in ANSWERS} == {d: len(a) for d, a in ANSWERS.items()}
    return {dataset: landed(home, dataset) for dataset in ANSWERS}


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_exports_land_without_a_mapping_as_plain_files_do(
    tmp_path: Path, style: Style, direct: dict[str, list[tuple]]
) -> None:
    paths = [export(tmp_path, dataset, ANSWERS[dataset], style) for dataset in FORMS]
    home, reports = imported(tmp_path, *paths)
    for dataset in FORMS:
        assert landed(home, dataset) == direct[dataset]
        told = [(w["code"], w["count"]) for w in reports[dataset].warnings]
        assert told == ([("service_columns_dropped", 13)] if style.service else [])


@pytest.mark.parametrize(
    ("cell", "code"), [("peut-être", "adaptations/soap"), ("1", "adaptations/couture")]
)
def test_a_refused_tick_points_at_its_cell(tmp_path: Path, cell: str, code: str) -> None:
    header = "_id;_uuid;g/business_id;g/group_id;g/obs_date;g/owner_sex;g/sector;g/status"
    path = tmp_path / "export.csv"
    path.write_text(
        f"{header};g/adaptations/masks;g/{code}\n"
        "1;u1;B-1;SEG-001;2023-03-31;female;savon;open;1;0\n"
        f"2;u2;B-2;SEG-001;2023-03-31;female;savon;open;1;{cell}\n"
        "3;u3;B-3;SEG-001;2023-03-31;female;savon;ouvert mais;1;0\n",
        encoding="utf-8",
    )
    _, reports = imported(tmp_path, path)
    report = reports["business_observation"]
    assert (report.rows_read, report.rows_landed, report.rows_rejected) == (3, 1, 2)
    where = [(v.row, v.position, v.column, v.rule) for v in report.violations]
    assert where == [(3, 9, "adaptations", "unknown_code"), (4, 7, "status", "unknown_code")]
    assert "3" in violation_message(report, report.violations[0], "fr")
    # What was refused can be mended and sent again.
    assert report.mend_file is not None


def test_marks_of_a_spreadsheet_are_ticks_too(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "business_id,group_id,obs_date,owner_sex,sector,status,adaptations.masks,adaptations.soap\n"
        "B-1,SEG-001,2023-03-31,female,savon,open,1.0,0.0\n"
        "B-2,SEG-001,2023-03-31,female,savon,open,oui,VRAI\n"
        "B-3,SEG-001,2023-03-31,female,savon,open,,\n"
        "B-4,SEG-001,2023-03-31,female,savon,open,FAUX,non\n",
        encoding="utf-8",
    )
    home, _ = imported(tmp_path, path)
    [place] = [p for p, n in enumerate(columns_of(DATASETS["business_observation"]))
               if n == "adaptations"]  # fmt: skip
    found = [row[place] for row in landed(home, "business_observation")]
    assert found == ["masks", "masks soap", None, None]


def test_a_word_before_a_slash_is_no_group_in_an_ordinary_table(tmp_path: Path) -> None:
    """Women named after a slash are not the women of the group."""
    path = tmp_path / "suivi.csv"
    path.write_text(
        "group_id,obs_date,members_men,savings_cycle_xof,loans_outstanding_xof,loan_fund_cash_xof,"
        "social_fund_xof,Remboursements / femmes\nSEG-001,2023-03-31,0,1,1,1,1,20\n",
        encoding="utf-8",
    )
    [report] = import_files(Home(tmp_path / "home"), [path])
    assert report.error is not None and "members_women" in report.error.message("fr")


# --- The forms themselves ------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", FORMS)
def test_the_tools_read_the_form_without_a_warning(tmp_path: Path, dataset: str) -> None:
    path = tmp_path / f"{dataset}.xlsx"
    path.write_bytes(form(dataset))
    warnings: list[str] = []
    made = convert(xlsform=str(path), validate=False, warnings=warnings)
    assert warnings == []
    for language in LANGUAGES.values():
        assert f'<translation lang="{language}"' in made.xform


@pytest.mark.parametrize("dataset", FORMS)
def test_a_form_asks_every_column_once_in_both_languages(dataset: str) -> None:
    asked = [a.question for a in questions(dataset)]
    columns = columns_of(DATASETS[dataset])
    assert sorted(q["name"] for q in asked) == sorted(columns)
    for question in asked:
        assert question.get("required", "no") == ("yes" if columns[question["name"]].required
                                                  else "no")  # fmt: skip
        for language in LANGUAGES.values():
            assert question[f"label::{language}"] and question[f"hint::{language}"]
            if "constraint" in question:
                assert question[f"constraint_message::{language}"]
    kinds = {q["type"].split()[0] for q in asked}
    assert kinds <= {"text", "date", "integer", "decimal", "select_one", "select_multiple"}


@pytest.mark.parametrize("dataset", FORMS)
def test_conditions_refer_to_questions_asked_before(dataset: str) -> None:
    seen: set[str] = set()
    for asked in questions(dataset):
        for part in ("relevant", "constraint", "choice_filter"):
            assert set(re.findall(r"\$\{(\w+)\}", asked.question.get(part, ""))) <= seen
        seen.add(asked.question["name"])
    for skipped in questionnaires().asked_when.get(dataset, {}):
        assert not columns_of(DATASETS[dataset])[skipped].required


def test_cercles_follow_their_region() -> None:
    listed = [c for c in sheet("member_survey", "choices") if c["list_name"] == "cercle"]
    assert {c["name"] for c in listed if c["region"] == "san"} == {"san", "tominian"}
    assert len(listed) == 53


def holds(rule: str, value: object, row: dict[str, object]) -> bool:
    """A constraint as the form tools work it out: a twin for the few things the forms say."""
    text = re.sub(r"\$\{(\w+)\}", r"row['\1']", rule)
    text = re.sub(r"(?<![\w'.\d])\.(?=[\s,])", "value", text)
    text = text.replace("today()", "day('today')").replace("date(", "day(")
    text = re.sub(r"(?<![<>!])=", "==", text)
    today = dt.date.today()
    functions = {
        "day": lambda t: today if t == "today" else dt.date.fromisoformat(t),
        "regex": lambda v, pattern: re.search(pattern, v) is not None,
        "contains": lambda v, part: part in v,
        "value": value,
        "row": row,
    }
    return bool(eval(text, functions))


NUMBERS = (-1, 0, 1, 3, 5, 6, 7, 8, 12, 10**6)
DATES = (dt.date(1999, 12, 31), dt.date(2000, 1, 1), dt.date.today(),
         dt.date.today() + dt.timedelta(days=1))  # fmt: skip


@pytest.mark.parametrize("dataset", FORMS)
def test_a_form_refuses_what_the_contract_refuses_and_nothing_else(dataset: str) -> None:
    contract = DATASETS[dataset]
    base: dict[str, object] = {}
    for name, column in columns_of(contract).items():
        shown = example(dataset, "en")[name]
        base[name] = True if column.kind == "boolean" else (
            [shown] if column.kind == "codes" else shown)  # fmt: skip
    tried = 0
    for asked in questions(dataset):
        name, rule = asked.question["name"], asked.question.get("constraint")
        column = columns_of(contract)[name]
        values = {"date": DATES, "whole": NUMBERS, "number": NUMBERS}.get(column.kind, ())
        for value in values:
            try:
                contract.model_validate({**base, name: value})
                accepted = True
            except ValidationError as error:
                # Only what this question decides: a smaller total breaks another column's rule.
                others = {"women_over_seats": "seats_women", "vsla_women_over_women":
                          "seats_vsla_women"}  # fmt: skip
                broken = [owner for key, owner in others.items() if key in str(error)]
                accepted = bool(broken) and name not in broken
            assert (rule is None or holds(rule, value, base)) == accepted, (name, value, rule)
            tried += 1
    assert tried > 10


@pytest.mark.parametrize(
    ("text", "accepted"),
    [("SEG-001", True), ("ML/SEG/0012", True), ("20230045-B", True), ("1234567", True),
     ("76123456", False), ("76 12 34 56", False), ("+223 76 12 34 56", False),
     ("00223-76-12-34-56", False), ("a@b.ml", False)],
)  # fmt: skip
def test_a_group_code_is_no_telephone(text: str, accepted: bool) -> None:
    [rule] = [a.question["constraint"] for a in questions("contribution")
              if a.question["name"] == "group_id"]  # fmt: skip
    assert holds(rule, text, {}) == accepted


def test_same_questions_same_version(tmp_path: Path) -> None:
    versions = [{d: sheet(d, "settings")[0]["version"] for d in FORMS} for _ in range(2)]
    assert versions[0] == versions[1] and len(set(versions[0].values())) == len(FORMS)


def test_the_verb_writes_one_workbook_a_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forms", "--out", str(tmp_path / "forms"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["out"] == str(tmp_path / "forms")
    assert [Path(file).name for file in told["files"]] == [f"{d}.xlsx" for d in FORMS]
    assert all(Path(file).stat().st_size for file in told["files"])
    assert len(write_forms(tmp_path / "again")) == 4
