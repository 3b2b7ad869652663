"""IOM's Displacement Tracking Matrix: displaced persons present, by cercle.

A number of persons on the day of an assessment, so a stock: months are never added up.
Source: https://dtm.iom.int/mali and https://data.humdata.org/organization/iom
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from analytics.sources.feeds.common import PLACE_NAMES, Names, Reading, RowFeed, summed
from analytics.sources.feeds.lookalikes import IDP_PERSONS, SITE_ID, SITE_NAME


class Baseline(RowFeed):
    """The baseline assessment: one row a commune (admin 3) and round."""

    id = "dtm_baseline"
    names: ClassVar[Names] = {
        "date": (
            "snapshot date", "reporting date", "reportingdate", "survey date", "date",
            "date du rapport", "date de l'enquête", "date d'évaluation", "#date+occurred",
            "#date+reported", "#date",
        ),
        "value": IDP_PERSONS,
        "admin3": ("admin 3", "admin3", "adm3_name", "commune", "#adm3+name"),
        "site": (*SITE_ID, *SITE_NAME),
        **PLACE_NAMES,
    }  # fmt: skip
    required = ("date", "value", "admin2")
    without = ("site",)

    def records(self, reading: Reading) -> pd.DataFrame:
        reading.month("date")
        reading.number("value")
        reading.place(unlisted=True)
        return summed(reading.rows, "value", "displacement", "displaced", self.id)


class Hapi(RowFeed):
    """HDX HAPI internally displaced persons: the country, admin 1 and admin 2, a row a round."""

    id = "hapi_idps"
    names: ClassVar[Names] = {
        "value": ("population", "#affected+idps"),
        "round": ("reporting_round", "round"),
        "operation": ("operation",),
        "assessment": ("assessment_type",),
        "start": ("reference_period_start", "#date+start"),
        **PLACE_NAMES,
    }
    required: tuple[str, ...] = ("value", "round", "assessment", "start", "country")

    def records(self, reading: Reading) -> pd.DataFrame:
        reading.month("start")
        reading.number("value")
        reading.place(national=True)
        # The persons in sites (SA) are among those of the baseline (BA), never beside them.
        rows = reading.rows
        place = [rows[name] for name in ("place", "level", "month")]
        rank = rows["assessment"].map({"BA": 0, "SA": 1}).fillna(2)
        reading.twice(rank.gt(rank.groupby(place).transform("min")), "assessed_twice")
        # Two rounds that end in one month: the later one holds.
        rows = reading.rows
        number = pd.to_numeric(rows["round"], errors="coerce").fillna(0)
        place = [rows[name] for name in ("place", "level", "month")]
        reading.twice(number.lt(number.groupby(place).transform("max")), "later_round")
        return summed(reading.rows, "value", "displacement", "displaced", self.id)


class Api(Hapi):
    """DTM's own answer to programs: the same three levels, a row a round and reason."""

    id = "dtm_api"
    names: ClassVar[Names] = {
        "value": ("numpresentidpind",),
        "round": ("roundnumber",),
        "operation": ("operation",),
        "assessment": ("assessmenttype",),
        "start": ("reportingdate",),
        **PLACE_NAMES,
        "country": ("admin0pcode", "admin0name"),
        "country_name": ("admin0name",),
    }
    required = ("value", "round", "start", "country")
