"""The cercle panel that effects are estimated on: complete, with who was struck when.

``wide`` is a table of cercles by periods without holes; what had to be left out for that is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.evidence.answer import Evidence

if TYPE_CHECKING:
    import pandas as pd

#: of the cercles that could be complete, how many have to be when a window is chosen
KEEP = 0.90
#: below this share of complete cercles months give way to quarters
MONTHLY = 0.75


@dataclass(frozen=True)
class CerclePanel:
    """A balanced panel.

    Attributes:
        y: outcome, shape (cercles, periods).
        cercles: slug of each row. periods: index of each column (months or quarters).
        first: the period each cercle was first struck in, 0 for never within the panel.
        step: months in a period, 1, 3 or 6.
        left_out: cercles without a complete record.
        missing: share of expected reports that did not come; missing_struck, missing_clear: the
            same where and when a shock had struck, and elsewhere.
        n_groups: groups behind it.
        again: share of struck cercles where the shock came again.
        coverage: reported of expected by cercle and period, shape of ``y``.
    """

    y: np.ndarray
    cercles: tuple[str, ...]
    periods: tuple[int, ...]
    first: np.ndarray
    step: int
    left_out: int
    missing: float
    missing_struck: float
    missing_clear: float
    n_groups: int
    again: float
    nationwide: bool
    coverage: np.ndarray

    @property
    def struck(self) -> int:
        return int((self.first > 0).sum())

    @property
    def comparison(self) -> int:
        return int((self.first == 0).sum())

    @property
    def year(self) -> int:
        """Periods in a year."""
        return 12 // self.step

    def long(self) -> pd.DataFrame:
        """One row a cercle and period: ``unit, time, first, y, cercle``."""
        import pandas as pd

        units, times = self.y.shape
        return pd.DataFrame({
            "unit": np.repeat(np.arange(1, units + 1), times),
            "cercle": np.repeat(self.cercles, times),
            "time": np.tile(np.asarray(self.periods), units),
            "first": np.repeat(self.first, times),
            "y": self.y.ravel(),
        })  # fmt: skip

    def only(self, rows: np.ndarray) -> CerclePanel:
        """The panel of some of its cercles."""
        return replace(
            self, y=self.y[rows], first=self.first[rows], coverage=self.coverage[rows],
            cercles=tuple(c for c, kept in zip(self.cercles, rows, strict=True) if kept),
        )  # fmt: skip


def cercle_panel(
    evidence: Evidence, kind: str, outcome: str, *, step: int | None = None
) -> CerclePanel | None:
    """The panel of a kind of shock, by month where the records allow, else by quarter.

    Cercles struck in the panel's first year have no before and are left out; a cercle struck after
    its end is one not yet struck. In the quarter of the onset only the months from it on count.
    """
    rows = evidence.frame("SELECT * FROM core_panel_cercle_month")
    rows = rows[(rows["kind"] == kind) & (rows["month_index"] <= evidence.limit)]
    rows = rows[rows[outcome].notna() & np.isfinite(rows[outcome].astype(float))]
    rows = rows.assign(onset_index=rows["onset_index"].astype(float))
    if rows.empty:
        return None
    if step is None:
        monthly = balanced(rows, outcome, 1)
        complete = len(monthly.cercles) if monthly else 0
        if complete >= MONTHLY * rows["cercle"].nunique():
            return monthly
        return balanced(rows, outcome, 3) or monthly
    return balanced(rows, outcome, step)


def quarters_before(panel: CerclePanel) -> float:
    """The record before the onset, in quarters, of the median struck cercle."""
    before = [int(f) - panel.periods[0] for f in panel.first if f > 0]
    return float(np.median(before)) * panel.step / 3 if before else 0.0


def quarters_after(panel: CerclePanel) -> float:
    """The record from the onset on, in quarters, of the median struck cercle."""
    after = [panel.periods[-1] - int(f) + 1 for f in panel.first if f > 0]
    return float(np.median(after)) * panel.step / 3 if after else 0.0


def balanced(rows: pd.DataFrame, outcome: str, step: int) -> CerclePanel | None:
    """The complete panel of rows like those of ``core_panel_cercle_month``, by ``step`` months."""
    onset = rows.groupby("cercle")[["onset_index", "onsets", "nationwide"]].max()
    if step > 1:
        # Months before the onset would dilute the quarter it falls in.
        quarter = (rows["month_index"] - 1) // step
        diluted = ((rows["onset_index"] - 1) // step == quarter) & (
            rows["month_index"] < rows["onset_index"]
        )
        rows = rows[~diluted].assign(period=quarter)
        struck = (onset["onset_index"] - 1) // step
    else:
        rows = rows.assign(period=rows["month_index"])
        struck = onset["onset_index"]
    table = rows.pivot_table(index="cercle", columns="period", values=outcome, aggfunc="mean")
    table = table.reindex(columns=range(int(table.columns.min()), int(table.columns.max()) + 1))
    chosen = _window(table.notna().to_numpy())
    if chosen is None:
        return None
    table = table.iloc[:, chosen:]
    whole = table.notna().all(axis=1)
    start, end, year = int(table.columns[0]), int(table.columns[-1]), 12 // step
    first = struck.reindex(table.index).astype(float)
    first = first.where(first <= end, 0).fillna(0)
    # Four quarters before, or there is no trend to compare.
    whole &= (first == 0) | (first >= start + year)
    kept = table[whole]
    if kept.empty:
        return None
    inside = rows[rows["cercle"].isin(kept.index) & (rows["period"] >= start)]
    counts = inside.pivot_table(
        index="cercle", columns="period", values=["expected", "reported"], aggfunc="sum"
    )
    expected = counts["expected"].reindex(index=kept.index, columns=kept.columns).fillna(0)
    reported = counts["reported"].reindex(index=kept.index, columns=kept.columns).fillna(0)
    known = expected.to_numpy(float), reported.to_numpy(float)
    after = (first[whole].to_numpy()[:, None] > 0) & (
        np.asarray(kept.columns)[None, :] >= first[whole].to_numpy()[:, None]
    )
    chosen_first = first[whole].to_numpy().astype(int)
    again = onset["onsets"].reindex(kept.index).fillna(0).to_numpy() > 1
    return CerclePanel(
        y=kept.to_numpy(float), cercles=tuple(kept.index), first=chosen_first, step=step,
        periods=tuple(int(c) for c in kept.columns), left_out=int((~whole).sum()),
        missing=_missing(*known), missing_struck=_missing(*(k[after] for k in known)),
        missing_clear=_missing(*(k[~after] for k in known)),
        n_groups=int(inside.groupby("cercle")["n_groups"].max().sum()),
        again=float(again[chosen_first > 0].mean()) if (chosen_first > 0).any() else 0.0,
        nationwide=bool((onset["nationwide"] == 1).any()),
        coverage=np.divide(known[1], known[0], out=np.ones_like(known[0]), where=known[0] > 0),
    )  # fmt: skip


def _window(known: np.ndarray) -> int | None:
    """The first period from which on nearly as many cercles are complete as can be."""
    complete = np.flip(np.cumprod(np.flip(known, axis=1), axis=1), axis=1).sum(axis=0)
    usable = complete[: max(1, len(complete) // 2)]
    if not usable.max():
        return None
    return int(np.flatnonzero(usable >= KEEP * usable.max())[0])


def _missing(expected: np.ndarray, reported: np.ndarray) -> float:
    whole = float(expected.sum())
    return 1 - float(np.minimum(reported, expected).sum()) / whole if whole else 0.0


def first_year(panel: CerclePanel, first: np.ndarray | None = None) -> float | Any:
    """The estimate of :func:`shock.first_year_effect` for other assignments of the same onsets.

    Without covariates the estimator is a sum of differences of cohort means, so that thousands of
    reassignments need one product each. The tests and every run compare it with the package.

    Args:
        first: assignments, shape (draws, cercles); the panel's own without it.

    Returns:
        One number, or one a draw.
    """
    own = first is None
    drawn = panel.first[None, :] if first is None else first
    start = panel.periods[0]
    weights = np.zeros((*drawn.shape, panel.y.shape[1]))
    cohorts = [int(g) for g in np.unique(panel.first) if g > 0]
    sizes = {g: int((panel.first == g).sum()) for g in cohorts}
    last = panel.periods[-1]
    for e in range(panel.year):
        # A cohort's cell needs someone not yet struck to compare with.
        cells = [g for g in cohorts if g + e <= last
                 and ((panel.first == 0) | (panel.first > g + e)).any()]  # fmt: skip
        total = sum(sizes[g] for g in cells)
        for g in cells:
            share = sizes[g] / total
            treated = (drawn == g) / sizes[g]
            clear = (drawn == 0) | (drawn > g + e)
            contrast = share * (treated - clear / clear.sum(axis=1, keepdims=True))
            weights[:, :, g + e - start] += contrast
            weights[:, :, g - 1 - start] -= contrast
    events = sum(any(g + e <= last for g in cohorts) for e in range(panel.year))
    found = np.einsum("dct,ct->d", weights, panel.y) / max(events, 1)
    return float(found[0]) if own else found
