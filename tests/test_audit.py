"""The auditor finds what can be worked out; a version where anything can is not published."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import pipeline
from analytics.disclosure import audit as auditor
from analytics.disclosure import gate
from analytics.disclosure.audit import Audit, audit_period
from analytics.disclosure.cells import Exact, PublicCell
from analytics.disclosure.feasible import Range
from analytics.disclosure.rules import (
    band,
    band_edges,
    public_precision,
    rate_error,
    total_error,
    two_digits,
)
from analytics.errors import UserError
from analytics.indicator import indicator, indicators
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader
from tests.conftest import BUILT_ON
from tests.test_gate import exact

MEMBERS, WOMEN = indicator("members"), indicator("women_share")


def told(cell: Exact, hidden: bool = False) -> PublicCell:
    """A cell as the gate would print it, whether or not it ought to."""
    place = (cell.indicator, cell.dimension, cell.key, cell.period_kind, cell.period)
    if hidden:
        return PublicCell(*place, "suppressed")
    subject, value = indicators()[cell.indicator], cell.value or 0.0
    shown = (two_digits(value) if subject.klass == "total"
             else public_precision(value, subject.unit, cell.n_people))  # fmt: skip
    return PublicCell(*place, "published", shown, n_groups=band(cell.n_groups),
                      n_people=band(cell.n_people))  # fmt: skip


def audited(name: str, parts: dict[str, tuple[float, float]], hidden: set[str],
            dimension: str = "partner") -> dict[tuple[str, str], Range]:  # fmt: skip
    """Audit one family: key → (numerator, people); the nation is their sum."""
    subject = indicators()[name]
    whole = tuple(map(sum, zip(*parts.values(), strict=True)))
    cells = []
    for key, (top, people) in {"mali": whole, **parts}.items():
        total = subject.klass == "total"
        cells.append(exact(
            subject, key, dimension="nation" if key == "mali" else dimension,
            value=top if total else top / people, numerator=float(top),
            denominator=None if total else float(people), n_people=int(people),
            n_groups=max(1, int(people) // 20), numerator_absolute=float(top),
        ))  # fmt: skip
    public = {(c.dimension, c.key): told(c, c.key in hidden) for c in cells}
    found = audit_period({name: (cells, public)}, None)
    return {(r.key, r.what): r for r in found.ranges}


@given(st.floats(0.001, 1), st.sampled_from([12, 99, 100, 499, 500, 9000]),
       st.sampled_from(["share", "multiple", "score"]))  # fmt: skip
def test_a_rounded_rate_lies_within_its_error(value: float, people: int, unit: str) -> None:
    shown = public_precision(value, unit, people)
    assert abs(shown - value) <= rate_error(shown, unit, people) * (1 + 1e-9)


@given(st.floats(1, 1e9))
def test_amounts_and_totals_lie_within_their_error(value: float) -> None:
    for people in (50, 5000):
        shown = public_precision(value, "xof", people)
        assert abs(shown - value) <= rate_error(shown, "xof", people) * 1.2
    assert abs(two_digits(value) - value) <= total_error(two_digits(value)) * 1.2


@given(st.integers(3, 20_000))
def test_a_count_lies_in_its_band(count: int) -> None:
    low, high = band_edges(band(count))
    assert low <= count <= high


def test_a_total_hidden_alone_is_found_out_to_the_last_digits() -> None:
    found = audited("members", {"A": (450, 450), "B": (490, 490), "C": (40, 40)}, {"C"})
    narrow = found["C", "value"]
    # 980, 450 and 490, each to two digits: what is left is 40, give or take three halves of ten.
    assert narrow.low == pytest.approx(25) and 34 <= narrow.high <= 55.001
    assert narrow.needed == 9 and narrow.safe
    found = audited("members", {"A": (45, 45), "B": (48, 48), "C": (5, 5)}, {"C"})
    assert (found["C", "value"].high - found["C", "value"].low) == pytest.approx(3)
    assert not found["C", "value"].safe


small = st.integers(10, 999)


@settings(max_examples=25)
@given(st.lists(small, min_size=3, max_size=6), st.integers(1, 2))
def test_totals_of_one_family_are_what_arithmetic_says(values: list[int], many: int) -> None:
    """A plain twin: the hidden part of a sum lies between the sum's ends less the others'."""
    keys = [f"k{n}" for n in range(len(values))]
    hidden = set(keys[:many])
    parts = dict(zip(keys, ((v, v) for v in values), strict=True))
    found = audited("members", parts, hidden)

    def ends(value: int) -> tuple[float, float]:
        shown = two_digits(value)
        low, high = shown - total_error(shown), shown + total_error(shown)
        least, most = band_edges(band(value))
        # What a band says more than the digits, where a total counts people.
        return max(low, least), min(high, most)

    whole, others = ends(sum(values)), [ends(v) for k, v in zip(keys, values, strict=True)
                                        if k not in hidden]  # fmt: skip
    high = whole[1] - sum(low for low, _ in others)
    low = max(0.0, whole[0] - sum(high for _, high in others)) if many == 1 else 0.0
    for key in hidden:
        got = found[key, "value"]
        exactly = not got.safe
        # Where it stops early it has shown enough, and never more than there is.
        assert got.low >= low - 1e-3 and got.high <= high + 1e-3
        if exactly:
            assert (got.low, got.high) == pytest.approx((low, high), abs=1e-3)


def test_a_rate_whose_parts_are_known_is_found_out() -> None:
    parts = {"A": (300.0, 440.0), "B": (310.0, 450.0), "C": (9.0, 12.0)}
    found = audited("women_share", parts, {"C"})
    # Bands of people leave any share possible: nobody can tell how many the others are.
    assert found["C", "value"].safe and found["C", "people"].safe
    many = {f"P{n}": (60.0, 100.0) for n in range(4)} | {"C": (9.0, 12.0)}
    people = audited("women_share", many, {"C"})["C", "people"]
    assert people.low == 0 and people.high >= 9


def test_old_regions_less_their_parts_are_tried() -> None:
    """Both divisions side by side: Kita is the old Kayes less the new ones."""
    values = {("unit_2012", "kayes"): 65, ("unit_2012", "segou"): 90, ("nation", "mali"): 155,
              ("unit_2023", "kayes"): 40, ("unit_2023", "nioro"): 20, ("unit_2023", "kita"): 5,
              ("unit_2023", "segou"): 90}  # fmt: skip
    cells = [exact(MEMBERS, key, dimension=d, value=float(v), numerator=float(v), denominator=None,
                   n_people=v, n_groups=v // 5 + 1, numerator_absolute=float(v))
             for (d, key), v in values.items()]  # fmt: skip
    leaves = frozenset({("kayes", "kayes"), ("nioro", "kayes"), ("kita", "kayes"),
                        ("segou", "segou")})  # fmt: skip
    public = {(c.dimension, c.key): told(c, c.key == "kita") for c in cells}
    [kita] = audit_period({"members": (cells, public)}, leaves).unsafe
    assert kita.key == "kita" and (kita.low, kita.high) == pytest.approx((3.5, 6.0))


def test_what_another_indicator_says_in_other_words_is_found() -> None:
    cells: dict[str, list[Exact]] = {"dropout_rate": [], "retention_rate": []}
    for n in range(8):
        left = 2 + 3 * n
        for name, top in (("dropout_rate", left), ("retention_rate", 200 - left)):
            cells[name].append(exact(indicator(name), f"p{n}", dimension="partner",
                                     value=top / 200, numerator=float(top), denominator=200.0,
                                     n_people=200, numerator_absolute=float(top)))  # fmt: skip
    tables = {
        name: (own, {(c.dimension, c.key): told(c, name == "dropout_rate" and c.key == "p0")
                     for c in own})
        for name, own in cells.items()
    }  # fmt: skip
    [found] = audit_period(tables, None).unsafe
    assert (found.indicator, found.key, found.what) == ("dropout_rate", "p0", "retention_rate")
    # The gate knows the two for one and hides both.
    hidden = replace(cells["dropout_rate"][0], numerator_top1=2.0)
    cells["dropout_rate"][0] = hidden
    public = gate.public_period(cells, frozenset())
    gone = {(c.indicator, c.key) for c in public if c.status == "suppressed"}
    assert {("dropout_rate", "p0"), ("retention_rate", "p0")} <= gone


def test_every_pair_that_says_the_same_is_declared(network: Reader) -> None:
    """The auditor looks for such pairs in the figures; the gate needs to know them beforehand."""
    found = set()
    for mart, periods in network.run(auditor.gated_tables).items():
        for tables in periods.values():
            columns = {
                name: {(c.dimension, c.key): c.value for c in cells if c.value is not None}
                for name, (cells, _) in tables.items()
            }
            found |= {
                frozenset((one, other))
                for one in columns for other in columns
                if one < other and auditor._same_shape(columns[one], columns[other])
            }  # fmt: skip
        assert mart
    declared = {frozenset((i.id, i.mirror)) for i in indicators().values() if i.mirror}
    assert frozenset(("dropout_rate", "retention_rate")) in found
    assert {pair for pair in found if pair not in declared} == set()


def test_a_published_version_passes_its_audit(network: Reader) -> None:
    found: Audit = network.run(auditor.audit)
    assert found.unsafe == () and found.narrowest is not None
    assert len(found.ranges) > 500 and found.programmes
    assert all(r.margin >= 1 and not math.isnan(r.margin) for r in found.ranges)


def test_a_gate_that_forgets_is_caught_and_nothing_is_published(
    network_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(network_home.root, tmp_path / "home")
    home = Home(tmp_path / "home")
    before = home.current()
    monkeypatch.setattr(gate, "_with_them", lambda *_: {})
    monkeypatch.setattr(auditor, "PROTECTION", 10.0)
    with pytest.raises(UserError) as caught:
        pipeline.build(home, built_on=BUILT_ON)
    assert caught.value.key == "check_failed"
    assert "hidden_cells_stay_hidden" in caught.value.message("en")
    assert home.current() == before


def test_what_the_audit_finds_is_mended_by_hiding_more(
    network_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its own rules for siblings the gate still ends at a table that nobody can undo."""
    [build_id] = [network_home.current()["build_id"]]  # type: ignore[index]
    copy = tmp_path / "w.duckdb"
    shutil.copy(network_home.warehouse / build_id / "warehouse.duckdb", copy)
    monkeypatch.setattr(gate, "protect", lambda cells, judged, leaves: None)
    with duckdb.connect(str(copy)) as con:
        hidden = "SELECT count(*) FROM estimate_public WHERE status = 'suppressed'"
        con.execute("DROP TABLE estimate_public")
        naive = []
        monkeypatch.setattr(gate, "_write", _counting(gate._write, naive))
        found = gate.write_public_estimates(con, BUILT_ON.date())
        [(after,)] = con.execute(hidden).fetchall()
    assert found.unsafe == ()
    assert after >= naive[0]


def _counting(write: object, seen: list[int]) -> object:
    def run(con: object, cells: list[PublicCell]) -> None:
        seen.append(sum(c.status == "suppressed" for c in cells))
        write(con, cells)  # type: ignore[operator]

    return run


def test_a_nation_of_which_no_region_is_shown_is_told_by_a_breakdown_which_is_then_hidden() -> None:
    people = {"mali": 300, "segou": 200, "A": 120, "B": 180}
    of = {"mali": "nation", "segou": "unit_2023"}
    cells = [exact(WOMEN, key, dimension=of.get(key, "partner"), n_people=count)
             for key, count in people.items()]  # fmt: skip
    nation = [Range("women_share", "nation", "mali", cells[0].period, "value", 0.5, 0.51, 0.02)]
    for hidden, more in (
        ({"mali"}, ("unit_2023", "segou")),
        ({"mali", "segou"}, ("partner", "A")),
        ({"mali", "segou", "A"}, ("partner", "B")),
        ({"mali", "segou", "A", "B"}, ("nation", "mali")),
    ):
        public = [told(c, c.key in hidden) for c in cells]
        assert gate._with_them(nation, {"women_share": cells}, public) == {"women_share": {more}}
