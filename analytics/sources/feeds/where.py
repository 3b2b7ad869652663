"""Where a publisher's row lies: names and codes of two levels → one of our places, or why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from babel.core import get_global

from analytics.geography import places
from analytics.geography.places import PlaceError, normalise

_MALI = {"mali", "mli", "ml", "466", "republique-du-mali", "republic-of-mali"}
_EDITIONS = ("ocha_2015", "ocha_2021")
_RULES = {
    "disagree": "place_disagree",
    "ambiguous_code": "place_code_ambiguous",
    "not_within": "place_not_within",
}

#: our field → the publishers' headers and HXL tags for it, best first
Names = Mapping[str, tuple[str, ...]]
#: the names and codes of the two levels, as publishers spell them
PLACE_NAMES: Names = {
    "country": (
        "location_code", "iso3", "country_code", "countryiso3", "adm0_pcod3", "admin 0 pcode",
        "admin0 pcode", "country", "pays", "location_name", "adm0_name", "admin 0", "admin0name",
        "admin0 name", "adm0_en", "adm0_fr", "adm0_pcode", "#country+code", "#adm0+code",
        "#country+name",
    ),
    "country_name": ("country", "country_name", "countryname", "adm0_name", "#country+name"),
    "admin1": (
        "admin1_name", "admin1", "adm1_name", "admin 1", "adm1", "admin1name", "admin1 name",
        "adm1_en", "adm1_fr", "admname", "region", "région", "level 1", "#adm1+name",
    ),
    "code1": (
        "admin1_code", "admin1 pcode", "adm1_pcode", "adm1_pcod2", "admin 1 pcode", "admin1pcode",
        "admin1pcod", "adm1_code", "#adm1+code",
    ),
    "admin2": (
        "admin2_name", "admin2", "adm2_name", "admin 2", "adm2", "admin2name", "admin2 name",
        "adm2_en", "adm2_fr", "cercle", "area", "#adm2+name",
    ),
    "code2": (
        "admin2_code", "admin2 pcode", "adm2_pcode", "adm2_pcod2", "admin 2 pcode", "admin2pcode",
        "admin2pcod", "adm2_code", "#adm2+code",
    ),
    "provider1": ("provider_admin1_name", "#adm1+name+provider"),
    "provider2": ("provider_admin2_name", "#adm2+name+provider"),
}  # fmt: skip


def is_mali(text: str | None) -> bool:
    return text is not None and normalise(text) in _MALI


def country_of_codes(rows: pd.DataFrame) -> pd.Series:
    """The letters that lead a row's P-codes (``ML0101`` → ``ML``), where no column names it."""
    told = pd.Series([None] * len(rows), index=rows.index, dtype=object)
    for name in ("code2", "code1"):
        if name in rows:
            codes = rows[name].astype("string")
            letters = codes.str.extract(r"^\s*([A-Za-z]{2,3})\d", expand=False)
            told = told.where(told.notna(), letters.astype(object))
    return told.where(told.notna(), None)


def country_label(text: str) -> str:
    """``COG`` → ``COG (Congo-Brazzaville)``; a name stays as it is."""
    from babel import Locale

    alpha2 = (get_global("territory_aliases").get(text.upper()) or [""])[0]
    name = Locale("fr").territories.get(alpha2)
    return f"{text.upper()} ({name})" if name else text


def edition_of(*codes: pd.Series) -> str | None:
    """The edition of a file's P-codes, where its codes together leave only one.

    Codes mean other places in other editions; a single code that only one edition has settles it
    for the whole file, as long as nearly all the others are known there too.
    """
    found = {normal for series in codes for text in series.dropna().unique()
             if (normal := str(text).strip())}  # fmt: skip
    if not found:
        return None
    known = {e: sum(_known(code, e) for code in found) for e in _EDITIONS}
    best = max(known.values())
    possible = [e for e, count in known.items() if count == best]
    return possible[0] if len(possible) == 1 and best >= 0.9 * len(found) else None


def _known(code: str, edition: str | None, level: str | None = None) -> bool:
    try:
        places.resolve(code=code, edition=edition, level=level)
    except PlaceError as error:
        return error.reason != "unknown"
    return True


@dataclass(frozen=True)
class Found:
    """A place; ``note`` is what was let pass on the way there: code of the warning and example."""

    place: str
    level: str
    note: tuple[str, str] | None = None


@dataclass(frozen=True)
class Unknown:
    """Which cell names no place we can tell, by which rule, and what may have been meant."""

    field: str
    value: str | None
    rule: str
    near: str | None = None
    place: None = None
    level: None = None


def tell(
    admin1: str | None,
    code1: str | None,
    admin2: str | None,
    code2: str | None,
    *,
    edition: str | None,
    national: bool,
    unlisted: bool = False,
) -> Found | Unknown:
    """The place two levels of names and codes stand for; the finer level decides.

    A file whose names and codes agree in any edition is believed: names settle the edition.
    """
    admin1, code1, admin2, code2 = (_clean(text) for text in (admin1, code1, admin2, code2))
    if not any((admin1, code1, admin2, code2)):
        return Found(places.COUNTRY, "country") if national else Unknown(
            "admin1", None, "required"
        )  # fmt: skip
    region, note = None, None
    if admin1 or code1:
        try:
            region, note = _resolve(admin1, code1, "region", edition)
        except PlaceError as error:
            if national and not (admin2 or code2) and admin1 and is_mali(admin1):
                return Found(places.COUNTRY, "country")
            return _unknown(error, "admin1", "unknown_region")
    if not (admin2 or code2):
        assert region is not None
        return Found(region, "region", note)
    try:
        cercle, second = _resolve(admin2, code2, "cercle", edition, within=region)
        return Found(cercle, "cercle", note or second)
    except PlaceError as error:
        named = admin2 is not None and (not code2 or not _known(code2, None, "cercle"))
        if error.reason == "unknown" and admin2 and named:
            # A region made in 2023 that a publisher lists among the cercles (Taoudénit).
            made = {unit.slug: unit for unit in places.region_units("2023")}.get(normalise(admin2))
            if made and region in (None, made.slug, made.parent_2012):
                return Found(made.slug, "region", note)
            if unlisted and region is not None:
                # The law of 2023 made over a hundred cercles that no list of codes has yet.
                return Found(region, "region", ("unknown_cercle", admin2))
        return _unknown(error, "admin2", "unknown_cercle")


def _resolve(
    name: str | None,
    code: str | None,
    level: str,
    edition: str | None,
    within: str | None = None,
) -> tuple[str, tuple[str, str] | None]:
    """The place, and what was let pass: a code that no edition we hold has stands for nothing."""
    note = None
    if name and code and not _known(code, None, level):
        note, code = ("code_unlisted", f"{code} ({name})"), None
    try:
        # With a name, any edition may agree; a code alone means something only in its edition.
        found = places.resolve(
            name, code, level=level, within=within, edition=None if name else edition
        )
    except PlaceError as error:
        if error.reason == "disagree" and name and level == "region":
            # A region made in 2023 under the code of the region it was cut from.
            made = places.resolve(name, level="region").place
            for unit in places.region_units("2023"):
                if unit.slug == made != unit.parent_2012 and _is(unit.parent_2012, code):
                    return made, note
        raise
    return found.place, note


def _is(region: str, code: str | None) -> bool:
    try:
        return places.resolve(region, code, level="region").place == region
    except PlaceError:
        return False


def _clean(text: str | None) -> str | None:
    return None if text is None or normalise(text) in ("", "not-provided", "unknown") else text


def _unknown(error: PlaceError, name: str, rule: str) -> Unknown:
    near = places.place_name(error.suggestions[0], "fr") if error.suggestions else None
    return Unknown(name, error.value, _RULES.get(error.reason, rule), near)
