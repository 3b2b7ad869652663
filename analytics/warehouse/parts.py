"""Tables of a version as files: one Parquet file each, or a folder of parts where one is too large.

A large mart stays in its parts: the database beside them holds a view that reads them where they
lie. Paths in a view are relative to the version's folder, so that a version may be moved.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

#: a part holds a whole year; its folder says which
_YEAR = "year={}"
#: quick to write; numbers of the ledgers repeat too seldom for a dictionary to be worth its making
_FORMAT = "FORMAT parquet, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT 1000"


def exists(folder: Path, name: str) -> bool:
    return _path(folder, name).exists()


def divided(folder: Path, name: str) -> bool:
    """Whether a table is in parts."""
    return _path(folder, name).is_dir()


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


@dataclass(frozen=True)
class Part:
    """The months of a year, or its other periods.

    Months, two rows in three and seldom asked, are in files of their own: who asks for other
    periods does not read them.
    """

    year: int
    months: bool

    @property
    def periods(self) -> str:
        """The condition on ``period_kind`` and ``period_end`` of what is in it."""
        return (
            f"period_end BETWEEN DATE '{self.year}-01-01' AND DATE '{self.year}-12-31' "
            f"AND period_kind {'=' if self.months else '<>'} 'month'"
        )

    def file(self, folder: Path, name: str, number: int) -> Path:
        """Where the rows of some groups go, which have a number."""
        kind = "month" if self.months else "more"
        return year_folder(folder, name, self.year) / f"{number:04}-{kind}.parquet"


def parts_of(years: Iterable[int]) -> list[Part]:
    return [Part(year, months) for year in years for months in (True, False)]


def year_folder(folder: Path, name: str, year: int) -> Path:
    return _path(folder, name) / _YEAR.format(year)


def write(con: duckdb.DuckDBPyConnection, rows: str, file: Path) -> None:
    """Write the rows of a query."""
    file.parent.mkdir(parents=True, exist_ok=True)
    con.execute(f"COPY ({rows}) TO '{file}' ({_FORMAT})")


def link(before: Path, folder: Path, name: str, until: int) -> None:
    """Take the parts of the years before ``until`` over from another version, as they are.

    A file of a version never changes: both have it, and it takes its room once (twice on a disk
    that knows no second name for a file).
    """
    for path in sorted(_path(before, name).glob("year=*")):
        year = int(path.name.partition("=")[2])
        if year < until:
            where = year_folder(folder, name, year)
            where.mkdir(parents=True)
            for file in path.iterdir():
                try:
                    os.link(file, where / file.name)
                except OSError:
                    shutil.copyfile(file, where / file.name)


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
    # Files of a version, and batches, are asked many times and never change.
    con.execute("SET GLOBAL parquet_metadata_cache = true")
    # A path is judged as it stands in the view, and again as it was found.
    names = [path.name for path in folder.glob("*.parquet") if path.is_dir()]
    return [*(f"{name}/" for name in names), f"{where}/"] if names else []


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.parquet"


def _read(path: str) -> str:
    return f"read_parquet('{path}', hive_partitioning=false)"
