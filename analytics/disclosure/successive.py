"""Two versions published one after another: what lies between them must be no one's own figures.

A group reports late, a figure of a closed quarter moves, and whoever kept the old one can subtract.
So a figure that was told is told again unchanged until at least ``MIN_GROUPS`` groups behind it
have changed since; and where the changes of several cells could be subtracted from one another,
as many cells wait as the gate would hide of a table of those changes. What groups gave to a
figure when it was last told is kept in ``estimate_pending`` (for staff) until then, so that small
corrections add up instead of slipping through one by one.

A figure that must be hidden today is hidden, whatever was told before.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb

from analytics.disclosure.cells import REGIONAL, Exact, Leaves, PublicCell
from analytics.disclosure.rules import MIN_GROUPS
from analytics.geography.places import parts_of
from analytics.indicator import Indicator, indicators
from analytics.period import among
from analytics.warehouse import parts
from analytics.warehouse.ledger import standing_until

Key = tuple[str, str]
Told = dict[tuple[str, str, str, str], PublicCell]
#: hides what a table of changes would let be subtracted: see ``gate.protect``
Protect = Callable[[list[Exact], dict[int, str], Leaves], None]

_WHO = "coalesce(CAST(m.cluster AS VARCHAR), 'person ' || CAST(m.person AS VARCHAR))"
_CELL = "dimension, key, period_kind, period"


def told_before(folder: Path) -> Told:
    """What a version told: (indicator, dimension, key, period) → its public cell."""
    path = folder / "estimate_public.parquet"
    if not path.exists():
        return {}
    gated = ", ".join(f"'{i.id}'" for i in indicators().values() if i.klass != "open")
    columns = ", ".join(PublicCell.__dataclass_fields__)
    with duckdb.connect() as con:
        rows = con.execute(
            f"SELECT {columns} FROM read_parquet(?) WHERE indicator IN ({gated})", [str(path)]
        ).fetchall()
    cells = (PublicCell(*row) for row in rows)
    return {(c.indicator, c.dimension, c.key, c.period): c for c in cells}


def find_changes(
    con: duckdb.DuckDBPyConnection, folder: Path, dimensions: tuple[str, ...], until: dt.date
) -> None:
    """Create ``_changed``: for each cell, the groups whose part of it is not what it was when the
    cell was last told, with that earlier part (``n`` rows, ``y``, ``x``; nothing for none).

    Args:
        folder: the version before this one.
        dimensions: those the public sees.
        until: the last day of which the public sees anything: nobody was told of what came later.
    """
    con.execute(
        """CREATE TEMP TABLE _changed (indicator VARCHAR, dimension VARCHAR, key VARCHAR,
            period_kind VARCHAR, period VARCHAR, who VARCHAR, n BIGINT, y DOUBLE, x DOUBLE)"""
    )
    kept = folder / "estimate_pending.parquet"
    pending = f"SELECT * FROM read_parquet('{_quoted(kept)}')" if kept.exists() else (
        "SELECT * FROM _changed"
    )
    con.execute(f"CREATE TEMP TABLE _before AS {pending}")
    by_mart: dict[str, list[Indicator]] = defaultdict(list)
    for found in indicators().values():
        if found.klass in ("rate", "total"):
            by_mart[found.mart].append(found)
    for mart, group in by_mart.items():
        if parts.exists(folder, mart):
            _changes_in(con, mart, folder, group, dimensions, until)
    con.execute("DROP TABLE _before")


def _changes_in(
    con: duckdb.DuckDBPyConnection, mart: str, folder: Path, group: list[Indicator],
    dimensions: tuple[str, ...], until: dt.date,
) -> None:  # fmt: skip
    then, day = parts.relation(folder, mart), standing_until(con, mart)
    types = {row[0]: row[1] for row in con.execute(f"DESCRIBE {mart}").fetchall()}
    columns = set(types)
    if not columns & {"group_id", "cluster"}:
        return  # a project's own records: no group stands behind them, and none can be told
    old = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {then}").fetchall()}
    # Parquet knows no integers as wide as some sums are: a number is compared as what it is now.
    shared = ", ".join(f"TRY_CAST(m.{n} AS {types[n]}) AS {n}" for n in sorted(columns & old))
    if "group_id" not in columns and not {"cluster", "person"} <= columns:
        # What projects report of themselves: no group's own figures stand behind it.
        return
    who = "m.group_id" if "group_id" in columns else _WHO
    places = """'mali' AS nation, coalesce(a.unit, m.region_2023) AS unit_2023,
        coalesce(b.unit, m.region_2012) AS unit_2012"""
    periods = f"""SELECT period_kind, period FROM ref_period
        WHERE period_kind IN ('quarter', 'year') AND period_end <= DATE '{until}'"""
    if day:
        # What stands as it was has changed only where it is pending.
        periods += f""" AND (period_end >= DATE '{day}'
            OR (period_kind, period) IN (SELECT (period_kind, period) FROM _before))"""
    told = among(con.execute(periods).fetchall())
    divided = {str(name) for i in group for name in i.numerator_by}
    undivided = divided & columns & old
    for name, relation, own in (("_old", then, old), ("_new", mart, columns)):
        # A column that only one version has: of its rows those that nothing divides by it.
        only = "".join(f" AND m.{u} = 'all'" for u in sorted((divided & own) - undivided))
        con.execute(
            f"""CREATE TEMP VIEW {name}_all AS SELECT {shared}, {who} AS who
            FROM {relation} m WHERE {told}{only}"""
        )
        con.execute(
            f"""CREATE TEMP TABLE {name}_seal AS
            SELECT who, period_kind, period, sum(hash(m)) AS seal, count(*) AS n
            FROM {name}_all m GROUP BY ALL"""
        )
    ids = ", ".join(f"'{i.id}'" for i in group)
    con.execute(
        f"""CREATE TEMP TABLE _who AS
        SELECT who, period_kind, period FROM _old_seal FULL JOIN _new_seal
            USING (who, period_kind, period)
        WHERE _old_seal.seal IS DISTINCT FROM _new_seal.seal OR _old_seal.n <> _new_seal.n
        UNION SELECT who, period_kind, period FROM _before WHERE indicator IN ({ids})"""
    )
    [(count,)] = con.execute("SELECT count(*) FROM _who").fetchall()
    if count:
        for name in ("_old", "_new"):
            con.execute(
                f"""CREATE TEMP TABLE {name} AS SELECT m.*, {places} FROM {name}_all m
                SEMI JOIN _who USING (who, period_kind, period)
                LEFT JOIN region_unit a ON a.division = '2023' AND a.region = m.region_2023
                LEFT JOIN region_unit b ON b.division = '2012' AND b.region = m.region_2012"""
            )
        for indicator in group:
            if {indicator.numerator, indicator.denominator or indicator.numerator} <= columns & old:
                asked = [d for d in dimensions if d in REGIONAL or d == "nation" or (
                    d in indicator.breakdowns and d in columns & old)]  # fmt: skip
                _changes_of(con, indicator, asked, undivided, "weight" in columns & old)
        con.execute("DROP TABLE _old; DROP TABLE _new")
    con.execute("DROP VIEW _old_all; DROP VIEW _new_all; DROP TABLE _old_seal")
    con.execute("DROP TABLE _new_seal; DROP TABLE _who")


def _changes_of(
    con: duckdb.DuckDBPyConnection, indicator: Indicator, dimensions: list[str],
    undivided: set[str], weighted: bool,
) -> None:  # fmt: skip
    weight = "m.weight * " if weighted else ""
    x = f"CAST(m.{indicator.denominator} AS DOUBLE)" if indicator.denominator else "1.0"
    has = f"m.{indicator.numerator} IS NOT NULL"
    has += f" AND m.{indicator.denominator} IS NOT NULL" if indicator.denominator else ""
    has += " AND m.weight IS NOT NULL" if weighted else ""

    def parts(relation: str) -> str:
        selects = []
        for name in dimensions:
            # "all" stands for a row that nothing divides; a breakdown looks at the others.
            whole = "".join(
                f" AND m.{u} {'<>' if u == name else '='} 'all'" for u in sorted(undivided)
            )
            selects.append(
                f"""SELECT '{name}' AS dimension, CAST(m.{name} AS VARCHAR) AS key, period_kind,
                    period, who, count(*) AS n, sum({weight}CAST(m.{indicator.numerator} AS DOUBLE))
                    AS y, sum({weight}{x}) AS x
                FROM {relation} m WHERE {has} AND m.{name} IS NOT NULL{whole} GROUP BY ALL"""
            )
        return " UNION ALL ".join(selects)

    mine = f"SELECT * EXCLUDE indicator FROM _before WHERE indicator = '{indicator.id}'"
    con.execute(
        f"""INSERT INTO _changed BY NAME
        WITH earlier AS ({mine} UNION ALL BY NAME
                SELECT * FROM ({parts("_old")}) o
                WHERE ({_CELL}, who) NOT IN (SELECT ({_CELL}, who) FROM ({mine}))),
            later AS ({parts("_new")})
        SELECT '{indicator.id}' AS indicator, {_CELL}, who, coalesce(e.n, 0) AS n, e.y, e.x
        FROM earlier e FULL JOIN later l USING ({_CELL}, who)
        WHERE coalesce(e.n, 0) <> coalesce(l.n, 0)
            OR abs(coalesce(e.y, 0) - coalesce(l.y, 0))
                > 1e-9 * greatest(abs(coalesce(e.y, 0)), abs(coalesce(l.y, 0)))
            OR abs(coalesce(e.x, 0) - coalesce(l.x, 0))
                > 1e-9 * greatest(abs(coalesce(e.x, 0)), abs(coalesce(l.x, 0)))"""
    )


def changed_groups(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[Key, int]]:
    """(indicator, period) → (dimension, key) → how many groups changed since it was last told."""
    found: dict[tuple[str, str], dict[Key, int]] = defaultdict(dict)
    for name, dimension, key, period, count in con.execute(
        """SELECT indicator, dimension, key, period, count(*) FROM _changed
        GROUP BY ALL ORDER BY ALL"""
    ).fetchall():
        found[name, period][dimension, key] = count
    return found


def waiting(
    cells: list[Exact], changes: dict[Key, int], leaves: Leaves, protect: Protect
) -> set[Key]:
    """The cells of one indicator and period whose change may not be told yet."""
    moved = [
        replace(c, n_groups=count, n_people=count)
        for c in cells
        if (count := changes.get((c.dimension, c.key), 0))
    ]
    judged = {id(c): "suppressed" if c.n_groups < MIN_GROUPS else "published" for c in moved}
    if "suppressed" not in judged.values():
        return set()
    protect(moved, judged, leaves)
    return {(c.dimension, c.key) for c in moved if judged[id(c)] == "suppressed"}


def told_again(cell: PublicCell, told: Told) -> PublicCell:
    """The figure as it was last told; hidden where a unit of other parts was told before."""
    if cell.status != "published":
        return cell
    before = told.get((cell.indicator, cell.dimension, cell.key, cell.period))
    if before is not None:
        return before if before.status == "published" else cell
    parts = set(parts_of(cell.key)) if cell.dimension in REGIONAL else set()
    overlapping = any(
        name == cell.indicator and dimension == cell.dimension and period == cell.period
        and parts & set(parts_of(key)) and other.status == "published"
        for (name, dimension, key, period), other in (told.items() if parts else ())
    )  # fmt: skip
    if not overlapping:
        return cell
    names = ("indicator", "dimension", "key", "period_kind", "period")
    return PublicCell(**{name: getattr(cell, name) for name in names}, status="suppressed")


def write_pending(con: duckdb.DuckDBPyConnection, held: set[tuple[str, str, str, str]]) -> None:
    """Create ``estimate_pending``: what groups gave to the cells that wait, when last told."""
    con.execute("CREATE TEMP TABLE _held (indicator VARCHAR, dimension VARCHAR, key VARCHAR, "
                "period VARCHAR)")  # fmt: skip
    if held:
        con.executemany("INSERT INTO _held VALUES (?, ?, ?, ?)", sorted(held))
    con.execute(
        """CREATE TABLE estimate_pending AS SELECT c.* FROM _changed c
        SEMI JOIN _held USING (indicator, dimension, key, period) ORDER BY ALL"""
    )
    con.execute("DROP TABLE _held; DROP TABLE _changed")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

