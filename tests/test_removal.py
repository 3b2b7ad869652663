"""Taking a batch out, waiting for another's turn, and what a version moved."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from analytics.errors import UserError
from analytics.moved import moved
from analytics.pipeline import build
from analytics.text import LANGS
from analytics.warehouse.home import Holder, Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import open_reader
from analytics.warehouse.removal import remove_batch
from tests.conftest import BUILT_ON


@pytest.fixture
def home(network_home: Home, tmp_path: Path) -> Home:
    """A copy of the small network, free to be changed."""
    shutil.copytree(network_home.root, tmp_path / "home")
    return Home(tmp_path / "home")


def the_batch(home: Home, dataset: str) -> str:
    [batch] = home.batches(dataset)
    return batch.batch_id


def test_a_register_that_others_refer_to_stays_and_says_how_many(home: Home) -> None:
    with pytest.raises(UserError) as error:
        remove_batch(home, the_batch(home, "vsla_group"))
    assert home.batches("vsla_group")
    for lang in LANGS:
        assert "vsla_observation: " in error.value.message(lang)


def test_a_removed_batch_is_gone_from_the_disk_and_comes_back_with_its_file(
    home: Home, network_home: Home
) -> None:
    batch = home.batches("vsla_cycle")[0]
    remove_batch(home, batch.batch_id)
    assert not home.batches("vsla_cycle") and not home.parquet(batch).exists()
    assert [removed.batch.batch_id for removed in home.removed()] == [batch.batch_id]
    source = network_home.root.parent / "files" / "vsla_cycle.csv"
    [report] = import_files(home, [source])
    assert report.rows_landed == batch.rows["landed"]


def test_a_second_writer_is_told_who_is_at_work_and_waits(home: Home) -> None:
    told: list[Holder] = []
    done = threading.Event()

    def second() -> None:
        with home.lock("build", told.append):
            done.set()

    with home.lock("import"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=0.5)
        assert not done.is_set()
    thread.join(timeout=10)
    assert done.is_set() and [holder.doing for holder in told] == ["import"]


def test_what_a_correction_moved_is_told_and_nothing_else(home: Home, tmp_path: Path) -> None:
    before = open_reader(home).build.build_id
    first = build(home, built_on=BUILT_ON).build_id
    assert moved(home, before, first).moves == ()
    corrected = tmp_path / "corrected.csv"
    header = "group_id,obs_date,members_women,members_men,savings_cycle_xof,loans_outstanding_xof,loan_fund_cash_xof,social_fund_xof"  # noqa: E501
    corrected.write_text(f"{header}\nSEG01,2022-06-28,20,0,9000000,1,1,1\n")
    import_files(home, [corrected])
    second = build(home, built_on=BUILT_ON).build_id
    changed = moved(home, first, second)
    savings = [m for m in changed.moves if m.indicator == "savings_per_member"]
    assert {m.place for m in savings} == {"mali", "segou"}
    assert changed.compared > len(changed.moves)
