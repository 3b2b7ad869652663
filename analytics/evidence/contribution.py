"""What all else adds up to: whether places fared better once women's groups came, and the rest.

The first year of groups in a cercle is compared with cercles where there are none yet (Callaway and
Sant'Anna), on a measure that groups have no hand in; each other component has to stand as well. The
grade is that of the weakest (contribution analysis; Mayne 2012).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analytics.evidence.answer import Answer, Evidence, refuse
from analytics.evidence.claim import Gate
from analytics.evidence.effects import Rows, for_both, told_effect
from analytics.evidence.grade import MIN_CERCLES, MIN_QUARTERS, at_least, at_most, grade
from analytics.evidence.panel import CerclePanel, balanced, quarters_before
from analytics.evidence.shock import first_year_effect, robustness
from analytics.evidence.staggered import SAME
from analytics.text import LANGS, say

if TYPE_CHECKING:
    from analytics.evidence.definition import Definition

#: rounds of the Cadre Harmonisé come by season: no half-year is without one
HALF_YEAR = 6
#: from this grade on, and with so many testimonies beside it, a contribution may be spoken of
LEAST_GRADE, LEAST_TESTIMONIES = 3, 10


def contribution(
    evidence: Evidence, definition: Definition, crisis: str | None, told: Rows
) -> Iterator[Answer]:
    """Refused unless every component stands; the strong sentence only where the rule allows it.

    Options: ``components`` (claim ids whose own result has to be supported), ``outcome`` (a measure
    by cercle of ``core_shock_exposure``, better when it falls).
    """
    grades = {name: _grade(name, told) for name in definition.options["components"]}
    missing = [name for name, found in grades.items() if found is None]
    filled = [rival for rival in definition.rivals if rival.fr.strip() and rival.en.strip()]
    panel = rollout_panel(evidence, definition.options["outcome"])
    gates = [
        Gate("component", not missing, ", ".join(missing) or None, None),
        Gate("rivals_stated", 0 < len(filled) == len(definition.rivals), len(filled),
             max(len(definition.rivals), 1)),
        at_least("rolled_cercles", panel.struck if panel else 0, MIN_CERCLES),
        at_least("comparison_cercles", panel.comparison if panel else 0, MIN_CERCLES),
        at_least("quarters_before", quarters_before(panel) if panel else 0.0, MIN_QUARTERS),
    ]  # fmt: skip
    if panel is None or not all(gate.passed for gate in gates):
        yield from for_both(refuse(crisis, *gates))
        return
    effect, apart = first_year_effect(panel)
    gates.append(at_most("second_run", apart if math.isfinite(apart) else 1.0, SAME))
    tried = robustness(panel, panel, effect, evidence.regions)
    study = tried.facts.pop("event_study")
    events = [{**row, "quarter": row["quarter"] * HALF_YEAR // 3} for row in study]
    detail: dict[str, Any] = {
        "specification": list(tried.specification), "event_study": events,
        "facts": {**tried.facts, "cercles_left_out": panel.left_out, "months": panel.step},
    }  # fmt: skip
    rollout = told_effect(definition, crisis, effect, panel, gates, tried.downgrades, detail)
    weakest = min((found for found in grades.values() if found), key=lambda one: one[0],
                  default=None)  # fmt: skip
    own = grade(rollout.start, rollout.downgrades, effect=True)
    if weakest is not None and weakest[0] < own:
        # Nothing is surer than what it rests on: the component's own losses are its losses.
        own, component = weakest
        rollout = replace(rollout, start=component.start, downgrades=component.downgrades)
    testimonies = _testimonies(evidence)
    detail["facts"] |= {
        **{name: found[0] for name, found in grades.items() if found}, "testimonies": testimonies,
    }  # fmt: skip
    second = testimonies >= LEAST_TESTIMONIES
    strong = rollout.verdict == "supported" and rollout.direction == "down"
    alone: dict[str, str] = {
        lang: say("claim.no_second_source", lang, threshold=LEAST_TESTIMONIES) for lang in LANGS
    }
    yield from for_both(
        replace(
            rollout, contrary=not (strong and second and own >= LEAST_GRADE),
            counter_evidence=() if second else (alone,),
        )
    )  # fmt: skip


def _grade(name: str, told: Rows) -> tuple[int, Answer] | None:
    """The least sure of a description's answers for the nation; empty where none stands."""
    standing = [
        (grade(answer.start, answer.downgrades, effect=definition.design != "description"), answer)
        for definition, answer in told
        if definition.id == name and answer.place == "mali" and "public" in answer.roles
        and not answer.refused and answer.verdict == "supported"
    ]  # fmt: skip
    return min(standing, key=lambda one: one[0], default=None)


def rollout_panel(evidence: Evidence, outcome: str) -> CerclePanel | None:
    """A measure by cercle and half-year, and the half-year in which its first group began.

    A cercle with a group of unknown beginning has no before and is left out, as is one whose groups
    began with the record.
    """
    rows = evidence.frame(
        f"""SELECT x.cercle, d.month_index, x.value AS y, g.formed_index, g.n_groups
        FROM core_shock_exposure AS x
        INNER JOIN ref_day AS d ON x.month = d.month AND d.day_of_month = 1
        LEFT JOIN (
            SELECT cercle, count(*) AS n_groups, min(
                CASE WHEN date_first_training IS NULL THEN 0
                ELSE 12 * year(date_first_training) + month(date_first_training) END
            ) AS formed_index
            FROM core_vsla_group WHERE cercle IS NOT NULL GROUP BY cercle
        ) AS g ON x.cercle = g.cercle
        WHERE x.level = 'cercle' AND x.measure = '{outcome}' AND x.source_rank = 1
            AND d.month_index <= {evidence.limit}"""
    )
    rows = rows[rows["y"].notna()]
    if rows.empty:
        return None

    def begins(month: Any) -> Any:
        return (month - 1) // HALF_YEAR * HALF_YEAR + 1

    # Whole half-years: seasons differ, so that no round may be left out of the one of the onset.
    return balanced(
        rows.assign(
            month_index=begins(rows["month_index"]),
            onset_index=begins(rows["formed_index"].astype(float)),
            n_groups=rows["n_groups"].fillna(0), onsets=1, nationwide=0, expected=1, reported=1,
        ), "y", HALF_YEAR,
    )  # fmt: skip


def _testimonies(evidence: Evidence) -> int:
    """What women said themselves, with consent, where groups are: the second source."""
    [(count,)] = evidence.con.execute(
        """SELECT count(*) FROM core_testimony
        WHERE region_2023 IN (SELECT region_2023 FROM core_vsla_group)"""
    ).fetchall()
    return int(count)
