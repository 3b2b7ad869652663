"""What a shock that reached places at different times changed, and how far that stands.

The estimate is the mean effect of the first year (Callaway and Sant'Anna), from ``csdid``, refused
unless ``diff_diff`` gives the same; errors are clustered by cercle with the correction for few
clusters that ``csdid`` lacks. Everything else here tries to break it.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.errors import UserError
from analytics.evidence.claim import Downgrade
from analytics.evidence.grade import (
    BREAKDOWN,
    FEW_CLUSTERS,
    MISSING_APART,
    MUCH_MISSING,
    NEIGHBOURS,
    PLACEBO,
    PRETREND,
    REASSIGNED,
)
from analytics.evidence.panel import CerclePanel, first_year
from analytics.evidence.staggered import SAME

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 500
#: leads and lags shown and tested, in quarters
LEADS, LAGS = 5, 8
#: fewer cercles than this tell nothing of neighbours
FEW_NEIGHBOURS = 5


@dataclass(frozen=True)
class Effect:
    """An estimate with its standard error and degrees of freedom."""

    value: float
    se: float
    df: int

    @property
    def sound(self) -> bool:
        """Whether there is a number and an uncertainty: without either nothing was estimated."""
        return math.isfinite(self.value) and self.se > 1e-9 * max(1.0, abs(self.value))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        from scipy import stats

        half = float(stats.t.ppf(0.5 + level / 2, self.df)) * self.se
        return self.value - half, self.value + half

    @property
    def p(self) -> float:
        from scipy import stats

        return float(2 * stats.t.sf(abs(self.value / self.se), self.df)) if self.se else math.nan


@dataclass(frozen=True)
class EventStudy:
    """Effects by quarters since the shock against the quarter before it, with their covariance."""

    quarters: tuple[int, ...]
    att: np.ndarray
    vcov: np.ndarray
    df: int
    results: Any

    def at(self, quarters: list[int]) -> list[int]:
        return [self.quarters.index(q) for q in quarters if q in self.quarters]

    def combine(self, weights: dict[int, float]) -> Effect:
        """A weighted sum of quarters; the quarter before the shock is zero and may be named."""
        chosen = self.at(list(weights))
        w = np.array([weights[self.quarters[i]] for i in chosen])
        value = float(w @ self.att[chosen])
        return Effect(value, float(np.sqrt(w @ self.vcov[np.ix_(chosen, chosen)] @ w)), self.df)

    def rows(self) -> list[dict[str, Any]]:
        """What a figure draws: one row a quarter, 95 % intervals."""
        told = []
        for i, quarter in enumerate(self.quarters):
            one = Effect(float(self.att[i]), float(np.sqrt(self.vcov[i, i])), self.df)
            low, high = one.interval()
            told.append({"quarter": quarter, "estimate": one.value, "low": low, "high": high})
        if self.quarters and -1 not in self.quarters:
            told.append({"quarter": -1, "estimate": 0.0, "low": 0.0, "high": 0.0})
        return sorted(told, key=lambda row: row["quarter"])


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Packages print and warn; what matters is read from their results."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def first_year_effect(panel: CerclePanel) -> tuple[Effect, float]:
    """The mean effect of the first year, and how far the second package is from it.

    Raises:
        UserError: where the panel cannot be judged.
    """
    from analytics.evidence.staggered import by_csdid, by_diff_diff, comparable

    data = panel.long()[["unit", "time", "first", "y"]].astype(float)
    data["cluster"] = data["unit"]
    data = comparable(data, "not_yet_treated", False, [])
    with quiet():
        model = by_csdid(data, None, "not_yet_treated", [], "reg")
        found = model.aggte("dynamic", na_rm=True, bstrap=False, cband=False,
                            min_e=0, max_e=panel.year - 1).atte  # fmt: skip
        second = by_diff_diff(data, None, "not_yet_treated", [], "reg", model.results)
    clusters = len(panel.cercles)
    correction = math.sqrt(clusters / (clusters - 1))
    effect = Effect(
        float(found["overall_att"]), float(found["overall_se"]) * correction, clusters - 1
    )
    apart = second["difference"]
    return effect, math.nan if apart is None else apart


def event_study(
    panel: CerclePanel, leads: int = LEADS, lags: int = LAGS, control: str = "not_yet_treated"
) -> EventStudy:
    """Effects by periods since the shock from ``diff_diff``, against the period before it."""
    from diff_diff import CallawaySantAnna

    data = panel.long()
    with quiet():
        model = CallawaySantAnna(
            control_group=control, base_period="universal", estimation_method="reg"
        )
        results = model.fit(data, "y", "unit", "time", "first", aggregate="event_study")
        table = results.aggregate("event_study")
    index = [int(e) for e in table.vcov_index]
    att = dict(zip((int(e) for e in table.event_time), table.att, strict=True))
    keep = [i for i, e in enumerate(index) if -leads <= e <= lags and math.isfinite(att[e])]
    # A cercle is a unit is a cluster; what is left is the correction for few of them.
    clusters = len(panel.cercles)
    vcov = np.asarray(table.vcov, dtype=float)[np.ix_(keep, keep)] * clusters / (clusters - 1)
    quarters = tuple(index[i] for i in keep)
    return EventStudy(quarters, np.array([att[e] for e in quarters]), vcov, clusters - 1, results)


def repeated_effect(panel: CerclePanel) -> Effect:
    """The same mean where the shock came again: local projections against cercles not yet entered.

    A shock counts for a year from its first coming (Dube, Girardi, Jordà and Taylor 2025, first
    entry, reweighted); what a second one did later is no part of it.
    """
    from diff_diff import LPDiD

    data = panel.long()
    since = data["time"] - data["first"]
    data["treated"] = ((data["first"] > 0) & (since >= 0) & (since < panel.year)).astype(int)
    with quiet():
        found = LPDiD(
            pre_window=2, post_window=panel.year - 1, non_absorbing="first_entry", reweight=True,
            cluster="unit",
        ).fit(
            data, "y", "unit", "time", "treated", post_pooled=(0, panel.year - 1),
            only_pooled=True,
        )  # fmt: skip
    return Effect(float(found.att), float(found.se), len(panel.cercles) - 1)


def feols(
    formula: str, rows: pd.DataFrame, name: str, cluster: str, weights: str | None = None
) -> Effect:
    """One coefficient of a regression with fixed effects, errors clustered.

    Raises:
        UserError: where nothing is left or nothing varies.
    """
    import pyfixest as pf

    named = {*re.findall(r"\w+", formula), cluster, weights}
    rows = rows[[column for column in rows if column in named]]
    # A value that is not finite ends the process inside the package, where nothing can be caught.
    finite = np.ones(len(rows), dtype=bool)
    for column in rows.select_dtypes("number"):
        finite &= np.isfinite(rows[column].to_numpy(dtype=float, na_value=np.nan))
    rows = rows[finite]
    if rows.empty:
        raise UserError("att_empty")
    if any(rows[column].nunique() < 2 for column in (formula.split("~")[0].strip(), name)):
        raise UserError("att_constant")
    with quiet():
        # Millions of rows: nothing but the coefficient is wanted, and the rows are not changed.
        model = pf.feols(formula, rows, vcov={"CRV1": cluster}, weights=weights, copy_data=False,
                         store_data=False, lean=True)  # fmt: skip
    if name not in model.coef():
        # Fixed effects told all there was to tell.
        raise UserError("att_constant")
    return Effect(
        float(model.coef()[name]), float(model.se()[name]), int(rows[cluster].nunique()) - 1
    )


def _again(panel: CerclePanel, control: str = "not_yet_treated") -> Effect:
    """The first year's mean effect from the second package, which is the quicker."""
    year = event_study(panel, leads=0, lags=panel.year - 1, control=control)
    return year.combine({e: 1 / len(year.quarters) for e in year.quarters if e >= 0})


@dataclass(frozen=True)
class Robustness:
    """Every attempt to break an estimate: levels lost, and the table of specifications."""

    downgrades: tuple[Downgrade, ...]
    specification: tuple[dict[str, Any], ...]
    facts: dict[str, Any]


def robustness(
    panel: CerclePanel, quarterly: CerclePanel | None, effect: Effect, regions: dict[str, str],
    seed: int = 2023,
) -> Robustness:  # fmt: skip
    """Tests of an estimate (methods.md §4), each a level where it fails.

    Args:
        panel: what the estimate was made on. quarterly: the same by quarters, or coarser.
        regions: cercle → region, for neighbours.
    """
    lost: list[Downgrade] = []
    specs = [_spec("main", effect, len(panel.cercles))]
    facts: dict[str, Any] = {}
    few = min(panel.struck, panel.comparison)
    if few < FEW_CLUSTERS:
        lost.append(Downgrade("few_clusters", few))
    lost += _silence(panel, effect, specs)
    study = None
    if quarterly is not None:
        study = event_study(quarterly)
        facts["event_study"] = study.rows()
        lost += _trends(study, effect, facts, quarterly.year)
        lost += _placebo(study, specs, quarterly)
        lost += _honest(study, effect, facts)
        lost += _second_estimator(study, quarterly, specs)
    lost += _reassigned(panel, effect, facts, seed)
    lost += list(_neighbours(panel, effect, regions, specs)) or list(
        _spillover(panel, effect, regions, specs)
    )
    return Robustness(tuple(lost), tuple(specs), facts)


def _spec(name: str, effect: Effect, n: int) -> dict[str, Any]:
    low, high = effect.interval()
    return {"name": name, "estimate": effect.value, "low": low, "high": high, "n_cercles": n}


def _silence(
    panel: CerclePanel, effect: Effect, specs: list[dict[str, Any]]
) -> Iterator[Downgrade]:
    """Missing reports, where they are missing, and the worst they could hide."""
    apart = panel.missing_struck - panel.missing_clear
    if panel.missing > MUCH_MISSING:
        yield Downgrade("missing", round(panel.missing, 3))
    elif abs(apart) > MISSING_APART:
        yield Downgrade("missing_apart", round(apart, 3))
    # Silent groups saving nothing: the mean over all expected is the mean over the reporting
    # times their share.
    worst = CerclePanel(**{**vars(panel), "y": panel.y + np.log(np.clip(panel.coverage, 0.05, 1))})
    filled = _again(worst)
    specs.append(_spec("worst_case", filled, len(panel.cercles)))
    if filled.value * effect.value < 0:
        yield Downgrade("worst_case", round(filled.value, 4))


def _trends(
    study: EventStudy, effect: Effect, facts: dict[str, Any], year: int
) -> Iterator[Downgrade]:
    """Whether the quarters before the shock were parallel, and what the test could have seen."""
    from scipy import stats

    leads = study.at([q for q in range(-LEADS, -1) if q in study.quarters])
    if len(leads) < 2:
        yield Downgrade("pretrend_untested")
        return
    b, v = study.att[leads], study.vcov[np.ix_(leads, leads)]
    statistic = float(b @ np.linalg.pinv(v) @ b) / len(leads)
    p = float(stats.f.sf(statistic, len(leads), max(study.df, 1)))
    facts["pretrend_p"] = p
    if p < PRETREND:
        yield Downgrade("pretrend", round(p, 3))
        return
    from diff_diff import compute_pretrends_power

    try:
        with quiet():
            power = compute_pretrends_power(
                study.results, pre_periods=[study.quarters[i] for i in leads], pretest_form="wald"
            )
        # A linear drift: what it would have added by the middle of the first year.
        smallest = float(power.mdv) * (year + 1) / 2
    except Exception:
        smallest = math.inf
    facts["smallest_violation_seen"] = smallest
    if not smallest <= abs(effect.value):
        yield Downgrade("pretrend_power", round(smallest, 3) if math.isfinite(smallest) else None)


def _placebo(
    study: EventStudy, specs: list[dict[str, Any]], panel: CerclePanel
) -> Iterator[Downgrade]:
    """A fake shock a year earlier: the year before the shock against the period before that."""
    year = panel.year
    if -year - 1 not in study.quarters:
        return
    fake = study.combine({-year - 1: -1.0, **{-e: 1 / year for e in range(2, year + 1)}})
    specs.append(_spec("placebo", fake, len(panel.cercles)))
    if fake.p < PLACEBO:
        yield Downgrade("placebo", round(fake.p, 3))


def _honest(study: EventStudy, effect: Effect, facts: dict[str, Any]) -> Iterator[Downgrade]:
    """How large violations after the shock may be, in units of those before (Rambachan and Roth).

    A rule for the grade only: the package's interval for relative magnitudes is a plug-in.
    """
    low, high = effect.interval()
    if low <= 0 <= high:
        return
    from diff_diff import compute_honest_did

    try:
        short = _short(study)
        with quiet():
            bounds = compute_honest_did(short, method="relative_magnitude", M=BREAKDOWN)
        facts["robust_low"], facts["robust_high"] = float(bounds.ci_lb), float(bounds.ci_ub)
        stands = bounds.ci_lb > 0 or bounds.ci_ub < 0
    except Exception:
        stands = False
    if not stands:
        yield Downgrade("breakdown", BREAKDOWN)


def _short(study: EventStudy) -> Any:
    """The event study cut to five quarters before and four after, as the bounds need it."""
    import copy

    results = copy.copy(study.results)
    keep = [e for e in results.event_study_effects if -LEADS <= e <= 3]
    results.event_study_effects = {e: results.event_study_effects[e] for e in keep}
    index = list(results.event_study_vcov_index)
    chosen = [i for i, e in enumerate(index) if e in keep]
    results.event_study_vcov = np.asarray(results.event_study_vcov)[np.ix_(chosen, chosen)]
    results.event_study_vcov_index = [index[i] for i in chosen]
    return results


def _second_estimator(
    study: EventStudy, panel: CerclePanel, specs: list[dict[str, Any]]
) -> Iterator[Downgrade]:
    """Sun and Abraham on the same quarters: the first year's mean, sign and distance."""
    from diff_diff import SunAbraham

    year = dict.fromkeys(range(panel.year), 1 / panel.year)
    own = study.combine(year)
    try:
        with quiet():
            model = SunAbraham(control_group="never_treated", cluster="unit")
            found = model.fit(panel.long(), "y", "unit", "time", "first")
        index = [int(e) for e in found.event_study_vcov_index]
        at = [index.index(q) for q in year]
        vcov = np.asarray(found.event_study_vcov)[np.ix_(at, at)]
        value = float(np.mean([found.event_study_effects[q]["effect"] for q in year]))
        other = Effect(value, float(np.sqrt(vcov.mean())), study.df)
    except Exception:
        yield Downgrade("second_estimator_untested")
        return
    specs += [_spec("by_quarter", own, len(panel.cercles)),
              _spec("sun_abraham", other, len(panel.cercles))]  # fmt: skip
    apart = abs(other.value - own.value) > 2 * max(own.se, other.se)
    if apart or (other.value * own.value < 0 and own.p < PLACEBO):
        yield Downgrade("second_estimator", round(other.value, 4))


def _reassigned(
    panel: CerclePanel, effect: Effect, facts: dict[str, Any], seed: int
) -> Iterator[Downgrade]:
    """The onsets dealt out again among the cercles: how often chance does as much."""
    rng = np.random.default_rng(seed)
    own = first_year(panel)
    if not panel.again and abs(own - effect.value) > SAME * max(1.0, abs(effect.value)):
        yield Downgrade("reassigned_untested")
        return
    drawn = np.array([rng.permutation(panel.first) for _ in range(DRAWS)])
    p = float((1 + (np.abs(first_year(panel, drawn)) >= abs(own)).sum()) / (1 + DRAWS))
    facts["reassigned_p"], facts["reassignments"] = p, DRAWS
    if p > REASSIGNED:
        yield Downgrade("reassigned", round(p, 3))


def _neighbours(
    panel: CerclePanel, effect: Effect, regions: dict[str, str], specs: list[dict[str, Any]]
) -> Iterator[Downgrade]:
    """Against the cercles alone in whose region none was ever struck: others may have felt it."""
    struck = {regions.get(c) for c, f in zip(panel.cercles, panel.first, strict=True) if f > 0}
    keep = np.array([
        f > 0 or regions.get(c) not in struck
        for c, f in zip(panel.cercles, panel.first, strict=True)
    ])  # fmt: skip
    rest = panel.only(keep)
    if rest.comparison < FEW_NEIGHBOURS:
        # Whoever cannot be told apart from a neighbour has not been tested.
        yield Downgrade("neighbours_untested")
        return
    found = _again(rest, control="never_treated")
    specs.append(_spec("without_neighbours", found, len(rest.cercles)))
    if abs(found.value - effect.value) > NEIGHBOURS * abs(effect.value):
        yield Downgrade("neighbours", round(found.value, 4))


def _spillover(
    panel: CerclePanel, effect: Effect, regions: dict[str, str], specs: list[dict[str, Any]]
) -> Iterator[Downgrade]:
    """Whether cercles not struck themselves moved in the year after one of their region was.

    Leaving them out shows only what their share of the comparison carries, which hides a shock felt
    at a third of its size. So they are looked at by themselves, until they are struck, against
    their own past and the regions not yet reached. As with trends, a weak test that passes is no
    evidence: what may have reached them (nine chances in ten) has to stay below a quarter.
    """
    data = panel.long()
    region = data["cercle"].map(regions)
    near = data["first"].where(data["first"] > 0).groupby(region).transform("min")
    since = data["time"] - near
    data["x"] = ((since >= 0) & (since < panel.year)).astype(float)
    data["later"] = (since >= panel.year).astype(float)
    data = data[(data["first"] == 0) | (data["time"] < data["first"])]
    exposed = int(data.loc[data["x"] > 0, "unit"].nunique())
    if exposed < FEW_NEIGHBOURS:
        return
    moved = feols("y ~ x + later | unit + time", data, "x", "unit")
    specs.append(_spec("neighbours_alone", moved, exposed))
    toward = max(math.copysign(1, effect.value) * end for end in moved.interval(0.80))
    if moved.p < PLACEBO or toward > NEIGHBOURS * abs(effect.value):
        yield Downgrade("spillover", round(moved.value, 4))
