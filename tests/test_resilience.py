"""Businesses, households, contributions and voice against plain-Python twins and svy itself."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
import svy

from analytics.charts import figure
from analytics.disclosure.gate import allow
from analytics.errors import NotAllowed, UserError
from analytics.estimates.estimate import Row, estimate
from analytics.estimates.survey import survey_means, waves_of
from analytics.estimates.survival import median_times
from analytics.indicator import indicator, indicators
from analytics.pipeline import build
from analytics.selection import Selection
from analytics.text import say
from analytics.warehouse.home import Home
from analytics.warehouse.land import FileReport
from analytics.warehouse.read import Reader, open_reader
from tests.conftest import BUILT_ON
from tests.network import GROUPS, last_records
from tests.resilience import (
    BUSINESSES,
    business_rows,
    compared,
    contribution_rows,
    episodes,
    first_year,
    index,
    kaplan_meier_median,
    onsets,
    recovered_by,
    recoveries,
    space_rows,
    survey_rows,
)

YEAR = {"start": "2022", "end": "2022"}
IN_2022 = (index(2022, 1), index(2022, 12))


@pytest.fixture(scope="module")
def reader(resilience_home: Home) -> Reader:
    return open_reader(resilience_home)


def ask(reader: Reader, name: str, role: str = "staff", **question: object) -> list[Row]:
    selection = Selection(role=role, **{**YEAR, **question})  # type: ignore[arg-type]
    return list(estimate(reader, indicator(name), selection).rows)


def one(reader: Reader, name: str, **question: object) -> Row:
    [row] = ask(reader, name, **question)
    return row


# --- businesses ----------------------------------------------------------------------------------


@pytest.mark.parametrize("crisis", [None, "prices", "insecurity"])
def test_revenue_against_the_same_months_before(reader: Reader, crisis: str | None) -> None:
    pairs = compared(*IN_2022, crisis)
    filters = (("crisis", crisis),) if crisis else ()
    ratio = one(reader, "revenue_ratio", filters=filters)
    assert ratio.numerator == pytest.approx(sum(r for r, _ in pairs))
    assert ratio.denominator == pytest.approx(sum(b for _, b in pairs))
    assert "does_not_know" in ratio.caveats  # 99999 was taken out, and said
    strong = one(reader, "strengthened_share", filters=filters)
    assert strong.value == pytest.approx(sum(r >= 1.1 * b for r, b in pairs) / len(pairs))


def test_what_closed_for_good_goes_on_counting_as_nothing_sold(reader: Reader) -> None:
    """It has no record after closing; the survivors alone would sell more."""
    pairs = compared(index(2022, 10), index(2022, 12))
    assert any(revenue == 0 for revenue, _ in pairs)
    quarter = one(reader, "revenue_ratio", start="2022-Q4", end="2022-Q4")
    assert quarter.denominator == pytest.approx(sum(b for _, b in pairs))
    assert quarter.value == pytest.approx(sum(r for r, _ in pairs) / quarter.denominator)


def test_the_interval_takes_groups_for_cases(reader: Reader) -> None:
    """Equal to weighted least squares of the groups' ratios with HC1 errors."""
    row = one(reader, "revenue_ratio", filters=(("crisis", "prices"),))
    y, x = (np.array(column) for column in zip(*compared(*IN_2022, "prices"), strict=True))
    fit = sm.WLS(y / x, np.ones(len(x)), weights=x).fit(cov_type="HC1", use_t=True)
    assert [row.low, row.high] == pytest.approx(list(fit.conf_int()[0]))


@pytest.mark.parametrize("end", [6, 12])
def test_recovery_keeps_those_that_have_not_recovered(reader: Reader, end: int) -> None:
    label = "2022-Q2" if end == 6 else "2022"
    cases = recoveries(index(2022, end))
    row = one(reader, "recovery_median_months", start=label, end=label)
    assert any(not seen for _, seen in cases)
    assert row.value == kaplan_meier_median(cases)
    known = [(t, s) for t, s in cases if s or t >= 7]
    within = one(reader, "recovered_within_6_months", start=label, end=label)
    assert within.value == pytest.approx(
        sum(s and t <= 6 for t, s in known) / len(known) if known else None
    )


@pytest.mark.parametrize("month", [0, 3, 9, 12])
def test_the_curve_of_recovery(reader: Reader, month: int) -> None:
    """Kaplan and Meier by hand; closed for good is never recovered and never leaves."""
    year = {"start": "2023", "end": "2023"}
    cases = recoveries(index(2023, 12))
    rows = {r.keys["since"]: r for r in ask(reader, "recovered_by_month", by=("since",), **year)}
    row = rows[str(month)]
    assert row.value == pytest.approx(recovered_by(cases, month))
    assert row.low <= row.value <= row.high
    known = [(m, s) for m, s in cases if s or m >= month]
    assert row.denominator == len(known)
    assert row.numerator == sum(s and m <= month for m, s in known)
    # Closed for good, without recovery: waiting to the end of the panel, though nobody asks.
    end = max(m for e in episodes() for m in e["months"])
    shut = [e for e in episodes() if e["shut"]]
    waiting = [m for m, s in recoveries(end, shut) if not s]
    assert waiting and set(waiting) <= {end - onset for onset in onsets("SEG01").values()}


def test_what_the_first_year_cost(reader: Reader) -> None:
    cases = first_year(index(2023, 12))
    year = {"start": "2023", "end": "2023"}
    loss, months, deepest = (sum(column) for column in zip(*cases, strict=True))
    assert one(reader, "revenue_loss_area", **year).value == pytest.approx(12 * loss / months)
    assert one(reader, "revenue_depth", **year).value == pytest.approx(deepest / len(cases))
    # As known at the end of 2022 no first year was over: nothing is told of it yet.
    assert one(reader, "revenue_loss_area").status == "no_data"


def test_every_business_became_one_thing(reader: Reader) -> None:
    first, last = IN_2022
    became: dict[str, int] = defaultdict(int)
    for episode in episodes():
        pairs = [(m, r, b) for m, (r, b) in episode["months"].items() if first <= m <= last]
        known = [(r, b) for _, r, b in pairs if r is not None]
        if not known:
            continue
        revenue, baseline = (sum(column) for column in zip(*known, strict=True))
        shut = episode["shut"] is not None and episode["shut"] <= max(m for m, _, _ in pairs)
        ratio = revenue / baseline
        became[
            "strengthened" if ratio >= 1.1 else "maintained" if ratio >= 0.9
            else "closed" if shut else "weakened"
        ] += 1  # fmt: skip
    rows = {r.keys["kind"]: r for r in ask(reader, "business_outcome_share", by=("kind",))}
    assert {kind: row.numerator for kind, row in rows.items()} == became
    assert len(became) == 4 and sum(row.value for row in rows.values()) == pytest.approx(1)
    strong = one(reader, "strengthened_share")
    assert rows["strengthened"].value == strong.value


def test_recovery_by_adaptation_counts_from_the_landmark(reader: Reader) -> None:
    """Adapted within three months, among those not recovered by then; what came later is not."""
    said: dict[tuple[str, int], str] = {}
    for row in business_rows():
        day = dt.date.fromisoformat(row["obs_date"])
        said[row["business_id"], index(day.year, day.month)] = row["adaptations"]
    year = {"start": "2023", "end": "2023"}
    rows = {r.keys["adapted"]: r
            for r in ask(reader, "recovered_months_3_to_8", by=("adapted",), **year)}  # fmt: skip
    for adapted in (True, False):
        chosen = []
        for episode in episodes():
            window = [said.get((episode["business"], episode["onset"] + n), "") for n in range(3)]
            answers = [text != "none" for text in window if text]
            if answers and any(answers) == adapted:
                chosen.append(episode)
        cases = [(m, s) for m, s in recoveries(index(2023, 12), chosen)
                 if (m >= 3 if s else m >= 9)]  # fmt: skip
        row = rows[str(adapted).lower()]
        assert (row.numerator, row.denominator) == (sum(s and m <= 8 for m, s in cases), len(cases))
    assert rows["true"].denominator > 10 and rows["false"].denominator > 2
    assert {"association_only", "landmark_three_months", "stronger_firms_adapt"} <= set(
        indicator("recovered_months_3_to_8").caveats
    )


def test_whose_initiative_an_adaptation_was(reader: Reader) -> None:
    origins: dict[str, set[str]] = defaultdict(set)
    for row in business_rows():
        if row["obs_date"][:4] == "2022" and row["adaptations"]:
            origins[row["business_id"]].add(row["adaptation_origin"])
    rows = {r.keys["adaptation_origin"]: r
            for r in ask(reader, "adaptation_share", by=("adaptation_origin",))}  # fmt: skip
    for origin in ("own", "project"):
        told = sum(origin in found for found in origins.values())
        assert (rows[origin].numerator, rows[origin].denominator) == (told, len(origins))


def test_a_closed_business_stays_closed(reader: Reader) -> None:
    """It has no record after closing; the share of those observed alone would be 1."""
    state: dict[str, str] = {}
    for record in business_rows():
        if record["obs_date"] <= "2022-12-31":
            state[record["business_id"]] = record["status"]
    row = one(reader, "business_operating_rate")
    opened = sum(status == "open" for status in state.values())
    assert (row.value, row.n_people) == (pytest.approx(opened / len(state)), len(state))
    assert row.value < 1


def test_adaptations_by_kind_are_shares_of_all_that_answered(reader: Reader) -> None:
    said: dict[str, set[str]] = defaultdict(set)
    for record in business_rows():
        if record["obs_date"][:4] == "2022" and record["adaptations"]:
            said[record["business_id"]] |= set(record["adaptations"].split())
    adapted = sum(bool(kinds - {"none"}) for kinds in said.values())
    assert one(reader, "adaptation_share").value == pytest.approx(adapted / len(said))
    rows = {row.keys["kind"]: row for row in ask(reader, "adaptation_share", by=("kind",))}
    assert rows["masks"].value == pytest.approx(
        sum("masks" in kinds for kinds in said.values()) / len(said)
    )
    assert (rows["stock"].value, rows["stock"].n_people) == (0, len(said))  # none is not unknown
    linked = one(reader, "market_linked_share").value
    assert linked == pytest.approx(rows["market_link"].value)


def test_known_medians() -> None:
    """Freireich's leukaemia data: median 23 weeks under treatment, from 13, no upper bound."""
    import pandas as pd

    times = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    seen = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    [found] = median_times(
        pd.DataFrame({"months": times, "event": seen, "n": 1}), []
    ).to_dict("records")
    assert (found["value"], found["low"]) == (23, 13) and np.isnan(found["high"])
    waiting = pd.DataFrame({"months": [3, 4, 5], "event": [0, 0, 0], "n": [1, 2, 1]})
    [none] = median_times(waiting, []).to_dict("records")
    assert np.isnan(none["value"]) and none["median_not_reached"]


# --- surveys -------------------------------------------------------------------------------------

FCS = {"staples": 2, "pulses": 3, "vegetables": 1, "fruit": 1, "meat": 4, "milk": 4,
       "sugar": 0.5, "oil": 0.5}  # fmt: skip
RCSI = {"less_preferred": 1, "borrow": 2, "portion": 1, "adults": 3, "meals": 1}


def score(row: dict, prefix: str, weights: dict[str, float]) -> float | None:
    days = {name: row[f"{prefix}_{name}"] for name in weights}
    return None if "" in days.values() else sum(weights[n] * d for n, d in days.items())


def answered(name: str, row: dict) -> float | None:
    """What a respondent answers to an indicator; None where she did not."""
    fcs, rcsi = score(row, "fcs", FCS), score(row, "rcsi", RCSI)
    impacts, speaks = row["impacts"], row["speaks_in_public"]
    found = {
        "fcs_acceptable_share": None if fcs is None else fcs > 35,
        "fcs_acceptable_share_28_42": None if fcs is None else fcs > 42,
        "rcsi_mean": rcsi,
        "rcsi_high_share": None if rcsi is None else rcsi >= 19,
        "rcsi_low_share": None if rcsi is None else rcsi <= 3,
        "reports_income_impact_share": "income" in impacts.split() if impacts else None,
        "takes_action_share": row["actions"] != "none",
        "speaks_in_public_share": speaks == "true" if speaks else None,
        "supports_women_leaders_share": row["perceives_women_leaders"] >= 4,
    }[name]
    return None if found is None else float(found)


SURVEYED = [
    "fcs_acceptable_share", "fcs_acceptable_share_28_42", "rcsi_mean", "rcsi_low_share",
    "rcsi_high_share", "reports_income_impact_share",
    "takes_action_share", "speaks_in_public_share", "supports_women_leaders_share",
]  # fmt: skip


@pytest.mark.parametrize("name", SURVEYED)
def test_survey_estimates_equal_a_direct_call_of_svy_on_the_file(reader: Reader, name: str) -> None:
    rows = [
        {"y": answered(name, r), "w": float(r["weight"]), "s": r["strata"],
         "p": f"{r['strata']}|{r['psu']}", "sex": r["sex"]}
        for r in survey_rows()
        if r["round"] == "2022-a" and r["weight"] not in ("", 0) and answered(name, r) is not None
    ]  # fmt: skip
    design = svy.Design(wgt="w", stratum="s", psu="p")
    sample = svy.Sample(pl.DataFrame(rows), design)
    if indicator(name).bounded:
        direct = sample.estimation.prop("y", by="sex", ci_method="korn-graubard").to_polars()
        direct = direct.filter(pl.col("y") == 1)
    else:
        direct = sample.estimation.mean("y", by="sex").to_polars()
    expected = {row["sex"]: row for row in direct.to_dicts()}
    for row in ask(reader, name, by=("sex",), start="2022-Q2", end="2022-Q2"):
        wanted = expected[row.keys["sex"]]
        assert [row.value, row.low, row.high] == pytest.approx(
            [wanted["est"], wanted["lci"], wanted["uci"]]
        )
        people = {r["sex"] for r in rows}
        assert row.n_people == sum(r["sex"] == row.keys["sex"] for r in rows) and people
        assert "weights_missing" in row.caveats


def test_a_mean_is_the_weighted_mean_in_plain_python(reader: Reader) -> None:
    total = weight = 0.0
    for row in survey_rows():
        y = answered("rcsi_mean", row)
        if row["round"] == "2022-a" and row["weight"] not in ("", 0) and y is not None:
            total, weight = total + y * row["weight"], weight + row["weight"]
    found = one(reader, "rcsi_mean", start="2022-Q2", end="2022-Q2")
    assert found.value == pytest.approx(total / weight)
    assert found.numerator == pytest.approx(total)


def test_a_free_question_is_a_domain_of_the_same_design(reader: Reader) -> None:
    quarter = {"start": "2022-Q2", "end": "2022-Q2"}
    stored = {r.keys["sex"]: r for r in ask(reader, "rcsi_mean", by=("sex",), **quarter)}
    free = ask(reader, "rcsi_mean", by=("sex", "kind"), **quarter)
    assert len(free) == 4
    # Dividing by what all share (the quarter's only displaced status: none given) is not asked;
    # a filter that keeps one sex, beside a breakdown, must add up to that sex.
    for sex in ("female", "male"):
        parts = [r for r in free if r.keys["sex"] == sex]
        assert sum(r.numerator or 0 for r in parts) == pytest.approx(stored[sex].numerator)
        kept = ask(reader, "rcsi_mean", by=("kind",), filters=(("sex", sex),), **quarter)
        assert [(r.value, r.low) for r in kept] == [
            (pytest.approx(p.value), pytest.approx(p.low))
            for p in sorted(parts, key=lambda p: ("true", "false").index(p.keys["kind"]))
        ]


def test_a_round_of_programme_contacts_says_so(reader: Reader) -> None:
    row = one(reader, "rcsi_mean", start="2022-Q4", end="2022-Q4")
    assert {"programme_sample", "unweighted"} <= set(row.caveats)
    assert row.low is not None and row.low < row.value < row.high
    random = one(reader, "rcsi_mean", start="2022-Q2", end="2022-Q2")
    assert not {"programme_sample", "unweighted"} & set(random.caveats)


@pytest.mark.parametrize(
    ("name", "printed"),
    [("fcs_acceptable_share", "21 et 35"), ("fcs_acceptable_share_28_42", "28 et 42"),
     ("rcsi_low_share", "19 et plus")],
)  # fmt: skip
def test_cut_offs_and_what_programme_contacts_stand_for_are_always_printed(
    reader: Reader, name: str, printed: str
) -> None:
    """However much else there is to say of the cells: here that there were no weights."""
    told = Selection(start="2022-Q4", end="2022-Q4", role="staff")
    notes = " ".join(figure(estimate(reader, indicator(name), told), "fr").notes)
    assert printed in notes
    for code in ("programme_sample", "unweighted"):
        assert say(f"caveat.{code}", "fr") in notes


def test_one_sampling_point_in_a_stratum_widens_and_is_said() -> None:
    import pandas as pd

    rng = np.random.default_rng(3)
    rows = pd.DataFrame({
        "y": rng.normal(10, 3, 60), "weight": 1.0, "counts": 1, "wave": 0,
        "psu": [f"P{n // 6}" for n in range(60)], "stratum": ["A"] * 30 + ["B"] * 30,
    })  # fmt: skip
    whole = survey_means(rows, [], share=False).iloc[0]
    assert not whole["few_groups_in_stratum"]
    alone = rows.assign(stratum=["A"] * 30 + ["B"] * 24 + ["C"] * 6)
    single = survey_means(alone, [], share=False).iloc[0]
    assert single["value"] == pytest.approx(whole["value"])
    assert single["few_groups_in_stratum"] and np.isfinite(single["high"] - single["low"])
    one_point = survey_means(rows.assign(psu="P", stratum="A"), [], share=False).iloc[0]
    assert np.isnan(one_point["low"]) and np.isnan(one_point["high"])


def test_surveys_alike_but_for_their_classes_are_waves_of_their_own() -> None:
    import pandas as pd

    # Two women asked once stand in a month, its quarter and its year; a year has other classes.
    rows = pd.DataFrame({
        "_survey": [1, 1, 2, 2, 3, 3], "_row": [10, 11, 11, 10, 10, 11], "counts": 1,
        "shock": ["exposed", "less", "less", "exposed", "exposed", "exposed"],
    })  # fmt: skip
    told, waves = waves_of(rows, ["shock"])
    assert sorted(told["_survey"].unique()) == [1, 3]
    [month, quarter, year] = waves.sort_values("_survey")["wave"]
    assert month == quarter != year


def test_every_stored_survey_mean_is_the_ratio_of_its_own_sums(reader: Reader) -> None:
    means = {name: found.scale for name, found in indicators().items() if found.statistic == "mean"}
    rows = reader.query(
        "SELECT indicator, value, numerator / denominator FROM estimate WHERE value IS NOT NULL"
    )
    asked = [(means[name] * ratio, value) for name, value, ratio in rows if name in means]
    assert len(asked) > 100
    assert [value for _, value in asked] == pytest.approx([ratio for ratio, _ in asked])


def test_the_default_wave_is_the_last_that_ended(reader: Reader) -> None:
    answer = estimate(reader, indicator("rcsi_mean"), Selection(role="staff"))
    assert answer.period and answer.period.label == "2022-Q4"
    seats = estimate(reader, indicator("women_seat_share"), Selection(by=("kind",)))
    assert seats.period and seats.period.label == "2022-Q1"


# --- contributions -------------------------------------------------------------------------------


def told_once() -> list[dict]:
    """Each deed once: a report of what the ledger holds adds nothing."""
    return [row for row in contribution_rows() if row["contribution_id"].startswith("C")]


def test_contributions_over_all_members_and_each_once(reader: Reader) -> None:
    given: dict[str, list[dict]] = defaultdict(list)
    seen = set()
    for row in told_once():
        key = (row["group_id"], row["date"], row["kind"], row["quantity"])
        assert key not in seen  # the twin needs deeds that differ
        seen.add(key)
        given[row["group_id"]].append(row)
    records = last_records((dt.date(2022, 1, 1), dt.date(2022, 12, 31)))
    value = members = 0
    for group, record in records.items():
        amounts = [row["value_xof"] for row in given[group] if row["value_xof"] != ""]
        if given[group] and not amounts:
            continue  # nobody said what it was worth: not known, and not zero
        value += sum(amounts)
        members += record["members_women"] + record["members_men"]
    row = one(reader, "contribution_value_per_member")
    assert (row.numerator, row.denominator) == (value, members)
    assert "told_again" in row.caveats
    gave = {group for group, rows in given.items() if rows}
    share = one(reader, "groups_contributing_share")
    assert share.value == pytest.approx(len(gave) / len(set(records) | gave))


def test_pieces_are_added_and_kilograms_are_not(reader: Reader) -> None:
    masks = sum(row["quantity"] for row in told_once() if row["kind"] == "masks")
    pieces = [row for row in told_once() if row["kind"] == "soap" and not row["quantity_unit"]]
    soap = sum(row["quantity"] for row in pieces)
    assert one(reader, "masks_made").value == masks
    row = one(reader, "soap_made")
    assert row.value == soap and "soap_by_weight" in row.caveats


def test_what_crises_share_adds_up_to_the_whole(reader: Reader) -> None:
    rows = ask(reader, "people_reached_per_100_members", by=("crisis",))
    whole = one(reader, "people_reached_per_100_members")
    told = [row for row in rows if row.published]
    assert {row.keys["crisis"] for row in told if row.value} == {"prices", "insecurity"}
    assert sum(row.numerator or 0 for row in told) == whole.numerator
    assert {row.denominator for row in told} == {whole.denominator}
    assert whole.value == pytest.approx(100 * whole.numerator / whole.denominator)


def test_no_log_is_not_a_log_of_nothing(reader: Reader) -> None:
    row = one(reader, "groups_contributing_share", start="2021", end="2021")
    assert (row.status, row.value) == ("no_data", None)


# --- voice ---------------------------------------------------------------------------------------


def test_seats_in_the_last_composition_seen(reader: Reader) -> None:
    last = {row["space_id"]: row for row in space_rows()}
    seats = sum(row["seats"] for row in last.values())
    women = sum(row["seats_women"] for row in last.values())
    assert one(reader, "women_seat_share").value == pytest.approx(women / seats)
    # Where no woman sits the form does not ask how many come from a savings group: none does.
    known = [r for r in last.values() if r["seats_vsla_women"] != "" or r["seats_women"] == 0]
    assert any(row["seats_vsla_women"] == "" for row in known)
    assert one(reader, "vsla_women_seat_share").value == pytest.approx(
        sum(row["seats_vsla_women"] or 0 for row in known) / sum(row["seats"] for row in known)
    )
    quota = one(reader, "spaces_meeting_quota_share")
    assert quota.value == pytest.approx(
        sum(row["seats_women"] / row["seats"] >= 0.3 for row in last.values()) / len(last)
    )
    assert (quota.n_groups, quota.n_people) == (len(last), seats)


# --- the gate ------------------------------------------------------------------------------------

RESILIENCE = [i for i in indicators().values() if i.theme in (
    "businesses", "contributions", "households", "voice")]  # fmt: skip


def test_public_cells_of_people_meet_the_thresholds(reader: Reader) -> None:
    checked = 0
    for subject in RESILIENCE:
        for name in (*subject.breakdowns, None):
            if name in ("cercle", "month", "quarter", "year"):
                continue
            by = (name,) if name else ()
            if name and name != "region" and subject.klass == "total":
                continue
            public = Selection(by=(*by, "year"))
            allow(subject, public)
            staff = {tuple(r.keys.values()): r
                     for r in estimate(reader, subject, public.with_(role="staff"))}  # fmt: skip
            for row in estimate(reader, subject, public):
                assert row.numerator is None and row.denominator is None
                assert row.n_people is None or isinstance(row.n_people, str)
                exact = staff.get(tuple(row.keys.values()))
                if row.published and exact:
                    floor = 10 if subject.klass == "total" else 3
                    assert exact.n_people >= 10 and exact.n_groups >= floor, (subject.id, row)
                    checked += 1
    assert checked > 100


def test_people_without_a_group_make_no_group(reader: Reader) -> None:
    """Non-members count by their sampling point: six a region, and never one each."""
    found = ask(reader, "rcsi_mean", by=("kind",), start="2022-Q2", end="2022-Q2")
    rows = {row.keys["kind"]: row for row in found}
    outside = {r["psu"] for r in survey_rows() if r["round"] == "2022-a" and not r["group_id"]}
    assert rows["false"].n_groups <= len(outside) < rows["false"].n_people


@pytest.mark.parametrize(
    "question",
    [{"by": ("sex", "kind")}, {"by": ("cercle",)}, {"start": "2022-05", "end": "2022-05"},
     {"by": ("sex",), "filters": (("region", "segou"),)}],
)  # fmt: skip
def test_the_public_asks_one_thing_at_a_time(reader: Reader, question: dict) -> None:
    with pytest.raises(NotAllowed):
        ask(reader, "rcsi_mean", role="public", **question)


def test_a_free_span_needs_months(reader: Reader) -> None:
    with pytest.raises(UserError) as caught:
        ask(reader, "masks_made", start="2022-02", end="2022-05")
    assert caught.value.key == "no_free_span"
    # Each respondent once, with her last answer: the second round's where she was in it.
    row = one(reader, "rcsi_mean", start="2022-02", end="2022-12")
    last = {r["respondent_id"]: r for r in survey_rows()}.values()
    counted = [r for r in last if r["round"] == "2022-b" or r["weight"] not in ("", 0)]
    assert row.n_people == len(counted)


# --- bad input -----------------------------------------------------------------------------------


def test_bad_input_is_refused_or_said(
    land: Callable[..., list[FileReport]], tmp_path: Path
) -> None:
    groups = "group_id,region,facilitating_agency,group_type,network_member,wlie\n" + "".join(
        f"G{n},segou,CARE Mali,women_only,true,false\n" for n in range(12)
    )
    head = "business_id,group_id,obs_date,owner_sex,sector,status,revenue_xof\n"
    months = [f"{year}-{month:02d}-15" for year in (2021, 2022) for month in range(1, 13)]
    closed = "".join(
        f"B{n},G{n},{day},female,food,{'open' if day < '2022-03' else 'closed'},"
        f"{1000 if day < '2022-03' else ''}\n"
        for n in range(12)
        for day in months
    )
    survey = "respondent_id,round,survey_date,sex,region,vsla_member,group_id\n"
    [_, business, answers] = land({
        "a_vsla_group.csv": groups,
        "b_business_observation.csv": head + closed + "B0,G0,2020-01-15,female,food,open,-1\n",
        "c_member_survey.csv": survey + "R1,a,2022-01-01,female,segou,true,G1\n"
                                        "R1,a,2022-01-02,female,segou,true,G1\n",
    })  # fmt: skip
    assert (business.rows_rejected, business.rows_landed) == (1, 12 * 24)  # revenue of -1
    assert answers.rows_rejected == 2  # a respondent twice in a round, with different answers
    home = Home(tmp_path / "home")
    build(home, built_on=BUILT_ON)
    reader = open_reader(home)
    # All businesses closed: none of them open, nothing sold, and no median of recovery.
    operating = one(reader, "business_operating_rate", start="2022-Q4", end="2022-Q4")
    assert (operating.value, operating.n_people) == (0, 12) and operating.high > 0
    assert one(reader, "revenue_ratio", start="2022-Q4", end="2022-Q4").value == 0
    median = one(reader, "recovery_median_months", filters=(("crisis", "prices"),))
    assert (median.status, median.value) == ("no_data", None)
    assert "median_not_reached" in median.caveats
    assert one(reader, "rcsi_mean").status == "no_data"


def test_months_missing_break_a_recovery(reader: Reader) -> None:
    """Months without a record are in the panel, and each cell they touch says so."""
    assert len({b for b, _ in BUSINESSES}) > 30 and len(GROUPS) > 40
    assert "months_missing" in one(reader, "recovery_median_months").caveats
