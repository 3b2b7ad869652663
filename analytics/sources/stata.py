"""Stata files (.dta) as tables of text: value labels instead of codes, as people read them."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa


def read_stata(path: str) -> pa.Table:
    """The header in the first row, then the records; blanks are empty.

    Raises:
        ValueError: when it is no Stata file, or a damaged one.
    """
    try:
        # Value labels may be incomplete: a code without a label then stays a number.
        frame = pd.read_stata(path, convert_categoricals=True, preserve_dtypes=False)
    except ValueError as error:
        if "categorical" not in str(error) and "unique" not in str(error):
            raise
        frame = pd.read_stata(path, convert_categoricals=False)
    except Exception as error:  # the reader trusts the lengths that a damaged file declares
        raise ValueError(type(error).__name__) from error
    columns = [
        pa.array([str(name), *(_text(cell) for cell in frame[name])], pa.string())
        for name in frame.columns
    ]
    return pa.table(columns, names=[str(n) for n in range(len(columns))])


def _text(cell: object) -> str | None:
    if cell is None or pd.isna(cell):
        return None
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, pd.Timestamp):
        return cell.date().isoformat()
    return str(cell)
