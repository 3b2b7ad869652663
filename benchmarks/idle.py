"""What a hundred readers who have put their telephones down cost: memory of one process.

    python -m benchmarks.idle [--sessions 100] [--minutes 5] [--groups 120] [--home H] [--json]

Starts the application, opens that many sessions one after another (each loads the Overview once,
over a websocket of its own, half of them in English) and leaves them alone for the minutes given.
Said: MB the process holds when it is up, once one reader has come and gone, with all sessions
there, and after the minutes; and the sessions still open then. The budget counts from the process
as it is when it is up, so that what the first page loads is in it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from websockets.protocol import State

from analytics.text import say
from benchmarks.load import ask, session
from benchmarks.serve import Server, home_for, serving

#: MB above the start that a hundred idle sessions may hold
BUDGET_MB = 300
_SESSIONS = 100


async def sit(server: Server, sessions: int, minutes: float) -> dict[str, Any]:
    """Open the sessions, wait, and weigh."""
    held = {"up": server.megabytes}
    wrong = 0
    async with session(server.url) as first:
        await ask(first, "", lang="fr")
    held["one_reader"] = server.megabytes
    async with AsyncExitStack() as stack:
        sockets = []
        for number in range(sessions):
            socket_ = await stack.enter_async_context(session(server.url))
            sockets.append(socket_)
            lang = ("fr", "en")[number % 2]
            wrong += say("app.tagline", lang) not in "\n".join(await ask(socket_, "", lang=lang))
        held["all_there"] = server.megabytes
        course, end = [], time.monotonic() + minutes * 60
        while time.monotonic() < end:
            await asyncio.sleep(min(60, max(0, end - time.monotonic())))
            course.append(server.megabytes)
        held["after"] = server.megabytes
        still = sum(socket_.state is State.OPEN for socket_ in sockets)
    above = held["after"] - held["up"]
    return {
        "sessions": sessions, "minutes": minutes, "megabytes": held, "by_minute": course,
        "open_at_the_end": still, "wrong": wrong, "above_start": above,
        "each": round((held["after"] - held["one_reader"]) / sessions, 2),
        "kept": above <= BUDGET_MB * sessions / _SESSIONS and still == sessions and not wrong,
    }  # fmt: skip


def measure(home: Path, sessions: int, minutes: float) -> dict[str, Any]:
    load = os.getloadavg()[0]
    with serving(home) as server:
        return {"load_before": load, **asyncio.run(sit(server, sessions, minutes))}


def report(measured: dict[str, Any]) -> str:
    """What people read."""
    held = measured["megabytes"]
    return "\n".join([
        f"load before {measured['load_before']:.1f}",
        f"{held['up']} MB up, {held['one_reader']} after one reader, {held['all_there']} with "
        f"{measured['sessions']} sessions, {held['after']} after {measured['minutes']:g} minutes "
        f"({' '.join(map(str, measured['by_minute']))}); {measured['open_at_the_end']} still open",
        f"{measured['above_start']} MB above the start (budget {BUDGET_MB} for {_SESSIONS}), "
        f"{measured['each']} MB a session after the first; {measured['wrong']} wrong pages",
    ])  # fmt: skip


def main() -> int:
    """Measure, print, and say by the exit code whether the budget is kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sessions", type=int, default=_SESSIONS)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--groups", type=int, default=120)
    parser.add_argument("--home", type=Path, help="a home to copy instead of making one")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with home_for(options.groups, options.home) as home:
        measured = measure(home, options.sessions, options.minutes)
    print(json.dumps(measured, indent=2) if options.json else report(measured))
    return 0 if measured["kept"] else 1


if __name__ == "__main__":
    sys.exit(main())
