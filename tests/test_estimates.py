"""Every ratio against a plain-Python twin, and intervals against statsmodels."""

from __future__ import annotations

import datetime as dt
import statistics

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint

from analytics.errors import UserError
from analytics.estimates.estimate import estimate
from analytics.estimates.intervals import ratio_intervals
from analytics.indicator import indicator
from analytics.selection import Selection
from analytics.warehouse.read import Reader
from tests.network import GROUPS, last_records, parts, twin

QUARTER = (dt.date(2022, 4, 1), dt.date(2022, 6, 30))
SEGOU_2012 = {group for group in GROUPS if group[:3] in ("SEG", "SAN")}
SEGOU_2023 = {group for group in GROUPS if group[:3] == "SEG"}
EVERY_RATIO = sorted(parts(next(iter(last_records(QUARTER).values()))))


def staff(**question: object) -> Selection:
    return Selection(role="staff", **question)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", EVERY_RATIO)
def test_ratio_of_sums_matches_the_twin(network: Reader, name: str) -> None:
    [row] = estimate(network, indicator(name), staff(start="2022-Q2", end="2022-Q2"))
    expected = twin(name, QUARTER, set(GROUPS))
    assert row.value == pytest.approx(expected["value"])
    assert row.numerator == pytest.approx(expected["numerator"])
    assert row.denominator == pytest.approx(expected["denominator"])
    assert (row.n_groups, row.n_people) == (expected["n_groups"], expected["n_people"])
    assert row.median == pytest.approx(statistics.median(expected["ratios"]))


@pytest.mark.parametrize(("division", "groups"), [("2012", SEGOU_2012), ("2023", SEGOU_2023)])
def test_the_division_decides_who_is_in_segou(
    network: Reader, division: str, groups: set[str]
) -> None:
    selection = staff(
        by=("quarter",), filters=(("region", "segou"),), division=division,
        start="2022-Q2", end="2022-Q2",
    )  # fmt: skip
    [row] = estimate(network, indicator("savings_per_member"), selection)
    assert row.numerator == twin("savings_per_member", QUARTER, groups)["numerator"]


def test_a_stored_answer_equals_the_free_computation(network: Reader) -> None:
    subject = indicator("attendance_rate")
    stored = estimate(network, subject, staff(filters=(("region", "segou"),),
                                              start="2022-Q2", end="2022-Q2"))  # fmt: skip
    # Two breakdowns are never stored; filtering by what all of Ségou shares changes nothing.
    free = estimate(
        network,
        subject,
        staff(filters=(("region", "segou"), ("partner", "CARE Mali")),
              start="2022-Q2", end="2022-Q2"),
    )  # fmt: skip
    assert stored.rows == free.rows


def test_a_span_counts_each_group_once_with_its_last_record(network: Reader) -> None:
    [row] = estimate(network, indicator("savings_per_member"),
                     staff(start="2022-02", end="2022-09"))  # fmt: skip
    expected = twin("savings_per_member", (dt.date(2022, 2, 1), dt.date(2022, 9, 30)), set(GROUPS))
    assert row.numerator == expected["numerator"]
    assert row.n_groups == expected["n_groups"]


def test_totals_count_members_and_groups(network: Reader) -> None:
    year = (dt.date(2022, 1, 1), dt.date(2022, 12, 31))
    records = last_records(year)
    [groups] = estimate(network, indicator("groups_reporting"), staff(start="2022", end="2022"))
    [members] = estimate(network, indicator("members"), staff(start="2022", end="2022"))
    assert groups.value == len(records)
    assert members.value == sum(r["members_women"] + r["members_men"] for r in records.values())


def test_a_closed_group_lowers_survival_and_a_silent_one_does_not(network: Reader) -> None:
    [before] = estimate(network, indicator("group_survival_rate"),
                        staff(start="2022-Q2", end="2022-Q2"))  # fmt: skip
    [after] = estimate(network, indicator("group_survival_rate"),
                       staff(start="2022-Q3", end="2022-Q3"))  # fmt: skip
    assert before.value == 1
    # SEG00 closed on 2022-09-01; the other groups still report.
    assert after.value == pytest.approx(1 - 1 / len(GROUPS))


def test_constant_francs_divide_by_the_price_level(network: Reader) -> None:
    [row] = estimate(network, indicator("savings_per_member_constant"),
                     staff(start="2021-01", end="2021-01"))  # fmt: skip
    [nominal] = estimate(network, indicator("savings_per_member"),
                         staff(start="2021-01", end="2021-01"))  # fmt: skip
    # The index runs from 100 in January 2021 to 129 in its last month.
    assert row.value == pytest.approx(nominal.value * 129 / 100)


def test_a_region_without_groups_has_no_data(network: Reader) -> None:
    answer = estimate(network, indicator("savings_per_member"),
                      staff(by=("region",), start="2022-Q2", end="2022-Q2"))  # fmt: skip
    by_region = {row.keys["region"]: row for row in answer}
    assert by_region["kayes"].status == "no_data"
    assert by_region["kayes"].value is None
    assert by_region["not_specified"].n_groups == 1  # OLD00: an old region, no cercle


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ({"start": "2022-Q7"}, "period_unknown"),
        ({"start": "2023", "end": "2022"}, "period_reversed"),
        ({"filters": (("region", "Tombuctoo"),)}, "unknown_place"),
        ({"filters": (("group_type", "men"),)}, "filter_value"),
        ({"by": ("month", "quarter")}, "two_periods"),
        ({"by": ("sector",)}, "breakdown_unknown"),
    ],
)
def test_a_question_that_names_nothing_known_says_so(
    network: Reader, question: dict, key: str
) -> None:
    with pytest.raises(UserError) as caught:
        estimate(network, indicator("savings_per_member"), staff(**question))
    assert caught.value.key == key
    assert all(caught.value.message(lang) for lang in ("fr", "en"))


def test_intervals_agree_with_weighted_least_squares_and_hc1_errors() -> None:
    pairs = twin("savings_per_member", QUARTER, set(GROUPS))["pairs"]
    y, x = (np.array(column) for column in zip(*pairs, strict=True))
    fit = sm.WLS(y / x, np.ones(len(x)), weights=x).fit(cov_type="HC1", use_t=True)
    low, high = _interval(y, x, share=False)
    assert [low, high] == pytest.approx(list(fit.conf_int()[0]))


def test_wilson_reference_numbers() -> None:
    # 8 of 10 and 0 of 20: the published reference values of the Wilson score interval.
    y, x = np.array([1.0] * 8 + [0.0] * 2), np.ones(10)
    # One case a group makes the effective size n - 1; scale back to the plain n of the reference.
    low, high = _interval(np.repeat(y, 1), x, share=True)
    assert 0.44 < low < 0.4901625 and 0.9433178 < high < 0.96
    low, high = _interval(np.zeros(20), np.ones(20), share=True)
    assert (low, high) == pytest.approx((0, 0.1611252), abs=1e-6)


def test_one_group_has_no_interval() -> None:
    low, high = _interval(np.array([5.0]), np.array([10.0]), share=False)
    assert np.isnan(low) and np.isnan(high)


def _interval(y: np.ndarray, x: np.ndarray, *, share: bool) -> tuple[float, float]:
    low, high = ratio_intervals(
        np.array([y.sum() / x.sum()]), np.array([float(len(x))]),
        np.array([(y * y).sum()]), np.array([(x * y).sum()]), np.array([(x * x).sum()]),
        np.array([x.sum()]), np.array([share]),
    )  # fmt: skip
    return float(low[0]), float(high[0])


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
@pytest.mark.parametrize("share", [True, False])
def test_groups_that_agree_have_no_spread_in_whatever_order_they_are_added(
    order: slice, share: bool
) -> None:
    x = np.array([0.1, 1.7, 7.875])[order]
    agreed = proportion_confint(1, 3, method="wilson") if share else (1 / 3, 1 / 3)
    assert _interval(x / 3, x, share=share) == pytest.approx(agreed)
