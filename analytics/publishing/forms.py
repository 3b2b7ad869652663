"""Forms for Kobo and ODK (XLSForm), made from the contracts.

What a form lets through, an import accepts: types, codes, bounds and row rules are the contracts',
so a form and a file cannot drift apart. Exports import as they are (``sources.kobo``). A form asks
for no name, telephone or position, and does not record who held the telephone.

Format: https://xlsform.org.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from rapidfuzz import process

from analytics.errors import UserError
from analytics.geography.places import cercles, place_name, region_units
from analytics.sources.contracts import (
    DATASETS,
    EARLIEST_OWN_DATE,
    Column,
    Contract,
    columns_of,
)
from analytics.sources.dictionary import dictionary
from analytics.sources.questionnaire import Page, questionnaires
from analytics.text import LANGS, Text

#: the datasets that are asked in the field
FORMS: tuple[str, ...] = tuple(questionnaires().pages)
LANGUAGES = {"fr": "Français (fr)", "en": "English (en)"}

Row = dict[str, str]

_TEXTS = ("label", "hint", "constraint_message", "required_message")
_SURVEY = (
    "type", "name", *(f"{text}::{LANGUAGES[lang]}" for text in _TEXTS[:2] for lang in LANGS),
    "required", "relevant", "constraint",
    *(f"{text}::{LANGUAGES[lang]}" for text in _TEXTS[2:] for lang in LANGS),
    "choice_filter", "appearance",
)  # fmt: skip
_CHOICES = ("list_name", "name", *(f"label::{LANGUAGES[lang]}" for lang in LANGS), "region")
_SETTINGS = ("form_title", "form_id", "version", "default_language", "style")

_TYPES = {"date": "date", "whole": "integer", "number": "decimal", "boolean": "select_one yes_no",
          "region": "select_one region", "cercle": "select_one cercle"}  # fmt: skip

_REQUIRED = Text(fr="Cette réponse est obligatoire.", en="This answer is required.")
_YES_NO = {"true": Text(fr="Oui", en="Yes"), "false": Text(fr="Non", en="No")}
#: an identifier that is eight digits or more and nothing else is a telephone number
_IDENTIFIER = r"not(regex(., '^[+]?[ .()-]*([0-9][ .()-]*){8,}$')) and not(contains(., '@'))"
_NO_TELEPHONE = Text(
    fr="Écrire un code, ni un numéro de téléphone, ni une adresse, ni un nom.",
    en="Write a code, not a telephone number, an address or a name.",
)
_RULES = {
    "women_over_seats": Text(
        fr="Les sièges de femmes ne dépassent pas le nombre de sièges.",
        en="Seats held by women cannot exceed the number of seats.",
    ),
    "vsla_women_over_women": Text(
        fr="Ces sièges ne dépassent pas ceux que tiennent des femmes.",
        en="These seats cannot exceed those held by women.",
    ),
}


def form(dataset: str) -> bytes:
    """The XLSForm of ``dataset`` as an XLSX workbook: sheets survey, choices, settings.

    Raises:
        UserError: naming the nearest form, when there is none of that name.
    """
    if dataset not in FORMS:
        near = process.extractOne(dataset, FORMS)
        raise UserError("unknown_dataset", value=dataset, suggestion=near[0] if near else "")
    survey, choices = list(_survey(dataset)), list(_choices(dataset))
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, head, rows in (
        ("survey", _SURVEY, survey),
        ("choices", _CHOICES, choices),
        ("settings", _SETTINGS, [_settings(dataset, [*survey, *choices])]),
    ):
        sheet = book.create_sheet(title)
        sheet.append(head)
        for row in rows:
            # As text: a spreadsheet makes values of its own of "true" and "2023".
            sheet.append([row.get(name) or None for name in head])
        sheet.freeze_panes = "A2"
        for position, cell in enumerate(sheet[1], start=1):
            cell.font = Font(bold=True)
            sheet.column_dimensions[get_column_letter(position)].width = 28
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def write_forms(folder: Path) -> list[Path]:
    """Write every form into ``folder`` as ``<dataset>.xlsx``."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{dataset}.xlsx" for dataset in FORMS]
    for path in paths:
        path.write_bytes(form(path.stem))
    return paths


def _settings(dataset: str, rows: list[Row]) -> Row:
    title = dictionary().datasets[dataset].title
    # Kobo tells versions apart by this: same questions, same version.
    digest = hashlib.sha256(repr(rows).encode()).hexdigest()
    return {
        "form_title": f"{title.fr} · {title.en}",
        "form_id": dataset,
        "version": digest[:8],
        "default_language": LANGUAGES["fr"],
        "style": "pages",
    }


# --- Questions -----------------------------------------------------------------------------------


def _survey(dataset: str) -> Iterable[Row]:
    for page in questionnaires().pages[dataset]:
        yield _page(page)
        for name in page.columns:
            yield _question(dataset, columns_of(DATASETS[dataset])[name])
        yield {"type": "end_group", "name": page.name}


def _page(page: Page) -> Row:
    begin = {"type": "begin_group", "name": page.name, "appearance": "field-list"}
    return begin | _both("label", page.title)


def _question(dataset: str, column: Column) -> Row:
    told = dictionary().column(dataset, column.name)
    row = {"name": column.name, "type": _TYPES.get(column.kind, "text")}
    if column.codes:
        how = "select_multiple" if column.kind == "codes" else "select_one"
        row["type"] = f"{how} {column.name}"
    row |= _both("label", told.label) | _both("hint", told.definition)
    if column.required:
        row |= {"required": "yes"} | _both("required_message", _REQUIRED)
    if asked := questionnaires().asked_when.get(dataset, {}).get(column.name):
        row["relevant"] = asked
    if column.kind == "cercle":
        row["choice_filter"] = "region = ${region}"
    if rules := list(_constraints(DATASETS[dataset], column)):
        row["constraint"] = " and ".join(rule for rule, _ in rules)
        said = {lang: " ".join(text[lang] for _, text in rules) for lang in LANGS}
        row |= _both("constraint_message", Text(**said))
    return row


def _constraints(contract: type[Contract], column: Column) -> Iterable[tuple[str, Text]]:
    """What the contract asks of an answer: XPath, and how to say it."""
    if column.kind == "identifier":
        yield _IDENTIFIER, _NO_TELEPHONE
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        yield (f". >= {low:g} and . <= {high:g}",
               Text(fr=f"De {low:g} à {high:g}.", en=f"From {low:g} to {high:g}."))  # fmt: skip
    elif low is not None:
        yield f". >= {low:g}", Text(fr=f"Au moins {low:g}.", en=f"At least {low:g}.")
    if column.above is not None:
        above = column.above
        yield f". > {above:g}", Text(fr=f"Plus de {above:g}.", en=f"More than {above:g}.")
    if column.kind == "date" and contract.own:
        year = EARLIEST_OWN_DATE.year
        said = Text(fr=f"Pas avant l’an {year}.", en=f"Not before {year}.")
        yield f". >= date('{EARLIEST_OWN_DATE}')", said
    if column.past:
        yield ". <= today()", Text(fr="Pas dans le futur.", en="Not in the future.")
    for rule in contract.row_rules:
        if rule.column == column.name:
            yield _not_more(contract, rule.limit), _RULES[rule.rule]


def _not_more(contract: type[Contract], limit: tuple[str, ...]) -> str:
    """The rule holds only where every part of the limit is known, as in the contract."""
    sum_of = " + ".join(f"${{{part}}}" for part in limit)
    open_parts = [part for part in limit if not columns_of(contract)[part].required]
    unknown = "".join(f"${{{part}}} = '' or " for part in open_parts)
    return f"({unknown}. <= {sum_of})" if unknown else f". <= {sum_of}"


# --- Answers to choose from ----------------------------------------------------------------------


def _choices(dataset: str) -> Iterable[Row]:
    columns = columns_of(DATASETS[dataset]).values()
    for column in columns:
        for code in column.codes:
            label = dictionary().code_labels(dataset, column.name)[code]
            yield _choice(column.name, code, label)
    kinds = {column.kind for column in columns}
    if "boolean" in kinds:
        for code, label in _YES_NO.items():
            yield _choice("yes_no", code, label)
    if "region" in kinds:
        for region in region_units("2023"):
            yield _choice("region", region.slug, _place(region.slug))
    if "cercle" in kinds:
        for cercle in cercles():
            yield _choice("cercle", cercle.slug, _place(cercle.slug)) | {
                "region": cercle.region_2023
            }


def _choice(of: str, code: str, label: Text) -> Row:
    return {"list_name": of, "name": code} | _both("label", label)


def _place(slug: str) -> Text:
    return Text(fr=place_name(slug, "fr"), en=place_name(slug, "en"))


def _both(column: str, text: Text) -> Row:
    return {f"{column}::{LANGUAGES[lang]}": text[lang] for lang in LANGS}
