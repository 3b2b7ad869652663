"""WFP rainfall (CHIRPS): a month's rain as per cent of its long-term mean, and how unusual it is.

``rainfall_pct_normal`` is the publisher's own anomaly of the calendar month, or worked out the same
way from the ten-day sums: 100 × (rain + 5 mm) / (mean + 5 mm), the 5 mm keeping dry months from
dividing by nothing (so in the published columns ``rfq``, ``r1q``, ``r3q``). ``rainfall_z`` is the
month against the same calendar month of the other years of the file, in standard deviations, where
the file holds ten years or more: an SPI without the gamma fit, read by the classes of the SPI
(±1 moderately, ±1.5 very, ±2 extremely dry or wet: McKee et al. 1993; WMO, Standardized
Precipitation Index User Guide, WMO-No. 1090, 2012).
Source: https://data.humdata.org/dataset/mli-rainfall-subnational
"""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from analytics.geography.places import normalise
from analytics.sources.feeds.common import PLACE_NAMES, Names, Reading, RowFeed, day
from analytics.sources.findings import Warned

DRY_OFFSET_MM = 5.0
MIN_YEARS = 10
_VERSIONS = {"final": 0, "prelim": 1, "preliminary": 1, "forecast": 2}


class Hdx(RowFeed):
    """``*-rainfall-adm1/adm2``: a row a place and ten days, sums and anomalies side by side."""

    id = "wfp_rainfall"
    names: ClassVar[Names] = {
        "date": ("date", "#date"),
        "code": ("pcode", "adm_pcode", "#adm+code", "#adm2+code"),
        "level_given": ("adm_level", "admin_level", "#adm+level"),
        "rain": ("rfh", "#rainfall+rfh"),
        "mean": ("rfh_avg",),
        "value": ("r1q",),
        "version": ("version",),
        **PLACE_NAMES,
    }
    required = ("date", "rain", "mean")

    def prepare(self, reading: Reading) -> None:
        _codes_by_level(reading)

    def records(self, reading: Reading) -> pd.DataFrame:
        return _monthly(reading, self.id)


def _codes_by_level(reading: Reading) -> None:
    """One column of P-codes for two levels."""
    rows = reading.rows
    if not reading.layout.has("code"):
        return
    code = rows["code"].fillna("").str.upper()
    level = rows["level_given"].fillna("").str.slice(0, 1)
    digits = code.str.replace(r"^[A-Z]+", "", regex=True).str.len()
    first = level.eq("1") | (level.eq("") & digits.le(2))
    rows["code1"] = rows["code"].where(first, None)
    rows["code2"] = rows["code"].where(~first, None)


class Hapi(RowFeed):
    """HDX HAPI rainfall: a row a place, ten days and length of sum (``aggregation_period``)."""

    id = "hapi_rainfall"
    names: ClassVar[Names] = {
        "date": ("reference_period_start", "#date+start"),
        "end": ("reference_period_end", "#date+end"),
        "length": ("aggregation_period",),
        "rain": ("rainfall",),
        "mean": ("rainfall_long_term_average",),
        "value": ("rainfall_anomaly_pct",),
        "version": ("version",),
        **PLACE_NAMES,
    }
    required = ("date", "length", "rain", "mean", "value", "country")

    def records(self, reading: Reading) -> pd.DataFrame:
        length = reading.rows["length"].map(lambda text: normalise(text or ""))
        reading.twice(length.isin(["3-month", "3-months"]), "longer_sum")
        length = reading.rows["length"].map(lambda text: normalise(text or ""))
        month = length.isin(["1-month", "month"])
        reading.rows["published"] = reading.rows["value"].where(month, None)
        reading.rows["is_month"] = month
        return _monthly(reading, self.id)


def _monthly(reading: Reading, name: str) -> pd.DataFrame:
    rows = reading.rows
    if "published" not in rows:
        rows["published"], rows["is_month"] = rows["value"], False
    reading.month("date")
    reading.rows["day"] = reading.rows["date"].map(day)
    reading.refuse(reading.rows["day"].isna(), "not_a_date", "month", "date")
    reading.number("rain")
    reading.number("mean")
    reading.number("published", required=False)
    reading.place()
    rows = reading.rows
    rank = rows["version"].map(lambda text: _VERSIONS.get(normalise(text or "final"), 1))
    same = [rows[n] for n in ("place", "level", "day", "is_month")]
    reading.twice(rank.gt(rank.groupby(same).transform("min")), "later_version")
    rows = reading.rows
    reading.twice(rows.duplicated(["place", "level", "day", "is_month", "rain", "mean"]))
    rows = reading.rows
    place = [rows[n] for n in ("place", "level", "month")]
    # The ten days from the 21st close the calendar month: their one-month column is the month's.
    closing = rows["day"].str.slice(8).astype(int).ge(21)
    published = rows["published"].where(closing).groupby(place).transform("max")
    tens = rows.where(~rows["is_month"])
    rain, mean = (tens[n].groupby(place).transform(lambda c: c.sum(min_count=1))
                  for n in ("rain", "mean"))  # fmt: skip
    whole = rows.where(rows["is_month"])
    rain = rain.fillna(whole["rain"].groupby(place).transform("max"))
    mean = mean.fillna(whole["mean"].groupby(place).transform("max"))
    worked_out = 100 * (rain + DRY_OFFSET_MM) / (mean + DRY_OFFSET_MM)
    rows["pct"] = published.fillna(worked_out)
    open_months = rows[~closing.groupby(place).transform("any")].groupby(["place", "month"]).ngroups
    if open_months:
        reading.noticed.append(Warned("month_not_closed", None, open_months))
    long = rows[["row", "place", "month", "level", "pct"]]
    return pd.concat(
        [_long(long, "pct", "rainfall_pct_normal", name),
         _long(_standardised(long), "z", "rainfall_z", name)],
        ignore_index=True,
    )  # fmt: skip


def _standardised(rows: pd.DataFrame) -> pd.DataFrame:
    """Each month against the same calendar month of the file's years, where there are enough.

    The long-term mean of a place and calendar month is one number, so the z of the percentage is
    the z of the rain.
    """
    months = rows.drop_duplicates(["place", "level", "month"])
    season = [months["place"], months["level"], months["month"].str.slice(5)]
    grouped = months["pct"].groupby(season)
    spread = grouped.transform("std")
    enough = grouped.transform("count").ge(MIN_YEARS) & spread.gt(1e-9)
    z = ((months["pct"] - grouped.transform("mean")) / spread).where(enough)
    return rows.merge(months.assign(z=z)[["place", "level", "month", "z"]],
                      on=["place", "level", "month"])  # fmt: skip


def _long(rows: pd.DataFrame, column: str, measure: str, name: str) -> pd.DataFrame:
    long = rows[["row", "place", "month"]].copy()
    long["kind"], long["measure"] = "climate", measure
    long["source"] = name + "/" + rows["level"]
    long["value"] = rows[column]
    return long
