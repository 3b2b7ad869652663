"""What a claim says: the JSON of the contract (design.md §7), field by field."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

Verdict = Literal["supported", "no_meaningful_effect", "inconclusive", "refused"]
Direction = Literal["up", "down", "none"]
Words = dict[str, str]
"""A sentence by language: ``{"fr": …, "en": …}``."""


@dataclass(frozen=True)
class Gate:
    """A condition to speak at all; ``claim.gate`` of the catalogue spells ``name`` out."""

    name: str
    passed: bool
    value: float | str | None
    threshold: float | str | None


@dataclass(frozen=True)
class Downgrade:
    """A level of confidence lost; ``reason`` is spelled out under ``claim.downgrade``."""

    reason: str
    value: float | str | None = None


@dataclass(frozen=True)
class Claim:
    """A claim stated for a place, period and crisis, or refused with its reason.

    Attributes:
        id: the claim's id for the nation, ``<id>-<region slug>`` for a region, with the crisis
            after it where one claim is told by crisis.
        grade: 4 high, 3 moderate, 2 low, 1 very low; empty where refused.
        design: ``description``, ``before_after``, ``association``, ``staggered_did``,
            ``contribution``.
        estimate, low, high: in ``unit``; empty where refused. ``low`` and ``high`` bound 95 %.
        unit: ``share``, ``points``, ``percent``, ``xof``, ``months``, ``people``.
        direction: whether the estimate is above, below or at its point of comparison.
        n_groups, n_cercles: counts for staff, bands for the public.
        place: ``mali``, or the slug of a region (the public's merged unit).
        rivals: other explanations. counter_evidence: what speaks against. Each ``{"fr", "en"}``.
        sources: ``{"kind": "dataset" | "published", "fr", "en", "url"}``.
        receipt: id under which the claim can be replayed.
    """

    id: str
    title_fr: str
    title_en: str
    verdict: Verdict
    grade: int | None
    design: str
    estimator: str
    estimate: float | None
    low: float | None
    high: float | None
    unit: str
    direction: Direction
    n_groups: int | str | None
    n_cercles: int | str | None
    place: str
    period: str
    crisis: str | None
    statement_fr: str
    statement_en: str
    gates: tuple[Gate, ...] = ()
    downgrades: tuple[Downgrade, ...] = ()
    rivals: tuple[Words, ...] = ()
    counter_evidence: tuple[Words, ...] = ()
    sources: tuple[Words, ...] = ()
    receipt: str = ""

    @property
    def question_id(self) -> str:
        """The claim's definition: its id without place and crisis."""
        return self.id.partition("-")[0]

    def title(self, lang: str) -> str:
        return self.title_fr if lang == "fr" else self.title_en

    def statement(self, lang: str) -> str:
        return self.statement_fr if lang == "fr" else self.statement_en

    def as_json(self) -> dict[str, Any]:
        """Plain values under exactly the contract's names."""
        value = {field.name: getattr(self, field.name) for field in fields(self)}
        value["gates"] = tuple(dict(vars(gate)) for gate in self.gates)
        value["downgrades"] = tuple(dict(vars(one)) for one in self.downgrades)
        return value

    def told(self) -> dict[str, Any]:
        """As the command line tells it: ``id`` is the question's, one of sixteen; place and crisis
        say which answer to it this is, and ``key`` names that answer alone."""
        return {**self.as_json(), "id": self.question_id, "key": self.id}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Claim:
        """The claim of ``as_json``; names it does not know are left aside."""
        known = {field.name for field in fields(cls)}
        made: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in value.items()
        }
        made["gates"] = tuple(Gate(**gate) for gate in value.get("gates", ()))
        made["downgrades"] = tuple(Downgrade(**one) for one in value.get("downgrades", ()))
        return cls(**{name: v for name, v in made.items() if name in known})
