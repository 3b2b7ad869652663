"""Files of a figure: seconds warm and cached, against the budget (picture 0.5 s, cached 0.05 s).

``python -m benchmarks.publishing --home data/demo``: medians; also bytes of the light pages and of
the largest region's bundle.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import brotli

from analytics import light
from analytics.light.visit import Light
from analytics.publishing import render
from analytics.publishing.exhibit import Exhibit, exhibit
from analytics.publishing.figure import FORMATS
from analytics.publishing.question import Drawing, parse
from analytics.warehouse.home import Home
from analytics.warehouse.read import open_reader

CASES = {
    "trend": ("q-savings_per_member.quarter", Drawing("fr", "trend")),
    "bars": ("q-savings_per_member.region", Drawing("en", "bars")),
    "map": ("q-savings_per_member.region", Drawing("fr", "map")),
}


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def renamed(shown: Exhibit, number: int) -> Exhibit:
    """The same figure under another title: nothing kept fits it."""
    headline = f"{shown.figure.headline} {number}"
    return Exhibit(replace(shown.figure, headline=headline), shown.answer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    reader = open_reader(Home(given.home))
    with tempfile.TemporaryDirectory() as folder:
        render.CACHE = Path(folder)
        shown = {name: exhibit(reader, parse(id_, how)) for name, (id_, how) in CASES.items()}
        print(f"{'first picture, browser starting':40} "
              f"{seconds(partial(FORMATS['svg'], shown['trend'], 'wide')):6.3f} s")  # fmt: skip
        for name, one in shown.items():
            for suffix, size in (("svg", "wide"), ("png", "wide"), ("png", "print"),
                                 ("pdf", "wide"), ("pptx", ""), ("xlsx", ""), ("csv", ""),
                                 ("zip", "wide")):  # fmt: skip
                make = FORMATS[suffix]
                copies = [renamed(one, i) for i in range(given.runs)]
                warm, kept = ([seconds(partial(make, copy, size or "wide")) for copy in copies]
                              for _ in range(2))  # fmt: skip
                print(f"{f'{name} {suffix} {size}':40} {statistics.median(warm):6.3f} s warm "
                      f"{1000 * statistics.median(kept):7.1f} ms again")  # fmt: skip
        for page in light.PAGES:
            body = light.page(reader, page, "fr", {})
            draw = partial(light.page, reader, page, "fr", {})
            took = [seconds(draw) for _ in range(given.runs)]
            print(f"{f'light {page}':40} {statistics.median(took):6.3f} s "
                  f"{len(body):9,} B, {len(brotli.compress(body, quality=9)):7,} sent")  # fmt: skip
        places = list(Light(reader, "fr", {}).places())
        sizes = {place: len(light.bundle(reader, place, "fr")) for place in places[:4]}
        largest = max(sizes, key=lambda place: sizes[place])
        print(f"{f'bundle {largest}':40} {'':8} {sizes[largest]:9,} B")


if __name__ == "__main__":
    main()
