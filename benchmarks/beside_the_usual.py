"""Three charts over the same ledger: this application beside a usual Streamlit page.

    python -m benchmarks.beside_the_usual [--groups N] [--times N] [--repeats N] [--json]

The usual page (``usual/usual.py``) keeps the ledger in a pandas frame and draws with
plotly.express. Both are opened in the same Chromium behind the same counting relay: bytes of a
first visit, seconds to the first chart at 1 Mbit/s and 300 ms, milliseconds of a view change (from
the choice of a region until nothing runs, in the browser), memory of the server. Then again with
``--times`` as many rows. What is worse is printed like what is better.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from benchmarks.first_visit import (
    CHROMIUM_FLAGS,
    ROOT,
    Relay,
    chromium,
    open_page,
    seconds_on_slow_line,
)
from benchmarks.serve import serving
from benchmarks.view_change import make_home

USUAL = ROOT / "benchmarks" / "usual" / "usual.py"
SETTLED = '[data-test-script-state="notRunning"]'
RUNNING = '[data-test-script-state="running"]'


def ledger_of(home: Path) -> Path:
    """The records as a data officer would hand them over: one table with the region in it."""
    path = home / "usual.parquet"
    if not path.exists():
        duckdb.execute(
            f"""COPY (
                SELECT o.*, g.region, year(o.obs_date) || '-Q' || quarter(o.obs_date) AS quarter
                FROM read_parquet('{home}/landed/vsla_observation/*.parquet') o
                JOIN read_parquet('{home}/landed/vsla_group/*.parquet') g USING (group_id)
            ) TO '{path}' (FORMAT parquet)"""
        )
    return path


def change_views(browser: Browser, address: str, repeats: int) -> list[float]:
    """Milliseconds from choosing another region until the charts stand still."""
    page = browser.new_context().new_page()
    page.goto(address, timeout=120_000)
    page.wait_for_selector(".main-svg", timeout=120_000)
    page.wait_for_selector(SETTLED, timeout=120_000)
    box = page.locator('[data-testid="stSelectbox"] input').first
    told = []
    for _ in range(repeats):
        box.click()
        page.keyboard.press("ArrowDown")
        page.wait_for_selector('[role="option"]')
        begun = time.perf_counter()
        page.keyboard.press("Enter")
        # A short run may be over before it is seen to run.
        with contextlib.suppress(PlaywrightError):
            page.wait_for_selector(RUNNING, timeout=300)
        page.wait_for_selector(SETTLED, timeout=120_000)
        told.append(1000 * (time.perf_counter() - begun))
    page.context.close()
    return told


@contextlib.contextmanager
def environment(**values: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def measure(app: Path, home: Path | None, path: str, repeats: int) -> dict[str, Any]:
    """One application, opened and used."""
    with serving(home, app=app) as server, sync_playwright() as driver:
        relay = Relay(server.port)
        browser = driver.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        open_page(browser.new_context(), relay, path)
        context = browser.new_context()
        first, repeat = open_page(context, relay, path), open_page(context, relay, path)
        slow = [seconds_on_slow_line(browser, relay, path, ".main-svg") for _ in range(2)]
        before = relay.down
        told = change_views(browser, f"http://127.0.0.1:{relay.port}{path}", repeats)
        opened = relay.down - before
        found = {
            "first_visit_bytes": first.bytes_down,
            "repeat_visit_bytes": repeat.bytes_down,
            "other_hosts": len(first.foreign),
            "slow_line_s": round(statistics.median(slow), 1),
            "view_change_ms": round(statistics.median(told)),
            "view_change_bytes": max(0, opened - first.bytes_down) // repeats,
            "memory_mb": server.megabytes,
        }
        browser.close()
    return found


def main() -> int:
    """Measure both, once and with many times the rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--groups", type=int, default=300)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="keep the homes here")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        told: dict[str, Any] = {}
        for times in (1, options.times):
            home = folder / f"x{times}"
            home.mkdir(parents=True, exist_ok=True)
            made = make_home(home, options.groups * times)
            with environment(USUAL_LEDGER=str(ledger_of(home).resolve())):
                usual = measure(USUAL, None, "/", options.repeats)
            ours = measure(ROOT / "app.py", home, "/savings", options.repeats)
            told[f"{made['observations']:,} records"] = {"usual": usual, "this": ours}
    if options.json:
        print(json.dumps(told, indent=2))
        return 0
    for rows, pair in told.items():
        print(f"\n{rows:<28}{'usual':>14}{'this':>14}{'this / usual':>14}")
        for name, theirs in pair["usual"].items():
            own = pair["this"][name]
            ratio = f"{own / theirs:.2f}" if theirs else ""
            print(f"{name:<28}{theirs:>14,}{own:>14,}{ratio:>14}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
