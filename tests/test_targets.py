"""Targets, reach and the resilience profile against plain-Python twins."""

from __future__ import annotations

import datetime as dt
import shutil
import statistics
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import targets
from analytics.estimates.estimate import Row, estimate
from analytics.indicator import indicator, indicators
from analytics.pipeline import build
from analytics.profile import Declared, Part, Profile, declared, profile
from analytics.selection import Selection
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import Reader, open_reader
from tests.conftest import BUILT_ON
from tests.network import last_records, write_csv

#: project, year, region, women, men, indirect: one project names a region of 2023, one none at all
REACH = [
    ("Baara", 2022, "segou", 400, 40, 1500), ("Baara", 2022, "san", 100, 0, ""),
    ("Baara", 2022, "", 500, 40, 1500),  # the total of its regions, and not more people
    ("Jigi", 2022, "segou", 60, 5, 200),  # which Ségou? not said
    ("Yelen", 2022, "", 1000, 100, 4000), ("Yelen", 2021, "", 900, 90, 3000),
]  # fmt: skip
COSTS = [("Baara", 2022, 5_400_000), ("Yelen", 2022, 7_700_000), ("Other", 2022, 9_000_000)]
TARGETS = [
    # indicator, region, baseline, target
    ("attendance_rate", "", 0.50, 0.60), ("attendance_rate", "segou", 0.50, 0.999),
    ("attendance_rate", "san", 0.50, 0.60), ("dropout_rate", "", 0.50, 0.40),
    ("women_seat_share", "", "", 0.30), ("members", "", 100, ""), ("masks_made", "kayes", 1, 9),
    ("no_such_thing", "", 1, 2),
]  # fmt: skip


@pytest.fixture(scope="module")
def reader(resilience_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    folder = tmp_path_factory.mktemp("targets")
    files = folder / "files"
    files.mkdir()
    names = ("project", "year", "region", "direct_women", "direct_men", "indirect")
    write_csv(files / "reach.csv",
              [dict(zip(names, row, strict=True)) | {"source": "test"} for row in REACH])
    names = ("project", "year", "cost_xof")
    write_csv(files / "programme_cost.csv",
              [dict(zip(names, row, strict=True)) | {"source": "test"} for row in COSTS])
    names = ("indicator_id", "region", "baseline", "target")
    write_csv(files / "target.csv",
              [dict(zip(names, row, strict=True)) | {"year": 2022} for row in TARGETS])
    home = Home(folder / "home")
    shutil.copytree(resilience_home.root, home.root)
    import_files(home, [files])
    build(home, built_on=BUILT_ON + dt.timedelta(minutes=1))
    return open_reader(home)


def ask(reader: Reader, name: str, role: str = "staff", **question: object) -> list[Row]:
    selection = Selection(**{"start": "2022", "end": "2022", "role": role, **question})  # type: ignore[arg-type]
    return list(estimate(reader, indicator(name), selection).rows)


# --- reach and cost ------------------------------------------------------------------------------


def test_reach_adds_up_projects_and_never_a_total_to_its_parts(reader: Reader) -> None:
    kept = [row for row in REACH if row[1] == 2022 and row != REACH[2]]
    [direct] = ask(reader, "reach_direct")
    assert direct.value == sum(women + men for *_, women, men, _ in kept)
    [women] = ask(reader, "reach_direct_women")
    assert women.value == sum(row[3] for row in kept)
    [indirect] = ask(reader, "reach_indirect")
    assert indirect.value == sum(row[5] or 0 for row in kept)
    assert (direct.low, direct.high) == (None, None)  # a count has no interval
    groups = last_records_of_2022()
    assert (direct.n_groups, direct.n_people) == (len(groups), direct.value)


def last_records_of_2022() -> dict:
    import datetime as dt

    return last_records((dt.date(2022, 1, 1), dt.date(2022, 12, 31)))


def test_a_region_is_the_one_the_project_means(reader: Reader) -> None:
    """Baara names San, a region since 2023: its Ségou is the new one. Jigi’s may be either."""
    new = {row.keys["region"]: row for row in ask(reader, "reach_direct", by=("region",))}
    assert (new["segou"].value, new["san"].value) == (440, 100)
    assert new["not_specified"].value == 65 + 1100
    old = {row.keys["region"]: row
           for row in ask(reader, "reach_direct", by=("region",), division="2012")}  # fmt: skip
    assert (old["segou"].value, old["not_specified"].value) == (440 + 100 + 65, 1100)


def test_the_public_sees_rounded_totals_of_ten_groups(reader: Reader) -> None:
    [row] = ask(reader, "reach_direct", role="public")
    assert (row.value, row.n_groups) == (1700, "20–49" if len(last_records_of_2022()) < 50
                                         else "50–99")  # fmt: skip
    for row in ask(reader, "reach_direct", role="public", by=("region",)):
        assert row.value is None or row.value == float(f"{row.value:.2g}")


def test_cost_is_over_the_projects_that_give_both(reader: Reader) -> None:
    [row] = ask(reader, "cost_per_member")
    assert (row.numerator, row.denominator) == (5_400_000 + 7_700_000, 540 + 1100)
    assert row.value == pytest.approx(row.numerator / row.denominator)
    assert (row.low, row.high) == (None, None)  # one sum: no interval, and none of width zero
    [before] = ask(reader, "cost_per_member", start="2021", end="2021")
    assert before.status == "no_data"


# --- targets -------------------------------------------------------------------------------------


def test_targets_stand_beside_what_was_attained(reader: Reader) -> None:
    found = {s.indicator.id: s for s in targets.standings(reader, "staff", "2022")}
    attendance = found["attendance_rate"]
    [row] = ask(reader, "attendance_rate")
    assert (attendance.row, attendance.state) == (row, "reached" if row.value >= 0.6 else "behind")
    assert attendance.progress == pytest.approx((row.value - 0.5) / 0.1)
    assert found["dropout_rate"].state == "reached"  # fewer is better: below 0.40
    assert found["women_seat_share"].progress is None  # no baseline: no way covered
    assert found["members"].state == "no_target"
    assert targets.unknown_indicators(reader) == ["no_such_thing"]
    assert targets.years(reader) == ["2022"]
    reached, known = targets.counted(list(found.values()))
    assert reached <= known == sum(s.state in targets.COMPARED for s in found.values())


def test_a_regions_target_is_held_against_that_region(reader: Reader) -> None:
    [segou] = targets.standings(reader, "staff", "2022", "segou")
    rows = {row.keys["region"]: row for row in ask(reader, "attendance_rate", by=("region",))}
    assert segou.row.value == rows["segou"].value and segou.division == "2023"
    assert segou.state in ("under_way", "behind")
    [kayes] = targets.standings(reader, "staff", "2022", "kayes")
    assert (kayes.division, kayes.state) == ("2012", "unknown")


def test_the_public_is_told_no_target_by_what_it_may_not_see(reader: Reader) -> None:
    """A merged region has no value of its own; what is suppressed has none at all."""
    for place in ("mali", *targets.places(reader)):
        for standing in targets.standings(reader, "public", "2022", place):
            if standing.state == "shown_together":
                assert reader.unit_of(place, standing.division) != place and standing.row is None
            elif standing.row and standing.row.published:
                assert standing.row.numerator is None and isinstance(standing.row.n_people, str)


@pytest.mark.parametrize(
    ("direction", "baseline", "target", "value", "low", "high", "state"),
    [
        ("up", 0.2, 0.3, 0.3, 0.2, 0.4, "reached"), ("up", 0.2, 0.3, 0.28, 0.2, 0.4, "within"),
        ("up", 0.2, 0.3, 0.25, 0.2, 0.29, "under_way"), ("up", 0.2, 0.3, 0.1, 0.05, 0.15, "behind"),
        ("down", 0.3, 0.2, 0.1, 0, 0.15, "reached"), ("down", 0.3, 0.2, 0.4, 0.35, 0.5, "behind"),
        ("none", 9, 5, 4, None, None, "reached"), ("up", None, 0.3, 0.2, None, None, "under_way"),
        ("up", 0.2, None, 0.2, None, None, "no_target"),
        ("up", 0.2, 0.3, None, None, None, "unknown"),
    ],
)  # fmt: skip
def test_states(direction: str, baseline: float | None, target: float | None, value: float | None,
                low: float | None, high: float | None, state: str) -> None:  # fmt: skip
    row = Row({}, "published" if value is not None else "suppressed", value, low, high)
    assert targets.state_of(direction, baseline, target, row) == state


# --- the profile ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(reader: Reader) -> Profile:
    return profile(reader, "staff", "2022")


def test_each_part_is_a_declared_indicator_between_two_goalposts() -> None:
    for part in declared().parts:
        subject = indicators()[part.indicator]
        assert "region" in subject.breakdowns and subject.klass == "rate"
        better = part.high > part.low
        assert subject.direction == "none" or (subject.direction == "up") == better, subject.id
    assert all(sum(w.values()) == pytest.approx(1) for w in declared().weightings)


def test_capacities_are_plain_means_of_what_is_shown(reader: Reader, found: Profile) -> None:
    assert found.standings
    for standing in found.standings:
        for name, parts in standing.parts.items():
            assert [told.part for told in parts] == list(declared().capacities[name])
            scores = []
            for told in parts:
                rows = {r.keys["region"]: r for r in ask(reader, told.part.indicator,
                                                         by=("region",))}  # fmt: skip
                value = rows[standing.place].value if standing.place in rows else None
                if value is None:
                    assert told.score is None
                    continue
                low, high = told.part.low, told.part.high
                score = 100 * (value - low) / (high - low)
                assert told.score == pytest.approx(min(100, max(0, score)))
                scores.append(told.score)
            mean = statistics.mean(scores) if len(scores) >= 2 else None
            assert standing.capacities[name] == (pytest.approx(mean) if mean else mean)
        known = list(standing.capacities.values())
        if None in known:
            assert (standing.index, standing.rank) == (None, None)
        else:
            assert standing.index == pytest.approx(statistics.mean(known))
            assert standing.low <= standing.index <= standing.high
            assert standing.best <= standing.rank <= standing.worst


def test_the_range_holds_every_weighting_tried(found: Profile) -> None:
    for standing in (s for s in found.standings if s.index is not None):
        for weights in declared().weightings:
            value = sum(weights[name] * standing.capacities[name] for name in weights)
            assert standing.low - 1e-9 <= value <= standing.high + 1e-9


def test_what_is_not_known_by_group_type_makes_no_index(reader: Reader) -> None:
    types = profile(reader, "staff", "2022", by="group_type")
    for standing in types.standings:
        seats = next(t for t in standing.parts["transformative"]
                     if t.part.indicator == "women_seat_share")  # fmt: skip
        assert (seats.row, seats.score) == (None, None)
        assert standing.capacities["transformative"] is None and standing.index is None


def test_the_publics_profile_is_made_of_published_cells_alone(reader: Reader) -> None:
    public = profile(reader, "public", "2022")
    checked = 0
    for standing in public.standings:
        assert standing.place in reader.units["2023"].values()
        for part in (told for parts in standing.parts.values() for told in parts):
            assert (part.score is None) == (part.row is None or not part.row.published)
            checked += part.score is not None
    assert checked


@given(st.floats(-1e6, 1e6), st.floats(0, 100), st.floats(101, 1e5))
def test_a_score_stays_within_its_goalposts(value: float, low: float, high: float) -> None:
    up = Part(indicator="x", low=low, high=high).score(value)
    down = Part(indicator="x", low=high, high=low).score(value)
    assert 0 <= up <= 100 and up + down == pytest.approx(100)


def test_goalposts_that_coincide_and_one_part_alone_are_refused() -> None:
    with pytest.raises(ValueError, match="goalposts"):
        Part(indicator="x", low=1, high=1)
    with pytest.raises(ValueError, match="minimum_parts"):
        Declared.model_validate({**declared().model_dump(), "minimum_parts": 1})


def test_the_files_of_the_house_hold_the_profile(tmp_path: Path) -> None:
    assert set(declared().capacities) == {"absorptive", "adaptive", "transformative"}
