"""Effects: what a shock changed, for the nation only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics.evidence.answer import Answer
    from analytics.evidence.definition import Definition

ESTIMATORS: dict[str, Any] = {}


def corrected_for_family(
    told: list[tuple[Definition, Answer]],
) -> list[tuple[Definition, Answer]]:
    return told
