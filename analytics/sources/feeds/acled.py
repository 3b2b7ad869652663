"""ACLED: armed conflict and protest, as events or as the monthly counts HDX passes on.

Political violence makes the exposure (``events``, ``fatalities`` of ``acled_events``,
``acled_hdx``, ``hapi_conflict``: the same definition in the three forms). Demonstrations and
strategic developments are no violence and stand beside it under sources of their own
(``acled_other``, ``hapi_demonstrations``), so that a file adds up to its own total.
ACLED's terms forbid passing events on: only these monthly sums are ever stored.
Source: ACLED Codebook, https://acleddata.com/knowledge-base/codebook/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pandas as pd

from analytics.geography.places import normalise
from analytics.sources.feeds.common import PLACE_NAMES, Names, Reading, RowFeed, summed
from analytics.sources.feeds.layout import Layout
from analytics.sources.feeds.lookalikes import LooksLike
from analytics.sources.files import Table

#: event types that are political violence where ``disorder_type`` does not say so itself
_VIOLENT = ("battle", "explosions", "remote-violence", "violence-against-civilians")
_VIOLENT_SUB_TYPES = {"mob-violence", "excessive-force-against-protesters"}


class Events(RowFeed):
    """One row an event: the current export of 31 columns and the older one of 25."""

    id = "acled_events"
    names: ClassVar[Names] = {
        "event": ("event_id_cnty", "event_id", "data_id"),
        "date": ("event_date", "date", "#date+occurred"),
        "disorder": ("disorder_type",),
        "type": ("event_type", "#event+type"),
        "sub_type": ("sub_event_type",),
        "actor": ("actor1",),
        "fatalities": ("fatalities", "#affected+killed"),
        "stamp": ("timestamp",),
        **PLACE_NAMES,
    }
    required = ("event", "date", "type", "fatalities", "admin1")

    def layout(self, table: Table) -> Layout | None:
        found = super().layout(table)
        # Any list of incidents may have an id, a date and a type; these two columns only ACLED's.
        own = found is not None and (found.has("actor") or "event-id-cnty" in found.headers)
        return found if own else None

    def records(self, reading: Reading) -> pd.DataFrame:
        reading.refuse(reading.rows["event"].isna(), "required", "value", "event")
        reading.twice(_older_versions(reading.rows))
        reading.month("date")
        reading.number("fatalities")
        reading.place(unlisted=True)
        rows = reading.rows
        violent = _violent(rows)
        rows["events"] = 1.0
        parts = [
            summed(rows[chosen], measure, "insecurity", measure, origin)
            for chosen, origin in ((violent, self.id), (~violent, "acled_other"))
            for measure in ("events", "fatalities")
        ]
        return pd.concat(parts, ignore_index=True)


def _older_versions(rows: pd.DataFrame) -> pd.Series:
    """Rows whose event stands in the file again; the latest version of it counts."""
    stamp = pd.to_numeric(rows["stamp"], errors="coerce").fillna(0)
    latest = stamp.sort_values(ascending=False, kind="stable").index
    return rows.loc[latest, "event"].duplicated().reindex(rows.index)


def _violent(rows: pd.DataFrame) -> pd.Series:
    """Whether each event is political violence: as ACLED says, else by its type."""

    def says(column: str, judge: Callable[[str], bool]) -> pd.Series:
        told = {text: judge(normalise(text)) for text in rows[column].dropna().unique()}
        return rows[column].map(told).eq(True)

    by_type = says("type", lambda text: text.startswith(_VIOLENT))
    by_type |= says("sub_type", lambda text: text in _VIOLENT_SUB_TYPES)
    said = says("disorder", lambda text: "political-violence" in text)
    return said.where(rows["disorder"].notna(), by_type)


class Monthly(RowFeed):
    """One row a place and month: the HDX workbook by admin 2, or by country."""

    id = "acled_hdx"
    names: ClassVar[Names] = {
        "month_name": ("month", "mois"),
        "year": ("year", "année", "annee"),
        "events": ("events", "événements", "evenements", "#event+num"),
        "fatalities": ("fatalities", "décès", "morts", "#affected+killed"),
        "type": ("event_type",),
        **PLACE_NAMES,
    }
    required = ("country", "month_name", "year", "events", "fatalities")
    without = ("type",)

    def name(self, layout: Layout) -> str:
        return self.id if layout.has("admin1") else "acled_hdx_country"

    def prepare(self, reading: Reading) -> None:
        # The columns are those of political violence, of which this is a part.
        if "civilian" in normalise(reading.layout.table.label):
            raise LooksLike("civilian_targeting", reading.layout.table.label)

    def records(self, reading: Reading) -> pd.DataFrame:
        _label(reading.rows)
        reading.month("month_name")
        reading.number("events")
        reading.number("fatalities")
        reading.place(national=not reading.layout.has("admin1"), unlisted=True)
        return _both(reading.rows, reading.reader)


def _label(rows: pd.DataFrame) -> None:
    """``January`` and ``2025`` are one month; so are ``1`` and ``2025``."""
    name = rows["month_name"].fillna("")
    number = name.str.fullmatch(r"\d{1,2}")
    joined = name + " " + rows["year"].fillna("")
    joined = joined.mask(number, rows["year"].fillna("") + "-" + name.str.zfill(2))
    rows["month_name"] = joined.where(rows["month_name"].notna() & rows["year"].notna(), None)


def _both(rows: pd.DataFrame, origin: str) -> pd.DataFrame:
    return pd.concat(
        [summed(rows, measure, "insecurity", measure, origin)
         for measure in ("events", "fatalities")],
        ignore_index=True,
    )  # fmt: skip


class Hapi(RowFeed):
    """HDX HAPI conflict events: a row a place, period and type of event.

    ``civilian_targeting`` is a part of ``political_violence`` and counted there already.
    """

    id = "hapi_conflict"
    names: ClassVar[Names] = {
        "type": ("event_type",),
        "events": ("events",),
        "fatalities": ("fatalities",),
        "start": ("reference_period_start", "#date+start"),
        **PLACE_NAMES,
    }
    required = ("type", "events", "fatalities", "start", "country")

    def records(self, reading: Reading) -> pd.DataFrame:
        kinds = reading.rows["type"].map(lambda text: normalise(text or ""))
        known = kinds.isin(["political-violence", "civilian-targeting", "demonstration",
                            "demonstrations"])  # fmt: skip
        reading.refuse(~known, "unknown_event_type", "kind", "type")
        kinds = reading.rows["type"].map(normalise)
        reading.twice(kinds.eq("civilian-targeting"), "part_of_political_violence")
        reading.month("start")
        reading.number("events")
        # Deaths in demonstrations are not published apart: the cell is blank, not zero.
        demonstration = reading.rows["type"].map(normalise).str.startswith("demonstration")
        blank = reading.rows["fatalities"].isna() & ~demonstration
        reading.refuse(blank, "required", "value", "fatalities")
        reading.number("fatalities", required=False)
        reading.place(national=True)
        rows = reading.rows
        demonstration = rows["type"].map(normalise).str.startswith("demonstration")
        parts = [_both(rows[~demonstration], self.id), _both(rows[demonstration],
                                                             "hapi_demonstrations")]  # fmt: skip
        return pd.concat(parts, ignore_index=True)
