"""What a package estimates in the place of a ratio of sums: survey means, median times, curves."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd

from analytics.estimates.mart import DIVIDED
from analytics.estimates.question import Question, has_of, y_of
from analytics.estimates.survey import survey_means, waves_of
from analytics.estimates.survival import curves, median_times
from analytics.selection import LAST_MONTH_SINCE


def with_design(
    con: duckdb.DuckDBPyConnection, question: Question, frame: pd.DataFrame
) -> pd.DataFrame:
    """Survey means in the place of ratios of sums; the rest of each cell stays."""
    keys, indicator = list(question.keys), question.indicator
    stored = question.relation == DIVIDED
    if stored:
        cuts = [[one[-1].removeprefix("m.")] for one in question.grouping]
        named = [f"m.{name}" for name in ("period_kind", "period", *(n for [n] in cuts))]
    else:
        cuts = [keys]
        named = [f"CAST({sql} AS VARCHAR) AS {name}" for name, sql in question.keys.items()]
    spans = question.relation not in (question.mart.name, DIVIDED)
    columns = [
        *named, f"{y_of(indicator)} AS y", "m.weight",
        # Numbers, for text by the ten thousand is slow to carry and to group.
        "hash(m.stratum) AS stratum", "hash(m.psu) AS psu",
        # What is stored counts by whole periods.
        "1 AS counts" if stored else f"CASE WHEN {question.where} THEN 1 ELSE 0 END AS counts",
        "hash(m.person, m.stratum) AS _row",
        "0 AS _survey" if spans else "hash(m.period_kind, m.period) AS _survey",
    ]  # fmt: skip
    wanted, bound = question.division
    counted = [has_of(indicator), "m.weight IS NOT NULL", *wanted, *([question.where] * stored)]
    # The relation's own values are bound before those of the condition.
    rows = con.execute(
        f"WITH r AS (SELECT * FROM {question.relation}) SELECT {', '.join(columns)} "
        f"FROM r m WHERE {' AND '.join(counted)}",
        [*question.parameters, *bound],
    ).df()
    frames = []
    for own in cuts:
        told, waves = waves_of(rows.dropna(subset=own), own)
        found = survey_means(told, own, share=indicator.bounded)
        if stored:
            periods = waves.merge(rows.drop_duplicates("_survey"), on="_survey")
            found = periods[["wave", "period_kind", "period"]].merge(found, on="wave")
            found = found.rename(columns={own[0]: "key"}).assign(dimension=own[0])
        frames.append(found.astype(dict.fromkeys(keys, object)))
    filled = [found for found in frames if len(found)] or frames[:1]
    return _replaced(frame, pd.concat(filled), keys, "few_groups_in_stratum", indicator.scale)


def with_times(
    con: duckdb.DuckDBPyConnection, question: Question, frame: pd.DataFrame
) -> pd.DataFrame:
    """Median times, or points of curves, in the place of ratios of sums."""
    indicator, since = question.indicator, question.since
    asked = replace(question, since=None, timed=True)
    keys = {name: sql for name, sql in question.keys.items() if name != since}
    named = [f"{expression} AS {name}" for name, expression in keys.items()]
    columns = [*named, f"m.{indicator.numerator} AS months", f"m.{indicator.denominator} AS event"]
    positions = ", ".join(str(n + 1) for n in range(len(columns)))
    rows = con.execute(
        f"SELECT {', '.join([*columns, 'count(*) AS n'])} FROM {asked.rows()} "
        f"WHERE {has_of(indicator)} AND m.weight IS NOT NULL GROUP BY {positions}",
        asked.values,
    ).df()
    if indicator.statistic == "median_months":
        found = median_times(rows, list(keys))
        return _replaced(frame, found, list(keys), "median_not_reached", 1)
    found = curves(rows, list(keys), LAST_MONTH_SINCE)
    if since:
        found = found.rename(columns={"since": since})
    else:
        found = found[found["since"] == str(LAST_MONTH_SINCE)].reset_index(drop=True)
    return _replaced(frame, found, list(question.keys), "few_still_followed", 1)


def _replaced(
    frame: pd.DataFrame, found: pd.DataFrame, keys: list[str], flag: str, scale: float
) -> pd.DataFrame:
    """Value, interval and one caveat of each cell from a package's answer."""
    own = ["value", "low", "high"]
    kept = frame.drop(columns=own)
    if found.empty:
        return frame.assign(value=np.nan, low=np.nan, high=np.nan)
    joined = kept.merge(found, on=keys, how="left") if keys else kept.join(found)
    joined[own] = joined[own].astype(float) * scale
    flagged = joined[flag].eq(True)
    # A cell without caveats holds None or, after other frames were joined, NaN.
    known = (text if isinstance(text, str) else "" for text in joined["caveats"])
    texts = zip(known, flagged, strict=True)
    joined["caveats"] = [" ".join(t for t in (c, flag * f) if t) or None for c, f in texts]
    return joined[frame.columns]
