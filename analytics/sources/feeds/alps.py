"""WFP's Alert for Price Spikes (ALPS): how far a price stands above its seasonal trend.

Price on a constant, a linear trend and eleven monthly dummies by least squares; ALPS is the
residual in standard deviations of the residuals. Published thresholds: below 0.25 normal, 0.25 to
1 stress, 1 to 2 alert, 2 and more crisis. A series counts with three years or more between its
first and last price and a price in at least 70 % of those months (WFP's own selection; its other
two, 5 % of the energy eaten and a price in the last six months, are left to the choice of cereals
and to the freshness of the feed).
Source: WFP, Calculation and Use of the Alert for Price Spikes (ALPS) Indicator, Technical
Guidance Note, April 2014; selection: http://foodprices.vam.wfp.org/ALPS-at-a-glance.aspx
"""

from __future__ import annotations

import numpy as np

#: lower bound of each class above ``normal``
STRESS, ALERT, CRISIS = 0.25, 1.0, 2.0
MIN_MONTHS = 36
MIN_COVERAGE = 0.7


def alps(months: np.ndarray, prices: np.ndarray) -> np.ndarray | None:
    """ALPS of every month of one series, or None where the series is too short or too sparse.

    Args:
        months: month numbers (year × 12 + month − 1), each once, ascending.
        prices: the price of each month, in any one currency and unit.
    """
    span = int(months[-1] - months[0]) + 1 if len(months) else 0
    if span < MIN_MONTHS or len(months) < MIN_COVERAGE * span:
        return None
    seasons = (months[:, None] % 12 == np.arange(1, 12)[None, :]).astype(float)
    trend = (months - months[0]).astype(float)
    design = np.column_stack([np.ones(len(months)), trend, seasons])
    coefficients, _, rank, _ = np.linalg.lstsq(design, prices, rcond=None)
    residuals = prices - design @ coefficients
    freedom = len(prices) - rank
    if freedom < 1:
        return None
    deviation = float(np.sqrt(residuals @ residuals / freedom))
    if deviation <= 1e-9 * float(np.abs(prices).max() or 1):
        # A price that never leaves its trend is nowhere above it.
        return np.zeros(len(prices))
    return residuals / deviation
