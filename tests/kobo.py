"""Exports as Kobo and ODK write them, made from the forms themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook, load_workbook

from analytics.publishing.forms import LANGUAGES, form

BEFORE = ("start", "end")
AFTER = ("_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status",
         "_submitted_by", "__version__", "_tags", "_index", "meta/instanceID")  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How an export was asked for. ``groups`` is the separator, empty for none; ``multiple`` is
    ``joined``, ``split`` or ``both``; ``lang`` is empty for names instead of labels."""

    file: str = "csv"
    separator: str = ";"
    groups: str = "/"
    multiple: str = "both"
    lang: str = ""
    service: bool = True


def sheet(dataset: str, name: str) -> list[dict[str, str]]:
    """A sheet of a form as rows by header."""
    head, *rows = load_workbook(io.BytesIO(form(dataset)))[name].iter_rows(values_only=True)
    return [{h: str(c) for h, c in zip(head, row, strict=True) if c is not None} for row in rows]


@dataclass(frozen=True)
class Asked:
    group: dict[str, str]
    question: dict[str, str]
    choices: dict[str, dict[str, str]]


def questions(dataset: str) -> Iterator[Asked]:
    choices = sheet(dataset, "choices")
    group: dict[str, str] = {}
    for row in sheet(dataset, "survey"):
        if row["type"] == "begin_group":
            group = row
        elif row["type"] != "end_group":
            of = row["type"].partition(" ")[2]
            yield Asked(group, row, {c["name"]: c for c in choices if c["list_name"] == of})


def export(folder: Path, dataset: str, answers: list[dict[str, str]], style: Style) -> Path:
    """The answers (column → code or value, several codes by spaces) as an export."""

    def shown(row: dict[str, str]) -> str:
        return row[f"label::{LANGUAGES[style.lang]}"] if style.lang else row["name"]

    header: list[str] = [*BEFORE] if style.service else []
    cells: list[list[str]] = [["2024-05-02T09:00:00.000+00:00"] * len(header) for _ in answers]
    for asked in questions(dataset):
        name = asked.question["name"]
        path = [shown(asked.group)] if style.groups else []
        several = asked.question["type"].startswith("select_multiple")
        if not several or style.multiple != "split":
            header.append((style.groups or "/").join([*path, shown(asked.question)]))
            for line, answer in zip(cells, answers, strict=True):
                codes = answer.get(name, "").split() if asked.choices else []
                told = " ".join(shown(asked.choices[code]) for code in codes)
                line.append(told if asked.choices else answer.get(name, ""))
        if several and style.multiple != "joined":
            for code, choice in asked.choices.items():
                question = (style.groups or "/").join([*path, shown(asked.question)])
                # ODK Central joins groups by hyphens, and answers by a slash all the same.
                cut = "." if style.groups == "." else "/"
                header.append(f"{question}{cut}{shown(choice)}")
                for line, answer in zip(cells, answers, strict=True):
                    ticked = answer.get(name, "").split()
                    # A question that was not answered leaves its columns blank.
                    line.append(("1" if code in ticked else "0") if ticked else "")
    if style.service:
        header += AFTER
        for number, line in enumerate(cells, start=1):
            line += [str(number), f"6f1c2a{number:02d}-aaaa", "2024-05-02T10:00:00", "", "",
                     "submitted_via_web", "", "v1", "", str(number), f"uuid:{number}"]  # fmt: skip
    target = folder / f"{dataset}.{style.file}"
    if style.file == "xlsx":
        book = Workbook()
        book.active.append(header)
        for line in cells:
            # Kobo writes numbers as numbers.
            book.active.append([int(c) if c.isdigit() else c or None for c in line])
        book.save(target)
    else:
        with target.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, delimiter=style.separator, quoting=csv.QUOTE_ALL)
            writer.writerows([header, *cells])
    return target
