"""Neighbours that were not struck: whether a shock felt next door costs a level."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from analytics.evidence.panel import CerclePanel
from analytics.evidence.shock import Effect, _spillover

FULL, MONTHS, START = -0.13, 48, 24_241
EFFECT = Effect(FULL, 0.03, 49)


def panel(
    spill: float, *, noise: float, seed: int, alone: bool = False
) -> tuple[CerclePanel, dict]:
    """50 cercles in 10 regions; in seven of these about half are struck, at different times."""
    rng = np.random.default_rng(seed)
    region = np.arange(50) % 10
    struck = (region < 7) & (np.arange(50) // 10 % 2 == 0)
    first = np.where(struck, START + 18 + 2 * rng.integers(0, 8, 50), 0)
    months = START + np.arange(MONTHS)
    near = np.array([min([f for f in first[region == r] if f], default=10**6) for r in region])
    own = (months[None, :] >= np.where(first, first, 10**6)[:, None]) * FULL
    touched = (months[None, :] >= near[:, None]) & (own == 0)
    y = rng.normal(0, 0.3, (50, 1)) + own + spill * FULL * touched
    y += rng.normal(0, noise, y.shape)
    cercles = tuple(f"c{n}" for n in range(50))
    made = CerclePanel(
        y=y, cercles=cercles, periods=tuple(months.tolist()), first=first, step=1, left_out=0,
        missing=0.0, missing_struck=0.0, missing_clear=0.0, n_groups=500, again=0.0,
        nationwide=False, coverage=np.ones_like(y),
    )  # fmt: skip
    return made, dict(zip(cercles, cercles if alone else region.tolist(), strict=True))


def lost(made: CerclePanel, regions: dict, specs: list | None = None) -> list[str]:
    return [d.reason for d in _spillover(made, EFFECT, regions, [] if specs is None else specs)]


def test_a_third_of_the_shock_felt_next_door_costs_a_level_and_quiet_neighbours_none() -> None:
    told = Counter(
        (spill, bool(lost(*panel(spill, noise=0.08, seed=seed))))
        for spill in (0.0, 0.3) for seed in range(6)
    )  # fmt: skip
    assert told[0.3, True] == 6
    assert told[0.0, False] >= 5


def test_what_neighbours_did_is_kept_for_the_reader_at_its_size() -> None:
    specs: list = []
    lost(*panel(0.3, noise=0.02, seed=1), specs)
    assert specs[0]["name"] == "neighbours_alone" and specs[0]["n_cercles"] > 20
    assert specs[0]["low"] < 0.3 * FULL < specs[0]["high"]


def test_a_test_too_weak_to_see_it_is_no_evidence() -> None:
    assert lost(*panel(0.0, noise=1.5, seed=2)) == ["spillover"]


def test_moving_the_other_way_costs_a_level_too() -> None:
    assert lost(*panel(-0.3, noise=0.04, seed=3)) == ["spillover"]


def test_without_neighbours_there_is_nothing_to_ask() -> None:
    assert lost(*panel(0.0, noise=0.08, seed=1, alone=True)) == []
    made, regions = panel(0.0, noise=0.08, seed=1)
    assert lost(replace(made, first=np.zeros(50, dtype=int)), regions) == []
