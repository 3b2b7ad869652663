"""Columns by name, before they become a file, and the few edits blemishes need."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.demonstration.world import Bools, Ints

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
    return {name: pa.concat_arrays([array, more[name]]) for name, array in table.items()}


def rows_of(table: Table) -> int:
    return len(next(iter(table.values())))


def _mask(length: int, rows: Ints) -> pa.Array:
    mask = np.zeros(length, bool)
    mask[rows] = True
    return pa.array(mask)
