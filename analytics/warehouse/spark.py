"""The same models on Apache Spark, for ledgers that outgrow one machine.

What reads the landed Parquet is Spark, what the application reads stays a DuckDB file: the models
of ``analytics/sql`` run in the same order on the cluster, each into Parquet, and the tables come
back by their own names. Needs ``requirements-spark.txt`` and Java 17; ``SPARK_MASTER`` names the
cluster (``spark://host:7077``), else this machine's cores do the work. On a cluster the home must
be on storage that all of its machines see under one path.

Source of the differences between the two engines bridged here: the SQL reference of each.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from analytics.errors import UserError
from analytics.sources.contracts import DATASETS, columns_of
from analytics.warehouse.build import models
from analytics.warehouse.home import Batch, Home
from analytics.warehouse.ledger import as_view

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SETTINGS = {
    # What one engine answers with nothing the other must not answer with an error.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def run_models(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    batches: list[Batch],
    folder: Path,
    *,
    claims: bool = True,
) -> None:
    """Create every ``core_*`` and ``mart_*`` table in ``con``, computed by Spark.

    Args:
        con: holds the ``ref_*`` tables and receives the models' tables.
        folder: an empty place for what passes between the two engines; removed afterwards.

    Raises:
        UserError: where Spark or Java is not there, or the cluster does not answer.
    """
    folder.mkdir(parents=True)
    try:
        with session() as spark:
            _hand_over(con, spark, home, batches, folder)
            for name, sql in models(claims=claims).items():
                if as_view(sql):
                    # No table in the application's engine either; others tell their types by it.
                    spark.sql(translated(sql)).createOrReplaceTempView(name)
                    con.execute(f"CREATE TEMP VIEW {name} AS {sql}")
                    continue
                target = folder / name
                spark.sql(translated(sql)).write.parquet(str(target))
                spark.read.parquet(str(target)).createOrReplaceTempView(name)
                _take_back(con, name, sql, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def session() -> Iterator[SparkSession]:
    """A Spark session on ``SPARK_MASTER``, or on this machine."""
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise UserError("spark_missing") from None
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise UserError("java_missing")
    master = os.environ.get("SPARK_MASTER", "local[*]")
    builder = SparkSession.builder.appName("evidence-build").master(master)
    memory = os.environ.get("SPARK_MEMORY", "2g")
    for name, value in (_SETTINGS | {
        "spark.driver.memory": memory,
        "spark.executor.memory": memory,
        "spark.sql.shuffle.partitions": os.environ.get("SPARK_PARTITIONS", "8"),
    }).items():  # fmt: skip
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")
    except Exception as error:
        raise UserError("spark_unreachable", master=master, reason=type(error).__name__) from error
    try:
        yield spark
    except PySparkException as error:
        # What Spark quotes may be a cell: its kind of error says enough.
        raise UserError("build_failed", reason=type(error).__name__) from error
    finally:
        spark.stop()


def translated(sql: str) -> str:
    """A model's text as Spark reads it: the subset is portable, its spelling is not.

    Division, where empty values sort, and numbers with a decimal point (exact in Spark, rounded
    to six digits in a division; floating in ours) differ without an error.
    """
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(sql, dialect="duckdb")
    for number in list(tree.find_all(exp.Literal)):
        if not number.is_string and "." in number.this:
            number.replace(exp.cast(number.copy(), "double"))
    return str(tree.sql(dialect="spark"))


def _hand_over(
    con: duckdb.DuckDBPyConnection,
    spark: SparkSession,
    home: Home,
    batches: list[Batch],
    folder: Path,
) -> None:
    """Give Spark the landed batches, where they lie, and the reference tables."""
    from pyspark.sql import functions

    for dataset, contract in DATASETS.items():
        # Whole numbers are landed as narrow as they fit.
        chosen = [
            functions.col(name).cast("bigint") if column.kind == "whole" else functions.col(name)
            for name, column in columns_of(contract).items()
        ]
        parts: list[DataFrame] = [
            spark.read.parquet(str(home.parquet(batch).resolve()))
            .select(*chosen, "_row")
            .withColumns(
                {"_sequence": functions.lit(batch.sequence)}
                | ({"_withdrawn": functions.lit(batch.withdrawn)} if contract.editable else {})
            )
            for batch in batches
            if batch.dataset == dataset
        ]
        if not parts:
            # An empty table of the right types, told by the engine that knows them.
            path = folder / f"none_{dataset}.parquet"
            con.execute(f"COPY (SELECT * FROM landed_{dataset}) TO '{path}' (FORMAT parquet)")
            parts = [spark.read.parquet(str(path))]
        table = parts[0]
        for part in parts[1:]:
            table = table.unionByName(part)
        table.createOrReplaceTempView(f"landed_{dataset}")
    references = con.execute(
        "SELECT table_name FROM information_schema.tables WHERE starts_with(table_name, 'ref_')"
    ).fetchall()
    for (name,) in references:
        path = folder / f"{name}.parquet"
        con.execute(f"COPY {name} TO '{path}' (FORMAT parquet)")
        spark.read.parquet(str(path)).createOrReplaceTempView(name)


def _take_back(con: duckdb.DuckDBPyConnection, name: str, sql: str, path: Path) -> None:
    """Read a table in, in the very types that the model has in the application's engine."""
    types = con.execute(f"DESCRIBE {sql}").fetchall()
    columns = ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind, *_ in types)
    con.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM read_parquet('{path}/*.parquet')")
