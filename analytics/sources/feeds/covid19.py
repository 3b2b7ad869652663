"""COVID-19: Oxford's stringency index (a column a day) and WHO's daily cases, by month, for Mali.

Source: https://github.com/OxCGRT/covid-policy-dataset; https://data.who.int/dashboards/covid19
"""

from __future__ import annotations

import re
from typing import ClassVar

import pandas as pd

from analytics.geography import places
from analytics.sources.feeds.common import Names, Reading, RowFeed, day, summed
from analytics.sources.feeds.layout import Layout
from analytics.sources.feeds.lookalikes import LooksLike
from analytics.sources.files import Table
from analytics.sources.values import parse_date

_DAY = re.compile(r"\d{2}[a-z]{3}\d{4}")
#: nine sub-indices, each in 24ths of a hundred (scales of 2, 3 and 4 steps, half steps by flag)
_PARTS = 9 * 24 / 100


class Stringency(RowFeed):
    """The files of all OxCGRT indices have the same columns: the values tell them apart.

    The stringency index is the mean of nine sub-indices, so nine times a value is a whole number
    of 24ths of a hundred; other indices have other numbers of parts. A file without 2020 cannot be
    told and is refused.
    """

    id = "oxcgrt"
    names: ClassVar[Names] = {
        "country": ("countrycode", "country_code"),
        "country_name": ("countryname", "country_name"),
        "region_code": ("regioncode", "region_code"),
        "jurisdiction": ("jurisdiction",),
    }
    required = ("country", "country_name")

    def layout(self, table: Table) -> Layout | None:
        found = super().layout(table)
        if found is None:
            return None
        days = {h: p for p, h in enumerate(found.headers) if _DAY.fullmatch(h)}
        if len(days) < 2:
            return None
        return Layout(table, found.first, found.headers, {**found.columns, **days})

    def prepare(self, reading: Reading) -> None:
        days = [name for name in reading.layout.columns if _DAY.fullmatch(name)]
        frame = reading.layout.frame(days)
        reading.rows = reading.rows.merge(frame, on="row")
        # From 2021 on the published values are averages over vaccinated and other people.
        early = [name for name in days if name.endswith("2020")]
        values = pd.to_numeric(frame[early].stack(), errors="coerce").dropna()
        seen = values[values > 0].unique()
        off = [v for v in seen if abs(v * _PARTS - round(v * _PARTS)) > 0.005 * _PARTS + 1e-9]
        if not len(seen) or len(off) > 0.02 * len(seen) or (all(v % 12.5 == 0 for v in seen)):
            raise LooksLike("other_oxcgrt_index", reading.layout.table.label)

    def records(self, reading: Reading) -> pd.DataFrame:
        days = [name for name in reading.layout.columns if _DAY.fullmatch(name)]
        long = reading.rows.melt(id_vars=["row"], value_vars=days, var_name="day")
        long["value"] = pd.to_numeric(long["value"], errors="coerce")
        months = {name: parse_date(f"{name[:2]} {name[2:5]} {name[5:]}") for name in days}
        long["month"] = [f"{months[name]:%Y-%m}" for name in long["day"]]
        long = long.dropna(subset=["value"])
        mean = long.groupby(["row", "month"])["value"].mean().reset_index()
        return mean.assign(place=places.COUNTRY, kind="covid19", measure="stringency",
                           source=f"{self.id}/country")  # fmt: skip


class StringencyByDay(RowFeed):
    """The compact files: a row a country and day, the index named by its column."""

    id = "oxcgrt"
    names: ClassVar[Names] = {
        "date": ("date", "day"),
        "value": ("stringencyindex_average", "stringencyindex", "stringency_index"),
        "country": ("countrycode", "country_code", "iso_code", "code"),
        "country_name": ("countryname", "country_name", "entity", "location"),
    }
    required = ("date", "value", "country")

    def records(self, reading: Reading) -> pd.DataFrame:
        # 20200301 is a day of this publisher's, and a serial number to everybody else.
        reading.rows["date"] = reading.rows["date"].str.replace(
            r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3", regex=True
        )
        reading.month("date")
        reading.number("value")
        rows = reading.rows
        mean = rows["value"].groupby(rows["month"]).transform("mean")
        return rows[["row", "month"]].assign(
            value=mean, place=places.COUNTRY, kind="covid19", measure="stringency",
            source=f"{self.id}/country",
        )  # fmt: skip


class Cases(RowFeed):
    """WHO's daily file: the month's cases are the sum of new ones, else the rise of the total."""

    id = "who_covid19"
    names: ClassVar[Names] = {
        "date": ("date_reported",),
        "total": ("cumulative_cases",),
        "new": ("new_cases",),
        "country": ("iso_3_code", "country_code", "iso3"),
        "country_name": ("countryname", "country"),
    }
    required = ("date", "total", "country")

    def records(self, reading: Reading) -> pd.DataFrame:
        reading.month("date")
        reading.rows["day"] = reading.rows["date"].map(day)
        reading.twice(reading.rows.duplicated(["day", "total", "new"]))
        reading.number("total")
        rows = reading.rows.sort_values("day").reset_index(drop=True)
        end = rows.groupby("month")["total"].last()
        rise = rows["month"].map(end.diff().fillna(end))
        new = pd.to_numeric(rows["new"], errors="coerce")
        told = new.groupby(rows["month"]).transform(lambda days: days.sum(min_count=1))
        rows["place"], rows["level"] = places.COUNTRY, "country"
        long = summed(rows.assign(cases=0.0), "cases", "covid19", "cases", self.id)
        # A blank is not zero: a month without one figure of new cases is told by the total.
        return long.assign(value=told.fillna(rise))
