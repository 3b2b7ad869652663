"""Lists as CSV: what a spreadsheet would run stays text, numbers stay numbers."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import Workbook

from analytics import lists


@pytest.mark.parametrize("text", ["=1+1", "+1", "@SUM(A1)", "-1+cmd|' /C calc'!A0", "\t=1", "\r=1"])
def test_a_formula_is_written_as_text(text: str) -> None:
    assert lists.as_text(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-5", "-1 234,5", "Ségou", "", None, -5, 1.5, True])
def test_what_is_no_formula_stays_as_it_is(value: object) -> None:
    assert lists.as_text(value) == value


def test_header_hashtags_and_rows_read_back() -> None:
    written = lists.csv_bytes(["a", "b"], [["=x", True], ["é,\n", None]], tags=["#a", "#b"])
    assert list(csv.reader(io.StringIO(written.decode(), newline=""))) == [
        ["a", "b"], ["#a", "#b"], ["'=x", "true"], ["é,\n", ""]
    ]  # fmt: skip


def test_what_no_document_can_hold_is_replaced() -> None:
    book = Workbook()
    book.active["A1"] = lists.printable("a\x00b\uffffc\ud800d\x0b é\U0001f33e\t\n", "?")
    book.save(io.BytesIO())
    assert book.active["A1"].value == "a?b?c?d? é\U0001f33e\t\n"
