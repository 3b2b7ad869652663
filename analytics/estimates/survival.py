"""Time to an event, with those who have not come to it yet: Kaplan–Meier medians and curves.

Medians come from statsmodels (interval of Brookmeyer and Crowley), curves from lifelines
(exponential Greenwood); both intervals are complementary log-log. They take businesses for cases
and know neither weights nor groups, and the indicators' caveats say so.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

#: a cell's columns beside its keys
FOUND = ("value", "low", "high", "median_not_reached")
#: a point of a curve beside its keys
POINT = ("since", "value", "low", "high", "few_still_followed")
#: the curve stops where one case more would move it by more than this
LARGEST_STEP = 0.05


def median_times(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The median time of each cell.

    Args:
        rows: ``months``, ``event`` (1 seen, 0 not yet), ``n`` (cases with both), the keys.

    Returns:
        The keys, then ``FOUND``. Where fewer than half have come to the event there is no median;
        a bound that the curve never reaches is missing, not infinite.
    """
    cells = rows.groupby(keys) if keys else [((), rows)]
    found = [{**dict(zip(keys, key, strict=True)), **_median(cell)} for key, cell in cells]
    return pd.DataFrame(found, columns=[*keys, *FOUND])


def _median(cell: pd.DataFrame) -> dict[str, object]:
    from statsmodels.duration.survfunc import SurvfuncRight

    if not cell["event"].any():
        return {"value": np.nan, "low": np.nan, "high": np.nan, "median_not_reached": True}
    times = cell.loc[cell.index.repeat(cell["n"])]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        curve = SurvfuncRight(times["months"].to_numpy(float), times["event"].to_numpy(int))
        value = float(curve.quantile(0.5))
        low, high = (float(bound) for bound in curve.quantile_ci(0.5))
        after = np.asarray(curve.surv_prob)[np.asarray(curve.surv_times) == value]
    # So many cases that no time but the median's own is near: the curve steps over the half there.
    if np.isnan(low) and np.isnan(high) and after.size and after[0] > 0:
        low = high = value
    low, high = (bound if np.isfinite(bound) else np.nan for bound in (low, high))
    return {"value": value, "low": low, "high": high, "median_not_reached": np.isnan(value)}


def curves(rows: pd.DataFrame, keys: list[str], last: int) -> pd.DataFrame:
    """The share in which the event has come by each month from 0 to ``last``, cell by cell.

    Args:
        rows: as for ``median_times``.

    Returns:
        The keys, then ``POINT``; no value (NaN) where so few were still waiting that one of them
        would move the curve by more than ``LARGEST_STEP``.
    """
    cells = rows.groupby(keys) if keys else [((), rows)]
    found = [_curve(cell, last).assign(**dict(zip(keys, key, strict=True))) for key, cell in cells]
    columns = [*keys, *POINT]
    return pd.concat(found)[columns] if found else pd.DataFrame(columns=columns)


def _curve(cell: pd.DataFrame, last: int) -> pd.DataFrame:
    from lifelines import KaplanMeierFitter

    timeline = np.arange(last + 1)
    months, n = cell["months"].to_numpy(float), cell["n"].to_numpy(float)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        fit = KaplanMeierFitter().fit(months, cell["event"], weights=n, timeline=timeline)
    come = 1 - fit.survival_function_.to_numpy()[:, 0]
    high, low = 1 - fit.confidence_interval_.to_numpy().T
    followed = np.array([n[months >= month].sum() for month in timeline])
    few = 1 - come > LARGEST_STEP * followed
    point = [np.where(few, np.nan, column) for column in (come, low, high)]
    return pd.DataFrame(dict(zip(POINT, [timeline.astype(str), *point, few], strict=True)))


def at_each_month(relation: str, time: str, event: str, months: Sequence[int]) -> str:
    """A mart's rows once for each of the ``months`` since.

    ``time`` then holds whether the event had come by that month, ``event`` is 1. A row whose state
    is not known any more at a month is not among that month's, but where it is the only one asked.
    """
    known = f"r.{event} = 1 OR r.{time} >= s.month" if len(months) > 1 else "TRUE"
    return f"""(SELECT r.* REPLACE (
            CASE WHEN r.{event} = 1 AND r.{time} <= s.month THEN 1 ELSE 0 END AS {time},
            1 AS {event}), CAST(s.month AS VARCHAR) AS since
        FROM {relation} r CROSS JOIN (SELECT unnest({list(months)}) AS month) s
        WHERE {known})"""
