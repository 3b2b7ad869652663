"""Models by group: of ledgers too large to be worked through at once, some groups at a time.

A model whose text begins with ``-- by group`` makes of each group what follows from that group's
own rows and from what is about no group; so it may be run over any groups by themselves, and all
groups together give the table. Where the ledgers are small, all are worked through at once like any
other model. Where not, the memory of a build is that of some groups, however many there are.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import duckdb

from analytics.warehouse import parts

BY_GROUP = "-- by group"
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
    rows = dict.fromkeys(texts, 0)
    # What is about groups stands behind a view of some of them for the while.
    passes = spans(con)
    sources = _about_groups(con, texts)
    for number, span in enumerate(passes):
        for name, source in sources.items():
            con.execute(
                f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {source} "
                f"WHERE {_within(span)}"
            )
        for name, sql in texts.items():
            if _in_parts(con, name, sql):
                rows[name] += parts.write_part(con, sql, folder, name, number)
                continue
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
            rows[name] += con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
            if name in wanted:
                _append(con, name, first=number == 0)
    for name in texts:
        con.execute(f"DROP TABLE IF EXISTS temp.{name}")
        if parts.exists(folder, name):
            parts.write_view(con, name)
    for name, source in sources.items():
        con.execute(f"DROP VIEW temp.{name}")
        if source.startswith(_WHOLE):
            con.execute(f"ALTER VIEW {source} RENAME TO {name}")
    return rows


#: what a view of landed rows is called while one of some groups has its name
_WHOLE = "whole_"


def _about_groups(con: duckdb.DuckDBPyConnection, texts: dict[str, str]) -> dict[str, str]:
    """Tables that are there already and hold rows of groups: name → where all of them are."""
    found = {}
    for name in sorted({name for sql in texts.values() for name in names_in(sql)} - set(texts)):
        columns = [row[0] for row in con.execute(f"DESCRIBE {name}").fetchall()]
        if "group_id" not in columns:
            continue
        if name.startswith("landed_"):
            con.execute(f"ALTER VIEW {name} RENAME TO {_WHOLE}{name}")
            found[name] = f"{_WHOLE}{name}"
        else:
            found[name] = f"{_database(con)}.main.{name}"
    return found


def _in_parts(con: duckdb.DuckDBPyConnection, name: str, sql: str) -> bool:
    """Whether a model is a mart at the grain of the ledgers: a row a group and period."""
    if not name.startswith("mart_"):
        return False
    columns = {row[0] for row in con.execute(f"DESCRIBE {sql}").fetchall()}
    return {"group_id", "period_kind", "period"} <= columns


def _append(con: duckdb.DuckDBPyConnection, name: str, *, first: bool) -> None:
    into = f"{_database(con)}.main.{name}"
    con.execute(
        f"CREATE TABLE {into} AS SELECT * FROM temp.{name}" if first
        else f"INSERT INTO {into} SELECT * FROM temp.{name}"
    )  # fmt: skip


def _rows(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT count(*) FROM landed_vsla_observation").fetchall()[0][0])


def _within(span: Span) -> str:
    low, high = (None if code is None else code.replace("'", "''") for code in span)
    conditions = [f"group_id >= '{low}'"] if low is not None else []
    conditions += [f"group_id < '{high}'"] if high is not None else []
    return " AND ".join(conditions) or "TRUE"


def _database(con: duckdb.DuckDBPyConnection) -> str:
    return str(con.execute("SELECT current_database()").fetchall()[0][0])
