"""Records that no honest claim can be made of: refused with a reason, or a level lost; no crash.

Each goes through the engine itself, over tables as a build has them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable

import duckdb
import pytest

from analytics.evidence import engine
from analytics.evidence.claim import Claim
from analytics.evidence.definition import definitions
from analytics.evidence.engine import run_claims
from analytics.text import LANGS
from tests.test_claims import FIRST, MONTHS, panel_of, world

ASKED = ("c02_shock_savings", "c03_return_to_trend", "c04_social_fund_buffer",
         "c11_prices_food_loans")  # fmt: skip


def claims_of(con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> dict[str, Claim]:
    """What the office reads of a world on insecurity (and on prices)."""
    con.execute("ALTER TABLE core_savings_month ADD COLUMN IF NOT EXISTS fund INTEGER DEFAULT 0")
    con.execute("UPDATE core_savings_month SET fund = hash(group_id) % 2")
    con.execute("ALTER TABLE core_savings_month ADD COLUMN IF NOT EXISTS food_loans DOUBLE")
    con.execute("UPDATE core_savings_month SET food_loans = 0.2 + log_saving / 100")
    con.execute(
        """CREATE OR REPLACE TABLE core_exposure_cercle_month AS SELECT DISTINCT cercle,
        CAST(month_index AS VARCHAR) AS month, hash(cercle || month_index) % 20 / 1.0
        AS price_change_pct FROM core_savings_month"""
    )
    panel_of(con)
    monkeypatch.setattr(engine, "definitions", lambda: {n: definitions()[n] for n in ASKED})
    results = run_claims(con, dt.date(2030, 1, 1))
    for result in results:
        claim = result.claim
        for lang in LANGS:
            assert "nan" not in claim.statement(lang) and "inf " not in claim.statement(lang)
        figures = (claim.estimate, claim.low, claim.high)
        assert all(v is None or math.isfinite(v) for v in figures)
        broken = [str(g.value) for g in claim.gates if g.name == "estimable" and g.value]
        assert all(name.startswith("att_") for name in broken), (claim.id, broken)
    return {r.claim.id: r.claim for r in results if "staff" in r.roles}


def failed(claim: Claim) -> set[str]:
    return {gate.name for gate in claim.gates if not gate.passed}


def test_the_little_world_itself_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every refusal below would pass for the wrong reason."""
    told = claims_of(world(per_cercle=12), monkeypatch)
    assert told["c02_shock_savings"].verdict == "supported"
    assert told["c04_social_fund_buffer"].verdict in ("inconclusive", "no_meaningful_effect")
    assert told["c11_prices_food_loans"].verdict in ("inconclusive", "no_meaningful_effect")


WORLDS: dict[str, tuple[dict[str, object], set[str]]] = {
    "all cercles at once": ({"struck": 44, "onset": FIRST + 20}, {"struck_cercles"}),
    "none struck": ({"struck": 0}, {"cases"}),
    "one cercle": ({"cercles": 1, "struck": 1}, {"struck_cercles"}),
    "struck in the first month": ({"onset": FIRST}, {"struck_cercles"}),
    "struck in the last month": ({"onset": FIRST + MONTHS - 1}, {"quarters_after"}),
    "nationwide": ({"nationwide": 1}, {"nationwide"}),
}


@pytest.mark.parametrize("case", WORLDS)
def test_shocks_that_leave_nothing_to_compare(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options, reasons = WORLDS[case]
    told = claims_of(world(per_cercle=2, **options), monkeypatch)  # type: ignore[arg-type]
    claim = told["c02_shock_savings"]
    assert reasons <= failed(claim)
    assert claim.verdict == "refused"
    assert told["c04_social_fund_buffer"].verdict == "refused"


def spoiled(sql: str, **options: object) -> Callable[[], duckdb.DuckDBPyConnection]:
    def made() -> duckdb.DuckDBPyConnection:
        con = world(**{"per_cercle": 4, **options})  # type: ignore[arg-type]
        con.execute(sql)
        return con

    return made


SAVINGS = "core_savings_month SET log_saving ="
STRUCK = "CAST(substr(cercle, 2) AS INTEGER) < 22"
REFUSED = {
    "constant": (spoiled(f"UPDATE {SAVINGS} 1"), "estimable"),
    "nothing but holes": (spoiled(f"UPDATE {SAVINGS} NULL"), "cases"),
    "nothing but infinity": (spoiled(f"UPDATE {SAVINGS} 'inf'"), "cases"),
    "not a number": (spoiled(f"UPDATE {SAVINGS} 'nan'"), "cases"),
    # A currency or unit that changed where and when the shock came.
    "a hundredfold from the shock on": (
        spoiled(f"UPDATE {SAVINGS} log_saving + ln(100) WHERE {STRUCK} AND month_index >= "
                "(SELECT onset_index FROM core_shock_onset AS o "
                "WHERE o.cercle = core_savings_month.cercle)"),
        "plausible",
    ),
    # Everyone moves by the same number: an effect without any uncertainty.
    "no noise at all": (
        spoiled(f"UPDATE {SAVINGS} CASE WHEN {STRUCK} AND month_index >= {FIRST + 20} "
                "THEN 0.5 ELSE 0.0 END", onset=FIRST + 20),
        "estimable",
    ),
    "half the reports silent": (
        spoiled("UPDATE core_report_count SET reported = 0 WHERE hash(period || cercle) % 2 = 0"),
        "reports_missing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_records_that_say_nothing_are_refused(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made, reason = REFUSED[case]
    claim = claims_of(made(), monkeypatch)["c02_shock_savings"]
    assert claim.verdict == "refused" and reason in failed(claim)
    assert claim.estimate is None and claim.grade is None


TOLERATED = {
    "holes": spoiled(
        "DELETE FROM core_savings_month WHERE hash(group_id || month_index) % 10 < 3"
    ),
    "whole cercles gone quiet for a while": spoiled(
        "DELETE FROM core_savings_month WHERE hash(cercle) % 9 = 0 AND month_index % 10 = 0"
    ),
    "group-months twice": spoiled(
        "INSERT INTO core_savings_month SELECT * FROM core_savings_month "
        "WHERE hash(group_id || month_index) % 5 = 0"
    ),
    "some infinite values": spoiled(
        f"UPDATE {SAVINGS} 'inf' WHERE hash(group_id || month_index) % 50 = 0"
    ),
    "some absurd values": spoiled(
        f"UPDATE {SAVINGS} 300 WHERE hash(group_id || month_index) % 200 = 0"
    ),
}


@pytest.mark.parametrize("case", TOLERATED)
def test_blemishes_never_turn_into_certainty(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a world where nothing happened."""
    con = TOLERATED[case]()
    con.execute(
        f"""UPDATE {SAVINGS} log_saving + 0.2 * greatest(0, 1.0 - 0.083 * (month_index - o.first))
        FROM (SELECT cercle AS place, onset_index AS first FROM core_shock_onset) AS o
        WHERE cercle = o.place AND month_index BETWEEN o.first AND o.first + 11
            AND isfinite(log_saving)"""
    )
    claim = claims_of(con, monkeypatch)["c02_shock_savings"]
    assert claim.verdict != "supported" or claim.grade in (1, 2), claim
    assert claim.verdict != "supported" or abs(claim.estimate or 0) < 0.15


def test_months_of_negative_savings_are_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    con = world(per_cercle=4)
    con.execute(
        """UPDATE core_savings_month SET fell = 1, log_saving = NULL
        WHERE hash(group_id || month_index) % 20 = 0"""
    )
    claim = claims_of(con, monkeypatch)["c02_shock_savings"]
    assert "negative_months" in {d.reason for d in claim.downgrades} or claim.verdict == "refused"
