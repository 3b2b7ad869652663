"""How much the public still sees: the share of cells published, by size of network.

    python -m benchmarks.utility [--groups 300 1200] [--home DIR]

For each size a demonstration is made, landed and built without claims (10,000 groups take about
half an hour and 4 GB). Of the cells that hold data and that the public may ask for, how many are
published, and why the others are not: too few people or groups, a few groups hold the value, or
only because another cell could be had by subtraction.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from analytics.demonstration import write_demonstration
from analytics.indicator import indicators
from analytics.pipeline import build
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import open_reader

_FEW = "(e.n_groups < CASE WHEN k.total THEN 10 ELSE 3 END OR e.n_people < 10)"
_HELD = """(e.numerator_top1 > 0.7 * e.numerator_absolute
    OR e.numerator_top1 + coalesce(e.numerator_top2, 0) > 0.9 * e.numerator_absolute
    OR e.denominator_top1 > 0.7 * e.denominator_absolute
    OR e.denominator_top1 + coalesce(e.denominator_top2, 0) > 0.9 * e.denominator_absolute)"""


def shares(home: Home) -> dict[str, Any]:
    """For nation, regions and breakdowns: cells, share published, and why the others are not."""
    gated = [(i.id, i.klass == "total") for i in indicators().values() if i.klass != "open"]
    known = ", ".join(f"('{name}', {total})" for name, total in gated)
    rows = open_reader(home).query(
        f"""SELECT CASE WHEN p.dimension LIKE 'unit%' THEN 'regions'
                WHEN p.dimension = 'nation' THEN 'nation' ELSE 'breakdowns' END AS of,
            count(*), count(*) FILTER (p.status = 'published'),
            count(*) FILTER (p.status = 'suppressed' AND {_FEW}),
            count(*) FILTER (p.status = 'suppressed' AND NOT {_FEW} AND {_HELD}),
            count(*) FILTER (p.status = 'suppressed' AND NOT {_FEW}
                AND NOT coalesce({_HELD}, FALSE))
        FROM estimate_public p JOIN estimate e
            USING (indicator, dimension, key, period_kind, period)
        JOIN (VALUES {known}) k(indicator, total) USING (indicator)
        WHERE p.status <> 'no_data' GROUP BY 1 ORDER BY 1"""
    )
    return {
        of: {"cells": cells, "published": round(shown / cells, 4), "too_few": few,
             "held_by_few": held, "with_another": other}
        for of, cells, shown, few, held, other in rows
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, nargs="*", default=[300, 1200])
    parser.add_argument("--home", type=Path, help="look at this home instead")
    arguments = parser.parse_args()
    if arguments.home:
        print(json.dumps(shares(Home(arguments.home)), indent=1))
        return
    for groups in arguments.groups:
        with tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder) / "home")
            write_demonstration(Path(folder) / "files", groups=groups)
            import_files(home, [Path(folder) / "files"])
            begun = time.perf_counter()
            report = build(home, claims=False)
            seconds = round(time.perf_counter() - begun)
            print(json.dumps({"groups": groups, "seconds": seconds, **shares(home),
                              "disclosure": report.disclosure}), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
