"""Exact estimates from a mart: one way for what the build stores and for what is asked freely.

``compute`` answers a staff member's free question; ``stored`` runs the shapes that pages ask at
build time through the same ``answer``. Nothing here rounds or hides: see ``disclosure.gate``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import duckdb
import numpy as np
import pandas as pd

from analytics.estimates.groups import Reading, columns_of, in_parts, reading_of
from analytics.estimates.intervals import ratio_intervals
from analytics.estimates.mart import mart_of
from analytics.estimates.packages import with_design, with_times
from analytics.estimates.question import Question
from analytics.estimates.sums import over_the_whole, sums_in_sql
from analytics.indicator import Indicator

#: columns of an exact estimate beside its keys
MEASURES = (
    "value", "low", "high", "median", "numerator", "denominator", "n_groups", "n_people",
    "expected", "numerator_absolute", "numerator_top1", "numerator_top2",
    "denominator_absolute", "denominator_top1", "denominator_top2", "caveats",
)  # fmt: skip
_COUNTS = ("n_groups", "n_people", "expected")


def compute(
    con: duckdb.DuckDBPyConnection,
    indicator: Indicator,
    keys: dict[str, str],
    where: str,
    parameters: Sequence[object],
    relation: str | None = None,
    parted: dict[str, str | None] | None = None,
) -> pd.DataFrame:
    """One indicator over a free question.

    Args:
        keys: name → expression over the mart ``m``; one row a combination.
        where: condition over the mart with bound values ``parameters``.
        relation: another relation with the mart's columns (a last observation in a free span).
        parted: breakdowns of the question that divide the numerator alone (see ``Question``).

    Returns:
        The key columns, then ``MEASURES``.
    """
    mart = mart_of(con, indicator.mart)
    question = Question(
        indicator, mart, relation or mart.name, keys, where, tuple(parameters),
        parted=parted or {}, since="since" if "since" in keys else None,
    )  # fmt: skip
    if mart.of_groups:
        columns = columns_of(indicator, mart.columns)
        parts = [answer(con, part) for part in in_parts(con, question, len(columns))]
        frame = pd.concat(parts, ignore_index=True)
    else:
        frame = answer(con, question)
    frame = frame.drop(columns="indicator")
    return frame[frame[list(keys)].notna().all(axis=1)] if keys else frame


def answer(
    con: duckdb.DuckDBPyConnection, question: Question, reading: Reading | None = None
) -> pd.DataFrame:
    """The answer to a question, one row a combination of its keys.

    Args:
        reading: of the rows of groups asked about, where several questions share one.

    Returns:
        The column ``indicator``, the keys, then ``MEASURES``.
    """
    if question.mart.of_groups:
        sums = (reading or reading_of(con, question, [question.indicator])).sums
    else:
        sums = partial(sums_in_sql, con)
    frame = sums(question)
    if question.parted:
        frame = over_the_whole(question, frame, sums)
    frame.insert(0, "indicator", question.indicator.id)
    frame = _finish(frame, question)
    if question.indicator.statistic == "mean":
        frame = with_design(con, question, frame)
    elif question.indicator.statistic in ("median_months", "curve"):
        frame = with_times(con, question, frame)
    return frame


def _finish(frame: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Divide after summing; 0/0 and x/0 are no data."""
    indicator, scale = question.indicator, question.indicator.scale
    numerator = frame["numerator"].to_numpy(float)
    denominator = frame["denominator"].to_numpy(float)
    n = frame["n_groups"].to_numpy(float)
    low = high = np.full(len(frame), np.nan)
    if indicator.statistic == "total":
        value = numerator
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(denominator != 0, numerator / denominator, np.nan)
        if not (question.mart.of_places or question.mart.of_sums):
            low, high = ratio_intervals(
                value, n, frame["nn"].to_numpy(float), frame["nd"].to_numpy(float),
                frame["dd"].to_numpy(float), denominator, np.full(len(frame), indicator.bounded),
            )  # fmt: skip
            # What is negative in no group is not negative at the end of an interval either.
            positive = frame["numerator_absolute"].to_numpy(float) == numerator
            low = np.where(positive, np.maximum(low, 0), low)
    finished = frame.assign(
        value=scale * value, low=scale * low, high=scale * high,
        median=scale * frame["median"].to_numpy(float),
        caveats=_caveats(frame, indicator),
    )  # fmt: skip
    for count in _COUNTS:
        finished[count] = finished[count].astype("int64")
    if indicator.statistic == "total":
        finished["denominator"] = np.nan
    return finished[["indicator", *question.keys, *MEASURES]]


def _caveats(frame: pd.DataFrame, indicator: Indicator) -> list[str | None]:
    """The codes of what is particular to each cell, separated by spaces."""
    flags = {code: frame[f"caveat_{code}"].eq(1).fillna(False) for code in indicator.cell_caveats}
    rows = zip(*flags.values(), strict=True) if flags else ((),) * len(frame)
    told = (" ".join(c for c, held in zip(flags, row, strict=True) if held) for row in rows)
    return [text or None for text in told]
