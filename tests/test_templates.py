"""Templates: filled in, they import as they are; their notes and examples never do."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from analytics.errors import UserError
from analytics.publishing.forms import FORMS
from analytics.publishing.templates import all_templates, csv_template, example, template
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.dictionary import dictionary
from analytics.text import LANGS
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files


@pytest.mark.parametrize("lang", LANGS)
def test_every_template_filled_with_its_example_lands_without_a_mapping(
    tmp_path: Path, lang: str
) -> None:
    folder = tmp_path / "filled"
    folder.mkdir()
    for dataset in DATASETS:
        book = load_workbook(io.BytesIO(template(dataset, lang)))
        sheet = book.worksheets[0]
        for position, value in enumerate(example(dataset, lang).values(), start=1):
            sheet.cell(2, position, value)
        book.save(folder / f"{dataset}.xlsx")
    reports = import_files(Home(tmp_path / "home"), [folder])
    outcome = {
        report.dataset: (report.rows_read, report.rows_landed, report.warnings)
        for report in reports
    }
    assert outcome == {dataset: (1, 1, []) for dataset in DATASETS}


def test_a_csv_template_takes_a_row_and_lands(tmp_path: Path) -> None:
    folder = tmp_path / "filled"
    folder.mkdir()
    for dataset in DATASETS:
        content = csv_template(dataset)
        assert content.startswith(b"\xef\xbb\xbf")
        assert content.decode("utf-8-sig").strip().split(",") == list(columns_of(DATASETS[dataset]))
        path = folder / f"{dataset}.csv"
        path.write_bytes(content)
        with path.open("a", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerow(example(dataset, "fr").values())
    reports = import_files(Home(tmp_path / "home"), [folder])
    assert {r.dataset: r.rows_landed for r in reports} == dict.fromkeys(DATASETS, 1)


@pytest.mark.parametrize("lang", LANGS)
def test_everything_at_once(lang: str) -> None:
    with zipfile.ZipFile(io.BytesIO(all_templates(lang))) as archive:
        names = set(archive.namelist())
        readme = archive.read("README.txt").decode("utf-8-sig")
        book = load_workbook(io.BytesIO(archive.read("xlsx/vsla_group.xlsx")))
    kinds = {f"{kind}/{d}.{kind}" for kind in ("xlsx", "csv") for d in DATASETS}
    assert names == kinds | {f"forms/{d}.xlsx" for d in FORMS} | {"README.txt"}
    assert all(dictionary().datasets[d].title[told] in readme for d in DATASETS for told in LANGS)
    assert book.worksheets[0].title == {"fr": "Données", "en": "Data"}[lang]


def test_an_empty_template_brings_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "vsla_group.xlsx"
    path.write_bytes(template("vsla_group", "fr"))
    [report] = import_files(Home(tmp_path / "home"), [path])
    assert (report.dataset, report.rows_read, report.error) == ("vsla_group", 0, None)


@pytest.mark.parametrize("lang", LANGS)
def test_the_first_row_is_the_contract_and_the_notes_explain_it(lang: str) -> None:
    book = load_workbook(io.BytesIO(template("business_observation", lang)))
    data, notes, lists = book.worksheets
    columns = columns_of(DATASETS["business_observation"])
    assert [cell.value for cell in data[1]] == list(columns)
    assert data.max_row == 1
    lines = {row[0]: row for row in notes.iter_rows(values_only=True)}
    for name in columns:
        told = dictionary().column("business_observation", name)
        assert lines[name][1:3] == (told.label[lang], told.definition[lang])
    label = dictionary().label("business_observation", "status", "open", lang)
    assert f"open = {label}" in str(lines["status"][4])
    assert lists.sheet_state == "hidden"


def test_codes_are_offered_as_lists() -> None:
    book = load_workbook(io.BytesIO(template("shock_exposure", "en")))
    data, _, lists = book.worksheets
    offered = {}
    for rule in data.data_validations.dataValidation:
        cells = lists[rule.formula1.split("!")[1].replace("$", "")]
        column = data.cell(1, next(iter(rule.sqref.ranges)).min_col).value
        offered[column] = [cell.value for (cell,) in cells]
    columns = columns_of(DATASETS["shock_exposure"])
    assert offered == {n: list(c.codes) for n, c in columns.items() if c.codes}
    assert "rainfall_pct_normal" in offered["measure"]


def test_a_misspelt_dataset_is_named_back() -> None:
    with pytest.raises(UserError) as caught:
        template("vsla_groups", "fr")
    assert caught.value.key == "unknown_dataset"
