"""Effects and associations, for the nation only: what a shock changed, and for whom it differed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.disclosure.rules import band
from analytics.evidence.answer import Answer, Evidence, places_band, refuse
from analytics.evidence.claim import Downgrade, Gate
from analytics.evidence.grade import (
    MAX_EFFECT,
    MAX_MISSING,
    MIN_CERCLES,
    MIN_QUARTERS,
    at_least,
    at_most,
    start_of_effect,
    verdict,
)
from analytics.evidence.panel import CerclePanel, cercle_panel, quarters_after, quarters_before
from analytics.evidence.shock import (
    Effect,
    event_study,
    feols,
    first_year_effect,
    repeated_effect,
    robustness,
)
from analytics.evidence.staggered import SAME
from analytics.evidence.wording import Shown

if TYPE_CHECKING:
    import pandas as pd

    from analytics.evidence.definition import Definition

#: gates that count groups or people: the public reads bands
COUNTS = ("groups_per_arm", "businesses_per_arm", "events", "respondents")
#: above this share of months whose savings fell within a cycle the records themselves are in doubt
MAX_FALLEN = 0.01
Rows = list[tuple["Definition", Answer]]


def for_both(answer: Answer) -> Iterator[Answer]:
    """The public's form, rounded and banded, and the office's."""

    def rounded(value: float | None) -> float | None:
        return None if value is None or not math.isfinite(value) else round(value, 3)

    def counted(value: int | str | None) -> int | str | None:
        return band(value) if isinstance(value, int) else value

    gates = tuple(
        replace(gate, value=band(float(gate.value)))
        if gate.name in COUNTS and isinstance(gate.value, (int, float)) and gate.value >= 3
        else gate
        for gate in answer.gates
    )  # fmt: skip
    yield replace(
        answer, estimate=rounded(answer.estimate), low=rounded(answer.low),
        high=rounded(answer.high), n_groups=counted(answer.n_groups),
        n_cercles=places_band(answer.n_cercles)
        if isinstance(answer.n_cercles, int) else answer.n_cercles, gates=gates, roles=("public",),
    )  # fmt: skip
    yield replace(answer, roles=("staff",))


def shock(evidence: Evidence, definition: Definition, crisis: str | None) -> Iterator[Answer]:
    """What a shock changed in the outcome of struck cercles in its first year.

    Options: ``outcome`` (a column of ``core_panel_cercle_month``), ``log`` (whether it is told as a
    relative change).
    """
    panel, gates = _panel(evidence, definition, crisis)
    if panel is not None and panel.struck:
        # What is told of is a year.
        gates.append(at_least("quarters_after", quarters_after(panel), MIN_QUARTERS))
    if panel is None or not all(gate.passed for gate in gates):
        yield from for_both(refuse(crisis, *gates))
        return
    effect, apart = first_year_effect(panel)
    gates.append(at_most("second_run", apart if math.isfinite(apart) else 1.0, SAME))
    if panel.again > 0:
        # Staggered entry is not all that happened: cercles were struck more than once.
        first, effect = effect, repeated_effect(panel)
    if definition.options.get("log"):
        gates.append(at_most("plausible", abs(effect.value), MAX_EFFECT))
    gates += _measured(effect)
    if not all(gate.passed for gate in gates):
        yield from for_both(refuse(crisis, *gates))
        return
    quarterly = cercle_panel(evidence, crisis or "", definition.options["outcome"], step=3)
    tried = robustness(panel, quarterly, effect, evidence.regions)
    specification = _rows_scaled(tried.specification, definition)
    events = tried.facts.pop("event_study", [])
    if panel.again > 0:
        specification.append({
            "name": "staggered_entry", "n_cercles": len(panel.cercles),
            **{k: _scaled(v, definition) for k, v in zip(
                ("estimate", "low", "high"), (first.value, *first.interval()), strict=True)},
        })  # fmt: skip
    facts: dict[str, Any] = {
        **tried.facts, "cercles_left_out": panel.left_out, "months": panel.step,
        "struck_again": panel.again,
    }  # fmt: skip
    detail = {
        "specification": specification,
        "event_study": _rows_scaled(events, definition),
        "facts": facts,
    }
    lost = (*tried.downgrades, *_fallen(evidence, facts))
    answer = told_effect(definition, crisis, effect, panel, gates, lost, detail)
    hidden = [row["estimate"] for row in tried.specification if row["name"] == "worst_case"]
    if answer.verdict == "no_meaningful_effect" and any(abs(h) > definition.sesoi for h in hidden):
        # What the silent may hide is larger than what would matter: nothing can be ruled out.
        answer = replace(answer, verdict="inconclusive")
    yield from for_both(answer)


def _measured(effect: Effect) -> list[Gate]:
    """A number without an uncertainty is no estimate; there is a gate only where it fails."""
    return [] if effect.sound else [Gate("estimable", False, None, None)]


def _fallen(evidence: Evidence, facts: dict[str, Any]) -> Iterator[Downgrade]:
    """Months in which savings fell within a cycle say nothing of deposits and were left out."""
    [(share,)] = evidence.con.execute("SELECT avg(fell) FROM core_savings_month").fetchall()
    facts["months_of_negative_savings"] = share
    if share and share > MAX_FALLEN:
        yield Downgrade("negative_months", round(float(share), 3))


def _panel(
    evidence: Evidence, definition: Definition, crisis: str | None
) -> tuple[CerclePanel | None, list[Gate]]:
    """The panel of a shock and whether it can be judged at all."""
    panel = cercle_panel(evidence, crisis or "", definition.options["outcome"])
    if panel is None:
        return None, [Gate("cases", False, 0, 1)]
    return panel, [
        Gate("nationwide", not panel.nationwide, None, None),
        at_least("struck_cercles", panel.struck, MIN_CERCLES),
        at_least("comparison_cercles", panel.comparison, MIN_CERCLES),
        at_least("quarters_before", quarters_before(panel), MIN_QUARTERS),
        at_most("reports_missing", round(panel.missing, 3), MAX_MISSING),
    ]


def told_effect(
    definition: Definition,
    crisis: str | None,
    effect: Effect,
    panel: CerclePanel,
    gates: list[Gate],
    downgrades: Iterable[Downgrade],
    detail: dict[str, Any],
) -> Answer:
    """An effect with its verdict and figures; where its design starts, less what it lost."""
    low, high = effect.interval()
    told, direction = verdict(low, high, *effect.interval(0.90), definition.sesoi)
    value, low, high = (_scaled(v, definition) for v in (effect.value, low, high))
    kind = definition.unit
    figures: dict[str, Shown] = {
        "p": (value, kind, None), "low": (low, kind, None), "high": (high, kind, None),
    }  # fmt: skip
    return Answer(
        crisis=crisis, period=_span(panel), estimate=value, low=low, high=high, verdict=told,
        direction=direction, n_groups=panel.n_groups, n_cercles=len(panel.cercles),
        start=start_of_effect(definition.design), gates=(*gates, *_measured(effect)),
        downgrades=tuple(downgrades), figures=figures, family_p=effect.p, detail=detail,
    )  # fmt: skip


def _scaled(value: float, definition: Definition) -> float:
    """Log points as the relative change they stand for."""
    return math.expm1(value) if definition.options.get("log") else value


def _rows_scaled(rows: Iterable[dict[str, Any]], definition: Definition) -> list[dict[str, Any]]:
    return [{**row, **{k: _scaled(row[k], definition) for k in ("estimate", "low", "high")}}
            for row in rows]  # fmt: skip


def _span(panel: CerclePanel) -> str:
    def label(period: int, last: bool) -> str:
        month = period - 1 if panel.step == 1 else period * panel.step + (panel.step - 1) * last
        return f"{month // 12}-{month % 12 + 1:02d}"

    return f"{label(panel.periods[0], False)}/{label(panel.periods[-1], True)}"


def back(evidence: Evidence, definition: Definition, crisis: str | None) -> Iterator[Answer]:
    """The quarter from which on the gap a shock left is too small to matter (TOST by quarter)."""
    panel, gates = _panel(evidence, definition, crisis)
    quarterly = cercle_panel(evidence, crisis or "", definition.options["outcome"], step=3)
    if panel is None or quarterly is None or not all(gate.passed for gate in gates):
        yield from for_both(refuse(crisis, *gates))
        return
    study = event_study(quarterly)
    after = [q for q in study.quarters if q >= 0]
    gates.append(at_least("quarters_after", len(after), 4))
    if len(after) < 4:
        yield from for_both(refuse(crisis, *gates))
        return
    effects = {q: study.combine({q: 1.0}) for q in after}
    halves = [(e.interval(0.90)[1] - e.interval(0.90)[0]) / 2 for e in effects.values()]
    gates.append(at_most("precise_enough", round(float(np.median(halves)), 3), definition.sesoi))

    def small(effect: Effect) -> bool:
        low, high = effect.interval(0.90)
        return -definition.sesoi < low and high < definition.sesoi

    returned = next(
        (q for q in after if all(small(effects[later]) for later in after if later >= q)), None
    )
    last = effects[after[-1]]
    low, high = last.interval()
    figures: dict[str, Shown] = {
        name: (_scaled(v, definition), "percent", None)
        for name, v in (("p", last.value), ("low", low), ("high", high))
    } | {"quarters": (returned, "items", None)}
    yield from for_both(
        Answer(
            crisis=crisis, period=_span(quarterly),
            estimate=None if returned is None else float(3 * returned),
            verdict="inconclusive" if returned is None else "supported",
            n_groups=quarterly.n_groups, n_cercles=len(quarterly.cercles),
            start=start_of_effect(definition.design), gates=tuple(gates), figures=figures,
            downgrades=_clusters_and_silence(quarterly),
            detail={"event_study": _rows_scaled(study.rows(), definition)},
        )
    )  # fmt: skip


def _clusters_and_silence(panel: CerclePanel) -> tuple[Downgrade, ...]:
    from analytics.evidence.grade import FEW_CLUSTERS, MUCH_MISSING

    lost = []
    few = min(panel.struck, panel.comparison)
    if few < FEW_CLUSTERS:
        lost.append(Downgrade("few_clusters", few))
    if panel.missing > MUCH_MISSING:
        lost.append(Downgrade("missing", round(panel.missing, 3)))
    return tuple(lost)


# --- regressions ----------------------------------------------------------------------------------

#: groups and cercles as numbers: millions of rows of text would fill the memory
_NUMBERED = """INNER JOIN (
            SELECT group_id, CAST(row_number() OVER (ORDER BY group_id) AS INTEGER) AS unit
            FROM (SELECT DISTINCT group_id FROM core_savings_month)
        ) AS u ON s.group_id = u.group_id
        INNER JOIN (
            SELECT cercle, CAST(row_number() OVER (ORDER BY cercle) AS INTEGER) AS place
            FROM (SELECT DISTINCT cercle FROM core_savings_month)
        ) AS p ON s.cercle = p.cercle"""


def moderator(evidence: Evidence, definition: Definition, crisis: str | None) -> Iterator[Answer]:
    """Whether groups that had a social fund before the shock fell less, within cercle and month."""
    rows = evidence.once(
        f"""SELECT u.unit AS group_id, p.place AS cercle, s.month_index, s.log_saving, s.fund,
            o.onset_index
        FROM core_savings_month AS s {_NUMBERED}
        INNER JOIN core_shock_onset AS o ON s.cercle = o.cercle AND o.kind = '{crisis}'
        WHERE s.month_index BETWEEN o.onset_index - 12 AND o.onset_index + 11
            AND o.onset_index + 11 <= {evidence.limit}"""
    )
    before = rows[rows["month_index"] < rows["onset_index"]]
    had = before.groupby("group_id")["fund"].agg(["mean", "size"])
    # A fund all the time, or none at all; in between is no arm.
    arm = (had["mean"] >= 0.5).astype(int)[had["size"] >= 6]
    after = rows[rows["month_index"] >= rows["onset_index"]].groupby("group_id").size()
    rows = rows.assign(arm=rows["group_id"].map(arm))
    kept = rows["arm"].notna() & rows["group_id"].isin(after[after >= 3].index)
    rows = rows[kept & rows["log_saving"].notna()]
    arms = rows.groupby("arm")["group_id"].nunique().reindex([0, 1]).fillna(0)
    gates = [
        at_least("groups_per_arm", int(arms.min()), definition.gates.get("groups", 100)),
        at_least("struck_cercles", int(rows["cercle"].nunique()), 20),
    ]
    if not all(gate.passed for gate in gates):
        yield from for_both(refuse(crisis, *gates))
        return
    rows = rows.assign(
        x=((rows["arm"] == 1) & (rows["month_index"] >= rows["onset_index"])).astype(float),
        place_month=rows["cercle"] * 100_000 + rows["month_index"],
    )  # fmt: skip
    effect = feols("log_saving ~ x | group_id + place_month", rows, "x", "cercle")
    yield from for_both(
        _regression(definition, crisis, effect, rows, gates, [_row("main", effect, rows)])
    )


def dose(evidence: Evidence, definition: Definition, crisis: str | None) -> Iterator[Answer]:
    """How the share of loans taken for food moves with local food prices (10 % a unit)."""
    rows = evidence.once(
        f"""SELECT u.unit AS group_id, p.place AS cercle, s.month_index, s.food_loans AS y,
            x.price_change_pct / 10.0 AS x, l.price_change_pct / 10.0 AS x_before
        FROM core_savings_month AS s {_NUMBERED}
        INNER JOIN ref_day AS d ON s.month_index = d.month_index AND d.day_of_month = 1
        INNER JOIN core_exposure_cercle_month AS x ON s.cercle = x.cercle AND d.month = x.month
        LEFT JOIN ref_day AS e ON s.month_index = e.month_index + 3 AND e.day_of_month = 1
        LEFT JOIN core_exposure_cercle_month AS l ON s.cercle = l.cercle AND e.month = l.month
        WHERE s.food_loans IS NOT NULL AND x.price_change_pct IS NOT NULL
            AND s.month_index <= {evidence.limit}"""
    )
    varying = rows.groupby("cercle")["x"].nunique()
    gates = [
        at_least("places", int((varying > 1).sum()), 20),
        at_least("months", int(rows["month_index"].nunique()), 24),
    ]
    if not all(gate.passed for gate in gates):
        yield from for_both(refuse(crisis, *gates))
        return
    effect = feols("y ~ x | group_id + month_index", rows, "x", "cercle")
    lagged = rows[rows["x_before"].notna()]
    before = feols("y ~ x + x_before | group_id + month_index", lagged, "x", "cercle")
    table = [_row("main", effect, rows), _row("with_lag", before, lagged)]
    lost = []
    if before.value * effect.value < 0 or abs(before.value - effect.value) > 2 * before.se:
        lost.append(Downgrade("second_estimator", round(before.value, 4)))
    yield from for_both(_regression(definition, crisis, effect, rows, gates, table, lost))


def _row(name: str, effect: Effect, rows: pd.DataFrame) -> dict[str, Any]:
    low, high = effect.interval()
    return {"name": name, "estimate": effect.value, "low": low, "high": high,
            "n_cercles": int(rows["cercle"].nunique())}  # fmt: skip


def _regression(
    definition: Definition,
    crisis: str | None,
    effect: Effect,
    rows: pd.DataFrame,
    gates: list[Gate],
    specification: list[dict[str, Any]],
    downgrades: Iterable[Downgrade] = (),
) -> Answer:
    low, high = effect.interval()
    told, direction = verdict(low, high, *effect.interval(0.90), definition.sesoi)
    kind = definition.unit
    figures: dict[str, Shown] = {
        "p": (effect.value, kind, None), "low": (low, kind, None), "high": (high, kind, None),
    }  # fmt: skip
    months = [int(m) - 1 for m in (rows["month_index"].min(), rows["month_index"].max())]
    return Answer(
        crisis=crisis, period="/".join(f"{m // 12}-{m % 12 + 1:02d}" for m in months),
        estimate=effect.value, low=low, high=high, verdict=told, direction=direction,
        n_groups=int(rows["group_id"].nunique()), n_cercles=int(rows["cercle"].nunique()),
        start=start_of_effect(definition.design), gates=(*gates, *_measured(effect)),
        downgrades=tuple(downgrades), figures=figures, family_p=effect.p,
        detail={"specification": specification},
    )  # fmt: skip


# --- what comes after all are answered ------------------------------------------------------------


def corrected_for_family(told: Rows) -> Rows:
    """Holm's correction within each family of tests: what does not stand it loses a level."""
    from statsmodels.stats.multitest import multipletests

    families: dict[str, dict[tuple[str, str | None], float]] = {}
    for definition, answer in told:
        tested = answer.family_p is not None and math.isfinite(answer.family_p)
        if definition.family and tested and not answer.refused:
            family = families.setdefault(definition.family, {})
            family[definition.id, answer.crisis] = float(answer.family_p or 0.0)
    corrected: dict[tuple[str, str | None], float] = {}
    for family in families.values():
        values = multipletests(list(family.values()), method="holm")[1]
        corrected |= dict(zip(family, map(float, values), strict=True))
    return [
        (definition, _after_holm(answer, corrected.get((definition.id, answer.crisis))))
        for definition, answer in told
    ]


def _after_holm(answer: Answer, p: float | None) -> Answer:
    if p is None or answer.refused:
        return answer
    detail = {**answer.detail, "facts": {**answer.detail.get("facts", {}), "holm_p": p}}
    lost = answer.downgrades
    if p > 0.05:
        lost = (*lost, Downgrade("holm", round(p, 3)))
    return replace(answer, downgrades=lost, detail=detail)


ESTIMATORS = {"shock": shock, "return": back, "moderator": moderator, "dose": dose}
