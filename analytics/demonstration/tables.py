"""Columns by name, before they become a file, and the few edits blemishes need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.demonstration.world import Bools, Ints
from analytics.sources.contracts import DATASETS, columns_of

Table = dict[str, pa.Array]


def put(table: Table, column: str, rows: Ints, value: object) -> None:
    """Write one value (or None) into some rows of a column."""
    array = table[column]
    table[column] = pc.if_else(_mask(len(array), rows), pa.scalar(value, array.type), array)


def put_each(table: Table, column: str, rows: Ints, values: pa.Array) -> None:
    """Write ``values``, one a row, into ``rows`` (ascending) of a column."""
    array = table[column]
    table[column] = pc.replace_with_mask(array, _mask(len(array), rows), values.cast(array.type))


def blank(table: Table, column: str, where: Bools) -> None:
    array = table[column]
    table[column] = pc.if_else(pa.array(where), pa.scalar(None, array.type), array)


def take(table: Table, rows: Ints) -> Table:
    chosen = pa.array(rows)
    return {name: array.take(chosen) for name, array in table.items()}


def append(table: Table, more: Table) -> Table:
    return {name: pa.concat_arrays([_whole(array), _whole(more[name])])
            for name, array in table.items()}  # fmt: skip


def _whole(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Millions of words come from NumPy in pieces."""
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def rows_of(table: Table) -> int:
    return len(next(iter(table.values())))


def words(parts: Iterable[tuple[Bools, str]], unanswered: Bools | None = None) -> pa.Array:
    """Codes separated by spaces, as Kobo writes them; null where none holds or none was asked."""
    columns = [pc.if_else(pa.array(where), f" {word}", "") for where, word in parts]
    joined = pc.utf8_ltrim_whitespace(pc.binary_join_element_wise(*columns, ""))
    empty = pc.equal(joined, "")
    if unanswered is not None:
        empty = pc.or_(empty, pa.array(unanswered))
    return pc.if_else(empty, pa.scalar(None, pa.string()), joined)


def table_of(dataset: str, rows: list[dict[str, Any]]) -> Table:
    """A small table from rows; columns they do not name stay empty."""
    types = {"DATE": pa.date32(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}
    types |= {"BOOLEAN": pa.bool_(), "VARCHAR": pa.string()}
    return {
        name: pa.array([row.get(name) for row in rows], types[column.sql_type])
        for name, column in columns_of(DATASETS[dataset]).items()
    }


def _mask(length: int, rows: Ints) -> pa.Array:
    mask = np.zeros(length, bool)
    mask[rows] = True
    return pa.array(mask)
