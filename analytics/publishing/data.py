"""A figure's numbers as files: CSV, CSV with HXL tags, JSON, workbook, and all of it as an archive.

Whatever a partner's name begins with, no cell of ours runs as a formula.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from analytics import lists
from analytics.publishing.exhibit import Exhibit
from analytics.publishing.question import file_stem
from analytics.text import say

#: HXL hashtags (standard 1.1) of the columns of ``records``
_HXL = {
    "region": "#adm1+code", "region_name": "#adm1+name", "cercle": "#adm2+code",
    "cercle_name": "#adm2+name", "month": "#date+month", "quarter": "#date+quarter",
    "year": "#date+year", "value": "#indicator+value+num", "low": "#indicator+value+min",
    "high": "#indicator+value+max", "numerator": "#indicator+numerator+num",
    "denominator": "#indicator+denominator+num", "n_groups": "#meta+count+groups",
    "n_people": "#meta+count+people", "unit": "#indicator+unit", "status": "#status+code",
    "build_id": "#meta+version", "partner": "#org+impl", "crisis": "#crisis+type",
    "sex": "#meta+sex", "sector": "#sector", "indicator": "#indicator+code",
    "source": "#meta+source", "receipt": "#meta+id+receipt", "sensitivity": "#meta+sensitivity",
    "demonstration": "#meta+test", "selection": "#description+selection",
    "licence": "#meta+licence", "group_type": "#group+type",
}  # fmt: skip
#: what the CSV repeats on each row, so that it goes wherever the rows go
_CARRIED = ("indicator", "selection", "source", "sensitivity", "licence", "receipt",
            "demonstration")  # fmt: skip
_WIDEST = 46
_NUMBERS = {"share": "0.0%", "xof": "#,##0", "people": "#,##0", "groups": "#,##0",
            "items": "#,##0"}  # fmt: skip


def table(shown: Exhibit) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows of the data, with what is carried along."""
    carried = {name: shown.about[name] for name in _CARRIED}
    records = [{**record, **carried} for record in shown.records()]
    header = list(records[0]) if records else list(carried)
    return header, [[record[name] for name in header] for record in records]


def csv_bytes(shown: Exhibit, *, tagged: bool = False) -> bytes:
    """UTF-8 CSV, one header row; ``tagged`` adds the row of HXL hashtags under it."""
    header, rows = table(shown)
    tags = [_HXL.get(name, f"#meta+{name}") for name in header] if tagged else []
    return lists.csv_bytes(header, rows, tags=tags)


def json_bytes(shown: Exhibit) -> bytes:
    told = {**shown.about, "headline": shown.figure.headline, "alt": shown.figure.alt,
            "rows": shown.records()}  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def metadata_bytes(shown: Exhibit) -> bytes:
    told = {**shown.about, "alt": shown.figure.alt, "columns": columns(shown)}
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def columns(shown: Exhibit) -> dict[str, str]:
    """Every column of the data and what it holds."""
    known = {name: say(f"publish.column.{name}", shown.lang) for name in (
        "value", "low", "high", "numerator", "denominator", "n_groups", "n_people", "unit",
        "status", "build_id", *_CARRIED)}  # fmt: skip
    for name in shown.answer.selection.by:
        label = say(f"breakdown.{name}", shown.lang)
        known[name] = say("publish.column.code", shown.lang, label=label)
        known[f"{name}_name"] = say("publish.column.name", shown.lang, label=label)
    return {name: known[name] for name in table(shown)[0]}


# --- the workbook --------------------------------------------------------------------------------


def xlsx_bytes(shown: Exhibit) -> bytes:
    """A workbook: README with all that is known of the data, then the data."""
    book = Workbook()
    front, sheet = book.active, book.create_sheet("data")
    assert front is not None
    front.title = "README"
    for name, text in _facts(shown):
        front.append(["", ""])
        row = front.max_row
        _write(front.cell(row, 1), say(f"publish.about.{name}", shown.lang))
        _write(front.cell(row, 2), text)
        front.cell(row, 1).font = Font(bold=True)
        for column in (1, 2):
            front.cell(row, column).alignment = Alignment(wrap_text=True, vertical="top")
    front.column_dimensions["A"].width, front.column_dimensions["B"].width = 22, 100
    header, rows = table(shown)
    sheet.append(header)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    number = _NUMBERS.get(shown.answer.indicator.unit)
    for y, record in enumerate(rows, start=2):
        for x, value in enumerate(record, start=1):
            cell = sheet.cell(y, x)
            _write(cell, value)
            if number and header[x - 1] in ("value", "low", "high"):
                cell.number_format = number
    for x, name in enumerate(header, start=1):
        longest = max([len(name), *(len(str(record[x - 1] or "")) for record in rows)])
        sheet.column_dimensions[get_column_letter(x)].width = min(longest + 2, _WIDEST)
    sheet.freeze_panes = "A2"
    if rows:
        sheet.auto_filter.ref = sheet.dimensions
    book.properties.title = shown.figure.headline[:250]
    book.properties.creator = "She Leads in Crisis"
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def _write(cell: Cell, value: Any) -> None:
    """A value into a cell; text stays text, whatever it begins with."""
    if isinstance(value, str):
        cell.value = lists.printable(value)
        cell.data_type = "s"
        if value.startswith(lists.FORMULA):
            cell.quotePrefix = True
    else:
        cell.value = value


def _facts(shown: Exhibit) -> Iterable[tuple[str, Any]]:
    for name, value in shown.about.items():
        if name in ("indicator", "sources", "language", "built_at", "breakdowns"):
            continue
        if name == "demonstration":
            value = say("publish.yes" if value else "publish.no", shown.lang)
        elif isinstance(value, dict):
            value = "\n".join(f"{key}{_colon(shown.lang)} {one}" for key, one in value.items())
        elif name == "unit":
            value = say(f"unit_name.{value}", shown.lang)
        elif isinstance(value, list):
            value = "\n".join(value)
        if value:
            yield name, value


def _colon(lang: str) -> str:
    return "\u00a0:" if lang == "fr" else ":"


# --- the archive ---------------------------------------------------------------------------------


def zip_bytes(shown: Exhibit, pictures: dict[str, bytes]) -> bytes:
    """Data, what is known of them, how to read them, and the pictures that could be drawn."""
    stem = file_stem(shown.live)
    files = {
        "README.md": readme(shown, bool(pictures)).encode(),
        "data.csv": csv_bytes(shown),
        "data.hxl.csv": csv_bytes(shown, tagged=True),
        "data.xlsx": xlsx_bytes(shown),
        "data.json": json_bytes(shown),
        "metadata.json": metadata_bytes(shown),
        "read_pandas.py": _PANDAS.encode(),
        "read.R": _R.encode(),
        "read_excel.pq": _EXCEL.encode(),
        **{f"figure.{suffix}": content for suffix, content in pictures.items()},
    }
    moment = datetime.fromisoformat(shown.answer.build.built_at).timetuple()[:6]
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # Dated by the version: the same figure gives the same archive.
            entry = zipfile.ZipInfo(f"{stem}/{name}", moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return sink.getvalue()


def readme(shown: Exhibit, drawn: bool) -> str:
    lang = shown.lang
    lines = [f"# {shown.figure.headline}", "", shown.figure.subtitle, ""]
    for name, text in _facts(shown):
        label = say(f"publish.about.{name}", lang)
        lines.append(f"- **{label}**{_colon(lang)} {text}")
    lines += ["", f"## {say('publish.columns', lang)}", ""]
    lines += [f"- `{name}`{_colon(lang)} {text}" for name, text in columns(shown).items()]
    lines += ["", f"## {say('publish.reading', lang)}", "", say("publish.reading_text", lang)]
    if not drawn:
        lines += ["", say("publish.no_picture", lang)]
    return "\n".join(lines) + "\n"


_PANDAS = '''"""Read data.csv with pandas: codes as text, what is suppressed or missing as NaN."""
import json
from pathlib import Path

import pandas as pd

here = Path(__file__).parent
about = json.loads((here / "metadata.json").read_text(encoding="utf-8"))
text = [name for name in about["columns"]
        if name not in ("value", "low", "high", "numerator", "denominator")]
data = pd.read_csv(here / "data.csv", dtype=dict.fromkeys(text, "string"))
print(about["citation"])
print(data[data["status"] == "published"].to_string())
'''

_R = """# Read data.csv with base R: codes as text, what is suppressed or missing as NA.
data <- read.csv("data.csv", encoding = "UTF-8", na.strings = "", colClasses = "character",
                 check.names = FALSE)
for (name in c("value", "low", "high", "numerator", "denominator")) {
  data[[name]] <- as.numeric(data[[name]])
}
print(data[data$status == "published", ])
"""

_EXCEL = """// Power Query (Data > Get data > Blank query > Advanced editor). Put your own folder.
let
    Content = File.Contents("C:\\data\\data.csv"),
    Source = Csv.Document(Content, [Delimiter = ",", Encoding = 65001]),
    Named = Table.PromoteHeaders(Source),
    Typed = Table.TransformColumnTypes(Named,
        {{"value", type number}, {"low", type number}, {"high", type number}}, "en-US"),
    Published = Table.SelectRows(Typed, each [status] = "published")
in
    Published
"""
