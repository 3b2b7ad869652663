"""Resilience profile: what groups can absorb, adapt to and transform, by region or group type.

A composition of published estimates and nothing else: what the role may not see is not in it. The
parts and their goalposts are declared in ``data/profile.yaml``. Source: the three capacities of
TANGO and USAID (Resilience Measurement Practical Guidance); their indices come from factor
analysis, which a handful of regions cannot carry: here weights are equal and the parts are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import product

from pydantic import Field, model_validator

from analytics.declared import read_yaml
from analytics.estimates.estimate import Row, estimate
from analytics.indicator import Frozen, Indicator, indicator
from analytics.selection import Selection
from analytics.settings import PROJECT
from analytics.warehouse.read import Reader


class Part(Frozen):
    """An indicator between two goalposts: 0 at ``low``, 100 at ``high``."""

    indicator: str
    low: float
    high: float

    @model_validator(mode="after")
    def _apart(self) -> Part:
        if self.low == self.high:
            raise ValueError(f"{self.indicator}: the goalposts are the same")
        return self

    def score(self, value: float) -> float:
        """0 to 100, held within the goalposts."""
        return 100 * min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


class Weights(Frozen):
    step: float = Field(gt=0, le=1)
    least: float = Field(ge=0, le=1)


class Declared(Frozen):
    capacities: dict[str, tuple[Part, ...]]
    minimum_parts: int = Field(ge=2)
    weights: Weights

    @property
    def parts(self) -> list[Part]:
        return [part for parts in self.capacities.values() for part in parts]

    @cached_property
    def weightings(self) -> list[dict[str, float]]:
        """Every weighting of the capacities that is tried; each adds up to 1."""
        steps = round(1 / self.weights.step)
        least = round(self.weights.least * steps)
        names = list(self.capacities)
        return [
            {name: share / steps for name, share in zip(names, shares, strict=True)}
            for shares in product(range(least, steps + 1), repeat=len(names))
            if sum(shares) == steps
        ]


@cache
def declared() -> Declared:
    return Declared.model_validate(read_yaml(PROJECT / "data" / "profile.yaml"))


@dataclass(frozen=True)
class Told:
    """One part of one place: its estimate and score; no score where there is no value."""

    part: Part
    row: Row | None
    score: float | None

    @property
    def subject(self) -> Indicator:
        return indicator(self.part.indicator)


@dataclass(frozen=True)
class Standing:
    """One place (or group type).

    Attributes:
        parts: capacity → its parts, all of them, in declared order.
        capacities: capacity → the mean of the scores known; None where too few are.
        index: the mean of the capacities; None unless all are known.
        low, high: the least and greatest index over the weightings tried.
        rank, best, worst: place by the index, 1 the highest, and its range over the weightings.
    """

    place: str
    parts: dict[str, tuple[Told, ...]]
    capacities: dict[str, float | None]
    index: float | None
    low: float | None = None
    high: float | None = None
    rank: int | None = None
    best: int | None = None
    worst: int | None = None
    _tried: tuple[float, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Profile:
    """The standings of a year, the highest index first, then those without one."""

    by: str
    year: str
    division: str
    standings: tuple[Standing, ...]


def profile(
    reader: Reader, role: str, year: str, *, by: str = "region", division: str = "2023"
) -> Profile:
    """The profile of a year by ``region`` or ``group_type``."""
    answers = {part.indicator: _answer(reader, role, part, year, by, division)
               for part in declared().parts}  # fmt: skip
    known = dict.fromkeys(place for rows in answers.values() for place in rows)
    standings = [_standing(place, answers) for place in known]
    able = [s for s in standings if any(value is not None for value in s.capacities.values())]
    return Profile(by, year, division, tuple(_ranked(able)))


def _answer(
    reader: Reader, role: str, part: Part, year: str, by: str, division: str
) -> dict[str, Row]:
    subject = indicator(part.indicator)
    if by not in subject.breakdowns:
        return {}
    answer = estimate(reader, subject, Selection(
        by=(by,), start=year, end=year, division=division, role=role))  # fmt: skip
    return {row.keys[by]: row for row in answer if row.keys[by] != "not_specified"}


def _standing(place: str, answers: Mapping[str, Mapping[str, Row]]) -> Standing:
    parts = {
        name: tuple(_told(part, answers[part.indicator].get(place)) for part in wanted)
        for name, wanted in declared().capacities.items()
    }
    scores = {name: [told.score for told in group] for name, group in parts.items()}
    capacities = {name: _mean(found) for name, found in scores.items()}
    index = _weighted(capacities, dict.fromkeys(capacities, 1 / len(capacities)))
    if index is None:
        return Standing(place, parts, capacities, None)
    tried = tuple(_alternatives(scores))
    return Standing(place, parts, capacities, index, min(tried), max(tried), _tried=tried)


def _told(part: Part, row: Row | None) -> Told:
    value = row.value if row else None
    return Told(part, row, None if value is None else part.score(value))


def _mean(scores: list[float | None], least: int | None = None) -> float | None:
    known = [score for score in scores if score is not None]
    enough = len(known) >= (declared().minimum_parts if least is None else least)
    return sum(known) / len(known) if known and enough else None


def _weighted(
    capacities: Mapping[str, float | None], weights: Mapping[str, float]
) -> float | None:
    total = 0.0
    for name, value in capacities.items():
        if value is None:
            return None
        total += weights[name] * value
    return total


def _alternatives(scores: dict[str, list[float | None]]) -> Iterator[float]:
    """The index under every weighting, with all parts and with each one left out.

    The order is the same for every place, so that alternatives can be ranked against each other.
    """
    left_out: list[tuple[str, int] | None] = [None]
    left_out += [(name, i) for name, group in scores.items() for i in range(len(group))]
    for out in left_out:
        capacities = {
            name: _mean([s for i, s in enumerate(group) if (name, i) != out], least=1)
            for name, group in scores.items()
        }
        for weights in declared().weightings:
            value = _weighted(capacities, weights)
            assert value is not None  # one part of each capacity is always left
            yield value


def _ranked(standings: list[Standing]) -> list[Standing]:
    indexed = [s for s in standings if s.index is not None]
    indexed.sort(key=lambda s: (-(s.index or 0.0), s.place))
    ranks: dict[str, list[int]] = {s.place: [] for s in indexed}
    for scores in zip(*(s._tried for s in indexed), strict=True):
        for s, own in zip(indexed, scores, strict=True):
            # Equal scores share the better rank.
            ranks[s.place].append(1 + sum(other > own + 1e-9 for other in scores))
    told = [
        replace(s, rank=at, best=min(ranks[s.place]), worst=max(ranks[s.place]))
        for at, s in enumerate(indexed, start=1)
    ]
    return [*told, *(s for s in standings if s.index is None)]
