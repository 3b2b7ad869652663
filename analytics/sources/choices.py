"""Questions with several answers, spread over one 0/1 column a code → our codes in one cell."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pyarrow as pa

from analytics.errors import UserError
from analytics.geography.places import normalise
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.dictionary import dictionary
from analytics.sources.feeds.layout import Layout
from analytics.sources.files import Table
from analytics.sources.recognise import Recognition
from analytics.sources.translation import Translated

#: what read the table, as shown to people
READER = "kobo"


def gather(table: Table, found: Recognition) -> tuple[Table, Recognition]:
    """The table with each question of ``found.choices`` in one cell; as it is where there is none.

    Codes ticked are separated by spaces; nothing ticked is a blank. A cell that is neither yes nor
    no, or a tick for a code that is not ours, stays as written: it is refused, and pointed at.

    Raises:
        UserError: when only some rows carry the marker of demonstration data.
    """
    if not found.choices:
        return table, found
    header = tuple(cell or "" for cell in table.sample[found.header_index])
    places = {str(position): position for position in range(len(header))}
    rows = Layout(table, found.first_data_index, header, places).frame()
    records = {name: rows[str(position)].tolist() for position, name in found.columns.items()}
    # Where a reason concerns a question of many columns, one of them must be named.
    first = min(position for codes in found.choices.values() for position in codes)
    places_of = [first] * len(rows)
    for name, codes in found.choices.items():
        known = frozenset(columns_of(DATASETS[found.dataset])[name].codes)
        ticks = [ticked(rows[str(position)], code) for position, code in codes.items()]
        records[name] = [" ".join(filter(None, row)) or None for row in zip(*ticks, strict=True)]
        for position, column in zip(codes, ticks, strict=True):
            for place, tick in enumerate(column):
                if tick and tick not in known:
                    places_of[place] = position
    texts = pa.table({name: pa.array(cells, pa.string()) for name, cells in records.items()})
    made = Translated(
        file=table.file,
        sheet=table.sheet,
        signature=table.signature,
        sample=[texts.column_names],
        notes=table.notes,
        dataset=found.dataset,
        reader=READER,
        records=texts,
        origin=pa.table(
            {
                "record": list(range(1, len(rows) + 1)),
                "row": rows["row"].tolist(),
                "position": places_of,
            }
        ),
        positions={name: position for position, name in found.columns.items()},
        read=len(rows),
        demonstration=_is_marked(table, rows, found.marker),
    )
    columns = made.recognition().columns
    return made, replace(
        found, header_index=0, columns=columns, choices={}, marker=None, has_hxl_row=False
    )


def ticked(cells: pd.Series, code: str) -> list[str]:
    """The code in each row that ticks it, else nothing; what is neither yes nor no as written."""
    yes, no = ({normalise(text) for text in dictionary().values[w]} for w in ("true", "false"))
    told: dict[str | None, str] = {None: ""}
    for cell in cells.dropna().unique():
        # A spreadsheet writes 1 as "1.0".
        key = normalise(cell).removesuffix("-0")
        told[cell] = "" if key in no else code if key in yes | {normalise(code)} else cell
    return [told[cell] for cell in cells]


def _is_marked(table: Table, rows: pd.DataFrame, marker: int | None) -> bool:
    if marker is None:
        return False
    marked = [str(cell).strip().lower() == "true" for cell in rows[str(marker)]]
    if any(marked) and not all(marked):
        raise UserError("marker_mixed", file=table.label)
    return any(marked)
