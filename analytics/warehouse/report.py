"""What an import did, table by table, in words a person can act on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from openpyxl.utils import get_column_letter

from analytics.errors import UserError
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.dictionary import dictionary
from analytics.sources.findings import Corrected, Refusals, Violation, Warned
from analytics.text import say


@dataclass
class FileReport:
    """What became of one table; ``read`` is always the sum of the four other counts."""

    file: str
    sheet: str | None
    dataset: str | None
    batch_id: str | None = None
    rows_read: int = 0
    rows_landed: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    rows_out_of_scope: int = 0
    corrections: int = 0
    corrected: list[Corrected] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    rejects_file: str | None = None
    error: UserError | None = None
    violations: list[Violation] = field(default_factory=list)
    by_rule: list[Refusals] = field(default_factory=list)
    #: the feed or mapping that read the table, empty where it came in our own form
    reader: str = ""
    #: the refused rows as a workbook to mend and import again
    mend_file: str | None = None
    #: contract column → header as the sender wrote it
    headers: dict[str, str] = field(default_factory=dict)

    def as_json(self, lang: str) -> dict[str, Any]:
        plain = {
            name: getattr(self, name)
            for name in (
                "file", "sheet", "dataset", "batch_id", "rows_read", "rows_landed",
                "rows_rejected", "rows_duplicate", "rows_out_of_scope", "corrections",
            )
        }  # fmt: skip
        plain["warnings"] = [
            {**warning, "message": warning_message(Warned(**warning), self.dataset, lang)}
            for warning in self.warnings
        ]
        plain["refused"] = [
            {
                "rule": refusals.rule,
                "column": refusals.column,
                "count": refusals.count,
                "examples": [violation_message(self, v, lang) for v in refusals.examples],
            }
            for refusals in self.by_rule
        ]
        plain["corrected"] = [asdict(corrected) for corrected in self.corrected]
        plain["reader"] = self.reader or None
        plain["rejects_file"] = self.rejects_file
        plain["mend_file"] = self.mend_file
        plain["error"] = self.error.message(lang) if self.error else None
        return plain


def cell_of(report: FileReport, violation: Violation) -> str:
    """The cell as a spreadsheet names it, ``Feuil2!F214``; in a CSV ``F214``; empty for a row."""
    if violation.position is None:
        return ""
    cell = f"{get_column_letter(violation.position + 1)}{violation.row}"
    return f"{report.sheet}!{cell}" if report.sheet else cell


def violation_message(report: FileReport, violation: Violation, lang: str) -> str:
    """``epargne.xlsx, Données!F214, ligne 214, « Région » : …`` in one sentence."""
    label = violation.column or ""
    if report.dataset and violation.column:
        # The sender looks for her own header; ours stands in where she wrote none.
        ours = dictionary().column(report.dataset, violation.column).label[lang]
        label = report.headers.get(violation.column, ours)
    cell = cell_of(report, violation)
    kind = ("cell" if label else "row") if report.sheet and cell else "file" if label else "line"
    where = say(f"where.{kind}", lang, file=report.file, sheet=report.sheet, cell=cell,
                row=violation.row, column=label)  # fmt: skip
    expected = expectation(report.dataset, violation, lang)
    what = say(f"rule.{violation.rule}", lang, value=violation.value or "", expected=expected)
    hint = say("did_you_mean", lang, value=violation.suggestion) if violation.suggestion else ""
    return " ".join(part for part in (where, what, hint) if part)


def expectation(dataset: str | None, violation: Violation, lang: str) -> str:
    """What the rule wanted, where that depends on the column."""
    known = dataset in DATASETS
    column = columns_of(DATASETS[dataset]).get(violation.column) if dataset and known else None
    if column is None:
        return ""
    if column.codes:
        return ", ".join(column.codes)
    if column.minimum is not None and column.maximum is not None:
        return f"{column.minimum:g}–{column.maximum:g}"
    return ""


def warning_message(warning: Warned, dataset: str | None, lang: str) -> str:
    label = ""
    if warning.column and dataset:
        label = dictionary().column(dataset, warning.column).label[lang]
    return say(f"warning.{warning.code}", lang, column=label, count=warning.count,
               example=warning.example or "")  # fmt: skip


def summary(reports: list[FileReport], lang: str) -> dict[str, Any]:
    """The object that ``import --json`` prints."""
    return json.loads(json.dumps({"files": [report.as_json(lang) for report in reports]}))
