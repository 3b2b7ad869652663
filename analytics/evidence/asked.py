"""What people answered and who sits where: survey shares, and changes between two moments.

Survey estimates know the sampling design (``svy``); changes without a comparison start at the
lowest grade, whatever their interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analytics.disclosure.rules import MIN_GROUPS, MIN_PEOPLE, band
from analytics.evidence.answer import Answer, Evidence, places_band, refuse
from analytics.evidence.claim import Gate
from analytics.evidence.describe import MAIN, Table, answers
from analytics.evidence.grade import at_least, start_of_effect, verdict
from analytics.evidence.shares import NATION, PLACES, Cell
from analytics.evidence.shock import feols
from analytics.evidence.wording import Shown, write
from analytics.geography.places import NOT_SPECIFIED
from analytics.text import LANGS

if TYPE_CHECKING:
    import pandas as pd

    from analytics.evidence.definition import Definition

Z95, Z90 = 1.959963984540054, 1.6448536269514722
#: respondents in each arm of an adjusted gap
MIN_ARM = 100


def _respondents(evidence: Evidence) -> pd.DataFrame:
    rows = evidence.frame(
        """SELECT s.*, s.respondent_id AS person, d.month_index AS month_index
        FROM core_survey_period AS s INNER JOIN ref_day AS d ON s.survey_date = d.day
        WHERE s.weight IS NOT NULL AND s.period_kind = 'month'"""
    )
    return rows[rows["month_index"] <= evidence.limit]


def survey(evidence: Evidence, definition: Definition, crisis: str | None) -> Iterator[Answer]:
    """The share of members' households with acceptable food consumption, last probability round.

    Option: ``gap`` (the sentence about others of the same round, for the nation).
    """
    rows = _respondents(evidence)
    rows = rows[(rows["programme_sample"] == 0) & rows["fcs_acceptable"].notna()]
    if rows.empty:
        yield refuse(crisis, Gate("waves", False, 0, 1))
        return
    rows = rows[rows["round"] == rows["round"].max()]
    member = rows["vsla_member"] == "true"
    rows = rows.assign(
        y=rows["fcs_acceptable"].astype(float).where(member),
        answered=rows["fcs_acceptable"].astype(float),
        member=member.astype(int), group_id=rows["cluster"], people=1,
    )  # fmt: skip
    gap = _gap(rows, definition)
    # A household that is not a member's is part of the design, not of the cohort.
    table = Table(rows, {MAIN: "y"}, str(rows["round"].iloc[0]), "person", probability=True,
                  extra=("stratum", "psu"))  # fmt: skip
    for answer in answers(evidence, definition, crisis, table, _designed):
        told: Shown = (gap if answer.place == NATION else dict.fromkeys(LANGS, ""), "words", None)
        yield replace(answer, figures={**answer.figures, "gap": told})


def _designed(rows: pd.DataFrame, value: str, dimension: str) -> dict[str, Cell]:
    """Cells of a survey share, by Taylor linearisation over the whole sample."""
    from analytics.estimates.survey import survey_means

    column = PLACES[dimension]
    keys = [column] if column else []
    frame = rows.assign(
        wave="last", counts=rows[value].notna().astype(int), y=rows[value].fillna(0)
    )
    found = survey_means(frame, keys, share=True)
    cells = {}
    for row in found.to_dict("records"):
        place = str(row[column]) if column else NATION
        here = rows[rows[value].notna()]
        here = here[here[column] == place] if column else here
        low, high = (None if b != b else float(b) for b in (row["low"], row["high"]))
        value_ = float(row["value"])
        spread = ((high or 0) - (low or 0)) / (2 * Z95)
        count = len(here)
        effective = value_ * (1 - value_) / spread**2 if spread > 0 else count
        groups = int(here["group_id"].nunique())
        share = here.groupby("group_id")["weight"].sum().sort_values(ascending=False)
        cells[place] = Cell(
            place, value_, low, high, count, count, groups, int(here["cercle"].nunique()), count,
            float(min(effective, count)), 0.0, float(share.sum()), float(share.iloc[0]),
            float(share.iloc[1]) if len(share) > 1 else 0.0,
        )  # fmt: skip
    return cells


def _gap(rows: pd.DataFrame, definition: Definition) -> dict[str, str]:
    """The sentence on the adjusted gap to others asked in the same round, or nothing."""
    arms = rows["member"].value_counts()
    if len(arms) < 2 or arms.min() < MIN_ARM:
        return dict.fromkeys(LANGS, "")
    found = feols(
        "answered ~ member + C(age_band) + C(sex) | region_2023",
        rows.assign(age_band=rows["age_band"].fillna("?"), sex=rows["sex"].fillna("?")),
        "member", "psu", "weight",
    )  # fmt: skip
    gap, (low, high) = found.value, found.interval()
    told = definition.options["gap_untold" if low <= 0 <= high else "gap"]
    return {
        lang: " " + told[lang].strip().format(
            gap=write(gap, "points", lang), gap_low=write(low, "points", lang),
            gap_high=write(high, "points", lang),
        )
        for lang in LANGS
    }  # fmt: skip


def perception(evidence: Evidence, definition: Definition, crisis: str | None) -> Iterator[Answer]:
    """How the share that sees women as leaders moved between the first and last round."""
    from analytics.estimates.survey import survey_means

    rows = _respondents(evidence)
    rows = rows[(rows["programme_sample"] == 0) & rows["supports_women_leaders"].notna()]
    waves = sorted(rows["round"].unique())
    if len(waves) < 2:
        yield refuse(crisis, at_least("waves", len(waves), 2))
        return
    first, last = waves[0], waves[-1]
    rows = rows[rows["round"].isin((first, last))]
    rows = rows.assign(
        wave="last", counts=1, unit_2023=rows["region_2023"].map(evidence.units["2023"]),
        y=rows["supports_women_leaders"].astype(float), group_id=rows["cluster"],
    )  # fmt: skip
    for _, column, roles in _DIMENSIONS:
        keys = [column] if column else []
        found = survey_means(rows, [*keys, "sex"], share=True)
        found = found.assign(se=(found["high"] - found["low"]) / (2 * Z95))
        for place, cells in found.groupby(column) if column else [(NATION, found)]:
            here = rows[rows[column] == place] if column else rows
            by = {(c["sex"], c["wave"]): c for c in cells.to_dict("records")}
            moved = {
                sex: _difference(by[sex, first], by[sex, last])
                for sex in ("female", "male")
                if (sex, first) in by and (sex, last) in by
            }
            if "female" not in moved or NOT_SPECIFIED in str(place):
                continue
            least = here[here["sex"] == "female"].groupby("wave").agg(
                people=("person", "size"), groups=("group_id", "nunique")
            )  # fmt: skip
            figures: dict[str, Shown] = {
                "before": (by["female", first]["value"], "level", None),
                "after": (by["female", last]["value"], "level", None),
            }
            for sex in ("female", "male"):
                figures[f"part_{sex}"] = (moved.get(sex, (None,))[0], "points", None)
            yield _change(
                definition, crisis, str(place), f"{first}/{last}", moved["female"], figures,
                people=int(least["people"].min()), groups=int(least["groups"].min()),
                cercles=int(here["cercle"].nunique()), roles=roles,
            )  # fmt: skip


def _difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[float, float]:
    """Of two samples that know nothing of each other: the change and its standard error."""
    error = (before["se"] ** 2 + after["se"] ** 2) ** 0.5
    return float(after["value"] - before["value"]), float(error)


def seats(evidence: Evidence, definition: Definition, crisis: str | None) -> Iterator[Answer]:
    """How the share of seats held by women moved in the spaces seen in the first and last year."""
    rows = evidence.frame(
        """SELECT s.space_id, s.region_2023, s.cercle, s.seats, s.seats_women, d.month_index,
            s.date FROM core_decision_space AS s INNER JOIN ref_day AS d ON s.date = d.day"""
    )
    rows = rows[(rows["month_index"] <= evidence.limit) & (rows["seats"] > 0)]
    year = (rows["month_index"] - 1) // 12
    rows = (
        rows.assign(year=year)
        .sort_values("date")
        .drop_duplicates(["space_id", "year"], keep="last")
    )
    full = [y for y in sorted(rows["year"].unique()) if y * 12 + 12 <= evidence.limit]
    if len(full) < 2:
        yield refuse(crisis, at_least("waves", len(full), 2))
        return
    rows = rows[rows["year"].isin((full[0], full[-1]))]
    rows = rows[rows.groupby("space_id")["year"].transform("nunique") == 2]
    rows = rows.assign(
        share=rows["seats_women"] / rows["seats"], later=(rows["year"] == full[-1]).astype(int),
        unit_2023=rows["region_2023"].map(evidence.units["2023"]), weight=rows["seats"],
        cercle=rows["cercle"].fillna(rows["region_2023"]),
    )  # fmt: skip
    for dimension, column, roles in _DIMENSIONS:
        for place, here in rows.groupby(column) if column else [(NATION, rows)]:
            if NOT_SPECIFIED in str(place) or here["space_id"].nunique() < 2:
                continue
            cercles = int(here["cercle"].nunique())
            cluster = "cercle" if dimension == "nation" and cercles >= 10 else "space_id"
            sums = here.groupby("later")[["seats_women", "seats"]].sum()
            before, after = (sums["seats_women"] / sums["seats"]).tolist()
            moved = _moved(here, cluster)
            figures: dict[str, Shown] = {
                "before": (before, "level", None), "after": (after, "level", None),
            }  # fmt: skip
            yield _change(
                definition, crisis, str(place), f"{full[0]}/{full[-1]}", moved, figures,
                people=int(sums["seats"].min()), groups=int(here["space_id"].nunique()),
                cercles=cercles, roles=roles,
            )  # fmt: skip


def _moved(here: pd.DataFrame, cluster: str) -> tuple[float, float]:
    """The change of the share within the same spaces and its standard error."""
    if here.groupby("space_id")["share"].nunique().max() < 2:
        # No space moved: there is a change of nothing, and no telling how sure it is.
        return 0.0, math.nan
    found = feols("share ~ later | space_id", here, "later", cluster, "weight")
    return found.value, found.se


_DIMENSIONS = (
    ("nation", None, ("public", "staff")),
    ("region_2023", "region_2023", ("staff",)),
    ("unit_2023", "unit_2023", ("public",)),
)


def _change(
    definition: Definition,
    crisis: str | None,
    place: str,
    period: str,
    moved: tuple[float, float],
    figures: dict[str, Shown],
    *,
    people: int,
    groups: int,
    cercles: int,
    roles: tuple[str, ...],
) -> Answer:
    """A change without comparison: gates, verdict and the lowest start.

    For the public everything is rounded to half a point and counts are bands; what holds for it
    holds for the office too, so that the nation has one form.
    """
    value, error = moved
    public = "public" in roles
    step = 0.005 if public else 1e-4

    if not math.isfinite(error):
        # A single sampling point or cluster says nothing of its own uncertainty.
        return Answer(place, crisis, period, gates=(at_least("clusters", 1, 2),), roles=roles)

    def rounded(number: float) -> float:
        return round(round(number / step) * step, 4) if math.isfinite(number) else math.nan

    low, high = value - Z95 * error, value + Z95 * error
    told, direction = verdict(
        low, high, value - Z90 * error, value + Z90 * error, definition.sesoi
    )  # fmt: skip
    shown = {
        name: (rounded(v) if isinstance(v, float) else v, kind, bound)
        for name, (v, kind, bound) in figures.items()
    }
    gates = [
        at_least("effective_cases", people, definition.gates.get("cases", 30)),
        Gate("interval_width", bool(high - low <= 0.30), rounded(high - low), 0.30),
    ]
    if public:
        enough = people >= MIN_PEOPLE and groups >= MIN_GROUPS
        gates = [Gate("disclosure", enough, None, None),
                 *(replace(g, value=band(float(g.value or 0))) if g.name == "effective_cases"
                   else g for g in gates)]  # fmt: skip
        if not enough:
            return Answer(place, crisis, period, gates=tuple(gates[:1]), roles=roles)
    shown |= {
        MAIN: (rounded(value), "points", None), "low": (rounded(low), "points", None),
        "high": (rounded(high), "points", None),
    }  # fmt: skip
    return Answer(
        place, crisis, period, rounded(value), rounded(low), rounded(high), told, direction,
        n_groups=band(groups) if public else groups,
        n_cercles=places_band(cercles) if public else cercles,
        start=start_of_effect(definition.design), gates=tuple(gates), figures=shown, roles=roles,
        detail={"facts": {name: v for name, (v, _, _) in shown.items()}},
    )  # fmt: skip


ESTIMATORS = {"survey": survey, "perception": perception, "seats": seats}
