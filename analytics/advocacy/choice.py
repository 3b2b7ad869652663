"""Which claims a document prints first, and when one says less than it did."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.evidence.claim import Claim


def balanced(found: Sequence[Claim], most: int) -> list[Claim]:
    """The best supported claims, one a question, and always one that is not, where there is one.

    What printed good news only would not be believed.
    """
    best: dict[str, Claim] = {}
    for claim in found:
        known = best.get(claim.question_id)
        if claim.verdict != "refused" and (known is None or _rank(claim) > _rank(known)):
            best[claim.question_id] = claim
    good = [claim for claim in best.values() if claim.verdict == "supported"]
    # Sorting keeps the order of the gallery among claims of one grade.
    good.sort(key=lambda claim: -(claim.grade or 0))
    other = [claim for claim in best.values() if claim.verdict != "supported"]
    room = most - bool(other)
    return [*good[:room], *other[: most - len(good[:room])]]


def _rank(claim: Claim) -> tuple[bool, int]:
    return claim.verdict == "supported", claim.grade or 0


def weaker(then: Claim, now: Claim | None) -> bool:
    """Whether a claim says less than it did: gone, no longer supported, or of a lower grade."""
    if now is None:
        return True
    if then.verdict == "supported" and now.verdict != "supported":
        return True
    return then.verdict == now.verdict and (now.grade or 0) < (then.grade or 0)
