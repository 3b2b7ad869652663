"""What others published: ``data/reference/findings.yaml``, null results beside the good news.

A leaf: it knows indicators by id and computes nothing. Pages set a finding beside the indicators it
bears on, claims beside their statements.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from analytics.declared import read_yaml
from analytics.indicator import Frozen, indicators
from analytics.text import Text, say

PATH = Path(__file__).parents[1] / "data" / "reference" / "findings.yaml"

#: the claims of this product, by id
CLAIMS = (
    "c01_continuity", "c02_shock_savings", "c03_return_to_trend", "c04_social_fund_buffer",
    "c05_household_support", "c06_business_survival", "c07_recovery_adaptation",
    "c08_adaptations", "c09_food_security", "c10_leadership", "c11_prices_food_loans",
    "c12_contribution", "c13_crisis_into_opportunity", "c14_community_support",
    "c15_mitigation", "c16_perception",
)  # fmt: skip
Design = Literal[
    "rct", "quasi_experimental", "observational", "before_after", "survey", "review",
    "qualitative", "programme",
]  # fmt: skip
Direction = Literal["better", "none", "worse", "mixed", "level"]
#: the designs from the one that can speak of causes down to the one that counts itself
STRENGTH: tuple[Design, ...] = (
    "rct", "quasi_experimental", "review", "observational", "before_after", "survey",
    "qualitative", "programme",
)  # fmt: skip


class Effect(Frozen):
    """A published size, with its 95 % interval where one is published."""

    value: float
    unit: Literal["percent", "points", "times", "items", "xof"]
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _inside_its_interval(self) -> Effect:
        ends = [end for end in (self.low, self.high) if end is not None]
        if len(ends) == 1:
            raise ValueError("an interval has two ends")
        if ends and not ends[0] <= self.value <= ends[1]:
            raise ValueError(f"{self.value} is not within {ends[0]} to {ends[1]}")
        return self


class Result(Frozen):
    """One thing a study says about one outcome; ``none`` is an effect looked for and not found."""

    outcome: Text
    direction: Direction
    text: Text
    effect: Effect | None = None
    indicators: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _bears_on_what_exists(self) -> Result:
        unknown = {*self.indicators} - indicators().keys() | {*self.claims} - {*CLAIMS}
        if unknown:
            raise ValueError(f"bears on what does not exist: {', '.join(sorted(unknown))}")
        if not self.indicators:
            raise ValueError("bears on no indicator")
        if self.direction == "none" and self.effect is not None:
            raise ValueError("an effect that was not found has no size")
        return self


class Finding(Frozen):
    """A study or a programme's own figures."""

    id: str
    title: Text
    authors: str
    design: Design
    place: Text
    in_mali: bool
    years: str
    n: Text | None = None
    read: Literal["page", "summary"]
    url: str = Field(pattern=r"^https?://")
    results: tuple[Result, ...] = Field(min_length=1)


@cache
def findings() -> tuple[Finding, ...]:
    """Every published finding: those of Mali first, then by strength of design.

    Raises:
        pydantic.ValidationError: when the file is not what this module describes.
    """
    found = [Finding.model_validate(entry) for entry in read_yaml(PATH)]
    if len({finding.id for finding in found}) != len(found):
        raise ValueError("two findings have one id")
    return tuple(sorted(found, key=lambda f: (not f.in_mali, STRENGTH.index(f.design), f.id)))


def bearing_on(
    *, names: tuple[str, ...] = (), claims: tuple[str, ...] = ()
) -> list[tuple[Finding, Result]]:
    """What was published about any of these indicators or claims, null results in their place."""
    return [
        (finding, result)
        for finding in findings()
        for result in finding.results
        if {*names} & {*result.indicators} or {*claims} & {*result.claims}
    ]


#: what was not found comes first, for good news is never overlooked; a level compares nothing
SIDES: tuple[tuple[str, tuple[Direction, ...]], ...] = (
    ("not_found", ("none", "worse", "mixed")), ("found", ("better",)), ("levels", ("level",)),
)  # fmt: skip


def line(finding: Finding, result: Result, lang: str) -> tuple[str, str]:
    """What was found, and by whom, where, with how many: two texts in Markdown."""
    where = ", ".join(part for part in (finding.place[lang], finding.years) if part != "–")
    people = f" · {finding.n[lang]}" if finding.n else ""
    # Beside null results, a worse one says that it is worse.
    marked = ""
    if result.direction in ("worse", "mixed"):
        marked = say(f"published.is.{result.direction}", lang) + " "
    spread, effect = "", result.effect
    if effect is not None and effect.low is not None:
        spread = " " + say("published.interval", lang, low=f"{effect.low:g}",
                           high=f"{effect.high:g}")  # fmt: skip
    source = f"[{finding.title[lang]}]({finding.url}), {finding.authors}"
    design = say(f"published.by.{finding.design}", lang)
    return (f"**{result.outcome[lang]}.** {marked}{result.text[lang]}{spread}",
            f"{design} · {where}{people}. {source}")  # fmt: skip
