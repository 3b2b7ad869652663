"""A table as it came, brought into the scratch database.

Large, clean CSV files are read by DuckDB straight into their types; anything else goes through
text. Both ways end in the same view ``raw``: ``_row`` and one column a contract column.
"""

from __future__ import annotations

import csv

import duckdb
import pyarrow as pa

from analytics.errors import UserError
from analytics.sources.contracts import Column
from analytics.sources.files import Table
from analytics.sources.findings import Violation
from analytics.sources.recognise import Recognition
from analytics.sources.translation import Translated
from analytics.sources.values import Problem, converter

#: above this size a CSV is worth reading by the database; below, exact row numbers are cheaper
DIRECT_READ_BYTES = 2_000_000
#: faulty lines a direct read may meet before the whole file is read as text
DIRECT_READ_FAULTS = 2_000


class Loader:
    """Loads one table into the view ``raw``.

    After ``load``: ``direct`` tells whether cells are already typed and trimmed, ``faults`` holds
    what the direct read found wrong in single lines, ``rows`` how many rows there are, and
    ``demonstration`` whether they carry the marker.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        table: Table,
        found: Recognition,
        columns: dict[str, Column],
    ) -> None:
        self.con, self.table, self.found, self.columns = con, table, found, columns
        self.present = {name: position for position, name in found.columns.items()}
        self.direct = False
        self.faults: list[Violation] = []
        self.rows = 0
        self.demonstration = False

    def load(self) -> None:
        if isinstance(self.table, Translated):
            self._load_records(self.table)
        else:
            self.direct = self._load_direct()
            if not self.direct:
                self._load_text()
        self.rows = self._count("SELECT count(*) FROM raw")
        self._read_marker()

    def _load_records(self, table: Translated) -> None:
        """Records made by a feed or a mapping: rows are numbered in their order."""
        numbers = pa.array(range(1, table.records.num_rows + 1), pa.int64())
        self.con.register("_records", table.records.append_column("_row", numbers))
        names = "".join(
            f""", nullif("{name}"::VARCHAR, '') AS "{name}" """ for name in self.present
        )
        self.con.execute(
            f"""CREATE OR REPLACE TEMP TABLE raw_text AS
            SELECT _row{names}, NULL::VARCHAR AS _extra FROM _records"""
        )
        self.con.unregister("_records")
        self.con.execute("CREATE OR REPLACE TEMP VIEW raw AS SELECT * FROM raw_text")

    def _load_direct(self) -> bool:
        """Let DuckDB read a large CSV; False when the file turns out not to be plain enough."""
        if self.table.path is None or not self.table.plain:
            return False
        if self.table.bytes < DIRECT_READ_BYTES:
            return False
        # Whole numbers are kept in half the memory where they fit, which is nearly always; a file
        # that writes them "1200.0" is read as decimals.
        return (
            self._read_directly("BIGINT", kept="INTEGER")
            or self._read_directly("BIGINT")
            or self._read_directly("DOUBLE")
        )

    def _read_directly(self, whole: str, kept: str | None = None) -> bool:
        table, found = self.table, self.found
        header = table.sample[found.header_index]
        names = {p: f"c{p}" for p in range(len(header))}
        types = {names[p]: self._direct_type(p, whole) for p in names}
        spec = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
        chosen = [self._direct_cell(name, names[p], kept) for name, p in self.present.items()]
        if found.marker is not None:
            chosen.append(f'{_marked(names[found.marker])} AS _marker')
        self.con.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
        try:
            self.con.execute(
                f"""CREATE OR REPLACE TEMP TABLE raw_direct AS SELECT {", ".join(chosen)}
                FROM read_csv(?, columns={{{spec}}}, header=false, skip={found.first_data_index},
                    delim='{table.separator}', quote='"', escape='"', auto_detect=false,
                    dateformat='%Y-%m-%d', store_rejects=true, rejects_limit=0)""",
                [str(table.path)],
            )
        except duckdb.Error:
            return False
        good = self._count("SELECT count(*) FROM raw_direct")
        faults = self.con.execute(
            "SELECT DISTINCT line, csv_line FROM reject_errors ORDER BY line"
        ).fetchall()
        records = good + len(faults) + found.first_data_index
        if len(faults) > DIRECT_READ_FAULTS or records not in (table.lines, table.lines + 1):
            # Blank lines or quoted line ends: only the text reader numbers such rows rightly.
            return False
        if whole == "DOUBLE" and self._count(
            f"SELECT count(*) FROM raw_direct WHERE {self._has_fractions()}"
        ):
            # "12.500" is twelve thousand five hundred francs to its writer: read it as text.
            return False
        self._number_direct_rows(faults)
        return True

    def _direct_cell(self, name: str, source: str, kept: str | None) -> str:
        kind = self.columns[name].kind
        if kind in ("identifier", "text"):
            return f"""nullif(trim("{source}"), '') AS "{name}" """
        if kind == "whole" and kept:
            return f'"{source}"::{kept} AS "{name}"'
        return f'"{source}" AS "{name}"'

    def _has_fractions(self) -> str:
        amounts = [f'"{n}" <> trunc("{n}")' for n in self.present if self.columns[n].amount]
        return " OR ".join(amounts) or "FALSE"

    def _number_direct_rows(self, faults: list[tuple[int, str]]) -> None:
        """``raw`` as a view: rows read by the database, and the faulty lines read one by one.

        A faulty line shifts the row numbers of all good rows after it.
        """
        first = self.found.first_data_index
        shifts = {0: 0}
        for place, (line, _) in enumerate(faults):
            shifts[line - first - 1 - place] = place + 1
        names = ", ".join(f'"{name}"' for name in self._raw_names())
        # A faulty line may hold a fraction where the rest of the file has whole numbers.
        wide = ", ".join(
            f'"{n}"::DOUBLE AS "{n}"'
            if n in self.columns and self.columns[n].kind == "whole" and faults
            else f'"{n}"'
            for n in self._raw_names()
        )
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE raw_fault AS "
            f"SELECT 0::BIGINT AS _row, {wide} FROM raw_direct LIMIT 0"
        )
        for line, text in faults:
            self._insert("raw_fault", [self._read_fault(line, text)])
        self.con.execute(
            f"""CREATE OR REPLACE TEMP VIEW raw AS
            SELECT rowid + {first + 1} + {_step("rowid", list(shifts.items()))} AS _row, {names}
            FROM raw_direct
            UNION ALL SELECT _row, {names} FROM raw_fault"""
        )

    def _raw_names(self) -> list[str]:
        return [*self.present, *(["_marker"] if self.found.marker is not None else [])]

    def _read_fault(self, line: int, text: str) -> tuple:
        """A line the database could not read, cell by cell; what is wrong goes to ``faults``."""
        cells: list[str | None] = list(
            next(csv.reader([text.strip("\r\n")], delimiter=self.table.separator or ","))
        )
        width = len(self.table.sample[self.found.header_index])
        if any(cell for cell in cells[width:]):
            self.faults.append(Violation(line, "", "***", "too_many_cells", None))
        cells += [None] * (width - len(cells))
        values: list[object] = [line]
        for name, position in self.present.items():
            cell, column = cells[position], self.columns[name]
            value: object = cell or None
            if column.kind in ("whole", "number", "date") and cell:
                value = converter(self.found.dataset, column)(cell)
                if isinstance(value, Problem):
                    self.faults.append(Violation(line, name, cell, value.rule, value.suggestion))
                    value = None
            values.append(value)
        if self.found.marker is not None:
            values.append((cells[self.found.marker] or "").lower() == "true")
        return tuple(values)

    def _direct_type(self, position: int, whole: str) -> str:
        name = self.found.columns.get(position)
        kind = self.columns[name].kind if name else "text"
        return {"whole": whole, "number": "DOUBLE", "date": "DATE"}.get(kind, "VARCHAR")

    def _load_text(self) -> None:
        names = list(self.present)
        positions = [self.present[name] for name in names]
        if self.found.marker is not None:
            names, positions = [*names, "_marker"], [*positions, self.found.marker]
        width = max(len(self.table.sample[self.found.header_index]), max(positions) + 1)
        columns = ", ".join(f'"{name}" VARCHAR' for name in names)
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE raw_text (_row BIGINT, {columns}, _extra VARCHAR)"
        )
        schema = pa.schema([("_row", pa.int64())] + [(n, pa.string()) for n in (*names, "_extra")])
        chunk: list[tuple] = []
        for number, cells in self.table.rows():
            if number <= self.found.first_data_index or not any(c and c.strip() for c in cells):
                continue
            cells += [None] * (width - len(cells))
            extra = next((cell for cell in cells[width:] if cell and cell.strip()), None)
            chunk.append((number, *(cells[p] for p in positions), extra))
            if len(chunk) == 50_000:
                self._append(chunk, schema)
                chunk = []
        self._append(chunk, schema)
        marked = f" REPLACE ({_marked('_marker')} AS _marker)" if "_marker" in names else ""
        self.con.execute(f"CREATE OR REPLACE TEMP VIEW raw AS SELECT *{marked} FROM raw_text")

    def _append(self, chunk: list[tuple], schema: pa.Schema) -> None:
        if not chunk:
            return
        arrays = [
            pa.array(values, field.type)
            for values, field in zip(zip(*chunk, strict=True), schema, strict=True)
        ]
        self.con.register("_chunk", pa.Table.from_arrays(arrays, schema=schema))
        self.con.execute("INSERT INTO raw_text SELECT * FROM _chunk")
        self.con.unregister("_chunk")

    def _read_marker(self) -> None:
        if isinstance(self.table, Translated):
            self.demonstration = self.table.demonstration
        if self.found.marker is None:
            return
        marked = self._count("SELECT count(*) FROM raw WHERE _marker")
        if marked not in (0, self.rows):
            raise UserError("marker_mixed", file=self.table.label)
        self.demonstration = marked > 0

    def _insert(self, table: str, rows: list[tuple]) -> None:
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            self.con.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def _count(self, sql: str) -> int:
        return int(self.con.execute(sql).fetchall()[0][0] or 0)


def _marked(cell: str) -> str:
    """Whether a cell carries the marker of the demonstration."""
    return f"""coalesce(lower("{cell}") = 'true', false)"""


def _step(place: str, steps: list[tuple[int, int]]) -> str:
    """SQL of a step function: the value of the last ``(from, value)`` that ``place`` has reached.

    Halving keeps it shallow, and neighbouring rows take the same branch: it costs next to nothing.
    """
    if len(steps) == 1:
        return str(steps[0][1])
    half = len(steps) // 2
    before, after = _step(place, steps[:half]), _step(place, steps[half:])
    return f"CASE WHEN {place} < {steps[half][0]} THEN {before} ELSE {after} END"
