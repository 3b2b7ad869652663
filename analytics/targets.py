"""Baseline, target and actual value side by side, by year and place, as the role may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.errors import NotAllowed
from analytics.estimates.estimate import Row, estimate
from analytics.indicator import Indicator, indicators
from analytics.selection import Selection
from analytics.warehouse.read import Reader

#: states of a target that can be compared with a value, the best first
COMPARED = ("reached", "within", "under_way", "behind")


@dataclass(frozen=True)
class Standing:
    """One target and where it stands.

    ``row`` is the year's estimate, None where the place is shown with its neighbours only.
    ``division``: the one its region is meant in (see ``core_target``).
    ``state``: one of ``COMPARED``, ``no_target``, ``unknown`` (no value, or none that may be told)
    or ``shown_together``.
    """

    indicator: Indicator
    place: str
    year: str
    baseline: float | None
    target: float | None
    row: Row | None
    state: str
    division: str

    @property
    def progress(self) -> float | None:
        """The share of the way from baseline to target that is covered; None where unknown."""
        value = self.row.value if self.row else None
        if value is None or self.baseline is None or self.target is None:
            return None
        way = self.target - self.baseline
        return (value - self.baseline) / way if way else None


def years(reader: Reader) -> list[str]:
    """Years with targets, oldest first."""
    return sorted({str(entry["year"]) for entry in reader.targets})


def places(reader: Reader) -> list[str]:
    """Regions with targets, by slug; the country is not among them."""
    return sorted({entry["region"] for entry in reader.targets if entry["region"]})


def unknown_indicators(reader: Reader) -> list[str]:
    """Names in the targets that no indicator has."""
    return sorted({entry["indicator_id"] for entry in reader.targets} - indicators().keys())


def standings(reader: Reader, role: str, year: str, place: str = "mali") -> list[Standing]:
    """Every target of a year and place, in the order of the indicators."""
    region = None if place == "mali" else place
    declared = {
        entry["indicator_id"]: entry
        for entry in reader.targets
        if str(entry["year"]) == year and entry["region"] == region
    }
    return [
        _standing(reader, role, subject, declared[name], year, place)
        for name, subject in indicators().items()
        if name in declared
    ]


def _standing(
    reader: Reader, role: str, subject: Indicator, entry: dict, year: str, place: str
) -> Standing:
    row, apart = _actual(reader, role, subject, year, place, entry["division"])
    state = state_of(subject.direction, entry["baseline"], entry["target"], row)
    if apart:
        state = "shown_together"
    return Standing(subject, place, year, entry["baseline"], entry["target"], row, state,
                    entry["division"])  # fmt: skip


def _actual(
    reader: Reader, role: str, subject: Indicator, year: str, place: str, division: str
) -> tuple[Row | None, bool]:
    """The year's value of the place, and whether it is told together with other places only."""
    filters: tuple[tuple[str, str], ...] = ()
    if place != "mali":
        if "region" not in subject.breakdowns:
            return None, False
        gated = role == "public" and subject.klass != "open"
        if gated and reader.unit_of(place, division) != place:
            return None, True
        filters = (("region", place),)
    try:
        answer = estimate(reader, subject, Selection(
            filters=filters, start=year, end=year, division=division, role=role))  # fmt: skip
    except NotAllowed:
        return None, False
    return answer.rows[0], False


def state_of(
    direction: str, baseline: float | None, target: float | None, row: Row | None
) -> str:
    """Where a value stands to its target; ``direction`` says which way is better."""
    if target is None:
        return "no_target"
    value = row.value if row else None
    if row is None or value is None:
        return "unknown"
    falls = direction == "down" or (
        direction == "none" and baseline is not None and target < baseline
    )
    sign = -1 if falls else 1
    if sign * value >= sign * target:
        return "reached"
    if row.low is not None and row.high is not None and row.low <= target <= row.high:
        return "within"
    if baseline is not None and sign * value < sign * baseline:
        return "behind"
    return "under_way"


def counted(found: Sequence[Standing]) -> tuple[int, int]:
    """(reached or within the margin, all that can be compared)."""
    known = [standing for standing in found if standing.state in COMPARED]
    return sum(standing.state in COMPARED[:2] for standing in known), len(known)
