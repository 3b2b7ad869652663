"""Exact estimates from a mart: ratios of sums, once for every question shape.

``write_estimates`` runs the shapes that pages ask at build time; ``compute`` answers a staff
member's free question with the same SQL. Nothing here rounds or hides: see ``disclosure.gate``.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd

from analytics.estimates.intervals import ratio_intervals
from analytics.indicator import Indicator, indicators

#: what the build estimates by, one at a time; columns of the relation that ``_divided`` makes
DIMENSIONS = (
    "nation", "region_2023", "region_2012", "unit_2023", "unit_2012", "cercle", "partner",
    "group_type", "network", "wlie",
)  # fmt: skip

#: columns of an exact estimate beside its keys
MEASURES = (
    "value", "low", "high", "median", "numerator", "denominator", "n_groups", "n_people",
    "expected", "numerator_absolute", "numerator_top1", "numerator_top2",
    "denominator_absolute", "denominator_top1", "denominator_top2",
)  # fmt: skip


def write_estimates(con: duckdb.DuckDBPyConnection) -> None:
    """Create ``estimate``: every indicator × dimension × period, exact."""
    by_mart: dict[str, list[Indicator]] = {}
    for found in indicators().values():
        by_mart.setdefault(found.mart, []).append(found)
    frames = [_all_dimensions(con, mart, group) for mart, group in by_mart.items()]
    everything = pd.concat(frames, ignore_index=True)
    con.register("_estimates", everything)
    con.execute(
        """CREATE TABLE estimate AS SELECT * FROM _estimates
        ORDER BY indicator, dimension, period_kind, period, key"""
    )
    con.unregister("_estimates")


def _divided(mart: str) -> str:
    """A mart with every dimension as a column that is never empty."""
    return f"""(SELECT m.* REPLACE (coalesce(m.cercle, 'not_specified') AS cercle),
            'mali' AS nation, new.unit AS unit_2023, old.unit AS unit_2012
        FROM {mart} m
        LEFT JOIN region_unit new ON new.division = '2023' AND new.region = m.region_2023
        LEFT JOIN region_unit old ON old.division = '2012' AND old.region = m.region_2012) m"""


def _all_dimensions(
    con: duckdb.DuckDBPyConnection, mart: str, group: Sequence[Indicator]
) -> pd.DataFrame:
    con.execute(f"CREATE TEMP TABLE divided AS SELECT * FROM {_divided(mart)}")
    # In each grouping set one dimension has values and all others are empty.
    chosen = " ".join(f"WHEN grouping(m.{name}) = 0 THEN '{name}'" for name in DIMENSIONS)
    keys = {
        "dimension": f"CASE {chosen} END",
        "key": f"coalesce({', '.join(f'm.{name}' for name in DIMENSIONS)})",
        "period_kind": "m.period_kind",
        "period": "m.period",
    }
    sets = ", ".join(f"(m.period_kind, m.period, m.{name})" for name in DIMENSIONS)
    # One query an indicator: the cost of a query grows faster than its number of aggregates.
    frames = [
        _aggregate(con, found, "divided m", keys, grouping=f"GROUPING SETS ({sets})")
        for found in group
    ]
    con.execute("DROP TABLE divided")
    return pd.concat(frames, ignore_index=True)


def compute(
    con: duckdb.DuckDBPyConnection,
    indicator: Indicator,
    keys: dict[str, str],
    where: str,
    parameters: Sequence[object],
    relation: str | None = None,
) -> pd.DataFrame:
    """One indicator over a free question.

    Args:
        keys: name → expression over the mart ``m``; one row a combination.
        where: condition over the mart with bound values ``parameters``.
        relation: another relation with the mart's columns (a last observation in a free span).

    Returns:
        The key columns, then ``MEASURES``.
    """
    source = f"(SELECT * FROM {relation or indicator.mart} m WHERE {where}) m"
    frame = _aggregate(con, indicator, source, keys, parameters)
    return frame.drop(columns="indicator")


def _aggregate(
    con: duckdb.DuckDBPyConnection,
    indicator: Indicator,
    source: str,
    keys: dict[str, str],
    parameters: Sequence[object] = (),
    grouping: str | None = None,
) -> pd.DataFrame:
    """One indicator in one pass over a relation ``m``, one row a combination of keys."""
    named = [f"{expression} AS {name}" for name, expression in keys.items()]
    grouping = grouping or ", ".join(keys.values())
    frame = con.execute(
        f"SELECT {', '.join([*named, *_parts(indicator)])} FROM {source}"
        + (f" GROUP BY {grouping}" if grouping else ""),
        list(parameters),
    ).df()
    frame.insert(0, "indicator", indicator.id)
    return _finish(frame, indicator)


_COLLECTED = (
    "n_groups", "n_people", "expected", "numerator", "denominator", "nn", "nd", "dd", "median",
    "numerator_absolute", "numerator_top1", "numerator_top2",
    "denominator_absolute", "denominator_top1", "denominator_top2",
)  # fmt: skip


def _parts(indicator: Indicator) -> list[str]:
    """The sums behind one indicator; a group lacking an input is in none of them."""
    y = f"CAST(m.{indicator.numerator} AS DOUBLE)"
    x = f"CAST(m.{indicator.denominator} AS DOUBLE)" if indicator.denominator else "1.0"
    has = f"m.{indicator.numerator} IS NOT NULL"
    if indicator.denominator:
        has += f" AND m.{indicator.denominator} IS NOT NULL"
    only = f"FILTER (WHERE {has})"
    median = f"median({y} / {x}) FILTER (WHERE {has} AND {x} <> 0)"
    made = {
        "n_groups": f"count(*) {only}",
        "n_people": f"coalesce(sum(m.members) {only}, 0)",
        "expected": f"coalesce(sum(m.{indicator.population}), 0)",
        "numerator": f"sum({y}) {only}",
        "denominator": f"sum({x}) {only}",
        "nn": f"sum({y} * {y}) {only}",
        "nd": f"sum({x} * {y}) {only}",
        "dd": f"sum({x} * {x}) {only}",
        "median": median if indicator.denominator else "NULL::DOUBLE",
        "numerator_absolute": f"sum(abs({y})) {only}",
        "numerator_top1": f"list_extract(max(abs({y}), 2) {only}, 1)",
        "numerator_top2": f"list_extract(max(abs({y}), 2) {only}, 2)",
        "denominator_absolute": f"sum(abs({x})) {only}",
        "denominator_top1": f"list_extract(max(abs({x}), 2) {only}, 1)",
        "denominator_top2": f"list_extract(max(abs({x}), 2) {only}, 2)",
    }
    return [f"{made[measure]} AS {measure}" for measure in _COLLECTED]


def _finish(frame: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """Divide after summing; 0/0 and x/0 are no data."""
    numerator = frame["numerator"].to_numpy(float)
    denominator = frame["denominator"].to_numpy(float)
    n = frame["n_groups"].to_numpy(float)
    if indicator.statistic == "total":
        value = np.where(n > 0, numerator, np.nan)
        low = high = np.full(len(frame), np.nan)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(denominator != 0, numerator / denominator, np.nan)
        low, high = ratio_intervals(
            value, n, frame["nn"].to_numpy(float), frame["nd"].to_numpy(float),
            frame["dd"].to_numpy(float), denominator, np.full(len(frame), indicator.bounded),
        )  # fmt: skip
    # What cannot be negative in any group is not negative at the end of an interval either.
    positive = frame["numerator_absolute"].to_numpy(float) == numerator
    low = np.where(positive, np.maximum(low, 0), low) if indicator.denominator else low
    finished = frame.assign(value=value, low=low, high=high)
    for count in ("n_groups", "n_people", "expected"):
        finished[count] = finished[count].astype("int64")
    if indicator.statistic == "total":
        finished["denominator"] = np.nan
    keys = [c for c in frame.columns if c not in _COLLECTED]
    return finished[[*keys, *MEASURES]]
