"""Which place is meant: names, spellings and codes of each edition, in two divisions.

Every fact is in ``data/reference/*.csv``; nothing here is specific to one region. A code belongs to
an edition: ``ML0101`` is Kayes in OCHA's list of 2015 and Bafoulabé in that of 2021, so a name and
a code are matched together and refused where they disagree.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

REFERENCE = Path(__file__).parents[2] / "data" / "reference"

DIVISIONS: tuple[str, ...] = ("2012", "2023")
LEVELS: tuple[str, ...] = ("region", "cercle", "country")
EDITIONS: tuple[str, ...] = ("ocha_2015", "ocha_2021", "iso_3166_2", "ct_2023", "ca_2023")
COUNTRY = "mali"
NOT_SPECIFIED = "not_specified"

_NOT_SPECIFIED_NAMES = {"fr": "Non précisé", "en": "Not specified"}
_AND = {"fr": " et ", "en": " and "}
_AFFIXES = re.compile(
    r"(?P<before>region|cercle|circle|district)-(?:de-la-|de-|du-|d-|of-)?(?P<name>.+)"
    r"|(?P<name_2>.+)-(?P<after>region|cercle|circle|district)"
)
_LEVEL_OF_AFFIX = {
    "region": "region",
    "district": "region",
    "cercle": "cercle",
    "circle": "cercle",
}
_NEAR = 60


class PlaceError(ValueError):
    """A place that cannot be told, and why; the sentence for the reader is in the catalogue.

    Attributes:
        reason: ``unknown`` (no such name, code or unit), ``disagree`` (name and code never stand
            for one place in one edition), ``ambiguous_code`` (the code names different places in
            different editions and the edition is not known) or ``not_within`` (the cercle is not
            in that region, in either division).
        value: what was given.
        suggestions: slugs that may have been meant, best first.
    """

    def __init__(self, reason: str, value: str, suggestions: Iterable[str] = ()) -> None:
        self.reason = reason
        self.value = value
        self.suggestions = list(dict.fromkeys(suggestions))
        hint = f" ({', '.join(self.suggestions)})" if self.suggestions else ""
        super().__init__(f"{reason}: {value}{hint}")


@dataclass(frozen=True)
class Region:
    """A region of one division; ``kayes`` of 2012 and ``kayes`` of 2023 are two of them.

    ``parent_2012`` is the region itself in the division of 2012. ``formed_from`` holds cercles
    (2023; a final ``*`` marks part of one) or regions of 2023 (2012). ``tile`` is (column, row)
    from the north-west. ``population_2022`` counts persons, census of 2022.
    """

    slug: str
    division: str
    name_fr: str
    name_en: str
    parent_2012: str
    valid_from: date | None
    valid_to: date | None
    iso_3166_2: str | None
    code_ct: str | None
    code_ca: str | None
    population_2022: int
    population_status: str
    formed_from: tuple[str, ...]
    tile: tuple[int, int]


@dataclass(frozen=True)
class Cercle:
    """One of the 53 cercles, and the region it lies in, in each division."""

    slug: str
    name_fr: str
    region_2012: str
    region_2023: str


@dataclass(frozen=True)
class Resolution:
    """A place found. ``edition`` is None when no code was given or several editions agree."""

    place: str
    level: str
    edition: str | None = None


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def _regions() -> dict[str, dict[str, Region]]:
    found: dict[str, dict[str, Region]] = {division: {} for division in DIVISIONS}
    for row in _rows("regions.csv"):
        found[row["division"]][row["slug"]] = Region(
            slug=row["slug"],
            division=row["division"],
            name_fr=row["name_fr"],
            name_en=row["name_en"],
            parent_2012=row["parent_2012"] or row["slug"],
            valid_from=_day(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
            iso_3166_2=row["iso_3166_2"] or None,
            code_ct=row["code_ct"] or None,
            code_ca=row["code_ca"] or None,
            population_2022=int(row["population_2022"]),
            population_status=row["population_status"],
            formed_from=tuple(row["formed_from"].split()),
            tile=(int(row["tile_col"]), int(row["tile_row"])),
        )
    return found


@cache
def _cercles() -> dict[str, Cercle]:
    return {row["slug"]: Cercle(**row) for row in _rows("cercles.csv")}


def region_units(division: str) -> tuple[Region, ...]:
    """The regions of a division in the order they are always listed: 9 (2012) or 20 (2023).

    Raises:
        PlaceError: ``unknown`` when the division is neither ``2012`` nor ``2023``.
    """
    if division not in DIVISIONS:
        raise PlaceError("unknown", division, DIVISIONS)
    return tuple(_regions()[division].values())


def cercles() -> tuple[Cercle, ...]:
    """The 53 cercles in the order of their codes of 2021."""
    return tuple(_cercles().values())


@lru_cache(maxsize=50_000)
def normalise(text: str) -> str:
    """ASCII, lower case, hyphens: the form in which names are compared (``Ségou`` → ``segou``)."""
    # A word processor writes "d’hommes" where a keyboard writes "d'hommes".
    text = text.replace("’", "'")
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


def _normalise_code(code: str) -> str:
    """One form for ``ML05``, ``MLI05`` and `` ml05 ``; ISO's ``ML-5`` stays another code."""
    text = re.sub(r"\s+", "", code).upper()
    if text.isdigit():
        # spreadsheets drop the leading zero of the codes of the two laws
        return text.zfill(2)
    return re.sub(r"^MLI(?=\d)", "ML", text)


@cache
def _names() -> dict[str, dict[str, str]]:
    """Level → comparable name → slug."""
    found: dict[str, dict[str, str]] = {level: {} for level in LEVELS}
    for slug in _regions()["2023"]:
        found["region"][slug] = slug
    for slug in _cercles():
        found["cercle"][slug] = slug
    for row in _rows("place_spellings.csv"):
        found[row["level"]][normalise(row["spelling"])] = row["place"]
    return found


@cache
def _codes() -> dict[str, dict[str, tuple[tuple[str, str], ...]]]:
    """Level → comparable code → (edition, slug) of every edition that has it."""
    found: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {level: {} for level in LEVELS}
    for row in _rows("place_codes.csv"):
        of_level, code = found[row["level"]], _normalise_code(row["code"])
        of_level[code] = (*of_level.get(code, ()), (row["edition"], row["place"]))
    return found


def editions_of(place: str, level: str) -> frozenset[str]:
    """The editions in which a place has a code."""
    known = (pair for pairs in _codes()[level].values() for pair in pairs)
    return frozenset(edition for edition, slug in known if slug == place)


def _by_name(key: str, level: str) -> str | None:
    if exact := _names()[level].get(key):
        return exact
    if not (match := _AFFIXES.fullmatch(key)):
        return None
    affix = match["before"] or match["after"]
    if _LEVEL_OF_AFFIX[affix] != level:
        return None
    return _names()[level].get(match["name"] or match["name_2"])


def _by_code(code: str, level: str, edition: str | None) -> list[tuple[str, str]]:
    known = _codes()[level].get(_normalise_code(code), ())
    return [(ed, place) for ed, place in known if edition is None or ed == edition]


def _nearest(key: str, levels: Iterable[str]) -> list[str]:
    """Up to three slugs whose spelling is nearest; at equal distance those of ``levels`` first."""
    wanted = list(levels)
    order = wanted + [level for level in LEVELS if level not in wanted]
    spellings = [(text, slug) for level in order for text, slug in _names()[level].items()]
    ranked = process.extract(
        key, [text for text, _ in spellings], scorer=fuzz.ratio, score_cutoff=_NEAR, limit=12
    )
    return list(dict.fromkeys(spellings[index][1] for _, _, index in ranked))[:3]


def resolve(
    name: str | None = None,
    code: str | None = None,
    *,
    edition: str | None = None,
    level: str | None = None,
    within: str | None = None,
) -> Resolution:
    """The place meant by a name, a code, or both together.

    Args:
        name: any accepted spelling; may say its level (``Cercle de Kayes``, ``Ségou Région``).
        code: ``ML05``, ``MLI05``, ``ML-5`` (ISO), ``05`` (laws of 2023)…
        edition: one of :data:`EDITIONS` when the file's edition is known.
        level: ``region``, ``cercle`` or ``country``; without it a region is preferred to a cercle
            of the same name, unless only the cercle agrees with the code.
        within: slug of a region, of either division, that the cercle must lie in; without
            ``level`` a cercle is then meant.

    Raises:
        PlaceError: see its reasons.
        ValueError: when ``level`` or ``edition`` is none of ours (a mistake of the caller).
    """
    if level is not None and level not in LEVELS:
        raise ValueError(f"level {level!r} is not one of {LEVELS}")
    if edition is not None and edition not in EDITIONS:
        raise ValueError(f"edition {edition!r} is not one of {EDITIONS}")
    name, code = (name or "").strip(), (code or "").strip()
    levels = (level,) if level else ("cercle",) if within else LEVELS
    if name and code:
        found = _resolve_both(name, code, edition, levels)
    elif code:
        found = _resolve_code(code, edition, levels)
    else:
        found = _resolve_name(name, levels)
    if within and found.level == "cercle":
        _require_within(found.place, within)
    return found


def _resolve_name(name: str, levels: tuple[str, ...]) -> Resolution:
    key = normalise(name)
    for level in levels:
        if place := _by_name(key, level):
            return Resolution(place, level)
    raise PlaceError("unknown", name, _nearest(key, levels))


def _resolve_code(code: str, edition: str | None, levels: tuple[str, ...]) -> Resolution:
    found = [(lvl, ed, place) for lvl in levels for ed, place in _by_code(code, lvl, edition)]
    if not found:
        raise PlaceError("unknown", code)
    meant = {(level, place) for level, _, place in found}
    if len(meant) > 1:
        raise PlaceError("ambiguous_code", code, (place for _, _, place in found))
    level, matched, place = found[0]
    return Resolution(place, level, matched if len(found) == 1 else None)


def _resolve_both(name: str, code: str, edition: str | None, levels: tuple[str, ...]) -> Resolution:
    key = normalise(name)
    named = [(level, place) for level in levels if (place := _by_name(key, level))]
    if not named:
        raise PlaceError("unknown", name, _nearest(key, levels))
    for level, place in named:
        agreeing = [ed for ed, other in _by_code(code, level, edition) if other == place]
        if agreeing:
            return Resolution(place, level, agreeing[0] if len(agreeing) == 1 else None)
    coded = [place for level in levels for _, place in _by_code(code, level, edition)]
    raise PlaceError("disagree", f"{name} / {code}", [named[0][1], *coded])


def _require_within(cercle: str, region: str) -> None:
    divisions_of(region)
    known = _cercles()[cercle]
    if region not in (known.region_2012, known.region_2023):
        raise PlaceError(
            "not_within", f"{cercle} / {region}", (known.region_2023, known.region_2012)
        )


def _known_cercle(slug: str) -> Cercle:
    try:
        return _cercles()[slug]
    except KeyError:
        raise PlaceError("unknown", slug, _nearest(normalise(slug), ("cercle",))) from None


def region_of(cercle: str, division: str) -> str:
    """The region a cercle lies in, in a division.

    Raises:
        PlaceError: ``unknown`` cercle or division.
    """
    if division not in DIVISIONS:
        raise PlaceError("unknown", division, DIVISIONS)
    known = _known_cercle(cercle)
    return known.region_2012 if division == "2012" else known.region_2023


def divisions_of(region_slug: str) -> tuple[str, ...]:
    """The divisions a region exists in: both, or ``2023`` only.

    Raises:
        PlaceError: ``unknown`` when it exists in neither.
    """
    found = tuple(division for division in DIVISIONS if region_slug in _regions()[division])
    if not found:
        raise PlaceError("unknown", region_slug, _nearest(normalise(region_slug), ("region",)))
    return found


def is_split(region_slug: str) -> bool:
    """Whether this old region was divided in 2023: all but Bamako and Kidal.

    Raises:
        PlaceError: ``unknown`` region.
    """
    if "2012" not in divisions_of(region_slug):
        return False
    return sum(unit.parent_2012 == region_slug for unit in region_units("2023")) > 1


def assign(
    region: str, cercle: str | None = None, declared_division: str | None = None
) -> tuple[str, str]:
    """The region of 2023 and the region of 2012 a row counts in; never guessed.

    A cercle decides. Without one, a region made in 2023 gives itself and its old parent, an old
    region that was not split gives itself twice, and one that was split gives ``not_specified`` in
    2023 unless the row declares the division of 2023.

    Raises:
        PlaceError: ``unknown`` region or cercle; ``not_within`` when they contradict each other.
    """
    divisions = divisions_of(region)
    if cercle:
        known = _known_cercle(cercle)
        _require_within(cercle, region)
        return known.region_2023, known.region_2012
    old = _regions()["2023"][region].parent_2012
    if "2012" in divisions and is_split(region) and declared_division != "2023":
        return NOT_SPECIFIED, old
    return region, old


@cache
def _name_pairs() -> dict[str, tuple[str, str]]:
    """Slug → (French, English) name of every place, ``not_specified`` included."""
    pairs = {cercle.slug: (cercle.name_fr, cercle.name_fr) for cercle in cercles()}
    pairs |= {unit.slug: (unit.name_fr, unit.name_en) for unit in region_units("2023")}
    pairs[COUNTRY] = ("Mali", "Mali")
    pairs[NOT_SPECIFIED] = (_NOT_SPECIFIED_NAMES["fr"], _NOT_SPECIFIED_NAMES["en"])
    return pairs


def place_name(slug: str, lang: str) -> str:
    """The name to print; merged units are named by their parts (``Gao et Kidal``).

    Raises:
        PlaceError: ``unknown`` slug.
    """
    names = [_name_pairs()[part][0 if lang == "fr" else 1] for part in parts_of(slug)]
    if len(names) == 1:
        return names[0]
    return ", ".join(names[:-1]) + _AND["fr" if lang == "fr" else "en"] + names[-1]


def merge_slug(parts: Iterable[str]) -> str:
    """The slug of a merged unit: its parts in alphabetical order, joined by hyphens.

    Parts may themselves be merged units.
    """
    return "-".join(sorted({single for part in parts for single in parts_of(part)}))


@cache
def parts_of(slug: str) -> tuple[str, ...]:
    """The places a slug joins: ``gao-kidal`` → two, ``gourma-rharous`` → itself.

    Raises:
        PlaceError: ``unknown`` when a part is no place.
    """
    parts = _split(slug.split("-"))
    if parts is None:
        raise PlaceError("unknown", slug, _nearest(normalise(slug), LEVELS))
    return parts


def _split(words: list[str]) -> tuple[str, ...] | None:
    """Longest known place first, since some slugs hold a hyphen themselves."""
    if not words:
        return ()
    for length in range(len(words), 0, -1):
        first = "-".join(words[:length])
        if first in _name_pairs() and (rest := _split(words[length:])) is not None:
            return (first, *rest)
    return None


@cache
def neighbours(division: str) -> dict[str, tuple[str, ...]]:
    """Region → partners, best first, with whom it is merged when it cannot be published alone.

    Every region of the division has at least one partner; a unit already merged goes on with the
    partners of its parts.

    Raises:
        PlaceError: ``unknown`` division.
    """
    ordered: dict[str, list[tuple[int, str]]] = {unit.slug: [] for unit in region_units(division)}
    for row in _rows("neighbours.csv"):
        if row["division"] == division:
            ordered[row["region"]].append((int(row["order"]), row["partner"]))
    return {slug: tuple(partner for _, partner in sorted(ps)) for slug, ps in ordered.items()}
