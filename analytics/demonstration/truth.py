"""What was put into the data, so that what comes out can be judged."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from analytics.demonstration.settings import CrisisPayment, month_label
from analytics.demonstration.world import World, second_onset

NATION = ["mali"]
DEPOSIT = "log of savings deposited per member and month (rise of savings_cycle_xof in a cycle)"


def truth(
    world: World, rows: dict[str, int], refused: Counter[str], kept: Counter[str]
) -> dict[str, Any]:
    """Content of ``truth.json``. An effect whose months are not shown was not injected."""
    options = world.options
    effects = [*_insecurity(world), *_covid(world), *_prices(world), *_flood(world)]
    effects += [*_variants(world), *_businesses(world), *_voice(world), *_displacement(world)]
    return {
        "demonstration": True,
        "seed": options.seed,
        "options": {
            "groups": options.groups,
            "since": month_label(options.since),
            "until": month_label(options.until),
            "seed": options.seed,
            **({"variant": options.variant} if options.variant else {}),
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


def _variants(world: World) -> list[dict[str, Any]]:
    """What only the worlds for judging the engine hold."""
    rules, reporting = world.settings.shocks.insecurity, world.settings.reporting
    months, onsets = _insecurity_months(world), _onsets(world)
    second = {
        cercle.slug: month_label(int(month))
        for cercle, month in zip(world.places.cercles, second_onset(world), strict=True)
        if month <= world.options.until
    }
    found = []
    if rules.spillover:
        found.append(_effect(
            "T10", "insecurity → savings of neighbours", DEPOSIT, "log points",
            rules.spillover * rules.savings, months=months,
            cercles=sorted(c.slug for c in world.places.cercles if c.slug not in onsets),
            neighbours="cercles of the same region of 2023, until struck themselves",
        ))  # fmt: skip
    if rules.again.share:
        found.append(_effect(
            "T12", "insecurity comes again → savings", DEPOSIT, "log points", rules.again.savings,
            months=_after(world, min(second.values(), default="")), cercles=sorted(second),
            second_onsets=second,
        ))  # fmt: skip
    if reporting.low_savers_missing:
        found.append(_effect(
            "M2", "months of low savings are not reported", "reports", "probability",
            reporting.low_savers_missing, months=months, cercles=sorted(onsets),
        ))  # fmt: skip
    return found


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


def _businesses(world: World) -> list[dict[str, Any]]:
    rules, shocks = world.settings.businesses, world.settings.shocks
    every = _span(world, world.options.since, len(world.months))
    falls = {
        "insecurity": (_insecurity_months(world), sorted(_onsets(world))),
        "covid19": (_after(world, month_label(shocks.covid19.start)), NATION),
        "prices": (_after(world, month_label(shocks.prices.start)), NATION),
    }
    effects = [
        _effect(
            "T7", "adaptation → reopening", "months until a business closed for a time reopens",
            "hazard ratio", rules.reopening.causal, naive=rules.reopening.naive,
            moderator="a hidden capability drives both", months=every, cercles=NATION,
        ),
        _effect(
            "T8", "masks → revenue (nothing to be found)", "revenue_xof", "log points",
            rules.masks_revenue, months=_after(world, month_label(shocks.covid19.start)),
            cercles=NATION,
        ),
        _effect(
            "T17", "market link → revenue", "revenue_xof", "log points",
            rules.market_link.revenue, moderator="owners who adapt, from the first crisis on",
            months=every, cercles=NATION,
        ),
    ]  # fmt: skip
    for number, (crisis, (months, cercles)) in enumerate(falls.items()):
        fall = rules.fall[crisis]
        effects.append(_effect(
            f"T{19 + number}", f"{crisis} → revenue", "revenue_xof of an open business",
            "log points in the first month", fall.size, half_life_months=fall.half_life,
            never_recovers_share=rules.never_recovers,
            closing_month_0=rules.closing.crises[crisis][0],
            months=months, cercles=cercles, from_onset=True,
        ))  # fmt: skip
    return [effect | {"dataset": "business_observation"} for effect in effects]


def _voice(world: World) -> list[dict[str, Any]]:
    survey = world.settings.survey
    asked = {month_label(month) for month in survey.rounds}
    campaign = survey.voice.campaign
    rounds = [m for m in _after(world, month_label(campaign.start)) if m in asked]
    food = [
        _effect(
            f"T{22 + number}", f"{crisis} → food security", "fcs_* (rise), rcsi_* (fall)",
            "points of the hidden security of a household", size,
            months=[m for m in _span(world, world.options.since, len(world.months)) if m in asked],
            cercles=NATION,
        )
        for number, (crisis, size) in enumerate(survey.food.crises.items())
    ]  # fmt: skip
    spaces = _effect(
        "T3", "insecurity → seats held by women (nothing to be found)", "seats_women / seats",
        "share points", world.settings.voice.spaces.insecurity,
        months=_insecurity_months(world), cercles=sorted(_onsets(world)),
    ) | {"dataset": "decision_space"}  # fmt: skip
    perception = _effect(
        "T18", "rounds since the campaign → women seen as leaders", "perceives_women_leaders",
        "points of 1–5", campaign.size, drift_year=survey.voice.leaders_drift_year,
        months=rounds, cercles=NATION,
    )  # fmt: skip
    return [spaces, *(effect | {"dataset": "member_survey"} for effect in (perception, *food))]


def _displacement(world: World) -> list[dict[str, Any]]:
    rules = world.settings.exposure.displaced
    first = min(_onsets(world).values(), default="")
    months = _after(world, first)[rules.delay_months :]
    return [
        _effect(
            "T9", "displacement → savings (nothing to be found)", DEPOSIT, "log points",
            rules.effect,
            pre_trend=f"people arrive {rules.delay_months} months after insecurity (T1), when "
            "savings have already fallen: the months before must fail the test of parallel trends",
            months=months, cercles=sorted(_onsets(world)), from_onset=True,
        )
    ]  # fmt: skip


def _insecurity_months(world: World) -> list[str]:
    return _after(world, min(_onsets(world).values(), default=""))


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
