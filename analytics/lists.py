"""Lists as CSV and text in documents: nothing of ours runs as a formula or breaks a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

#: what a spreadsheet takes for the beginning of a formula
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: a negative number begins like one, and is none
_NUMBER = re.compile(r"-\d[\d\s.,]*")


#: what XML, so a workbook or a slide, cannot hold
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str, instead: str = "") -> str:
    """A text that any document can hold: control characters and halves of characters replaced."""
    return _UNPRINTABLE.sub(instead, text)


def as_text(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula, made text; anything else as it is."""
    runs = isinstance(value, str) and value.startswith(FORMULA) and not _NUMBER.fullmatch(value)
    return f"'{value}" if runs else value


def csv_bytes(
    header: Iterable[str], rows: Iterable[Iterable[Any]], *, tags: Iterable[str] = ()
) -> bytes:
    """UTF-8 CSV: the header, a row of HXL hashtags if given, the rows; truth as true and false."""
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(header)
    # A hashtag is no formula, and HXL readers want it bare.
    if tags := list(tags):
        writer.writerow(tags)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return sink.getvalue().encode()


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else as_text(value)
