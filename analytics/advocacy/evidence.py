"""What the claims said at each version, so that a demand can tell when its claims have weakened.

Versions are pruned after five; a demand waits for years. So each build leaves a small file of what
its claims said to the public, ``<home>/advocacy/evidence/<build_id>.json``, and nothing else of it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analytics.advocacy.choice import weaker
from analytics.evidence.claim import Claim
from analytics.evidence.store import claims
from analytics.sources.contracts import Demand
from analytics.warehouse.home import Home, write_atomically
from analytics.warehouse.read import Reader


def _folder(home: Home) -> Path:
    return home.root / "advocacy" / "evidence"


def remember(home: Home, reader: Reader) -> None:
    """Keep what a version's claims say to the public; nothing where it has no claims."""
    found = claims(reader, "public", None)
    if not found:
        return
    told = {
        "built_at": reader.build.built_at,
        "claims": {claim.id: claim.as_json() for claim in found},
    }
    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(
        folder / f"{reader.build.build_id}.json", json.dumps(told, ensure_ascii=False)
    )


@dataclass(frozen=True)
class Memory:
    """What was said on a day: by claim id."""

    day: dt.date
    claims: dict[str, Claim]


def memories(home: Home) -> tuple[Memory, ...]:
    """Everything remembered, oldest first; what does not read is left out."""
    found = []
    for path in sorted(_folder(home).glob("[0-9]*.json")):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            day = dt.datetime.fromisoformat(told["built_at"]).date()
            said = {name: Claim.from_json(claim) for name, claim in told["claims"].items()}
        except (ValueError, TypeError, KeyError):
            continue
        found.append(Memory(day, said))
    return tuple(found)


@dataclass(frozen=True)
class Link:
    """A claim behind a demand: what it says now, and what it said when the demand was tabled.

    ``then`` is what was known on the day of the demand, or the first thing known after it
    (``since``); None where nothing was remembered. ``now`` is None where no claim has that id.
    """

    claim_id: str
    now: Claim | None
    then: Claim | None
    since: dt.date | None

    @property
    def weakened(self) -> bool:
        return self.then is not None and weaker(self.then, self.now)


def links(
    demand: Demand, now: Sequence[Claim], remembered: Sequence[Memory]
) -> tuple[Link, ...]:
    """The claims behind a demand: of its own region where there is one, else of the country."""
    known = {claim.id: claim for claim in now}
    found = []
    for name in (demand.claim_ids or "").replace(",", " ").split():
        local = f"{name}-{demand.region}"
        chosen = local if local in known else name
        chosen = chosen if chosen in known else _with_crisis(name, known)
        memory = _known_on(demand.date, chosen, remembered)
        then = memory.claims[chosen] if memory else None
        found.append(Link(chosen, known.get(chosen), then, memory.day if memory else None))
    return tuple(found)


def _with_crisis(name: str, known: dict[str, Claim]) -> str:
    """A claim told crisis by crisis is known by its first."""
    return next((id for id, c in known.items() if c.question_id == name), name)


def _known_on(day: dt.date, name: str, remembered: Sequence[Memory]) -> Memory | None:
    holding = [memory for memory in remembered if name in memory.claims]
    before = [memory for memory in holding if memory.day <= day]
    return before[-1] if before else holding[0] if holding else None
