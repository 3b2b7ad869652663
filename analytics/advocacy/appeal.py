"""The call to action: a living document of numbered versions, none of which is ever changed.

Versions stand in ``<home>/advocacy/call_to_action/0001.json`` and so on. Each holds everything it
says, claims included, as they stood when it was saved: a later build changes no version, and what
has moved since is told, not slipped in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from analytics.advocacy.choice import balanced, weaker
from analytics.advocacy.register import Register
from analytics.errors import UserError
from analytics.evidence.claim import Claim
from analytics.text import LANGS, say
from analytics.warehouse.home import Home, Waiting, nobody_told, write_atomically

#: a preamble is a page, not a book; a signatory is a name
LONGEST_PREAMBLE, LONGEST_NAME = 6_000, 300


class OutOfDate(UserError):
    """Somebody saved first. ``theirs`` is the version that stands now."""

    def __init__(self, theirs: Version) -> None:
        self.theirs = theirs
        super().__init__("appeal_conflict", number=theirs.number, by=theirs.by)


@dataclass(frozen=True)
class Handing:
    """A version handed over: to which office, on which day, under which receipt."""

    to: str
    on: str
    receipt: str


@dataclass(frozen=True)
class Item:
    """An axis, a demand or a step of the roadmap as the version says it.

    ``office`` is whom a demand is addressed to, or who is responsible for a step.
    """

    id: str
    fr: str
    en: str
    office: str = ""
    region: str | None = None
    date: str = ""


@dataclass(frozen=True)
class Version:
    """One version of the call to action; ``number`` 0 is a proposal that nobody has saved."""

    preamble: dict[str, str]
    claims: tuple[Claim, ...] = ()
    axes: tuple[Item, ...] = ()
    demands: tuple[Item, ...] = ()
    roadmap: tuple[Item, ...] = ()
    signatories: tuple[str, ...] = ()
    build_id: str = ""
    number: int = 0
    saved_at: str = ""
    by: str = ""
    frozen: Handing | None = None

    def content(self) -> dict[str, Any]:
        """What the version says, without who saved it and when."""
        told = asdict(self)
        for name in ("number", "saved_at", "by", "frozen"):
            del told[name]
        return told

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Version:
        told = json.loads(text)
        for name in ("axes", "demands", "roadmap"):
            told[name] = tuple(Item(**item) for item in told[name])
        told["claims"] = tuple(Claim.from_json(claim) for claim in told["claims"])
        told["signatories"] = tuple(told["signatories"])
        told["frozen"] = Handing(**told["frozen"]) if told["frozen"] else None
        return cls(**told)


def proposal(register: Register, claims: Sequence[Claim], build_id: str) -> Version:
    """A first version from what the base knows: its best claims, axes, open demands, the plan."""
    return Version(
        preamble={lang: say("appeal.preamble", lang) for lang in LANGS},
        claims=tuple(balanced(claims, 4)),
        axes=axes_of(register),
        demands=demands_of(register)[:8],
        roadmap=roadmap_of(register)[:8],
        signatories=tuple(ally.name for ally in register.allies),
        build_id=build_id,
    )


def axes_of(register: Register) -> tuple[Item, ...]:
    return tuple(Item(a.axis_id, a.title_fr, a.title_en) for a in register.axes)


def demands_of(register: Register) -> tuple[Item, ...]:
    """Demands that were not met or refused, each wording and addressee once."""
    found: dict[tuple[str, str], Item] = {}
    for d in register.demands:
        if d.status not in ("met", "refused"):
            item = Item(d.demand_id, d.text_fr, d.text_en, d.addressed_to, d.region,
                        d.date.isoformat())  # fmt: skip
            found.setdefault((d.text_fr, d.addressed_to), item)
    return tuple(found.values())


def roadmap_of(register: Register) -> tuple[Item, ...]:
    """Steps still to take, by due date, each wording once (its first date)."""
    found: dict[str, Item] = {}
    for a in register.actions:
        if a.status not in ("done", "dropped"):
            item = Item(a.action_id, a.title_fr, a.title_en, a.responsible, a.region,
                        a.due_date.isoformat())  # fmt: skip
            found.setdefault(a.title_fr, item)
    return tuple(found.values())


# --- versions in the home ------------------------------------------------------------------------


def _folder(home: Home) -> Path:
    return home.root / "advocacy" / "call_to_action"


def versions(home: Home) -> tuple[Version, ...]:
    """Every saved version, oldest first.

    Raises:
        UserError: naming the file, when one of them does not read.
    """
    found = []
    for path in sorted(_folder(home).glob("[0-9]*.json")):
        try:
            found.append(Version.from_json(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise UserError("state_damaged", file=f"call_to_action/{path.name}") from None
    return tuple(found)


def save(
    home: Home, made: Version, *, seen: int, by: str, waiting: Waiting = nobody_told
) -> Version:
    """Save what a person wrote as the next version.

    Args:
        seen: the number of the version they started from; 0 where there was none.
        by: the role that saves; never a name.

    Raises:
        OutOfDate: when somebody else saved a version meanwhile.
        UserError: when there is nothing in it, or a part of it is too long.
    """
    _holds(made)
    with home.lock("edit", waiting):
        known = versions(home)
        last = known[-1] if known else None
        if last and last.number != seen:
            raise OutOfDate(last)
        if last and last.content() == made.content() and last.frozen == made.frozen:
            raise UserError("nothing_changed")
        return _write(home, replace(made, frozen=None), last, by)


def freeze(
    home: Home, seen: int, *, to: str, by: str, on: dt.date, waiting: Waiting = nobody_told
) -> Version:
    """Freeze the latest version for handing over: the same words, dated, with a receipt.

    Raises:
        OutOfDate: when it is not the latest any more.
        UserError: when there is no version, it is frozen already, or no office is named.
    """
    to = to.strip()
    if not to or len(to) > LONGEST_NAME:
        raise UserError("appeal_office", most=LONGEST_NAME)
    with home.lock("edit", waiting):
        known = versions(home)
        if not known:
            raise UserError("appeal_unknown", value=seen)
        last = known[-1]
        if last.number != seen:
            raise OutOfDate(last)
        if last.frozen:
            raise UserError("appeal_frozen", number=last.number)
        told = json.dumps(last.content(), ensure_ascii=False, sort_keys=True)
        digest = hashlib.sha256(f"{to}\n{on.isoformat()}\n{told}".encode()).hexdigest()[:10]
        handed = Handing(to, on.isoformat(), f"ca-{last.number + 1:04d}-{digest}")
        return _write(home, replace(last, frozen=handed), last, by)


def _write(home: Home, made: Version, last: Version | None, by: str) -> Version:
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    number = (last.number if last else 0) + 1
    made = replace(made, number=number, saved_at=moment, by=by)
    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{number:04d}.json", made.as_json())
    return made


def _holds(made: Version) -> None:
    for lang in LANGS:
        if not made.preamble.get(lang, "").strip():
            raise UserError("appeal_preamble", lang=lang)
        if len(made.preamble[lang]) > LONGEST_PREAMBLE:
            raise UserError("too_long", most=LONGEST_PREAMBLE)
    for name in made.signatories:
        if len(name) > LONGEST_NAME:
            raise UserError("too_long", most=LONGEST_NAME)


# --- what has moved ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One difference: in which part, ``added``, ``removed`` or ``changed``, before and after."""

    part: str
    kind: str
    before: str = ""
    after: str = ""


def compare(old: Version, new: Version, lang: str) -> tuple[Difference, ...]:
    """What the newer version says differently, part by part, in one language."""
    found: list[Difference] = []
    if old.preamble.get(lang, "") != new.preamble.get(lang, ""):
        found.append(Difference("preamble", "changed", old.preamble[lang], new.preamble[lang]))
    found += _parts("evidence", {c.id: claim_line(c, lang) for c in old.claims},
                    {c.id: claim_line(c, lang) for c in new.claims})  # fmt: skip
    for part in ("axes", "demands", "roadmap"):
        found += _parts(part, *(
            {item.id: _item_line(item, lang) for item in getattr(each, part)}
            for each in (old, new)
        ))  # fmt: skip
    found += _parts("signatories", *({n: n for n in each.signatories} for each in (old, new)))
    return tuple(found)


def _parts(part: str, old: dict[str, str], new: dict[str, str]) -> Iterable[Difference]:
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key, ""), new.get(key, "")
        if before != after:
            kind = "changed" if before and after else "added" if after else "removed"
            yield Difference(part, kind, before, after)


def claim_line(claim: Claim, lang: str) -> str:
    """A claim in one line: what it says and how sure we are."""
    grade = f" [{claim.grade}/4]" if claim.grade else ""
    return f"{claim.statement(lang)} ({say(f'claim.verdict.{claim.verdict}', lang).lower()}){grade}"


def _item_line(item: Item, lang: str) -> str:
    text = item.fr if lang == "fr" else item.en
    return " · ".join(part for part in (text, item.office, item.date) if part)


@dataclass(frozen=True)
class Moved:
    """A claim of a version beside what the data say now; ``now`` is None where it is gone."""

    then: Claim
    now: Claim | None

    @property
    def weakened(self) -> bool:
        return weaker(self.then, self.now)


def moved(made: Version, claims: Sequence[Claim]) -> tuple[Moved, ...]:
    """The claims of a version that the data of today tell otherwise."""
    now = {claim.id: claim for claim in claims}
    return tuple(
        Moved(then, now.get(then.id))
        for then in made.claims
        if (found := now.get(then.id)) is None or _said(found) != _said(then)
    )


def refreshed(made: Version, claims: Sequence[Claim], build_id: str) -> Version:
    """The version with its claims as the data tell them now; those gone are left out."""
    now = {claim.id: claim for claim in claims}
    kept = tuple(now[claim.id] for claim in made.claims if claim.id in now)
    return replace(made, claims=kept, build_id=build_id)


def _said(claim: Claim) -> tuple[object, ...]:
    return (claim.verdict, claim.grade, claim.statement_fr, claim.statement_en)

