"""What went out: every file made of a figure leaves its receipt, so that a later version can say
which of them now show an older value.

``exports/ledger.jsonl`` of the home: one line a receipt, with the formats, the day and the values
it left with. Who asked is not known here and not written. The oldest lines give way.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from analytics.charts import words
from analytics.errors import UserError
from analytics.estimates.estimate import Estimates, estimate
from analytics.evidence.receipt import Receipt, digest_of, parse
from analytics.evidence.store import claims
from analytics.publishing.exhibit import Exhibit
from analytics.selection import breakdown_value
from analytics.text import say
from analytics.text.numbers import format_value, signed
from analytics.warehouse.home import Home, write_atomically
from analytics.warehouse.read import Reader, open_reader

#: receipts kept, and values kept of each: a table of a thousand cells needs no thousand proofs
MOST, MOST_VALUES = 1000, 60
#: a receipt within a text


@dataclass(frozen=True)
class Export:
    """What went out under one receipt; ``values``: cell → value, of those that were published."""

    receipt: str
    day: str
    formats: tuple[str, ...]
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """One cell that is another now; None where it is not published any more, or was not then."""

    cell: str
    old: float | None
    new: float | None
    unit: str

    def words(self, lang: str) -> tuple[str, str, str, str]:
        """Cell, value then, value now and their difference, as a reader knows them."""
        old, new = (
            say("publish.exports.gone", lang) if value is None
            else format_value(value, self.unit, lang, precise=True)
            for value in (self.old, self.new)
        )  # fmt: skip
        change = "–"
        if self.old is not None and self.new is not None:
            difference = self.new - self.old
            if self.unit == "share":
                change = say("unit.points", lang, value=signed(100 * difference, lang))
            elif self.old:
                share = signed(100 * difference / abs(self.old), lang)
                change = say("unit.percent", lang, value=share)
        return self.cell, old, new, change


@dataclass(frozen=True)
class Stale:
    """An export that shows an older value."""

    export: Export
    title: str
    moves: tuple[Move, ...]


def register(home: Home, shown: Exhibit, suffix: str) -> None:
    """Note that a file of the figure went out. A ledger that cannot be written stops no export."""
    note(home, shown.receipt.id, suffix, _values(shown.answer))


def _values(answer: Estimates) -> dict[str, float]:
    values = {_key(row.keys): row.value for row in answer.published if row.value is not None}
    return dict(list(values.items())[-MOST_VALUES:])


def note(home: Home, receipt: str, suffix: str, values: dict[str, float] | None = None) -> None:
    """The same for anything that has a receipt (a claim in a brief)."""
    day = dt.datetime.now(dt.UTC).date().isoformat()
    with suppress(OSError), _held(home):
        known = {export.receipt: export for export in exports(home)}
        before = known.pop(receipt, None)
        formats = dict.fromkeys((*(before.formats if before else ()), suffix))
        known[receipt] = Export(receipt, day, tuple(formats), values or {})
        kept = list(known.values())[-MOST:]
        lines = (json.dumps(asdict(export), ensure_ascii=False) for export in kept)
        write_atomically(_path(home), "".join(f"{line}\n" for line in lines))


def exports(home: Home) -> list[Export]:
    """Everything that went out, the latest last; a line that does not read is left out."""
    try:
        text = _path(home).read_text(encoding="utf-8")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        with suppress(ValueError, TypeError, KeyError):
            told = json.loads(line)
            found.append(Export(told["receipt"], told["day"], tuple(told["formats"]),
                                dict(told["values"])))  # fmt: skip
    return found


def mark(home: Home) -> str:
    """Changes whenever the ledger does."""
    try:
        state = _path(home).stat()
        return f"{state.st_mtime_ns}-{state.st_size}"
    except OSError:
        return ""


def stale(home: Home, role: str, lang: str) -> list[Stale]:
    """The exports that the published version answers otherwise, the latest first.

    Args:
        role: the public is told of public exports only.
    """
    reader = open_reader(home)
    found = []
    for export in reversed(exports(home)):
        with suppress(UserError):
            asked = parse(export.receipt)
            if role == "public" and asked.selection.role != "public":
                continue
            told = _claim(reader, asked, export, lang) if asked.claim is not None else _figure(
                reader, asked, export, lang
            )  # fmt: skip
            if told:
                found.append(told)
    return found


def _figure(reader: Reader, asked: Receipt, export: Export, lang: str) -> Stale | None:
    answer = estimate(reader, asked.indicator, asked.selection)
    if digest_of(answer) == asked.answer:
        return None
    title = f"{asked.indicator.title[lang]} · {answer.sentence(lang)}"
    if not export.values:
        return Stale(export, title, ())
    new = {_key(row.keys): row.value for row in answer.published if row.value is not None}
    names = {_key(row.keys): _name(row.keys, answer, lang) for row in answer}
    moves = [
        Move(names.get(cell, cell) or words.title_of(answer, lang), export.values.get(cell),
             new.get(cell), asked.indicator.unit)
        for cell in dict.fromkeys((*export.values, *new))
        if not _same(export.values.get(cell), new.get(cell))
        and (cell in export.values or len(export.values) < MOST_VALUES)
    ]  # fmt: skip
    # Counts or intervals may have moved and no value: then the figure still says the same number.
    return Stale(export, title, tuple(moves)) if moves else None


def _claim(reader: Reader, asked: Receipt, export: Export, lang: str) -> Stale | None:
    for claim in claims(reader, asked.selection.role, None):
        if claim.id == asked.claim:
            if parse(claim.receipt).answer == asked.answer:
                return None
            title = {"fr": claim.title_fr, "en": claim.title_en}[lang]
            return Stale(export, f"{say('publish.exports.claim', lang)} · {title}", ())
    return None


def _same(one: float | None, other: float | None) -> bool:
    """Differences in the last digits come from the order in which fractions were added."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9)


def _key(keys: dict[str, str]) -> str:
    return "|".join(keys.values())


def _name(keys: dict[str, str], answer: Estimates, lang: str) -> str:
    return " · ".join(breakdown_value(name, value, lang, answer.indicator)
                      for name, value in keys.items())  # fmt: skip


def _path(home: Home) -> Path:
    return home.root / "exports" / "ledger.jsonl"


@contextmanager
def _held(home: Home) -> Iterator[None]:
    """One writer at a time; an import or a build does not wait for this, nor this for them."""
    _path(home).parent.mkdir(parents=True, exist_ok=True)
    with (_path(home).parent / ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield

