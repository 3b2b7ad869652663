"""A session with the database that keeps standard output for the answer."""

from __future__ import annotations

import duckdb


def quiet(con: duckdb.DuckDBPyConnection) -> None:
    """Switch off the progress bar, which DuckDB prints after two seconds.

    In a notebook without widgets it is off already, and may not even be named.
    """
    if con.execute("SELECT current_setting('enable_progress_bar')").fetchall()[0][0]:
        con.execute("SET enable_progress_bar = false")
