"""The product's statistics on real household businesses and self-help groups, against others'.

Five microcredit trials: heavy tails, zeros, blanks, losses. JEEViKA: weights, strata, sampling
points. Skipped where the files are not at hand; nothing of them is kept in the project.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
import svy
from statsmodels.stats.weightstats import DescrStatsW

from analytics.estimates.compute import compute
from analytics.indicator import Indicator, indicator
from analytics.settings import PROJECT

REAL = PROJECT.parent / "shared" / "reference" / "savings_enterprise"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the reference files are not here")

TRIALS = ["angelucci", "augsberg", "banerjee", "karlan", "tarozzi"]
RATIO = indicator("savings_per_member").model_copy(update={
    "mart": "mart_real", "bounded": False, "breakdowns": ("partner",), "numerator_by": (),
})  # fmt: skip


@pytest.fixture(scope="module")
def trials() -> pd.DataFrame:
    found = pd.read_csv(REAL / "microcredit_rct_5_studies.csv", usecols=["group", "profit",
                                                                          "revenues"])  # fmt: skip
    return found.rename(columns={"group": "partner"}).assign(one=1, members=1)


def answer(frame: pd.DataFrame, subject: Indicator, keys: dict[str, str]) -> dict[str, Any]:
    con = duckdb.connect()
    con.register("frame", frame)
    con.execute(f"CREATE TABLE {subject.mart} AS SELECT * FROM frame")
    found = compute(con, subject, keys, "TRUE", [])
    return {row[next(iter(keys))]: row for row in found.to_dict("records")}


@pytest.mark.parametrize("column", ["profit", "revenues"])
def test_means_medians_and_intervals_of_five_trials(trials: pd.DataFrame, column: str) -> None:
    """Against statsmodels’ mean and t interval and svy’s Taylor one; blanks are in neither."""
    subject = RATIO.model_copy(update={"numerator": column, "denominator": "one"})
    found = answer(trials, subject, {"partner": "m.partner"})
    assert sorted(found) == TRIALS
    for name, part in trials.groupby("partner"):
        known = part[column].dropna()
        row, described = found[name], DescrStatsW(known)
        assert row["n_groups"] == len(known) <= len(part)
        assert (row["value"], row["median"]) == (
            pytest.approx(described.mean), pytest.approx(known.median()))
        low, high = described.tconfint_mean()
        if (known < 0).any():
            assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))
        else:  # where nobody sold less than nothing, the interval does not either
            assert (row["low"], row["high"]) == (pytest.approx(max(low, 0)), pytest.approx(high))
        direct = svy.Sample(pl.DataFrame({"y": known.to_numpy(), "w": np.ones(len(known))}),
                            svy.Design(wgt="w")).estimation.mean("y").to_polars()  # fmt: skip
        assert row["value"] == pytest.approx(direct["est"][0])
        assert row["high"] - row["value"] == pytest.approx(
            direct["uci"][0] - direct["est"][0], rel=1e-6)


def test_profit_over_revenue_is_a_ratio_of_sums(trials: pd.DataFrame) -> None:
    """With losses in the numerator and zeros in the denominator, as svy’s ratio estimates it."""
    subject = RATIO.model_copy(update={"numerator": "profit", "denominator": "revenues"})
    found = answer(trials, subject, {"partner": "m.partner"})
    for name, part in trials.groupby("partner"):
        both = part[["profit", "revenues"]].dropna()
        assert (both["revenues"] == 0).any()
        row = found[name]
        assert row["value"] == pytest.approx(both["profit"].sum() / both["revenues"].sum())
        sample = svy.Sample(pl.DataFrame({**both.to_dict("list"), "w": [1.0] * len(both)}),
                            svy.Design(wgt="w"))  # fmt: skip
        direct = sample.estimation.ratio("profit", "revenues").to_polars()
        assert row["value"] == pytest.approx(direct["est"][0])
        assert row["high"] == pytest.approx(direct["uci"][0], rel=1e-6)
        sold = both[both["revenues"] != 0]
        assert row["median"] == pytest.approx((sold["profit"] / sold["revenues"]).median())


# --- self-help groups ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def households() -> pd.DataFrame:
    found = pd.read_stata(REAL / "HH_Long_Panel_JDE.dta", columns=[
        "time", "status", "panch_code", "vill_code", "srl", "strat_dum", "wt", "Bas_SHG_Part",
        "real_tot_shg_debt"])  # fmt: skip
    return pd.DataFrame({
        "sex": found["status"].astype(str) + "|" + found["time"].astype(str),
        "person": found["vill_code"].astype(str) + "-" + found["srl"].astype(str),
        "cluster": found["vill_code"].astype(str), "weight": found["wt"].astype(float),
        "stratum": found["strat_dum"].astype(str), "psu": found["panch_code"].astype(str),
        "member": found["Bas_SHG_Part"].map({"yes": 1.0, "no": 0.0}).astype(float),
        "debt": found["real_tot_shg_debt"].astype(float),
        "period_kind": "year", "period": "2014",
    })  # fmt: skip


MEAN = indicator("rcsi_mean").model_copy(update={
    "mart": "mart_real", "numerator_by": (), "cell_caveats": (),
})  # fmt: skip


@pytest.mark.parametrize(("column", "share"), [("member", True), ("debt", False)])
def test_self_help_groups_by_their_design(
    households: pd.DataFrame, column: str, share: bool
) -> None:
    """Weights, strata and sampling points: against svy called on the file, and statsmodels."""
    subject = MEAN.model_copy(update={"numerator": column, "bounded": share})
    found = answer(households, subject, {"sex": "m.sex"})
    known = households.dropna(subset=[column])
    frame = pl.from_pandas(known[["sex", "weight", "stratum", "psu", column]].assign(
        psu=known["stratum"] + "|" + known["psu"]))  # fmt: skip
    design = svy.Design(wgt="weight", stratum="stratum", psu="psu", singleton="center")
    estimation = svy.Sample(frame, design).estimation
    if share:
        direct = estimation.prop(column, by="sex", ci_method="korn-graubard").to_polars()
        direct = direct.filter(pl.col(column).cast(pl.Float64) == 1)
    else:
        direct = estimation.mean(column, by="sex").to_polars()
    expected = {row["sex"]: row for row in direct.to_dicts()}
    assert len(found) == len(expected) == 4
    for name, row in found.items():
        wanted = expected[name]
        assert [row["value"], row["low"], row["high"]] == pytest.approx(
            [wanted["est"], wanted["lci"], wanted["uci"]])
        part = known[known["sex"] == name]
        assert row["value"] == pytest.approx(
            DescrStatsW(part[column], weights=part["weight"]).mean)
        clustered = sm.WLS(part[column], np.ones(len(part)), weights=part["weight"]).fit(
            cov_type="cluster", cov_kwds={"groups": pd.factorize(part["psu"])[0]})
        # Strata and small-sample corrections left out of account, the width is of the same order.
        assert 0.6 < (row["high"] - row["low"]) / (2 * 1.96 * clustered.bse.iloc[0]) < 1.7
