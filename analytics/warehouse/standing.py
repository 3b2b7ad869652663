"""What of the version before stands: the years that nothing since can have changed.

A row of a large mart says what was known of a group at a period's end: it follows from records up
to then, from the registers and from what is known of the period, and from nothing later. So where
a version adds a month, the years before it are what they were, and are neither read nor written.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from analytics.warehouse import parts
from analytics.warehouse.home import Batch, Home
from analytics.warehouse.references import LATE_AFTER_DAYS
from analytics.warehouse.verify import whole

_ALWAYS, _NEVER = dt.date.min, dt.date.max
#: of what models by group read, how a row that differs tells the period it is about
_DATED = {
    "core_price_index": "CAST(month || '-01' AS DATE)",
    "core_exposure_class": "CAST(substr(period, 1, 4) || '-01-01' AS DATE)",
    "core_contribution_period": "CAST(substr(period, 1, 4) || '-01-01' AS DATE)",
    # A cycle that begins, ends or is corrected tells of records from its own first day on: where
    # the next one begins is that one's row.
    "core_vsla_cycle": "date_savings_started",
}
#: what follows from one dataset and from nothing else
_ALONE = {"core_vsla_group": "vsla_group", "core_vsla_cycle": "vsla_cycle"}
#: columns that follow from other rows of the same table
_FOLLOWS = {"core_vsla_cycle": ("next_cycle_started",)}


@dataclass(frozen=True)
class Before:
    """The version before, made by the same program, and what landed since.

    Attributes:
        folder: its tables.
        built_on: the day it was built.
        last_day: the day of its last record.
        since: batches that it did not know.
    """

    folder: Path
    built_on: dt.date
    last_day: dt.date
    since: tuple[Batch, ...]


def page_of(folder: Path) -> dict[str, Any]:
    """What is kept of the version in a folder; empty where that cannot be read."""
    try:
        return dict(json.loads(folder.with_name(f"{folder.name}.json").read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def before_of(folder: Path | None, batches: Sequence[Batch], code: str) -> Before | None:
    """The version in ``folder``, where one can go on from it: made by the same program, whole, with
    nothing of it removed since."""
    page = page_of(folder) if folder else {}
    if folder is None or page.get("code") != code or not page.get("last_day"):
        return None
    known = {str(told["batch_id"]) for told in page["batches"]}
    if known - {batch.batch_id for batch in batches} or not whole(folder, _needed(folder)):
        return None
    return Before(
        folder,
        dt.datetime.fromisoformat(page["built_at"]).date(),
        dt.date.fromisoformat(page["last_day"]),
        tuple(batch for batch in batches if batch.batch_id not in known),
    )


def _needed(folder: Path) -> list[str]:
    names = [name for name in parts.tables(folder) if name.startswith(("core_", "mart_"))]
    return [file for name in names for file in parts.files(folder, name)]


def first_day_changed(
    con: duckdb.DuckDBPyConnection, home: Home, before: Before, sources: Iterable[str]
) -> dt.date | None:
    """The first day from which on all has to be made again; None where nothing stands.

    Args:
        sources: what the models by group read and do not make, made for the new version.
    """
    days = [
        # What was due then is due now, and no period had yet to begin.
        before.built_on - dt.timedelta(days=LATE_AFTER_DAYS + 1),
        before.last_day + dt.timedelta(days=1),
        _first_new_record(con, home, before),
    ]
    for name in sources:
        if name.startswith("core_"):
            days.append(_first_change(con, before, name))
    first = min(days)
    return None if first == _ALWAYS else first


def _first_new_record(con: duckdb.DuckDBPyConnection, home: Home, before: Before) -> dt.date:
    new = [batch for batch in before.since if batch.dataset == "vsla_observation"]
    if not new:
        return _NEVER
    found: Any = con.execute(f"SELECT min(obs_date) FROM {home.rows(new)}").fetchall()[0][0]
    return found or _NEVER


def _first_change(con: duckdb.DuckDBPyConnection, before: Before, name: str) -> dt.date:
    """The first day that rows of a table tell of which only one of two versions has."""
    if name in _ALONE and _ALONE[name] not in {batch.dataset for batch in before.since}:
        return _NEVER
    if not parts.exists(before.folder, name):
        return _ALWAYS
    then = parts.relation(before.folder, name)
    if name == "core_vsla_group":
        return _first_change_of_groups(con, then)
    if name == "core_contribution_span":
        return _first_change_of_span(con, then)
    columns = [
        row[0]
        for row in con.execute(f"DESCRIBE {name}").fetchall()
        if row[0] not in _FOLLOWS.get(name, ())
    ]
    if not set(columns) <= {row[0] for row in con.execute(f"DESCRIBE FROM {then}").fetchall()}:
        return _ALWAYS
    told = ", ".join(columns)
    day = _DATED.get(name, f"DATE '{_ALWAYS}'")
    [(first,)] = con.execute(
        f"""SELECT min(coalesce({day}, DATE '{_ALWAYS}')) FROM (
            (SELECT {told} FROM {name} EXCEPT SELECT {told} FROM {then})
            UNION ALL (SELECT {told} FROM {then} EXCEPT SELECT {told} FROM {name}))"""
    ).fetchall()
    return first or _NEVER


def _first_change_of_groups(con: duckdb.DuckDBPyConnection, then: str) -> dt.date:
    """A new group is there from its first training (its records are dated themselves), a group that
    closed has changed from then on; whatever else changes has always been so."""
    columns = {row[0] for row in con.execute("DESCRIBE core_vsla_group").fetchall()}
    if columns != {row[0] for row in con.execute(f"DESCRIBE FROM {then}").fetchall()}:
        return _ALWAYS
    differ = " OR ".join(
        f"n.{name} IS DISTINCT FROM o.{name}" for name in sorted(columns - {"date_closed"})
    )
    [(first,)] = con.execute(
        f"""SELECT min(CASE
            WHEN o.group_id IS NULL THEN coalesce(n.date_first_training, DATE '{_NEVER}')
            WHEN n.group_id IS NULL OR {differ} THEN DATE '{_ALWAYS}'
            WHEN n.date_closed IS DISTINCT FROM o.date_closed
                THEN least(n.date_closed, o.date_closed)
            END)
        FROM core_vsla_group n FULL JOIN {then} o ON n.group_id = o.group_id"""
    ).fetchall()
    return first or _NEVER


def _first_change_of_span(con: duckdb.DuckDBPyConnection, then: str) -> dt.date:
    """Contributions are told of from the first one logged to the last."""
    told = "SELECT first_date, last_date FROM"
    [[(first, last)], [(first_then, last_then)]] = (
        con.execute(f"{told} {source}").fetchall() for source in ("core_contribution_span", then)
    )
    if (first, last) == (first_then, last_then):
        return _NEVER
    if first != first_then or last is None or last_then is None:
        return _ALWAYS
    return min(last, last_then)
