"""Models by group: of ledgers too large to be worked through at once, some groups at a time.

A model whose text begins with ``-- by group`` makes of each group what follows from that group's
own rows and from what is about no group; so it may be run over any groups by themselves, and all
groups together give the table. Where the ledgers are small, all are worked through at once like any
other model. Where not, the memory of a build is that of some groups, however many there are.

What is as long as the ledgers and read once or twice is ``as a view``: nobody writes it down.
What is ``year by year`` follows, for the periods of a year, from the records of that year and from
what was made of all years: where earlier years are known to be what they were in the version
before, they are taken over from there.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import threading
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from analytics.warehouse import parts

BY_GROUP = "-- by group"
#: ledger rows that are worked through at once, and how many at most make a pass of more
AT_ONCE, A_PASS = 3_000_000, 2_000_000
#: passes at work at a time: while one writes a file, the other reads
AT_A_TIME = 2

#: what holds the rows of all periods, in years that are made again and in the others
_CALENDARS = ("ref_period", "ref_day_period", "ref_silence", "ref_report_period")
#: the type of a group's code in a pass
_GROUP = "group_number"

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
    """The groups of each pass: as many passes as keep all that are at work at a time busy."""
    [(groups,)] = con.execute("SELECT count(*) FROM core_vsla_group").fetchall()
    rounds = -(-_rows(con) // (A_PASS * AT_A_TIME))
    step = max(1, -(-groups // (rounds * AT_A_TIME)))
    firsts = con.execute(
        """SELECT group_id FROM (
            SELECT group_id, row_number() OVER (ORDER BY group_id) - 1 AS n FROM core_vsla_group)
        WHERE n % ? = 0 AND n > 0 ORDER BY n""",
        [step],
    ).fetchall()
    edges = [None, *(code for (code,) in firsts), None]
    return list(itertools.pairwise(edges))


@dataclass(frozen=True)
class Known:
    """What is taken over from a version before: the years before that of ``day``, the first day
    from which on anything has changed."""

    folder: Path
    day: dt.date

    @property
    def first(self) -> int:
        """The first year that is made again."""
        return self.day.year


def as_view(sql: str) -> bool:
    return sql.partition("\n")[0].endswith("as a view")


def year_by_year(sql: str) -> bool:
    return "year by year" in sql.partition("\n")[0]


def run_by_group(
    con: duckdb.DuckDBPyConnection,
    texts: dict[str, str],
    wanted: set[str],
    folder: Path,
    known: Known | None = None,
) -> dict[str, int]:
    """Run models by group, some groups at a time.

    Args:
        texts: the models by group, in an order in which each follows those it reads.
        wanted: those that others read: they become tables. Marts by period become parts in
            ``folder`` instead, with a view. All others are forgotten with their groups.
        known: the years that need not be made.

    Returns:
        Rows of the marts in parts, by name.
    """
    if known and not _has_all(known, texts, wanted):
        known = None
    sources = _sources(con, texts)
    passes = _Passes(
        texts, wanted, folder, known, _years(con, known), sources, _codes(con, sources)
    )

    def work(number: int, span: Span) -> None:
        # What is temporary is of one connection alone: two passes do not see each other's.
        with closing(con.cursor()) as own:
            passes.run(own, number, span)

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(work, *zip(*enumerate(spans(con)), strict=True)))
    for name in passes.long:
        if known:
            parts.link(known.folder, folder, name, known.first)
        parts.write_view(con, name)
    if known:
        for name in sorted(passes.made):
            if year_by_year(texts[name]):
                _take_over(con, name, known)
        _tell(con, passes.long, known.day)
    counts = "SELECT count(*) FROM"
    return {name: con.execute(f"{counts} {name}").fetchall()[0][0] for name in passes.long}


@dataclass
class _Passes:
    """What passes have in common; each makes the models of some groups.

    Attributes:
        years: those that are made.
        codes: column → its type, where its texts are few.
        made: the tables that hold rows of some groups already.
        long: the marts in parts.
    """

    texts: dict[str, str]
    wanted: set[str]
    folder: Path
    known: Known | None
    years: list[int]
    sources: dict[str, _Source]
    codes: dict[str, str]
    made: set[str] = field(default_factory=set)
    long: set[str] = field(default_factory=set)
    _columns: dict[str, dict[str, str]] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def run(self, con: duckdb.DuckDBPyConnection, number: int, span: Span) -> None:
        """Make all models of the groups of a pass, on a connection of its own."""
        _name_types(con, self.codes)
        _number_groups(con, self.sources, span)
        for of_years, names in _rounds(self.texts):
            since = self.known.first if self.known and of_years else None
            self._see(con, span, self.sources, since)
            for name in names:
                rows = self._rows(con, name)
                if of_years and _is_long(name, self._columns[name]):
                    for part in parts.parts_of(self.years):
                        self._see(con, span, self._calendars, None, part.periods)
                        parts.write(con, rows, part.file(self.folder, name, number))
                    self._see(con, span, self._calendars, since)
                    self.long.add(name)
                else:
                    self._make(con, name, rows)

    @property
    def _calendars(self) -> set[str]:
        return self.sources.keys() & _CALENDARS

    def _see(
        self, con: duckdb.DuckDBPyConnection, span: Span, names: Iterable[str],
        since: int | None, which: str = "TRUE",
    ) -> None:  # fmt: skip
        """Show sources as far as a pass is about them."""
        for name in names:
            rows = _some(self.sources[name], self.codes, span, since)
            con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM ({rows}) WHERE {which}")

    def _rows(self, con: duckdb.DuckDBPyConnection, name: str) -> str:
        """A model's query; where no table is wanted, of the columns that others read."""
        text = self.texts[name]
        if name not in self._columns:
            self._columns[name] = _columns(con, text)
        if name in self.wanted:
            return text
        return f"SELECT {', '.join(_read_of(name, self._columns[name], self.texts))} FROM ({text})"

    def _make(self, con: duckdb.DuckDBPyConnection, name: str, rows: str) -> None:
        text = self.texts[name]
        kind = "VIEW" if as_view(text) else "TABLE"
        if kind == "TABLE" and year_by_year(text) and "obs_date" in self._columns[name]:
            # Who asks for a year passes over the others; and marts are written in this order.
            rows = f"SELECT * FROM ({rows}) ORDER BY obs_date, group_id"
        con.execute(f"CREATE OR REPLACE TEMP {kind} {name} AS {rows}")
        if kind == "TABLE" and name in self.wanted:
            with self._turn:
                _append(con, name, first=name not in self.made)
                self.made.add(name)


def _read_of(name: str, columns: Iterable[str], texts: dict[str, str]) -> list[str]:
    """The columns of a model that another names."""
    named = set(re.findall(r"\w+", " ".join(sql for other, sql in texts.items() if other != name)))
    return [column for column in columns if column in named] or list(columns)[:1]


def _columns(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, str]:
    """The columns of a query, with their types."""
    return {row[0]: row[1] for row in con.execute(f"DESCRIBE {sql}").fetchall()}


def _rounds(texts: dict[str, str]) -> list[tuple[bool, list[str]]]:
    """Whether year by year → models: what all years of a group give, what each year gives, and
    what all years of that give."""
    of_years = {name for name, sql in texts.items() if year_by_year(sql)}
    last: set[str] = set()
    for name, sql in texts.items():
        if name not in of_years and (of_years | last) & set(names_in(sql)):
            last.add(name)
    first = [name for name in texts if name not in of_years | last]
    rounds = (first, [n for n in texts if n in of_years], [n for n in texts if n in last])
    return [(names is rounds[1], names) for names in rounds if names]


def _has_all(known: Known, texts: dict[str, str], wanted: set[str]) -> bool:
    """Whether the version before has what would be taken over from it, its marts in parts."""
    return all(
        parts.divided(known.folder, name) if name.startswith("mart_")
        else parts.exists(known.folder, name)
        for name in wanted
        if year_by_year(texts[name])
    )  # fmt: skip


def sources_of(texts: dict[str, str]) -> list[str]:
    """What the models read and do not make."""
    return sorted({name for sql in texts.values() for name in names_in(sql)} - set(texts))


#: texts that differ more often than that are no codes
_MOST_CODES = 2_000


@dataclass(frozen=True)
class _Source:
    """What the models read and do not make: where all of it is, and its columns with their types.

    In a pass a view has its name: of some groups, with codes in the place of texts.
    """

    name: str
    where: str
    columns: dict[str, str]

    @property
    def landed(self) -> bool:
        return self.name.startswith("landed_")


def _sources(con: duckdb.DuckDBPyConnection, texts: dict[str, str]) -> dict[str, _Source]:
    found = {}
    for name in sources_of(texts):
        where = f"{_database(con)}.main.{name}"
        if name.startswith("landed_"):
            # A view of this connection alone: others are told what it says.
            [(sql,)] = con.execute(
                "SELECT sql FROM duckdb_views() WHERE view_name = ?", [name]
            ).fetchall()
            where = f"({sql.partition(' AS ')[2].rstrip().rstrip(';')})"
        found[name] = _Source(name, where, _columns(con, f"FROM {where}"))
    return found


def _codes(con: duckdb.DuckDBPyConnection, sources: dict[str, _Source]) -> dict[str, str]:
    """The type of each column of few different texts, the same in all tables that have it.

    Codes are joined, kept and written in half the time of texts.
    """
    values: dict[str, set[str]] = {}
    for source in (source for source in sources.values() if not source.landed):
        for name, kind in source.columns.items():
            if kind == "VARCHAR" and name != "group_id":
                found = con.execute(
                    f"SELECT DISTINCT {name} FROM {source.where} WHERE {name} IS NOT NULL "
                    f"LIMIT {_MOST_CODES + 1}"
                ).fetchall()
                values.setdefault(name, set()).update(text for (text,) in found)
    return {
        name: f"ENUM({', '.join(map(_quoted, sorted(texts)))})"
        for name, texts in values.items()
        if 0 < len(texts) <= _MOST_CODES
    }


def _type(column: str) -> str:
    return f"code_of_{column}"


def _name_types(con: duckdb.DuckDBPyConnection, codes: dict[str, str]) -> None:
    """Give types a name: written out, they take longer to read than some queries to answer."""
    for column, told in codes.items():
        con.execute(f"CREATE OR REPLACE TEMP TYPE {_type(column)} AS {told}")


def _some(source: _Source, coded: Iterable[str], span: Span, since: int | None) -> str:
    """A source's rows of some groups and of the years that are made, with ``coded`` texts."""
    known = {"group_id": _GROUP}
    if not source.landed:
        known |= {name: _type(name) for name in coded}
    chosen = [
        f"CAST({column} AS {known[column]}) AS {column}"
        if kind == "VARCHAR" and column in known
        else column
        for column, kind in source.columns.items()
    ]
    conditions = _of_span(span) if "group_id" in source.columns else []
    if since and source.landed:
        conditions.append(f"obs_date >= DATE '{since}-01-01'")
    if since and source.name in _CALENDARS:
        conditions.append(f"period_end >= DATE '{since}-01-01'")
    told = " AND ".join(conditions) or "TRUE"
    return f"SELECT {', '.join(chosen)} FROM {source.where} WHERE {told}"


def _number_groups(
    con: duckdb.DuckDBPyConnection, sources: dict[str, _Source], span: Span
) -> None:
    """Create the type ``_GROUP``: the groups of a pass as numbers, in the order of their codes."""
    of_groups = [
        f"SELECT group_id FROM {source.where}"
        for source in sources.values()
        if "group_id" in source.columns
    ]
    con.execute(
        f"""CREATE OR REPLACE TEMP TYPE {_GROUP} AS ENUM (
            SELECT DISTINCT group_id FROM ({" UNION ALL ".join(of_groups)})
            WHERE {" AND ".join(_of_span(span)) or "TRUE"} ORDER BY group_id)"""
    )


def _of_span(span: Span) -> list[str]:
    """The conditions that groups are of a pass."""
    signs = zip((">=", "<"), span, strict=True)
    return [f"group_id {sign} {_quoted(code)}" for sign, code in signs if code is not None]


def _is_long(name: str, columns: Collection[str]) -> bool:
    """Whether a model is a mart at the grain of the ledgers: a row a group and period."""
    return name.startswith("mart_") and {"group_id", "period", "period_end"} <= set(columns)


def _append(con: duckdb.DuckDBPyConnection, name: str, *, first: bool) -> None:
    """Add a table of some groups to the one of all, which has texts and no codes."""
    into = f"{_database(con)}.main.{name}"
    chosen = ", ".join(
        f"CAST({column} AS VARCHAR) AS {column}" if kind.startswith("ENUM") else column
        for column, kind in _columns(con, f"FROM temp.{name}").items()
    )
    made = f"SELECT {chosen} FROM temp.{name}"
    con.execute(f"CREATE TABLE {into} AS {made}" if first else f"INSERT INTO {into} {made}")


def _take_over(con: duckdb.DuckDBPyConnection, name: str, known: Known) -> None:
    """The rows of a table about the years that are known."""
    con.execute(
        f"""INSERT INTO {_database(con)}.main.{name} BY NAME
        SELECT * FROM {parts.relation(known.folder, name)}
        WHERE substr(period, 1, 4) < '{known.first}'"""
    )


#: marts in parts of a build, and the day before which all their periods are those of the version
#: before
STANDING = "_standing"


def _tell(con: duckdb.DuckDBPyConnection, marts: Iterable[str], day: dt.date) -> None:
    con.execute(f"CREATE TEMP TABLE {STANDING} (mart VARCHAR, day DATE)")
    con.executemany(f"INSERT INTO {STANDING} VALUES (?, ?)", [(mart, day) for mart in marts])


def standing_until(con: duckdb.DuckDBPyConnection, mart: str) -> dt.date | None:
    """The day before which all periods of a mart are known to be those of the version before."""
    try:
        found = con.execute(f"SELECT day FROM temp.{STANDING} WHERE mart = ?", [mart]).fetchall()
    except duckdb.CatalogException:
        return None
    return found[0][0] if found else None


def _years(con: duckdb.DuckDBPyConnection, known: Known | None) -> list[int]:
    found = con.execute("SELECT DISTINCT year(period_end) FROM ref_period ORDER BY 1").fetchall()
    return [year for (year,) in found if known is None or year >= known.first]


def _rows(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT count(*) FROM landed_vsla_observation").fetchall()[0][0])


def _database(con: duckdb.DuckDBPyConnection) -> str:
    return str(con.execute("SELECT current_database()").fetchall()[0][0])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
