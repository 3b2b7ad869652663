"""Many visitors on one process while versions are published: does each see his own numbers?

    python -m benchmarks.load [--visitors 100] [--minutes 10] [--publish 60] [--groups 120]
    python -m benchmarks.load --url http://127.0.0.1:8600 --home H    what serves H already

Starts the application on a home of its own, opens that many sessions (websockets that speak
Streamlit's protocol), and has each click through the regions and languages it draws by lot. A
session knows what it asked: every answer must be for its own region and in its own language, name
one version that was published by then, and say what that version said to everyone who asked the
same. Meanwhile versions are published one after another by the command line. Said at the end:
answers, wrong ones, errors, seconds an answer took, and the server's memory minute by minute: it
is flat when the last third of the time holds no more than the middle third (and a twentieth).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import statistics
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from analytics.geography.places import place_name, region_units
from analytics.settings import PROJECT
from analytics.text import say
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader
from benchmarks.serve import Server, home_for, serving

#: a page may take so long under load before it counts as an error
PATIENCE = 60
#: seconds that a visitor looks at a page, from and to
LOOKS = (1.0, 8.0)
#: seconds between two weighings
_WEIGHED = 5
#: memory that is flat may still hold so much more in the last third than in the middle third
_FLAT = 1.05


@dataclass
class Tally:
    answers: int = 0
    wrong: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    published: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    told: dict[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)
    memory_mb: list[int] = field(default_factory=list)
    server_said: str = ""

    def took(self, share: float) -> float:
        """Seconds within which that share of the answers came; NaN without an answer."""
        ordered = sorted(self.seconds)
        return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.nan

    def memory(self) -> dict[str, Any]:
        """Memory in MB: its course (the most in each minute), and whether it levels off."""
        held, minute = self.memory_mb, 60 // _WEIGHED
        if len(held) < 3:
            return {"by_minute": held}
        third = len(held) // 3
        middle, last = statistics.fmean(held[third:-third]), statistics.fmean(held[-third:])
        return {
            "start": held[0], "end": held[-1], "most": max(held),
            "by_minute": [max(held[at : at + minute]) for at in range(0, len(held), minute)],
            "middle_third": round(middle), "last_third": round(last),
            "flat": last <= _FLAT * middle,
        }  # fmt: skip


def texts(message: ForwardMsg) -> list[str]:
    """What an element of a page says."""
    if message.WhichOneof("type") != "delta" or not message.delta.HasField("new_element"):
        return []
    element = message.delta.new_element
    kind = element.WhichOneof("type") or ""
    part = getattr(element, kind, None)
    return [str(getattr(part, name)) for name in ("body", "spec") if hasattr(part, name)]


def cookies(url: str) -> str:
    """What the first answer gives a browser: behind nginx, the route to one process."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        given = answer.headers.get_all("Set-Cookie") or []
    return "; ".join(cookie.partition(";")[0] for cookie in given)


def session(url: str, cookie: str = "") -> websockets.connect:
    """A websocket as a browser opens it for a page."""
    return websockets.connect(
        f"{url.replace('http', 'ws')}/_stcore/stream", max_size=None,
        subprotocols=["streamlit"],  # type: ignore[list-item]
        origin=url, open_timeout=PATIENCE,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookie} if cookie else None,
    )  # fmt: skip


async def ask(socket_: websockets.ClientConnection, page: str, **chosen: str) -> list[str]:
    """Open a page with these choices in its address: what its elements say."""
    asked = BackMsg()
    asked.rerun_script.query_string = urlencode(chosen)
    asked.rerun_script.page_name = page
    await socket_.send(asked.SerializeToString())
    said: list[str] = []
    while True:
        message = ForwardMsg()
        message.ParseFromString(await asyncio.wait_for(socket_.recv(), PATIENCE))
        said += texts(message)
        if message.WhichOneof("type") == "script_finished":
            return said


async def visit(url: str, units: dict[str, str], end: float, rng: random.Random,
                tally: Tally, looks: tuple[float, float]) -> None:  # fmt: skip
    """One visitor: clicks, reads, checks, waits; opens a new session now and then."""
    cookie = ""
    while time.monotonic() < end:
        try:
            cookie = cookie or await asyncio.to_thread(cookies, url)
            async with session(url, cookie) as socket_:
                for _ in range(rng.randint(3, 12)):
                    if time.monotonic() >= end:
                        return
                    await click(socket_, units, rng, tally)
                    await asyncio.sleep(rng.uniform(*looks))
        except Exception as error:
            tally.errors.append(f"{type(error).__name__}: {error}"[:200])
            await asyncio.sleep(1)


async def click(socket_: websockets.ClientConnection, units: dict[str, str], rng: random.Random,
                tally: Tally) -> None:  # fmt: skip
    region, lang = rng.choice(list(units)), rng.choice(("fr", "en"))
    begun = time.perf_counter()
    said = await ask(socket_, "savings", lang=lang, region=region)
    tally.seconds.append(time.perf_counter() - begun)
    tally.answers += 1
    page = "\n".join(said)
    name, note = place_name(units[region], lang), say("savings.ratios_note", lang, selection="\0")
    ends = note.partition("\0")[2]
    own = [text for text in said if text.endswith(ends)]
    if say("app.fault", lang) in page:
        tally.errors.append(f"{region} {lang}: the page failed, see the server's log")
        return
    if say("app.tagline", lang) not in page:
        tally.wrong.append(f"{lang}: another language, or no page ({len(page)} characters)")
    elif len(own) != 1 or name not in own[0]:
        tally.wrong.append(f"{region} {lang}: its page is about {own}"[:200])
    versions = sorted(word for word in tally.published if word in page)
    tally.seen |= set(versions)
    if not versions:
        tally.wrong.append(f"{region} {lang}: no published version is named")
        return
    if len(versions) > 1:
        tally.wrong.append(f"{region} {lang}: one page tells of {versions}")
    # Everyone who asks a version the same must be told the same, to the last letter.
    key = (versions[0], region, lang)
    words = frozenset(said)
    if other := tally.told.setdefault(key, words) ^ words:
        apart = " | ".join(sorted(other))[:300]
        tally.wrong.append(f"{key}: not what another visitor was told: {apart}")


async def publish(home: Path, every: float, end: float, tally: Tally) -> None:
    while time.monotonic() + every < end:
        await asyncio.sleep(every)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "analytics", "build", "--no-claims", "--home", str(home),
            "--json", cwd=PROJECT, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        # The pointer changes a moment before the command says so.
        watching = asyncio.create_task(watch(home, tally))
        out, _ = await process.communicate()
        watching.cancel()
        if process.returncode:
            tally.errors.append(f"build: exit {process.returncode}")
        else:
            tally.published.add(json.loads(out)["build_id"])


async def watch(home: Path, tally: Tally) -> None:
    while True:
        tally.published.add(str((Home(home).current() or {}).get("build_id")))
        await asyncio.sleep(0.05)


async def weigh(servers: Sequence[Server], end: float, tally: Tally) -> None:
    while servers and time.monotonic() < end:
        tally.memory_mb.append(sum(server.megabytes for server in servers))
        await asyncio.sleep(_WEIGHED)


async def crowd(
    url: str, home: Path, servers: Sequence[Server], visitors: int, minutes: float,
    every: float = math.inf, seed: int = 1, looks: tuple[float, float] = LOOKS,
) -> Tally:  # fmt: skip
    """Send the visitors to ``url``, which serves ``home``.

    Args:
        servers: processes behind the address, to be weighed; none where they are not ours.
        every: seconds between two versions published; none by default.
        looks: seconds that a visitor looks at a page, from and to.
    """
    tally = Tally(published={str((Home(home).current() or {})["build_id"])})
    reader = Reader(Home(home), next(iter(tally.published)))
    units = {region.slug: reader.unit_of(region.slug, "2023") for region in region_units("2023")}
    known = {unit for (unit,) in reader.query("SELECT DISTINCT unit FROM region_unit")}
    units = {slug: unit for slug, unit in units.items() if unit in known and slug == unit}
    reader.close()
    end = time.monotonic() + minutes * 60
    rng = random.Random(seed)
    await asyncio.gather(
        publish(home, every, end, tally),
        weigh(servers, end, tally),
        *(visit(url, units, end, random.Random(rng.random()), tally, looks)
          for _ in range(visitors)),
    )  # fmt: skip
    return tally


def measure(home: Path, visitors: int, minutes: float, every: float, seed: int = 1) -> Tally:
    """Serve ``home``, send the visitors, publish ``every`` so many seconds; the server is ended."""
    with serving(home) as server:
        tally = asyncio.run(crowd(server.url, home, [server], visitors, minutes, every, seed))
    tally.server_said = server.said
    return tally


def main() -> int:
    """Measure, print, and say by the exit code whether every answer was right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--visitors", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--publish", type=float, default=60, help="seconds between two versions")
    parser.add_argument("--groups", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="a home to copy instead of making one")
    parser.add_argument("--url", help="what serves --home already; nothing is published")
    arguments = parser.parse_args()
    visitors, minutes = arguments.visitors, arguments.minutes
    if arguments.url:
        tally = asyncio.run(crowd(arguments.url, arguments.home, [], visitors, minutes))
    else:
        with home_for(arguments.groups, arguments.home) as home:
            tally = measure(home, visitors, minutes, arguments.publish, arguments.seed)
    print(json.dumps({
        "visitors": visitors, "minutes": minutes, "answers": tally.answers,
        "different_questions": len(tally.told),
        "versions_published": len(tally.published), "versions_seen": len(tally.seen),
        **{f"p{share}_s": round(tally.took(share / 100), 3) for share in (50, 95, 99)},
        "slowest_s": round(tally.took(1), 2), "memory_mb": tally.memory(),
        "wrong": len(tally.wrong), "errors": len(tally.errors),
        "first_wrong": tally.wrong[:10], "first_errors": tally.errors[:10],
        "server_said": tally.server_said[:6000],
    }, indent=1, ensure_ascii=False))  # fmt: skip
    return int(bool(tally.wrong or tally.errors))


if __name__ == "__main__":
    sys.exit(main())
