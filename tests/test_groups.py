"""What groups come to against a plain-Python twin, whatever is worked on at a time."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics.estimates import groups, medians
from analytics.estimates.compute import compute
from analytics.estimates.groups import two_largest
from analytics.estimates.lots import lots_of
from analytics.estimates.medians import Ranked
from analytics.estimates.stored import write_estimates
from analytics.indicator import indicator

KNOWN = ("region", "cercle", "partner", "month", "quarter", "year")
RATE = indicator("savings_per_member").model_copy(update={
    "id": "rate", "mart": "mart_made", "numerator": "y", "denominator": "x", "breakdowns": KNOWN,
    "cell_caveats": ("told_again",),
})  # fmt: skip
TOTAL = RATE.model_copy(update={
    "id": "total", "denominator": None, "statistic": "total", "klass": "total",
    "breakdowns": tuple(name for name in KNOWN if name != "quarter"),
})  # fmt: skip
NAMES = ["period_kind", "period", "region_2023", "region_2012", "cercle", "partner", "y", "x",
         "members", "expected", "caveat_told_again"]  # fmt: skip

number = st.one_of(st.none(), st.integers(-3, 3), st.integers(0, 10**6))
row = st.tuples(
    st.sampled_from([("month", "2022-01"), ("month", "2022-02"), ("quarter", "2022-Q1"),
                     ("year", "2022"), ("year", "2023")]),
    st.sampled_from(["segou", "san"]), st.sampled_from(["segou", "sikasso"]),
    st.sampled_from([None, "bla", "l'est"]), st.sampled_from([None, "CARE Mali", "other"]),
    number, number, st.one_of(st.none(), st.integers(1, 40)), st.integers(0, 1),
    st.sampled_from([None, 0, 1]),
).map(lambda found: (*found[0], *found[1:]))  # fmt: skip


def mart(rows: list[tuple]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("CREATE TABLE region_unit (division VARCHAR, region VARCHAR, unit VARCHAR)")
    con.execute("INSERT INTO region_unit VALUES ('2023', 'segou', 'both'), ('2023', 'san', 'both')")
    kinds = [*["VARCHAR"] * 6, *["BIGINT"] * 5]
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(NAMES, kinds, strict=True))
    con.execute(f"CREATE TABLE mart_made ({columns})")
    if rows:
        con.executemany(f"INSERT INTO mart_made VALUES ({', '.join('?' * len(NAMES))})", rows)
    return con


def twin(rows: list[dict[str, Any]], *, total: bool) -> dict[str, Any]:
    """One cell, the long way."""
    pairs = [(r["y"], 1 if total else r["x"], r["members"] or 0) for r in rows]
    pairs = [pair for pair in pairs if None not in pair]
    y, x, people = (list(side) for side in zip(*pairs, strict=True)) if pairs else ([], [], [])
    ratios = [a / b for a, b in zip(y, x, strict=True) if b] if not total else []
    tops = {
        f"{name}_top{place + 1}": sorted(map(abs, side), reverse=True)[place]
        for name, side in (("numerator", y), ("denominator", x))
        for place in range(min(2, len(side)))
    }
    value = sum(y) if total else sum(y) / sum(x) if sum(x) else None
    return {
        "n_groups": len(pairs), "n_people": sum(people),
        "expected": sum(r["expected"] for r in rows),
        "numerator": sum(y) if pairs else None,
        "denominator": sum(x) if pairs and not total else None,
        "numerator_absolute": sum(map(abs, y)) if pairs else None,
        "denominator_absolute": sum(map(abs, x)) if pairs else None,
        "value": value if pairs else None,
        "median": statistics.median(ratios) if ratios else None,
        "caveats": "told_again" if any(r["caveat_told_again"] for r in rows) else None,
        **dict.fromkeys(("numerator_top1", "numerator_top2", "denominator_top1",
                         "denominator_top2")),
        **tops,
    }  # fmt: skip


def by(rows: list[tuple], *names: str) -> Iterator[tuple[tuple, list[dict[str, Any]]]]:
    """The rows of each combination of columns, where each has a value."""
    told = [dict(zip(NAMES, found, strict=True)) for found in rows]
    told = [r | {"cercle": r["cercle"] or "not_specified", "nation": "mali",
                 "unit_2023": "both", "unit_2012": None} for r in told]  # fmt: skip
    for key in sorted({tuple(str(r[n]) for n in names) for r in told}):
        own = [r for r in told if tuple(str(r[n]) for n in names) == key]
        if "None" not in key:
            yield key, own


def agree(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        if value is None or isinstance(value, str):
            assert (None if pd.isna(found[name]) else found[name]) == value, name
        elif name in ("value", "median"):
            assert found[name] == pytest.approx(value, rel=1e-12, abs=1e-12), name
        else:
            assert found[name] == value, name


@pytest.fixture(params=["all at once", "a period and three rows at a time, medians by ranges"])
def sizes(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param != "all at once":
            patch.setattr(groups, "PART", 1)
            patch.setattr(groups, "BLOCK", 3)
            patch.setattr(groups, "TOGETHER", 1)
            patch.setattr(medians, "LARGE", 2)
        yield


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (9, [("2021", "2022-Q1")]),
        (6, [("2021", "2021-Q2"), ("2022", "2022-Q1")]),
        # A year too large by itself is divided between its periods.
        (2, [("2021", "2021-Q1"), *((p, p) for p in ("2021-Q2", "2022", "2022-Q1"))]),
        (0, [(p, p) for p in ("2021", "2021-Q1", "2021-Q2", "2022", "2022-Q1")]),
    ],
)
def test_a_year_is_read_as_a_whole_where_it_fits(
    most: int, expected: list[tuple[str, str]]
) -> None:
    sizes = {"2021": 1, "2021-Q1": 1, "2021-Q2": 2, "2022": 2, "2022-Q1": 2}
    assert groups._ranges(sizes, most) == expected


ALONE = ("year", "2022", "segou", "segou", "bla", "other", 5, 2, None, 1, None)
TIED = [(*ALONE[:6], y, x, 7, 1, 1) for y, x in ((4, 2), (-4, 2), (6, 3), (None, 1), (1, 0))]


@pytest.mark.usefixtures("sizes")
@given(rows=st.lists(row, min_size=1, max_size=40))
@example(rows=[ALONE])
@example(rows=TIED)
@example(rows=[(*ALONE[:6], None, 1, 7, 1, 0)])
@settings(max_examples=25)
def test_stored_and_free_cells_are_those_of_the_twin(rows: list[tuple]) -> None:
    con = mart(rows)
    write_estimates(con, [RATE, TOTAL])
    stored = {
        (r["indicator"], r["dimension"], r["period_kind"], r["period"], r["key"]): r
        for r in con.execute("FROM estimate").df().to_dict("records")
    }
    seen = 0
    for subject in (RATE, TOTAL):
        total = subject is TOTAL
        for name in ("nation", "region_2023", "region_2012", "unit_2023", "cercle", "partner"):
            for (kind, period, key), own in by(rows, "period_kind", "period", name):
                if (kind == "month" and name != "nation") or (kind == "quarter" and total):
                    continue
                seen += 1
                agree(stored[subject.id, name, kind, period, key], twin(own, total=total))
        keys = {"year": "m.period", "region": "m.region_2012", "partner": "m.partner"}
        frame = compute(con, subject, keys, "m.period_kind = ?", ["year"])
        free = {(r["year"], r["region"], r["partner"]): r for r in frame.to_dict("records")}
        yearly = [r for r in rows if r[0] == "year"]
        cells = dict(by(yearly, "period", "region_2012", "partner"))
        assert set(free) == set(cells)
        for cell, own in cells.items():
            agree(free[cell], twin(own, total=total))
    assert seen == len(stored)


@pytest.mark.parametrize("subject", [RATE, TOTAL])
def test_of_no_rows_there_is_one_cell_without_data_or_none(subject: Any) -> None:
    con = mart([ALONE])
    [one] = compute(con, subject, {}, "m.period = 'never'", []).to_dict("records")
    agree(one, twin([], total=subject is TOTAL))
    assert compute(con, subject, {"partner": "m.partner"}, "m.period = 'never'", []).empty


@pytest.mark.parametrize("large", [1, 10, medians.LARGE])
@given(pairs=st.lists(st.tuples(st.integers(0, 4), st.integers(-5, 5)), min_size=1, max_size=60))
def test_medians_and_the_two_largest_are_the_databases(
    pairs: list[tuple[int, int]], large: int
) -> None:
    codes, numbers = (np.array(side) for side in zip(*pairs, strict=True))
    values = np.where(numbers == 0, np.nan, numbers / 3)
    lots = lots_of(codes)
    frame = pd.DataFrame({"code": codes, "v": values})
    known = duckdb.sql(
        """SELECT median(v), count(v), list_extract(max(abs(v), 2), 1),
            list_extract(max(abs(v), 2), 2) FROM frame GROUP BY code ORDER BY code"""
    ).fetchnumpy()  # fmt: skip
    middle, counts, *tops = (np.ma.filled(np.ma.asarray(c, float), np.nan) for c in known.values())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(medians, "LARGE", large)
        in_the_middle = Ranked.of(values).medians(counts.astype(int), lots)
    np.testing.assert_array_equal(in_the_middle, middle)
    absolute = np.where(np.isnan(values), -1, np.abs(values))
    found = two_largest(absolute, np.full(len(values), -1.0), lots)
    for one, other in zip(found, tops, strict=True):
        np.testing.assert_array_equal(np.where(one < 0, np.nan, one), other)
    assert frame["code"].nunique() == len(lots.starts)


@pytest.mark.parametrize("spread", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("missing", [0.0, 0.3, 1.0])
def test_large_lots_are_counted_by_ranges_and_give_the_same_medians(
    spread: float, missing: float
) -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(1, spread, 40_000).round(12)
    values[rng.random(len(values)) < missing] = np.nan
    lots = lots_of(rng.integers(0, 5, len(values)))
    parts = np.split(lots.put(values), lots.starts[1:])
    counts = np.array([np.count_nonzero(~np.isnan(part)) for part in parts])
    told = zip(parts, counts, strict=True)
    expected = [np.nanmedian(part) if count else np.nan for part, count in told]
    np.testing.assert_array_equal(Ranked.of(values).medians(counts, lots), expected)
