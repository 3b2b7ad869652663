"""Cadre Harmonisé and IPC: the share of people in phase 3 or worse (crisis to famine).

A share between 0 and 1 for every month of the period analysed. The number of people is the share
times the population analysed; the contract has no measure for it.
An area is in phase 3 where 20 % of its people are in it or worse (the rule of both manuals).
Source: CILSS, Cadre Harmonisé, manual version 2.0 (2019); IPC, technical manual version 3.1 (2021).
"""

from __future__ import annotations

import re
from typing import ClassVar

import pandas as pd

from analytics.geography.places import normalise
from analytics.period import parse_period
from analytics.sources.feeds.common import PLACE_NAMES, Names, Reading, RowFeed, months_between
from analytics.sources.feeds.layout import Layout
from analytics.sources.values import parse_month

_KIND, _MEASURE = "food_insecurity", "phase3plus_share"
#: an observation before a projection, a near projection before a far one
_CERTAINTY = {"current": 0, "courante": 0, "projected": 1, "projetee": 1, "first-projection": 1,
              "second-projection": 2}  # fmt: skip


class Workbook(RowFeed):
    """The workbook of CILSS as HDX passes it on: one row a cercle (or commune), exercise, period.

    Where ``usethisperiod`` marks the estimate that holds, the others are the same period told
    earlier; without it the latest exercise holds.
    """

    id = "cadre_harmonise"
    names: ClassVar[Names] = {
        "value": ("phase35", "phase3_5", "phase 3-5", "phase 3 à 5", "ph3_5", "ph35", "phase3plus",
                  "#inneed+ind"),
        "phase3": ("phase3", "phase 3", "ph3"),
        "phase4": ("phase4", "phase 4", "ph4"),
        "phase5": ("phase5", "phase 5", "ph5"),
        "population": ("population", "pop", "#population"),
        "period": ("reference_label", "periode", "période"),
        "year": ("reference_year", "annee", "année"),
        "exercise": ("exercise_label",),
        "exercise_year": ("exercise_year",),
        "certainty": ("chtype", "type"),
        "use": ("usethisperiod", "use_this_period"),
        "admin3": ("adm3_name", "commune"),
        **PLACE_NAMES,
    }  # fmt: skip
    required = ("value|phase3", "population", "period", "year", "admin2")

    def records(self, reading: Reading) -> pd.DataFrame:
        _share_inputs(reading)
        reading.place(unlisted=True)
        _span(reading)
        rows = reading.rows
        if reading.layout.has("use"):
            held = rows["use"].map(lambda text: normalise(text or "") in ("y", "yes", "oui", "1"))
            reading.twice(~held, "superseded_estimate")
        rows = reading.rows
        made = rows["exercise_year"].fillna("0") + rows["exercise"].map(_season)
        place = [rows[name] for name in ("place", "level", "first", "last")]
        reading.twice(made.ne(made.groupby(place).transform("max")), "superseded_estimate")
        return _shares(reading.rows, self.id)


def _season(text: str | None) -> str:
    """Exercises of a year in order: ``Jan-May`` comes before ``Sep-Dec``."""
    head = normalise(text or "")[:3]
    order = ("jan", "fev", "feb", "mar", "avr", "apr", "mai", "may", "jui", "jun", "jul", "aou",
             "aug", "sep", "oct", "nov", "dec")  # fmt: skip
    return f"{order.index(head):02d}" if head in order else "99"


def _share_inputs(reading: Reading) -> None:
    """People in phase 3 or worse as told, else phases 3, 4 and 5 where all three are told."""
    phases = reading.rows[["phase3", "phase4", "phase5"]].apply(pd.to_numeric, errors="coerce")
    added = phases.sum(axis=1, skipna=False)
    told = reading.rows["value"]
    reading.rows["value"] = told.where(
        told.notna() | added.isna(), added.map(lambda people: f"{people:g}")
    )
    reading.number("value")
    reading.number("population")
    reading.refuse(reading.rows["population"].eq(0), "not_positive", "value", "population")
    over = reading.rows["value"] > reading.rows["population"]
    reading.refuse(over, "more_than_population", "value", "value")


def _span(reading: Reading) -> None:
    """``Jun-Aug`` and ``2022`` → first and last month."""
    rows = reading.rows
    pairs = rows[["period", "year"]].drop_duplicates().itertuples(index=False, name=None)
    told = {pair: _months(*pair) for pair in pairs}
    spans = pd.Series([told[p] for p in zip(rows["period"], rows["year"], strict=True)],
                      index=rows.index, dtype=object)  # fmt: skip
    reading.rows["span"] = spans
    reading.refuse(spans.isna(), "not_a_month", "month", "period")
    reading.rows["first"] = reading.rows["span"].map(lambda span: span[0])
    reading.rows["last"] = reading.rows["span"].map(lambda span: span[1])


def _months(period: str | None, year: str | None) -> tuple[str, str] | None:
    words = re.split(r"\s*(?:-|–|à|to)\s*", (period or "").strip())
    try:
        first, last = (parse_month(f"{word} {int(float(year or ''))}")
                       for word in (words[0], words[-1]))  # fmt: skip
    except Exception:  # no month or no year in it
        return None
    if first > last:
        # "Oct-Jan" of 2023 ends in January of 2024.
        last = f"{int(last[:4]) + 1}{last[4:]}"
    return first, last


def _shares(rows: pd.DataFrame, origin: str) -> pd.DataFrame:
    """``long``: parts of a place (communes, camps and villages) are added up, then divided."""
    place = [rows[name] for name in ("place", "level", "first", "last")]
    long = rows[["row", "place", "first", "last"]].copy()
    long["value"] = rows["value"].groupby(place).transform("sum") / rows["population"].groupby(
        place
    ).transform("sum")
    long["kind"], long["measure"] = _KIND, _MEASURE
    long["source"] = origin + "/" + rows["level"]
    long["month"] = [months_between(*p) for p in zip(long["first"], long["last"], strict=True)]
    return long.explode("month", ignore_index=True)


class Phases(RowFeed):
    """IPC by area and HDX HAPI food security: one row a place, period and phase."""

    id = "ipc_phases"
    names: ClassVar[Names] = {
        "phase": ("ipc_phase", "phase", "#severity+name"),
        "certainty": ("ipc_type", "validity period", "#analysis+type"),
        "people": ("population_in_phase", "number", "#affected+num"),
        "share": ("population_fraction_in_phase", "percentage", "#affected+pct"),
        "start": ("reference_period_start", "from", "#date+start"),
        "end": ("reference_period_end", "to", "#date+end"),
        "analysed": ("date of analysis", "#date+analysis"),
        **PLACE_NAMES,
    }
    required = ("phase", "certainty", "people", "share", "start", "end", "country")

    def name(self, layout: Layout) -> str:
        return "hapi_food_security" if "ipc-phase" in layout.headers else "ipc_areas"

    def records(self, reading: Reading) -> pd.DataFrame:
        reading.rows["phase"] = reading.rows["phase"].map(_phase)
        known = reading.rows["phase"].isin(["all", "1", "2", "3", "4", "5", "3+"])
        reading.refuse(~known, "unknown_phase", "value", "phase")
        reading.number("people", required=False)
        reading.number("share", required=False)
        reading.month("start", "first")
        reading.month("end", "last")
        reading.place(national=True)
        rows = reading.rows
        # One analysis holds for a place and period: the most certain, then the latest.
        rank = rows["certainty"].map(lambda text: _CERTAINTY.get(normalise(text or ""), 3))
        rows["analysis"] = rank.astype(str)
        made = rows["analysed"].map(_analysed)
        place = [rows[column] for column in ("place", "level", "first", "last")]
        best = rank.groupby(place).transform("min").eq(rank)
        latest = made.where(best, "").groupby(place).transform("max").eq(made)
        reading.twice(~(best & latest), "superseded_estimate")
        rows = reading.rows
        place = [rows[column] for column in ("place", "level", "first", "last")]
        rows["value"] = _phase3plus(rows, place)
        reading.refuse(rows["value"].isna(), "required", "value", "share")
        return _by_month(reading.rows, reading.reader)


def _phase(text: str | None) -> str:
    """``3+``, ``Phase 3+``, ``phase3`` → ``3+``, ``3+``, ``3``."""
    plain = re.sub(r"[^0-9a-z+]", "", (text or "").lower()).removeprefix("phase")
    return plain.replace("plus", "+")


def _analysed(text: str | None) -> str:
    try:
        return parse_period(parse_month(text or "")).label
    except Exception:  # no date of analysis: nothing to prefer it by
        return ""


def _phase3plus(rows: pd.DataFrame, place: list[pd.Series]) -> pd.Series:
    """The published share of phase 3+, else its people over all people, else phases 3 to 5."""

    def of(column: str, *phases: str) -> pd.Series:
        chosen = rows[column].where(rows["phase"].isin(phases))
        return chosen.groupby(place).transform(lambda cells: cells.sum(min_count=1))

    people = of("people", "3+").fillna(of("people", "3", "4", "5"))
    everyone = of("people", "all").fillna(of("people", "1", "2", "3", "4", "5"))
    # People divided by people is exact; the published fraction is rounded to a percent.
    return (people / everyone.where(everyone > 0)).fillna(of("share", "3+")).fillna(
        of("share", "3", "4", "5")
    )


def _by_month(rows: pd.DataFrame, origin: str) -> pd.DataFrame:
    """``long``; where two periods meet in a month the more certain one is told."""
    long = rows[["row", "place", "first", "last", "value", "analysis"]].copy()
    long["kind"], long["measure"] = _KIND, _MEASURE
    long["source"] = origin + "/" + rows["level"]
    long["month"] = [months_between(f, t) for f, t in zip(long["first"], long["last"], strict=True)]
    long = long.explode("month", ignore_index=True)
    place = [long[name] for name in ("place", "month", "source")]
    order = long["analysis"] + long["last"]
    held = order.groupby(place).transform("min").eq(order)
    long["value"] = long["value"].where(held).groupby(place).transform("first")
    return long
