"""Validation of a whole table at once, as set-based SQL generated from the contracts.

``check_table`` reads a table into DuckDB, converts what a cast cannot read, and splits its rows
into those that may land and those that are refused, with every reason. Nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa

from analytics.geography import places
from analytics.sources import personal
from analytics.sources.contracts import (
    DATASETS,
    EARLIEST_OWN_DATE,
    Column,
    columns_of,
)
from analytics.sources.files import Table
from analytics.sources.findings import Checked, Warned
from analytics.sources.keys import order_by_key, settle_repeated_keys
from analytics.sources.load import Loader
from analytics.sources.oddities import LANDS, integer_columns, warnings_about
from analytics.sources.recognise import Recognition
from analytics.sources.telling import corrections, list_refusals, point_at_cells
from analytics.sources.translation import Translated
from analytics.sources.values import Problem, converter

_PLAIN_NUMBER = r"-?[0-9]{1,15}(\.[0-9]{1,6})?"
_PLAIN_WHOLE = r"-?[0-9]{1,15}(\.0+)?"
_ISO_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def check_table(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    found: Recognition,
    *,
    history: Callable[[], tuple[str, ...]] = tuple,
    known: dict[str, str] | None = None,
    cycles: str | None = None,
    today: dt.date | None = None,
) -> Checked:
    """Judge every row of ``table``; leaves the rows that may land in the relation ``landing``.

    Every reason for a refusal stands in the relation ``refusal``: ``row, record, position,
    column_name, value, rule, suggestion``, where ``record`` is ``_row`` of ``raw`` and the rest
    points at the cell of the file (``position`` counts columns from 0).

    Args:
        con: a scratch connection; its temporary tables are replaced.
        history: yields the relations that hold rows landed earlier under the keys in ``landing``
            (the contract's columns); a row equal to one of them is a duplicate. The first is the
            current state: a row with the key of a row in it and other values is a correction.
        known: dataset → SQL yielding the identifiers landed earlier.
        cycles: SQL yielding ``group_id, date_savings_started`` of the cycles landed earlier.
        today: dates after this day are refused where the contract says so.
    """
    job = _Job(con, table, found, today or dt.date.today())
    job.convert()
    job.refuse(known or {})
    job.match(history())
    job.result.warnings += warnings_about(con, table, found, job.present, cycles)
    point_at_cells(con, job.present)
    if isinstance(table, Translated):
        table.settle(con, job.result)
    list_refusals(con, job.result)
    con.execute("DROP TABLE ordered")
    return job.result


class _Job:
    """The steps of one check; state is the scratch connection's temporary tables.

    ``raw``      the table as it came (a view): ``_row`` and one column a contract column
    ``typed``    the same in the contract's types, personal cells removed
    ``refused``  ``_row, column_name, value, rule, suggestion``
    ``ordered``  keys in their order, with the columns that are compared along them; in the end of
                 the rows that may land
    ``landing``  rows that may land
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        table: Table,
        found: Recognition,
        today: dt.date,
    ) -> None:
        self.con, self.table, self.found, self.today = con, table, found, today
        self.contract = DATASETS[found.dataset]
        self.columns = columns_of(self.contract)
        loader = Loader(con, table, found, self.columns)
        loader.load()
        self.present, self.direct, self.faults = loader.present, loader.direct, loader.faults
        #: nothing to convert: the table as read is the typed one
        self.ready = loader.direct
        self.mapped: set[str] = set()
        self.result = Checked(found.dataset, read=loader.rows, demonstration=loader.demonstration)

    # --- converting ------------------------------------------------------------------------------

    def convert(self) -> None:
        """``typed``: each distinct cell that a cast cannot read is converted once, in Python."""
        chosen, joins = ["r._row"], []
        for number, (name, column) in enumerate(self.columns.items()):
            if name not in self.present:
                chosen.append(f'NULL::{self._working_type(column)} AS "{name}"')
            elif self.direct and column.kind in ("whole", "number", "date", "identifier", "text"):
                chosen.append(f'r."{name}"')
            elif column.kind in ("identifier", "text"):
                chosen.append(f"""nullif(trim(r."{name}"), '') AS "{name}" """)
            else:
                expression, join = self._conversion(number, name, column)
                chosen.append(f'{expression} AS "{name}"')
                joins += join
        self.con.execute("DROP VIEW IF EXISTS typed; DROP TABLE IF EXISTS typed_rows")
        self.ready = self.ready and not joins
        made = f"SELECT {', '.join(chosen)} FROM raw r {' '.join(joins)}"
        if self.ready:
            self.con.execute(f"CREATE TEMP VIEW typed AS {made}")
        else:
            self._keep_typed(made)

    def _keep_typed(self, made: str) -> None:
        """``typed`` as rows of its own: they are about to be changed, or dear to work out."""
        self.con.execute(f"CREATE TEMP TABLE typed_rows AS {made}")
        self.con.execute("CREATE OR REPLACE TEMP VIEW typed AS SELECT * FROM typed_rows")
        self.ready = False

    def _change_typed(self, change: str, parameters: list | None = None) -> None:
        """Run ``UPDATE typed_rows …``."""
        if self.ready:
            self._keep_typed("SELECT * FROM typed")
        self.con.execute(f"UPDATE typed_rows {change}", parameters or [])

    def _working_type(self, column: Column) -> str:
        # Whole numbers written as text stay floating until landing so that fractions are seen.
        return "DOUBLE" if column.kind == "whole" else column.sql_type

    def _conversion(self, number: int, name: str, column: Column) -> tuple[str, list[str]]:
        cell = f'r."{name}"'
        kind = self._working_type(column)
        plain = {"whole": _PLAIN_WHOLE, "number": _PLAIN_NUMBER, "date": _ISO_DATE}.get(column.kind)
        reads = f"TRY_CAST({cell} AS {kind})"
        easy = f"regexp_full_match({cell}, '{plain}') AND {reads} IS NOT NULL" if plain else "FALSE"
        distinct = self.con.execute(
            f"SELECT DISTINCT {cell} FROM raw r WHERE {cell} IS NOT NULL AND NOT ({easy})"
        ).fetchall()
        if not distinct:
            return reads, []
        self.mapped.add(name)
        convert = converter(self.found.dataset, column)
        texts = [text for (text,) in distinct]
        values = [convert(text) for text in texts]
        problems = [value if isinstance(value, Problem) else None for value in values]
        arrow_type = {"whole": pa.float64(), "number": pa.float64(), "date": pa.date32(),
                      "boolean": pa.bool_()}.get(column.kind, pa.string())  # fmt: skip
        mapping = pa.table(
            {
                "raw": pa.array(texts, pa.string()),
                "value": pa.array(
                    [None if isinstance(v, Problem) else v for v in values], arrow_type
                ),
                "rule": pa.array([p and p.rule for p in problems], pa.string()),
                "suggestion": pa.array([p and p.suggestion for p in problems], pa.string()),
            }
        )
        self.con.register("_map", mapping)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE map_{name} AS SELECT * FROM _map")
        self.con.unregister("_map")
        join = f"LEFT JOIN map_{name} m{number} ON m{number}.raw = {cell}"
        return f"CASE WHEN {easy} THEN {reads} ELSE m{number}.value END", [join]

    # --- refusing --------------------------------------------------------------------------------

    def refuse(self, known: dict[str, str]) -> None:
        self.con.execute(
            """CREATE OR REPLACE TEMP TABLE refused (
                _row BIGINT, column_name VARCHAR, value VARCHAR, rule VARCHAR,
                suggestion VARCHAR)"""
        )
        self._list_references()
        self._drop_personal_cells(known)
        self._insert(
            "refused", [(v.row, v.column, v.value, v.rule, v.suggestion) for v in self.faults]
        )
        if not self.direct:
            self._refuse_where("_extra IS NOT NULL", "too_many_cells", "", "'***'", source="raw")
        for name in self.mapped:
            self._refuse_unreadable(name)
        ranges, integers = self._ranges(), integer_columns(self.con)
        conditions = [
            condition
            for name, column in self.columns.items()
            for condition in self._conditions(column, ranges, name in integers)
        ]
        conditions += [
            (
                f'"{rule.column}" > ' + " + ".join(f'"{p}"' for p in rule.limit),
                rule.rule,
                rule.column,
                None,
            )
            for rule in self.contract.row_rules
        ]
        conditions += [
            (f'"{name}" IS DISTINCT FROM {expected}', "consent_missing", name, None)
            for name, expected in self.contract.must_be.items()
        ]
        # One pass counts all rules; only the few that fail are looked at again.
        counts = ", ".join(f"count(*) FILTER (WHERE {c[0]})" for c in conditions)
        hits = self.con.execute(f"SELECT {counts} FROM typed").fetchall()[0] if counts else ()
        for hit, (condition, rule, name, suggestion) in zip(hits, conditions, strict=True):
            if hit:
                self._refuse_where(condition, rule, name, f't."{name}"::VARCHAR', suggestion)
        for name, dataset in self.contract.references.items():
            if name in self.present:
                self._refuse_unknown(name, known.get(dataset))
        self.con.execute(
            """DELETE FROM refused r WHERE rule = 'required' AND EXISTS (
                SELECT 1 FROM refused o WHERE o._row = r._row AND o.column_name = r.column_name
                AND o.rule <> 'required')"""
        )

    def _list_references(self) -> None:
        """``referred_*``: a reference repeats, so each is looked at once, and has a number to be
        told apart cheaply."""
        for name in self.contract.references:
            if name in self.present:
                self.con.execute(
                    f"""CREATE OR REPLACE TEMP TABLE referred_{name} AS
                    SELECT cell, row_number() OVER ()::INTEGER AS number FROM ({_cells(name)})"""
                )

    def _ranges(self) -> dict[str, tuple[int, Any, Any]]:
        """Each column's blanks, lowest and highest value: most rules are settled by these."""
        ordered = [n for n, c in self.columns.items() if c.kind in ("whole", "number", "date")]
        chosen = [f'count(*) - count("{name}")' for name in self.columns]
        chosen += [f'{end}("{name}")' for name in ordered for end in ("min", "max")]
        found = self.con.execute(f"SELECT {', '.join(chosen)} FROM typed").fetchall()[0]
        ends = iter(found[len(self.columns) :])
        bounds = {name: (next(ends), next(ends)) for name in ordered}
        return {
            name: (blanks, *bounds.get(name, (None, None)))
            for name, blanks in zip(self.columns, found, strict=False)
        }

    def _conditions(
        self, column: Column, ranges: dict[str, tuple[int, Any, Any]], integer: bool
    ) -> list[tuple[str, str, str, str | None]]:
        """The rules of a column that its range says are broken somewhere."""
        name, cell = column.name, f'"{column.name}"'
        blanks, low, high = ranges[name]
        found: list[tuple[str, str, str, str | None]] = []

        def rule(broken: bool, condition: str, code: str) -> None:
            if broken:
                found.append((condition, code, name, None))

        rule(column.required and blanks > 0, f"{cell} IS NULL", "required")
        if low is None:
            return found
        if column.kind == "whole" and not column.amount:
            rule(not integer, f"{cell} <> trunc({cell})", "not_a_whole_number")
        if column.minimum is not None:
            code = "negative" if column.minimum == 0 else "out_of_range"
            rule(low < column.minimum, f"{cell} < {column.minimum}", code)
        if column.above is not None:
            rule(low <= column.above, f"{cell} <= {column.above}", "not_positive")
        if column.maximum is not None:
            rule(high > column.maximum, f"{cell} > {column.maximum}", "out_of_range")
        if column.kind in ("whole", "number"):
            # NaN sorts above every number.
            absurd = not (low >= -1e15 and high <= 1e15)
            rule(absurd, f"NOT isfinite({cell}) OR abs({cell}) > 1e15", "number_too_large")
        if column.kind == "date":
            earliest = EARLIEST_OWN_DATE if self.contract.own else dt.date(1900, 1, 1)
            rule(low < earliest, f"{cell} < DATE '{earliest}'", "date_too_early")
            if column.past:
                rule(high > self.today, f"{cell} > DATE '{self.today}'", "date_in_future")
        return found

    def _refuse_where(
        self,
        condition: str,
        rule: str,
        name: str,
        value: str,
        suggestion: str | None = None,
        source: str = "typed",
    ) -> None:
        # The sender must find the cell again: show what was written, not how we read it.
        written = "" if self.ready or source == "raw" else "JOIN raw r ON r._row = t._row"
        shown = f'{"r" if written else "t"}."{name}"::VARCHAR' if name in self.present else "NULL"
        if not name:
            shown = value
        self.con.execute(
            f"""INSERT INTO refused SELECT t._row, ?, {shown}, ?, ? FROM {source} t {written}
            WHERE {_qualified(condition, self.columns)}""",
            [name, rule, suggestion],
        )

    def _refuse_unreadable(self, name: str) -> None:
        if self.columns[name].kind == "cercle":
            return  # an unknown cercle is kept with a warning: its region is known
        self.con.execute(
            f"""INSERT INTO refused SELECT r._row, '{name}', r."{name}", m.rule, m.suggestion
            FROM raw r JOIN map_{name} m ON m.raw = r."{name}" WHERE m.rule IS NOT NULL"""
        )

    def _refuse_unknown(self, name: str, known: str | None) -> None:
        unknown = _not_in(name, known)
        if self._count(f"SELECT count(*) FROM ({unknown})"):
            self.con.execute(
                f"""INSERT INTO refused SELECT _row, '{name}', "{name}", 'unknown_reference', NULL
                FROM typed WHERE "{name}" IN ({unknown})"""
            )

    def _drop_personal_cells(self, known: dict[str, str]) -> None:
        """Free text that names a person, or says how or where to find one, does not stay."""
        for name, column in self.columns.items():
            if name not in self.present or column.kind not in ("identifier", "text"):
                continue
            hits = self._personal_cells(name, known)
            if not hits:
                continue
            self.con.register("_hits", pa.table({"cell": pa.array(hits, pa.string())}))
            self.con.execute("CREATE OR REPLACE TEMP TABLE personal_cell AS SELECT * FROM _hits")
            self.con.unregister("_hits")
            matches = f'"{name}" IN (SELECT cell FROM personal_cell)'
            count = self._count(f"SELECT count(*) FROM typed WHERE {matches}")
            if column.required:
                self.con.execute(
                    f"""INSERT INTO refused SELECT _row, '{name}', '***', 'personal_data', NULL
                    FROM typed WHERE {matches}"""
                )
            self._change_typed(f'SET "{name}" = NULL WHERE {matches}')
            self.result.warnings.append(Warned("personal_cells_dropped", name, count))

    def _personal_cells(self, name: str, known: dict[str, str]) -> list[str]:
        cells, identifier = _cells(name), self.columns[name].kind == "identifier"
        dataset = self.contract.references.get(name)
        if dataset is None:
            return personal.personal_cells(self.con, cells, identifier)
        # What a register holds was looked at when that landed. Whether numbers are a numbering
        # shows in all of them.
        unknown = _not_in(name, known.get(dataset))
        hits = personal.personal_cells(self.con, unknown, identifier)
        if hits and dataset in known:
            hits = sorted(set(hits) & set(personal.personal_cells(self.con, cells, identifier)))
        return hits

    # --- keys and history ------------------------------------------------------------------------

    def match(self, history: tuple[str, ...]) -> None:
        """Split good rows into landing and duplicate; refuse keys with two different rows."""
        same = " AND ".join(f't."{n}" IS NOT DISTINCT FROM h."{n}"' for n in self.columns)
        same_key = " AND ".join(f't."{n}" IS NOT DISTINCT FROM h."{n}"' for n in self.contract.key)
        self._place_cercles()
        order_by_key(self.con, self.found.dataset, self.present)
        settle_repeated_keys(self.con, self.found.dataset)
        self._leave_out()
        if history:
            known = " UNION ALL ".join(
                f"SELECT *, {place} AS _place FROM ({h})" for place, h in enumerate(history)
            )
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE known_rows AS {known}")
            self.con.execute(
                f"""INSERT INTO repeated SELECT _row FROM landing t
                WHERE EXISTS (SELECT 1 FROM known_rows h WHERE {same})"""
            )
            self._leave_out()
            current = "SELECT * FROM known_rows WHERE _place = 0"
            self.result.corrections = self._count(
                f"""SELECT count(*) FROM landing t
                WHERE EXISTS (SELECT 1 FROM ({current}) h WHERE {same_key})"""
            )
            if self.result.corrections:
                self.result.corrected = corrections(
                    self.con, self.contract.key, self.columns, current
                )
        result = self.result
        result.rejected = self._count("SELECT count(DISTINCT _row) FROM refused")
        result.duplicate = self._count("SELECT count(*) FROM repeated")
        result.landed = result.read - result.rejected - result.duplicate
        if result.corrections:
            result.warnings.append(Warned("corrections", None, result.corrections))

    def _leave_out(self) -> None:
        """``landing``: the typed rows that are neither refused nor repeated, in their own order.

        A bit a row, because a join would mix the order in which rows are written.
        """
        integers = integer_columns(self.con)
        landed_types = ", ".join(
            f'CAST("{n}" AS BIGINT) AS "{n}"' if c.kind == "whole" and n not in integers
            else f'"{n}"'
            for n, c in self.columns.items()
        )  # fmt: skip
        last = self._count("SELECT max(_row) FROM typed")
        self.con.execute(
            f"""SET VARIABLE left_out = (SELECT bitstring_agg(_row, 0, {last + 1})
            FROM (SELECT {last + 1} AS _row UNION ALL SELECT _row FROM refused
                UNION ALL SELECT _row FROM repeated))"""
        )
        self.con.execute(
            f"""CREATE OR REPLACE TEMP VIEW landing AS SELECT _row, {landed_types}
            FROM typed WHERE {LANDS}"""
        )
        self.con.execute(
            """DELETE FROM ordered WHERE _row IN (
                SELECT _row FROM refused UNION ALL SELECT _row FROM repeated)"""
        )

    def _insert(self, table: str, rows: list[tuple]) -> None:
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            self.con.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def _place_cercles(self) -> None:
        """A cercle that its region does not hold is not believed; the region stays."""
        if "cercle" not in self.present:
            return
        unknown = 0
        if "cercle" in self.mapped:
            unknown = self._count(
                """SELECT count(*) FROM raw r JOIN map_cercle m ON m.raw = r.cercle
                WHERE m.rule IS NOT NULL"""
            )
            if unknown:
                example = self.con.execute(
                    "SELECT min(raw) FROM map_cercle WHERE rule IS NOT NULL"
                ).fetchall()
                self.result.warnings.append(
                    Warned("unknown_cercle", "cercle", unknown, personal.mask(example[0][0]))
                )
        pairs = self.con.execute(
            """SELECT DISTINCT region, cercle FROM typed
            WHERE region IS NOT NULL AND cercle IS NOT NULL"""
        ).fetchall()
        for region, cercle in pairs:
            homes = {places.region_of(cercle, "2012"), places.region_of(cercle, "2023")}
            if region not in homes:
                count = self._count(
                    "SELECT count(*) FROM typed WHERE region = ? AND cercle = ?", [region, cercle]
                )
                self._change_typed(
                    "SET cercle = NULL WHERE region = ? AND cercle = ?", [region, cercle]
                )
                self.result.warnings.append(
                    Warned("cercle_not_in_region", "cercle", count, f"{cercle} / {region}")
                )

    def _count(self, sql: str, parameters: list | None = None) -> int:
        return int(self.con.execute(sql, parameters or []).fetchall()[0][0] or 0)


def _cells(name: str) -> str:
    """SQL for the distinct cells of a column of ``typed``."""
    return f'SELECT DISTINCT "{name}" AS cell FROM typed WHERE "{name}" IS NOT NULL'


def _not_in(name: str, known: str | None) -> str:
    """SQL for the distinct cells of a reference that the register it refers to does not hold."""
    return f"SELECT cell FROM referred_{name}" + (f" WHERE cell NOT IN ({known})" if known else "")


def _qualified(condition: str, columns: dict[str, Column]) -> str:
    """Point a condition's column names at the typed table."""
    for name in columns:
        condition = condition.replace(f'"{name}"', f't."{name}"')
    return condition.replace("_extra", "t._extra")
