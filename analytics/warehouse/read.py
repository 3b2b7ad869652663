"""Read a published version: read-only, locked down, safe from any number of threads."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import duckdb

from analytics.errors import UserError
from analytics.geography.places import parts_of
from analytics.period import Period, last_public_quarter, latest_full, parse_period
from analytics.warehouse import parts
from analytics.warehouse.home import Home

#: readings of estimates kept a version: a few thousand rows each at most
_KEPT = 24


@dataclass(frozen=True)
class Build:
    """What a published version says of itself."""

    build_id: str
    built_at: str
    kind: str
    first_day: date | None
    last_day: date | None

    @property
    def demonstration(self) -> bool:
        return self.kind == "demonstration"

    @property
    def built_on(self) -> date:
        return datetime.fromisoformat(self.built_at).date()

    @property
    def public_until(self) -> Period:
        """The last quarter that the public may see."""
        return last_public_quarter(self.built_on)

    def known_until(self, role: str) -> date:
        """The last day that a role sees anything of: data may end before the public's limit."""
        last = self.last_day or self.built_on
        return min(last, self.public_until.end) if role == "public" else last

    def latest(self, kind: str, role: str) -> Period:
        """The latest full period in which a role sees something of the network."""
        return latest_full(self.known_until(role), kind)


def reading(
    table: str, columns: Sequence[str], where: Mapping[str, str]
) -> tuple[str, list[object]]:
    """The SQL of stored estimates and its bound values: period, key, the columns, indicator."""
    conditions = " AND ".join(f"{name} = ?" for name in where)
    sql = f"SELECT period, key, {', '.join(columns)}, indicator FROM {table} WHERE {conditions}"
    return f"{sql} ORDER BY indicator, period, key", list(where.values())


def _close(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Whatever is asked reads no file but the version's own parts, and changes no setting."""
    if connection.execute("SELECT current_setting('lock_configuration')").fetchall()[0][0]:
        # Settings are of the database: another connection of this process has closed it.
        return
    if readable := parts.read_from(connection, folder):
        quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in readable)
        connection.execute(f"SET allowed_directories = [{quoted}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _query(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[object] | None = None
) -> list[tuple]:
    cursor = connection.cursor()
    try:
        return cursor.execute(sql, parameters or []).fetchall()
    finally:
        cursor.close()


def _read_together(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: tuple[str, ...],
    where: tuple[tuple[str, str], ...],
) -> dict[str, list[tuple]]:
    """indicator → its rows, of all indicators at once."""
    found: dict[str, list[tuple]] = {}
    for *row, indicator in _query(connection, *reading(table, columns, dict(where))):
        found.setdefault(indicator, []).append(tuple(row))
    return found


def _boundaries(
    connection: duckdb.DuckDBPyConnection, division: str, level: str
) -> list[dict[str, Any]]:
    """The imported outlines of a level, as ``write_boundaries`` describes them.

    Cercles and the country are the same in both divisions and answer to either. Empty where no
    boundaries were imported, or those imported cannot tell the regions of the division.
    """
    columns = ("level", "place", "note", "rings", "lon", "lat", "edition", "credit")
    try:
        rows = _query(
            connection,
            f"""SELECT {", ".join(columns)} FROM boundary
            WHERE level = ? AND division IN (?, '') ORDER BY place""",
            [level, division],
        )
    except duckdb.CatalogException:
        # A version from before boundaries were kept.
        return []
    return [{"division": division, **dict(zip(columns, row, strict=True))} for row in rows]


class Reader:
    """One published version.

    A DuckDB connection shared by threads returns wrong rows; so the connection stays private and
    every call takes a cursor of its own and fetches all of its answer.
    """

    def __init__(self, home: Home, build_id: str) -> None:
        folder = home.warehouse / build_id
        self._connection = duckdb.connect(
            str(folder / "warehouse.duckdb"),
            read_only=True,
            config={
                "autoload_known_extensions": "false",
                "autoinstall_known_extensions": "false",
                "threads": "2",
            },
        )
        _close(self._connection, folder)
        self._columns: dict[str, frozenset[str]] = {}
        # What a version says never changes: what every page asks for is asked once. What is kept
        # knows the connection and not the reader: who holds himself is never let go of in time.
        self._together = lru_cache(maxsize=_KEPT)(partial(_read_together, self._connection))
        self.boundaries = cache(partial(_boundaries, self._connection))

    def query(self, sql: str, parameters: list[object] | None = None) -> list[tuple]:
        """All rows of one question; values are always bound, never pasted."""
        return _query(self._connection, sql, parameters)

    def run(self, question: Any) -> Any:
        """Let ``question`` use a cursor of its own (for answers larger than rows)."""
        cursor = self._connection.cursor()
        try:
            return question(cursor)
        finally:
            cursor.close()

    def cells(self, table: str, columns: tuple[str, ...], **where: str) -> list[tuple]:
        """``(period, key, *columns)`` of one indicator's stored estimates, by period and key.

        A page asks many indicators of one period, or of one place over time: one reading answers
        them all, for most of what a question costs the database is the same for one row and for a
        thousand.

        Args:
            where: ``indicator``, ``dimension`` and ``period_kind``; ``period`` or ``key``, or both,
                where only one is asked.
        """
        one = next(name for name in ("period", "key", "indicator") if name in where)
        asked = tuple((name, where[name]) for name in ("dimension", "period_kind", one))
        rows = self._together(table, columns, asked).get(where["indicator"], [])
        return [row for row in rows if row[1] == where.get("key", row[1])]

    def close(self) -> None:
        self._connection.close()

    @cached_property
    def build(self) -> Build:
        row = self.query("SELECT build_id, built_at, kind, first_day, last_day FROM meta")[0]
        return Build(*row)

    @cached_property
    def units(self) -> dict[str, dict[str, str]]:
        """division → region → the public unit it is shown in."""
        found: dict[str, dict[str, str]] = {"2012": {}, "2023": {}}
        for division, region, unit in self.query("SELECT division, region, unit FROM region_unit"):
            found[division][region] = unit
        return found

    @cached_property
    def _nation(self) -> dict[str, list[tuple[str, str, bool]]]:
        """indicator → (kind, label, whether it has a value) of every period of the nation."""
        found: dict[str, list[tuple[str, str, bool]]] = {}
        for name, kind, label, has in self.query(
            """SELECT indicator, period_kind, period, value IS NOT NULL FROM estimate
            WHERE dimension = 'nation' ORDER BY indicator, period_kind, period"""
        ):
            found.setdefault(name, []).append((kind, label, has))
        return found

    def periods(self, indicator: str) -> list[tuple[str, str]]:
        """``(kind, label)`` of every period in which an indicator's mart has rows."""
        return [(kind, label) for kind, label, _ in self._nation.get(indicator, [])]

    def periods_with_values(self, indicator: str, kind: str) -> list[Period]:
        """Periods of a kind in which the country has a value, oldest first."""
        known = self._nation.get(indicator, [])
        return [parse_period(label) for found, label, has in known if has and found == kind]

    def span(self, indicator: str) -> tuple[date, date] | None:
        """First and last day of the periods an indicator's mart knows, to the finest kind."""
        known = self.periods(indicator)
        for kind in ("month", "quarter", "year"):
            labels = sorted(label for found, label in known if found == kind)
            if labels:
                return parse_period(labels[0]).start, parse_period(labels[-1]).end
        return None

    def columns(self, table: str) -> frozenset[str]:
        """The columns of a table of this version."""
        if table not in self._columns:
            rows = self.query(f"DESCRIBE {table}")
            self._columns[table] = frozenset(name for name, *_ in rows)
        return self._columns[table]

    def unit_of(self, place: str, division: str) -> str:
        """The public unit of a region, or of a unit itself.

        Raises:
            UserError: when the place is no region of the division.
        """
        units = self.units[division]
        if place in units:
            return units[place]
        if place in units.values() and parts_of(place):
            return place
        raise UserError("not_a_region", value=place, division=division)

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """The dated crises, oldest first."""
        columns = ("event_id", "start_date", "end_date", "kind", "title_fr", "title_en", "region",
                   "source", "source_url")  # fmt: skip
        rows = self.query(
            f"SELECT {', '.join(columns)} FROM core_crisis_event ORDER BY start_date, event_id"
        )
        return [dict(zip(columns, row, strict=True)) for row in rows]

    @cached_property
    def targets(self) -> list[dict[str, Any]]:
        """What was aimed at, by indicator, year and region (None: the country).

        Empty in a version from before targets were kept.
        """
        columns = ("indicator_id", "region", "year", "baseline", "target", "division")
        if not self.has_table("core_target"):
            return []
        rows = self.query(
            f"SELECT {', '.join(columns)} FROM core_target ORDER BY indicator_id, year, region"
        )
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def has_table(self, name: str) -> bool:
        sql = "SELECT 1 FROM information_schema.tables WHERE table_name = ?"
        return bool(self.query(sql, [name]))

    @cached_property
    def batches(self) -> list[dict[str, Any]]:
        """The landed batches behind this version."""
        columns = ("batch_id", "dataset", "file", "sheet", "landed_at", "sha256", "rows",
                   "warnings")  # fmt: skip
        found = []
        for row in self.query(f"SELECT {', '.join(columns)} FROM meta_batch ORDER BY sequence"):
            batch = dict(zip(columns, row, strict=True))
            batch["rows"] = json.loads(batch["rows"])
            batch["warnings"] = json.loads(batch["warnings"])
            found.append(batch)
        return found

    @cached_property
    def sources(self) -> list[dict[str, Any]]:
        """Each dataset behind this version: batches, rows landed, when the last one came."""
        found: dict[str, dict[str, Any]] = {}
        for batch in self.batches:
            entry = found.setdefault(
                batch["dataset"], {"dataset": batch["dataset"], "batches": 0, "rows": 0}
            )
            entry["batches"] += 1
            entry["rows"] += batch["rows"]["landed"]
            entry["last_landed_at"] = batch["landed_at"]
        return list(found.values())


_readers: dict[tuple[str, str], Reader] = {}
_guard = threading.Lock()


def open_reader(home: Home, build_id: str | None = None) -> Reader:
    """The reader of the published version (or of ``build_id``), opened once a process.

    ``current.json`` is read anew at every call, so a new version is served from the next run on.

    Raises:
        UserError: when nothing was published yet.
    """
    wanted = build_id or (home.current() or {}).get("build_id")
    if wanted is None or not os.path.isdir(home.warehouse / wanted):
        raise UserError("nothing_published", home=home.root.name)
    # A version whose database a disk has damaged gives way to the one before it.
    others = [] if build_id else [name for name in reversed(home.builds()) if name < wanted]
    for name in (wanted, *others):
        key = (str(home.root.absolute()), name)
        with _guard:
            try:
                if key not in _readers:
                    _readers[key] = Reader(home, name)
                    _let_go_of_the_removed(home, key[0])
                return _readers[key]
            except duckdb.Error:
                continue
    raise UserError("version_damaged", value=wanted)


def _let_go_of_the_removed(home: Home, root: str) -> None:
    """Versions that are no longer kept: whoever still reads one holds it until done."""
    for known in [k for k in _readers if k[0] == root and not (home.warehouse / k[1]).is_dir()]:
        del _readers[known]
