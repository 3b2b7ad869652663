"""What real deliveries look like: gaps, repeated rows, unit errors, rows that must be refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.demonstration.network import OPTIONAL, Reports
from analytics.demonstration.tables import (
    Table,
    append,
    blank,
    put,
    put_each,
    rows_of,
    take,
)
from analytics.demonstration.world import Bools, Ints, World
from analytics.sources.contracts import DATASETS

#: rows of one dataset spoiled by each kind of mistake
Spoil = Callable[[Table, Ints, World], None]


def spoil_groups(world: World, table: Table, refused: Counter[str]) -> Table:
    """Append registrations that must be refused; they have no cycles and no observations."""
    kinds = _wanted(world, _GROUP_MISTAKES, rows_of(table))
    extra = take(table, np.arange(len(kinds)))
    extra["group_id"] = pa.array(
        [f"DEMO-{rows_of(table) + n:05d}" for n in range(1, len(kinds) + 1)], pa.string()
    )
    _spoil(world, extra, np.arange(len(kinds)), kinds, _GROUP_MISTAKES, refused)
    return append(table, extra)


def spoil_cycles(world: World, table: Table, refused: Counter[str]) -> Table:
    """Append cycles that must be refused, numbered so that they clash with no real one."""
    kinds = _wanted(world, _CYCLE_MISTAKES, rows_of(table))
    extra = take(table, np.arange(len(kinds)))
    extra["cycle_no"] = pc.add(extra["cycle_no"], pa.scalar(100, extra["cycle_no"].type))
    _spoil(world, extra, np.arange(len(kinds)), kinds, _CYCLE_MISTAKES, refused)
    return append(table, extra)


def spoil_observations(
    world: World, table: Table, reports: Reports, refused: Counter[str], kept: Counter[str]
) -> Table:
    """Gaps in optional columns, unit errors, spoiled rows and exact repetitions.

    Spoiled rows are real ones changed in place; none of them is repeated.
    """
    rules, rng = world.settings.reporting, world.stream("blemishes.missing")
    for column in OPTIONAL:
        blank(table, column, rng.random(len(reports)) < rules.optional_missing)

    kinds = _wanted(world, _OBSERVATION_MISTAKES, len(reports))
    order = world.stream("blemishes.rows").permutation(len(reports))
    spoiled = np.sort(order[: len(kinds)])
    _spoil(world, table, spoiled, kinds, _OBSERVATION_MISTAKES, refused)

    fund = table["social_fund_xof"].to_numpy().astype(np.int64)
    candidates = _superseded(reports) & (fund > 0)
    candidates[spoiled] = False
    multiplied = np.sort(order[candidates[order]][: world.settings.blemishes.unit_errors])
    put_each(table, "social_fund_xof", multiplied, pa.array(fund[multiplied] * 100))
    kept["unit_error_x100"] = len(multiplied)

    repeated = world.stream("blemishes.duplicates").random(len(reports)) < rules.duplicates
    repeated[spoiled] = False
    kept["exact_duplicate"] = int(repeated.sum())
    return take(table, np.repeat(np.arange(len(reports)), 1 + repeated))


def spoil(world: World, dataset: str, table: Table, refused: Counter[str]) -> Table:
    """Append copies of the first rows, each with one mistake of ``refused`` in the settings.

    A copy gets a key of its own where the key is ours to choose, so that it clashes with no row.
    """
    mistakes = list(world.settings.refused.get(dataset, {}).items())[: rows_of(table)]
    extra = take(table, np.arange(len(mistakes)))
    key = DATASETS[dataset].key[0]
    if key not in dict(mistakes) and key.endswith("_id") and key != "indicator_id":
        prefix = "DEMO-X-" + dataset.upper().replace("_", "-")
        ids = [f"{prefix}-{n}" for n in range(1, len(mistakes) + 1)]
        extra[key] = pa.array(ids, pa.string())
    rules = world.settings.blemishes
    wrong: dict[str, object] = {
        "stranger": rules.unknown_group,
        "missing": None,
        "unknown": rules.unknown_code,
        "future": rules.future_date,
        "misspelt": rules.misspelt_region,
        "negative": -500,
        "too_many": 9,
        "over": 99,
        "no": False,
    }
    for row, (column, mistake) in enumerate(mistakes):
        put(extra, column, np.array([row]), wrong[mistake])
        if mistake == "misspelt" and "cercle" in extra:
            put(extra, "cercle", np.array([row]), None)
        refused[f"{dataset}.{column}.{mistake}"] += 1
    return append(table, extra)


def _superseded(reports: Reports) -> Bools:
    """Reports followed by another of the same group and quarter.

    A unit error there shows among the warnings and in the monthly view of the staff, and leaves
    the quarterly figures of the demonstration presentable.
    """
    followed = np.zeros(len(reports), bool)
    followed[:-1] = (reports.group[1:] == reports.group[:-1]) & (
        reports.quarter[1:] == reports.quarter[:-1]
    )
    return followed


def _wanted(world: World, mistakes: dict[str, Spoil], rows: int) -> list[str]:
    counts = world.settings.blemishes.counts
    return [kind for kind in mistakes for _ in range(counts[kind])][:rows]


def _spoil(
    world: World,
    table: Table,
    rows: Ints,
    kinds: list[str],
    mistakes: dict[str, Spoil],
    refused: Counter[str],
) -> None:
    for kind, count in Counter(kinds).items():
        chosen = rows[[n for n, name in enumerate(kinds) if name == kind]]
        mistakes[kind](table, chosen, world)
        refused[kind] += count


def _value_missing(column: str) -> Spoil:
    return lambda table, rows, world: put(table, column, rows, None)


def _code_unknown(column: str) -> Spoil:
    return lambda table, rows, world: put(
        table, column, rows, world.settings.blemishes.unknown_code
    )


def _date_in_future(column: str) -> Spoil:
    return lambda table, rows, world: put(table, column, rows, world.settings.blemishes.future_date)


def _group_unknown(table: Table, rows: Ints, world: World) -> None:
    put(table, "group_id", rows, world.settings.blemishes.unknown_group)


def _region_misspelt(table: Table, rows: Ints, world: World) -> None:
    put(table, "region", rows, world.settings.blemishes.misspelt_region)
    put(table, "cercle", rows, None)


def _attending_over_members(table: Table, rows: Ints, world: World) -> None:
    chosen = take(table, rows)
    members = pc.add(chosen["members_women"], chosen["members_men"])
    put_each(table, "members_attending", rows, pc.add(members, 3))


def _late_over_outstanding(table: Table, rows: Ints, world: World) -> None:
    loans = take(table, rows)["loans_outstanding_xof"]
    put_each(table, "loans_late_xof", rows, pc.add(loans, 5000))


def _savings_negative(table: Table, rows: Ints, world: World) -> None:
    put_each(table, "savings_cycle_xof", rows, pc.negate(take(table, rows)["savings_cycle_xof"]))


_GROUP_MISTAKES: dict[str, Spoil] = {
    "region_misspelt": _region_misspelt,
    "group_code_unknown": _code_unknown("group_type"),
    "group_value_missing": _value_missing("facilitating_agency"),
    "group_date_in_future": _date_in_future("date_first_training"),
}
_CYCLE_MISTAKES: dict[str, Spoil] = {
    "cycle_group_unknown": _group_unknown,
    "cycle_code_unknown": _code_unknown("status"),
    "cycle_value_missing": _value_missing("members_at_start"),
}
_OBSERVATION_MISTAKES: dict[str, Spoil] = {
    "observation_group_unknown": _group_unknown,
    "observation_value_missing": _value_missing("loan_fund_cash_xof"),
    "observation_date_in_future": _date_in_future("obs_date"),
    "attending_over_members": _attending_over_members,
    "late_over_outstanding": _late_over_outstanding,
    "savings_negative": _savings_negative,
}
