"""Records written in a form: checked like a file, landed as a batch, nothing of before lost.

An edit is a later batch of one row; withdrawing a record is a batch that ends its key. Whoever
saves says which version they started from: where somebody saved meanwhile, the second one is told
and shown the difference, and nothing of either text is lost.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from analytics.errors import UserError
from analytics.settings import settings
from analytics.sources.check import check_table
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.findings import Violation, Warned
from analytics.sources.translation import Translated
from analytics.text import say
from analytics.warehouse.home import Batch, Home, Waiting, nobody_told
from analytics.warehouse.land import fill_report, known_identifiers, land_checked
from analytics.warehouse.read import open_reader
from analytics.warehouse.report import FileReport, expectation, warning_message
from analytics.warehouse.session import quiet

EDITABLE = tuple(name for name, contract in DATASETS.items() if contract.editable)
Values = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """A record as it stands: its values by column, and the batch it last came in."""

    dataset: str
    values: Values
    version: str

    @property
    def key(self) -> str:
        return str(self.values[DATASETS[self.dataset].key[0]])


@dataclass(frozen=True)
class Change:
    """One step in a record's history: which batch, when, by which role, with which values."""

    batch: Batch
    values: Values

    @property
    def by(self) -> str:
        """``editor``, ``manager``; empty where it came in a file."""
        return self.batch.by


@dataclass(frozen=True)
class Difference:
    """A column in which what stands and what was about to be saved differ."""

    column: str
    theirs: str
    mine: str


class Conflict(UserError):
    """Somebody saved first. ``standing`` is what stands now (None: withdrawn)."""

    def __init__(
        self, standing: Record | None, change: Change | None, differences: Sequence[Difference]
    ) -> None:
        self.standing, self.change, self.differences = standing, change, tuple(differences)
        key = "edit_conflict" if standing else "edit_withdrawn"
        super().__init__(key, by=change.by if change and change.by else "–")


class Refused(UserError):
    """The record breaks its contract; ``violations`` name column, value and rule."""

    def __init__(self, dataset: str, violations: Sequence[Violation]) -> None:
        self.dataset, self.violations = dataset, tuple(violations)
        super().__init__("edit_refused")

    def reasons(self, lang: str) -> list[tuple[str, str]]:
        """``(column, reason)`` for every rule broken."""
        told = []
        for found in self.violations:
            expected = expectation(self.dataset, found, lang)
            reason = say(f"rule.{found.rule}", lang, value=found.value or "", expected=expected)
            if found.suggestion:
                reason += " " + say("did_you_mean", lang, value=found.suggestion)
            told.append((found.column, reason))
        return told


@dataclass(frozen=True)
class Saved:
    """What was saved, and what the check noticed (personal data dropped, and the like)."""

    record: Record | None
    warnings: tuple[Warned, ...] = ()

    def notices(self, lang: str) -> list[str]:
        dataset = self.record.dataset if self.record else None
        return [warning_message(warning, dataset, lang) for warning in self.warnings]


# --- reading -------------------------------------------------------------------------------------


def records(home: Home, dataset: str) -> list[Record]:
    """Every record of a dataset that stands, by key."""
    found: dict[str, Record] = {}
    for change in _changes(home, dataset):
        record = Record(dataset, change.values, change.batch.batch_id)
        found.pop(record.key, None)
        if not change.batch.withdrawn:
            found[record.key] = record
    return [found[key] for key in sorted(found)]


def history(home: Home, dataset: str, key: str) -> list[Change]:
    """Every change of one record, the latest first."""
    name = DATASETS[_editable(dataset)].key[0]
    return [c for c in reversed(_changes(home, dataset)) if str(c.values[name]) == key]


def unpublished(home: Home) -> list[Batch]:
    """Batches written in a form that the published version does not hold yet."""
    known = set()
    if home.current():
        known = {batch["batch_id"] for batch in open_reader(home).batches}
    return [batch for batch in home.batches() if batch.by and batch.batch_id not in known]


def _editable(dataset: str) -> str:
    if dataset not in EDITABLE:
        raise UserError("not_editable", value=dataset, known=", ".join(EDITABLE))
    return dataset


def _changes(home: Home, dataset: str) -> list[Change]:
    """Every landed row of a dataset, in the order in which it came."""
    columns = columns_of(DATASETS[_editable(dataset)])
    chosen = ", ".join(f'"{name}"' for name in columns)
    found = []
    with duckdb.connect() as con:
        for batch in home.batches(dataset):
            rows = con.execute(
                f"SELECT {chosen} FROM {home.rows([batch])} ORDER BY _row"
            ).fetchall()
            found += [Change(batch, dict(zip(columns, row, strict=True))) for row in rows]
    return found


# --- writing -------------------------------------------------------------------------------------


def save(
    home: Home,
    dataset: str,
    values: Mapping[str, str],
    *,
    by: str,
    seen: str | None,
    waiting: Waiting = nobody_told,
) -> Saved:
    """Check a record and land it.

    Args:
        values: column → what was written; an empty text is no value.
        by: the role that saves; never a name.
        seen: ``Record.version`` of the record that was edited; None for a new one.

    Raises:
        Conflict: when the record changed, or its key was taken, since it was read.
        Refused: when it breaks its contract.
        UserError: when nothing changed, or the home may not take it.
    """
    columns = columns_of(DATASETS[_editable(dataset)])
    mine = {name: str(values.get(name) or "").strip() for name in columns}
    key = mine[DATASETS[dataset].key[0]]
    with home.lock("edit", waiting), home.scratch() as scratch, duckdb.connect() as con:
        quiet(con)
        con.execute(f"SET memory_limit = '{settings().memory_limit}'")
        standing = _unchanged_since(home, dataset, key, seen, mine)
        if standing and all(mine[name] == as_written(standing.values[name]) for name in columns):
            raise UserError("nothing_changed")
        table = _table(home, dataset, mine)
        checked = check_table(
            con, table, table.recognition(), known=known_identifiers(home, con, dataset)
        )
        if checked.rejected or not checked.landed:
            raise Refused(dataset, checked.violations)
        report = FileReport(table.file, None, dataset)
        fill_report(report, checked)
        land_checked(home, con, table, checked, report, scratch, by=by)
    saved = next((r for r in records(home, dataset) if r.key == key), None)
    return Saved(saved, tuple(checked.warnings))


def withdraw(
    home: Home, dataset: str, key: str, *, by: str, seen: str, waiting: Waiting = nobody_told
) -> None:
    """End a record; its history stays.

    Raises:
        Conflict: when it changed since it was read.
        UserError: when other records refer to it.
    """
    with home.lock("edit", waiting), home.scratch() as scratch, duckdb.connect() as con:
        quiet(con)
        standing = _unchanged_since(home, _editable(dataset), key, seen, {})
        assert standing is not None
        if counts := _referring(home, dataset, key):
            told = ", ".join(f"{name}: {count}" for name, count in counts.items())
            raise UserError("edit_referred", value=key, counts=told)
        table = _table(home, dataset, {n: as_written(v) for n, v in standing.values.items()})
        checked = check_table(
            con, table, table.recognition(), known=known_identifiers(home, con, dataset)
        )
        if not checked.landed:
            raise Refused(dataset, checked.violations)
        report = FileReport(table.file, None, dataset)
        fill_report(report, checked)
        land_checked(home, con, table, checked, report, scratch, by=by, withdrawn=True)


def _unchanged_since(
    home: Home, dataset: str, key: str, seen: str | None, mine: Values
) -> Record | None:
    """The record as it stands, if it stands as it was read."""
    standing = next((r for r in records(home, dataset) if r.key == key), None)
    if (standing.version if standing else None) == seen:
        return standing
    changes = history(home, dataset, key)
    there = standing.values if standing else {}
    differences = [
        Difference(name, as_written(there.get(name)), mine[name])
        for name in mine
        if as_written(there.get(name)) != mine[name]
    ]
    raise Conflict(standing, changes[0] if changes else None, differences)


def _referring(home: Home, dataset: str, key: str) -> dict[str, int]:
    """Standing records of other datasets that name this one."""
    found = {}
    for name in EDITABLE:
        columns = [c for c, target in DATASETS[name].references.items() if target == dataset]
        count = sum(any(str(r.values[c]) == key for c in columns) for r in records(home, name))
        if columns and count:
            found[name] = count
    return found


def _table(home: Home, dataset: str, values: Mapping[str, str]) -> Translated:
    """One row as if it had come in a file.

    No two edits are the same delivery: writing an earlier text again is a change like any other.
    """
    once = hashlib.sha256(secrets.token_bytes(16)).hexdigest()
    return Translated(
        file=f"{dataset}.form",
        sheet=None,
        signature=once,
        sample=[list(values)],
        dataset=dataset,
        records=pa.table({n: pa.array([v or None], pa.string()) for n, v in values.items()}),
        origin=pa.table({"record": [1], "row": [1]}),
        counting="records",
        read=1,
        demonstration=home.kind() == "demonstration",
    )


def as_written(value: Any) -> str:
    """A value as a form shows it and a file would hold it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
