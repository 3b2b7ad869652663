"""Median time to an event, with those who have not come to it yet (Kaplan–Meier, statsmodels).

The interval is that of the survival curve (Brookmeyer–Crowley, complementary log-log); it takes
businesses for cases and knows neither weights nor groups, and the indicator's caveats say so.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

#: a cell's columns beside its keys
FOUND = ("value", "low", "high", "median_not_reached")


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
