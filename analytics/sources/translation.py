"""A foreign table said in a contract's own columns, with the way back to every cell of the source.

Feeds and mappings make ``Translated`` tables; from there on they are checked, refused and landed
like a file in our own form. Two ways of counting, so that what a person reads adds up:

- ``rows`` (feeds, ledgers that are added up): every row of the source counts once, however many
  records it went into. A row is refused when any record made of it was refused.
- ``records`` (one column a month turned into rows): every record counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import duckdb
import pyarrow as pa

from analytics.sources.files import Table
from analytics.sources.findings import Checked, Violation, Warned
from analytics.sources.recognise import Recognition


@dataclass
class Translated(Table):
    """Records of ``dataset`` made from a table of another form.

    Attributes:
        dataset: the contract the records follow.
        reader: the feed or mapping that made them, as shown to people.
        records: one row a record; text columns named as the contract's (some may be absent).
        origin: which source rows each record came from: ``record`` (from 1, in the order of
            ``records``), ``row`` (as the source shows it) and, where a record's value stands in a
            column of its own, ``position`` (that column, from 0).
        positions: contract column → column of the source (from 0), to name a refused cell.
        counting: ``rows`` or ``records``, see the module.
        read: data rows of the source (``rows`` only).
        out_of_scope, duplicate: source rows left aside, or met twice, by the reader itself.
        refused: source rows that the reader could not use, each with its reason.
        noticed: what the reader wants said.
    """

    dataset: str = ""
    reader: str = ""
    records: pa.Table = field(default_factory=lambda: pa.table({}))
    origin: pa.Table = field(default_factory=lambda: pa.table({"record": [], "row": []}))
    positions: dict[str, int] = field(default_factory=dict)
    counting: Literal["rows", "records"] = "rows"
    read: int = 0
    out_of_scope: int = 0
    duplicate: int = 0
    refused: tuple[Violation, ...] = ()
    noticed: tuple[Warned, ...] = ()
    demonstration: bool = False

    def recognition(self) -> Recognition:
        """The records' columns, each under its own name."""
        return Recognition(
            dataset=self.dataset,
            header_index=0,
            columns=dict(enumerate(self.records.column_names)),
        )

    def settle(self, con: duckdb.DuckDBPyConnection, checked: Checked) -> None:
        """Tell the outcome of a check in rows of the source.

        Reads the temporary tables ``refused``, ``landing`` and leaves the view ``refusal``
        pointing at the source; see ``check``.
        """
        self._locate(con)
        own = len({violation.row for violation in self.refused})
        checked.out_of_scope += self.out_of_scope
        checked.warnings[:0] = self.noticed
        if self.counting == "records":
            checked.read += own + self.out_of_scope + self.duplicate
            checked.rejected += own
            checked.duplicate += self.duplicate
        else:
            checked.read = self.read
            checked.rejected, checked.landed, known = con.execute(
                """SELECT count(DISTINCT o.row) FILTER (WHERE r.row IS NOT NULL),
                    count(DISTINCT o.row) FILTER (WHERE r.row IS NULL AND l._row IS NOT NULL),
                    count(DISTINCT o.row)
                FROM origin o
                LEFT JOIN (SELECT DISTINCT row FROM refusal) r ON r.row = o.row
                LEFT JOIN landing l ON l._row = o.record"""
            ).fetchall()[0]
            checked.duplicate = known - checked.rejected - checked.landed + self.duplicate
            # A row may have gone into records and be refused for something else of it.
            checked.rejected = con.execute(
                "SELECT count(DISTINCT row) FROM refusal"
            ).fetchall()[0][0]

    def _locate(self, con: duckdb.DuckDBPyConnection) -> None:
        origin = self.origin
        if "position" not in origin.column_names:
            origin = origin.append_column("position", pa.nulls(origin.num_rows, pa.int64()))
        types = {"record": pa.int64(), "row": pa.int64(), "position": pa.int64()}
        con.register("_origin", pa.table({n: origin[n].cast(t) for n, t in types.items()}))
        con.execute("CREATE OR REPLACE TEMP TABLE origin AS SELECT * FROM _origin")
        con.unregister("_origin")
        con.execute("CREATE OR REPLACE TEMP TABLE place (column_name VARCHAR, position BIGINT)")
        if self.positions:
            con.executemany("INSERT INTO place VALUES (?, ?)", list(self.positions.items()))
        con.execute(
            """CREATE OR REPLACE TEMP TABLE refused_by_reader (
                row BIGINT, position BIGINT, column_name VARCHAR, value VARCHAR, rule VARCHAR,
                suggestion VARCHAR)"""
        )
        if self.refused:
            con.executemany(
                "INSERT INTO refused_by_reader VALUES (?, ?, ?, ?, ?, ?)",
                [(v.row, v.position, v.column, v.value, v.rule, v.suggestion)
                 for v in self.refused],
            )  # fmt: skip
        con.execute(
            """CREATE OR REPLACE TEMP VIEW refusal AS
            SELECT o.row, r._row AS record, coalesce(p.position, o.position) AS position,
                r.column_name, r.value, r.rule, r.suggestion
            FROM refused r JOIN origin o ON o.record = r._row
            LEFT JOIN place p ON p.column_name = r.column_name
            UNION ALL
            SELECT row, NULL, position, column_name, value, rule, suggestion
            FROM refused_by_reader"""
        )
