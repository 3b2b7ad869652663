"""The campaign: consultations before the workshop, axes, actions, demands, allies, targets, reach.

The campaign has its own calendar and does not follow the months shown. Titles are illustrative
and say so: the axes adopted are for the network to enter.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from analytics.demonstration.tables import Table, table_of
from analytics.demonstration.voice import day_of, region_list
from analytics.demonstration.world import World

SOURCE = "demonstration"


def campaign_tables(world: World) -> dict[str, Table]:
    """Tables by dataset, in the order of the contracts that refer to each other."""
    return {
        "consultation": _consultations(world),
        "advocacy_axis": _axes(world),
        "action": _actions(world),
        "demand": _demands(world),
        "ally": _allies(world),
    }


def result_tables(world: World) -> dict[str, Table]:
    """What was aimed at, whom it reached and what it cost."""
    return {"target": _targets(world), "reach": _reach(world), "programme_cost": _costs(world)}


def _consultations(world: World) -> Table:
    rules = world.settings.advocacy.consultations
    rng = world.stream("advocacy.consultations")
    rows: list[dict[str, Any]] = []
    for region in region_list(world):
        for _ in range(rules.each_region):
            women = int(rng.integers(*rules.women, endpoint=True))
            rows.append({
                "consultation_id": f"DEMO-CO-{len(rows) + 1:03d}",
                "date": rules.last - dt.timedelta(days=int(rng.integers(1, rules.days_before))),
                "region": region,
                "women": women,
                "men": int(rng.binomial(women, 0.2)),
                "priorities": str(rng.choice(rules.priorities)),
            })  # fmt: skip
    return table_of("consultation", rows)


def _axes(world: World) -> Table:
    axes = world.settings.advocacy.axes
    return table_of("advocacy_axis", [
        {"axis_id": f"DEMO-AX-{n}", "title_fr": axis.fr, "title_en": axis.en}
        for n, axis in enumerate(axes, start=1)
    ])  # fmt: skip


def _actions(world: World) -> Table:
    rules = world.settings.advocacy.actions
    rng = world.stream("advocacy.actions")
    until = day_of(world.options.until, 28)
    rows: list[dict[str, Any]] = []
    for region in region_list(world):
        for action in rules.menu:
            due = day_of(int(rng.integers(rules.due_from, rules.due_until)), 28)
            draw = rng.random()
            if due < until:
                status = "done" if draw < 0.55 else "late" if draw < 0.9 else "dropped"
            else:
                status = "under_way" if draw < 0.5 else "planned"
            budget = int(rng.integers(5, 80)) * 100_000
            part = {"done": 0.95, "late": 0.5, "under_way": 0.4, "dropped": 0.1}.get(status, 0.0)
            rows.append({
                "action_id": f"DEMO-A-{len(rows) + 1:03d}",
                "axis_id": f"DEMO-AX-{action.axis}",
                "region": region,
                "title_fr": action.fr,
                "title_en": action.en,
                "responsible": action.responsible,
                "due_date": due,
                "status": status,
                "budget_xof": budget,
                "spent_xof": int(round(budget * part, -3)),
                "indicator_id": action.indicator,
                "target": action.target,
            })  # fmt: skip
    return table_of("action", rows)


def _demands(world: World) -> Table:
    rules = world.settings.advocacy.demands
    rng = world.stream("advocacy.demands")
    rows: list[dict[str, Any]] = []
    for region in region_list(world):
        for demand in rules.menu:
            tabled = rules.first + dt.timedelta(days=int(rng.integers(0, rules.days)))
            status = str(rng.choice(list(rules.status), p=list(rules.status.values())))
            answered = tabled + dt.timedelta(days=int(rng.integers(20, 200)))
            rows.append({
                "demand_id": f"DEMO-D-{len(rows) + 1:03d}",
                "axis_id": f"DEMO-AX-{demand.axis}",
                "date": tabled,
                "region": region,
                "addressed_to": demand.addressed_to,
                "text_fr": demand.fr,
                "text_en": demand.en,
                "claim_ids": demand.claims,
                "status": status,
                "status_date": None if status == "tabled" else answered,
            })  # fmt: skip
    return table_of("demand", rows)


def _allies(world: World) -> Table:
    rules = world.settings.advocacy.allies
    rng = world.stream("advocacy.allies")
    regions = region_list(world)
    rows = []
    for number, (title, kind, regional) in enumerate(rules.menu, start=1):
        region = str(rng.choice(regions)) if regional else None
        rows.append({
            "ally_id": f"DEMO-AL-{number:02d}",
            "name": title,
            "kind": kind,
            "region": region,
            "joined": rules.first + dt.timedelta(days=int(rng.integers(0, rules.days))),
        })  # fmt: skip
    return table_of("ally", rows)


def _targets(world: World) -> Table:
    rules = world.settings.advocacy.targets
    rng = world.stream("advocacy.targets")
    rows = []
    for indicator, (baseline, target) in rules.indicators.items():
        for region in [None, *region_list(world)]:
            shift = float(np.exp(0.06 * rng.standard_normal())) if region else 1.0
            first, last = rules.years
            for year in range(first, last + 1):
                part = (year - first + 1) / (last - first + 1)
                wanted = baseline * shift + (target - baseline * shift) * part
                rows.append({
                    "indicator_id": indicator,
                    "region": region,
                    "year": year,
                    "baseline": round(baseline * shift, 3),
                    "target": round(wanted, 3),
                })  # fmt: skip
    return table_of("target", rows)


def _years(world: World) -> range:
    return range(world.options.since // 12, world.options.until // 12 + 1)


def _reach(world: World) -> Table:
    """Direct: members of the groups of a project; indirect: their households, kept apart."""
    rng = world.stream("advocacy.reach")
    weights = world.settings.places.region_weights
    size = len(world.groups) * world.settings.groups.members.mean
    rows = []
    for project in world.settings.groups.projects:
        for year in _years(world):
            for region in region_list(world):
                direct = size * weights[region] / len(world.settings.groups.projects)
                women = round(direct * float(rng.uniform(0.6, 1.1)))
                rows.append({
                    "project": project,
                    "year": year,
                    "region": region,
                    "direct_women": women,
                    "direct_men": round(women * 0.08),
                    "indirect": round(women * float(rng.uniform(3.5, 5.0))),
                    "source": SOURCE,
                })  # fmt: skip
    return table_of("reach", rows)


def _costs(world: World) -> Table:
    rules, rng = world.settings.advocacy, world.stream("advocacy.costs")
    size = len(world.groups) * world.settings.groups.members.mean
    projects = world.settings.groups.projects
    return table_of("programme_cost", [
        {
            "project": project,
            "year": year,
            "cost_xof": round(size / len(projects) * rules.cost_member_xof * rng.uniform(0.8, 1.2)),
            "source": SOURCE,
        }
        for project in projects
        for year in _years(world)
    ])  # fmt: skip
