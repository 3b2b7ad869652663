"""Rows along their key: in its order, and those that share one."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.oddities import WATCHED, integer_columns


def order_by_key(con: duckdb.DuckDBPyConnection, dataset: str, present: Collection[str]) -> None:
    """Create ``ordered``: the keys of ``typed``, and what is compared along them, in their order.

    One sort serves all that looks at neighbours, which is cheaper than a window for each.

    Args:
        con: the scratch connection of ``check``, with ``typed`` and its ``referred_*``.
        present: the contract's columns that the table has.
    """
    contract, integers = DATASETS[dataset], integer_columns(con)
    referred = [name for name in contract.key if name in contract.references and name in present]
    joins = " ".join(f'LEFT JOIN referred_{n} r_{n} ON r_{n}.cell = t."{n}"' for n in referred)
    order = ", ".join(f"r_{n}.number" if n in referred else f't."{n}"' for n in contract.key)
    watched = "".join(
        f', t."{n}"' if n in integers else f', TRY_CAST(t."{n}" AS BIGINT) AS "{n}"'
        for n in WATCHED.get(dataset, ())
    )
    key = ", ".join(f't."{n}"' for n in contract.key)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE ordered AS
        SELECT t._row, {key}{watched} FROM typed t {joins} ORDER BY {order}"""
    )


def settle_repeated_keys(con: duckdb.DuckDBPyConnection, dataset: str) -> None:
    """Rows of ``ordered`` that share a key: exact copies count once, differing ones are refused.

    Creates ``repeated``, and adds to ``refused``.
    """
    contract = DATASETS[dataset]
    key = ", ".join(f't."{n}"' for n in contract.key)
    content = ", ".join(f't."{n}"' for n in columns_of(contract))
    shown = " || ' ' || ".join(f"""coalesce(t."{n}"::VARCHAR, '')""" for n in contract.key)
    same_key = " AND ".join(f'"{n}" IS NOT DISTINCT FROM lag("{n}") OVER ()' for n in contract.key)
    con.execute("CREATE OR REPLACE TEMP TABLE repeated (_row BIGINT)")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE sharer AS
        SELECT DISTINCT _row FROM (
            SELECT unnest([_row, before]) AS _row FROM (
                SELECT _row, lag(_row) OVER () AS before, {same_key} AS same FROM ordered)
            WHERE same AND before IS NOT NULL)
        WHERE _row NOT IN (SELECT _row FROM refused)"""
    )
    if not con.execute("SELECT 1 FROM sharer LIMIT 1").fetchall():
        return
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE sharing AS
        SELECT _row, shown, _row > min(_row) OVER w AS again,
            min(content) OVER w <> max(content) OVER w AS differ
        FROM (SELECT t._row, {key}, {shown} AS shown, hash({content}) AS content
            FROM typed t SEMI JOIN sharer USING (_row)) t
        WINDOW w AS (PARTITION BY {key})"""
    )
    con.execute(
        f"""INSERT INTO refused SELECT _row, '{contract.key[0]}', shown, 'conflicting_rows', NULL
        FROM sharing WHERE differ"""
    )
    con.execute("INSERT INTO repeated SELECT _row FROM sharing WHERE NOT differ AND again")
