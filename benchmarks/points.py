"""How long points take to find their cercle, and how often they find another one.

    python -m benchmarks.points ADM2 [--localities ssm_localites.xlsx] [--points 1000000]

``ADM2`` is a file of the cercles. The points are localities moved by up to some kilometres, else
spread evenly over the country's box. Localities are OCHA's of 2015, each with the name of its
cercle; three cercles carved out of Ménaka since count as errors.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas

from analytics.geography.boundaries import read_boundaries
from analytics.geography.layers import assign_points
from analytics.geography.places import region_of, resolve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("adm2", type=Path)
    parser.add_argument("--localities", type=Path)
    parser.add_argument("--points", type=int, default=1_000_000)
    arguments = parser.parse_args()
    [layer] = read_boundaries(arguments.adm2.name, arguments.adm2)
    shapes = {shape.place: shape.geometry for shape in layer.shapes}
    rng = np.random.default_rng(1)
    found: dict[str, object] = {"cercles": len(shapes), "points": arguments.points}
    lon = rng.uniform(-12.3, 4.3, arguments.points)
    lat = rng.uniform(10.1, 25.0, arguments.points)
    if arguments.localities:
        told = pandas.read_excel(
            arguments.localities, usecols=["longitude", "latitude", "admin2Name"]
        )
        found |= errors(told, shapes)
        chosen = rng.integers(0, len(told), arguments.points)
        lon = told["longitude"].to_numpy()[chosen] + rng.normal(0, 0.02, arguments.points)
        lat = told["latitude"].to_numpy()[chosen] + rng.normal(0, 0.02, arguments.points)
    start = time.perf_counter()
    assign_points(lon, lat, shapes)
    found["seconds"] = round(time.perf_counter() - start, 2)
    print(json.dumps(found, indent=1))


def errors(told: pandas.DataFrame, shapes: dict) -> dict[str, object]:
    """Share of localities outside every cercle, in another cercle, in another region of 2023."""
    names = {name: resolve(name, level="cercle").place for name in told["admin2Name"].unique()}
    true = told["admin2Name"].map(names).to_numpy()
    given = assign_points(told["longitude"], told["latitude"], shapes)
    regions = [region_of(t, "2023") != (g and region_of(g, "2023"))
               for t, g in zip(true, given, strict=True)]  # fmt: skip
    return {
        "localities": len(told),
        "outside": int((given == "").sum()),
        "other_cercle": round(float((given != true).mean()), 4),
        "other_region_2023": round(float(np.mean(regions)), 4),
    }


if __name__ == "__main__":
    main()
