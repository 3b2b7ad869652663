"""What a claim asks and how it may answer: one file a claim in ``analytics/claims``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from analytics.declared import read_yaml
from analytics.errors import UserError
from analytics.text import Text

FOLDER = Path(__file__).parents[1] / "claims"

Design = Literal["description", "before_after", "association", "staggered_did", "contribution"]
#: where a design starts: 4 high, 3 moderate, 2 low, 1 very low (descriptions start by coverage)
START: dict[str, int] = {
    "staggered_did": 3, "association": 2, "before_after": 1, "contribution": 3,
}  # fmt: skip


class Finding(Text):
    """A published finding beside the claim."""

    url: str


class Definition(BaseModel):
    """A question, what measures it, when it must be refused, and what it may say.

    Attributes:
        estimator: a name of ``engine.ESTIMATORS``; ``options`` is what it reads.
        crises: crises the claim is told for; the first is the claim's own, the others stand beside.
        regions: whether the claim is told by region too.
        gates: thresholds by name of gate.
        sesoi: the smallest effect of interest, in the unit of the estimate; fixed beforehand.
        statement: the sentence, with placeholders.
        contrary: the sentence where the data speak against the claim's question.
        below: the sentence where the whole interval lies on the other side of what was asked.
        self_reported: whether the outcome rests on people's own word alone.
        family: claims whose tests are corrected together (Holm).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    order: int
    theme: str
    title: Text
    question: Text
    design: Design
    estimator: str
    unit: str = "share"
    crises: tuple[str, ...] = ()
    regions: bool = False
    options: dict[str, Any] = Field(default_factory=dict)
    gates: dict[str, float] = Field(default_factory=dict)
    sesoi: float = 0.05
    statement: Text
    contrary: Text | None = None
    below: Text | None = None
    caveat: Text
    self_reported: bool = False
    family: str | None = None
    rivals: tuple[Text, ...] = ()
    counter_evidence: tuple[Text, ...] = ()
    findings: tuple[Finding, ...] = ()
    sources: tuple[str, ...]


@cache
def definitions() -> dict[str, Definition]:
    """Every claim by id, in the order of the gallery: the mission's own first."""
    found = [
        Definition.model_validate({"id": path.stem, **read_yaml(path)})
        for path in FOLDER.glob("*.yaml")
    ]
    return {d.id: d for d in sorted(found, key=lambda d: (d.order, d.id))}


def definition(claim_id: str) -> Definition:
    """The definition behind a claim, by its own id or that of one of its results.

    Raises:
        UserError: when there is none.
    """
    known = definitions()
    name = claim_id.partition("-")[0]
    if name not in known:
        from rapidfuzz import process

        nearest = process.extractOne(name, list(known))
        raise UserError("unknown_claim", value=claim_id, suggestion=nearest[0] if nearest else "–")
    return known[name]
