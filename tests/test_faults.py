"""A sample of what ``make fuzz`` and ``make faults`` do at length."""

from __future__ import annotations

import datetime as dt
import errno
import gc
import json
import random
import shutil
import weakref
from pathlib import Path

import pytest

from analytics import pipeline
from analytics.cli import main
from analytics.warehouse import home as homes
from analytics.warehouse import land as landing
from analytics.warehouse import read
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import open_reader
from benchmarks import faults, races
from benchmarks.fuzz_import import GROUPS, OBSERVATIONS, fuzz


def test_no_damaged_or_odd_file_breaks_the_import() -> None:
    tally = fuzz(cases=60, minutes=0, start=5)
    assert tally.wrong == []
    assert tally.cases == 60 and tally.outcomes["read"] and tally.outcomes["refused"]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> faults.Range:
    return faults.Range(tmp_path_factory.mktemp("range"), groups=30)


def test_what_is_killed_leaves_the_version_before_and_no_row_lost(
    ground: faults.Range, tmp_path: Path
) -> None:
    outcome, rng = faults.Outcome(), random.Random(3)
    places = ("import any moment", "build publish moment", "build any write")
    for number, place in enumerate(places):
        faults.kill_once(ground, *place.split(), rng.random(), tmp_path / f"home{number}", outcome)
    assert outcome.wrong == [] and outcome.kills.total() == len(places)


def test_readers_are_answered_while_versions_change_and_what_is_torn_is_named(
    ground: faults.Range,
) -> None:
    outcome, rng = faults.Outcome(), random.Random(4)
    assert races.read_while_publishing(ground, 4, outcome) > 0
    assert {races.tear(ground, number, rng, outcome) for number in (0, 3)} == {"batch", "version"}
    assert outcome.wrong == []


@pytest.mark.parametrize("write", ["copy", "replace", "manifest"])
def test_a_full_disk_at_any_write_of_an_import_lands_nothing(
    write: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "g.csv").write_text(GROUPS, encoding="utf-8")
    (tmp_path / "o.csv").write_text(OBSERVATIONS, encoding="utf-8")
    root = tmp_path / "home"
    import_files(Home(root), [tmp_path / "g.csv"])
    before = Home(root).batches()

    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if write == "copy":
            patch.setattr(landing.hashlib, "file_digest", full)
        elif write == "replace":
            patch.setattr(landing.os, "replace", full)
        else:
            patch.setattr(landing, "write_atomically", full)
        code = main(["import", str(tmp_path / "o.csv"), "--home", str(root), "--json"])
        out, err = capsys.readouterr()
    assert code == 2 and "Traceback" not in err and json.loads(out)
    assert Home(root).batches() == before
    [report] = import_files(Home(root), [tmp_path / "o.csv"])
    assert report.rows_landed == report.rows_read == 40
    assert faults.leftovers(root) == []


def test_torn_pointer_and_torn_database_give_way_to_what_is_whole(
    network_home: Home, tmp_path: Path
) -> None:
    shutil.copytree(network_home.root, tmp_path / "home")
    home = Home(tmp_path / "home")
    older = pipeline.build(home).build_id
    latest = pipeline.build(home).build_id
    (home.warehouse / "current.json").write_text('{"build_id": "2')
    assert open_reader(home).build.build_id == latest
    database = home.warehouse / latest / "warehouse.duckdb"
    database.write_bytes(b"torn" * 2000)
    read._readers.clear()
    assert open_reader(home).build.build_id == older


def test_a_torn_manifest_is_named(
    network_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    shutil.copytree(network_home.root, tmp_path / "home")
    path = next((tmp_path / "home" / "landed").glob("*/*.json"))
    path.write_text(path.read_text()[:40])
    for verb in ("build", "status"):
        assert main([verb, "--home", str(tmp_path / "home")]) == 2
        assert path.name in capsys.readouterr().err


def test_versions_keep_their_order_when_the_clock_is_set_back(
    network_home: Home, tmp_path: Path
) -> None:
    shutil.copytree(network_home.root, tmp_path / "home")
    home = Home(tmp_path / "home")
    later = pipeline.build(home, built_on=dt.datetime(2023, 9, 1, tzinfo=dt.UTC)).build_id
    back = pipeline.build(home, built_on=dt.datetime(2023, 8, 20, tzinfo=dt.UTC)).build_id
    assert back > later and home.current()["build_id"] == back  # type: ignore[index]


def test_a_draft_that_cannot_be_written_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(homes.os, "fsync", full)
    with pytest.raises(OSError):
        homes.write_atomically(tmp_path / "current.json", "{}")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_the_folder_copied_and_what_is_damaged_is_named(
    network_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    backup, restored = tmp_path / "backup", tmp_path / "restored"
    shutil.copytree(network_home.root, backup)
    shutil.copytree(backup, restored)
    home = Home(restored)

    def verified() -> tuple[int, dict]:
        code = main(["status", "--verify", "--json", "--home", str(restored)])
        return code, json.loads(capsys.readouterr().out)["verified"]

    code, found = verified()
    assert code == 0 and found["damaged"] == []
    assert found["batches"] == len(network_home.batches()) and found["files"] > 20
    assert faults.fingerprint(home) == faults.fingerprint(network_home)

    batch = home.parquet(home.batches()[0])
    version = home.warehouse / home.current()["build_id"]  # type: ignore[index]
    for path in (batch, version / "estimate.parquet"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    (version / "mart_coverage__month.parquet").unlink()
    code, found = verified()
    assert code == 2
    assert {Path(name).name for name in found["damaged"]} == {
        batch.name, "estimate.parquet", "mart_coverage__month.parquet",
    }  # fmt: skip


def test_a_version_that_is_no_longer_kept_is_let_go_of(network_home: Home, tmp_path: Path) -> None:
    shutil.copytree(network_home.root, tmp_path / "home")
    home = Home(tmp_path / "home")
    gc.disable()
    try:
        first = open_reader(home)
        held = weakref.ref(first)
        assert first.boundaries("2023", "region") == first.boundaries("2023", "region")
        shutil.copytree(home.warehouse / first.build.build_id, home.warehouse / "20991231T000000-a")
        shutil.rmtree(home.warehouse / first.build.build_id)
        del first
        (home.warehouse / "current.json").write_text('{"build_id": "20991231T000000-a"}')
        assert open_reader(home).query("SELECT 1") == [(1,)]
        assert held() is None
    finally:
        gc.enable()
