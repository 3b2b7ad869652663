"""From columns to files: the contract's columns in the contract's order, and the marker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from analytics.demonstration.tables import Table, rows_of
from analytics.sources.contracts import DATASETS, columns_of

MARKER = "demonstration"


def write_dataset(folder: Path, dataset: str, table: Table) -> int:
    """Write ``<dataset>.csv`` and return its number of rows; without rows no file.

    Raises:
        KeyError: when a column of the contract is missing from the table.
    """
    if not rows_of(table):
        # A file without rows cannot say that it is demonstration: none is written.
        (folder / f"{dataset}.csv").unlink(missing_ok=True)
        return 0
    names = list(columns_of(DATASETS[dataset]))
    rows = rows_of(table)
    arrays = [table[name] for name in names] + [pa.repeat(pa.scalar(True), rows)]
    ready = pa.table(arrays, names=[*names, MARKER])
    options = pa_csv.WriteOptions(
        batch_size=16_384,
        quoting_header="none",
        # "needed" quotes every text, which nearly doubles the large files
        quoting_style="needed" if _needs_quotes(ready) else "none",
    )
    pa_csv.write_csv(ready, folder / f"{dataset}.csv", options)
    return rows


def write_truth(folder: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2)
    (folder / "truth.json").write_text(f"{text}\n", encoding="utf-8", newline="\n")


def _needs_quotes(table: pa.Table) -> bool:
    return any(
        pc.any(pc.match_substring_regex(column, '[",\r\n]')).as_py()
        for column in table.columns
        if pa.types.is_string(column.type)
    )
