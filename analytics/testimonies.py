"""What women said, with their consent: never a name or a village, a place only as it is published.

A testimony illustrates a number, and is none: it stands beside figures and is counted in none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import duckdb

from analytics.geography.places import NOT_SPECIFIED
from analytics.warehouse.read import Reader


@dataclass(frozen=True)
class Voice:
    """Words, the region they come from (for the public its unit), the crisis and the year.

    The role that a file gives is not told: beside a region it could name a woman.
    """

    place: str
    year: str
    crisis: str
    text_fr: str
    text_en: str

    def text(self, lang: str) -> str:
        return {"fr": self.text_fr, "en": self.text_en}[lang]


def voices(
    reader: Reader,
    role: str,
    *,
    crises: tuple[str, ...] = (),
    region: str | None = None,
    most: int = 3,
) -> list[Voice]:
    """The latest testimonies, of different crises and regions first.

    Args:
        role: ``public`` hears what was said up to the last quarter published, by published unit.
        crises: only of these kinds; all where empty.
        region: only of this region, or of the unit it is published in.
    """
    public = role == "public"
    until = reader.build.public_until.end if public else date.max
    try:
        rows = reader.query(
            """SELECT region_2023, region_2012, date, crisis, text_fr, text_en FROM core_testimony
            WHERE date <= ? ORDER BY date DESC, testimony_id""",
            [until],
        )
    except duckdb.CatalogException:
        return []  # a version from before testimonies were read
    found: list[Voice] = []
    for new, old, day, *said in rows:
        # A region since split, named without a cercle, is the old one: no new one is guessed.
        division, place = ("2012", old) if new == NOT_SPECIFIED else ("2023", new)
        unit = reader.units[division].get(place, place)
        known = Voice(unit if public else place, str(day.year), *said)
        if (not crises or known.crisis in crises) and region in (None, unit, place):
            found.append(known)
    return _varied(found)[:most]


def _varied(found: list[Voice]) -> list[Voice]:
    """Voices that differ first: no words twice, crises in turn, new places before known ones."""
    words: set[str] = set()
    places: set[str] = set()
    crises: Counter[str] = Counter()
    ranked = []
    for said in found:
        if said.text_fr in words:
            continue
        ranked.append(((crises[said.crisis], said.place in places), said))
        words.add(said.text_fr)
        places.add(said.place)
        crises[said.crisis] += 1
    return [said for _, said in sorted(ranked, key=lambda pair: pair[0])]
