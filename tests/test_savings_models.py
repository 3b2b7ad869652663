"""What a group put aside between two records, worked out by hand beside the models."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analytics.pipeline import build
from analytics.warehouse.home import Home

GROUPS = """group_id,region,cercle,facilitating_agency,group_type,network_member,wlie,\
reporting_frequency,date_first_training
A,segou,bla,CARE Mali,women_only,true,true,monthly,2020-12-01
"""
CYCLES = """group_id,cycle_no,date_savings_started,members_at_start
A,1,2021-01-05,20
A,2,2022-01-05,20
"""
#: day, savings of the cycle, paid for a crisis this cycle
RECORDS = [
    ("2021-01-28", 20_000, 0), ("2021-02-28", 45_000, 1_000), ("2021-03-28", 60_000, 1_000),
    # April and May are missing: the deposit of three months is known as one.
    ("2021-06-28", 120_000, 4_000),
    # A balance that falls within its cycle says nothing of deposits.
    ("2021-07-28", 100_000, 4_000), ("2021-08-28", 130_000, 4_000),
    # Four months of silence are too long.
    ("2021-12-28", 200_000, 4_000),
    # A new cycle: all that it holds was put aside since.
    ("2022-01-28", 25_000, 500), ("2022-02-28", 50_000, 500),
]  # fmt: skip


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], pd.DataFrame]:
    from analytics.warehouse.land import import_files

    folder: Path = tmp_path_factory.mktemp("savings")
    files = folder / "files"
    files.mkdir()
    (files / "vsla_group.csv").write_text(GROUPS)
    (files / "vsla_cycle.csv").write_text(CYCLES)
    rows = ["group_id,obs_date,members_women,members_men,savings_cycle_xof,loans_outstanding_xof,"
            "loan_fund_cash_xof,social_fund_xof,social_fund_paid_crisis_xof"]  # fmt: skip
    rows += [f"A,{day},20,0,{saved},0,1000,500,{paid}" for day, saved, paid in RECORDS]
    (files / "vsla_observation.csv").write_text("\n".join(rows) + "\n")
    home = Home(folder / "home")
    import_files(home, [files])
    report = build(home, built_on=dt.datetime(2022, 9, 1, tzinfo=dt.UTC))
    version = home.warehouse / report.build_id
    return lambda name: pd.read_parquet(version / f"{name}.parquet")


def test_deposits_are_rises_within_a_cycle(tables: Callable[[str], pd.DataFrame]) -> None:
    found = tables("core_savings_interval").sort_values("month_index")
    saved = [None if pd.isna(v) else int(v) for v in found["saved_xof"]]
    assert saved == [20_000, 25_000, 15_000, 60_000, None, 30_000, None, 25_000, 25_000]
    assert found["months"].tolist()[:4] == [1, 1, 1, 3]
    assert found["fell"].tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert found["cycle_month"].tolist()[-2:] == [0, 1]
    paid = [int(v) for v in found["paid_crisis_xof"]]
    assert paid == [0, 1_000, 0, 3_000, 0, 0, 0, 500, 0]


def test_only_single_months_tell_a_rate(tables: Callable[[str], pd.DataFrame]) -> None:
    found = tables("core_savings_month").sort_values("month_index")
    assert found["log_saving"].notna().tolist() == [
        True, True, True, False, False, True, False, True, True,
    ]  # fmt: skip


def test_a_version_without_claims_makes_none_of_their_models(
    tables: Callable[[str], pd.DataFrame], tmp_path: Path
) -> None:
    from analytics.warehouse.build import models

    kept = set(models(claims=False))
    assert {"core_claim_group", "core_panel_cercle_month"} <= set(models()) - kept
    assert "mart_network__group_period" in kept
