"""The context files: crises of the reference register, population, prices."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from analytics.demonstration.settings import month_label
from analytics.demonstration.tables import Table
from analytics.demonstration.world import BURN_IN, REFERENCE, World, read_rows

CRISIS_COLUMNS = (
    "event_id", "start_date", "end_date", "kind", "title_fr", "title_en", "region", "source",
    "source_url",
)  # fmt: skip


def crisis_table(reference: Path = REFERENCE) -> Table:
    """The crises Mali lived through, as the reference register has them."""
    rows = read_rows(reference / "crisis_events.csv")
    return {
        column: pa.array([row[column] or None for row in rows], pa.string())
        for column in CRISIS_COLUMNS
    }


def population_table(world: World) -> Table:
    """Population of 2022 by region of 2023, carried to every year shown."""
    rules = world.settings.population
    years = range(world.options.since // 12, world.options.until // 12 + 1)
    rows = [
        (place, year, round(counted * (1 + rules.growth_year) ** (year - 2022)))
        for place, counted in world.places.population_2022.items()
        for year in years
    ]
    source = f"RGPH5 2022, regions of 2023, projected at {rules.growth_year:.1%} a year"
    return {
        "place": pa.array([place for place, _, _ in rows]),
        "year": pa.array([year for _, year, _ in rows]),
        "population": pa.array([people for _, _, people in rows]),
        "women": pa.array([round(rules.women_share * people) for _, _, people in rows]),
        "source": pa.array([f"demonstration: {source}"] * len(rows)),
    }


def price_table(world: World) -> Table:
    """National consumer prices, synthetic."""
    months = world.months[BURN_IN:]
    index = world.shocks.price_index[world.shown].round(2)
    return {
        "month": pa.array([month_label(int(month)) for month in months]),
        "index": pa.array(index),
        "source": pa.array(["demonstration"] * len(months)),
    }
