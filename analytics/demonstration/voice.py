"""Rooms where crises are decided, and what the campaign did: spaces, activities, testimonies."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from analytics.demonstration.tables import Table, table_of
from analytics.demonstration.world import World


def day_of(month: int, day: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, day)


def region_list(world: World) -> list[str]:
    """Regions of 2023 in which the network has groups, by weight: the densest first."""
    weights = world.settings.places.region_weights
    present = {world.places.cercles[c].region_2023 for c in world.groups.cercle}
    return sorted(present, key=lambda region: (-weights[region], region))


def space_table(world: World) -> Table:
    """The same spaces twice a year. Insecurity changes nothing in them (T3)."""
    rules = world.settings.voice.spaces
    rng = world.stream("voice.spaces")
    rows: list[dict[str, Any]] = []
    for number, (cercle, level, kind) in enumerate(_spaces(world), start=1):
        place = world.places.cercles[cercle]
        seats = int(rng.integers(*rules.seats, endpoint=True))
        share = rng.normal(rules.women.mean, rules.women.sd)
        offset, day = int(rng.integers(0, 6)), int(rng.integers(1, 28, endpoint=True))
        phases = rules.phases if "committee" in kind or kind == "cluster" else None
        months = np.arange(world.options.since, world.options.until + 1)
        for month in months[(months - offset) % rules.every_months == 0]:
            years = (month - 2018 * 12) / 12
            chance = float(np.clip(share + rules.drift_year * years, 0.0, 0.6))
            chance += rules.insecurity * (world.shocks.onset[cercle] <= month)
            women = int(rng.binomial(seats, chance))
            ours = int(rng.binomial(women, rules.vsla_share))
            unknown = rng.random() < 0.04
            rows.append({
                "space_id": f"DEMO-S-{number:05d}",
                "date": day_of(int(month), day),
                "level": level,
                "kind": kind,
                "crisis_phase": str(rng.choice(phases)) if phases else None,
                "region": place.region_2023,
                "cercle": place.slug,
                "seats": seats,
                "seats_women": women,
                "seats_vsla_women": None if unknown else ours,
            })  # fmt: skip
    return table_of("decision_space", rows)


def _spaces(world: World) -> list[tuple[int, str, str]]:
    rules = world.settings.voice.spaces
    thin = world.settings.reporting.thin_regions
    spaces: list[tuple[int, str, str]] = []
    seen: set[str] = set()
    for cercle, place in enumerate(world.places.cercles):
        if place.region_2023 in thin:
            wanted = [] if place.region_2023 in seen else rules.thin
        else:
            wanted = rules.each_cercle + ([] if place.region_2023 in seen else rules.each_region)
        seen.add(place.region_2023)
        spaces += [(cercle, level, kind) for level, kind in wanted]
    return spaces


def activity_table(world: World) -> Table:
    """Trainings, forums and dialogues, with the women and men they reached."""
    rules = world.settings.voice.activities
    rng = world.stream("voice.activities")
    topics, agencies = rules.topics, list(world.settings.groups.agencies)
    rows: list[dict[str, Any]] = []
    for region in region_list(world):
        rate = rules.year_per_region / 12
        if region in world.settings.reporting.thin_regions:
            rate /= 8
        for month in range(world.options.since, world.options.until + 1):
            for _ in range(int(rng.poisson(rate))):
                kind = str(rng.choice(list(topics)))
                women = int(rng.integers(*rules.women, endpoint=True))
                rows.append({
                    "activity_id": f"DEMO-ACT-{len(rows) + 1:05d}",
                    "date": day_of(month, int(rng.integers(1, 28, endpoint=True))),
                    "kind": kind,
                    "topic": str(rng.choice(topics[kind])),
                    "region": region,
                    "women": women,
                    "men": int(rng.binomial(women, rules.men_per_woman)),
                    "organiser": str(rng.choice(agencies)),
                })  # fmt: skip
    return table_of("activity", rows)


def testimony_table(world: World) -> Table:
    """Invented words, said to be invented; no name and no village."""
    rules = world.settings.voice.testimonies
    rng = world.stream("voice.testimonies")
    rows: list[dict[str, Any]] = []
    regions = [r for r in region_list(world) if r not in world.settings.reporting.thin_regions]
    for words in rules:
        start = max(words.start, world.options.since)
        until = min(words.start + 11, world.options.until)
        if start > until:
            continue
        # Ségou, where the workshop met, speaks of everything; three other regions each time
        others = [r for r in regions if r != "segou"]
        picked = [others[i] for i in rng.permutation(len(others))[:3]]
        for region in [*(r for r in regions if r == "segou"), *picked]:
            rows.append({
                "testimony_id": f"DEMO-T-{len(rows) + 1:04d}",
                "date": day_of(int(rng.integers(start, until + 1)), int(rng.integers(1, 28))),
                "region": region,
                "role": words.role,
                "crisis": words.crisis,
                "text_fr": words.fr,
                "text_en": words.en,
                "consent": True,
            })  # fmt: skip
    return table_of("testimony", rows)
