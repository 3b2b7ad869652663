"""What a replayed receipt says, in words: for the command line and for the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analytics.charts.table import Table, table
from analytics.evidence.replay import Change, Replay, counted
from analytics.selection import breakdown_value
from analytics.sources.dictionary import dictionary
from analytics.text import say
from analytics.text.numbers import format_day, format_value

#: what a cell is compared by → its word in the catalogue
_NAMES = {"value": "figure.value", "low": "figure.low", "high": "figure.high",
          "n_groups": "figure.groups", "n_people": "figure.people"}  # fmt: skip
#: what is told of a batch, in order → its word in the catalogue
_OF_BATCHES = {"dataset": "dataset", "batch_id": "batch_id", "mark": "mark",
               "landed_at": "landed", "sha256": "sha"}  # fmt: skip
_MOST = 12


def verdict(told: Replay, lang: str) -> list[str]:
    """Same or changed, and what can be said of the version it was made with."""
    found = [say(f"receipt.outcome.{told.outcome}", lang)]
    if told.reason:
        found.append(told.reason.message(lang))
    if told.intact is False:
        found.append(say("receipt.intact_false", lang))
    if told.remade is not None:
        found.append(say(f"receipt.remade_{str(told.remade).lower()}", lang))
    return found


def facts(told: Replay, lang: str) -> list[tuple[str, str]]:
    """Question, version, program, cells: label and text."""
    asked = told.answer.indicator.title[lang] if told.answer else ""
    if told.answer:
        asked = f"{asked} · {told.answer.sentence(lang)}"
    elif told.claim:
        asked = told.claim[f"title_{lang}"]
    standing = say(f"receipt.standing.{told.standing}", lang)
    date = format_day(told.built_at, lang) if told.built_at else "–"
    found = [
        (say("receipt.question", lang), asked or told.receipt.subject),
        (say("receipt.version", lang),
         say("receipt.version_line", lang, build=told.build_id or told.receipt.build, date=date,
             standing=standing)),
        (say("receipt.code", lang),
         say("receipt.code_line", lang, then=told.code[0] or "–", now=told.code[1] or "–")),
    ]  # fmt: skip
    if told.answer:
        line = say("receipt.counted_line", lang, **counted(told.answer))
        found.append((say("receipt.counted", lang), line))
    return found


def values(told: Replay, lang: str) -> Table:
    """The cells of the answer as text: header and rows."""
    if told.answer:
        return table(told.answer, lang)
    claim = told.claim or {}
    header = (say("receipt.name", lang), say("figure.value", lang))
    kept = ("verdict", "grade", "estimate", "low", "high", "unit", "n_groups", "n_cercles", "place",
            "period", f"statement_{lang}")  # fmt: skip
    return header, tuple((name, str(claim.get(name, "–"))) for name in kept)


def change_row(change: Change, told: Replay, lang: str) -> tuple[str, str, str, str]:
    """Cell, quantity, old and new value as a reader knows them."""
    subject = told.answer.indicator if told.answer else None
    cell = " · ".join(breakdown_value(name, value, lang, subject) if subject else value
                      for name, value in change.cell.items())  # fmt: skip
    key = _NAMES.get(change.name)
    name = say(key, lang) if key else change.name

    def shown(value: Any) -> str:
        if isinstance(value, float) and subject:
            return format_value(value, subject.unit, lang, precise=True)
        if change.name == "status" and value:
            return say(f"figure.{value}_mark", lang) if value != "published" else name
        return "–" if value is None else str(value)

    return cell, name, shown(change.old), shown(change.new)


def batches(known: Sequence[Mapping[str, Any]], lang: str) -> Table:
    """Batches as text, header and rows: as much of each as whoever asked may know."""
    shown = [name for name in _OF_BATCHES if known and name in known[0]]
    header = tuple(say(f"receipt.{_OF_BATCHES[name]}", lang) for name in shown)
    return header, tuple(tuple(_told(batch, name, lang) for name in shown) for batch in known)


def _told(batch: Mapping[str, Any], name: str, lang: str) -> str:
    if name == "dataset":
        return dictionary().datasets[batch["dataset"]].title[lang]
    if name == "landed_at":
        return format_day(batch["landed_at"], lang)
    return batch[name] or "–"


def lines(told: Replay, lang: str) -> list[str]:
    """The whole of it as text, for a terminal."""
    found = [told.receipt.id, *verdict(told, lang)]
    found += [say("labelled_plain", lang, label=label, text=text)
              for label, text in facts(told, lang)]  # fmt: skip
    if told.build_id != told.current_id:
        found.append(say("receipt.version_now", lang, build=told.current_id))
    if told.changes:
        found.append(say("receipt.changes", lang))
        for change in told.changes[:_MOST]:
            cell, name, old, new = change_row(change, told, lang)
            found.append("  " + say("receipt.change", lang, cell=cell, name=name, old=old,
                                    new=new).strip())  # fmt: skip
        found += _more(told.changes, lang)
    for key, known in (("batches_new", told.new), ("batches_gone", told.gone),
                       ("batches", told.batches)):  # fmt: skip
        if known:
            header, rows = batches(known[:_MOST], lang)
            found.append(say(f"receipt.{key}", lang))
            found += ["  " + " · ".join(say("labelled_plain", lang, label=label, text=text)
                                        for label, text in zip(header, row, strict=True))
                      for row in rows]  # fmt: skip
            found += _more(known, lang)
    return found


def _more(found: Iterable[Any], lang: str) -> list[str]:
    rest = len(list(found)) - _MOST
    return [f"  {say('cli.receipt_more', lang, count=rest)}"] if rest > 0 else []
