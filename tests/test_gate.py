"""What the public may know: thresholds, merging, and attacks on what is published."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from dataclasses import fields, replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.disclosure import gate
from analytics.disclosure.gate import NATIONAL_BREAKDOWNS, Exact, PublicCell, public_table
from analytics.disclosure.rules import band, public_precision, two_digits
from analytics.disclosure.units import Counts, merge_regions
from analytics.errors import NotAllowed, UserError
from analytics.estimates.estimate import Row, estimate
from analytics.geography.places import merge_slug, neighbours, parts_of, region_units
from analytics.indicator import Indicator, indicator, indicators
from analytics.period import last_public_quarter, parse_period
from analytics.selection import Selection
from analytics.warehouse.read import Reader

RATE = indicator("savings_per_member")
SHARE = indicator("women_share")
BY_GROUP = indicator("group_survival_rate")
TOTAL = indicator("members")
KEYS_AND_STATUS = {"indicator", "dimension", "key", "period_kind", "period", "status"}


def exact(subject: Indicator, key: str = "segou", **changes: object) -> Exact:
    """A cell that passes every rule, with some of its fields replaced."""
    yearly = subject.klass == "total"
    plain = Exact(
        indicator=subject.id,
        dimension="unit_2023",
        key=key,
        period_kind="year" if yearly else "quarter",
        period="2022" if yearly else "2022-Q2",
        value=0.4321 if subject.unit == "share" else 12345.0,
        low=None, high=None, median=None, numerator=5000.0, denominator=100.0,
        n_groups=30, n_people=600, expected=30,
        numerator_absolute=None, numerator_top1=None, numerator_top2=None,
        denominator_absolute=None, denominator_top1=None, denominator_top2=None,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def publish(subject: Indicator, *cells: Exact) -> list[PublicCell]:
    return public_table(subject, cells)


def status(subject: Indicator, **changes: object) -> str:
    [cell] = publish(subject, exact(subject, **changes))
    return cell.status


# --- thresholds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "people", "groups", "expected"),
    [
        (RATE, 10, 3, "published"),
        (RATE, 9, 3, "suppressed"),
        (RATE, 10, 2, "suppressed"),
        (TOTAL, 300, 10, "published"),
        (TOTAL, 300, 9, "suppressed"),
        (RATE, 0, 0, "no_data"),
        (TOTAL, 0, 0, "no_data"),
    ],
)
def test_people_and_groups(subject: Indicator, people: int, groups: int, expected: str) -> None:
    assert status(subject, n_people=people, n_groups=groups) == expected


@pytest.mark.parametrize("part", ["numerator", "denominator"])
@pytest.mark.parametrize(
    ("largest", "second", "expected"),
    [
        (70, 5, "published"),
        (71, 5, "suppressed"),
        (60, 30, "published"),
        (60, 31, "suppressed"),
        (71, None, "suppressed"),
    ],
)
def test_no_group_holds_the_cell(
    part: str, largest: float, second: float | None, expected: str
) -> None:
    held = {f"{part}_absolute": 100.0, f"{part}_top1": largest, f"{part}_top2": second}
    assert status(RATE, **held) == expected


def test_a_class_decides_what_is_seen_at_all() -> None:
    def of_class(klass: str) -> Indicator:
        return RATE.model_copy(update={"klass": klass})

    small = exact(RATE, n_groups=1, n_people=2, value=1234.567)
    assert publish(of_class("internal"), exact(RATE)) == []
    assert [c.status for c in publish(of_class("rate"), small)] == ["suppressed"]
    # What public feeds already tell is told in full, for any period.
    assert [c.value for c in publish(of_class("open"), small)] == [1234.567]


@pytest.mark.parametrize(
    "changes",
    [
        {"period_kind": "quarter", "period": "2022-Q2"},
        {"dimension": "partner", "key": "CARE Mali"},
        {"dimension": "group_type", "key": "mixed"},
    ],
)
def test_a_total_exists_for_regions_and_years_only(changes: dict) -> None:
    assert publish(TOTAL, exact(TOTAL), exact(TOTAL, **changes)) == publish(TOTAL, exact(TOTAL))


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (3, "3–9"), (9, "3–9"), (10, "10–19"), (19, "10–19"), (20, "20–49"), (49, "20–49"),
        (50, "50–99"), (99, "50–99"), (100, "100–499"), (499, "100–499"), (500, "500+"),
        (12_000, "500+"),
    ],
)  # fmt: skip
def test_bands(count: int, expected: str) -> None:
    assert band(count) == expected


def test_a_rate_shows_bands_and_no_parts() -> None:
    [cell] = publish(RATE, exact(RATE, n_groups=4, n_people=88))
    assert (cell.n_groups, cell.n_people) == ("3–9", "50–99")
    assert not {"numerator", "denominator"} & {field.name for field in fields(cell)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 0), (7, 7), (64, 64), (647, 650), (1178, 1200), (12_499, 12_000), (995, 1000)],
)
def test_totals_have_two_significant_digits(value: float, expected: float) -> None:
    assert two_digits(value) == expected
    [cell] = publish(TOTAL, exact(TOTAL, value=float(value)))
    assert (cell.value, cell.low, cell.high, cell.median) == (expected, None, None, None)


@pytest.mark.parametrize(
    ("unit", "value", "people", "expected"),
    [
        ("share", 0.432149, 99, 0.43),
        ("share", 0.432149, 100, 0.432),
        ("share", 0.432149, 500, 0.4321),
        ("xof", 12345.67, 99, 12300),
        ("xof", 12345.67, 100, 12346),
    ],
)
def test_the_fewer_people_the_fewer_digits(
    unit: str, value: float, people: int, expected: float
) -> None:
    assert public_precision(value, unit, people) == expected


@pytest.mark.parametrize(
    ("subject", "value", "cases", "shown"),
    [
        (SHARE, 0.0, {"n_people": 19}, (0.05, "under")),
        (SHARE, 1.0, {"n_people": 19}, (0.95, "over")),
        (SHARE, 0.0, {"n_people": 20}, (0.0, None)),
        (SHARE, 1.0, {"n_people": 20}, (1.0, None)),
        # A share of groups counts groups, however many people are in them.
        (BY_GROUP, 1.0, {"n_groups": 19}, (0.95, "over")),
        (BY_GROUP, 1.0, {"n_groups": 20}, (1.0, None)),
        (SHARE, 0.5, {"n_people": 12}, (0.5, None)),
    ],
)
def test_none_and_all_are_told_as_under_and_over(
    subject: Indicator, value: float, cases: dict, shown: tuple
) -> None:
    [cell] = publish(subject, exact(subject, value=value, low=value, high=value, **cases))
    assert (cell.value, cell.bound) == shown
    if cell.bound:
        assert cell.low != cell.high


@pytest.mark.parametrize("value", [0.004, 0.997])
def test_rounding_never_makes_a_none_or_an_all_of_a_few(value: float) -> None:
    [cell] = publish(SHARE, exact(SHARE, value=value, n_people=12, n_groups=3))
    assert cell.value not in (0, 1)


def test_a_median_of_few_groups_is_not_shown() -> None:
    few, many = (publish(RATE, exact(RATE, median=99.0, n_groups=n))[0] for n in (9, 10))
    assert (few.median, many.median) == (None, 99.0)


# --- complementary suppression -------------------------------------------------------------------

LEAVES = {  # region of 2023 → (region of 2012, groups)
    "mopti": ("mopti", 20), "douentza": ("mopti", 12), "bandiagara": ("mopti", 11),
    "bamako": ("bamako", 15), "kayes": ("kayes", 30), "kita": ("kayes", 14), "nioro": ("kayes", 18),
}  # fmt: skip


def whole_table(groups: dict[str, int]) -> list[Exact]:
    """All cells of an indicator in a quarter: new regions, old regions and the nation."""
    old: dict[str, int] = defaultdict(int)
    for region, count in groups.items():
        old[LEAVES[region][0]] += count
    keyed = [("unit_2023", groups), ("unit_2012", old), ("nation", {"mali": sum(groups.values())})]
    return [
        exact(RATE, key, dimension=dimension, n_groups=count, n_people=20 * count)
        for dimension, cells in keyed
        for key, count in cells.items()
        if count
    ]


def by_key(cells: list[PublicCell], dimension: str) -> dict[str, str]:
    return {cell.key: cell.status for cell in cells if cell.dimension == dimension}


def test_a_lone_hidden_sibling_takes_the_smallest_with_it() -> None:
    cells = [
        exact(RATE, key, dimension="partner", n_groups=n, n_people=20 * n)
        for key, n in (("A", 2), ("B", 30), ("C", 12))
    ]
    assert by_key(publish(RATE, *cells), "partner") == {
        "A": "suppressed", "B": "published", "C": "suppressed",
    }  # fmt: skip


def test_a_lone_hidden_part_of_an_old_region_takes_another_part_with_it() -> None:
    groups = {region: count for region, (_, count) in LEAVES.items()} | {"kita": 2}
    found = by_key(publish(RATE, *whole_table(groups)), "unit_2023")
    assert {key for key, value in found.items() if value == "suppressed"} == {"kita", "nioro"}


small_or_not = st.sampled_from([0, 1, 2, 3, 12, 30])


@given(st.fixed_dictionaries(dict.fromkeys(LEAVES, small_or_not)))
def test_no_hidden_cell_can_be_had_by_subtraction(groups: dict[str, int]) -> None:
    cells = publish(RATE, *whole_table(groups))
    place = {region: {region, f"old {old}", "mali"} for region, (old, _) in LEAVES.items()}
    leaves = [region for region in LEAVES if groups[region]]

    def vector(cell: PublicCell) -> list[float]:
        label = f"old {cell.key}" if cell.dimension == "unit_2012" else cell.key
        return [float(label in place[leaf]) for leaf in leaves]

    known = [vector(cell) for cell in cells if cell.status == "published"]
    unsafe = [c for c in cells if c.status == "suppressed" and groups.get(c.key, 99) < 3
              and c.dimension == "unit_2023"]  # fmt: skip
    assert [cell.key for cell in unsafe if spanned(vector(cell), known)] == []


def spanned(wanted: list[float], known: list[list[float]]) -> bool:
    """Whether a cell is a sum and difference of known ones."""
    if not known:
        return False
    rows = np.array(known)
    return bool(np.linalg.matrix_rank(np.vstack([rows, wanted])) == np.linalg.matrix_rank(rows))


# --- merging -------------------------------------------------------------------------------------

REGIONS = list("abcdef")
quarterly = st.dictionaries(
    st.sampled_from(["2022-Q1", "2022-Q2", "2022-Q3"]),
    st.tuples(st.integers(1, 5), st.integers(1, 40)),
    max_size=3,
)
partners = st.lists(st.sampled_from(REGIONS), unique=True, max_size=3).map(tuple)


def sum_of(unit: tuple[str, ...], counts: Counts) -> dict[str, tuple[int, int]]:
    total: dict[str, tuple[int, int]] = {}
    for region in unit:
        for quarter, (groups, people) in counts[region].items():
            before = total.get(quarter, (0, 0))
            total[quarter] = (before[0] + groups, before[1] + people)
    return total


def meets_thresholds(quarters: dict[str, tuple[int, int]]) -> bool:
    good = [groups >= 3 and people >= 10 for groups, people in quarters.values()]
    return sum(good) >= 0.8 * len(good)


@given(
    counts=st.fixed_dictionaries(dict.fromkeys(REGIONS, quarterly)),
    near=st.fixed_dictionaries(dict.fromkeys(REGIONS, partners)),
    order=st.permutations(REGIONS),
    seed=st.integers(),
)
def test_merging_leaves_every_unit_able_to_stand_alone(
    counts: Counts, near: dict[str, tuple[str, ...]], order: list[str], seed: int
) -> None:
    merged = merge_regions(counts, order, near)
    assert set(merged) == {region for region in REGIONS if counts[region]}
    units = set(merged.values())
    assert all(region in unit for region, unit in merged.items())
    assert sum(map(len, units)) == len(merged)
    assert len(units) <= 1 or all(meets_thresholds(sum_of(unit, counts)) for unit in units)

    shuffled = list(counts.items())
    random.Random(seed).shuffle(shuffled)
    assert merge_regions(dict(shuffled), order, near) == merged

    # Merged units, taken for regions, are not merged again.
    again = {unit[0]: sum_of(unit, counts) for unit in units}
    names = [region for region in order if region in again]
    assert merge_regions(again, names, {}) == {name: (name,) for name in names}


def test_a_weak_region_joins_its_preferred_neighbour_for_all_quarters() -> None:
    strong = {f"2022-Q{n}": (12, 240) for n in range(1, 5)}
    weak = {"2022-Q1": (3, 60), "2022-Q2": (2, 40), "2022-Q3": (1, 20), "2022-Q4": (3, 60)}
    counts = {"gao": strong, "kidal": weak, "segou": strong, "mopti": {}}
    order = [region.slug for region in region_units("2023")]
    merged = merge_regions(counts, order, neighbours("2023"))
    assert merged == {"gao": ("gao", "kidal"), "kidal": ("gao", "kidal"), "segou": ("segou",)}
    assert merge_slug(merged["kidal"]) == "gao-kidal"


def test_one_weak_quarter_in_five_is_suppressed_and_not_merged() -> None:
    def quarters(weak: int) -> dict[str, tuple[int, int]]:
        return {f"{2020 + n // 4}-Q{n % 4 + 1}": (2 if n < weak else 9, 200) for n in range(5)}

    for weak, units in ((1, 2), (2, 1)):
        counts = {"a": quarters(weak), "b": quarters(0)}
        assert len(set(merge_regions(counts, ["a", "b"], {"a": ("b",)}).values())) == units


def test_a_build_shows_small_regions_together_in_every_period(network: Reader) -> None:
    units = network.units["2023"]
    assert units["gao"] == units["kidal"] == "gao-kidal"
    assert units["segou"] == "segou"
    assert units["kayes"] == "kayes", "a region without data stays alone"
    for division in ("2023", "2012"):
        keys = network.query(
            "SELECT DISTINCT key FROM estimate_public WHERE dimension = ?", [f"unit_{division}"]
        )
        assert {key for (key,) in keys} <= set(network.units[division].values())


# --- the day of the build ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("built_on", "quarter"),
    [
        ("2023-03-31", "2022-Q3"),
        ("2023-04-01", "2022-Q4"),
        ("2023-06-30", "2022-Q4"),
        ("2023-07-01", "2023-Q1"),
        ("2023-12-31", "2023-Q2"),
        ("2024-01-01", "2023-Q3"),
        ("2024-02-29", "2023-Q3"),
    ],
)
def test_the_last_public_quarter_ended_a_full_quarter_ago(built_on: str, quarter: str) -> None:
    assert last_public_quarter(dt.date.fromisoformat(built_on)).label == quarter


# --- questions the public may not ask ------------------------------------------------------------

FORBIDDEN = [
    (RATE, {"by": ("month",)}, "month_for_staff"),
    (RATE, {"start": "2022-01", "end": "2022-01"}, "month_for_staff"),
    (RATE, {"by": ("quarter",), "start": "2022-02"}, "month_for_staff"),
    (RATE, {"by": ("cercle",)}, "cercle_for_staff"),
    (RATE, {"filters": (("cercle", "bla"),)}, "cercle_for_staff"),
    (RATE, {"by": ("region", "group_type")}, "one_breakdown"),
    (RATE, {"by": ("region", "quarter", "partner")}, "one_breakdown"),
    (RATE, {"by": ("region",), "filters": (("group_type", "mixed"),)}, "one_breakdown"),
    (RATE, {"by": ("partner",), "filters": (("region", "segou"),)}, "one_breakdown"),
    (RATE, {"filters": (("region", "segou"), ("wlie", "true"))}, "one_breakdown"),
    (RATE, {"start": "2022-Q1", "end": "2022-Q3"}, "span_for_staff"),
    (RATE, {"start": "2022"}, "span_for_staff"),
    (RATE, {"end": "2022-Q3"}, "span_for_staff"),
    (RATE, {"by": ("region",), "start": "2021", "end": "2022"}, "span_for_staff"),
    (TOTAL, {"by": ("quarter",)}, "total_by_year"),
    (TOTAL, {"start": "2022-Q1", "end": "2022-Q1"}, "total_by_year"),
    (TOTAL, {"by": ("year",), "end": "2022-Q1"}, "total_by_year"),
    (TOTAL, {"by": ("partner",)}, "total_by_region_only"),
    (TOTAL, {"by": ("year",), "filters": (("group_type", "mixed"),)}, "total_by_region_only"),
    (TOTAL, {"by": ("month",)}, "month_for_staff"),
    (TOTAL, {"by": ("cercle",)}, "cercle_for_staff"),
    (RATE.model_copy(update={"klass": "internal"}), {}, "internal_for_staff"),
]


@pytest.mark.parametrize(("subject", "question", "key"), FORBIDDEN)
def test_a_forbidden_question_is_refused_with_its_reason(
    network: Reader, subject: Indicator, question: dict, key: str
) -> None:
    with pytest.raises(NotAllowed) as caught:
        estimate(network, subject, Selection(**question))
    assert caught.value.key == key
    french, english = (caught.value.message(lang) for lang in ("fr", "en"))
    assert french and english and french != english and "{" not in french + english


def test_staff_may_ask_what_the_public_may_not(network: Reader) -> None:
    for subject, question, _ in FORBIDDEN:
        assert estimate(network, subject, Selection(role="staff", **question)).rows


def test_only_staff_see_what_staff_see(network: Reader) -> None:
    with pytest.raises(UserError):
        estimate(network, RATE, Selection(by=("cercle",), role="visitor"))


# --- attacks on a published version --------------------------------------------------------------


#: what is about people: open indicators are about places, and public as they are
GATED = [subject for subject in indicators().values() if subject.klass != "open"]


def allowed_questions(subject: Indicator) -> list[Selection]:
    """Every shape of question the public may ask of an indicator, for all periods at once."""
    times = ("year",) if subject.klass == "total" else ("quarter", "year")
    divided: list[tuple[str, ...]] = [(), ("region",)]
    if subject.klass == "rate":
        divided += [(name,) for name in NATIONAL_BREAKDOWNS if name in subject.breakdowns]
    return [
        Selection(by=(*by, time), division=division)
        for by in divided
        for time in times
        if {*by, time} <= set(subject.breakdowns)
        for division in (("2023", "2012") if by == ("region",) else ("2023",))
    ]


@cache
def _answers(network: Reader, role: str) -> dict[tuple[str, Selection], dict[tuple, Row]]:
    return {
        (subject.id, question): {
            tuple(row.keys.values()): row
            for row in estimate(network, subject, question.with_(role=role))
        }
        for subject in GATED
        for question in allowed_questions(subject)
    }


def published_and_staff(network: Reader) -> list[tuple[Indicator, Row, list[Row]]]:
    """Each public cell, beside the staff's cells it is made of."""
    found = []
    staff = _answers(network, "staff")
    for (name, question), cells in _answers(network, "public").items():
        for keys, row in cells.items():
            if question.dimensions == ("region",):
                units = network.units[question.division]
                parts = [region for region, unit in units.items() if unit == keys[0]]
            else:
                parts = list(keys[:-1])
            behind = [staff[name, question].get((part, keys[-1])) for part in parts]
            if not question.dimensions:
                behind = [staff[name, question].get(keys)]
            found.append((indicators()[name], row, [cell for cell in behind if cell]))
    return found


def test_public_answers_hold_no_part_no_count_and_nothing_recent(network: Reader) -> None:
    bands = {None, "3–9", "10–19", "20–49", "50–99", "100–499", "500+"}
    until = network.build.public_until.end
    shown = 0
    for (name, question), cells in _answers(network, "public").items():
        for row in cells.values():
            assert row.numerator is None and row.denominator is None, name
            assert row.n_groups in bands and row.n_people in bands, name
            assert parse_period(row.keys[question.time]).end <= until, name
            shown += row.published
    assert shown > 1000


def test_one_period_is_never_later_than_the_last_public_quarter(network: Reader) -> None:
    for subject in GATED:
        for by in ((), ("region",)) if "region" in subject.breakdowns else ((),):
            answer = estimate(network, subject, Selection(by=by))
            assert answer.period and answer.period.end <= network.build.public_until.end
    recent = "2023-Q2"
    staff = estimate(network, RATE, Selection(start=recent, end=recent, role="staff"))
    public = estimate(network, RATE, Selection(start=recent, end=recent))
    assert [row.status for row in staff] == ["published"]
    assert [row.value for row in public] == [None]


def test_public_values_are_no_finer_than_allowed(network: Reader) -> None:
    for subject, row, _ in published_and_staff(network):
        few = row.n_people in ("10–19", "20–49", "50–99")
        for value in (row.value, row.low, row.high, row.median):
            if value is None:
                continue
            if subject.klass == "total":
                assert float(f"{value:.1e}") == value, (subject.id, value)
            elif subject.unit == "xof":
                assert value == (float(f"{value:.2e}") if few else round(value)), subject.id
            else:
                digits = 2 if few else 4 if row.n_people == "500+" else 3
                assert value == round(value, digits), (subject.id, value)


def test_what_is_not_published_carries_nothing(network: Reader) -> None:
    columns = [name for name in PublicCell.__dataclass_fields__ if name not in KEYS_AND_STATUS]
    assert columns
    found = " OR ".join(f"{name} IS NOT NULL" for name in columns)
    hidden = "status <> 'published'"
    assert network.query(f"SELECT count(*) FROM estimate_public WHERE {hidden}")[0][0] > 0
    assert network.query(f"SELECT * FROM estimate_public WHERE {hidden} AND ({found})") == []
    for cells in _answers(network, "public").values():
        for row in cells.values():
            if not row.published:
                assert row == Row(keys=row.keys, status=row.status)


def test_the_public_table_knows_public_shapes_only(network: Reader) -> None:
    shapes = network.query("SELECT DISTINCT indicator, dimension, period_kind FROM estimate_public")
    for name, dimension, kind in shapes:
        if indicators()[name].klass == "open":
            continue
        assert dimension in ("nation", "unit_2023", "unit_2012", *NATIONAL_BREAKDOWNS)
        assert kind in ("quarter", "year")
        if indicators()[name].klass == "total":
            assert (kind, dimension.split("_")[0]) in {("year", "nation"), ("year", "unit")}


def test_every_published_cell_meets_the_thresholds_by_the_staffs_numbers(network: Reader) -> None:
    checked = 0
    for subject, row, behind in published_and_staff(network):
        groups = sum(int(cell.n_groups or 0) for cell in behind)
        people = sum(int(cell.n_people or 0) for cell in behind)
        if groups == 0:
            assert row.status == "no_data", (subject.id, row)
        if row.published:
            assert people >= 10 and groups >= (10 if subject.klass == "total" else 3), (
                subject.id, row)  # fmt: skip
            assert (row.n_groups, row.n_people) == (band(groups), band(people))
            checked += 1
    assert checked > 1000


def test_every_cell_below_the_thresholds_is_merged_or_suppressed(network: Reader) -> None:
    staff = _answers(network, "staff")
    small = 0
    for (name, question), cells in staff.items():
        if question.dimensions != ("region",):
            continue
        public = _answers(network, "public")[name, question]
        for (region, period), cell in cells.items():
            unit = network.units[question.division][region]
            answer = public.get((unit, period))
            if answer is None or not 0 < int(cell.n_groups or 0) < 3:
                continue
            small += 1
            assert len(parts_of(unit)) > 1 or not answer.published, (name, region, period)
    assert small > 100


def test_a_published_rate_is_the_staffs_rate_rounded(network: Reader) -> None:
    for subject, row, behind in published_and_staff(network):
        if subject.klass != "rate" or not row.published or row.bound:
            continue
        numerator = sum(cell.numerator or 0 for cell in behind)
        denominator = sum(cell.denominator or 0 for cell in behind)
        assert row.value == pytest.approx(numerator / denominator, rel=0.005, abs=0.005)


def test_few_cases_never_show_none_or_all(network: Reader) -> None:
    for subject, row, behind in published_and_staff(network):
        if subject.unit != "share" or row.value not in (0, 1):
            continue
        count = "n_groups" if subject.analysis_unit == "group" else "n_people"
        assert sum(int(getattr(cell, count) or 0) for cell in behind) >= 20, (subject.id, row)


def test_no_published_cell_is_one_groups_own(network: Reader) -> None:
    """The rule of 70 and 90 percent, worked out from the groups themselves."""
    units = {d: network.units[d] for d in ("2023", "2012")}
    for subject in (RATE, TOTAL, indicator("portfolio_at_risk")):
        held: dict[tuple, list[float]] = defaultdict(list)
        denominator = subject.denominator or subject.numerator
        for kind, period, new, old, y in network.query(
            f"""SELECT period_kind, period, region_2023, region_2012, abs({subject.numerator})
            FROM {subject.mart} WHERE {subject.numerator} IS NOT NULL
            AND {denominator} IS NOT NULL"""
        ):
            held[kind, period, "unit_2023", units["2023"][new]].append(float(y))
            held[kind, period, "unit_2012", units["2012"][old]].append(float(y))
        for kind, period, dimension, key in network.query(
            """SELECT period_kind, period, dimension, key FROM estimate_public
            WHERE indicator = ? AND status = 'published' AND dimension LIKE 'unit%'""",
            [subject.id],
        ):
            parts = sorted(held[kind, period, dimension, key], reverse=True)
            assert parts[0] <= 0.7 * sum(parts) and sum(parts[:2]) <= 0.9 * sum(parts)


def test_no_family_of_the_build_hides_one_cell_alone(network: Reader) -> None:
    for (name, question), cells in _answers(network, "public").items():
        # Groups of unknown exposure are a hidden cell that is not among the answers: see below.
        if not question.dimensions or question.dimensions == ("shock",):
            continue
        by_period: dict[str, list[str]] = defaultdict(list)
        for keys, row in cells.items():
            by_period[keys[-1]].append(row.status)
        for period, found in by_period.items():
            if "published" in found:
                assert found.count("suppressed") != 1, (name, question, period)


@pytest.mark.parametrize("klass", ["rate", "total"])
def test_no_small_region_can_be_had_from_the_two_divisions(network: Reader, klass: str) -> None:
    """Old regions, new regions and the nation, added and subtracted in every way."""
    pairs = network.query(f"SELECT DISTINCT region_2023, region_2012 FROM {RATE.mart}")
    units = network.units

    def vector(dimension: str, key: str) -> list[float]:
        if dimension == "nation":
            return [1.0] * len(pairs)
        division = dimension[-4:]
        position = 0 if division == "2023" else 1
        return [float(units[division][pair[position]] == key) for pair in pairs]

    rows = network.query(
        """SELECT p.indicator, p.period, p.dimension, p.key, p.status, e.n_groups, e.n_people
        FROM estimate_public p JOIN estimate e USING (indicator, period, dimension, key)
        WHERE dimension IN ('nation', 'unit_2023', 'unit_2012')"""
    )
    tables: dict[tuple[str, str], list[tuple]] = defaultdict(list)
    for name, period, *cell in rows:
        if indicators()[name].klass == klass:
            tables[name, period].append(tuple(cell))
    assert tables
    found = []
    for table, cells in tables.items():
        known = [vector(d, k) for d, k, status, *_ in cells if status == "published"]
        for dimension, key, status, groups, people in cells:
            small = 0 < groups < 3 or people < 10
            if status == "suppressed" and small and spanned(vector(dimension, key), known):
                found.append((*table, dimension, key))
    assert found == []


def test_merging_is_the_same_for_all_indicators(network: Reader) -> None:
    parts = network.query(
        "SELECT DISTINCT key FROM estimate_public WHERE dimension IN ('unit_2023', 'unit_2012')"
    )
    for division in ("2023", "2012"):
        keys = {key for (key,) in parts if key in network.units[division].values()}
        for one, other in combinations(sorted(keys), 2):
            assert not set(parts_of(one)) & set(parts_of(other)), (division, one, other)


def test_groups_whose_exposure_is_unknown_are_not_found_by_subtraction() -> None:
    """Nation less exposed less others leaves one group: then one cell more is hidden."""
    def cell(dimension: str, key: str, groups: int) -> Exact:
        return Exact(RATE.id, dimension, key, "quarter", "2022-Q1", 5.0, 4.0, 6.0, 5.0, 50.0, 10.0,
                     groups, 20 * groups, groups, 50.0, 5.0, 5.0, 10.0, 1.0, 1.0)  # fmt: skip

    for unknown, hidden in ((0, set()), (1, {"exposed"}), (2, {"exposed"}), (3, set())):
        table = [cell("nation", "mali", 22 + unknown), cell("shock", "exposed", 10),
                 cell("shock", "less_exposed", 12)]  # fmt: skip
        told = {c.key for c in public_table(RATE, table) if c.status == "suppressed"}
        assert told == hidden, unknown


def test_exposed_and_less_exposed_groups_add_up_to_those_whose_exposure_is_known(
    network: Reader,
) -> None:
    """The fixture knows food insecurity of every cercle in 2022-Q2, and one group has none."""
    def staff(**question: object) -> list[Row]:
        return list(estimate(network, RATE, Selection(
            start="2022-Q2", end="2022-Q2", role="staff", **question)))  # type: ignore[arg-type]

    [nation] = staff()
    parts = {row.keys["shock"]: row for row in staff(by=("shock",))}
    for name, struck in (("exposed", ("bla", "gao")), ("less_exposed", ("san", "djenne", "kidal"))):
        inside = [row for row in staff(by=("cercle",)) if row.keys["cercle"] in struck]
        assert parts[name].n_groups == sum(row.n_groups or 0 for row in inside)
        assert parts[name].value == pytest.approx(
            sum(row.numerator or 0 for row in inside) / sum(row.denominator or 0 for row in inside))
    known = sum(int(row.n_groups or 0) for row in parts.values())
    assert 0 < int(nation.n_groups or 0) - known <= 1
    public = estimate(network, RATE, Selection(by=("shock",), start="2022-Q2", end="2022-Q2"))
    assert "shock_cut" in public.caveats


def test_a_hidden_cell_that_stands_in_no_known_place_hides_nothing_else() -> None:
    hidden = exact(RATE, "kidal", dimension="unit_2023")
    shown = exact(RATE, "segou", dimension="unit_2023")
    judged = {id(hidden): "suppressed", id(shown): "published"}
    gate._hide_what_adds_up([hidden, shown], judged, frozenset({("segou", "segou")}))
    assert list(judged.values()) == ["suppressed", "published"]
