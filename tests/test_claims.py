"""Claims: the grade rule, shares, effects on small worlds of known truth, and what may be said."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from dataclasses import fields

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evidence import effects, shock, wording
from analytics.evidence.answer import Answer, Evidence
from analytics.evidence.claim import Claim, Downgrade, Gate
from analytics.evidence.definition import definition, definitions
from analytics.evidence.engine import run_claims
from analytics.evidence.grade import grade, start_of_description, verdict
from analytics.evidence.panel import cercle_panel, first_year
from analytics.evidence.reopening import restricted_mean
from analytics.evidence.shares import share_cells
from analytics.evidence.store import claims, detail
from analytics.text import LANGS, catalogue
from analytics.warehouse.build import models
from analytics.warehouse.read import Reader

IDS = [
    "c01_continuity", "c02_shock_savings", "c03_return_to_trend",
    "c04_social_fund_buffer", "c05_household_support", "c06_business_survival",
    "c07_recovery_adaptation", "c08_adaptations", "c09_food_security", "c10_leadership",
    "c11_prices_food_loans", "c12_contribution", "c13_crisis_into_opportunity",
    "c14_community_support", "c15_mitigation", "c16_perception",
]  # fmt: skip
CONTRACT = [
    "id", "title_fr", "title_en", "verdict", "grade", "design", "estimator", "estimate",
    "low", "high", "unit", "direction", "n_groups", "n_cercles", "place", "period",
    "crisis", "statement_fr", "statement_en", "gates", "downgrades", "rivals",
    "counter_evidence", "sources", "receipt",
]  # fmt: skip


# --- definitions and words ------------------------------------------------------------------------


def test_the_sixteen_questions_and_the_contract() -> None:
    assert sorted(definitions()) == sorted(IDS)
    assert [field.name for field in fields(Claim)] == CONTRACT
    assert list(definitions())[:4] == [
        "c13_crisis_into_opportunity", "c14_community_support", "c15_mitigation", "c16_perception",
    ]  # fmt: skip
    assert definition("c13_crisis_into_opportunity-segou-covid19").order == 1


@pytest.mark.parametrize("lang", LANGS)
def test_no_sentence_claims_more_than_its_design_bears(lang: str) -> None:
    for one in definitions().values():
        texts = [one.statement, one.title, one.question, one.caveat, *filter(None, [one.contrary])]
        spoken = [text[lang] for text in texts]
        spoken += [str(extra[lang]) for extra in (one.options.get("gap"),) if extra]
        for text in spoken:
            assert wording.banned(text, lang) is None, (one.id, text)
        tied = re.search(r"associé|associated", one.statement[lang])
        assert bool(tied) == (one.design == "association"), one.id
        together = re.search(r"compatibles? avec|consistent with", one.statement[lang])
        assert bool(together) == (one.design == "contribution"), one.id


@pytest.mark.parametrize(
    "text", ["grâce à leurs groupes", "l’impact du fonds", "ceci prouve", "la crise a causé"]
)
def test_banned_words_are_found(text: str) -> None:
    assert wording.banned(text, "fr")
    assert wording.banned("savings rose thanks to groups", "en")
    assert wording.banned("the impact of the fund", "en")


def test_every_reason_is_spelled_out() -> None:
    """A gate or a lost level without a sentence would fail before a reader, not here."""
    words = catalogue("en")
    source = " ".join(
        path.read_text(encoding="utf-8")
        for path in __import__("pathlib").Path(wording.__file__).parent.glob("*.py")
    )
    gates = set(re.findall(r"(?:Gate|at_least|at_most)\(\s*\"(\w+)\"", source))
    lost = set(re.findall(r"Downgrade\(\s*\"(\w+)\"", source))
    assert len(gates) > 15 and len(lost) > 10
    assert {f"claim.gate.{g}" for g in gates} | {f"claim.missing.{g}" for g in gates} <= set(words)
    assert {f"claim.downgrade.{name}" for name in lost} <= set(words)
    assert {f"claim.estimator.{d.estimator}" for d in definitions().values()} <= set(words)


# --- the rule -------------------------------------------------------------------------------------


def test_grades_start_by_design_and_lose_a_level_each() -> None:
    few, missing = Downgrade("few_clusters", 14), Downgrade("missing", 0.2)
    assert grade(3, [], effect=True) == 3
    assert grade(4, [], effect=True) == 3, "nothing here is randomised"
    assert grade(4, [], effect=False) == 4
    assert grade(3, [few, missing], effect=True) == 1
    assert grade(3, [few] * 9, effect=True) == 1
    assert [start_of_description(c) for c in (0.96, 0.95, 0.80, 0.79)] == [4, 4, 3, 1]
    assert start_of_description(0.5, probability=True) == 4


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((-0.2, -0.1, -0.19, -0.11), ("supported", "down")),
        ((0.1, 0.2, 0.11, 0.19), ("supported", "up")),
        ((-0.03, 0.04, -0.02, 0.03), ("no_meaningful_effect", "none")),
        # Different from nothing, and too small to matter.
        ((0.01, 0.04, 0.012, 0.038), ("no_meaningful_effect", "none")),
        ((-0.10, 0.20, -0.08, 0.17), ("inconclusive", "none")),
    ],
)
def test_verdicts_come_from_intervals(interval: tuple, expected: tuple) -> None:
    assert verdict(*interval, sesoi=0.05) == expected


def test_holm_takes_a_level_from_what_does_not_stand_it() -> None:
    one = definition("c04_social_fund_buffer")
    told = [
        (one, Answer(crisis=f"k{n}", verdict="supported", family_p=p))
        for n, p in enumerate((0.001, 0.03, 0.04))
    ]
    lost = [
        [d.reason for d in answer.downgrades] for _, answer in effects.corrected_for_family(told)
    ]
    assert lost == [[], ["holm"], ["holm"]]


# --- shares ---------------------------------------------------------------------------------------


def cases(values: list[float | None]) -> pd.DataFrame:
    return pd.DataFrame({
        "group_id": [f"g{n}" for n in range(len(values))], "cercle": "bla", "region_2023": "segou",
        "unit_2023": "segou", "unit_2012": "segou", "people": 20, "weight": 1.0, "y": values,
    })  # fmt: skip


def test_a_share_is_counted_by_hand_and_silence_widens_its_bounds() -> None:
    cell = share_cells(cases([1, 1, 1, 0, None]), "y", "region_2023")["segou"]
    assert (cell.value, cell.n, cell.cohort, cell.n_groups, cell.n_people) == (0.75, 4, 5, 4, 80)
    assert cell.known == 0.8
    assert cell.bounds == pytest.approx((3 / 5, 4 / 5))


def test_a_region_uses_wilson_with_groups_as_cases() -> None:
    from statsmodels.stats.proportion import proportion_confint

    cell = share_cells(cases([1] * 8 + [0] * 2), "y", "unit_2023")["segou"]
    # The sample variance has n - 1: the effective size is 9 for 10 groups.
    assert (cell.low, cell.high) == pytest.approx(proportion_confint(7.2, 9, method="wilson"))


@given(st.lists(st.sampled_from([0.0, 1.0, None]), min_size=1, max_size=40))
def test_an_interval_holds_its_share(values: list[float | None]) -> None:
    cell = share_cells(cases(values), "y", "nation")["mali"]
    known = [v for v in values if v is not None]
    if not known:
        assert cell.value is None
        return
    assert cell.value == pytest.approx(sum(known) / len(known))
    if cell.low is not None and cell.high is not None:
        assert 0 <= cell.low <= cell.value + 1e-12
        assert cell.value - 1e-12 <= cell.high <= 1
    assert cell.bounds is not None and cell.bounds[0] <= cell.bounds[1]


def test_restricted_mean_is_that_of_lifelines() -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.datasets import load_leukemia
    from lifelines.utils import restricted_mean_survival_time

    data = load_leukemia()
    weight = np.arange(len(data)) % 3
    own = restricted_mean(data["t"].to_numpy(), data["status"].to_numpy(), weight)
    curve = KaplanMeierFitter().fit(
        data["t"][weight > 0], data["status"][weight > 0], weights=weight[weight > 0]
    )
    assert own == pytest.approx(restricted_mean_survival_time(curve, t=12), abs=1e-9)


# --- effects on a small world of known truth ------------------------------------------------------

MONTHS, FIRST = 48, 24_241


def world(
    effect: float = -0.2,
    *,
    seed: int = 1,
    cercles: int = 44,
    per_cercle: int = 6,
    struck: int = 22,
    drift: float = 0.0,
    kind: str = "insecurity",
    noise: float = 0.25,
    onset: int | None = None,
    nationwide: int = 0,
    onsets: int = 1,
) -> duckdb.DuckDBPyConnection:
    """Groups of some cercles in a build's tables; the panel is made by the real model.

    The effect holds for three months and fades to a quarter from the tenth on (mean of the first
    year: 0.625 of it). ``drift`` a month begins a year before the shock.
    """
    rng = np.random.default_rng(seed)
    first = np.zeros(cercles, dtype=int)
    first[:struck] = onset or 0
    if onset is None:
        first[:struck] = FIRST + rng.permutation(np.resize(np.arange(16, 34, 3), struck))
    months = FIRST + np.arange(MONTHS)
    place = np.repeat(np.arange(cercles), per_cercle)
    since = months[None, :] - np.where(first > 0, first, 10**6)[place][:, None]
    path = np.interp(since, [2, 9], [1.0, 0.25]) * (since >= 0) * effect
    path += drift * np.clip(since + 12, 0, 12)
    y = rng.normal(0, 0.5, (len(place), 1)) + 0.004 * np.arange(MONTHS) + path
    y += 0.25 * np.cos(2 * np.pi * (months - 11) / 12) + rng.normal(0, noise, y.shape)
    y += rng.normal(0, 0.03, (cercles, MONTHS))[place]
    rows = pd.DataFrame({
        "group_id": np.repeat([f"g{n}" for n in range(len(place))], MONTHS),
        "cercle": np.repeat([f"c{p}" for p in place], MONTHS),
        "month_index": np.tile(months, len(place)), "log_saving": y.ravel(), "attendance": 0.8,
        "fell": 0,
    })  # fmt: skip
    onsets = pd.DataFrame({
        "kind": kind, "cercle": [f"c{n}" for n in range(cercles)], "onset_index": first,
        "onsets": onsets, "nationwide": nationwide,
    }).query("onset_index > 0")  # fmt: skip
    con = duckdb.connect()
    con.register("r", rows)
    con.register("o", onsets)
    con.execute("CREATE TABLE core_savings_month AS SELECT * FROM r")
    con.execute("CREATE TABLE core_shock_onset AS SELECT * FROM o")
    con.execute(
        """CREATE TABLE ref_day AS SELECT DISTINCT month_index, CAST(month_index AS VARCHAR)
        AS month, 1 AS day_of_month FROM core_savings_month"""
    )
    con.execute(
        """CREATE TABLE core_report_count AS SELECT cercle, CAST(month_index AS VARCHAR) AS period,
        1 AS expected, 1 AS reported FROM core_savings_month"""
    )
    con.execute(
        """CREATE TABLE ref_place AS SELECT DISTINCT cercle, 'cercle' AS level,
        'r' || (CAST(substr(cercle, 2) AS INTEGER) % 40) AS region_2023 FROM core_savings_month"""
    )
    return con


def panel_of(con: duckdb.DuckDBPyConnection) -> Evidence:
    con.execute(
        f"CREATE OR REPLACE TABLE core_panel_cercle_month AS {models()['core_panel_cercle_month']}"
    )
    return Evidence(con, dt.date(2030, 1, 1))


def judged(con: duckdb.DuckDBPyConnection, crisis: str = "insecurity") -> Answer:
    """What the claim on savings says of a world, as the office reads it."""
    found = list(effects.shock(panel_of(con), definition("c02_shock_savings"), crisis))
    assert [a.roles for a in found] == [("public",), ("staff",)]
    return found[1]


@pytest.fixture(scope="module")
def found() -> Answer:
    return judged(world())


def test_an_effect_that_is_there_is_recovered(found: Answer) -> None:
    truth = -0.2 * float(np.interp(np.arange(12), [2, 9], [1.0, 0.25]).mean())
    assert found.estimate is not None and found.low is not None and found.high is not None
    assert math.log1p(found.low) < truth < math.log1p(found.high)
    assert math.log1p(found.estimate) == pytest.approx(truth, abs=0.03)
    assert (found.verdict, found.direction) == ("supported", "down")
    lost = {d.reason for d in found.downgrades}
    assert not lost & {"pretrend", "placebo", "reassigned", "second_estimator", "few_clusters"}


def test_every_specification_and_quarter_is_kept_for_the_reader(found: Answer) -> None:
    names = {row["name"] for row in found.detail["specification"]}
    assert {"main", "worst_case", "placebo", "by_quarter", "sun_abraham",
            "without_neighbours"} <= names  # fmt: skip
    quarters = [row["quarter"] for row in found.detail["event_study"]]
    assert quarters == sorted(quarters) and {-5, -1, 0, 4} <= set(quarters)
    assert found.detail["facts"]["reassignments"] == 500


def test_a_world_without_effect_is_not_claimed() -> None:
    told = judged(world(0.0, seed=3))
    assert told.verdict in ("inconclusive", "no_meaningful_effect")


def test_a_trend_before_the_shock_costs_levels() -> None:
    told = judged(world(0.0, drift=-0.015))
    lost = {d.reason for d in told.downgrades}
    assert {"pretrend", "placebo"} & lost
    assert grade(told.start, told.downgrades, effect=True) < 3


def test_months_of_negative_savings_cost_a_level() -> None:
    con = world(per_cercle=2)
    con.execute("UPDATE core_savings_month SET fell = 1 WHERE month_index % 40 = 0")
    told = judged(con)
    assert "negative_months" in {d.reason for d in told.downgrades}


def test_a_shock_that_came_again_goes_to_local_projections() -> None:
    told = judged(world(per_cercle=3, onsets=2))
    rows = {row["name"]: row["estimate"] for row in told.detail["specification"]}
    assert rows["main"] != rows["staggered_entry"]
    assert rows["main"] == pytest.approx(rows["staggered_entry"], abs=0.05)
    assert "reassigned" not in {d.reason for d in told.downgrades}


def test_the_sum_that_is_reassigned_is_the_estimate_of_the_package() -> None:
    panel = cercle_panel(panel_of(world(cercles=30, per_cercle=2, struck=12)), "insecurity",
                         "log_saving")  # fmt: skip
    assert panel is not None
    effect, apart = shock.first_year_effect(panel)
    assert first_year(panel) == pytest.approx(effect.value, abs=1e-10)
    assert apart < 1e-8, "two packages, one number"


REFUSED = {
    "nationwide": ({"nationwide": 1}, "nationwide"),
    # Once all are struck no month tells what would have been: nothing is left after the onset.
    "all at once": ({"struck": 44, "onset": FIRST + 20}, "struck_cercles"),
    "none struck": ({"struck": 0}, "struck_cercles"),
    "one place": ({"cercles": 1, "struck": 1}, "struck_cercles"),
    "first month": ({"struck": 44, "onset": FIRST}, "struck_cercles"),
    "few": ({"struck": 4}, "struck_cercles"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_world_that_cannot_be_judged_is_refused_and_told_why(case: str) -> None:
    options, gate = REFUSED[case]
    told = judged(world(per_cercle=2, **options))  # type: ignore[arg-type]
    assert told.refused
    failed = {g.name for g in told.gates if not g.passed}
    assert gate in failed or "cases" in failed


def test_holes_infinite_values_and_constants_never_make_a_confident_sentence() -> None:
    con = world(per_cercle=2, noise=0.0)
    con.execute("UPDATE core_savings_month SET log_saving = 1")
    with pytest.raises(Exception, match="never varies"):
        judged(con)
    con = world(per_cercle=3)
    con.execute("UPDATE core_savings_month SET log_saving = 'inf' WHERE month_index % 7 = 0")
    told = judged(con)
    assert told.refused or told.estimate is None or abs(told.estimate) < 1
    con = world(per_cercle=3)
    con.execute("DELETE FROM core_savings_month WHERE hash(group_id || month_index) % 10 < 3")
    told = judged(con)
    assert told.refused or math.isfinite(told.estimate or 0)


# --- a whole build --------------------------------------------------------------------------------


def test_a_build_stores_claims_and_readers_find_them(network: Reader) -> None:
    told = claims(network, "public")
    assert {c.question_id for c in told} == set(IDS)
    assert all(c.place == "mali" for c in told)
    for claim in claims(network, "staff", None):
        again = Claim.from_json(json.loads(json.dumps(claim.as_json())))
        assert again == claim
        assert list(claim.as_json()) == CONTRACT
        assert all(isinstance(g, Gate) for g in again.gates)
        if claim.verdict == "refused":
            assert claim.grade is None and claim.estimate is None
            assert any(not g.passed for g in claim.gates)
        else:
            assert claim.grade in (1, 2, 3, 4) and all(g.passed for g in claim.gates)
        for lang in LANGS:
            assert claim.statement(lang) and "{" not in claim.statement(lang)
            assert wording.banned(claim.statement(lang), lang) is None
    assert detail(network, "staff", "c01_continuity")["parts"][0]["n"] > 0


def test_no_claim_fell_over_a_fault_of_ours(network: Reader) -> None:
    """What the engine swallows to save a build would hide a mistake: it is listed here."""
    broken = [
        (claim.id, gate.value)
        for claim in claims(network, "staff", None)
        for gate in claim.gates
        if gate.name == "estimable" and not str(gate.value).startswith("att_")
    ]
    assert broken == []


def test_the_public_reads_bands_of_merged_places_and_nothing_exact(network: Reader) -> None:
    public = claims(network, "public", None)
    assert public
    units = set(network.units["2023"].values()) | {"mali"}
    for claim in public:
        assert claim.place in units, "a region too small to stand alone is shown merged"
        assert claim.n_groups is None or isinstance(claim.n_groups, str)
        told = detail(network, "public", claim.id)
        assert not {"n", "cohort", "n_people"} & {k for part in told.get("parts", []) for k in part}
        for gate in claim.gates:
            if gate.name in ("effective_cases", "groups_per_arm"):
                assert isinstance(gate.value, str) or gate.value == 0
    # Asking for a region answers with the unit it is shown in.
    merged = next(u for r, u in network.units["2023"].items() if r == "kidal")
    assert {c.place for c in claims(network, "public", "kidal")} <= {merged}


def test_without_a_log_of_contributions_nothing_is_said_of_them(network: Reader) -> None:
    told = {c.id: c for c in claims(network, "public")}
    assert told["c14_community_support"].verdict == "refused"
    assert told["c15_mitigation"].verdict == "refused"


def test_a_version_without_claims_says_nothing(network: Reader) -> None:
    class Bare:
        def query(self, sql: str, parameters: object = None) -> list[tuple]:
            return [("meta",)]

    assert claims(Bare(), "public") == ()  # type: ignore[arg-type]
    assert detail(Bare(), "public", "c01_continuity") == {}  # type: ignore[arg-type]


def test_an_empty_base_refuses_everything_and_breaks_nothing() -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE region_unit (division VARCHAR, region VARCHAR, unit VARCHAR)")
    told = run_claims(con, dt.date(2024, 1, 1))
    assert {r.claim.id for r in told} >= set(IDS)
    assert {r.claim.verdict for r in told} == {"refused"}
