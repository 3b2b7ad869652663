"""Places: two divisions, every spelling, and codes that only mean something within an edition."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import fastexcel
import pytest

from analytics.geography import outlines, places
from analytics.geography.places import PlaceError, Resolution, assign, resolve

FILES = Path(__file__).parents[2] / "shared" / "reference"
TABLES = Path(__file__).parents[1] / "data" / "reference"

needs_files = pytest.mark.skipif(not FILES.exists(), reason="reference files are not here")

REGIONS_2023 = [
    *("bamako", "kayes", "koulikoro", "sikasso", "segou", "mopti", "tombouctou", "gao", "kidal"),
    *("taoudenit", "menaka", "nioro", "kita", "dioila", "nara", "bougouni", "koutiala", "san"),
    *("douentza", "bandiagara"),
]
REGIONS_2012 = REGIONS_2023[:9]


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def refusal(
    name: str | None = None,
    code: str | None = None,
    *,
    edition: str | None = None,
    level: str | None = None,
    within: str | None = None,
) -> PlaceError:
    with pytest.raises(PlaceError) as caught:
        resolve(name, code, edition=edition, level=level, within=within)
    return caught.value


# --- the tables -----------------------------------------------------------------------------------


def test_units_are_those_of_the_contract() -> None:
    assert [unit.slug for unit in places.region_units("2012")] == REGIONS_2012
    assert [unit.slug for unit in places.region_units("2023")] == REGIONS_2023
    assert len(places.cercles()) == 53
    with pytest.raises(PlaceError):
        places.region_units("2016")


def test_every_cercle_lies_in_a_region_and_in_the_parent_of_that_region() -> None:
    parent = {unit.slug: unit.parent_2012 for unit in places.region_units("2023")}
    for cercle in places.cercles():
        assert places.region_of(cercle.slug, "2012") == parent[cercle.region_2023]
    counted = Counter(cercle.region_2023 for cercle in places.cercles())
    assert set(REGIONS_2023) - set(counted) == {"taoudenit"}
    assert (counted["mopti"], counted["segou"], counted["menaka"]) == (4, 5, 4)


def test_regions_name_the_cercles_they_are_formed_from() -> None:
    for unit in places.region_units("2023"):
        whole = {part for part in unit.formed_from if not part.endswith("*")}
        assert whole == {c.slug for c in places.cercles() if c.region_2023 == unit.slug}


def test_populations_add_up_and_say_how_sure_they_are() -> None:
    new = places.region_units("2023")
    assert sum(unit.population_2022 for unit in new) == 22_395_488
    for old in places.region_units("2012"):
        parts = [unit for unit in new if unit.parent_2012 == old.slug]
        assert old.formed_from == tuple(unit.slug for unit in parts)
        assert old.population_2022 == sum(unit.population_2022 for unit in parts)
        if any(unit.population_status == "provisional" for unit in parts):
            assert old.population_status == "provisional"


def test_no_spelling_names_two_places_of_one_level() -> None:
    owners: dict[tuple[str, str], set[str]] = {}
    for row in table("place_spellings.csv"):
        owners.setdefault((row["level"], places.normalise(row["spelling"])), set()).add(
            row["place"]
        )
    assert {key: found for key, found in owners.items() if len(found) > 1} == {}


def test_a_code_names_one_place_in_an_edition_and_level() -> None:
    rows = table("place_codes.csv")
    assert {row["edition"] for row in rows} == set(places.EDITIONS)
    counted = Counter((row["edition"], row["level"], row["code"]) for row in rows)
    assert max(counted.values()) == 1


def test_only_eight_cercles_kept_their_code_between_the_ocha_editions() -> None:
    codes: dict[str, dict[str, str]] = {"ocha_2015": {}, "ocha_2021": {}}
    for row in table("place_codes.csv"):
        if row["level"] == "cercle":
            codes[row["edition"]][row["place"]] = row["code"]
    old, new = codes["ocha_2015"], codes["ocha_2021"]
    assert set(new) - set(old) == {"anderamboukane", "inekar", "tidermene"}
    assert sum(old[slug] != new[slug] for slug in old) == 42
    assert {slug for slug in old if old[slug] == new[slug]} == {
        *("kenieba", "kita", "nioro", "yelimane", "nara", "kolondieba", "baraoueli", "bamako"),
    }


def test_neighbours_are_mutual_and_stay_in_the_old_region_first() -> None:
    for division, slugs in (("2012", REGIONS_2012), ("2023", REGIONS_2023)):
        partners = places.neighbours(division)
        assert list(partners) == slugs
        parent = {unit.slug: unit.parent_2012 for unit in places.region_units("2023")}
        for slug, found in partners.items():
            assert found and len(set(found)) == len(found) and slug not in found
            assert all(slug in partners[other] for other in found)
            siblings = [parent[other] == parent[slug] for other in found]
            assert siblings == sorted(siblings, reverse=True)
        assert partners["kidal"][0] == "gao"


def test_crisis_events_are_complete_dated_and_placed() -> None:
    rows = table("crisis_events.csv")
    assert len({row["event_id"] for row in rows}) == len(rows)
    assert {row["kind"] for row in rows} == {
        *("insecurity", "climate", "covid19", "prices", "political"),
    }
    for row in rows:
        start = date.fromisoformat(row["start_date"])
        assert 2012 <= start.year <= 2026
        assert not row["end_date"] or date.fromisoformat(row["end_date"]) >= start
        assert row["title_fr"] and row["title_en"] and row["source"]
        assert row["confidence"] in {"published", "recall"}
        assert row["source_url"].startswith("http") or row["confidence"] == "recall"
        assert not row["region"] or row["region"] in REGIONS_2023
    assert {row["event_id"]: row["start_date"] for row in rows}["2020-03-covid19"] == "2020-03-25"


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "level", "place"),
    [
        ("Timbuktu", "region", "tombouctou"),
        ("SEGOU", "region", "segou"),
        ("Ségou Région", "region", "segou"),
        ("Région de Ségou", "region", "segou"),
        ("Koulikouro", "region", "koulikoro"),
        ("District de Bamako", "region", "bamako"),
        ("Nioro du Sahel", "region", "nioro"),
        (" Taoudeni ", "region", "taoudenit"),
        ("Barouéli", "cercle", "baraoueli"),
        ("Gourma Rharous", "cercle", "gourma-rharous"),
        ("Tin Essako", "cercle", "tin-essako"),
        ("Jenné", "cercle", "djenne"),
        ("DIRÉ", "cercle", "dire"),
        ("Ké-Macina", "cercle", "macina"),
        ("Cercle de Kayes", "cercle", "kayes"),
        ("République du Mali", "country", "mali"),
    ],
)
def test_accepted_spellings(name: str, level: str, place: str) -> None:
    assert resolve(name, level=level) == Resolution(place, level)
    assert resolve(name).place == place


def test_every_slug_and_printed_name_resolves_to_itself() -> None:
    for unit in places.region_units("2023"):
        for text in (unit.slug, unit.name_fr, unit.name_en):
            assert resolve(text, level="region") == Resolution(unit.slug, "region")
    for cercle in places.cercles():
        for text in (cercle.slug, cercle.name_fr):
            assert resolve(text, level="cercle") == Resolution(cercle.slug, "cercle")


def test_region_is_preferred_unless_something_says_cercle() -> None:
    assert resolve("Kayes").level == "region"
    assert resolve("Kayes", level="cercle").level == "cercle"
    assert resolve("Cercle de Kayes").level == "cercle"
    assert resolve("San", within="segou") == Resolution("san", "cercle")
    assert resolve("Kati").level == "cercle"


def test_unknown_names_are_refused_with_the_nearest() -> None:
    error = refusal("Segouu")
    assert (error.reason, error.value, error.suggestions[0]) == ("unknown", "Segouu", "segou")
    assert "segou" in str(error)
    assert refusal("Taoudénit", level="cercle").suggestions[0] == "taoudenit"
    assert refusal("Cercle de Kayes", level="region").reason == "unknown"
    assert refusal("Ouagadougou").reason == "unknown"
    assert refusal("").reason == "unknown"
    assert refusal(None, None).reason == "unknown"


def test_a_cercle_must_lie_in_the_region_given_in_either_division() -> None:
    assert resolve("Ménaka", within="gao").place == "menaka"
    assert resolve("Ménaka", within="menaka").place == "menaka"
    error = refusal("Djenné", within="segou")
    assert (error.reason, error.suggestions) == ("not_within", ["mopti"])
    assert refusal("Djenné", within="atlantis").reason == "unknown"


# --- codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["ML05", "MLI05", " ml05 ", "ML 05"])
def test_code_spellings_of_a_region(code: str) -> None:
    assert resolve("Mopti", code) == Resolution("mopti", "region")


@pytest.mark.parametrize("code", ["ML0901", "MLI0901"])
def test_code_spellings_of_a_cercle(code: str) -> None:
    assert resolve("Bamako", code) == Resolution("bamako", "cercle")


def test_one_code_two_editions_two_cercles() -> None:
    assert resolve("Kayes", "ML0101") == Resolution("kayes", "cercle", "ocha_2015")
    assert resolve("Bafoulabé", "ML0101") == Resolution("bafoulabe", "cercle", "ocha_2021")
    assert resolve(code="ML0101", edition="ocha_2015").place == "kayes"
    error = refusal(code="ML0101")
    assert (error.reason, set(error.suggestions)) == ("ambiguous_code", {"kayes", "bafoulabe"})


def test_name_and_code_that_disagree_are_refused() -> None:
    error = refusal("Diéma", "ML0101")
    assert (error.reason, error.value) == ("disagree", "Diéma / ML0101")
    assert set(error.suggestions) == {"diema", "kayes", "bafoulabe"}
    assert refusal("Kayes", "ML0101", edition="ocha_2021").reason == "disagree"
    assert refusal("Ménaka", "MLI11").reason == "disagree"


def test_code_alone_is_enough_where_all_editions_agree() -> None:
    assert resolve(code="ML0104") == Resolution("kenieba", "cercle", None)
    assert resolve(code="ML1002") == Resolution("anderamboukane", "cercle", "ocha_2021")
    assert refusal(code="ML9999").reason == "unknown"


def test_iso_and_the_two_laws_number_regions_differently() -> None:
    assert resolve(code="ML-9").place == "menaka"
    assert resolve(code="ML09").place == "bamako"
    assert resolve(code="9").place == "taoudenit"
    assert refusal(code="11").reason == "ambiguous_code"
    assert resolve(code="11", edition="ct_2023").place == "nioro"
    assert resolve(code="11", edition="ca_2023").place == "bougouni"


def test_mistakes_of_the_caller_are_not_mistakes_of_the_data() -> None:
    for level, edition in (("commune", None), (None, "ocha_1999")):
        with pytest.raises(ValueError) as caught:
            resolve("Kayes", level=level, edition=edition)
        assert not isinstance(caught.value, PlaceError)


# --- divisions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "cercle", "declared", "expected"),
    [
        ("kayes", "nioro", None, ("nioro", "kayes")),
        ("kayes", "nioro", "2012", ("nioro", "kayes")),
        ("segou", "niono", "2012", ("segou", "segou")),
        ("san", "tominian", None, ("san", "segou")),
        ("san", None, None, ("san", "segou")),
        ("taoudenit", None, None, ("taoudenit", "tombouctou")),
        ("segou", None, None, ("not_specified", "segou")),
        ("segou", None, "2012", ("not_specified", "segou")),
        ("segou", None, "2023", ("segou", "segou")),
        ("kidal", None, None, ("kidal", "kidal")),
        ("bamako", None, "2012", ("bamako", "bamako")),
    ],
)
def test_assign(
    region: str, cercle: str | None, declared: str | None, expected: tuple[str, str]
) -> None:
    assert assign(region, cercle, declared) == expected


def test_assign_refuses_what_contradicts_itself() -> None:
    for region, cercle, reason in [
        ("segou", "djenne", "not_within"),
        ("menaka", "ansongo", "not_within"),
        ("atlantis", None, "unknown"),
        ("segou", "atlantis", "unknown"),
    ]:
        with pytest.raises(PlaceError) as caught:
            assign(region, cercle)
        assert caught.value.reason == reason


def test_split_regions() -> None:
    assert [slug for slug in REGIONS_2023 if places.is_split(slug)] == [
        slug for slug in REGIONS_2012 if slug not in ("bamako", "kidal")
    ]
    assert places.divisions_of("segou") == ("2012", "2023")
    assert places.divisions_of("san") == ("2023",)


# --- names to print -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "french", "english"),
    [
        ("tombouctou", "Tombouctou", "Timbuktu"),
        ("gourma-rharous", "Gourma-Rharous", "Gourma-Rharous"),
        ("mali", "Mali", "Mali"),
        ("not_specified", "Non précisé", "Not specified"),
        ("gao-kidal", "Gao et Kidal", "Gao and Kidal"),
        ("gao-kidal-tombouctou", "Gao, Kidal et Tombouctou", "Gao, Kidal and Timbuktu"),
    ],
)
def test_place_name(slug: str, french: str, english: str) -> None:
    assert (places.place_name(slug, "fr"), places.place_name(slug, "en")) == (french, english)


def test_merged_slugs_survive_hyphens_in_their_parts() -> None:
    assert places.merge_slug(["kidal", "gao"]) == "gao-kidal"
    assert places.merge_slug(["menaka", "gao-kidal", "gao"]) == "gao-kidal-menaka"
    slug = places.merge_slug(["tin-essako", "gourma-rharous", "bla"])
    assert places.parts_of(slug) == ("bla", "gourma-rharous", "tin-essako")
    for unknown in ("gao-atlantis", ""):
        with pytest.raises(PlaceError):
            places.parts_of(unknown)


# --- shapes ---------------------------------------------------------------------------------------


def signed_area(ring: outlines.Ring) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def test_outlines_are_closed_rings_of_the_old_regions() -> None:
    shapes = outlines.region_outlines()
    assert list(shapes) == REGIONS_2012
    for rings in shapes.values():
        assert all(ring[0] == ring[-1] and len(ring) > 3 for ring in rings)
        assert all(-13 < lon < 5 and 10 < lat < 26 for ring in rings for lon, lat in ring)
    outside, hole = shapes["koulikoro"]
    assert signed_area(outside) * signed_area(hole) < 0


def test_tiles_are_one_a_region_and_keep_the_lie_of_the_land() -> None:
    for division, slugs in (("2012", REGIONS_2012), ("2023", REGIONS_2023)):
        tiles = outlines.tiles(division)
        assert list(tiles) == slugs
        assert len(set(tiles.values())) == len(tiles)
        assert all(0 <= col < 7 and 0 <= row < 6 for col, row in tiles.values())
        assert min(tiles, key=tiles.__getitem__) == "kayes"
        assert tiles["segou"][0] < tiles["gao"][0] and tiles["gao"][1] < tiles["sikasso"][1]


def test_credit_and_caveat_in_both_languages() -> None:
    for text in (outlines.outline_credit, outlines.tile_note):
        assert text("fr") != text("en")
    assert "domaine public" in outlines.outline_credit("fr")
    assert "Natural Earth" in outlines.outline_credit("en")


# --- real files -----------------------------------------------------------------------------------

Cell = str | None
Row = tuple[Cell, Cell, Cell, Cell]


def sheet(path: str, columns: int) -> Iterator[tuple[Cell, ...]]:
    """The first columns of a workbook's first sheet, as text, header rows included."""
    first = fastexcel.read_excel(FILES / path).load_sheet(
        0, header_row=None, use_columns=list(range(columns)), dtypes="string"
    )
    yield from zip(*(column.to_pylist() for column in first.to_arrow().columns), strict=True)


def rows_of(path: str, skip: int, columns: tuple[int, int, int, int]) -> Counter[Row]:
    """Distinct (region, its code, cercle, its code) of a workbook, with their row counts."""
    a, b, c, d = columns
    rows = list(sheet(path, max(columns) + 1))[skip:]
    return Counter((row[a], row[b], row[c], row[d]) for row in rows)


def refusals(rows: Counter[Row]) -> Counter[tuple[str, Cell, Cell, str]]:
    """(level, name, code, reason) of every pair refused, with its row count."""
    refused: Counter[tuple[str, Cell, Cell, str]] = Counter()
    for (region, region_code, cercle, cercle_code), count in rows.items():
        within = None
        try:
            within = resolve(region, region_code, level="region").place
        except PlaceError as error:
            refused["region", region, region_code, error.reason] += count
        try:
            resolve(cercle, cercle_code, level="cercle", within=within)
        except PlaceError as error:
            refused["cercle", cercle, cercle_code, error.reason] += count
    return refused


@needs_files
def test_ocha_list_of_2021_resolves_whole() -> None:
    path = FILES / "boundaries" / "global_pcodes_mli.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    levels = {"1": "region", "2": "cercle"}
    for row in rows:
        found = resolve(
            row["Name"], row["P-Code"], edition="ocha_2021", level=levels[row["Admin Level"]]
        )
        assert found.edition == "ocha_2021"
    assert len(rows) == 63


@needs_files
def test_ocha_localities_of_2015_and_the_codes_that_changed() -> None:
    pairs = {(row[14], row[15]) for row in sheet("boundaries/ssm_localites.xlsx", 16)}
    old = {str(name): str(code) for name, code in pairs if code != "admin2Pcod"}
    for name, code in old.items():
        assert resolve(name, code, edition="ocha_2015", level="cercle").edition == "ocha_2015"
    with (FILES / "boundaries" / "global_pcodes_mli.csv").open(encoding="utf-8") as file:
        new = {
            row["Name"]: row["P-Code"] for row in csv.DictReader(file) if row["Admin Level"] == "2"
        }
    # 42 that changed, three that did not exist, and one lost to its spelling (Baroueli)
    assert sum(old.get(name) != code for name, code in new.items()) == 46


@needs_files
def test_cadre_harmonise() -> None:
    rows = rows_of("shocks/cadre_harmonise_mali_2014_2022.xlsx", 1, (5, 6, 9, 10))
    assert refusals(rows) == {("cercle", "Taoudenit", None, "unknown"): 5}
    assert resolve("Menaka", "ML0704", within="gao").edition == "ocha_2015"


@needs_files
def test_who_does_what_where() -> None:
    rows = rows_of("shocks/5w_mli_mar2022.xlsx", 2, (2, 1, 4, 3))
    assert refusals(rows) == {
        ("region", "BAMAKO", "ML0901", "disagree"): 3,
        ("region", "Bamako", "ML0901", "disagree"): 35,
        ("region", "Menaka", "MLI11", "disagree"): 1,
        ("region", "Tombouctou", "MLI09", "disagree"): 1,
        ("cercle", "Anderamboukane", "ML1001", "disagree"): 79,
        ("cercle", "Anderamboukane", "ML1003", "disagree"): 1,
        ("cercle", "Inekar", "ML1001", "disagree"): 20,
        ("cercle", "Inekar", "ML1002", "disagree"): 5,
        ("cercle", "Menaka", "ML1003", "disagree"): 12,
        ("cercle", "Tidermene", "ML1001", "disagree"): 37,
        ("cercle", "Yorosso", "ML0305", "disagree"): 4,
    }


@needs_files
def test_displacement_matrix() -> None:
    rows = rows_of("shocks/iom_dtm_mali_baseline_assessment_round_72.xlsx", 2, (3, 4, 5, 6))
    assert refusals(rows) == {
        ("cercle", "Menaka", "MLI1004", "disagree"): 1,
        ("cercle", "Nioro", "MLI0102", "disagree"): 1,
    }
