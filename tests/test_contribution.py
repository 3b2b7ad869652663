"""The contribution statement, on small worlds where groups came to places at different times."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import pytest

from analytics.evidence import wording
from analytics.evidence.answer import Answer, Evidence
from analytics.evidence.claim import Downgrade
from analytics.evidence.contribution import contribution, rollout_panel
from analytics.evidence.definition import Definition, definition
from analytics.evidence.effects import Rows
from analytics.evidence.engine import _result
from analytics.text import LANGS, Text

C12 = definition("c12_contribution")
CERCLES, YEARS, STRONG = 60, 8, {"fr": "compatible avec une contribution",
                                 "en": "consistent with a contribution"}  # fmt: skip


def world(
    effect: float = -0.08, *, rolled: int = 30, drift: float = 0.0, testimonies: int = 12,
    seed: int = 1,
) -> Evidence:  # fmt: skip
    """Three rounds a year, seasons, levels by cercle; first groups from the third year on."""
    rng = np.random.default_rng(seed)
    months = [12 * (2015 + y) + m for y in range(YEARS) for m in (3, 6, 10)]
    came = 12 * 2018 + 1 + 6 * (rng.permutation(rolled) % 6) + rng.integers(0, 6, rolled)
    rows, level = [], rng.normal(0.15, 0.04, CERCLES)
    for c in range(CERCLES):
        for m in months:
            since = (m - 1) // 6 - (came[c] - 1) // 6 if c < rolled else -1000
            value = level[c] + 0.06 * (m % 12 == 6) + rng.normal(0, 0.012)
            value += effect * (since >= 0) + drift * np.clip(since + 6, 0, 6)
            rows.append((f"c{c}", f"m{m}", m, value))
    con = duckdb.connect()
    seen = pd.DataFrame(rows, columns=["cercle", "month", "month_index", "value"])
    con.register("seen", seen)
    con.register("came", pd.DataFrame({
        "cercle": [f"c{c}" for c in range(rolled)], "region_2023": "r0",
        "date_first_training": [dt.date((m - 1) // 12, (m - 1) % 12 + 1, 5) for m in came.tolist()],
    }))  # fmt: skip
    con.execute(
        """CREATE TABLE core_shock_exposure AS SELECT cercle, month, value, 'cercle' AS level,
            'phase3plus_share' AS measure, 1 AS source_rank FROM seen"""
    )
    con.execute("CREATE TABLE ref_day AS SELECT DISTINCT month, month_index, 1 AS day_of_month "
                "FROM seen")  # fmt: skip
    con.execute("CREATE TABLE core_vsla_group AS SELECT * FROM came")
    # No region holds both: neighbours are another test's matter.
    con.execute("CREATE TABLE ref_place AS SELECT DISTINCT cercle, 'cercle' AS level, "
                "cercle AS region_2023 FROM seen")  # fmt: skip
    con.execute(f"CREATE TABLE core_testimony AS SELECT 'r0' AS region_2023 "
                f"FROM range({testimonies})")  # fmt: skip
    return Evidence(con, dt.date(2030, 1, 1))


def parts(**other: Answer) -> Rows:
    """Its components, well established unless told."""
    sound = Answer(verdict="supported", start=4, roles=("public",))
    return [(definition(name), other.get(name[:3], sound)) for name in C12.options["components"]]


def told(
    evidence: Evidence, components: Rows | None = None, asked: Definition = C12
) -> tuple[Answer, dict[str, str], int | None]:
    """The office's answer, its sentences and its grade."""
    found = list(contribution(evidence, asked, None, components or parts()))
    assert [a.roles for a in found] == [("public",), ("staff",)]
    claim = _result(asked, found[1], evidence).claim
    for lang in LANGS:
        assert wording.banned(claim.statement(lang), lang) is None
    return found[1], {lang: claim.statement(lang) for lang in LANGS}, claim.grade


@pytest.fixture(scope="module")
def helped() -> Evidence:
    return world()


def test_a_rollout_that_helped_is_recovered_and_stated(helped: Evidence) -> None:
    answer, said, graded = told(helped)
    assert (answer.verdict, answer.direction, graded) == ("supported", "down", 3)
    assert answer.low is not None and answer.high is not None
    assert answer.low < -0.08 < answer.high < -0.05
    assert all(STRONG[lang] in said[lang] for lang in LANGS)
    assert answer.period == "2015-01/2022-12"
    assert [row["quarter"] for row in answer.detail["event_study"]][:3] == [-10, -8, -6]


@pytest.mark.parametrize("seed", [2, 3])
def test_a_rollout_that_changed_nothing_is_not_claimed(seed: int) -> None:
    answer, said, _ = told(world(0.0, seed=seed))
    assert answer.verdict in ("inconclusive", "no_meaningful_effect")
    assert not any("nous ne l’attribuons" in said[x] or "attribute it" in said[x] for x in LANGS)


@pytest.mark.parametrize("case", ["worse", "drift", "one source", "weak component"])
def test_less_than_all_of_it_gets_the_weaker_words(case: str, helped: Evidence) -> None:
    lost = (Downgrade("missing", 0.2), Downgrade("self_reported"))
    weak = Answer(verdict="supported", start=3, downgrades=lost, roles=("public",))
    answer, said, graded = {
        "worse": lambda: told(world(0.08)),
        "drift": lambda: told(world(0.0, drift=-0.04)),
        "one source": lambda: told(world(testimonies=9)),
        "weak component": lambda: told(helped, parts(c08=weak)),
    }[case]()
    assert answer.verdict == "supported" and not answer.refused
    assert not any(STRONG[lang] in said[lang] for lang in LANGS)
    if case == "weak component":
        assert graded == 1 and answer.downgrades == lost, "never surer than what it rests on"
    if case == "one source":
        assert graded == 3 and len(answer.counter_evidence) == 1


EMPTY = Text.model_construct(fr=" ", en="Harvest.")


@pytest.mark.parametrize(
    ("gate", "rolled", "components", "rivals"),
    [
        ("rivals_stated", 30, parts(), ()),
        ("rivals_stated", 30, parts(), (*C12.rivals, EMPTY)),
        ("component", 30, parts(c05=Answer()), C12.rivals),
        ("component", 30, parts()[:2], C12.rivals),
        ("rolled_cercles", 9, parts(), C12.rivals),
        ("comparison_cercles", 55, parts(), C12.rivals),
    ],
)
def test_what_is_missing_refuses_it(
    gate: str, rolled: int, components: Rows, rivals: tuple[Text, ...]
) -> None:
    asked = C12.model_copy(update={"rivals": rivals})
    answer, _, graded = told(world(rolled=rolled), components, asked)
    assert answer.refused and graded is None
    assert [g.name for g in answer.gates if not g.passed] == [gate]


def test_groups_of_unknown_beginning_leave_their_cercle_out(helped: Evidence) -> None:
    whole = rollout_panel(helped, "phase3plus_share")
    other = world()
    other.con.execute("UPDATE core_vsla_group SET date_first_training = NULL WHERE cercle = 'c0'")
    rest = rollout_panel(other, "phase3plus_share")
    assert whole is not None and rest is not None
    assert (whole.struck, rest.struck, rest.left_out) == (30, 29, whole.left_out + 1)
    assert rollout_panel(helped, "stringency") is None
