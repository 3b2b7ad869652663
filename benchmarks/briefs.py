"""How long a brief takes: every brief in every format, browser warm, pictures kept and not kept.

    python -m benchmarks.briefs HOME
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from analytics.briefs.compose import BRIEFS, compose
from analytics.publishing import render
from analytics.publishing.documents.write import FORMATS, write_document
from analytics.selection import Selection
from analytics.warehouse.home import Home
from analytics.warehouse.read import open_reader


def main(root: Path) -> None:
    home = Home(root)
    reader = open_reader(home)
    with tempfile.TemporaryDirectory() as folder:
        # Pictures of earlier runs would make the first look like the second.
        render.CACHE = Path(folder) / "pictures"
        warm = compose(home, reader, "ministry", Selection(), "en")
        write_document(warm, Path(folder) / "warm.html")
        for lang, told in (("fr", "pictures drawn"), ("fr", "pictures kept")):
            for name in BRIEFS:
                seconds = {}
                for suffix in FORMATS:
                    start = time.perf_counter()
                    document = compose(home, reader, name, Selection(), lang)
                    write_document(document, Path(folder) / f"{name}.{suffix}")
                    seconds[suffix] = time.perf_counter() - start
                shown = "  ".join(f"{suffix} {spent:5.2f}" for suffix, spent in seconds.items())
                middle = statistics.median(seconds.values())
                print(f"{told:15} {name:15} {shown}  median {middle:.2f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
