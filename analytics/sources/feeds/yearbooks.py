"""UCDP GED events, and IDMC's persons displaced by conflict at the end of each year.

Source: https://ucdp.uu.se; https://www.internal-displacement.org/database
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from analytics.sources.feeds.common import Names, Reading, RowFeed, summed


class Ged(RowFeed):
    """One row an event of organised violence; deaths are UCDP's best estimate."""

    id = "ucdp_ged"
    names: ClassVar[Names] = {
        "event": ("id",),
        "violence": ("type_of_violence",),
        "date": ("date_start", "#date+start"),
        "fatalities": ("best", "#affected+killed"),
        "country": ("country", "iso3", "#country+name"),
        "admin1": ("adm_1", "#adm1+name"),
        "admin2": ("adm_2", "#adm2+name"),
    }
    required = ("event", "violence", "date", "fatalities", "country")

    def records(self, reading: Reading) -> pd.DataFrame:
        reading.twice(reading.rows["event"].duplicated())
        reading.month("date")
        reading.number("fatalities")
        # An event known of the whole country only has no place (where_prec 6).
        reading.place(national=True, unlisted=True)
        rows = reading.rows.assign(events=1.0)
        return pd.concat(
            [summed(rows, measure, "insecurity", measure, self.id)
             for measure in ("events", "fatalities")],
            ignore_index=True,
        )  # fmt: skip


class Stock(RowFeed):
    """One row a country and year; the stock stands on 31 December. A blank is no figure."""

    id = "idmc_displacement"
    names: ClassVar[Names] = {
        "country": ("iso3", "#country+code"),
        "year": ("year", "#date+year"),
        "value": (
            "conflict stock displacement (raw)", "conflict stock displacement",
            "conflict total number of idps raw", "conflict total number of idps (raw)",
            "conflict total number of idps", "conflict_total_displacement",
        ),
    }  # fmt: skip
    required = ("country", "year", "value")

    def records(self, reading: Reading) -> pd.DataFrame:
        reading.rows["year"] = reading.rows["year"] + "-12"
        reading.month("year")
        reading.number("value")
        reading.place(national=True)
        return summed(reading.rows, "value", "displacement", "displaced", self.id)
