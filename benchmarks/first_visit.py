"""What a first visit and a click cost: bytes on the wire, and who else was asked for anything.

    python -m benchmarks.first_visit --home data/demo [--query lang=en] [--slow] [--json]

Starts the application on a free port behind a relay that counts every byte in both
directions (headers, compressed websocket frames and all), opens it in headless Chromium with
an empty cache, waits until nothing moves, then opens it again; then chooses regions on the Regions
page, where a click changes most. Exit code 1 when a first visit, a repeat visit or a click is over
budget, anything was asked of another host, or the page broke its own content security policy.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import statistics
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.serve import serving

ROOT = Path(__file__).parents[1]
BUDGET_BYTES = 2_500_000
REPEAT_BYTES = 100_000
CLICK_BYTES = 20_000
QUIET_SECONDS = 2.0
#: 1 Mbit/s and 300 ms: a fair mobile connection in a regional capital.
SLOW_LINE = {
    "offline": False,
    "latency": 300,
    "downloadThroughput": 125_000,
    "uploadThroughput": 125_000,
}
#: the application's script has run, or a light page is there
READY = '[data-test-script-state="notRunning"], body > main > h1'
#: who visits: a telephone that says so, a narrow window that says nothing, a desk
VISITORS: dict[str, dict[str, Any]] = {
    "desk": {},
    "narrow": {"viewport": {"width": 390, "height": 844}},
    "phone": {
        "viewport": {"width": 390, "height": 844}, "is_mobile": True, "device_scale_factor": 2,
        "user_agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Mobile Safari/537.36",
    },
}  # fmt: skip
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Visit:
    """One opening of the page, in bytes as they crossed the wire and seconds."""

    bytes_down: int = 0
    bytes_up: int = 0
    requests: int = 0
    websocket_payload: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    largest: list[tuple[str, int]] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Relay:
    """A TCP relay to the server that counts what passes."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.down = 0
        self.up = 0
        self.port = 0
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait(10)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await server.serve_forever()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        await asyncio.gather(
            self._pump(reader, far_writer, "up"), self._pump(far_reader, writer, "down")
        )

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await source.read(65_536):
                setattr(self, way, getattr(self, way) + len(chunk))
                sink.write(chunk)
                await sink.drain()
        sink.close()


def chromium() -> str:
    """Path of an installed Chromium or Chrome.

    Raises:
        SystemExit: when there is none.
    """
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    for candidate in (os.environ.get("BROWSER_PATH"), *map(shutil.which, names)):
        if candidate:
            return candidate
    raise SystemExit("no Chromium found: install Debian's package chromium")


def watch(page: Page, visit: Visit, host: str) -> None:
    """Fill ``visit`` from the browser's own account of what it loads."""
    session = page.context.new_cdp_session(page)
    addresses: dict[str, tuple[str, str]] = {}

    def asked(event: dict) -> None:
        url = event["request"]["url"]
        parts = urlsplit(url)
        addresses[event["requestId"]] = (event.get("type", "Other"), parts.path)
        if parts.scheme in {"http", "https"}:
            visit.requests += 1
            if parts.netloc != host:
                visit.foreign.append(url)

    def finished(event: dict) -> None:
        kind, path = addresses.get(event["requestId"], ("Other", "?"))
        size = int(event["encodedDataLength"])
        visit.by_kind[kind] = visit.by_kind.get(kind, 0) + size
        visit.largest.append((path.rsplit("/", 1)[-1] or "/", size))

    def connected(event: dict) -> None:
        if urlsplit(event["url"]).netloc != host:
            visit.foreign.append(event["url"])

    def frame(event: dict) -> None:
        visit.websocket_payload += len(event["response"]["payloadData"]) * 3 // 4

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", finished)
    session.on("Network.webSocketFrameReceived", frame)
    session.on("Network.webSocketCreated", connected)
    session.send("Network.enable")

    def said(message: str) -> None:
        if "Content Security Policy" in message:
            visit.violations.append(message)

    page.on("console", lambda message: said(message.text))


def open_page(context: BrowserContext, relay: Relay, path: str) -> Visit:
    """Open the page and wait until the script has run and nothing has moved for two seconds."""
    visit = Visit()
    page = context.new_page()
    watch(page, visit, f"127.0.0.1:{relay.port}")
    down, up, begun = relay.down, relay.up, time.perf_counter()
    page.goto(f"http://127.0.0.1:{relay.port}{path}", wait_until="load", timeout=60_000)
    visit.seconds = round(_still(page, relay) - begun, 2)
    visit.bytes_down, visit.bytes_up = relay.down - down, relay.up - up
    visit.largest = sorted(visit.largest, key=lambda item: -item[1])[:10]
    page.close()
    return visit


def _still(page: Page, relay: Relay) -> float:
    """Wait until the script has run and nothing has moved for two seconds; when that began."""
    page.wait_for_selector(READY, timeout=60_000)
    seen, since = -1, time.perf_counter()
    while time.perf_counter() - since < QUIET_SECONDS:
        page.wait_for_timeout(100)
        if relay.down != seen:
            seen, since = relay.down, time.perf_counter()
    return since


def clicks(context: BrowserContext, relay: Relay, path: str, label: str, times: int) -> list[int]:
    """Bytes that each choice of another option in the select box of that label brings down."""
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{relay.port}{path}", wait_until="load", timeout=60_000)
    _still(page, relay)
    found = []
    for number in range(1, times + 1):
        before = relay.down
        page.get_by_label(label, exact=True).first.click()
        page.get_by_role("option").nth(number).click()
        page.wait_for_timeout(300)
        _still(page, relay)
        found.append(relay.down - before)
    page.close()
    return found


def seconds_on_slow_line(
    browser: Browser, relay: Relay, path: str, wait_for: str, visitor: str = "desk"
) -> float:
    """Seconds until ``wait_for`` is on the screen at 1 Mbit/s and 300 ms, cache empty."""
    context = browser.new_context(**VISITORS[visitor])
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_LINE)
    begun = time.perf_counter()
    page.goto(f"http://127.0.0.1:{relay.port}{path}", wait_until="commit", timeout=120_000)
    page.wait_for_selector(wait_for, timeout=120_000)
    elapsed = time.perf_counter() - begun
    context.close()
    return elapsed


def report(first: Visit, repeat: Visit, moved: list[int], slow: list[float], budget: int) -> str:
    """The table people read."""
    rows = [
        ("first visit", f"{first.bytes_down:>12,} bytes   {first.requests} requests"),
        *(
            (f"  {kind.lower()}", f"{size:>12,} bytes")
            for kind, size in sorted(first.by_kind.items(), key=lambda item: -item[1])
        ),
        ("  websocket, unpacked", f"{first.websocket_payload:>12,} bytes"),
        ("sent by the browser", f"{first.bytes_up:>12,} bytes"),
        ("repeat visit", f"{repeat.bytes_down:>12,} bytes   {repeat.requests} requests"),
        ("click, largest", f"{max(moved):>12,} bytes   of {len(moved)}"),
        ("budgets", f"{budget:>12,} first, {REPEAT_BYTES:,} repeat, {CLICK_BYTES:,} a click"),
        ("other hosts asked", f"{len(first.foreign) + len(repeat.foreign):>12}"),
        ("policy violations", f"{len(first.violations) + len(repeat.violations):>12}"),
    ]
    if slow:
        rows.append(("slow line, median", f"{statistics.median(slow):>12.1f} s"))
    lines = [f"{name:<24}{value}" for name, value in rows]
    lines += ["", "largest"] + [f"{size:>14,}  {name}" for name, size in first.largest]
    lines += [*first.foreign, *first.violations, *repeat.foreign, *repeat.violations]
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and say by the exit code whether the budget is kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, help="state to serve (EVIDENCE_HOME)")
    parser.add_argument("--app", type=Path, default=ROOT / "app.py")
    parser.add_argument("--path", default="/", help="page to open")
    parser.add_argument("--query", default="", help="query string, e.g. lang=en")
    parser.add_argument("--visitor", choices=tuple(VISITORS), default="desk")
    parser.add_argument("--budget", type=int, default=BUDGET_BYTES)
    parser.add_argument("--slow", action="store_true", help="also time it at 1 Mbit/s, 300 ms")
    parser.add_argument("--wait-for", default=".main-svg", help="what --slow waits for (CSS)")
    parser.add_argument("--repeats", type=int, default=3, help="how often --slow measures")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    path = options.path + (f"?{options.query}" if options.query else "")

    with (
        serving(options.home, app=options.app.resolve()) as server,
        sync_playwright() as driver,
    ):
        relay = Relay(server.port)
        browser = driver.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        # The server's own first run imports and warms; a visitor's first visit comes after.
        visitor = VISITORS[options.visitor]
        open_page(browser.new_context(**visitor), relay, path)
        context = browser.new_context(**visitor)
        first, repeat = open_page(context, relay, path), open_page(context, relay, path)
        moved = clicks(context, relay, "/regions?lang=fr", "Région", 4)
        slow = [
            seconds_on_slow_line(browser, relay, path, options.wait_for, options.visitor)
            for _ in range(options.repeats if options.slow else 0)
        ]
        browser.close()

    kept = (
        first.bytes_down <= options.budget
        and repeat.bytes_down <= REPEAT_BYTES
        and max(moved) <= CLICK_BYTES
        and not (first.foreign + repeat.foreign + first.violations + repeat.violations)
    )
    if options.json:
        measured = {"first": asdict(first), "repeat": asdict(repeat), "clicks": moved,
                    "slow_seconds": slow}  # fmt: skip
        print(json.dumps({**measured, "budget": options.budget, "kept": kept}, indent=2))
    else:
        print(report(first, repeat, moved, slow, options.budget))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
