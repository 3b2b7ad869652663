"""Whose turn it is: work is done so many at a time, in the order people came, each told the place.

``Line`` is for the visitors of one process (looking at files, drawing). ``standing`` is for
everything that changes a home, in whatever process: a line of small files, each locked by whoever
stands there, so that one who is killed no longer stands in it.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from analytics.errors import UserError

#: told the place in line, 1 being next, whenever it changes
Told = Callable[[int], None]


def nobody(place: int) -> None:
    """For callers that wait in silence."""


class Line:
    """So many at once; the others wait in the order they came.

    Args:
        at_once: how many may be at work.
        most: how many may wait; whoever comes then is refused.
        refusal: key of the error for those.
    """

    def __init__(self, at_once: int, most: int, refusal: str) -> None:
        self.at_once, self.most, self.refusal = at_once, most, refusal
        self._guard = threading.Condition()
        self._working = 0
        self._waiting: list[object] = []

    def before(self) -> int:
        """How many would have to finish before somebody who came now could begin."""
        with self._guard:
            return max(0, self._working + len(self._waiting) - self.at_once + 1)

    @contextmanager
    def turn(self, told: Told = nobody, patience: float | None = None) -> Iterator[None]:
        """Wait for a place, and hold it.

        Args:
            told: called only when this must wait.
            patience: seconds after which to give up; None: never.

        Raises:
            UserError: when too many wait, or patience ends.
        """
        mine, known = object(), 0
        end = None if patience is None else time.monotonic() + patience
        with self._guard:
            if len(self._waiting) >= self.most:
                raise UserError(self.refusal, before=len(self._waiting))
            self._waiting.append(mine)
        try:
            while True:
                with self._guard:
                    place = self._waiting.index(mine) + 1
                    if place == 1 and self._working < self.at_once:
                        self._working += 1
                        break
                    if place == known:
                        left = None if end is None else end - time.monotonic()
                        if left is not None and left <= 0:
                            raise UserError(self.refusal, before=place)
                        self._guard.wait(left)
                        continue
                # Outside the guard: telling may take its time, or end this visitor's run.
                known = place
                told(place)
        finally:
            with self._guard:
                self._waiting.remove(mine)
                self._guard.notify_all()
        try:
            yield
        finally:
            with self._guard:
                self._working -= 1
                self._guard.notify_all()


# --- between processes ---------------------------------------------------------------------------


@contextmanager
def standing(folder: Path) -> Iterator[Callable[[], int]]:
    """Stand in the line of ``folder`` until the block ends; yields what tells the place, from 1."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns():020d}-{os.getpid()}-{threading.get_ident()}"
    draft = folder / f".{name}"
    with draft.open("w") as handle:
        # Locked before it stands in line: a file there that nobody holds is of somebody gone.
        fcntl.flock(handle, fcntl.LOCK_EX)
        draft.replace(folder / name)
        try:
            yield lambda: 1 + sum(other < name for other in in_line(folder))
        finally:
            (folder / name).unlink(missing_ok=True)


def in_line(folder: Path) -> list[str]:
    """Those who stand in line, the first first; places of processes that have died are cleared."""
    return [path.name for path in sorted(folder.glob("[0-9]*")) if _held(path)]


def _held(path: Path) -> bool:
    try:
        with path.open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
