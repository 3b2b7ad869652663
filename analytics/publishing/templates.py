"""Files to fill in: our column names, drop-down lists, and notes that explain each column.

A filled template imports as it is, without a mapping. The example stands on the notes sheet, one
cell a line: as a row of cells it would be taken for data.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from rapidfuzz import process

from analytics.errors import UserError
from analytics.geography.places import cercles, place_name, region_units
from analytics.publishing.dictionary import bounds_text, kind_text
from analytics.publishing.forms import FORMS, form
from analytics.sources.contracts import DATASETS, Column, Contract, columns_of
from analytics.sources.dictionary import dictionary
from analytics.sources.workbooks import TEMPLATE_LISTS
from analytics.text import LANGS, Text

Cell = str | int | float | dt.date

_LAST_ROW = 1_048_576

_WORDS = {
    "data": Text(fr="Données", en="Data"),
    "notes": Text(fr="Notes", en="Notes"),
    "how": Text(
        fr="Remplir la première feuille, une ligne par relevé, sans toucher aux noms de colonnes. "
        "Laisser vide ce que l’on ne sait pas. L’exemple ci-dessous montre la forme des cellules ; "
        "il n’est pas une donnée et ne s’importe pas.",
        en="Fill in the first sheet, one row a record, and leave the column names as they are. "
        "Leave empty what is not known. The example below shows the form of the cells; it is not "
        "data and is not imported.",
    ),
    "name": Text(fr="Nom de colonne", en="Column name"),
    "label": Text(fr="Libellé", en="Label"),
    "definition": Text(fr="Ce qu’elle contient", en="What it holds"),
    "required": Text(fr="Obligatoire", en="Required"),
    "expected": Text(fr="Valeurs attendues", en="Expected values"),
    "example": Text(fr="Exemple (pas une donnée)", en="Example (not data)"),
    "yes": Text(fr="oui", en="yes"),
    "no": Text(fr="non", en="no"),
    "text": Text(fr="exemple", en="example"),
    "readme": Text(
        fr="Modèles et formulaires de la base de preuves.\n"
        "xlsx/ : un classeur par jeu de données, avec listes de choix, notes et exemple.\n"
        "csv/ : les mêmes colonnes, pour qui sort ses données d’un logiciel (UTF-8).\n"
        "forms/ : formulaires XLSForm à charger dans KoboToolbox ou ODK ; leurs exports "
        "s’importent tels quels.\n"
        "Rempli, chaque fichier s’importe tel quel sur la page Données. N’y écrire ni nom de "
        "personne, ni téléphone, ni position : ces colonnes sont écartées.",
        en="Templates and forms of the evidence base.\n"
        "xlsx/: one workbook a dataset, with drop-down lists, notes and an example.\n"
        "csv/: the same columns, for data that a program writes (UTF-8).\n"
        "forms/: XLSForms to load into KoboToolbox or ODK; their exports import as they are.\n"
        "Filled in, every file imports as it is on the Data page. Write no person’s name, "
        "telephone or position: such columns are dropped.",
    ),
    "wrong": Text(
        fr="Choisir une valeur de la liste ; la feuille Notes les explique.",
        en="Choose a value from the list; the Notes sheet explains them.",
    ),
}
_FORMATS = {"date": "yyyy-mm-dd", "identifier": "@", "month": "@", "code": "@", "codes": "@"}
_NOTES_WIDTHS = (24, 30, 70, 12, 60, 24)
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_BOLD = Font(bold=True)


def template(dataset: str, lang: str) -> bytes:
    """An XLSX workbook to fill in for ``dataset``, explained in ``lang``.

    Sheets: the data (contract names in row 1), the notes, and hidden lists behind the drop-downs.

    Raises:
        UserError: naming the nearest dataset, when there is none of that name.
    """
    _require(dataset)
    book = Workbook()
    data = book.active
    assert isinstance(data, Worksheet)
    data.title = _WORDS["data"][lang]
    notes = book.create_sheet(_WORDS["notes"][lang])
    lists = book.create_sheet(TEMPLATE_LISTS)
    lists.sheet_state = "hidden"
    columns = list(columns_of(DATASETS[dataset]).values())
    data.append([column.name for column in columns])
    data.freeze_panes = "A2"
    for position, column in enumerate(columns, start=1):
        _prepare(data, lists, position, column, lang)
    _explain(notes, dataset, lang)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def csv_template(dataset: str) -> bytes:
    """The header of ``dataset`` as CSV, with the mark by which spreadsheets know UTF-8.

    Raises:
        UserError: naming the nearest dataset, when there is none of that name.
    """
    _require(dataset)
    sink = io.StringIO()
    csv.writer(sink).writerow(columns_of(DATASETS[dataset]))
    return sink.getvalue().encode("utf-8-sig")


def all_templates(lang: str) -> bytes:
    """A ZIP of every template, XLSX (explained in ``lang``) and CSV, and of every form."""
    files = {f"xlsx/{dataset}.xlsx": template(dataset, lang) for dataset in DATASETS}
    files |= {f"csv/{dataset}.csv": csv_template(dataset) for dataset in DATASETS}
    files |= {f"forms/{dataset}.xlsx": form(dataset) for dataset in FORMS}
    lines = [_WORDS["readme"][told] + "\n" for told in LANGS]
    for dataset in DATASETS:
        title = dictionary().datasets[dataset].title
        lines.append(f"{dataset}: {' · '.join(title[told] for told in LANGS)}")
    # Windows shows a text without the mark in its own encoding.
    files["README.txt"] = "\n".join([*lines, ""]).replace("\n", "\r\n").encode("utf-8-sig")
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return sink.getvalue()


def _require(dataset: str) -> None:
    if dataset not in DATASETS:
        near = process.extractOne(dataset, DATASETS.keys())
        raise UserError("unknown_dataset", value=dataset, suggestion=near[0] if near else "")


def example(dataset: str, lang: str) -> dict[str, Cell]:
    """One invented row of ``dataset`` that every rule accepts."""
    contract = DATASETS[dataset]
    ruled = {rule.column for rule in contract.row_rules}
    return {
        name: _example(column, lang, small=name in ruled)
        for name, column in columns_of(contract).items()
    }


def _example(column: Column, lang: str, *, small: bool) -> Cell:
    if column.kind in ("code", "codes"):
        return column.codes[0]
    if column.kind in ("whole", "number"):
        if column.minimum is not None and column.maximum is not None:
            return round((column.minimum + column.maximum) / 2)
        # A part must stay below its whole, or the example would break the rule it illustrates.
        return (125_000 if column.amount else 12) // (2 if small else 1)
    places = {"region": "segou", "cercle": "niono", "place": "segou"}
    if column.kind in places:
        return place_name(places[column.kind], lang)
    plain: dict[str, Cell] = {
        "identifier": "EX-001",
        "date": dt.date(2022, 3, 31),
        "month": "2022-03",
        "boolean": _WORDS["yes"][lang],
        "text": _WORDS["text"][lang],
    }
    return plain[column.kind]


def _choices(column: Column, lang: str) -> list[str]:
    """What a drop-down offers; empty for columns without a list."""
    if column.kind == "boolean":
        # A spreadsheet would turn "true" into a value of its own, in its own language.
        return [_WORDS["yes"][lang], _WORDS["no"][lang]]
    if column.kind == "region":
        return [place_name(region.slug, lang) for region in region_units("2023")]
    if column.kind == "cercle":
        return [place_name(cercle.slug, lang) for cercle in cercles()]
    return list(column.codes)


def _prepare(data: Worksheet, lists: Worksheet, position: int, column: Column, lang: str) -> None:
    """Header, width, cell format and drop-down of one column."""
    letter = get_column_letter(position)
    data[f"{letter}1"].font = Font(bold=column.required)
    data.column_dimensions[letter].width = max(12, len(column.name) + 2)
    if form := _FORMATS.get(column.kind):
        # Text stays text: codes keep their leading zeros, months do not become dates.
        data.column_dimensions[letter].number_format = form
    choices = _choices(column, lang)
    if not choices:
        return
    for row, choice in enumerate(choices, start=1):
        lists.cell(row, position, choice)
    # A list written into the rule itself may not exceed 255 characters; a range may.
    rule = DataValidation(
        type="list", formula1=f"={lists.title}!${letter}$1:${letter}${len(choices)}"
    )
    rule.error = _WORDS["wrong"][lang]
    # Several codes may stand in one cell, and places have more spellings than the list.
    rule.showErrorMessage = column.kind in ("code", "boolean")
    rule.add(f"{letter}2:{letter}{_LAST_ROW}")
    data.add_data_validation(rule)


def _explain(notes: Worksheet, dataset: str, lang: str) -> None:
    contract, text = DATASETS[dataset], dictionary().datasets[dataset]
    notes.append([f"{text.title[lang]} ({dataset})"])
    notes.append([f"{text.description[lang]} {text.grain[lang]}"])
    notes.append([_WORDS["how"][lang]])
    notes.append([])
    heads = ("name", "label", "definition", "required", "expected", "example")
    notes.append([_WORDS[head][lang] for head in heads])
    for cell in (notes["A1"], *notes[notes.max_row]):
        cell.font = _BOLD
    shown = example(dataset, lang)
    for name, column in columns_of(contract).items():
        told = dictionary().column(dataset, name)
        required = _WORDS["yes" if column.required else "no"][lang]
        expected = _expected(dataset, contract, column, lang)
        notes.append(
            [name, told.label[lang], told.definition[lang], required, expected, shown[name]]
        )
        for cell in notes[notes.max_row]:
            cell.alignment = _WRAPPED
        notes.cell(notes.max_row, len(heads)).number_format = _FORMATS.get(column.kind, "General")
    for position, width in enumerate(_NOTES_WIDTHS, start=1):
        notes.column_dimensions[get_column_letter(position)].width = width


def _expected(dataset: str, contract: type[Contract], column: Column, lang: str) -> str:
    """The form of a cell, its bounds, and each code with its label on a line of its own."""
    form = [kind_text(column, lang), bounds_text(contract, column, lang)]
    shown = {code: code for code in column.codes}
    if column.kind == "boolean":
        shown = {"true": _WORDS["yes"][lang], "false": _WORDS["no"][lang]}
    labels = dictionary().code_labels(dataset, column.name) if shown else {}
    lines = [", ".join(part for part in form if part)]
    return "\n".join([*lines, *(f"{shown[code]} = {labels[code][lang]}" for code in shown)])
