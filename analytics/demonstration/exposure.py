"""What the feeds would say of each cercle and month, in agreement with the shocks of the world.

Sources name their grain, for many cercles bear the name of their region.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from analytics.demonstration.settings import month_label
from analytics.demonstration.tables import Table
from analytics.demonstration.world import BURN_IN, Floats, World, second_onset

CERCLE, COUNTRY = "demonstration/cercle", "demonstration/country"


def exposure_table(world: World) -> Table:
    """One row a place, month and measure: columns of dataset ``shock_exposure``."""
    slugs = np.array([cercle.slug for cercle in world.places.cercles])
    months = np.array([month_label(int(m)) for m in world.months[BURN_IN:]])
    parts = []
    for kind, measure, values in _measures(world):
        place, month = np.nonzero(~np.isnan(values))
        parts.append((slugs[place], months[month], kind, measure, values[place, month], CERCLE))
    mali = np.array(["mali"])
    for measure, series in _covid(world):
        (month,) = np.nonzero(~np.isnan(series))
        place = np.repeat(mali, len(month))
        parts.append((place, months[month], "covid19", measure, series[month], COUNTRY))
    lengths = [len(part[0]) for part in parts]
    return {
        "place": pa.array(np.concatenate([part[0] for part in parts])),
        "month": pa.array(np.concatenate([part[1] for part in parts])),
        "kind": pa.array(np.repeat([part[2] for part in parts], lengths)),
        "measure": pa.array(np.repeat([part[3] for part in parts], lengths)),
        "value": pa.array(np.concatenate([part[4] for part in parts]).astype(float)),
        "source": pa.array(np.repeat([part[5] for part in parts], lengths)),
    }


def _measures(world: World) -> list[tuple[str, str, Floats]]:
    """Kind, measure and values of shape (cercles, months shown); NaN where nothing is said."""
    rules, shocks = world.settings.exposure, world.shocks
    since = shocks.months_since_onset[:, BURN_IN:]
    calendar = world.months[BURN_IN:] % 12 + 1
    rng = world.stream("exposure.events")
    quiet = np.where(since >= 0, 0.0, rules.events.before)
    fade = rules.events.later + (rules.events.at_onset - rules.events.later) * np.exp2(
        -np.maximum(since, 0) / 6
    )
    events = rng.poisson(quiet + np.where(since >= 0, fade, 0.0)).astype(float)
    fatalities = rng.poisson(rules.events.fatalities_each * events).astype(float)
    again = world.months[None, BURN_IN:] == second_onset(world)[:, None]
    onset = np.where((since == 0) | again, 1.0, np.nan)

    change = 100 * shocks.price_change[:, BURN_IN:]
    # In standard deviations, as the feed has it: the three limits of ALPS are 0.25, 1 and 2.
    alps = np.interp(change, [0, *rules.alps_from_pct], [0, 0.25, 1, 2]).round(2)

    rng = world.stream("exposure.rain")
    rain = 100 + rules.rain.sd_pct * rng.standard_normal(since.shape)
    rain += rules.rain.flood_pct * shocks.flooded[:, BURN_IN:]
    dry = (world.months[BURN_IN:] >= rules.rain.dry_from) & (
        world.months[BURN_IN:] <= rules.rain.dry_until
    )
    rain = np.maximum(rain + rules.rain.dry_pct * dry, 0).round(1)

    rng = world.stream("exposure.displaced")
    peak = rules.displaced.peak * np.exp(0.5 * rng.standard_normal(len(since)))[:, None]
    arrived = since - rules.displaced.delay_months
    length = np.maximum(arrived, 0)
    stock = peak * (1 - np.exp2(-(length + 1) / 3)) * np.exp2(-length / 30)
    displaced = np.where(arrived >= 0, np.round(stock), 0.0)

    rng = world.stream("exposure.food")
    food = rules.phase3plus
    share = food.base + food.price_per_10_pct * np.maximum(change, 0) / 10
    share += food.insecurity * ((since >= 0) & (since < 24))
    share += food.lean * np.isin(calendar, (6, 7, 8, 9))
    share = np.clip(share + 0.02 * rng.standard_normal(since.shape), 0.0, 0.9).round(3)
    rounds = np.isin(calendar, food.calendar_months)
    return [
        ("insecurity", "events", events),
        ("insecurity", "fatalities", fatalities),
        ("insecurity", "onset", onset),
        ("prices", "price_change_pct", change.round(2)),
        ("prices", "alps", alps),
        ("climate", "rainfall_pct_normal", rain),
        ("climate", "rainfall_z", ((rain - 100) / rules.rain.z_pct).round(2)),
        ("displacement", "displaced", displaced),
        ("food_insecurity", "phase3plus_share", np.where(rounds, share, np.nan)),
    ]


def _covid(world: World) -> list[tuple[str, Floats]]:
    rules, start = world.settings.exposure.covid19, world.settings.shocks.covid19.start
    since = world.months[BURN_IN:] - start
    told = (since >= 0) & (since < len(rules.stringency))
    at = np.clip(since, 0, len(rules.stringency) - 1)
    return [
        (name, np.where(told, np.array(series, float)[at], np.nan))
        for name, series in (("stringency", rules.stringency), ("cases", rules.cases))
    ]
