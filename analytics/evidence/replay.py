"""Replay a receipt: make the number again, from the marts up, and say whether it is the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, cast

import duckdb

from analytics.disclosure.gate import write_public_estimates
from analytics.errors import NotAllowed, UserError
from analytics.estimates.estimate import Estimates, estimate
from analytics.estimates.stored import write_estimates
from analytics.evidence.receipt import (
    Receipt,
    build_mark,
    digest_of,
    digest_of_claim,
    parse,
)
from analytics.evidence.store import claims
from analytics.indicator import Indicator
from analytics.selection import Selection
from analytics.warehouse.build import code_version, datasets_behind
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader, open_reader, reading

#: ``same`` as the version the receipt names; ``changed``; ``gone`` where nothing answers any more
Outcome = Literal["same", "changed", "gone"]
#: whether the version a receipt names is still here, was pruned, or was never heard of
Standing = Literal["kept", "pruned", "unknown"]


@dataclass(frozen=True)
class Change:
    """A value that is another now: ``cell`` names it, None where there was or is none."""

    cell: dict[str, str]
    name: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Replay:
    """What replaying a receipt gave.

    Attributes:
        answer: the answer, of the version the receipt names if it is kept, else of today's; None
            for a claim, or where nothing answers. ``claim`` likewise.
        remade: whether the marts gave the version's own figures again; None for a claim.
        outcome: today's version against the receipt.
        changes: cell by cell, where the old version is kept.
        statements: the SQL that ran, with the values bound, in order.
        batches: the inputs behind it; ``new`` and ``gone``: which came and went since.
        code: version of the program then and now.
    """

    receipt: Receipt
    standing: Standing
    build_id: str | None
    built_at: str | None
    current_id: str
    outcome: Outcome
    intact: bool | None
    remade: bool | None
    answer: Estimates | None = None
    claim: dict[str, Any] | None = None
    changes: tuple[Change, ...] = ()
    reason: UserError | None = None
    statements: tuple[tuple[str, list[Any]], ...] = ()
    batches: tuple[dict[str, Any], ...] = ()
    new: tuple[dict[str, Any], ...] = ()
    gone: tuple[dict[str, Any], ...] = ()
    code: tuple[str | None, str | None] = (None, None)

    def as_json(self, lang: str) -> dict[str, Any]:
        """One plain object, as the command line prints it."""
        asked = self.receipt.selection
        subject = self.receipt.claim or self.receipt.subject
        rows = self.answer.records() if self.answer else []
        return {
            "id": self.receipt.id,
            "outcome": self.outcome,
            "intact": self.intact,
            "remade": self.remade,
            "kind": "claim" if self.receipt.claim else "indicator",
            "claim" if self.receipt.claim else "indicator": subject,
            "selection": {
                "by": list(asked.by), "filters": dict(asked.filters), "from": asked.start,
                "to": asked.end, "division": asked.division,
            },
            "question": self.answer.sentence(lang) if self.answer else subject,
            "role": asked.role,
            "build_id": self.build_id,
            "built_at": self.built_at,
            "build": self.standing,
            "current_build_id": self.current_id,
            "code": {"then": self.code[0], "now": self.code[1]},
            "rows": rows,
            "counted": counted(self.answer) if self.answer else {},
            "values": self.claim,
            "changes": [
                {"cell": c.cell, "name": c.name, "old": c.old, "new": c.new} for c in self.changes
            ],
            "reason": self.reason.message(lang) if self.reason else None,
            "batches": list(self.batches),
            "batches_new": list(self.new),
            "batches_gone": list(self.gone),
            "sql": [{"sql": sql, "values": values} for sql, values in self.statements],
        }  # fmt: skip


def counted(answer: Estimates) -> dict[str, int]:
    """How many cells the gate let through, and how many not."""
    found = {"published": 0, "suppressed": 0, "no_data": 0}
    for row in answer:
        found[row.status] += 1
    return found


def replay(
    home: Home, text: str, role: str, *, again: bool = True, held: bool = False
) -> Replay:
    """Replay a receipt as somebody of a role may.

    Args:
        again: make the number again from the marts, beside asking for it (a second or two).
        held: whoever asks holds the home's files, and is told the batches' own names.

    Raises:
        UserError: when the text is no receipt, or nothing is published.
        NotAllowed: when it was made for staff and a visitor hands it in.
    """
    receipt = parse(text)
    if receipt.selection.role == "staff" and role == "public":
        raise NotAllowed("receipt_staff")
    today = open_reader(home)
    own = _own(home, receipt, today)
    page = _page(home, receipt)
    build_id = own.build.build_id if own else page.get("build_id")
    told: dict[str, Any] = {
        "receipt": receipt,
        "standing": "kept" if own else "pruned" if page else "unknown",
        "build_id": build_id,
        "built_at": own.build.built_at if own else page.get("built_at"),
        "current_id": today.build.build_id,
        "code": (page.get("code"), code_version()),
    }
    if receipt.claim is not None:
        told |= _replay_claim(receipt, own, today)
    else:
        told |= _replay_answer(receipt, own, today, again)
    told |= _inputs(home, receipt, own, today, page, role, held)
    return Replay(**told)


def _own(home: Home, receipt: Receipt, today: Reader) -> Reader | None:
    """The version the receipt names, if it is still here."""
    if build_mark(today.build.build_id) == receipt.build:
        return today
    for name in home.builds():
        if build_mark(name) == receipt.build:
            return open_reader(home, name)
    return None


def _page(home: Home, receipt: Receipt) -> dict[str, Any]:
    """What is remembered of the receipt's version; empty where it was never heard of."""
    for name, page in home.remembered().items():
        if build_mark(name) == receipt.build:
            return {"build_id": name, **page}
    return {}


def _replay_answer(
    receipt: Receipt, own: Reader | None, today: Reader, again: bool
) -> dict[str, Any]:
    subject, asked = receipt.indicator, receipt.selection
    try:
        first = remake(own or today, subject, asked) if again else reread(own or today, subject,
                                                                          asked)  # fmt: skip
        now = first.stored if own in (None, today) else estimate(today, subject, asked)
    except UserError as error:
        # A version may lack what an older one had: a region merged since, an indicator dropped.
        return {"outcome": "gone", "intact": None, "remade": None, "reason": error}
    then = first.stored if own else None
    return {
        "outcome": "same" if digest_of(now) == receipt.answer else "changed",
        "intact": digest_of(then) == receipt.answer if then else None,
        "remade": not _differences(first.stored, first.made) if first.made else None,
        "answer": first.stored,
        "changes": tuple(_differences(then, now)) if then and then is not now else (),
        "statements": tuple(first.statements),
    }


def _differences(then: Estimates, now: Estimates) -> list[Change]:
    old = {tuple(sorted(row.keys.items())): row for row in then}
    new = {tuple(sorted(row.keys.items())): row for row in now}
    found = []
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key), new.get(key)
        for name in ("status", "value", "low", "high", "n_groups", "n_people"):
            was, is_ = getattr(before, name, None), getattr(after, name, None)
            if was != is_ and not _close(was, is_):
                found.append(Change(dict(key), name, was, is_))
    return found


def _close(was: Any, is_: Any) -> bool:
    numbers = isinstance(was, float) and isinstance(is_, float)
    return numbers and abs(was - is_) <= 1e-9 * max(abs(was), abs(is_), 1e-3)


# --- claims --------------------------------------------------------------------------------------


def _replay_claim(receipt: Receipt, own: Reader | None, today: Reader) -> dict[str, Any]:
    then, now = (_claim(reader, receipt) if reader else None for reader in (own, today))
    told = {
        "intact": then is not None and digest_of_claim(then) == receipt.answer if own else None,
        "remade": None,
        "claim": then or now,
    }  # fmt: skip
    if now is None:
        return {**told, "outcome": "gone", "reason": UserError("receipt_no_claim")}
    changes = []
    if then and own is not today:
        changes = [
            Change({"claim": str(receipt.claim)}, name, then.get(name), value)
            for name, value in now.items()
            if name != "receipt" and then.get(name) != value
        ]
    outcome = "same" if digest_of_claim(now) == receipt.answer else "changed"
    return {**told, "outcome": outcome, "changes": tuple(changes)}


def _claim(reader: Reader, receipt: Receipt) -> dict[str, Any] | None:
    known = claims(reader, receipt.selection.role, None)
    return next((c.as_json() for c in known if c.id == receipt.claim), None)


# --- inputs --------------------------------------------------------------------------------------


def _inputs(
    home: Home, receipt: Receipt, own: Reader | None, today: Reader, page: Mapping[str, Any],
    role: str, held: bool,
) -> dict[str, Any]:  # fmt: skip
    """The batches behind a receipt, and which came or went since.

    A checksum, or a name made of it, would tell whoever guesses a small file that the guess is
    right; what a file was called may name its author. The public is told neither.
    """
    told = ["mark", "dataset", "landed_at"]
    if role != "public":
        told += ["batch_id", "sha256", "file", "rows"]
    elif held:
        told += ["batch_id"]
    behind = None if receipt.claim is not None else datasets_behind(receipt.indicator.mart)

    def batches(known: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            batch["batch_id"]: {
                name: value
                for name, value in {**batch, "mark": home.mark(batch["batch_id"])}.items()
                if name in told
            }
            for batch in known
            if behind is None or batch["dataset"] in behind
        }

    now = batches(today.batches)
    known = own.batches if own else page.get("batches")
    if known is None:
        return {"batches": tuple(now.values())}
    then = batches(known)
    return {
        "batches": tuple(then.values()),
        "new": tuple(batch for name, batch in now.items() if name not in then),
        "gone": tuple(batch for name, batch in then.items() if name not in now),
    }


# --- making a number again -----------------------------------------------------------------------


@dataclass
class Remade:
    """A number as the version keeps it and as its marts give it again, with the SQL that ran."""

    stored: Estimates
    made: Estimates | None
    statements: list[tuple[str, list[Any]]]


def reread(reader: Reader, indicator: Indicator, selection: Selection) -> Remade:
    """Answer a question from the version's estimates, noting the SQL."""

    def asked(cursor: duckdb.DuckDBPyConnection) -> Remade:
        watched = _Watched(cursor)
        stored = estimate(cast(Reader, _Aside(reader, watched)), indicator, selection)
        return Remade(stored, None, watched.statements)

    found: Remade = reader.run(asked)
    return found


def remake(reader: Reader, indicator: Indicator, selection: Selection) -> Remade:
    """Answer a question twice: from the version's estimates, and from its marts.

    The second way runs what the build ran (sums, intervals, gate) for this indicator alone, into
    temporary tables that stand before the version's own.
    """
    stored = estimate(reader, indicator, selection)

    def again(cursor: duckdb.DuckDBPyConnection) -> Remade:
        watched = _Watched(cursor)
        write_estimates(cast(Any, watched), [indicator], aside=True)
        write_public_estimates(cast(Any, watched), reader.build.built_on, aside=True)
        made = estimate(cast(Reader, _Aside(reader, watched)), indicator, selection)
        return Remade(stored, made, watched.statements)

    found: Remade = reader.run(again)
    return found


@dataclass
class _Watched:
    """A connection that notes what it runs, and what its cursors run."""

    con: duckdb.DuckDBPyConnection
    statements: list[tuple[str, list[Any]]] = field(default_factory=list)

    def execute(self, sql: str, values: Any = None) -> duckdb.DuckDBPyConnection:
        self.statements.append((sql, list(values or [])))
        return self.con.execute(sql, values or [])

    def sql(self, sql: str, *, params: Any = None) -> duckdb.DuckDBPyRelation:
        self.statements.append((sql, list(params or [])))
        return self.con.sql(sql, params=params)

    def cursor(self) -> _Watched:
        return _Watched(self.con.cursor(), self.statements)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.con, name)


@dataclass
class _Aside:
    """A reader that asks through one cursor, where temporary tables stand before the stored."""

    reader: Reader
    watched: _Watched

    def query(self, sql: str, parameters: list[object] | None = None) -> list[tuple]:
        return self.watched.execute(sql, parameters).fetchall()

    def cells(self, table: str, columns: tuple[str, ...], **where: str) -> list[tuple]:
        return [row[:-1] for row in self.query(*reading(table, columns, where))]

    def run(self, question: Any) -> Any:
        return question(self.watched)

    @cached_property
    def build(self) -> Any:
        return self.reader.build

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reader, name)
