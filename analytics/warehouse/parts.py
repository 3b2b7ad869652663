"""Tables of a version as files: one Parquet file each, or a folder of parts where one is too large.

A large mart stays in its parts: the database beside them holds a view that reads them where they
lie. Paths in a view are relative to the version's folder, so that a version may be moved.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

#: a part holds whole years; its folder says which
_YEAR = "part={}"
_KNOWN = re.compile(r"[a-z_0-9]+")


def exists(folder: Path, name: str) -> bool:
    return _path(folder, name).exists()


def relation(folder: Path, name: str) -> str:
    """SQL for the rows of a version's table, in one file or in parts."""
    path = _path(folder, name)
    text = str(path).replace("'", "''")
    return _read(f"{text}/*/*.parquet" if path.is_dir() else text)


def files(folder: Path, name: str) -> list[str]:
    """The files of a table, relative to the version's folder."""
    path = _path(folder, name)
    found = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    return [file.relative_to(folder).as_posix() for file in found]


def tables(folder: Path) -> list[str]:
    """The names of all tables of a version."""
    return sorted(path.stem for path in folder.glob("*.parquet"))


def years(folder: Path, name: str) -> list[str]:
    """The years that a table in parts has; none for a table in one file."""
    path = _path(folder, name)
    return sorted(part.name.partition("=")[2] for part in path.glob("part=*"))


def year_folder(folder: Path, name: str, year: str) -> Path:
    return _path(folder, name) / _YEAR.format(year)


def write_part(con: duckdb.DuckDBPyConnection, sql: str, folder: Path, name: str, no: int) -> int:
    """Append the rows of ``sql`` (with a ``period`` that begins with its year) to a table in parts.

    Returns:
        How many rows.
    """
    [(count,)] = con.execute(
        f"""COPY (SELECT t.*, substr(t.period, 1, 4) AS part FROM ({sql}) t)
        TO '{_path(folder, name)}' (FORMAT parquet, PARTITION_BY (part), OVERWRITE_OR_IGNORE,
            FILENAME_PATTERN 'groups_{no:04}_{{i}}')"""
    ).fetchall()
    return int(count)


def write_view(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Create the view of a table in parts; ``read_from`` tells where they lie."""
    con.execute(f"CREATE VIEW {name} AS SELECT * FROM {_read(f'{name}.parquet/*/*.parquet')}")


def read_from(con: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    """Let views find the parts of a version in ``folder``.

    Returns:
        What may be read of it where everything else is closed.
    """
    where = str(folder.absolute())
    con.execute(f"SET GLOBAL file_search_path = '{where.replace(chr(39), chr(39) * 2)}'")
    # A path is judged as it stands in the view, and again as it was found.
    names = [path.name for path in folder.glob("*.parquet") if path.is_dir()]
    return [*(f"{name}/" for name in names if _KNOWN.match(name)), f"{where}/"] if names else []


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.parquet"


def _read(path: str) -> str:
    return f"read_parquet('{path}', hive_partitioning=false)"
