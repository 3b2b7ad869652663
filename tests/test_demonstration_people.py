"""The demonstration's businesses, answers, deeds, rooms and feeds say what truth.json tells."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.demonstration import write_demonstration
from analytics.demonstration.settings import settings
from analytics.demonstration.world import read_places
from analytics.indicator import indicators
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.personal import find

TOLD_BY_PEOPLE = (
    "business_observation", "member_survey", "contribution", "testimony", "decision_space",
    "activity", "consultation", "advocacy_axis", "action", "demand", "ally", "shock_exposure",
    "target", "reach", "programme_cost",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    write_demonstration(folder, groups=800, since="2018-01", until="2025-12")
    return folder


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict:
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def read(folder: Path, dataset: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{dataset}.csv", keep_default_na=False, na_values=[""])


@pytest.mark.parametrize("dataset", TOLD_BY_PEOPLE)
def test_columns_are_the_contract_and_the_marker(folder: Path, truth: dict, dataset: str) -> None:
    rows = read(folder, dataset)
    assert list(rows) == [*columns_of(DATASETS[dataset]), "demonstration"]
    assert rows["demonstration"].all() and len(rows) == truth["rows"][dataset] > 0
    assert not rows.duplicated(list(DATASETS[dataset].key)).any() or dataset in (
        # a refused copy may keep a key that is not ours to choose
        "shock_exposure", "target", "reach", "programme_cost",
    )  # fmt: skip


def test_every_dataset_is_written(truth: dict) -> None:
    assert set(truth["rows"]) == set(DATASETS)


def test_refused_rows_are_told(truth: dict) -> None:
    told = {kind for kind in truth["bad_rows"] if "." in kind}
    wanted = settings().refused
    assert told == {f"{d}.{c}.{m}" for d, columns in wanted.items() for c, m in columns.items()}


def test_deeds_told_twice_are_counted(folder: Path, truth: dict) -> None:
    deeds = read(folder, "contribution")
    deeds = deeds[~deeds.contribution_id.str.startswith("DEMO-X")].dropna(subset=["quantity"])
    again = deeds.duplicated(["group_id", "date", "kind", "quantity"]).sum()
    assert again == truth["kept_blemishes"]["contribution_told_twice"] > 0


def test_onsets_are_those_of_the_world(folder: Path, truth: dict) -> None:
    rows = read(folder, "shock_exposure")
    onsets = rows[(rows.measure == "onset") & (rows.value == 1)]
    assert dict(zip(onsets.place, onsets.month, strict=True)) == {
        place: month for place, month in truth["onsets"].items() if month >= "2018-01"
    }
    assert set(rows[rows.place == "mali"].source) == {"demonstration/country"}
    assert set(rows[rows.place != "mali"].source) == {"demonstration/cercle"}


def _open_share(folder: Path) -> pd.Series:
    rows = read(folder, "business_observation")
    rows = rows[~rows.business_id.str.startswith("DEMO-X")]
    return (rows.status == "open").groupby(rows.obs_date.str[:7]).mean()


def test_covid_closes_businesses_and_they_reopen(folder: Path) -> None:
    share = _open_share(folder)
    assert share["2020-02"] - share["2020-05"] > 0.12
    assert share["2021-06"] > share["2020-06"]


def test_adaptation_goes_with_reopening_more_than_it_causes(folder: Path, truth: dict) -> None:
    """Rate of reopening in a month, adapted over others: near the naive ratio."""
    rows = read(folder, "business_observation")
    rows = rows[~rows.business_id.str.startswith("DEMO-X")].sort_values(["business_id", "obs_date"])
    following = rows.groupby("business_id").status.shift(-1)
    closed = (rows.status == "closed_temporarily") & rows.adaptations.notna() & following.notna()
    adapted = rows.adaptations[closed] != "none"
    reopened = following[closed] == "open"
    in_crisis = rows.obs_date[closed].str[:7].between("2020-04", "2021-03")
    rate = reopened[in_crisis].groupby(adapted[in_crisis]).mean()
    hazard = np.log(1 - rate[True]) / np.log(1 - rate[False])
    effect = next(e for e in truth["effects"] if e["id"] == "T7")
    assert effect["size"] == 1.15
    assert hazard == pytest.approx(effect["naive"], abs=0.30)


def test_some_months_bring_a_loss_and_revenue_has_a_heavy_tail(folder: Path) -> None:
    rows = read(folder, "business_observation")
    traded = rows[(rows.status == "open") & (rows.revenue_xof > 0)]
    assert 0.02 < (traded.profit_xof < 0).mean() < 0.25
    assert traded.revenue_xof.mean() > 1.2 * traded.revenue_xof.median()


def test_food_and_coping_agree_with_each_other_and_the_price_crisis(folder: Path) -> None:
    rows = read(folder, "member_survey").iloc[:-4]
    fcs = (
        2 * rows.fcs_staples + 3 * rows.fcs_pulses + rows.fcs_vegetables + rows.fcs_fruit
        + 4 * rows.fcs_meat + 4 * rows.fcs_milk + 0.5 * rows.fcs_sugar + 0.5 * rows.fcs_oil
    )  # fmt: skip
    coping = rows.rcsi_less_preferred + 2 * rows.rcsi_borrow + rows.rcsi_portion
    assert fcs.corr(coping) < -0.2
    by_round = fcs.groupby(rows["round"]).mean()
    assert by_round["2022-09"] < by_round["2019-09"] - 3


def test_rooms_stay_below_the_quota_and_insecurity_changes_nothing(folder: Path) -> None:
    rows = read(folder, "decision_space")
    rows = rows[~rows.space_id.str.startswith("DEMO-X")]
    assert ((rows.seats_women / rows.seats) < 0.30).mean() > 0.7
    assert settings().voice.spaces.insecurity == 0.0
    assert {c.slug for c in read_places().cercles} >= set(rows.cercle)


def test_campaign_keeps_its_calendar_and_says_its_titles_are_illustrative(folder: Path) -> None:
    axes = read(folder, "advocacy_axis")
    assert len(axes) == 4
    assert axes.title_fr.str.startswith("Titre illustratif\u00a0: ").all()
    assert axes.title_en.str.startswith("Illustrative title: ").all()
    meetings = read(folder, "consultation")
    meetings = meetings[~meetings.consultation_id.str.startswith("DEMO-X")]
    assert meetings.date.max() < "2023-07-13"
    known = set(indicators())
    assert set(read(folder, "action").indicator_id) <= known
    assert set(read(folder, "target").indicator_id) <= known


@pytest.mark.parametrize("dataset", TOLD_BY_PEOPLE)
def test_invented_words_look_like_nobody(folder: Path, dataset: str) -> None:
    rows = read(folder, dataset)
    text = [n for n, c in columns_of(DATASETS[dataset]).items() if c.kind == "text"]
    for column in text:
        for cell in rows[column].dropna().unique():
            assert not find(str(cell)), (column, cell)


@pytest.mark.parametrize(("groups", "since"), [(1, "2024-03"), (30, "2023-06")])
def test_small_networks_write_every_dataset(tmp_path: Path, groups: int, since: str) -> None:
    rows = write_demonstration(tmp_path, groups=groups, since=since, until="2024-03")
    assert set(rows) == set(DATASETS)
