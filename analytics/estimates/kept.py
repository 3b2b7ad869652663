"""What the version before already estimated: where nothing behind a cell has changed, it is kept.

An estimate is made by the program from the rows of its mart and period and the public units of
regions, and from nothing else. Where all three are what they were, so is the cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from analytics.indicator import Indicator
from analytics.period import among
from analytics.warehouse import parts
from analytics.warehouse.build import code_version
from analytics.warehouse.ledger import standing_until
from analytics.warehouse.standing import page_of
from analytics.warehouse.verify import whole

#: mart, period_kind, period of what is kept
KEPT = "_kept"


def find_kept(con: duckdb.DuckDBPyConnection, before: Path, marts: Iterable[str]) -> bool:
    """Create ``KEPT``, the marts and periods whose rows are those of the version ``before``.

    Returns:
        Whether there are any: none where the program, the units of regions or the version's own
        files are not what they were.
    """
    con.execute(f"CREATE TEMP TABLE {KEPT} (mart VARCHAR, period_kind VARCHAR, period VARCHAR)")
    asked = [name for name in marts if parts.exists(before, name)]
    files = [f for n in (*asked, "region_unit", "estimate") for f in parts.files(before, n)]
    if page_of(before).get("code") != code_version() or not whole(before, files):
        return False
    units = "SELECT division, region, unit FROM"
    then = parts.relation(before, "region_unit")
    if con.execute(
        f"""({units} region_unit EXCEPT {units} {then}) UNION ALL
        ({units} {then} EXCEPT {units} region_unit) LIMIT 1"""
    ).fetchall():
        return False
    for name in asked:
        _keep_periods(con, name, before)
    return bool(con.execute(f"SELECT 1 FROM {KEPT} LIMIT 1").fetchall())


def changed_in(con: duckdb.DuckDBPyConnection, mart: str) -> str:
    """The condition on a mart's rows ``m`` whose cells have to be made."""
    kept = f"SELECT period_kind, period FROM {KEPT} WHERE mart = '{mart}'"
    if not con.execute(f"{kept} LIMIT 1").fetchall():
        return "TRUE"
    # What has changed is named, and not what has not: who reads a mart in parts then leaves alone
    # those that hold none of it.
    source = "ref_period" if standing_until(con, mart) else mart
    changed = con.execute(
        f"""SELECT DISTINCT period_kind, period FROM {source}
        WHERE period_kind IS NOT NULL AND period IS NOT NULL EXCEPT {kept}"""
    )
    return among(changed.fetchall(), "m.")


def kept_cells(before: Path, by_mart: Mapping[str, Sequence[Indicator]]) -> str:
    """The query for the cells of the version ``before`` that are kept."""
    pairs = ", ".join(f"('{i.id}', '{mart}')" for mart, group in by_mart.items() for i in group)
    return f"""SELECT e.* FROM {parts.relation(before, "estimate")} e
        JOIN (VALUES {pairs}) i (indicator, mart) USING (indicator)
        SEMI JOIN {KEPT} USING (mart, period_kind, period)"""


def _keep_periods(con: duckdb.DuckDBPyConnection, mart: str, before: Path) -> None:
    if day := standing_until(con, mart):
        # Known without comparing.
        con.execute(
            f"""INSERT INTO {KEPT} SELECT '{mart}', period_kind, period FROM ref_period
            WHERE period_end < DATE '{day}'"""
        )
        return
    then = parts.relation(before, mart)
    types = {row[0]: row[1] for row in con.execute(f"DESCRIBE {mart}").fetchall()}
    if list(types) != [r[0] for r in con.execute(f"DESCRIBE SELECT * FROM {then}").fetchall()]:
        return
    # Parquet knows no integers as wide as some sums are: a number is compared as what it is now.
    columns = ", ".join(f"TRY_CAST(t.{n} AS {kind}) AS {n}" for n, kind in types.items())
    seal = "period_kind, period, count(*) AS n, sum(hash(m)) AS seal"
    con.execute(
        f"""INSERT INTO {KEPT} SELECT '{mart}', period_kind, period FROM (
            SELECT {seal} FROM {mart} m GROUP BY ALL
            INTERSECT SELECT {seal} FROM (SELECT {columns} FROM {then} t) m GROUP BY ALL)"""
    )
