"""What is measured: one YAML file an indicator, one frozen object each.

To add an indicator, add ``indicators/<id>.yaml`` (and a column to its mart if a part is missing).
Pages, exports, dictionary and tests read this object; nothing else describes an indicator.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from rapidfuzz import process

from analytics.declared import read_yaml
from analytics.errors import UserError
from analytics.text import Text

FOLDER = Path(__file__).parent / "indicators"

#: breakdowns of time; all others divide places or kinds of groups
TIME: tuple[str, ...] = ("month", "quarter", "year")
PLACE: tuple[str, ...] = ("region", "cercle")

Breakdown = Literal[
    "region", "cercle", "month", "quarter", "year", "partner", "group_type", "network", "wlie",
    "sex", "age_band", "displaced", "sector", "kind", "crisis", "shock",
]  # fmt: skip
Caveat = Literal[
    "self_reported", "savings_cycle_sawtooth", "nominal_francs", "constant_francs",
    "mixed_groups", "late_days_rule", "write_off_rule", "needs_cycle_register",
    "twelve_week_rule", "survival_unknown_status", "last_observation_in_period",
    "not_representative",
]  # fmt: skip


class Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Formula(Frozen):
    words: Text
    symbols: str


class Reference(Frozen):
    text: Text
    url: str | None = None


class Benchmark(Frozen):
    """A published level, in the indicator's unit."""

    value: float
    text: Text
    url: str | None = None


class Indicator(Frozen):
    """A declared indicator.

    ``numerator`` and ``denominator`` are columns of ``mart``; an estimate is the ratio of their
    sums over the groups that have both (``statistic: ratio``), or the sum itself (``total``).
    ``klass`` is the disclosure class of design.md §6.
    """

    id: str
    theme: Literal["outreach", "savings", "credit", "performance", "solidarity"]
    order: int
    title: Text
    definition: Text
    why_it_matters: Text
    formula: Formula
    mart: str
    statistic: Literal["ratio", "total"]
    numerator: str
    denominator: str | None = None
    unit: Literal["xof", "share", "people", "groups", "multiple"]
    analysis_unit: Literal["group", "member", "loan_value"]
    direction: Literal["up", "down", "none"]
    klass: Literal["open", "rate", "total", "internal"] = Field(alias="class")
    breakdowns: tuple[Breakdown, ...]
    chart: Literal["trend", "bars", "map", "table"]
    sources: tuple[str, ...]
    reference: Reference
    caveats: tuple[Caveat, ...] = ()
    benchmark: Benchmark | None = None
    #: mart column (0/1) of the groups that ought to be in: what coverage is measured against
    population: str = "expected"
    #: a share of a whole, which the rules of import keep between 0 and 1
    bounded: bool = False

    @model_validator(mode="after")
    def _parts_fit_the_statistic(self) -> Indicator:
        if (self.statistic == "ratio") != (self.denominator is not None):
            raise ValueError(f"{self.id}: a ratio has a denominator, a total has none")
        return self


@cache
def indicators() -> dict[str, Indicator]:
    """Every declared indicator by id, in reading order."""
    found = []
    for path in FOLDER.glob("*.yaml"):
        declared = read_yaml(path)
        found.append(Indicator.model_validate({"id": path.stem, **declared}))
    themes = ["outreach", "savings", "credit", "performance", "solidarity"]
    found.sort(key=lambda i: (themes.index(i.theme), i.order, i.id))
    return {indicator.id: indicator for indicator in found}


def indicator(name: str) -> Indicator:
    """The indicator of that id.

    Raises:
        UserError: naming the nearest one, when there is none.
    """
    known = indicators()
    if name not in known:
        near = process.extractOne(name, known.keys())
        raise UserError("unknown_indicator", value=name, suggestion=near[0] if near else "")
    return known[name]
