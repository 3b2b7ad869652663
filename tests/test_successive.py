"""Two versions one after another: what lies between them is never one group's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analytics.disclosure import gate
from analytics.disclosure.cells import Exact
from analytics.disclosure.successive import waiting
from analytics.disclosure.units import merge_regions
from analytics.estimates.estimate import estimate
from analytics.indicator import indicator
from analytics.pipeline import build
from analytics.selection import Selection
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import open_reader
from tests.conftest import BUILT_ON
from tests.test_gate import exact

SAVINGS = indicator("savings_per_member")
HEADER = ("group_id,obs_date,members_women,members_men,savings_cycle_xof,loans_outstanding_xof,"
          "loan_fund_cash_xof,social_fund_xof")  # fmt: skip
QUARTER = "2022-Q2"


def corrected(home: Home, folder: Path, *groups: str) -> None:
    path = folder / f"{'-'.join(groups)}.csv"
    rows = "".join(f"{group},2022-06-28,20,0,150000,1,1,1\n" for group in groups)
    path.write_text(f"{HEADER}\n{rows}")
    [report] = import_files(home, [path])
    assert report.rows_landed == len(groups)


def shown(home: Home, role: str, by: tuple[str, ...] = ("region", "quarter")) -> dict:
    answer = estimate(open_reader(home), SAVINGS, Selection(by=by, role=role))
    return {tuple(row.keys.values()): row.value for row in answer}


def test_a_figure_waits_until_three_groups_behind_it_have_changed(
    network_home: Home, tmp_path: Path
) -> None:
    shutil.copytree(network_home.root, tmp_path / "home")
    home = Home(tmp_path / "home")
    first, cell = shown(home, "public"), ("segou", QUARTER)
    nation = shown(home, "public", ("quarter",))
    staff = shown(home, "staff")

    corrected(home, tmp_path, "SEG01")
    build(home, built_on=BUILT_ON)
    # The office sees it at once; whoever kept the public figure learns nothing of one group.
    assert shown(home, "staff")[cell] > staff[cell]
    assert shown(home, "public") == first
    assert shown(home, "public", ("quarter",)) == nation

    # Two more: with the first, which is remembered, they are three.
    corrected(home, tmp_path, "SEG02", "SEG03")
    build(home, built_on=BUILT_ON)
    now = shown(home, "public")
    assert now[cell] == round(shown(home, "staff")[cell])
    assert {at for at in now if now[at] != first.get(at)} == {cell}
    pending = open_reader(home).query(
        "SELECT count(*) FROM estimate_pending WHERE indicator = ? AND key = 'segou'", [SAVINGS.id]
    )
    assert pending == [(0,)]


def cells(**groups: int) -> list[Exact]:
    whole = sum(groups.values())
    made = [exact(SAVINGS, "mali", dimension="nation", n_groups=whole)]
    made += [exact(SAVINGS, key, n_groups=n) for key, n in groups.items()]
    return made + [exact(SAVINGS, key, dimension="unit_2012", n_groups=n)
                   for key, n in groups.items()]  # fmt: skip


LEAVES = frozenset({("segou", "segou"), ("mopti", "mopti"), ("bamako", "bamako")})


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({"segou": 3}, set()),
        ({"segou": 2}, {"segou", "mali"}),
        # The country's change less Ségou's would be Mopti's one group.
        ({"segou": 3, "mopti": 1}, {"mopti", "segou"}),
        # Each is three groups' own, and so is what lies between them.
        ({"segou": 3, "mopti": 5}, set()),
    ],
)
def test_changes_wait_as_the_gate_would_hide_them(changes: dict[str, int], held: set[str]) -> None:
    table = cells(segou=30, mopti=20, bamako=10)
    counted = {("nation", "mali"): sum(changes.values())}
    for key, count in changes.items():
        counted["unit_2023", key] = counted["unit_2012", key] = count
    found = waiting(table, counted, LEAVES, gate.protect)
    assert {key for _, key in found} == held


def test_what_was_told_merged_comes_apart_only_where_no_quarter_hides_a_part() -> None:
    strong = {f"2022-Q{n}": (12, 240) for n in range(1, 5)}
    once_weak = strong | {"2022-Q1": (2, 40)}
    order, near = ["gao", "kidal"], {"kidal": ("gao",)}
    alone = {"gao": ("gao",), "kidal": ("kidal",)}
    merged = dict.fromkeys(("gao", "kidal"), ("gao", "kidal"))
    told = [("gao", "kidal")]
    assert merge_regions({"gao": strong, "kidal": once_weak}, order, near) == merged
    assert merge_regions({"gao": strong, "kidal": once_weak}, order, near, told) == merged
    enough = {**{f"2021-Q{n}": (12, 240) for n in range(1, 5)}, **once_weak}
    assert merge_regions({"gao": strong, "kidal": enough}, order, near) == alone
    assert merge_regions({"gao": strong, "kidal": enough}, order, near, told) == merged
    assert merge_regions({"gao": strong, "kidal": strong}, order, near, told) == alone
