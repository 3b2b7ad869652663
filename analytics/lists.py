"""A list as CSV, wherever one is written: no cell of ours runs as a formula in a spreadsheet."""

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
