"""Where the plan stands: what is late, live values, days waiting, coverage by allies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from analytics.advocacy.register import Register, rules
from analytics.errors import UserError
from analytics.estimates.estimate import Estimates, Row, estimate
from analytics.geography.places import region_units
from analytics.indicator import Indicator, indicators
from analytics.selection import Selection
from analytics.sources.contracts import Action, Ally, Demand
from analytics.warehouse.read import Reader

State = Literal["done", "dropped", "blocked", "late", "under_way", "planned"]
#: how they are counted and drawn, worst first
STATES: tuple[State, ...] = ("blocked", "late", "under_way", "planned", "done", "dropped")
OPEN_DEMAND = ("tabled",)


@dataclass(frozen=True)
class Standing:
    """An action today.

    Attributes:
        days_late: days past the due date; 0 for what is done, dropped or still has time.
        indicator: the indicator it is measured by, if it names a known one.
        live: its latest value in the action's region as the role may see it; None without data.
        period: of ``live``.
        reached: whether the target is reached; None where that cannot be told.
    """

    action: Action
    state: State
    days_late: int
    indicator: Indicator | None = None
    live: Row | None = None
    period: str = ""
    reached: bool | None = None


def state_of(action: Action, today: dt.date) -> tuple[State, int]:
    """What an action's status amounts to on a day, and how many days late it is."""
    if action.status in ("done", "dropped"):
        return action.status, 0
    late = max(0, (today - action.due_date).days)
    spent = action.budget_xof and (action.spent_xof or 0) >= action.budget_xof
    if late > rules().blocked_after_days or (spent and late):
        return "blocked", late
    if late or action.status == "late":
        return "late", late
    return action.status, 0


def standings(
    reader: Reader, register: Register, role: str, today: dt.date
) -> tuple[Standing, ...]:
    """Every action with its live value against its target, by due date."""
    answers = {
        name: _latest(reader, indicators()[name], role)
        for name in {action.indicator_id for action in register.actions}
        if name in indicators()
    }
    made = []
    for action in register.actions:
        state, late = state_of(action, today)
        answer = answers.get(action.indicator_id or "")
        row = _row(reader, answer, action.region, role) if answer else None
        made.append(
            Standing(
                action,
                state,
                late,
                answer.indicator if answer else indicators().get(action.indicator_id or ""),
                row,
                answer.period_label if answer and row else "",
                _reached(answer, row, action.target),
            )
        )
    return tuple(made)


def _latest(reader: Reader, found: Indicator, role: str) -> Estimates | None:
    """The indicator by region in its latest full period, as the role may see it."""
    by = ("region",) if "region" in found.breakdowns else ()
    try:
        return estimate(reader, found, Selection(by=by, role=role))
    except UserError:
        return None  # kept for the office, or nothing known of it


def _row(reader: Reader, answer: Estimates, region: str, role: str) -> Row | None:
    if not answer.selection.by:
        return answer.rows[0] if answer.published else None
    wanted = reader.units["2023"].get(region, region) if role == "public" else region
    for row in answer.published:
        if row.keys["region"] in (wanted, region):
            return row
    return None


def _reached(answer: Estimates | None, row: Row | None, target: float | None) -> bool | None:
    if answer is None or row is None or row.value is None or target is None:
        return None
    if answer.indicator.direction == "down":
        return row.value <= target
    return row.value >= target


def counts(found: Iterable[Standing]) -> dict[State, int]:
    """How many actions are in each state, worst first; states nobody is in are left out."""
    states = [standing.state for standing in found]
    return {state: states.count(state) for state in STATES if state in states}


@dataclass(frozen=True)
class Waiting:
    """A demand and the days from its tabling to its answer, or to today while there is none."""

    demand: Demand
    days: int
    open: bool

    @property
    def overdue(self) -> bool:
        return self.open and self.days > rules().waiting_after_days


def waiting(register: Register, today: dt.date) -> tuple[Waiting, ...]:
    """Every demand, those still waiting first, the longest first."""
    found = []
    for demand in register.demands:
        still = demand.status in OPEN_DEMAND
        end = today if still else demand.status_date or today
        found.append(Waiting(demand, max(0, (end - demand.date).days), still))
    return tuple(sorted(found, key=lambda w: (not w.open, -w.days, w.demand.demand_id)))


@dataclass(frozen=True)
class Coverage:
    """Allies where the campaign works.

    Attributes:
        by_region: region → kind → how many allies of that region alone.
        national: allies of the whole country.
        without: regions with no ally of their own.
        axes: axis → (regions of its actions with an ally of their own, regions of its actions).
    """

    by_region: dict[str, dict[str, int]]
    national: tuple[Ally, ...]
    without: tuple[str, ...]
    axes: dict[str, tuple[int, int]]


def coverage(register: Register) -> Coverage:
    """Which regions and axes have allies, and which have none."""
    regions = [unit.slug for unit in region_units("2023")]
    by_region: dict[str, dict[str, int]] = {region: {} for region in regions}
    for ally in register.allies:
        if ally.region in by_region:
            kinds = by_region[ally.region]
            kinds[ally.kind] = kinds.get(ally.kind, 0) + 1
    covered = {region for region, kinds in by_region.items() if kinds}
    axes = {}
    for axis in register.axes:
        own = {action.region for action in register.actions if action.axis_id == axis.axis_id}
        axes[axis.axis_id] = (len(own & covered), len(own))
    return Coverage(
        by_region,
        tuple(ally for ally in register.allies if ally.region is None),
        tuple(region for region in regions if region not in covered),
        axes,
    )


def overdue(found: Iterable[Standing]) -> list[Standing]:
    """What is blocked or late, the longest first."""
    wrong = [standing for standing in found if standing.state in ("blocked", "late")]
    return sorted(wrong, key=lambda s: (STATES.index(s.state), -s.days_late, s.action.action_id))
