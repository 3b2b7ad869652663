"""Rounds of interviews: women and men, members and neighbours, in the same sampling points.

Food eaten and coping follow one hidden security of the household, so that both scores tell the
same story. Arrays have one element an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analytics.demonstration.network import dates, first_day, group_ids
from analytics.demonstration.settings import month_label
from analytics.demonstration.tables import Table, words
from analytics.demonstration.world import Bools, Floats, Ints, World

AGES = ("18-24", "25-34", "35-44", "45-59", "60+")


@dataclass(frozen=True)
class _Sample:
    """Who is asked: positions of groups (the sampling points), person within it, round."""

    group: Ints
    person: Ints
    month: Ints

    def __len__(self) -> int:
        return len(self.group)


def survey_table(world: World) -> Table:
    """One row an answer: columns of dataset ``member_survey``."""
    rules, groups, places = world.settings.survey, world.groups, world.places
    asked, size = _asked(world)
    n, rng = len(asked), world.stream("survey.people")
    people = len(groups) * rules.people_a_point

    def fixed(share: float) -> Bools:
        """A trait a person keeps from round to round."""
        return (rng.random(people) < share)[who]

    who = asked.group * rules.people_a_point + asked.person
    # the last of each sampling point is a man, the one before a neighbour who is no member
    male = asked.person == rules.people_a_point - 1
    mixed = groups.women_share[asked.group] < 1.0
    member = np.where(male, mixed & fixed(0.4), asked.person < rules.people_a_point - 2)
    age = np.searchsorted(np.cumsum(rules.ages), rng.random(people))[who]
    cercle = groups.cercle[asked.group]
    since = world.shocks.months_since_onset[cercle, asked.month - int(world.months[0])]
    insecure = (since >= 0) & (since < rules.crisis_months)
    before, after = rules.displaced
    displaced = rng.random(people)[who] < np.where(since >= 0, after, before)
    crises = _crises(world, asked, insecure)

    secure = _security(world, asked, who, crises, member, displaced)
    region = np.array([c.region_2023 for c in places.cercles])[cercle]
    rounds = [month_label(int(month)) for month in asked.month]
    probability = np.isin(asked.month, rules.programme_rounds, invert=True)
    stray = rng.random(n)
    table: Table = {
        "respondent_id": pa.array([f"DEMO-R-{i + 1:06d}" for i in who], pa.string()),
        "group_id": pa.array(
            [g if m else None for g, m in zip(
                group_ids(world).take(pa.array(asked.group)).to_pylist(), member, strict=True
            )], pa.string(),
        ),
        "round": pa.array(rounds, pa.string()),
        "survey_date": dates(first_day(asked.month) + rng.integers(2, 24, n)),
        "sex": pa.array(np.where(male, "male", "female")),
        "age_band": pa.array(np.array(AGES)[np.minimum(age, 4)], mask=stray < rules.missing),
        "region": pa.array(region),
        "cercle": pa.array(np.array([c.slug for c in places.cercles])[cercle]),
        "vsla_member": pa.array(member.astype(bool)),
        "displaced": pa.array(displaced, mask=stray > 1 - rules.missing),
        "weight": pa.array(
            np.round(size * rng.uniform(0.8, 1.25, people)[who], 3), mask=~probability
        ),
        # one sampling point makes no stratum: the thin regions are drawn with their neighbour
        "strata": pa.array(np.where(
            np.isin(region, world.settings.reporting.thin_regions), rules.thin_stratum, region
        )),
        "psu": pa.array([f"DEMO-P-{g + 1:05d}" for g in asked.group], pa.string()),
        "sample": pa.array(np.where(probability, "probability", "programme")),
    }  # fmt: skip
    table |= _themes(world, crises, member)
    table |= _days(world, secure)
    return table | _voice(world, asked, male, member)


def _asked(world: World) -> tuple[_Sample, Floats]:
    """The sample, and how many groups of its region each sampling point stands for."""
    rules, groups = world.settings.survey, world.groups
    shown = [m for m in rules.rounds if world.options.since <= m <= world.options.until]
    region = np.array([c.region_2023 for c in world.places.cercles])[groups.cercle]
    order = world.stream("survey.points").permutation(len(groups))
    chosen: list[Ints] = []
    months: list[Ints] = []
    stands_for: list[Floats] = []
    for month in shown:
        alive = (groups.savings_from <= month) & (groups.closed > month)
        for name in sorted(set(region)):
            there = order[(alive & (region == name))[order]]
            thin = name in world.settings.reporting.thin_regions
            most = rules.thin_points if thin else len(there)
            wanted = max(rules.least_points, round(rules.point_share * len(there)))
            points = np.sort(there[: min(wanted, most)])
            chosen.append(points)
            months.append(np.full(len(points), month))
            stands_for.append(np.full(len(points), len(there) / max(len(points), 1)))
    none = [np.array([], np.int64)]
    point = np.concatenate([*none, *chosen])
    each = rules.people_a_point
    sample = _Sample(
        np.repeat(point, each),
        np.tile(np.arange(each), len(point)),
        np.repeat(np.concatenate([*none, *months]), each),
    )
    weight = np.repeat(np.concatenate([np.array([]), *stands_for]), each)
    answered = world.stream("survey.answered").random(len(sample)) >= rules.refusals
    return (
        _Sample(sample.group[answered], sample.person[answered], sample.month[answered]),
        weight[answered],
    )


def _crises(world: World, asked: _Sample, insecure: Bools) -> dict[str, Bools]:
    shocks = world.settings.shocks
    covid, prices = asked.month - shocks.covid19.start, asked.month - shocks.prices.start
    return {
        "insecurity": insecure,
        "covid19": (covid >= 0) & (covid < world.settings.survey.crisis_months),
        "prices": (prices >= 0) & (prices < shocks.prices.months),
    }


def _security(
    world: World, asked: _Sample, who: Ints, crises: dict[str, Bools], member: Bools,
    displaced: Bools,
) -> Floats:  # fmt: skip
    rules = world.settings.survey.food
    rng = world.stream("survey.food")
    people = len(world.groups) * world.settings.survey.people_a_point
    point = rules.point_sd * rng.standard_normal(len(world.groups))
    home = rules.person_sd * rng.standard_normal(people)
    secure = point[asked.group] + home[who] + rules.noise_sd * rng.standard_normal(len(who))
    for crisis, where in crises.items():
        secure += rules.crises[crisis] * where
    secure += rules.lean * np.isin(asked.month % 12 + 1, (6, 7, 8, 9))
    return secure + rules.member * member + rules.displaced * displaced


def _days(world: World, secure: Floats) -> Table:
    """Days of the last seven: food groups rise with security, coping falls."""
    rules = world.settings.survey.food
    rng = world.stream("survey.days")
    table: Table = {}
    for column, (level, slope) in rules.days.items():
        chance = 1 / (1 + np.exp(-(level + slope * secure)))
        days = rng.binomial(7, chance)
        table[column] = pa.array(
            days, mask=rng.random(len(secure)) < world.settings.survey.missing
        )  # fmt: skip
    return table


def _themes(world: World, crises: dict[str, Bools], member: Bools) -> Table:
    rules = world.settings.survey
    table: Table = {}
    for column, themes in rules.themes.items():
        rng = world.stream(f"survey.{column}")
        parts = []
        for theme, chances in themes.items():
            chance = np.full(len(member), chances.get("base", 0.0))
            for crisis, where in crises.items():
                chance += chances.get(crisis, 0.0) * where
            chance += chances.get("member", 0.0) * member
            parts.append((rng.random(len(member)) < chance, theme))
        nothing = ~np.any([where for where, _ in parts], axis=0)
        blank = rng.random(len(member)) < rules.missing
        table[column] = words([*parts, (nothing, "none")], blank)
    return table


def _voice(world: World, asked: _Sample, male: Bools, member: Bools) -> Table:
    """Voice differs between women, their neighbours and men; it drifts up with the years."""
    rules = world.settings.survey.voice
    rng = world.stream("survey.voice")
    n, missing = len(asked), world.settings.survey.missing
    years = (asked.month - 2018 * 12) / 12
    table: Table = {}
    for column, (women_members, other_women, men) in rules.shares.items():
        share = np.where(male, men, np.where(member, women_members, other_women))
        yes = rng.random(n) < np.clip(share + rules.drift_year * years, 0, 0.97)
        table[column] = pa.array(yes, mask=rng.random(n) < missing)
    view = rules.leaders_mean + rules.leaders_men * male + rules.leaders_drift_year * years
    view = view + rules.campaign.size * (asked.month >= rules.campaign.start)
    marks = np.clip(np.round(view + rng.standard_normal(n)), 1, 5).astype(np.int64)
    table["perceives_women_leaders"] = pa.array(marks, mask=rng.random(n) < missing)
    return table
