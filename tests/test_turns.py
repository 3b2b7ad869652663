"""So many at once and in order, each told the place, whoever dies in between."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.errors import UserError
from analytics.settings import PROJECT
from analytics.warehouse.home import Holder, Home
from analytics.warehouse.turns import Line, in_line, standing


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.01)


def queue(count: int, enter: Callable[[int], None], waits: Callable[[], int]) -> list:
    """So many threads, each begun once the one before stands in line."""
    threads = []
    for number in range(count):
        threads.append(threading.Thread(target=enter, args=(number,)))
        threads[-1].start()
        until(lambda: waits() > number)  # noqa: B023
    return threads


def test_a_line_lets_so_many_in_at_once_and_the_rest_in_order() -> None:
    line, told, done = Line(2, most=10, refusal="looks_busy"), dict[int, list[int]](), list[int]()
    entered, inside = list[int](), list[int]()
    free = threading.Event()

    def enter(number: int) -> None:
        with line.turn(told.setdefault(number, []).append):
            entered.append(number)
            inside.append(len(entered) - len(done))
            free.wait()
            done.append(number)

    first = [threading.Thread(target=enter, args=(-n,)) for n in (1, 2)]
    for thread in first:
        thread.start()
    until(lambda: len(inside) == 2)
    assert line.before() == 1
    rest = queue(4, enter, lambda: line.before() - 1)
    until(lambda: told.get(3))
    free.set()
    for thread in (*first, *rest):
        thread.join(10)
    assert told[-1] == told[-2] == [] and told[0] == [1]
    assert told[3][0] == 4 and told[3] == sorted(told[3], reverse=True)
    assert max(inside) == 2 and sorted(entered[:2]) == [-2, -1]
    assert sorted(done) == [-2, -1, 0, 1, 2, 3]
    assert line.before() == 0


def test_a_line_that_is_full_or_too_slow_says_how_many_are_before() -> None:
    line = Line(1, most=1, refusal="looks_busy")
    with line.turn():
        with pytest.raises(UserError) as slow, line.turn(patience=0.01):
            pass
        thread = threading.Thread(target=lambda: line.turn().__enter__())
        thread.start()
        until(lambda: line.before() == 2)
        with pytest.raises(UserError) as full, line.turn():
            pass
    for caught in (slow, full):
        assert caught.value.key == "looks_busy" and caught.value.values == {"before": 1}
        assert all("1" in caught.value.message(lang) for lang in ("fr", "en"))
    thread.join(10)


def test_who_leaves_the_line_while_told_holds_up_nobody() -> None:
    line = Line(1, most=5, refusal="looks_busy")

    def gone(place: int) -> None:
        raise KeyboardInterrupt

    with line.turn():
        with pytest.raises(KeyboardInterrupt), line.turn(gone):
            pass
        assert line.before() == 1
    with line.turn(patience=1):
        pass


def test_writers_of_a_home_come_in_order_and_know_their_place(tmp_path: Path) -> None:
    home, told, done = Home(tmp_path), dict[int, list[Holder]](), list[int]()

    def enter(number: int) -> None:
        with home.lock("import", told.setdefault(number, []).append):
            done.append(number)

    with home.lock("build"):
        threads = queue(3, enter, lambda: len(in_line(tmp_path / ".turns")))
        until(lambda: len(told.get(2, [])) == 1)
    for thread in threads:
        thread.join(20)
    assert done == [0, 1, 2] and in_line(tmp_path / ".turns") == []
    assert [(h.doing, h.place) for h in (told[0][0], told[2][0])] == [("build", 1), ("build", 3)]
    assert [h.place for h in told[2]] == sorted((h.place for h in told[2]), reverse=True)


_STAND = """
import sys, time
from pathlib import Path
from analytics.warehouse.turns import standing
with standing(Path(sys.argv[1])):
    time.sleep(60)
"""


def test_who_is_killed_stands_in_line_no_longer(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", _STAND, str(tmp_path)], cwd=PROJECT)
    until(lambda: in_line(tmp_path))
    with standing(tmp_path) as place:
        assert place() == 2
        process.kill()
        process.wait()
        assert place() == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("lang", "words"), [("fr", "place dans la file"), ("en", "place in line")])
def test_a_command_says_its_place_and_then_does_its_work(
    lang: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "g.csv").write_text(
        "group_id,region,facilitating_agency,group_type,network_member,wlie\n"
        "G1,Ségou,CARE Mali,women_only,true,false\n", encoding="utf-8",
    )  # fmt: skip
    home = Home(tmp_path / "home")
    with home.lock("build"):
        command = subprocess.Popen(
            [sys.executable, "-m", "analytics", "import", str(tmp_path / "g.csv"), "--json",
             "--home", str(home.root), "--lang", lang],
            cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert command.stderr is not None
        assert words in command.stderr.readline()
    out, err = command.communicate(timeout=60)
    assert command.returncode == 0 and "Traceback" not in err
    assert json.loads(out)["files"][0]["rows_landed"] == 1
