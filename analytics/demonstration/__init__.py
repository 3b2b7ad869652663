"""Synthetic demonstration data with known effects.

One ``World`` (places, groups, crises, seeds) is shared by all datasets; each family of datasets
is one module that turns the world into tables (``network``, ``businesses``, ``survey`` …). Levels
and effects stand in ``data/demonstration.yaml``; what was injected is told in ``truth.json``.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from analytics.demonstration.advocacy import campaign_tables, result_tables
from analytics.demonstration.blemishes import (
    spoil,
    spoil_cycles,
    spoil_groups,
    spoil_observations,
)
from analytics.demonstration.businesses import business_table
from analytics.demonstration.context import crisis_table, population_table, price_table
from analytics.demonstration.contributions import contribution_table
from analytics.demonstration.exposure import exposure_table
from analytics.demonstration.ledger import keep_ledgers
from analytics.demonstration.network import (
    cycle_table,
    group_ids,
    group_table,
    observation_table,
    reports,
)
from analytics.demonstration.settings import month_label
from analytics.demonstration.survey import survey_table
from analytics.demonstration.tables import Table
from analytics.demonstration.truth import truth
from analytics.demonstration.voice import activity_table, space_table, testimony_table
from analytics.demonstration.world import Options, World, build_world
from analytics.demonstration.write import write_dataset, write_truth
from analytics.errors import UserError
from analytics.period import parse_period

__all__ = ["write_demonstration"]


def write_demonstration(
    out: Path,
    *,
    groups: int = 1200,
    since: str = "2018-01",
    until: str | None = None,
    seed: int = 2023,
    variant: str = "",
    progress: Callable[[str], None] | None = None,
) -> dict[str, int]:
    """Write synthetic files, one CSV a dataset, and ``truth.json`` into the folder ``out``.

    The same options give the same bytes. Every row carries ``demonstration = true``.

    Args:
        out: created if missing; files of the same name are replaced.
        groups: savings groups, at least 1.
        since: first month, ``YYYY-MM``.
        until: last month; by default the last full month before today.
        seed: not negative.
        variant: a world for judging the evidence engine instead of the one shown.
        progress: called with the name of each dataset before it is made.

    Returns:
        Rows written by dataset, rows meant to be refused included.

    Raises:
        UserError: for an option that cannot be met.
    """
    options = replace(_options(groups, since, until, seed), variant=variant)
    out.mkdir(parents=True, exist_ok=True)
    refused: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    rows: dict[str, int] = {}
    world = build_world(options)
    for dataset, table in _tables(world, refused, kept):
        if progress:
            progress(dataset)
        rows[dataset] = write_dataset(out, dataset, table)
    write_truth(out, truth(world, rows, refused, kept))
    return rows


def _tables(world: World, refused: Counter[str], kept: Counter[str]) -> Iterator[tuple[str, Table]]:
    ids, ledger = group_ids(world), keep_ledgers(world)
    yield "vsla_group", spoil_groups(world, group_table(world), refused)
    yield "vsla_cycle", spoil_cycles(world, cycle_table(world, ledger, ids), refused)
    rows = reports(world, ledger)
    observations = observation_table(world, ledger, rows, ids)
    del ledger
    yield "vsla_observation", spoil_observations(world, observations, rows, refused, kept)
    yield "crisis_event", crisis_table()
    yield "population", population_table(world)
    yield "price_index", price_table(world)
    for dataset, table in _told_by_people(world, kept):
        yield dataset, spoil(world, dataset, table, refused)


def _told_by_people(world: World, kept: Counter[str]) -> Iterator[tuple[str, Table]]:
    """The other datasets; each draws from random streams of its own."""
    yield "business_observation", business_table(world)
    yield "member_survey", survey_table(world)
    yield "contribution", contribution_table(world, kept)
    yield "testimony", testimony_table(world)
    yield "decision_space", space_table(world)
    yield "activity", activity_table(world)
    yield from campaign_tables(world).items()
    yield "shock_exposure", exposure_table(world)
    yield from result_tables(world).items()


def _options(groups: int, since: str, until: str | None, seed: int) -> Options:
    today = dt.date.today()
    last_full = today.year * 12 + today.month - 2
    if groups < 1:
        raise UserError("demo_option", name="--groups", value=groups, expected="≥ 1")
    if seed < 0:
        raise UserError("demo_option", name="--seed", value=seed, expected="≥ 0")
    first = _month("--since", since)
    last = last_full if until is None else _month("--until", until)
    if last > last_full:
        expected = f"≤ {month_label(last_full)}"
        raise UserError("demo_option", name="--until", value=until, expected=expected)
    if first > last:
        raise UserError("period_reversed", start=since, end=month_label(last))
    return Options(groups, first, last, seed)


def _month(name: str, label: str) -> int:
    """Month number of ``YYYY-MM``; the network's own dates begin in 2000."""
    period = parse_period(label)
    if period.kind != "month" or period.year < 2005:
        raise UserError("demo_option", name=name, value=label, expected="YYYY-MM, ≥ 2005-01")
    return period.year * 12 + period.start.month - 1
