"""The same faults as files bring them: through import, models and claims, without a crash."""

from __future__ import annotations

import csv
import datetime as dt
import math
from pathlib import Path

import duckdb
import pytest

from analytics.demonstration import write_demonstration
from analytics.disclosure.units import write_region_units
from analytics.evidence.engine import Result, run_claims
from analytics.evidence.wording import banned
from analytics.text import LANGS
from analytics.warehouse import build as steps
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.references import load_references

BUILT_ON = dt.date(2024, 1, 1)
SPOILT = ("vsla_observation", "vsla_cycle", "vsla_group", "shock_exposure", "price_index",
          "decision_space", "business_observation", "crisis_event")  # fmt: skip


def spoil(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Holes, months told twice, savings that fall, infinite and absurd values."""
    told = []
    for number, row in enumerate(rows):
        if number % 10 in (1, 2, 3):
            continue
        if number % 41 == 0:
            row = {**row, "savings_cycle_xof": "0"}
        if number % 97 == 0:
            row = {**row, "savings_cycle_xof": "9000000000000000"}
        if number % 101 == 0:
            row = {**row, "savings_cycle_xof": ("inf", "NaN", "1e400")[number % 3]}
        told.append(row)
        if number % 13 == 0:
            # A second record of the month, and a second version of the first.
            first = row["obs_date"][:8] + "01"
            told += [{**row, "obs_date": first}, {**row, "members_women": "19"}]
    return told


def everyone_at_once(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Insecurity everywhere in the record's first month; no measure of anything before."""
    places = sorted({row["place"] for row in rows if row["place"] != "mali"})
    return [{**rows[0], "place": place, "month": "2021-01", "kind": "insecurity",
             "measure": "onset", "value": "1"} for place in places]  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    folder = tmp_path_factory.mktemp("bad")
    write_demonstration(folder / "files", groups=80, since="2021-01", until="2023-06", seed=4)
    (folder / "bad").mkdir()
    for name in SPOILT:
        with (folder / "files" / f"{name}.csv").open(encoding="utf-8") as handle:
            rows = list(csv.DictReader(handle))
        if name == "vsla_observation":
            rows = spoil(rows)
        if name == "shock_exposure":
            rows = everyone_at_once(rows)
        if name == "decision_space":
            rows = [{**row, "seats": "0", "seats_women": "0"} if n % 7 == 0 else row
                    for n, row in enumerate(rows)]  # fmt: skip
        write(folder / "bad" / f"{name}.csv", rows)
    home = Home(folder / "home")
    for report in import_files(home, [folder / "bad"]):
        refused = report.rows_rejected + report.rows_duplicate + report.rows_out_of_scope
        assert report.rows_read == report.rows_landed + refused
    con = duckdb.connect()
    steps.landed_views(home, con, home.batches())
    load_references(con, BUILT_ON)
    steps.run_models(con)
    write_region_units(con, BUILT_ON)
    [(most,)] = con.execute(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM core_savings_month "
        "GROUP BY group_id, month_index)"
    ).fetchall()
    assert most == 1, "a group-month counts once, however often it was told"
    return run_claims(con, BUILT_ON)


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_every_claim_is_stated_or_refused_with_its_reason(results: list[Result]) -> None:
    for claim in (result.claim for result in results):
        assert all(v is None or math.isfinite(v) for v in (claim.estimate, claim.low, claim.high))
        for lang in LANGS:
            text = claim.statement(lang)
            assert len(text.split()) >= 10 and "nan" not in text.split(), text
            assert banned(text, lang) is None
        assert (claim.verdict == "refused") == any(not gate.passed for gate in claim.gates)


def test_no_fault_of_ours_hides_behind_a_refusal(results: list[Result]) -> None:
    broken = {(r.claim.id, g.value) for r in results for g in r.claim.gates
              if g.name == "estimable" and not str(g.value).startswith("att_")}  # fmt: skip
    assert not broken


def test_a_shock_of_everyone_at_once_has_no_effect_to_tell(results: list[Result]) -> None:
    told = [r.claim for r in results if r.claim.question_id in
            ("c02_shock_savings", "c03_return_to_trend", "c04_social_fund_buffer")]  # fmt: skip
    assert told and {claim.verdict for claim in told} == {"refused"}
