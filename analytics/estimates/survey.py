"""Survey means and shares by weights and sampling design (the package ``svy``, Taylor).

Cells are domains of one sample: a cell's variance knows the whole design and not only the rows in
it. A stratum with a single sampling point is centred at the mean of all, which widens the interval
(R's ``survey`` calls it "adjust"), and the cell says so.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

#: a cell's columns beside its keys
FOUND = ("value", "low", "high", "few_groups_in_stratum")


def survey_means(rows: pd.DataFrame, keys: list[str], *, share: bool) -> pd.DataFrame:
    """The weighted mean of each cell and its 95 % interval.

    Args:
        rows: ``y``, ``weight`` (above zero), ``stratum``, ``psu``, the key columns (text), and
            ``counts``, whether the row belongs to a cell or only to the design.
        share: whether ``y`` is 0 or 1: Korn–Graubard, which stays within 0 and 1, else Student's t.

    Returns:
        The keys, then ``FOUND``; no interval (NaN) where a single sampling point counts.
    """
    if rows.empty or not rows["counts"].any():
        return pd.DataFrame(columns=[*keys, *FOUND])
    import polars as pl
    from svy import Design, Sample

    used = ["y", "weight", "stratum", "psu", "counts", *keys]
    frame = pl.DataFrame({name: rows[name].to_list() for name in used})
    design = Design(wgt="weight", stratum="stratum", psu="psu", singleton="center")
    sample = Sample(frame, design)
    by = ["counts", *keys]
    if share:
        found = sample.estimation.prop("y", by=by, ci_method="korn-graubard")
    else:
        found = sample.estimation.mean("y", by=by)
    assert not isinstance(found, list)  # one variable, one answer
    cells = pd.DataFrame(found.to_polars().to_dict(as_series=False))
    cells = cells[cells["counts"] == 1]
    if share:
        cells = _share_of_ones(cells, keys)
    cells = cells.assign(value=cells["est"], low=cells["lci"], high=cells["uci"])
    cells.loc[cells["df"] < 1, ["low", "high"]] = np.nan
    single = rows.groupby("stratum")["psu"].nunique().eq(1)
    few = rows[rows["counts"] == 1].assign(few=rows["stratum"].map(single))
    if not keys:
        return cells.assign(few_groups_in_stratum=bool(few["few"].any()))[list(FOUND)]
    by_cell = few.groupby(keys)["few"].any().rename("few_groups_in_stratum").reset_index()
    return cells.merge(by_cell, on=keys)[[*keys, *FOUND]]


def _share_of_ones(cells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The rows of ``y = 1``; a cell of zeros has only the other one, whose complement it is."""
    ones = cells[cells["y"].astype(float) == 1]
    zeros = cells[(cells["y"].astype(float) == 0) & np.isclose(cells["est"], 1)]
    turned = zeros.assign(est=0.0, lci=1 - zeros["uci"], uci=1 - zeros["lci"])
    return pd.concat([ones, turned]).drop_duplicates(keys or ["counts"])
