"""Survey means and shares by weights and sampling design (the package ``svy``, Taylor).

Cells are domains of one sample: a cell's variance knows the whole design and not only the rows in
it. A stratum with a single sampling point is centred at the mean of all, which widens the interval
(R's ``survey`` calls it "adjust"), and the cell says so.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd

#: a cell's columns beside its keys
FOUND = ("value", "low", "high", "few_groups_in_stratum")


def survey_means(rows: pd.DataFrame, keys: list[str], *, share: bool) -> pd.DataFrame:
    """The weighted mean of each cell of each wave, and its 95 % interval.

    Args:
        rows: ``wave`` (samples that know nothing of each other), ``y``, ``weight`` (above zero),
            ``stratum``, ``psu``, the key columns, and ``counts``: whether the row belongs to a
            cell (1) or only to the design (0).
        share: whether ``y`` is 0 or 1: Korn–Graubard, which stays within 0 and 1, else Student's t.

    Returns:
        The keys and the wave, then ``FOUND``; no interval (NaN) where a single sampling point
        counts.
    """
    by = [*keys, "wave"]
    if rows.empty or not rows["counts"].any():
        return pd.DataFrame(columns=[*by, *FOUND])
    import polars as pl
    from svy import Design, Sample

    # It tells of single sampling points line by line; our cells say it themselves.
    logging.getLogger("svy").setLevel(logging.WARNING)
    frame = pl.DataFrame({
        "y": rows["y"].to_numpy(), "weight": rows["weight"].to_numpy(float),
        "counts": rows["counts"].to_numpy(),
        "stratum": rows.groupby(["wave", "stratum"]).ngroup().to_numpy(),
        "psu": rows.groupby(["wave", "stratum", "psu"]).ngroup().to_numpy(),
        "cell": rows.groupby(by, observed=True).ngroup().to_numpy(),
    })  # fmt: skip
    design = Design(wgt="weight", stratum="stratum", psu="psu", singleton="center")
    estimation = Sample(frame, design).estimation
    domain = ["counts", "cell"]
    if share:
        answer = estimation.prop("y", by=domain, ci_method="korn-graubard")
    else:
        answer = estimation.mean("y", by=domain)
    assert not isinstance(answer, list)  # one variable, one answer
    found = answer.to_polars().filter(pl.col("counts").cast(pl.Int64) == 1)
    if share:
        found = _share_of_ones(found)
    cells = pd.DataFrame(found.select("cell", "est", "lci", "uci", "df").to_dict(as_series=False))
    cells.columns = ["cell", "value", "low", "high", "df"]
    cells.loc[cells["df"] < 1, ["low", "high"]] = np.nan
    cells["cell"] = cells["cell"].astype("int64")
    points = frame.group_by("stratum").agg(few=pl.col("psu").n_unique() == 1)
    counted = frame.filter(pl.col("counts") == 1).join(points, on="stratum")
    few = counted.group_by("cell").agg(few_groups_in_stratum=pl.col("few").any())
    names = rows[by].assign(cell=frame["cell"].to_numpy()).drop_duplicates("cell")
    flags = pd.DataFrame(few.to_dict(as_series=False))
    return cells.merge(flags, on="cell").merge(names, on="cell")[[*by, *FOUND]]


def _share_of_ones(found: Any) -> Any:
    """The rows of ``y = 1``; a cell of zeros has only the other one, whose complement it is."""
    import polars as pl

    ones = found.filter(pl.col("y").cast(pl.Float64) == 1)
    zeros = found.join(ones, on="cell", how="anti")
    turned = zeros.with_columns(
        est=1 - pl.col("est"), lci=1 - pl.col("uci"), uci=1 - pl.col("lci")
    )
    return pl.concat([ones, turned])


def waves_of(rows: pd.DataFrame, own: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of each wave once, and which wave each survey (a period of its own) is.

    One wave often makes a month, a quarter and a year alike, but where what divides them (the
    class of a shock) is another one in each.

    Args:
        rows: ``_survey``, ``_row`` (who answered), ``counts``, and the columns of ``own``.

    Returns:
        The rows with their ``wave``; ``_survey`` and ``wave``, of the surveys that count.
    """
    content = pd.util.hash_pandas_object(rows[["_row", "counts", *own]], index=False)
    surveys = rows.assign(content=content).groupby("_survey", sort=False).agg(
        content=("content", "sum"), n=("content", "size"), counts=("counts", "max")
    )  # fmt: skip
    surveys = surveys[surveys["counts"] == 1]
    wave = surveys.groupby(["content", "n"], sort=False).ngroup()
    first = wave[~wave.duplicated()]
    return (
        rows.merge(first.rename("wave"), left_on="_survey", right_index=True),
        wave.rename("wave").reset_index(),
    )
