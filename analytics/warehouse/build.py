"""From landed batches to marts: the models of ``analytics/sql`` run in order.

One SELECT a file, the file's name is the table's. Models see three kinds of tables: ``landed_*``
(what partners sent), ``ref_*`` (places and calendar) and each other. ``analytics.pipeline`` puts
these steps together with estimates, checks and publication.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import duckdb

from analytics import __version__
from analytics.errors import UserError
from analytics.sources.contracts import DATASETS, columns_of
from analytics.warehouse import ledger
from analytics.warehouse.home import Batch, Home

SQL = Path(__file__).parents[1] / "sql"
#: core tables at the ledger's grain, beside ``core_vsla_*``
_BUILD_ONLY = (
    "core_group_heard", "core_group_missing", "core_group_seen", "core_group_year", "core_flag",
    "core_ledger_line", "core_savings_interval", "core_savings_month", "core_panel_cercle_month",
    "core_claim_group", "core_claim_business",
)  # fmt: skip
#: what the tests of a build read of the models by group
_KEPT_BY_GROUP = {"core_ledger_count"}
#: what only claims read
_OF_CLAIMS = ("core_claim_", "core_panel_", "core_savings_", "core_shock_onset")


def models(*, claims: bool = True) -> dict[str, str]:
    """Every model's SQL by table name, in an order in which each follows those it reads.

    Args:
        claims: with the models that only claims read; they are at the grain of the ledgers.
    """
    texts = {p.stem: p.read_text(encoding="utf-8") for p in sorted(SQL.glob("*/*.sql"))}
    texts = {n: sql for n, sql in texts.items() if claims or not n.startswith(_OF_CLAIMS)}
    needs = {
        name: {word for word in re.findall(r"\b(?:core|mart)_\w+", _without_comments(sql))
               if word in texts and word != name}
        for name, sql in texts.items()
    }  # fmt: skip
    ordered: dict[str, str] = {}
    while needs:
        ready = sorted(name for name, parents in needs.items() if parents <= ordered.keys())
        if not ready:
            raise ValueError(f"models refer to each other in a circle: {sorted(needs)}")
        for name in ready:
            ordered[name] = texts[name]
            del needs[name]
    return ordered


def datasets_behind(table: str) -> tuple[str, ...]:
    """The datasets that a model reads, itself or through the models before it."""
    texts = models()
    seen, wanted, found = set(), [table], set()
    while wanted:
        name = wanted.pop()
        if name in texts and name not in seen:
            seen.add(name)
            words = re.findall(r"\b(?:core|mart|landed)_\w+", _without_comments(texts[name]))
            wanted += words
            found |= {word.removeprefix("landed_") for word in words if word[:7] == "landed_"}
    return tuple(name for name in DATASETS if name in found)


@cache
def code_version() -> str:
    """The version of the program, and a checksum of everything that makes a number."""
    root = Path(__file__).parents[1]
    told = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".sql", ".yaml")):
        if path.parent.name != "text":
            told.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return f"{__version__}+{told.hexdigest()[:8]}"


def _without_comments(sql: str) -> str:
    return re.sub(r"--.*", "", sql)


def verify(home: Home, batches: list[Batch]) -> None:
    """A landed batch is immutable: one that changed on disk stops the build."""
    for batch in batches:
        path = home.parquet(batch)
        if not path.exists():
            raise UserError("batch_missing", batch=batch.batch_id, dataset=batch.dataset)
        with path.open("rb") as handle:
            if hashlib.file_digest(handle, "sha256").hexdigest() != batch.parquet_sha256:
                raise UserError("batch_damaged", batch=batch.batch_id, dataset=batch.dataset)


def landed_views(home: Home, con: duckdb.DuckDBPyConnection, batches: list[Batch]) -> None:
    for dataset, contract in DATASETS.items():
        columns = columns_of(contract)
        # Landed as narrow as it fits, read as wide as sums of it may be.
        chosen = ", ".join(f'"{name}"::{c.sql_type} AS "{name}"' for name, c in columns.items())
        parts = [
            f"SELECT {chosen}, _row, {batch.sequence} AS _sequence "
            f"{f', {batch.withdrawn} AS _withdrawn ' if contract.editable else ''}"
            f"FROM {home.rows([batch])}"
            for batch in batches
            if batch.dataset == dataset
        ]
        if not parts:
            empty = ", ".join(f'NULL::{c.sql_type} AS "{n}"' for n, c in columns.items())
            if contract.editable:
                empty += ", FALSE AS _withdrawn"
            parts = [f"SELECT {empty}, 0::BIGINT AS _row, 0 AS _sequence WHERE FALSE"]
        con.execute(f"CREATE TEMP VIEW landed_{dataset} AS {' UNION ALL '.join(parts)}")


def run_models(
    con: duckdb.DuckDBPyConnection,
    folder: Path | None = None,
    *,
    claims: bool = True,
    known: Callable[[list[str]], ledger.Known | None] = lambda sources: None,
) -> dict[str, int]:
    """Create every ``core_*`` and ``mart_*`` table; of large ledgers only what is read later.

    Args:
        folder: the version's folder, where a large mart is written in parts.
        claims: with the models that only claims read; they read every year of a group at once.
        known: tells the years that need not be made, once the tables named are there.

    Returns:
        Rows of the models that have no table, by name.
    """
    texts = models(claims=claims)
    by_group = {n: sql for n, sql in texts.items() if sql.startswith(ledger.BY_GROUP)}
    after: set[str] = set()
    for name, sql in texts.items():
        if name not in by_group and after.union(by_group) & set(ledger.names_in(sql)):
            after.add(name)
    for name, sql in texts.items():
        if name not in after and name not in by_group:
            con.execute(f"CREATE TABLE {name} AS {sql}")
    rows: dict[str, int] = {}
    if folder is None or not ledger.is_large(con):
        for name, sql in by_group.items():
            kind = "TEMP VIEW" if ledger.as_view(sql) else "TABLE"
            con.execute(f"CREATE {kind} {name} AS {sql}")
    else:
        wanted = {n for name in after for n in ledger.names_in(texts[name])} | _KEPT_BY_GROUP
        wanted |= {name for name in by_group if name.startswith("mart_")}
        taken = None if claims else known(ledger.sources_of(by_group))
        rows = ledger.run_by_group(con, by_group, wanted & by_group.keys(), folder, taken)
        [(rows["core_vsla_observation"],)] = con.execute(
            "SELECT sum(n)::BIGINT FROM core_ledger_count WHERE what = 'records'"
        ).fetchall()
    for name in texts:
        if name in after:
            con.execute(f"CREATE TABLE {name} AS {texts[name]}")
    return rows


def write_completeness(
    con: duckdb.DuckDBPyConnection, home: Home, batches: list[Batch]
) -> None:
    """Create ``meta_completeness``: of the rows landed of each dataset, how many have a value.

    The files themselves tell, without being read.
    """
    con.execute(
        """CREATE TABLE meta_completeness (dataset VARCHAR, column_name VARCHAR, required BOOLEAN,
            rows BIGINT, filled BIGINT)"""
    )
    for dataset, contract in DATASETS.items():
        files = [str(home.parquet(batch)) for batch in batches if batch.dataset == dataset]
        if not files:
            continue
        [(rows,)] = con.execute(
            "SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(?)", [files]
        ).fetchall()
        found = con.execute(
            """SELECT path_in_schema, sum(num_values - stats_null_count)::BIGINT
            FROM parquet_metadata(?) GROUP BY path_in_schema""",
            [files],
        ).fetchall()
        filled = {str(name): count for name, count in found}
        if rows:
            con.executemany(
                "INSERT INTO meta_completeness VALUES (?, ?, ?, ?, ?)",
                [(dataset, name, column.required, rows, filled.get(name, 0))
                 for name, column in columns_of(contract).items()],
            )  # fmt: skip


def write_meta(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    build_id: str,
    batches: list[Batch],
    moment: dt.datetime,
) -> None:
    con.execute(
        """CREATE TABLE meta (build_id VARCHAR, built_at VARCHAR, kind VARCHAR, version VARCHAR,
            first_day DATE, last_day DATE)"""
    )
    con.execute(
        """INSERT INTO meta SELECT ?, ?, ?, ?, min(obs_date), max(obs_date)
        FROM landed_vsla_observation""",
        [build_id, moment.isoformat(timespec="seconds"), home.kind() or "operational", __version__],
    )
    con.execute(
        """CREATE TABLE meta_batch (batch_id VARCHAR, dataset VARCHAR, sequence BIGINT,
            file VARCHAR, sheet VARCHAR, landed_at VARCHAR, sha256 VARCHAR, rows VARCHAR,
            warnings VARCHAR)"""
    )
    for batch in batches:
        con.execute(
            "INSERT INTO meta_batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                batch.batch_id, batch.dataset, batch.sequence, batch.file, batch.sheet,
                batch.landed_at, batch.parquet_sha256, json.dumps(batch.rows),
                json.dumps(batch.warnings),
            ],
        )  # fmt: skip


def export(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Every table as Parquet beside the database; core tables then leave the database."""
    rows: dict[str, int] = {}
    tables = con.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
        "ORDER BY table_name"
    ).fetchall()
    for (name,) in tables:
        rows[name] = con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
        if name.startswith(("core_", "mart_", "estimate", "region_unit")):
            con.execute(f"COPY {name} TO '{folder / name}.parquet' (FORMAT parquet)")
    for name in rows:
        # Pages read marts and estimates; what only the build needs would slow every opening.
        if name.startswith("core_vsla") or name in _BUILD_ONLY:
            con.execute(f"DROP TABLE {name}")
    con.execute("CHECKPOINT")
    return rows
