"""What a check found, told: reasons that point at cells, how often each, values corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from analytics.sources import personal
from analytics.sources.findings import Checked, Corrected, Refusals, Violation

#: reasons kept in memory; a file wrong from end to end has millions
SHOWN_VIOLATIONS = 2_000
SHOWN_EXAMPLES = 5
SHOWN_CORRECTIONS = 20


def point_at_cells(con: duckdb.DuckDBPyConnection, present: Mapping[str, int]) -> None:
    """``refusal``: the reasons of ``refused``, each pointing at its cell."""
    con.execute("CREATE OR REPLACE TEMP TABLE place (column_name VARCHAR, position BIGINT)")
    con.execute("INSERT INTO place SELECT unnest(?), unnest(?)", [[*present], [*present.values()]])
    con.execute(
        """CREATE OR REPLACE TEMP VIEW refusal AS
        SELECT r._row AS row, r._row AS record, p.position, r.column_name, r.value, r.rule,
            r.suggestion
        FROM refused r LEFT JOIN place p USING (column_name)"""
    )


def list_refusals(con: duckdb.DuckDBPyConnection, result: Checked) -> None:
    """The first reasons, and how many rows each rule refused."""
    if not result.rejected:
        return
    result.violations = violations(con, limit=SHOWN_VIOLATIONS)
    counts = con.execute(
        """SELECT rule, column_name, count(DISTINCT row) AS n FROM refusal
        GROUP BY ALL ORDER BY n DESC, rule, column_name"""
    ).fetchall()
    whole = len(result.violations) < SHOWN_VIOLATIONS

    def examples(rule: str, name: str) -> list[Violation]:
        if not whole:
            told = "rule = ? AND column_name = ?"
            return violations(con, told, [rule, name], limit=SHOWN_EXAMPLES)
        found = [v for v in result.violations if (v.rule, v.column) == (rule, name)]
        return found[:SHOWN_EXAMPLES]

    result.by_rule = [
        Refusals(rule, name, count, tuple(examples(rule, name))) for rule, name, count in counts
    ]


def corrections(
    con: duckdb.DuckDBPyConnection, key: Sequence[str], columns: Iterable[str], current: str
) -> list[Corrected]:
    """The first values that rows of ``landing`` change in ``current``, as text."""
    names = [name for name in columns if name not in key]
    same_key = " AND ".join(f't."{n}" IS NOT DISTINCT FROM h."{n}"' for n in key)
    found: list[Corrected] = []
    shown = " || ' ' || ".join(f"""coalesce(t."{n}"::VARCHAR, '')""" for n in key)
    pairs = ", ".join(f'h."{n}"::VARCHAR, t."{n}"::VARCHAR' for n in names)
    for row, name, *cells in con.execute(
        f"""SELECT t._row, {shown}, {pairs} FROM landing t JOIN ({current}) h ON {same_key}
        ORDER BY t._row LIMIT {SHOWN_CORRECTIONS}"""
    ).fetchall():
        for column, before, after in zip(names, cells[::2], cells[1::2], strict=True):
            if before != after:
                found.append(Corrected(row, name, column, _masked(before), _masked(after)))
    return found


def violations(
    con: duckdb.DuckDBPyConnection,
    condition: str = "TRUE",
    parameters: list | None = None,
    limit: int | None = None,
) -> list[Violation]:
    """Reasons of the relation ``refusal`` in the file's order, personal values masked."""
    rows = con.execute(
        f"""SELECT row, column_name, value, rule, suggestion, position FROM refusal
        WHERE {condition} ORDER BY row, column_name, rule {f"LIMIT {limit}" if limit else ""}""",
        parameters or [],
    ).fetchall()
    return [
        Violation(row, name, personal.mask(value) if value else value, rule, suggestion, position)
        for row, name, value, rule, suggestion, position in rows
    ]


def _masked(text: str | None) -> str | None:
    return personal.mask(text) if text else text
