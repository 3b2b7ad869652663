"""WFP food prices: retail prices of the staple cereals, as year-on-year change and ALPS.

Each market × commodity × unit is a series of its own. A place's value in a month is the median
over its series, told for the cercle, for the region and for the country apart. ``price_change_pct``
compares with the same month a year before (so seasons cancel out); ``alps`` is in standard
deviations, see ``alps``.
Source: WFP Price Database, https://data.humdata.org/dataset/wfp-food-prices-for-mali
"""

from __future__ import annotations

import re
from typing import ClassVar

import numpy as np
import pandas as pd
from babel.core import get_global

from analytics.geography import places
from analytics.geography.places import PlaceError, normalise
from analytics.sources.feeds.alps import alps
from analytics.sources.feeds.common import PLACE_NAMES, Names, Reading, RowFeed, country_label
from analytics.sources.feeds.layout import Layout

#: the cereals Malian households eat; flour, bran and imports by brand follow other prices
STAPLES = ("millet", "sorghum", "maize", "rice", "mil", "sorgho", "mais", "riz", "fonio")
_NO_STAPLE = ("flour", "farine", "bran", "bread", "meal")
CURRENCY = "XOF"
_SERIES = ["place2", "market", "commodity", "unit"]


class Prices(RowFeed):
    """WFP's own layout on HDX, with and without HXL row, and HDX HAPI food prices."""

    id = "wfp_prices"
    names: ClassVar[Names] = {
        "date": ("date", "reference_period_start", "#date", "#date+start"),
        "month_number": ("mp_month",),
        "year": ("mp_year",),
        "market": ("market", "market_name", "mkt_name", "mktname", "#loc+market+name",
                   "#name+market"),
        "commodity": ("commodity", "commodity_name", "cm_name", "cmname", "#item+name"),
        "unit": ("unit", "um_name", "#item+unit"),
        "type": ("pricetype", "price_type", "pt_name", "#item+price+type"),
        "flag": ("priceflag", "price_flag", "#item+price+flag"),
        "currency": ("currency", "currency_code", "cur_name", "#currency+code", "#currency"),
        "value": ("price", "mp_price", "#value"),
        "lat": ("latitude", "lat", "#geo+lat"),
        "lon": ("longitude", "lon", "#geo+lon"),
        **PLACE_NAMES,
    }  # fmt: skip
    required = ("date|year", "market", "commodity", "unit", "currency", "value", "admin1")

    def name(self, layout: Layout) -> str:
        return "hapi_prices" if "reference-period-start" in layout.headers else self.id

    def prepare(self, reading: Reading) -> None:
        rows = reading.rows
        if not reading.layout.has("date"):
            rows["date"] = rows["year"] + "-" + rows["month_number"].fillna("").str.zfill(2)
        if not reading.layout.has("type"):
            # Before 2021 the kind of price stood behind the name of the good: "Millet - Retail".
            rows["type"] = rows["commodity"].str.extract(r"\s-\s*(\w+)$", expand=False)
            rows["type"] = rows["type"].fillna("retail")

    def records(self, reading: Reading) -> pd.DataFrame:
        _leave_other_countries(reading)
        _leave_other_goods(reading)
        reading.month("date")
        reading.number("value")
        reading.refuse(reading.rows["value"].eq(0), "not_positive", "value", "value")
        reading.place(national=True, unlisted=True)
        rows = reading.rows
        rows["place2"] = rows["place"] + "/" + rows["level"]
        repeated = rows.duplicated([*_SERIES, "month", "value"])
        reading.twice(repeated)
        long = _measures(reading.rows, reading.reader)
        alone = ~reading.rows["row"].isin(long["row"])
        reading.leave(alone, "series_too_short")
        return long


def _leave_other_countries(reading: Reading) -> None:
    """A file of WFP names no country: the currency, the places and the coordinates do."""
    rows = reading.rows
    if "country" in reading.layout.columns:
        return
    other = rows["currency"].fillna(CURRENCY).str.upper().ne(CURRENCY)
    known = {name: _is_region(name) for name in rows["admin1"].dropna().unique()}
    resolved = rows["admin1"].map(known).fillna(rows["admin1"].isna()).astype(bool)
    outside = ~_inside(rows)
    away = other | (~resolved & (outside | ~resolved.where(rows["admin1"].notna(), False).any()))
    if away.any():
        reading.leave(away, "other_country", _country_of(reading, rows[away]))


def _is_region(name: str) -> bool:
    try:
        places.resolve(name, level="region")
    except PlaceError:
        return False
    return True


def _inside(rows: pd.DataFrame) -> pd.Series:
    """Whether a market may lie in Mali; without coordinates it may."""
    lat, lon = (pd.to_numeric(rows[name], errors="coerce") for name in ("lat", "lon"))
    return (lat.between(10, 25.1) & lon.between(-12.4, 4.4)) | lat.isna() | lon.isna()


def _country_of(reading: Reading, rows: pd.DataFrame) -> str:
    """What can be said of the country: the file's own code where the currency bears it out."""
    currency = rows["currency"].dropna().str.upper().mode().get(0, "")
    users = {
        alpha2 for alpha2, spans in get_global("territory_currencies").items()
        if any(code == currency and end is None for code, _, end, *_ in spans)
    }  # fmt: skip
    aliases = get_global("territory_aliases")
    seen = ", ".join(rows["admin1"].dropna().value_counts().index[:3])
    for word in re.findall(r"[a-z]{3}", reading.layout.table.file.lower()):
        if set(aliases.get(word.upper()) or ()) & users and len(word) == 3:
            return f"{country_label(word)} : {seen}, {currency}"
    return f"{seen}, {currency}"


def _leave_other_goods(reading: Reading) -> None:
    rows = reading.rows
    goods = {name: _is_staple(name) for name in rows["commodity"].dropna().unique()}
    staple = rows["commodity"].map(goods).fillna(False).astype(bool)
    retail = rows["type"].map(lambda text: normalise(text or "") in ("retail", "detail"))
    forecast = rows["flag"].map(lambda text: normalise(text or "") == "forecast")
    reading.leave(~(staple & retail & ~forecast), "outside_basket")


def _is_staple(commodity: str) -> bool:
    words = normalise(commodity).split("-")
    return words[0] in STAPLES and not any(word in _NO_STAPLE for word in words)


def _measures(rows: pd.DataFrame, origin: str) -> pd.DataFrame:
    """``long``: medians over the series of a cercle, of a region, and of the country."""
    year, month = (rows["month"].str.slice(*cut).astype(int) for cut in ((0, 4), (5, 7)))
    rows = rows.assign(number=year * 12 + month - 1)
    # Several quotations in a month are one price: their mean.
    rows["price"] = rows.groupby([*_SERIES, "number"])["value"].transform("mean")
    points = rows.drop_duplicates([*_SERIES, "number"]).sort_values([*_SERIES, "number"])
    points["series"] = points.groupby(_SERIES, sort=False).ngroup()
    before = points[["series", "number", "price"]].assign(number=points["number"] + 12)
    points = points.merge(before, on=["series", "number"], how="left", suffixes=("", "_before"))
    points["price_change_pct"] = 100 * (points["price"] / points["price_before"] - 1)
    points["alps"] = np.nan
    for _, series in points.groupby("series"):
        found = alps(series["number"].to_numpy(), series["price"].to_numpy(float))
        if found is not None:
            points.loc[series.index, "alps"] = found
    parts = [
        _medians(rows, points, measure, level, origin)
        for measure in ("price_change_pct", "alps")
        for level in ("cercle", "region", "country")
    ]
    return pd.concat(parts, ignore_index=True)


def _medians(
    rows: pd.DataFrame, points: pd.DataFrame, measure: str, level: str, origin: str
) -> pd.DataFrame:
    told = points.dropna(subset=[measure])
    told = told.assign(
        where=[_at(*market, level) for market in
               zip(told["place"], told["level"], told["admin1"], strict=True)]
    ).dropna(subset=["where"])  # fmt: skip
    values = told.groupby(["where", "month"])[measure].median().rename("value").reset_index()
    # The rows behind a value: the quotations of the month, and those of a year before.
    behind = told[["where", "month", "number", *_SERIES]]
    years = (0, -12) if measure == "price_change_pct" else (0,)
    used = pd.concat(
        [behind.assign(number=behind["number"] + back) for back in years]
    ).merge(rows[["row", "number", *_SERIES]], on=["number", *_SERIES])
    long = used[["row", "where", "month"]].merge(values, on=["where", "month"])
    long = long.rename(columns={"where": "place"})
    return long.assign(kind="prices", measure=measure, source=f"{origin}/{level}")


def _at(place: str, level: str, admin1: str | None, wanted: str) -> str | None:
    """The place of a market seen at another level; a region as the publisher names it."""
    if wanted == "country":
        return places.COUNTRY
    if wanted == level:
        return place
    if wanted == "region" and level == "cercle" and admin1:
        return places.resolve(admin1, level="region").place
    return None
