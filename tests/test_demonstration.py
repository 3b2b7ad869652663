"""The demonstration data: same bytes, honest books, and effects that are really there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.demonstration import write_demonstration
from analytics.demonstration.world import read_places
from analytics.errors import UserError
from analytics.sources.contracts import DATASETS, columns_of

NETWORK = ("vsla_group", "vsla_cycle", "vsla_observation")
CONTEXT = ("crisis_event", "population", "price_index")
FUTURE = "2099-12-31"


class Files:
    """The files of one run, read back as anyone would read them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        self.tables = {
            name: pd.read_csv(folder / f"{name}.csv", dtype={"division": str})
            for name in (*NETWORK, *CONTEXT)
        }

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    def effect(self, effect_id: str) -> dict:
        return next(e for e in self.truth["effects"] if e["id"] == effect_id)

    def observations(self) -> pd.DataFrame:
        """Rows an import would keep: repetitions and spoiled rows left out, month added."""
        rows = self["vsla_observation"].drop_duplicates()
        rows = rows[~_spoiled(rows)].copy()
        rows["members"] = rows.members_women + rows.members_men
        rows["month"] = pd.to_datetime(rows.obs_date).dt.to_period("M")
        return rows.sort_values(["group_id", "month"], ignore_index=True)


def _spoiled(rows: pd.DataFrame) -> pd.Series:
    return (
        (rows.obs_date == FUTURE)
        | (rows.group_id == "DEMO-UNKNOWN")
        | rows.loan_fund_cash_xof.isna()
        | (rows.savings_cycle_xof < 0)
        | (rows.members_attending > rows.members_women + rows.members_men)
        | (rows.loans_late_xof > rows.loans_outstanding_xof)
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("demonstration")
    write_demonstration(folder, groups=1000, since="2018-01", until="2025-12")
    return Files(folder)


def test_same_options_same_bytes(tmp_path: Path) -> None:
    for run, seed in (("one", 7), ("two", 7), ("other", 8)):
        write_demonstration(tmp_path / run, groups=60, since="2021-01", until="2022-06", seed=seed)
    one, two, other = (
        {file.name: file.read_bytes() for file in (tmp_path / run).iterdir()}
        for run in ("one", "two", "other")
    )
    assert one == two
    assert one["vsla_observation.csv"] != other["vsla_observation.csv"]


@pytest.mark.parametrize("dataset", [*NETWORK, *CONTEXT])
def test_columns_are_the_contract_and_the_marker(files: Files, dataset: str) -> None:
    header = (files.folder / f"{dataset}.csv").read_text(encoding="utf-8").split("\n", 1)[0]
    assert header == ",".join([*columns_of(DATASETS[dataset]), "demonstration"])
    assert (files[dataset]["demonstration"] == True).all()  # noqa: E712
    assert files.truth["rows"][dataset] == len(files[dataset])


def test_rows_returned_and_progress_told(tmp_path: Path) -> None:
    told: list[str] = []
    rows = write_demonstration(
        tmp_path, groups=5, since="2024-01", until="2024-03", progress=told.append
    )
    assert told == list(rows)
    assert set(told) == set(DATASETS)
    assert rows["price_index"] == 3


def test_every_cercle_and_taoudenit_are_there(files: Files) -> None:
    groups, places = files["vsla_group"], read_places()
    names = {c.name: c.slug for c in places.cercles} | {"Barouéli": "baraoueli"}
    written = groups.cercle.dropna().replace(names)
    assert set(written) == {cercle.slug for cercle in places.cercles}
    taoudenit = groups[groups.region == "taoudenit"]
    assert len(taoudenit) and (taoudenit.division == "2023").all()
    assert taoudenit.cercle.isna().all()
    old_files = groups[groups.cercle.isna() & groups.division.isna()]
    assert set(old_files.region) <= {cercle.region_2012 for cercle in places.cercles}
    assert len(old_files)


def test_shares_of_groups(files: Files) -> None:
    groups = files["vsla_group"]
    assert (groups.group_type == "women_only").mean() == pytest.approx(0.78, abs=0.05)
    assert groups.network_member.mean() == pytest.approx(0.60, abs=0.05)
    assert groups.wlie.mean() == pytest.approx(0.25, abs=0.05)
    assert (groups.reporting_frequency == "monthly").mean() == pytest.approx(0.65, abs=0.05)
    assert groups.date_first_training.min() >= "2014-01-01"


def test_thin_regions_report_few_groups(files: Files) -> None:
    places = read_places()
    thin = {c.slug for c in places.cercles if c.region_2023 in ("kidal", "menaka")}
    names = {c.name: c.slug for c in places.cercles}
    groups = files["vsla_group"].assign(slug=lambda g: g.cercle.replace(names))
    rows = files.observations().merge(groups[groups.slug.isin(thin)], on="group_id")
    rows["region_2023"] = rows.slug.map({c.slug: c.region_2023 for c in places.cercles})
    rows["quarter"] = rows.month.dt.asfreq("Q")
    reporting = rows.groupby(["region_2023", "quarter"]).group_id.nunique()
    assert (reporting < 3).mean() > 0.5


def test_bad_rows_are_exactly_those_told(files: Files) -> None:
    told = {kind: n for kind, n in files.truth["bad_rows"].items() if "." not in kind}
    assert 12 <= sum(told.values()) <= 20
    groups, cycles = files["vsla_group"], files["vsla_cycle"]
    assert (groups.region == "Tombouctu").sum() == told["region_misspelt"]
    assert groups.facilitating_agency.isna().sum() == told["group_value_missing"]
    assert (~groups.group_type.isin(["women_only", "mixed"])).sum() == told["group_code_unknown"]
    assert (groups.date_first_training == FUTURE).sum() == told["group_date_in_future"]
    assert cycles.members_at_start.isna().sum() == told["cycle_value_missing"]
    assert (cycles.status == "inconnu").sum() == told["cycle_code_unknown"]
    assert (~cycles.group_id.isin(groups.group_id)).sum() == told["cycle_group_unknown"]
    told_here = sum(
        told[kind]
        for kind in (
            "observation_group_unknown", "observation_value_missing",
            "observation_date_in_future", "attending_over_members", "late_over_outstanding",
            "savings_negative",
        )
    )  # fmt: skip
    assert _spoiled(files["vsla_observation"]).sum() == told_here


def test_all_other_rows_obey_the_contract(files: Files) -> None:
    rows = files.observations()
    numbers = rows.select_dtypes("number")
    assert (numbers.fillna(0) >= 0).all(axis=None)
    assert not rows.duplicated(["group_id", "obs_date"]).any()
    assert rows.group_id.isin(files["vsla_group"].group_id).all()
    assert rows.obs_date.max() <= "2025-12-31"
    cycles = files["vsla_cycle"].dropna(subset=["members_at_start"])
    assert not cycles.duplicated(["group_id", "cycle_no"]).any()
    one_row = rows.iloc[0].drop(["demonstration", "members", "month"]).to_dict()
    DATASETS["vsla_observation"].model_validate(one_row)


def test_duplicates_are_exact_and_counted(files: Files) -> None:
    rows = files["vsla_observation"]
    repeated = rows.duplicated().sum()
    assert repeated == files.truth["kept_blemishes"]["exact_duplicate"]
    assert repeated / len(rows) == pytest.approx(0.01, abs=0.004)


def test_members_and_loans_agree(files: Files) -> None:
    rows = files.observations()
    assert rows.members.between(12, 32).all()
    assert not (rows.members_with_loans_n > rows.members).any()
    assert not (rows.members_with_loans_n > rows.loans_outstanding_n).any()
    counted = rows.dropna(subset=["loans_outstanding_n"])
    assert ((counted.loans_outstanding_n == 0) == (counted.loans_outstanding_xof == 0)).all()
    assert not (rows.loans_outstanding_xof > rows.loans_disbursed_cycle_xof).any()
    used = rows.loans_for_food_xof + rows.loans_for_business_xof
    assert not (used > rows.loans_outstanding_xof).any()
    assert not (rows.social_fund_paid_crisis_xof > rows.social_fund_paid_xof).any()
    kinds = rows.merge(files["vsla_group"], on="group_id")
    assert ((kinds.group_type == "women_only") == (kinds.members_men == 0)).all()


def _with_cycle(files: Files) -> pd.DataFrame:
    """Observations with the cycle they fall in, and the profit of the indicator's formula."""
    cycles = files["vsla_cycle"].dropna(subset=["members_at_start"])
    cycles = cycles[cycles.cycle_no < 100].copy()
    cycles["start"] = pd.to_datetime(cycles.date_savings_started)
    rows = files.observations().assign(day=lambda r: pd.to_datetime(r.obs_date))
    money = ["bank_balance_xof", "property_xof", "external_debt_xof", "dividends_paid_xof"]
    rows = rows.dropna(subset=money).sort_values("day")
    rows = pd.merge_asof(
        rows, cycles.sort_values("start"), by="group_id", left_on="day", right_on="start",
        suffixes=("", "_cycle"),
    ).dropna(subset=["start"])  # fmt: skip
    rows["assets"] = (
        rows.loan_fund_cash_xof + rows.bank_balance_xof + rows.loans_outstanding_xof
        + rows.property_xof
    )  # fmt: skip
    brought = rows.assets_at_start_xof - rows.debts_at_start_xof
    rows["profit"] = (
        rows.assets - rows.external_debt_xof - rows.savings_cycle_xof - brought
        + rows.dividends_paid_xof
    )  # fmt: skip
    rows["weeks"] = (rows.day - rows.start).dt.days / 7
    return rows


def test_every_observation_falls_in_a_registered_cycle(files: Files) -> None:
    joined = _with_cycle(files)
    money = ["bank_balance_xof", "property_xof", "external_debt_xof", "dividends_paid_xof"]
    assert len(joined) == len(files.observations().dropna(subset=money))
    assert joined.weeks.between(0, 53).all()
    ended = joined.dropna(subset=["date_share_out"])
    assert (ended.obs_date <= ended.date_share_out).all()


def test_savings_only_fall_when_a_cycle_begins(files: Files) -> None:
    rows = _with_cycle(files).sort_values(["group_id", "month"])
    before = rows.groupby(["group_id", "cycle_no"]).savings_cycle_xof.shift()
    assert not (rows.savings_cycle_xof < before).any()
    last = rows.groupby("group_id").savings_cycle_xof.shift()
    fell = rows.savings_cycle_xof < last
    assert fell.mean() > 0.05


def test_books_balance(files: Files) -> None:
    """Profit is interest less losses: small against the money lent, and seldom negative."""
    rows = _with_cycle(files)
    assert (rows.profit < 0).mean() < 0.03
    most = (rows.interest_rate_month_pct / 100) * (rows.weeks / 4 + 2) * rows.assets
    assert (rows.profit <= most + 1000).all()


def test_levels_are_plausible(files: Files) -> None:
    rows = _with_cycle(files)
    late = rows[rows.weeks >= 12]
    yearly = (late.profit * 52 / late.weeks).sum()
    on_assets = yearly / ((late.assets + late.assets_at_start_xof) / 2).sum()
    assert 0.27 < on_assets < 0.38
    end = rows[rows.weeks > 44]
    assert 0.22 < end.profit.sum() / end.savings_cycle_xof.sum() < 0.36
    assert 8_000 < (end.savings_cycle_xof / end.members).median() < 25_000
    assert 0.03 < rows.loans_late_xof.sum() / rows.loans_outstanding_xof.sum() < 0.06
    groups = files["vsla_group"]
    assert 0 < groups.date_closed.notna().mean() < 0.10


def _deposits(files: Files) -> pd.DataFrame:
    """Log deposit a member where two months in a row were reported, with place and onset."""
    places = read_places()
    names = {c.name: c.slug for c in places.cercles} | {"Barouéli": "baraoueli"}
    cercles = files["vsla_group"].set_index("group_id").cercle.replace(names)
    rows = files.observations()
    rows["month"] = rows.month.map(lambda month: month.year * 12 + month.month - 1)
    groups = rows.groupby("group_id")
    rows["deposit"] = rows.savings_cycle_xof - groups.savings_cycle_xof.shift()
    follows = (rows.month - groups.month.shift() == 1) & (rows.deposit > 0)
    rows = rows[follows].assign(cercle=lambda r: r.group_id.map(cercles)).dropna(subset=["cercle"])
    rows["log_deposit"] = np.log(rows.deposit / rows.members)
    onsets = {
        slug: int(month[:4]) * 12 + int(month[5:]) - 1
        for slug, month in files.truth["onsets"].items()
    }
    return rows.assign(onset=rows.cercle.map(onsets))


def test_insecurity_effect_can_be_found_again(files: Files) -> None:
    """Mean change of log deposits around each onset, against cercles never reached."""
    rows = _deposits(files)
    never = rows[rows.onset.isna()]

    def change(part: pd.DataFrame, onset: float) -> pd.Series:
        since = part.month - onset
        before = part[since.between(-12, -1)].groupby("group_id").log_deposit.mean()
        after = part[since.between(0, 5)].groupby("group_id").log_deposit.mean()
        return (after - before).dropna()

    gaps, sizes = [], []
    for onset, wave in rows.dropna(subset=["onset"]).groupby("onset"):
        changed = change(wave, onset)
        gaps.append(changed.mean() - change(never, onset).mean())
        sizes.append(len(changed))
    path = files.effect("T1")["path_by_month_since_onset"]
    assert np.average(gaps, weights=sizes) == pytest.approx(np.mean(path[:6]), abs=0.07)
    assert 0.30 < len(files.truth["never_exposed"]) / 53 < 0.40


def test_covid_keeps_three_members_in_ten_at_home(files: Files) -> None:
    rows = files.observations().dropna(subset=["members_attending"])
    totals = rows.groupby(rows.month.astype(str))[["members_attending", "members"]].sum()
    rate = totals.members_attending / totals.members
    hit = rate[files.effect("T6")["months"]].mean()
    usual = rate[["2019-04", "2019-05", "2019-06"]].mean()
    assert hit / usual - 1 == pytest.approx(files.effect("T6")["size"], abs=0.03)


def test_food_loans_follow_prices(files: Files) -> None:
    rows = files.observations()
    totals = rows.groupby(rows.month.astype(str))[["loans_for_food_xof", "loans_outstanding_xof"]]
    totals = totals.sum()
    share = totals.loans_for_food_xof / totals.loans_outstanding_xof
    index = files["price_index"].set_index("month")["index"]
    assert index["2022-08"] / index["2021-08"] - 1 == pytest.approx(0.11, abs=0.015)
    assert 0.01 < share["2022-08"] - share["2021-08"] < 0.06


def test_crisis_help_rises_with_the_crisis(files: Files) -> None:
    rows = files.observations()
    by_year = rows.groupby(rows.obs_date.str[:4])
    part = by_year.social_fund_paid_crisis_xof.sum() / by_year.social_fund_paid_xof.sum()
    assert part["2020"] > 2 * part["2019"]
    assert by_year.households_supported.mean()["2020"] > by_year.households_supported.mean()["2019"]


def test_context_files(files: Files) -> None:
    population = files["population"]
    assert population.year.min() == 2018 and population.year.max() == 2025
    assert population[population.year == 2022].population.sum() == 22_395_488
    assert population.place.nunique() == 20
    assert (files["price_index"]["index"] > 0).all()
    assert files["crisis_event"].event_id.is_unique


def test_effects_outside_the_months_shown_are_not_claimed(tmp_path: Path) -> None:
    write_demonstration(tmp_path, groups=20, since="2023-06", until="2024-06")
    ids = {effect["id"] for effect in Files(tmp_path).truth["effects"]}
    assert "T1" in ids and not ids & {"T6", "T13", "T4"}


@pytest.mark.parametrize("groups", [1, 2, 52, 301])
def test_small_networks(tmp_path: Path, groups: int) -> None:
    rows = write_demonstration(tmp_path, groups=groups, since="2024-03", until="2024-03")
    spoiled = Files(tmp_path).truth["bad_rows"]
    assert rows["vsla_group"] == groups + sum(
        count for kind, count in spoiled.items() if kind.startswith(("group_", "region_"))
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"groups": 0},
        {"seed": -1},
        {"since": "2018"},
        {"since": "spring"},
        {"since": "1999-01"},
        {"since": "2020-02", "until": "2020-01"},
        {"until": "2990-01"},
    ],
)
def test_impossible_options_are_refused(tmp_path: Path, wrong: dict) -> None:
    with pytest.raises(UserError):
        write_demonstration(tmp_path / "out", **wrong)
    assert not (tmp_path / "out").exists()
