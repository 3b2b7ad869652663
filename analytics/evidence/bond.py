"""Bond's evidence principles as a checklist beside a claim: never a score, never in its grade.

Bond (2018), *Evidence principles*: voice and inclusion, appropriateness, triangulation,
contribution, transparency. Each is answered from what the claim itself records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analytics.evidence.claim import Claim

Met = Literal["yes", "partly", "no"]
#: datasets in which women speak for themselves
_VOICES = {"member_survey", "testimony", "consultation", "demand"}
#: designs that compare with somebody who was not struck, did not act or is not a member
_COMPARED = ("staggered_did", "association", "contribution")


@dataclass(frozen=True)
class Principle:
    """One principle: whether it is met; ``gallery.bond.<name>_<met>`` says why."""

    name: str
    met: Met


def principles(claim: Claim) -> tuple[Principle, ...]:
    """The five principles, in Bond's order."""
    datasets = {source["en"] for source in claim.sources if source.get("kind") == "dataset"}
    published = [source for source in claim.sources if source.get("kind") == "published"]
    spoken = bool(datasets & _VOICES)
    own_words = any(one.reason == "self_reported" for one in claim.downgrades)
    suited = all(gate.passed for gate in claim.gates)
    compared = claim.design in (*_COMPARED, "description")
    return (
        Principle("voice", "yes" if spoken else "partly" if own_words else "no"),
        Principle("appropriateness", _of(suited, compared)),
        Principle("triangulation", _of(len(datasets) > 1, bool(published))),
        Principle("contribution", _of(bool(claim.rivals), bool(claim.counter_evidence))),
        Principle("transparency", _of(bool(claim.receipt), bool(claim.gates))),
    )


def _of(*held: bool) -> Met:
    return "yes" if all(held) else "partly" if any(held) else "no"
