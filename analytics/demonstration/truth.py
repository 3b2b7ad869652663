"""What was put into the data, so that what comes out can be judged."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from analytics.demonstration.settings import CrisisPayment, month_label
from analytics.demonstration.world import World

NATION = ["mali"]
DEPOSIT = "log of savings deposited per member and month (rise of savings_cycle_xof in a cycle)"


def truth(
    world: World, rows: dict[str, int], refused: Counter[str], kept: Counter[str]
) -> dict[str, Any]:
    """Content of ``truth.json``. An effect whose months are not shown was not injected."""
    options = world.options
    effects = [*_insecurity(world), *_covid(world), *_prices(world), *_flood(world)]
    return {
        "demonstration": True,
        "seed": options.seed,
        "options": {
            "groups": options.groups,
            "since": month_label(options.since),
            "until": month_label(options.until),
            "seed": options.seed,
        },
        "rows": rows,
        "effects": [effect for effect in effects if effect["months"]],
        "onsets": _onsets(world),
        "never_exposed": sorted(
            c.slug
            for c, onset in zip(world.places.cercles, world.shocks.onset, strict=True)
            if onset > options.until
        ),
        "bad_rows": dict(refused),
        "kept_blemishes": dict(kept),
    }


def _onsets(world: World) -> dict[str, str]:
    pairs = zip(world.places.cercles, world.shocks.onset, strict=True)
    return {c.slug: month_label(int(m)) for c, m in pairs if m <= world.options.until}


def _effect(
    effect_id: str, name: str, outcome: str, scale: str, size: float, **more: Any
) -> dict[str, Any]:
    return {
        "id": effect_id,
        "name": name,
        "dataset": "vsla_observation",
        "outcome": outcome,
        "scale": scale,
        "size": size,
        **more,
    }


def _insecurity(world: World) -> list[dict[str, Any]]:
    rules, onsets = world.settings.shocks.insecurity, _onsets(world)
    cercles = sorted(onsets)
    path = np.interp(
        np.arange(12), [rules.hold_until, rules.floor_from], [rules.savings, rules.floor]
    ).round(4)
    months = _after(world, min(onsets.values(), default=""))
    return [
        _effect(
            "T1", "insecurity → savings", DEPOSIT, "log points", rules.savings,
            mean_months_0_11=round(float(path.mean()), 4),
            path_by_month_since_onset=[float(step) for step in path],
            later_months=rules.floor, months=months, cercles=cercles, from_onset=True,
        ),
        _effect(
            "T2", "social fund → smaller fall in savings", DEPOSIT, "log points",
            rules.buffer.causal, naive=rules.buffer.naive,
            moderator="social_fund_xof > 0 before the onset; confounded by latent wealth",
            months_since_onset=[0, rules.buffer.months - 1],
            months=months, cercles=cercles, from_onset=True,
        ),
        _payment(world, "T14", "insecurity", rules.crisis_payment, months, cercles),
    ]  # fmt: skip


def _covid(world: World) -> list[dict[str, Any]]:
    rules = world.settings.shocks.covid19
    return [
        _effect(
            "T6", "COVID-19 → attendance", "members_attending / members", "relative",
            rules.attendance, months=_span(world, rules.start, rules.months), cercles=NATION,
        ),
        _payment(
            world, "T15", "COVID-19", rules.crisis_payment,
            _span(world, rules.start, rules.crisis_payment.months), NATION,
        ),
    ]  # fmt: skip


def _prices(world: World) -> list[dict[str, Any]]:
    rules = world.settings.shocks.prices
    return [
        _effect(
            "T5", "prices → loans for food", "loans_for_food_xof / loans_outstanding_xof",
            "share points for each 10 % of 12-month change in local prices",
            rules.food_loans_per_10_pct,
            months=_span(world, world.options.since, len(world.months)), cercles=NATION,
        ),
        _effect(
            "T13", "price crisis → savings", DEPOSIT, "relative", rules.savings,
            months=_span(world, rules.start, rules.months), cercles=NATION,
        ),
        _payment(
            world, "T16", "prices", rules.crisis_payment,
            _span(world, rules.start, rules.crisis_payment.months), NATION,
        ),
    ]  # fmt: skip


def _flood(world: World) -> list[dict[str, Any]]:
    rules = world.settings.shocks.flood
    hit = np.flatnonzero(world.shocks.flooded.any(axis=1))
    cercles = [world.places.cercles[position].slug for position in hit]
    return [
        _effect(
            "T4", "floods → attendance (nothing to be found)", "members_attending / members",
            "relative", rules.attendance, months=_span(world, rules.start, rules.months),
            cercles=sorted(cercles),
        )
    ]  # fmt: skip


def _payment(
    world: World,
    effect_id: str,
    crisis: str,
    rules: CrisisPayment,
    months: list[str],
    cercles: list[str],
) -> dict[str, Any]:
    return _effect(
        effect_id,
        f"{crisis} → help paid from the social fund",
        "chance in a month of a payment in social_fund_paid_crisis_xof (groups with a fund); "
        "households_supported rises with it",
        "probability",
        rules.add,
        base=world.settings.social_fund.crisis_month,
        lasts_months=rules.months,
        months=months,
        cercles=cercles,
    )


def _span(world: World, start: int, length: int) -> list[str]:
    shown = range(world.options.since, world.options.until + 1)
    return [month_label(month) for month in shown if start <= month < start + length]


def _after(world: World, first: str) -> list[str]:
    every = _span(world, world.options.since, len(world.months))
    return [month for month in every if first and month >= first]
