"""Models by group: of ledgers too large to be worked through at once, some groups at a time.

A model whose text begins with ``-- by group`` makes of each group what follows from that group's
own rows and from what is about no group; so it may be run over any groups by themselves, and all
groups together give the table. Where the ledgers are small, all are worked through at once like any
other model. Where not, the memory of a build is that of some groups, however many there are.

What is as long as the ledgers and read once or twice is ``as a view``: nobody writes it down.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import duckdb

from analytics.warehouse import parts

BY_GROUP = "-- by group"
AS_VIEW = f"{BY_GROUP}, as a view"
#: ledger rows that are worked through at once, and how many make a pass where there are more
AT_ONCE, A_PASS = 3_000_000, 1_000_000

Span = tuple[str | None, str | None]
"""Group codes from the first on and before the second; None is open."""


def names_in(sql: str) -> list[str]:
    """The tables a model reads, models and others."""
    text = re.sub(r"--.*", "", sql)
    return sorted(set(re.findall(r"\b(?:core|mart|landed|ref)_\w+", text)))


def is_large(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the ledgers that landed are worked through some groups at a time."""
    return _rows(con) > AT_ONCE


def spans(con: duckdb.DuckDBPyConnection) -> list[Span]:
    """The groups of each pass."""
    [(groups,)] = con.execute("SELECT count(*) FROM core_vsla_group").fetchall()
    step = max(1, groups * A_PASS // max(1, _rows(con)))
    firsts = con.execute(
        """SELECT group_id FROM (
            SELECT group_id, row_number() OVER (ORDER BY group_id) - 1 AS n FROM core_vsla_group)
        WHERE n % ? = 0 AND n > 0 ORDER BY n""",
        [step],
    ).fetchall()
    edges = [None, *(code for (code,) in firsts), None]
    return list(itertools.pairwise(edges))


def run_by_group(
    con: duckdb.DuckDBPyConnection, texts: dict[str, str], wanted: set[str], folder: Path
) -> dict[str, int]:
    """Run models by group, some groups at a time.

    Args:
        texts: the models by group, in an order in which each follows those it reads.
        wanted: those that others read: they become tables. Marts by period become parts in
            ``folder`` instead, with a view. All others are forgotten with their groups.

    Returns:
        Rows by model.
    """
    rows: dict[str, int] = {}
    passes, years = spans(con), _years(con)
    sources = _sources(con, texts)
    codes = _codes(con, sources)
    for number, span in enumerate(passes):
        for name, source in sources.items():
            con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {_some(con, source, codes, span)}")
        for name, sql in texts.items():
            view = sql.startswith(AS_VIEW)
            con.execute(f"CREATE OR REPLACE TEMP {'VIEW' if view else 'TABLE'} {name} AS {sql}")
            if view:
                continue
            [(count,)] = con.execute(f"SELECT count(*) FROM {name}").fetchall()
            rows[name] = rows.get(name, 0) + count
            if _is_long(con, name):
                parts.write(con, name, folder, number, years)
                con.execute(f"DROP TABLE temp.{name}")
            elif name in wanted:
                _append(con, name, first=number == 0)
    for name, sql in reversed(texts.items()):
        if parts.exists(folder, name):
            parts.write_view(con, name)
        else:
            con.execute(f"DROP {'VIEW' if sql.startswith(AS_VIEW) else 'TABLE'} temp.{name}")
    for name, source in sources.items():
        con.execute(f"DROP VIEW temp.{name}")
        if source == _WHOLE + name:
            con.execute(f"ALTER VIEW {source} RENAME TO {name}")
    return rows


#: what a view of landed rows is called while one of some groups has its name
_WHOLE = "whole_"
#: texts that differ more often than that are no codes
_MOST_CODES = 2_000


def _sources(con: duckdb.DuckDBPyConnection, texts: dict[str, str]) -> dict[str, str]:
    """What the models read and do not make: name → where all of it is.

    For the while a view has its name: of some groups, with codes in the place of texts.
    """
    found = {}
    for name in sorted({name for sql in texts.values() for name in names_in(sql)} - set(texts)):
        if name.startswith("landed_"):
            found[name] = _WHOLE + name
            con.execute(f"ALTER VIEW {name} RENAME TO {found[name]}")
        else:
            found[name] = f"{_database(con)}.main.{name}"
    return found


def _codes(con: duckdb.DuckDBPyConnection, sources: dict[str, str]) -> dict[str, str]:
    """The type of each column of few different texts, the same in all tables that have it.

    Codes are joined, kept and written in half the time of texts.
    """
    values: dict[str, set[str]] = {}
    for source in sources.values():
        if _WHOLE in source:
            continue
        for name, kind, *_ in con.execute(f"DESCRIBE {source}").fetchall():
            if kind == "VARCHAR" and name != "group_id":
                found = con.execute(
                    f"SELECT DISTINCT {name} FROM {source} WHERE {name} IS NOT NULL "
                    f"LIMIT {_MOST_CODES + 1}"
                ).fetchall()
                values.setdefault(name, set()).update(text for (text,) in found)
    few = {name: sorted(texts) for name, texts in values.items() if len(texts) <= _MOST_CODES}
    return {
        name: f"ENUM({', '.join(map(_quoted, texts))})" for name, texts in few.items() if texts
    }


def _some(
    con: duckdb.DuckDBPyConnection, source: str, codes: dict[str, str], span: Span
) -> str:
    """A table of some groups, its texts coded."""
    columns = {row[0]: row[1] for row in con.execute(f"DESCRIBE {source}").fetchall()}
    chosen = [
        f"CAST({name} AS {codes[name]}) AS {name}"
        if kind == "VARCHAR" and name in codes and _WHOLE not in source
        else name
        for name, kind in columns.items()
    ]
    conditions = [
        f"group_id {sign} {_quoted(code)}"
        for sign, code in zip((">=", "<"), span, strict=True)
        if code is not None and "group_id" in columns
    ]
    return f"SELECT {', '.join(chosen)} FROM {source} WHERE {' AND '.join(conditions) or 'TRUE'}"


def _is_long(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether a table is a mart at the grain of the ledgers: a row a group and period."""
    columns = {row[0] for row in con.execute(f"DESCRIBE {name}").fetchall()}
    return name.startswith("mart_") and {"group_id", "period", "period_end"} <= columns


def _append(con: duckdb.DuckDBPyConnection, name: str, *, first: bool) -> None:
    """Add a table of some groups to the one of all, which has texts and no codes."""
    into = f"{_database(con)}.main.{name}"
    columns = con.execute(f"DESCRIBE temp.{name}").fetchall()
    chosen = ", ".join(
        f"CAST({column} AS VARCHAR) AS {column}" if kind.startswith("ENUM") else column
        for column, kind, *_ in columns
    )
    made = f"SELECT {chosen} FROM temp.{name}"
    con.execute(f"CREATE TABLE {into} AS {made}" if first else f"INSERT INTO {into} {made}")


def _years(con: duckdb.DuckDBPyConnection) -> list[int]:
    found = con.execute("SELECT DISTINCT year(period_end) FROM ref_period ORDER BY 1").fetchall()
    return [year for (year,) in found]


def _rows(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT count(*) FROM landed_vsla_observation").fetchall()[0][0])


def _database(con: duckdb.DuckDBPyConnection) -> str:
    return str(con.execute("SELECT current_database()").fetchall()[0][0])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
