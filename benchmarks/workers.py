"""Verbs at work in processes of their own, to be killed or to find the disk full.

A worker starts from a process that has loaded everything and done nothing: a fault hits work and
not the start of Python, and hundreds of starts cost nothing. It tells the stage it is in as the
product tells it on a terminal. What it changes on disk it counts by Python's audit events, which
come before the change: so it can be killed, or refused room, just before the n-th.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from analytics import cli

_START = get_context("forkserver")
_START.set_forkserver_preload(["analytics.pipeline", "analytics.cli", "analytics.evidence.engine"])
#: audit events of a change on disk → whether it needs room
_CHANGES = {"os.mkdir": True, "os.rename": False, "os.remove": False, "os.rmdir": False,
            "os.truncate": False}  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
#: what the command line says of an import and of a build, before what it tells
_SAYS = ("reading: ", "step: ")


@dataclass
class Worker:
    """A verb at work.

    Attributes:
        stages: those it came to, with the moment of each; the first is ``start``.
        code: exit code; negative: the signal that ended it.
        changed: changes it made on disk; ``grown``: those that needed room.
    """

    process: Any
    said: Any
    stages: list[tuple[str, float]] = field(default_factory=lambda: [("start", time.monotonic())])
    code: int | None = None
    out: str = ""
    err: str = ""
    changed: int = 0
    grown: int = 0
    _ended: float = 0.0

    @property
    def stage(self) -> str:
        """The last stage it told of."""
        return self.stages[-1][0]

    def seconds(self) -> dict[str, float]:
        """How long each stage took, all its parts together, once it has ended."""
        taken: dict[str, float] = {}
        ends = [begun for _, begun in self.stages[1:]] + [self._ended]
        for (stage, begun), end in zip(self.stages, ends, strict=True):
            taken[stage] = taken.get(stage, 0.0) + end - begun
        return taken

    def reach(self, stage: str) -> None:
        """Wait until it comes to a stage, or to its end; ``any``: do not wait."""
        while stage not in ("any", self.stage) and self._listen():
            pass

    def finish(self) -> None:
        """Wait for its end."""
        while self._listen():
            pass
        self.process.join()
        self.code = self.process.exitcode if self.code is None else self.code

    def kill(self) -> None:
        """``kill -9``, and hear what it had said until then."""
        self.process.kill()
        self.finish()

    def _listen(self) -> bool:
        """Take what it says next; False when it says nothing more."""
        try:
            kind, *told = self.said.recv()
        except EOFError:
            self._ended = self._ended or time.monotonic()
            return False
        if kind == "stage":
            self.stages.append((told[0], time.monotonic()))
        else:
            self._ended = time.monotonic()
            self.code, self.out, self.err, self.changed, self.grown = told
        return True


def start(
    arguments: list[str], home: Path, *, kill_at: int = 0, full_at: int = 0, file_bytes: int = 0
) -> Worker:
    """Begin a verb; it is at work when this returns.

    Args:
        kill_at: it is killed just before this change it makes in ``home`` (0: never).
        full_at: from this file or folder on, none can be made in ``home`` (0: all can).
        file_bytes: no file may grow larger (0: as large as it likes).
    """
    here, there = _START.Pipe(duplex=False)
    told = (arguments, str(home), kill_at, full_at, file_bytes, there)
    process = _START.Process(target=_work, args=told, daemon=True)
    process.start()
    there.close()
    here.recv()
    return Worker(process, here)


class _Terminal(io.StringIO):
    """Standard error as a terminal, so that the product tells its stages; they are passed on."""

    def __init__(self, said: Any) -> None:
        super().__init__()
        self.said, self.seen = said, set[str]()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        reading, step = _SAYS
        if text.startswith(step):
            self.said.send(("stage", text[len(step) :].strip()))
        elif text.startswith(reading):
            # Every file is opened before the first of them is judged and landed.
            self.said.send(("stage", "landing" if text in self.seen else "reading"))
            self.seen.add(text)
        return super().write(text)


class _Watch:
    """Counts the changes made in a folder, and strikes at one of them."""

    def __init__(self, home: str, kill_at: int, full_at: int) -> None:
        self.home, self.kill_at, self.full_at = home, kill_at, full_at
        self.changed = self.grown = 0

    def __call__(self, event: str, values: tuple[Any, ...]) -> None:
        grows = _CHANGES.get(event)
        if event == "open":
            grows = True if values[2] & _WRITING else None
        if grows is None or not str(values[0]).startswith(self.home):
            return
        self.changed += 1
        self.grown += grows
        if self.changed == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if grows and 0 < self.full_at <= self.grown:
            raise OSError(28, os.strerror(28), values[0])


def _work(
    arguments: list[str], home: str, kill_at: int, full_at: int, file_bytes: int, said: Any
) -> None:
    # Whoever started it decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if file_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    watch = _Watch(home, kill_at, full_at)
    out, err = io.StringIO(), _Terminal(said)
    said.send("ready")
    sys.addaudithook(watch)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main(arguments)
        except BaseException:
            traceback.print_exc()
            code = 70
    said.send(("done", code, out.getvalue(), err.getvalue(), watch.changed, watch.grown))
