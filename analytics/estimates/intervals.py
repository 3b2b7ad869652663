"""Intervals of ratios of sums over groups, 95 %.

Groups are the clusters: what a group's members do is one case, not many. The variance is the
usual linearised one of a ratio estimator (Cochran 1977, §6; the same as weighted least squares of
the group ratios with HC1 errors, which the tests compare it to); the intervals themselves come
from statsmodels and scipy.
"""

from __future__ import annotations

import numpy as np

LEVEL = 0.95
#: of a difference of sums, the part that may be rounding
_ROUNDING = 1e-12
Array = np.ndarray


def ratio_intervals(
    ratio: Array, n: Array, nn: Array, nd: Array, dd: Array, denominator: Array, share: Array
) -> tuple[Array, Array]:
    """Lower and upper bounds, NaN where fewer than two groups count.

    Args:
        ratio: Σy/Σx of each cell.
        n: groups in each cell.
        nn, nd, dd: Σy², Σxy, Σx² over the groups.
        denominator: Σx.
        share: whether the ratio is a share of a whole (Wilson with the effective sample size)
            or a mean (Student's t).
    """
    from scipy import stats
    from statsmodels.stats.proportion import proportion_confint

    with np.errstate(divide="ignore", invalid="ignore"):
        residual = nn - 2 * ratio * nd + ratio**2 * dd
        # Groups that agree leave what rounding leaves of terms that cancel: no spread, not a tiny
        # one, whatever the order they were added in.
        residual = np.where(residual > _ROUNDING * (nn + ratio**2 * dd), residual, 0)
        variance = n / (n - 1) * residual / denominator**2
        low, high = stats.t.interval(LEVEL, n - 1, loc=ratio, scale=np.sqrt(variance))
        # Where groups agree exactly the t interval has no width; it is then the value itself.
        low, high = (np.where(variance == 0, ratio, bound) for bound in (low, high))
        # No spread between groups (all 0 or all 1): each group is one case.
        effective = np.where(variance > 0, ratio * (1 - ratio) / variance, n)
        effective = np.where(np.isfinite(effective) & (effective > 0), effective, n)
        inside = np.clip(ratio, 0, 1)
        wilson_low, wilson_high = proportion_confint(
            inside * effective, effective, alpha=1 - LEVEL, method="wilson"
        )
    low = np.where(share, wilson_low, low)
    high = np.where(share, wilson_high, high)
    missing = (n < 2) | ~np.isfinite(ratio)
    return np.where(missing, np.nan, low), np.where(missing, np.nan, high)
