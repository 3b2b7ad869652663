"""Effects of shocks that strike places at different times (Callaway and Sant'Anna 2021).

Two maintained packages run side by side: ``csdid``, a line-by-line port of R ``did`` whose numbers
are the ones returned, and ``diff_diff``. Where both estimate a cell they have to agree; how far
they are apart is part of the answer, and the claim engine refuses what they dispute. Nothing is
estimated here. The packages are imported when a panel is estimated, never before.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from analytics.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

CONTROLS = {"never_treated": "nevertreated", "not_yet_treated": "notyettreated"}
METHODS = ("dr", "reg", "ipw")
#: two implementations of one estimator may differ by rounding alone
SAME = 1e-6


class Family(dict):
    """Estimates by group or event time: ``family[2004] == {"att": …, "se": …}``.

    Beside them, ``family["overall"]`` (and ``family["att"]``, ``family["se"]``, also as attributes)
    is their aggregate as R ``aggte`` reports it; iterating sees the groups or event times alone.
    """

    def __init__(self, values: dict[Any, dict[str, float]], overall: dict[str, float]) -> None:
        super().__init__(values)
        self.overall = overall

    @property
    def att(self) -> float:
        return self.overall["att"]

    @property
    def se(self) -> float:
        return self.overall["se"]

    def __missing__(self, key: object) -> Any:
        if key == "overall":
            return self.overall
        if key in ("att", "se"):
            return self.overall[str(key)]
        if isinstance(key, str) and (number := _number(key)) in self:
            return self[number]
        raise KeyError(key)


@dataclass(frozen=True)
class Effects(Mapping):
    """What :func:`att` found; ``found["simple"]["att"]`` and ``found.simple["att"]`` are the same.

    Attributes:
        simple: ``{"att", "se"}``, all treated cells weighted by group size.
        group, event: by first treated period, and by periods since; see :class:`Family`.
        cells: ``[{"group", "time", "att", "se"}, …]``; an empty ``se`` is NaN.
        pretest: Wald test that all cells before treatment are zero: ``{"statistic", "p"}``, empty
            where it cannot be made.
        second: the other package: ``{"package", "difference", "agrees"}``; the largest difference
            of a cell in standard deviations of the outcome, empty where it could not run.
        notes: what was done to the panel, as ``(sentence, values)`` of the catalogue.
        n_units, n_treated, n_clusters: what was estimated on.
    """

    simple: dict[str, float]
    group: Family
    event: Family
    cells: list[dict[str, float]]
    pretest: dict[str, float]
    second: dict[str, Any]
    notes: tuple[tuple[str, dict[str, Any]], ...]
    n_units: int
    n_treated: int
    n_clusters: int

    def __getitem__(self, key: str) -> Any:
        if key not in set(self):
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in fields(self))

    def __len__(self) -> int:
        return len(fields(self))


def att(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    first_treated: str,
    cluster: str | None = None,
    control: str = "not_yet_treated",
    covariates: str | list[str] | tuple[str, ...] | None = None,
    est: str = "dr",
) -> Effects:
    """Average effects on the treated, by group and time, as R ``did`` has them by default.

    The base period varies and standard errors are analytical, clustered by unit unless told. Units
    that are not observed in every period are left out, as are those treated in the first period;
    ``notes`` says so.

    Args:
        panel: one row a unit and period.
        first_treated: the period a unit is first treated in; 0 (or infinity, or empty in all its
            rows: ``notes`` says so) is never.
        cluster: a column above the unit, to cluster standard errors by.
        control: ``not_yet_treated`` or ``never_treated``.
        covariates: names of columns, or a formula (``"~ size + I(size**2)"``).
        est: doubly robust ``dr``, regression ``reg`` or inverse probability ``ipw``.

    Raises:
        UserError: for a panel that cannot be judged, with its reason.
    """
    if control not in CONTROLS:
        raise UserError("att_option", value=control, known=", ".join(CONTROLS))
    if est not in METHODS:
        raise UserError("att_option", value=est, known=", ".join(METHODS))
    data, notes = _prepared(panel, outcome, unit, time, first_treated, cluster, control, covariates)
    chosen = [name for name in data if name.startswith("x_")]
    clusters = "cluster" if cluster is not None and cluster != unit else None
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        first = by_csdid(data, clusters, control, chosen, est)
        found = first.results
        families = {kind: _family(first, kind) for kind in ("simple", "group", "dynamic")}
        second = by_diff_diff(data, clusters, control, chosen, est, found)
    cells = [
        {"group": _number(g), "time": _number(t), "att": float(a), "se": float(s)}
        for g, t, a, s in zip(found["group"], found["year"], found["att"], found["se"], strict=True)
    ]
    test = first.MP["W"]
    return Effects(
        simple=families["simple"].overall,
        group=families["group"],
        event=families["dynamic"],
        cells=cells,
        pretest={} if test is None else {"statistic": float(test), "p": float(first.MP["Wpval"])},
        second=second,
        notes=tuple(notes),
        n_units=int(data["unit"].nunique()),
        n_treated=int(data.loc[data["first"] > 0, "unit"].nunique()),
        n_clusters=int(data["cluster" if clusters else "unit"].nunique()),
    )


def _prepared(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    first_treated: str,
    cluster: str | None,
    control: str,
    covariates: str | list[str] | tuple[str, ...] | None,
) -> tuple[pd.DataFrame, list[tuple[str, dict[str, Any]]]]:
    """The panel under our own column names, complete and balanced, and what that took."""
    import numpy as np
    import pandas as pd

    named = [] if covariates is None or isinstance(covariates, str) else list(covariates)
    wanted = [outcome, unit, time, first_treated, *([cluster] if cluster else []), *named]
    for name in wanted:
        if name not in panel.columns:
            raise UserError("att_column", value=name, known=", ".join(map(str, panel.columns)))
    if panel.empty:
        raise UserError("att_empty")
    data = pd.DataFrame({"unit": pd.factorize(panel[unit])[0]}, index=panel.index)
    for name, column in (("y", outcome), ("time", time), ("first", first_treated)):
        try:
            if panel[column].dtype.kind in "mMc":
                # Nanoseconds are numbers, and no periods of a panel.
                raise TypeError(column)
            data[name] = pd.to_numeric(panel[column]).astype(float)
        except (TypeError, ValueError) as error:
            raise UserError("att_not_numeric", column=column) from error
    data["cluster"] = pd.factorize(panel[cluster or unit])[0]
    notes: list[tuple[str, dict[str, Any]]] = []
    if np.isinf(data[["y", "time"]]).to_numpy().any():
        raise UserError("att_infinite", column=outcome)
    data["first"] = data["first"].replace(np.inf, 0.0)
    # A panel joined to a list of dates has none where nothing happened.
    never = (data.groupby("unit")["first"].transform("count") == 0) & (data["unit"] >= 0)
    if never.any():
        notes.append(("first_missing", {"count": int(data.loc[never, "unit"].nunique())}))
        data.loc[never, "first"] = 0.0
    if (data["first"] < 0).any():
        raise UserError("att_negative", column=first_treated)
    for name, values in _design(panel, covariates, named).items():
        data[name] = values
    if np.isinf(data).to_numpy().any():
        raise UserError("att_infinite", column=", ".join(named) or str(covariates))
    known = data.notna().all(axis=1) & (data["unit"] >= 0) & (data["cluster"] >= 0)
    if not known.all():
        notes.append(("rows_missing", {"count": int((~known).sum())}))
        data = data[known]
    if data.empty:
        raise UserError("att_empty")
    if (twice := data.duplicated(["unit", "time"]).sum()) > 0:
        raise UserError("att_duplicates", count=int(twice), unit=unit, time=time)
    for name, fixed in (("first", first_treated), ("cluster", cluster)):
        if fixed and (data.groupby("unit")[name].nunique() > 1).any():
            raise UserError("att_changes", column=fixed, unit=unit)
    data = _balanced(data, notes)
    return comparable(data, control, bool(cluster and cluster != unit), notes), notes


def _design(
    panel: pd.DataFrame, covariates: str | list[str] | tuple[str, ...] | None, named: list[str]
) -> dict[str, Any]:
    """Covariates as numbers, without the intercept."""
    if not covariates:
        return {}
    if not isinstance(covariates, str):
        # Quoted, so that any column name will do; text becomes indicators.
        covariates = " + ".join(f'Q("{name}")' for name in named)
    import patsy

    formula = re.sub(r"\^", "**", covariates.strip().removeprefix("~"))
    try:
        # Rows are kept, so that what is missing is dropped and told with everything else.
        action = patsy.NAAction(NA_types=[])
        design = patsy.dmatrix(formula, panel, NA_action=action, return_type="dataframe")
    except Exception as error:
        raise UserError("att_formula", value=covariates) from error
    kept = [name for name in design.columns if name != "Intercept"]
    return {f"x_{i}": design[name].astype(float) for i, name in enumerate(kept)}


def _balanced(data: pd.DataFrame, notes: list[tuple[str, dict[str, Any]]]) -> pd.DataFrame:
    """Units observed in every period, as R ``did`` keeps them by default."""
    seen = data.groupby("unit")["time"].transform("size")
    periods = data["time"].nunique()
    complete = seen == periods
    if not complete.all():
        left = int(data.loc[~complete, "unit"].nunique())
        notes.append(("units_incomplete", {"count": left, "of": int(data["unit"].nunique())}))
        data = data[complete]
    if data.empty:
        raise UserError("att_no_complete_unit", periods=periods)
    return data


def comparable(
    data: pd.DataFrame, control: str, clustered: bool, notes: list[tuple[str, dict[str, Any]]]
) -> pd.DataFrame:
    """Whether anything can be compared with anything."""
    start, end = data["time"].min(), data["time"].max()
    if start == end:
        raise UserError("att_one_period")
    data = data.assign(first=data["first"].where(data["first"] <= end, 0.0))
    early = data["first"].between(0, start, inclusive="right")
    if early.any():
        notes.append(("treated_first", {"count": int(data.loc[early, "unit"].nunique())}))
        data = data[~early]
    groups = set(data["first"].unique())
    if not groups - {0.0}:
        raise UserError("att_none_treated" if groups else "att_all_first")
    if 0.0 not in groups and (control == "never_treated" or len(groups) < 2):
        raise UserError("att_no_control")
    if clustered and data["cluster"].nunique() < 2:
        raise UserError("att_one_cluster")
    if data["unit"].nunique() < 3:
        raise UserError("att_few_units", count=int(data["unit"].nunique()))
    if data["y"].nunique() < 2:
        raise UserError("att_constant")
    return data.sort_values(["unit", "time"]).reset_index(drop=True)


def by_csdid(
    data: pd.DataFrame, cluster: str | None, control: str, covariates: list[str], est: str
) -> Any:
    from csdid.att_gt import ATTgt

    try:
        model = ATTgt(
            yname="y", tname="time", idname="unit", gname="first", data=data.copy(),
            control_group=[CONTROLS[control]], clustervar=cluster,
            xformla="~ " + " + ".join(covariates) if covariates else None,
        ).fit(est_method=est, base_period="varying", bstrap=False)  # fmt: skip
    except Exception as error:
        raise UserError("att_failed", reason=_reason(error)) from error
    import numpy as np

    if not np.isfinite(np.asarray(model.results["att"], dtype=float)).any():
        raise UserError("att_failed", reason="no cell can be estimated")
    return model


def _family(model: Any, kind: str) -> Family:
    """One aggregation of R ``aggte``; cells that could not be estimated are left out of it."""
    try:
        found = model.aggte(kind, na_rm=True, bstrap=False, cband=False).atte
    except Exception as error:
        raise UserError("att_failed", reason=_reason(error)) from error
    overall = {"att": _float(found["overall_att"]), "se": _float(found["overall_se"])}
    if kind == "simple":
        return Family({}, overall)
    import numpy as np

    keys = np.asarray(found["egt"]).ravel()
    estimates = np.asarray(found["att_egt"], dtype=float).ravel()
    errors = np.asarray(found["se_egt"], dtype=float).ravel()
    return Family(
        {
            _number(k): {"att": float(a), "se": float(s)}
            for k, a, s in zip(keys, estimates, errors, strict=True)
        },
        overall,
    )


def by_diff_diff(
    data: pd.DataFrame,
    cluster: str | None,
    control: str,
    covariates: list[str],
    est: str,
    found: Mapping[str, Any],
) -> dict[str, Any]:
    """The same cells from the other package.

    Doubly robust with covariates is not compared: ``diff_diff`` fits it otherwise than R ``did``
    (a ten-thousandth apart on the simulated panel of its vignette).
    """
    from diff_diff import CallawaySantAnna

    unknown = {"package": "diff-diff", "difference": None, "agrees": None}
    if covariates and est == "dr":
        return unknown
    try:
        model = CallawaySantAnna(control_group=control, estimation_method=est, cluster=cluster).fit(
            data, "y", "unit", "time", "first", covariates=covariates or None
        )
    except Exception:
        return unknown
    scale = max(float(data["y"].std()), 1e-12)
    differences = [
        abs(model.group_time_effects[(g, t)]["effect"] - a) / scale
        for g, t, a in zip(found["group"], found["year"], found["att"], strict=True)
        if (g, t) in model.group_time_effects and math.isfinite(a)
    ]
    apart = [d for d in differences if math.isfinite(d)]
    if not apart:
        return unknown
    return {**unknown, "difference": float(max(apart)), "agrees": bool(max(apart) < SAME)}


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]


def _float(value: Any) -> float:
    return math.nan if value is None else float(value)


def _number(value: Any) -> Any:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return value
    return int(number) if number.is_integer() else number
