"""Many visitors on one process while versions are published: does each see his own numbers?

    python benchmarks/load.py [--visitors 100] [--minutes 10] [--publish 60] [--groups 120]

Starts the application on a home of its own, opens that many sessions (websockets that speak
Streamlit's protocol), and has each click through the regions and languages it draws by lot. A
session knows what it asked: every answer must be for its own region and in its own language, name
one version that was published by then, and say what that version said to everyone who asked the
same. Meanwhile versions are published one after another by the command line. Said at the end:
answers, wrong ones, errors, seconds an answer took, and the server's memory over time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from analytics.demonstration import write_demonstration
from analytics.geography.places import place_name, region_units
from analytics.pipeline import build
from analytics.settings import PROJECT
from analytics.text import say
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import Reader

#: a page may take so long under load before it counts as an error
PATIENCE = 60


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


def texts(message: ForwardMsg) -> list[str]:
    """What an element of a page says."""
    if message.WhichOneof("type") != "delta" or not message.delta.HasField("new_element"):
        return []
    element = message.delta.new_element
    kind = element.WhichOneof("type") or ""
    part = getattr(element, kind, None)
    return [str(getattr(part, name)) for name in ("body", "spec") if hasattr(part, name)]


async def visit(url: str, units: dict[str, str], end: float, rng: random.Random,
                tally: Tally, wait: tuple[float, float]) -> None:  # fmt: skip
    """One visitor: clicks, reads, checks, waits; opens a new session now and then."""
    while time.monotonic() < end:
        try:
            async with websockets.connect(
                f"{url.replace('http', 'ws')}/_stcore/stream", max_size=None,
                subprotocols=["streamlit"],  # type: ignore[list-item]
                origin=url, open_timeout=PATIENCE,  # type: ignore[arg-type]
            ) as socket_:
                for _ in range(rng.randint(3, 12)):
                    if time.monotonic() >= end:
                        return
                    await click(socket_, units, rng, tally)
                    await asyncio.sleep(rng.uniform(*wait))
        except Exception as error:
            tally.errors.append(f"{type(error).__name__}: {error}"[:200])
            await asyncio.sleep(1)


async def click(socket_: websockets.ClientConnection, units: dict[str, str], rng: random.Random,
                tally: Tally) -> None:  # fmt: skip
    region, lang = rng.choice(list(units)), rng.choice(("fr", "en"))
    asked = BackMsg()
    asked.rerun_script.query_string = urlencode({"lang": lang, "region": region})
    asked.rerun_script.page_name = "savings"
    begun = time.perf_counter()
    await socket_.send(asked.SerializeToString())
    said: list[str] = []
    while True:
        message = ForwardMsg()
        message.ParseFromString(await asyncio.wait_for(socket_.recv(), PATIENCE))
        said += texts(message)
        if message.WhichOneof("type") == "script_finished":
            break
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


async def weigh(pid: int, end: float, tally: Tally) -> None:
    while time.monotonic() < end:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        kb = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        tally.memory_mb.append(int(kb) // 1024)
        await asyncio.sleep(5)


async def crowd(
    url: str, home: Path, pid: int, visitors: int, minutes: float, every: float, seed: int
) -> Tally:
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
        weigh(pid, end, tally),
        *(visit(url, units, end, random.Random(rng.random()), tally, (1.0, 8.0))
          for _ in range(visitors)),
    )  # fmt: skip
    return tally


def ready(url: str) -> None:
    """Wait for the server to be up, two minutes at most."""
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(url)


def measure(home: Path, visitors: int, minutes: float, every: float, seed: int = 1) -> Tally:
    """Serve ``home``, send the visitors, publish ``every`` so many seconds; the server is ended."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port),
             "--server.address", "127.0.0.1"],
            cwd=PROJECT, env={**os.environ, "EVIDENCE_HOME": str(home)},
            stdout=subprocess.DEVNULL, stderr=log,
        )  # fmt: skip
        try:
            ready(url)
            tally = asyncio.run(crowd(url, home, server.pid, visitors, minutes, every, seed))
        finally:
            server.terminate()
            server.wait(timeout=30)
        log.seek(0)
        tally.server_said = log.read()
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--publish", type=float, default=60, help="seconds between two versions")
    parser.add_argument("--groups", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="a home to copy instead of making one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        if arguments.home:
            shutil.copytree(arguments.home, home)
        else:
            write_demonstration(Path(folder) / "files", groups=arguments.groups, since="2021-01")
            import_files(Home(home), [Path(folder) / "files"])
            build(Home(home), claims=False)
        tally = measure(home, arguments.visitors, arguments.minutes, arguments.publish,
                        arguments.seed)  # fmt: skip
    took = sorted(tally.seconds) or [0.0]
    weights = tally.memory_mb or [0]
    print(json.dumps({
        "visitors": arguments.visitors, "minutes": arguments.minutes, "answers": tally.answers,
        "different_questions": len(tally.told),
        "versions_published": len(tally.published), "versions_seen": len(tally.seen),
        "median_s": round(statistics.median(took), 3),
        "p95_s": round(took[int(0.95 * (len(took) - 1))], 3), "slowest_s": round(took[-1], 2),
        "memory_mb": {"start": weights[0], "end": weights[-1], "most": max(weights),
                      "course": weights[:: max(1, len(weights) // 12)]},
        "wrong": len(tally.wrong), "errors": len(tally.errors),
        "first_wrong": tally.wrong[:10], "first_errors": tally.errors[:10],
        "server_said": tally.server_said[:6000],
    }, indent=1, ensure_ascii=False))  # fmt: skip
    return int(bool(tally.wrong or tally.errors))


if __name__ == "__main__":
    sys.exit(main())
