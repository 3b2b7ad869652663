"""What groups gave: one deed at most a group and month, more of them where a crisis strikes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from analytics.demonstration.network import dates, first_day, group_ids
from analytics.demonstration.tables import Table, append, put_each, take
from analytics.demonstration.world import BURN_IN, Bools, Floats, World


def contribution_table(world: World, kept: Counter[str]) -> Table:
    """One row a deed: columns of dataset ``contribution``; some deeds are told twice."""
    rules, groups = world.settings.contributions, world.groups
    months = world.months[BURN_IN:]
    chances = _chances(world)
    rng = world.stream("contributions.deeds")
    last = np.minimum(groups.silent_from, groups.closed)
    active = (months >= groups.savings_from[:, None]) & (months < last[:, None])
    total = chances.sum(axis=0)
    group, column = np.nonzero(active & (rng.random(active.shape) < np.minimum(total, 0.95)))
    n = len(group)
    # which of the crises at work the deed answers, in proportion to what each adds
    steps = np.cumsum(chances[:, group, column], axis=0) / total[group, column]
    crisis = (rng.random(n) > steps[:-1]).sum(axis=0)
    names = list(rules.crises)
    told = {name: rules.crises[name] for name in names}

    kind = np.empty(n, dtype=object)
    beneficiary = np.empty(n, dtype=object)
    phase = np.empty(n, dtype=object)
    for position, name in enumerate(names):
        here = crisis == position
        size, rule = int(here.sum()), told[name]
        kind[here] = rng.choice(list(rule.kinds), size, p=list(rule.kinds.values()))
        beneficiary[here] = rng.choice(
            list(rule.beneficiaries), size, p=list(rule.beneficiaries.values())
        )
        phase[here] = rng.choice(list(rule.phases), size, p=list(rule.phases.values()))
    label = np.array([told[name].crisis for name in names])[crisis] if n else np.array([], str)

    women = rng.integers(3, 19, n)
    goods = rules.goods
    median = np.array([goods[k].median for k in kind], float)
    price = np.array([goods[k].price_xof for k in kind], float)
    unit = np.array([goods[k].unit for k in kind], dtype=object)
    quantity = np.maximum(1, np.round(median * np.exp(0.6 * rng.standard_normal(n))))
    inflation = world.shocks.price_index[BURN_IN:][column] / world.shocks.price_index[BURN_IN]
    value = np.round(quantity * price * inflation / 50).astype(np.int64) * 50
    counted = np.array([goods[k].unit != "" for k in kind], bool)
    per_head = np.array([rules.people_a_deed[b] for b in beneficiary], float)
    reached = np.maximum(1, np.round(per_head * np.exp(0.5 * rng.standard_normal(n))))
    adapts = np.array([goods[k].adaptation for k in kind], float)
    order = pa.array([f"DEMO-C-{i:06d}" for i in range(1, n + 1)], pa.string())
    people = reached.astype(np.int64)
    day = rng.integers(1, 28, n, endpoint=True)
    table: Table = {
        "contribution_id": order,
        "group_id": group_ids(world).take(pa.array(group)),
        "date": dates(first_day(months[column]) + day - 1),
        "kind": pa.array(kind, pa.string()),
        "purpose": pa.array(np.where(rng.random(n) < adapts, "adaptation", "mitigation")),
        "phase": pa.array(phase, pa.string()),
        "crisis": pa.array(label),
        "beneficiary": pa.array(beneficiary, pa.string()),
        "initiative": pa.array(
            np.where(rng.random(n) < rules.own_initiative, "own", "project"),
            mask=rng.random(n) < rules.missing,
        ),
        "women_involved": pa.array(women),
        "people_reached": pa.array(people, mask=rng.random(n) < rules.missing),
        "households_reached": pa.array(
            np.ceil(people / 6).astype(np.int64), mask=rng.random(n) < 2 * rules.missing
        ),
        "quantity": pa.array(quantity, mask=~counted),
        "quantity_unit": pa.array(unit, pa.string(), mask=~counted),
        "value_xof": pa.array(value, mask=(price == 0) | (rng.random(n) < rules.missing)),
        "source": pa.array(
            rng.choice(list(rules.sources), n, p=list(rules.sources.values())), pa.string()
        ),
    }  # fmt: skip
    return _tell_twice(world, table, counted, kept)


def _chances(world: World) -> Floats:
    """Chance of a deed, shape (crises, groups, months shown); the first is the ordinary one."""
    rules, shocks = world.settings.contributions.crises, world.settings.shocks
    months, cercle = world.months[BURN_IN:], world.groups.cercle
    flooded = world.shocks.flooded[cercle].any(axis=1, keepdims=True)
    since = {
        "insecurity": world.shocks.months_since_onset[cercle][:, BURN_IN:],
        "covid19": np.broadcast_to(months - shocks.covid19.start, (len(cercle), len(months))),
        "prices": np.broadcast_to(months - shocks.prices.start, (len(cercle), len(months))),
        "climate": np.where(flooded, months - shocks.flood.start, -1),
    }
    chances = []
    for name, rule in rules.items():
        if name in since:
            on = (since[name] >= 0) & (since[name] < rule.months)
            chances.append(rule.chance * on)
        else:
            chances.append(np.full((len(cercle), len(months)), rule.chance))
    return np.array(chances)


def _tell_twice(world: World, table: Table, counted: Bools, kept: Counter[str]) -> Table:
    """The same group, date, kind and quantity again under another id, from a weaker source."""
    candidates = np.flatnonzero(counted)
    rng = world.stream("contributions.twice")
    most = min(world.settings.contributions.told_twice, len(candidates))
    twice = np.sort(rng.choice(candidates, most, replace=False)) if most else candidates[:0]
    again = take(table, twice)
    ids = [f"DEMO-C-R{i:05d}" for i in range(1, most + 1)]
    again["contribution_id"] = pa.array(ids, pa.string())
    every = np.arange(most)
    put_each(again, "source", every, pa.array(["report"] * most, pa.string()))
    kept["contribution_told_twice"] = most
    return append(table, again)
