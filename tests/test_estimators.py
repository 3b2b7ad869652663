"""Estimators against published numbers, and panels that cannot be judged."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import UserError
from analytics.evidence import att

_SHARED = [p / "shared" / "reference" / "causal" for p in Path(__file__).parents[2:4]]
REFERENCE = next((folder for folder in _SHARED if folder.exists()), _SHARED[0])
published = pytest.mark.skipif(not REFERENCE.exists(), reason="reference files are not part of it")

#: scenario of R did → panel, columns, options
MPDTA = ("mpdta.csv", "lemp", "countyreal", "year", "first.treat")
SCENARIOS = {
    "mpdta_nev_dr": (MPDTA, {"control": "never_treated"}),
    "mpdta_nyt_dr": (MPDTA, {}),
    "mpdta_nev_reg_cov": (MPDTA, {"control": "never_treated", "est": "reg",
                                  "covariates": ["lpop"]}),
    "mpdta_nev_ipw": (MPDTA, {"control": "never_treated", "est": "ipw"}),
    "sim_nev_dr": (("did_sim_data.csv", "Y", "id", "period", "G"),
                   {"control": "never_treated", "covariates": "~ X"}),
}  # fmt: skip


def mpdta() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "mpdta.csv")


@published
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_numbers_of_r_did(scenario: str) -> None:
    (file, *columns), options = SCENARIOS[scenario]
    found = att(pd.read_csv(REFERENCE / file), *columns, **options)
    cells = {(c["group"], c["time"]): (c["att"], c["se"]) for c in found["cells"]}
    wanted = pd.read_csv(REFERENCE / "mpdta_sim_R_did_ref_attgt.csv").query("scenario == @scenario")
    assert len(cells) == len(wanted)
    for row in wanted.itertuples():
        assert cells[row.group, row.t] == pytest.approx((row.att, row.se), abs=1e-8)
    aggregates = pd.read_csv(REFERENCE / "mpdta_sim_R_did_ref_aggte.csv")
    for row in aggregates.query("scenario == @scenario").itertuples():
        family = {"simple": found.simple, "group": found.group, "dynamic": found.event}.get(
            row.type
        )
        if family is None:
            continue
        assert family["att"] == pytest.approx(row.overall_att, abs=1e-8)
        assert family["se"] == pytest.approx(row.overall_se, abs=1e-8)
        if row.type != "simple":
            assert family[row.egt]["att"] == pytest.approx(row.att_egt, abs=1e-8)
            assert family[row.egt]["se"] == pytest.approx(row.se_egt, abs=1e-8)
    pretest = pd.read_csv(REFERENCE / "mpdta_sim_R_did_ref_pretest.csv").set_index("scenario")
    assert found.pretest["statistic"] == pytest.approx(pretest.loc[scenario, "W"], abs=1e-6)
    assert found.pretest["p"] == pytest.approx(pretest.loc[scenario, "Wpval"], abs=1e-5)
    assert found.second["agrees"] in (True, None)


@published
def test_printed_numbers_of_the_minimum_wage_panel() -> None:
    never = att(mpdta(), *MPDTA[1:], control="never_treated")
    assert never.simple["att"] == pytest.approx(-0.03995127516, abs=1e-10)
    assert never.simple["se"] == pytest.approx(0.01203401277, abs=1e-10)
    assert never.event["att"] == pytest.approx(-0.0772398215, abs=1e-9)
    later = att(mpdta(), *MPDTA[1:])
    assert later["simple"]["se"] == pytest.approx(0.01205242479, abs=1e-10)
    assert [later["event"][e]["att"] for e in range(4)] == pytest.approx(
        [-0.0189221991, -0.0535893473, -0.1362743463, -0.1008113631], abs=1e-9
    )


@published
def test_two_way_fixed_effects_of_the_castle_doctrine() -> None:
    """Printed by the documentation of bacondecomp; never an estimator of ours."""
    from pyfixest import feols

    castle = pd.read_csv(REFERENCE / "castle.csv")
    # Stata keeps single precision, of which the text file prints eight digits.
    castle["l_homicide"] = castle["l_homicide"].astype("float32").astype(float)
    castle["law"] = (castle["year"] >= castle["effyear"]).astype(int)
    model = feols("l_homicide ~ law | sid + year", castle, vcov={"CRV1": "sid"})
    assert float(model.coef()["law"]) == pytest.approx(0.0818116169306475, abs=1e-11)


def test_wilson_and_survival_reference_numbers() -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.datasets import load_leukemia, load_waltons
    from lifelines.statistics import logrank_test
    from lifelines.utils import restricted_mean_survival_time
    from statsmodels.stats.proportion import proportion_confint

    assert proportion_confint(8, 10, method="wilson") == pytest.approx((0.4901625, 0.9433178))
    assert proportion_confint(0, 20, method="wilson") == pytest.approx((0, 0.1611252), abs=1e-6)
    data = load_leukemia()
    curves = {}
    for arm, rows in data.groupby("Rx"):
        curves[arm] = KaplanMeierFitter().fit(rows["t"], rows["status"])
    assert (curves[1].median_survival_time_, curves[0].median_survival_time_) == (8, 23)
    means = [restricted_mean_survival_time(curves[arm], t=20) for arm in (1, 0)]
    assert means == pytest.approx([8.428571, 16.116527], abs=1e-6)
    one, two = (data[data["Rx"] == arm] for arm in (0, 1))
    test = logrank_test(one["t"], two["t"], one["status"], two["status"])
    assert test.test_statistic == pytest.approx(16.792941, abs=1e-6)
    walton = load_waltons()
    mutant, control = (walton[walton["group"] == g] for g in ("miR-137", "control"))
    test = logrank_test(mutant["T"], control["T"], mutant["E"], control["E"])
    assert test.test_statistic == pytest.approx(122.249126, abs=1e-5)
    assert KaplanMeierFitter().fit(walton["T"], walton["E"]).median_survival_time_ == 56


# --- a panel of ours, counted by hand -------------------------------------------------------------


def panel(**changes: object) -> pd.DataFrame:
    """Eighteen units, five periods; six struck at 3, six at 4, six never."""
    rng = np.random.default_rng(5)
    rows = [
        {"unit": f"u{u}", "time": t, "first": first, "place": f"p{u % 6}",
         "y": u * 0.1 + t * 0.2 + rng.normal(0, 0.1) - (0.5 if first and t >= first else 0)}
        for u in range(18) for t in range(1, 6) for first in ([3, 4, 0][u // 6],)
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**changes)


def run(data: pd.DataFrame, **options: object) -> object:
    return att(data, "y", "unit", "time", "first", **options)  # type: ignore[arg-type]


def test_a_cell_is_a_difference_of_differences_of_means() -> None:
    data = panel()
    mean = data.groupby(["first", "time"])["y"].mean()
    found = run(data, control="never_treated")
    for cell in found.cells:  # type: ignore[attr-defined]
        g, t = cell["group"], cell["time"]
        base = g - 1 if t >= g else t - 1
        twin = (mean[g, t] - mean[g, base]) - (mean[0, t] - mean[0, base])
        assert cell["att"] == pytest.approx(twin, abs=1e-10)
    assert found["second"]["agrees"] is True  # type: ignore[index]


def test_answers_by_key_and_by_attribute() -> None:
    found = run(panel())
    assert found["simple"] == found.simple  # type: ignore[index, attr-defined]
    assert set(found["group"]) == {3, 4}  # type: ignore[index]
    assert set(found["event"]) == {-2, -1, 0, 1, 2}  # type: ignore[index]
    assert found["group"]["overall"]["att"] == found.group.att  # type: ignore[index, attr-defined]
    with pytest.raises(KeyError):
        found["nothing"]  # type: ignore[index]


def test_the_name_of_a_unit_and_the_order_of_rows_change_nothing() -> None:
    data = panel()
    turned = data.sample(frac=1, random_state=1).assign(unit=lambda d: d["unit"].str.upper())
    one, other = run(data), run(turned)
    assert one.simple == pytest.approx(other.simple, abs=1e-12)  # type: ignore[attr-defined]


def changed(column: str, value: object, row: int = 7) -> pd.DataFrame:
    data = panel()
    data[column] = data[column].astype(object) if isinstance(value, str) else data[column]
    data.loc[row, column] = value
    return data


REFUSED = {
    "att_duplicates": (pd.concat([panel(), panel().head(2)]), {}),
    "att_constant": (panel(y=1.0), {}),
    "att_infinite": (changed("y", math.inf), {}),
    "att_not_numeric": (changed("y", "many"), {}),
    "dates": (panel().assign(time=lambda d: pd.to_datetime("2020-01-01")
                             + pd.to_timedelta(31 * d["time"], "D")), {}),
    "att_changes": (changed("first", 5), {}),
    "att_negative": (panel(first=-1), {}),
    "att_one_cluster": (panel(place="one"), {"cluster": "place"}),
    "att_none_treated": (panel(first=0), {}),
    "att_all_first": (panel(first=1), {}),
    "att_no_control": (panel(first=3), {}),
    "att_one_period": (panel().query("time == 2"), {}),
    "att_empty": (panel().head(0), {}),
    "att_column": (panel(), {"covariates": ["wealth"]}),
    "att_formula": (panel(), {"covariates": "~ wealth +"}),
    "att_option": (panel(), {"control": "everyone"}),
    "att_no_complete_unit": (
        panel().loc[lambda p: p["time"] != 1 + p["unit"].str[1:].astype(int) % 5], {}
    ),
    "att_failed": (panel(flat=1.0), {"covariates": ["flat"]}),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_panel_that_cannot_be_judged_is_refused_with_its_reason(reason: str) -> None:
    data, options = REFUSED[reason]
    with pytest.raises(UserError) as refused:
        run(data, **options)
    assert refused.value.key == {"dates": "att_not_numeric"}.get(reason, reason)
    assert refused.value.message("fr") and refused.value.message("en")


def test_never_treated_controls_must_exist() -> None:
    struck = panel().query("first > 0")
    with pytest.raises(UserError) as refused:
        run(struck, control="never_treated")
    assert refused.value.key == "att_no_control"
    # Those struck last still serve until they are.
    assert {cell["group"] for cell in run(struck).cells} == {3}  # type: ignore[attr-defined]


def test_what_was_left_out_is_told() -> None:
    holes = panel().drop(index=[0, 13])
    told = dict(run(holes).notes)  # type: ignore[attr-defined]
    assert told["units_incomplete"] == {"count": 2, "of": 18}
    early = panel()
    early.loc[early["unit"] == "u0", "first"] = 1
    assert dict(run(early).notes)["treated_first"] == {"count": 1}  # type: ignore[attr-defined]
    missing = changed("y", math.nan)
    assert dict(run(missing).notes)["rows_missing"] == {"count": 1}  # type: ignore[attr-defined]


@pytest.mark.parametrize("never", [math.nan, math.inf, 0, 99, None])
def test_never_is_zero_or_infinity_or_empty_or_after_the_end(never: float | None) -> None:
    """A panel joined to a list of dates has none where nothing happened."""
    data = panel()
    data["first"] = data["first"].astype(object).where(data["first"] > 0, never)
    found = run(data)
    assert found.simple == run(panel()).simple  # type: ignore[attr-defined]
    said = dict(found.notes)  # type: ignore[attr-defined]
    empty = never is None or math.isnan(never)
    assert said == ({"first_missing": {"count": 6}} if empty else {})


TYPES = {
    "nullable": lambda d: d.convert_dtypes(),
    "arrow": lambda d: d.convert_dtypes(dtype_backend="pyarrow"),
    "small": lambda d: d.astype({"time": "uint8", "first": "int8"}),
    "text": lambda d: d.astype({"time": str, "first": str}),
    "category": lambda d: d.astype({"unit": "category"}),
    "same index": lambda d: d.set_index(np.zeros(len(d), dtype=int)),
    "our own names": lambda d: d.assign(cluster=1, x_0=2),
}


@pytest.mark.parametrize("kind", TYPES)
def test_how_numbers_and_names_are_kept_changes_nothing(kind: str) -> None:
    found = run(TYPES[kind](panel()))
    assert found.simple == pytest.approx(run(panel()).simple, abs=1e-12)  # type: ignore[attr-defined]
    assert set(found.group) == {3, 4}  # type: ignore[attr-defined]


def test_what_is_found_is_plain_json() -> None:
    for options in ({}, {"covariates": ["size"]}):
        found = run(panel(size=np.arange(90) // 5 % 4), **options)
        told = json.loads(json.dumps(dict(found)))  # type: ignore[call-overload]
        assert list(told["simple"]) == ["att", "se"]
        assert set(told["cells"][0]) == {"group", "time", "att", "se"}


@settings(max_examples=15, deadline=None)
@given(
    first=st.lists(st.sampled_from([0, 3, 4, 5, 7]), min_size=12, max_size=30),
    control=st.sampled_from(["never_treated", "not_yet_treated"]),
    seed=st.integers(0, 99),
)
def test_any_balanced_panel_is_what_its_means_say(
    first: list[int], control: str, seed: int
) -> None:
    """Cells, their standard errors and the overall effect, written out in plain numbers."""
    # Fewer than five that are never struck are no control group.
    onset = np.array([*first, 0, 0, 0, 0, 0, 3, 3, 5, 5])
    y = np.random.default_rng(seed).normal(size=(len(onset), 6))
    data = pd.DataFrame({
        "unit": np.repeat(np.arange(len(onset)), 6), "time": np.tile(np.arange(1, 7), len(onset)),
        "first": np.repeat(onset, 6), "y": y.ravel(),
    })  # fmt: skip
    found = run(data, control=control)
    # Struck after the end is not struck within the panel.
    within = np.where(onset > 6, 0, onset)
    weighted, struck = 0.0, 0
    for cell in found.cells:  # type: ignore[attr-defined]
        g, t = cell["group"], cell["time"]
        base = g - 1 if t >= g else t - 1
        change = y[:, t - 1] - y[:, base - 1]
        mine, clear = within == g, within == 0
        if control == "not_yet_treated":
            clear |= (within > max(t, base)) & ~mine
        assert cell["att"] == pytest.approx(change[mine].mean() - change[clear].mean(), abs=1e-9)
        spread = sum(((change[s] - change[s].mean()) ** 2).sum() / s.sum() ** 2
                     for s in (mine, clear))  # fmt: skip
        assert cell["se"] == pytest.approx(math.sqrt(spread), abs=1e-9)
        if t >= g:
            weighted, struck = weighted + cell["att"] * mine.sum(), struck + mine.sum()
    assert found.simple["att"] == pytest.approx(weighted / struck, abs=1e-9)  # type: ignore[attr-defined]
    assert found.second["agrees"] is True  # type: ignore[attr-defined]


def test_errors_by_place_are_sums_within_places() -> None:
    """Places of unequal size, written out."""
    data = panel().assign(place=lambda d: d["unit"].str[1:].astype(int).map(lambda n: n * n // 40))
    found = run(data, control="never_treated", cluster="place")
    wide = data.pivot(index="unit", columns="time", values="y")
    of = data.drop_duplicates("unit").set_index("unit").loc[wide.index]
    for cell in found.cells:  # type: ignore[attr-defined]
        g, t = cell["group"], cell["time"]
        change = wide[t] - wide[g - 1 if t >= g else t - 1]
        parts = [(change - change[s].mean()) * s / s.sum() for s in (of["first"] == g,
                                                                     of["first"] == 0)]  # fmt: skip
        by_place = (parts[0] - parts[1]).groupby(of["place"]).sum()
        assert cell["se"] == pytest.approx(math.sqrt((by_place**2).sum()), abs=1e-9)


def test_places_above_the_units_widen_or_narrow_the_interval_only() -> None:
    one, other = run(panel()), run(panel(), cluster="place")
    assert one.simple["att"] == other.simple["att"]  # type: ignore[attr-defined]
    assert one.simple["se"] != other.simple["se"]  # type: ignore[attr-defined]
    assert (one.n_clusters, other.n_clusters) == (18, 6)  # type: ignore[attr-defined]


def test_pages_and_the_application_load_no_estimator() -> None:
    """Starting costs nothing: the packages come where something is estimated."""
    code = (
        "import sys, analytics.evidence, analytics.evidence.store, analytics.cli, "
        "analytics.pipeline\n"
        "heavy = {'diff_diff', 'csdid', 'pyfixest', 'lifelines', 'svy', 'statsmodels'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
