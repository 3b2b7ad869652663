"""A session with the database that keeps standard output for the answer."""

from __future__ import annotations

import duckdb

#: part of a process's memory that the database may fill; the rest is what it holds beside its
#: buffers while it reads and writes files, and Python
BUFFERS = 0.85


def quiet(con: duckdb.DuckDBPyConnection) -> None:
    """Switch off the progress bar, which DuckDB prints after two seconds.

    In a notebook without widgets it is off already, and may not even be named.
    """
    if con.execute("SELECT current_setting('enable_progress_bar')").fetchall()[0][0]:
        con.execute("SET enable_progress_bar = false")


def leave_room(con: duckdb.DuckDBPyConnection) -> None:
    """Lower the limit of a new connection, so that the whole process stays within it."""
    [(limit,)] = con.execute(
        "SELECT parse_formatted_bytes(current_setting('memory_limit'))"
    ).fetchall()
    con.execute(f"SET memory_limit = '{int(limit * BUFFERS)}B'")
