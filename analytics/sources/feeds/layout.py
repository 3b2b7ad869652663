"""A publisher's table seen by its columns: where its header stands, and its cells column by column.

Columns are found by name (any case, any separator), by a second spelling, or by HXL tag; never by
position or by the name of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from analytics.geography.places import normalise
from analytics.sources.files import Table

#: title rows above a header are rarely more than this
HEADER_SEARCH_ROWS = 25
#: above this size a CSV is worth reading in columns; below, exact row numbers cost nothing
LARGE_CSV_BYTES = 4_000_000
_BLANKS = ("", "-", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "#N/A", "None")


@lru_cache(maxsize=20_000)
def key(text: str) -> str:
    """The form in which headers and HXL tags are compared."""
    text = text.strip()
    if text.startswith("#"):
        base, *attributes = re.sub(r"\s+", "", text.lower()).split("+")
        return "+".join([base, *sorted(attributes)])
    return normalise(text)


@dataclass(frozen=True)
class Layout:
    """Where the columns of a table stand.

    ``columns`` maps our field to the position in the table; ``headers`` holds the header as
    compared; ``first`` is the index of the first data row (HXL rows are no data).
    """

    table: Table
    first: int
    headers: tuple[str, ...]
    columns: dict[str, int]

    def has(self, *fields: str) -> bool:
        return all(field in self.columns for field in fields)

    def frame(self, fields: Iterable[str] | None = None) -> pd.DataFrame:
        """The data rows as text, blanks as None; ``row`` is the number a spreadsheet shows.

        Fields the table has not are columns of blanks.
        """
        wanted = list(fields) if fields is not None else list(self.columns)
        present = {name: self.columns[name] for name in wanted if name in self.columns}
        raw = _large(self.table, self.first, sorted(set(present.values())))
        if raw is None:
            raw = _careful(self.table, self.first, sorted(set(present.values())))
        cells_of: dict[str, pd.Series] = {"row": raw["row"]}
        for name in wanted:
            if name in present:
                cells = raw[present[name]].str.strip()
                cells_of[name] = cells.mask(cells.isin(_BLANKS)).astype(object)
            else:
                cells_of[name] = pd.Series([None] * len(raw), dtype=object)
        found = pd.DataFrame(cells_of)
        return found.where(found.notna(), None).reset_index(drop=True)


def lay_out(
    table: Table, names: Mapping[str, tuple[str, ...]], required: Iterable[str]
) -> Layout | None:
    """The layout of a table that has every ``required`` field, or None.

    Args:
        names: field → header spellings and HXL tags, best first; ``~…`` is a pattern that a header
            as compared (lower case, hyphens) must match as a whole.
        required: fields; ``value|phase3`` is one of the two.
    """
    needed = [set(one.split("|")) for one in required]
    spelt = [[spelling for name in one for spelling in names.get(name, ())] for one in needed]
    for index, cells in enumerate(table.sample[:HEADER_SEARCH_ROWS]):
        headers = [key(cell or "") for cell in cells]
        if sum(bool(header) for header in headers) < 2:
            continue
        following = table.sample[index + 1] if index + 1 < len(table.sample) else []
        tagged = is_hxl(following)
        tags = [key(cell or "") for cell in following] if tagged else []
        # Most tables are another publisher's: one look at what must be there settles it.
        if not all(_anywhere(spellings, {*headers, *tags}) for spellings in spelt):
            continue
        columns = _match(headers, tags, names)
        if all(one & set(columns) for one in needed):
            return Layout(table, index + (2 if tagged else 1), tuple(headers), columns)
    return None


def is_hxl(row: list[str | None]) -> bool:
    """Whether a row holds HXL tags (``#date``, ``#adm1+name``) and no data."""
    cells = [cell.strip() for cell in row if cell and cell.strip()]
    return bool(cells) and sum(cell.startswith("#") for cell in cells) * 2 > len(cells)


def _match(
    headers: list[str], tags: list[str], names: Mapping[str, tuple[str, ...]]
) -> dict[str, int]:
    found: dict[str, int] = {}
    taken: set[int] = set()
    for field, spellings in names.items():
        for spelling in spellings:
            position = next(
                (p for p in _positions(spelling, headers, tags) if p not in taken), None
            )
            if position is not None:
                found[field] = position
                taken.add(position)
                break
    return found


def _anywhere(spellings: list[str], present: set[str]) -> bool:
    return any(s.startswith("~") or key(s) in present for s in spellings)


def _positions(spelling: str, headers: list[str], tags: list[str]) -> list[int]:
    """The columns a spelling stands for, from left to right."""
    if spelling.startswith("~"):
        return [p for p, header in enumerate(headers) if re.fullmatch(spelling[1:], header)]
    wanted = key(spelling)
    source = tags if wanted.startswith("#") and wanted not in headers else headers
    return [p for p, header in enumerate(source) if header == wanted]


def _careful(table: Table, first: int, positions: list[int]) -> pd.DataFrame:
    """Row by row: any encoding, any odd line; blank lines are left out, and counted."""
    rows: list[int] = []
    columns: list[list[str | None]] = [[] for _ in positions]
    for number, cells in table.rows():
        if number <= first or not any(cell and cell.strip() for cell in cells):
            continue
        rows.append(number)
        for column, position in zip(columns, positions, strict=True):
            column.append(cells[position] if position < len(cells) else None)
    found: dict[str | int, pd.Series] = {"row": pd.Series(rows, dtype="int64")}
    for position, cells in zip(positions, columns, strict=True):
        found[position] = pd.Series(cells, dtype="str")
    return pd.DataFrame(found)


def _large(table: Table, first: int, positions: list[int]) -> pd.DataFrame | None:
    """A large, plain CSV read in columns; None where row numbers could not be trusted."""
    if table.path is None or not table.plain or table.bytes < LARGE_CSV_BYTES:
        return None
    width = max(len(row) for row in table.sample)
    names = [str(position) for position in range(width)]
    chosen = [names[position] for position in positions]
    try:
        read = pacsv.read_csv(
            table.path,
            read_options=pacsv.ReadOptions(
                skip_rows_after_names=first, column_names=names, block_size=1 << 24
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=table.separator or ",", newlines_in_values=True, ignore_empty_lines=False
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=chosen, column_types=dict.fromkeys(chosen, pa.string())
            ),
        )
    except pa.ArrowInvalid:
        # Lines of unequal length, blank lines: the careful reader says where.
        return None
    frame = read.to_pandas(types_mapper={pa.string(): pd.ArrowDtype(pa.string())}.get)
    frame.columns = positions
    frame.insert(0, "row", range(first + 1, first + 1 + len(frame)))
    return frame
