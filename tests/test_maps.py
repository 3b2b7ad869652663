"""Maps: every place drawn once, hidden never like low, the same words in hover, table and alt."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ElementTree
from datetime import date
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import contains_xy, unary_union
from shapely.geometry import Polygon

from analytics.charts import Figure, areas, bivariate, figure, labels, maps, theme
from analytics.estimates.estimate import Estimates, Row
from analytics.geography.outlines import (
    neighbouring_countries,
    region_outlines,
    region_seats,
    tiles,
)
from analytics.geography.places import parts_of, region_units
from analytics.indicator import indicator
from analytics.period import parse_period
from analytics.publishing.render import picture
from analytics.selection import Selection
from analytics.text import say
from analytics.warehouse.read import Build, Reader

BUILD = Build("20230815T120000-abc", "2023-08-15T12:00:00+00:00", "operational",
              date(2019, 1, 1), date(2023, 6, 30))  # fmt: skip
QUARTER = "2022-Q1"


def answer(
    cells: dict[str, float | str], *, name: str = "savings_per_member", division: str = "2023",
    by: str = "region", quarter: str = QUARTER,
) -> Estimates:  # fmt: skip
    """Place → value, or why there is none."""
    rows = tuple(
        Row(keys={by: place}, status=cell) if isinstance(cell, str)
        else Row(keys={by: place}, status="published", value=cell, low=0.9 * cell, high=1.1 * cell,
                 n_groups="10–19", n_people="100–499")
        for place, cell in cells.items()
    )  # fmt: skip
    selection = Selection(by=(by,), start=quarter, end=quarter, division=division)
    return Estimates(indicator(name), selection, BUILD, rows, parse_period(quarter))


def yearly(cells: dict[tuple[str, str], float | str]) -> Estimates:
    rows = tuple(
        Row(keys={"region": place, "year": year}, status="published", value=cell)
        if isinstance(cell, float) else Row(keys={"region": place, "year": year}, status=cell)
        for (place, year), cell in cells.items()
    )  # fmt: skip
    return Estimates(indicator("savings_per_member"), Selection(by=("region", "year")), BUILD, rows)


def everywhere(division: str, start: float = 1000.0) -> dict[str, float | str]:
    return {u.slug: start + 500.0 * n for n, u in enumerate(region_units(division))}


def square(place: str, west: float, south: float, side: float = 2.0, **more: object) -> dict:
    def ring(x: float, y: float, s: float) -> list[list[float]]:
        return [[x, y], [x + s, y], [x + s, y + s], [x, y + s], [x, y]]

    rings = [ring(west, south, side)]
    if more.pop("hole", False):
        # Wound as the outside is: files differ in that.
        rings.append(ring(west + side / 4, south + side / 4, side / 2))
    return {"division": "2023", "level": "region", "place": place, "note": "",
            "rings": json.dumps(rings), "lon": west + side / 8, "lat": south + side / 8,
            "edition": "2021-12", "credit": "OCHA COD-AB", **more}  # fmt: skip


def polygons(drawn: Figure) -> list[dict]:
    return [t for t in drawn.spec["data"] if t.get("fill") == "toself"]


def hovers(drawn: Figure) -> dict[str, str]:
    return {t["customdata"][0]: t["text"] for t in drawn.spec["data"] if t.get("customdata")}


# --- one indicator -------------------------------------------------------------------------------


@pytest.mark.parametrize(("division", "style"), [("2023", "tiles"), ("2012", "tiles"),
                                                 ("2012", "outlines")])  # fmt: skip
def test_every_region_is_drawn_once_and_answers_the_pointer(division: str, style: str) -> None:
    drawn = figure(answer(everywhere(division), division=division), "fr", chart="map",
                   map_style=style)  # fmt: skip
    slugs = {unit.slug for unit in region_units(division)}
    assert set(hovers(drawn)) == slugs and len(polygons(drawn)) == len(slugs)
    assert {t["type"] for t in drawn.spec["data"]} == {"scatter"}


def test_hidden_no_data_and_zero_never_look_alike() -> None:
    cells = everywhere("2023") | {"kidal": "suppressed", "menaka": "no_data", "gao": 0.0}
    drawn = figure(answer(cells), "en", chart="map")
    order = [area.place for area in areas.tile_areas("2023")]
    looks = dict(zip(order, polygons(drawn), strict=True))
    assert "fillpattern" in looks["kidal"] and "fillpattern" not in looks["menaka"]
    assert looks["menaka"]["line"]["dash"] == "dot" and "dash" not in looks["kidal"]["line"]
    assert looks["gao"]["fillcolor"] == theme.CLASSES[0]
    key = " ".join(a["text"] for a in drawn.spec["layout"]["annotations"])
    assert "▨ suppressed" in key and "□ no data" in key
    assert hovers(drawn)["kidal"] != hovers(drawn)["menaka"]


def test_the_pointer_honours_the_gate() -> None:
    drawn = figure(answer(everywhere("2023") | {"gao": "suppressed"}), "en", chart="map")
    shown = hovers(drawn)
    assert "10–19" in shown["kayes"]
    quarter = shown["gao"].split("</b>", 1)[1]
    assert say("status.suppressed", "en") in quarter
    assert "XOF" not in shown["gao"] and "95%" not in shown["gao"]


def test_merged_regions_share_their_row_and_are_chosen_together() -> None:
    cells = everywhere("2023")
    cells["gao-kidal"] = cells.pop("gao")
    del cells["kidal"]
    drawn = figure(answer(cells), "en", chart="map", highlight="gao-kidal")
    assert hovers(drawn)["gao"] == hovers(drawn)["kidal"]
    ring = next(t for t in drawn.spec["data"] if t.get("line", {}).get("width") == 3)
    assert ring["x"].count(None) == 1  # two rings, one around each part
    assert any("Gao and Kidal" in note for note in drawn.notes)


def test_what_each_map_must_say_stands_on_it() -> None:
    tile = figure(answer(everywhere("2023")), "en", chart="map")
    old = figure(answer(everywhere("2012"), division="2012"), "en", chart="map",
                 map_style="outlines")  # fmt: skip
    own = figure(answer({"gao": 5.0, "kidal": 7.0}), "en", chart="map", map_style="outlines",
                 outlines=[square("gao", 0, 14), square("kidal", 0, 17)])  # fmt: skip
    assert any("Schematic" in note for note in tile.notes)
    assert any("Natural Earth" in n and "no judgement" in n for n in old.notes)
    assert any("OCHA COD-AB" in n and "2021-12" in n and "no judgement" in n for n in own.notes)
    for drawn, named in ((tile, False), (old, True), (own, True)):
        texts = " ".join(a["text"] for a in drawn.spec["layout"]["annotations"])
        assert ("Niger" in texts) is named


# --- imported outlines ---------------------------------------------------------------------------


def test_a_hole_however_wound_stays_open_and_what_lies_in_it_is_drawn_over() -> None:
    given_ = [square("bamako", -7.5, 12.5, 1.0), square("koulikoro", -8, 12, 2.0, hole=True)]
    base = areas.base_of("2023", "region", "outlines", given_, "fr")
    assert [area.place for area in base.areas] == ["koulikoro", "bamako"]
    outer, inner = (Polygon(ring) for ring in base.areas[0].rings)
    assert outer.exterior.is_ccw != inner.exterior.is_ccw
    assert not any(contains_xy(inner, x, y) for x, y in base.areas[0].touch[1:])


def test_places_that_an_edition_cannot_part_share_an_outline_and_it_says_so() -> None:
    given_ = [square("tombouctou-taoudenit", -5, 16), square("gao", -2, 16)]
    cells: dict[str, float | str] = {"tombouctou": 8.0, "taoudenit": "suppressed", "gao": 5.0}
    drawn = figure(answer(cells | {"kayes": 9.0}), "en", chart="map", map_style="outlines",
                   outlines=given_)  # fmt: skip
    assert "Timbuktu" in hovers(drawn)["tombouctou-taoudenit"]
    assert any("cannot be told apart" in note and "Timbuktu" in note for note in drawn.notes)
    assert any("Without an outline" in note and "Kayes" in note for note in drawn.notes)


def test_outlines_of_another_division_or_level_are_left_out() -> None:
    given_ = [square("gao", 0, 14, division="2012"), square("gao", 0, 14, level="cercle")]
    assert areas.base_of("2023", "region", "outlines", given_, "en").schematic


def test_cercles_are_drawn_where_their_outlines_are_given() -> None:
    given_ = [square("ansongo", 0, 14, level="cercle"), square("bourem", 0, 17, level="cercle")]
    asked = answer({"ansongo": 5.0, "bourem": "no_data", "kayes": 3.0}, by="cercle")
    assert figure(asked, "fr", chart="map").chart != "map"
    drawn = figure(asked, "fr", chart="map", outlines=given_, highlight="gao")
    assert drawn.chart == "map" and set(hovers(drawn)) == {"ansongo", "bourem"}
    # Both lie in the region of Gao, and both are marked.
    ring = next(t for t in drawn.spec["data"] if t.get("line", {}).get("width") == 3)
    assert ring["x"].count(None) == 1
    assert "Ménaka" in " ".join(a["text"] for a in drawn.spec["layout"]["annotations"])


def test_simplified_neighbours_leave_no_gap() -> None:
    base = areas.base_of("2012", "region", "outlines", (), "fr")
    shapes = {a.place: Polygon(a.rings[0], a.rings[1:]).buffer(0) for a in base.areas}
    before = unary_union([Polygon(r[0], r[1:]) for r in region_outlines().values()])
    after = unary_union(list(shapes.values()))
    assert after.area == pytest.approx(before.area, rel=0.01)
    shared = [one.intersection(other).area for one, other in combinations(shapes.values(), 2)]
    assert sum(shared) < 0.1
    for area in base.areas:
        assert all(contains_xy(shapes[area.place].buffer(0.06), x, y) for x, y in area.touch)


def test_seats_and_neighbours_lie_where_they_should() -> None:
    country = unary_union([Polygon(r[0]) for r in region_outlines().values()])
    assert set(region_seats()) == set(tiles("2023"))
    assert all(contains_xy(country, x, y) for x, y in region_seats().values())
    for lang in ("fr", "en"):
        assert len(neighbouring_countries(lang)) == 7
        assert not any(contains_xy(country, x, y) for x, y in neighbouring_countries(lang).values())
    for slug, rings in region_outlines().items():
        assert contains_xy(Polygon(rings[0]).buffer(0.05), *region_seats()[slug]), slug


def test_labels_of_outlines_do_not_touch_on_a_phone() -> None:
    base = areas.base_of("2012", "region", "outlines", (), "fr")
    texts = {area.place: ("12 345", "#000000") for area in base.areas}
    found = labels.label_annotations(base, texts, "fr")
    scale = theme.NARROW / (areas.WINDOW[0][1] - areas.WINDOW[0][0])
    boxes = []
    for label in found:
        lines = label["text"].replace("<b>", "").replace("</b>", "").split("<br>")
        wide = max(theme.text_width(line, label["font"]["size"]) for line in lines) / 2
        x, y = label["x"] * scale + label.get("xshift", 0), label["y"] * scale
        y += label.get("yshift", 0)
        boxes.append((x - wide, x + wide, y - 12, y + 12))
    assert len(boxes) >= 6
    assert not any(labels._meets(one, other) for one, other in combinations(boxes, 2))


# --- over time -----------------------------------------------------------------------------------


def test_one_period_of_many_keeps_the_classes_of_them_all() -> None:
    asked = yearly({("gao", "2021"): 1000.0, ("gao", "2022"): 9000.0, ("kayes", "2021"): 2000.0,
                    ("kayes", "2022"): "suppressed"})  # fmt: skip
    early = figure(asked, "en", chart="map", period="2021")
    late = figure(asked, "en", chart="map", period="2022")

    def key(drawn: Figure) -> list[str]:
        texts = [a["text"] for a in drawn.spec["layout"]["annotations"]]
        return [piece for t in texts for piece in t.split("\u2002") if "font-size:16px" in piece]

    assert key(early) == key(late) != []
    assert "2,000" in early.headline and "9,000" not in early.headline + early.alt
    assert early.subtitle.endswith("2021 · 2023 division")
    assert [row[0] for row in late.table[1]] == ["Gao", "Kayes"]


def test_small_maps_draw_each_place_once_a_period() -> None:
    every = product(tiles("2023"), ("2020", "2021", "2022"))
    cells: dict[tuple[str, str], float | str] = dict.fromkeys(every, 1000.0)
    cells["gao", "2021"] = "suppressed"
    drawn = figure(yearly(cells), "en", chart="multiples")
    touch = next(t for t in drawn.spec["data"] if t.get("customdata"))
    assert sorted(touch["customdata"]) == sorted(3 * list(tiles("2023")))
    rings = sum(t["x"].count(None) + 1 for t in polygons(drawn))
    assert rings == 60
    hatched = [t for t in polygons(drawn) if "fillpattern" in t]
    assert sum(t["x"].count(None) + 1 for t in hatched) == 1
    assert drawn.alt.startswith("3 small maps, 2020 to 2022")
    assert len(drawn.table[1]) == 60


# --- two indicators ------------------------------------------------------------------------------


def both(**how: object) -> Figure:
    first = answer({s: float(n) for n, s in enumerate(tiles("2023"))}, name="women_share")
    second = answer({s: float(-n) for n, s in enumerate(tiles("2023"))}
                    | {"menaka": "suppressed", "kidal": "no_data"})
    return bivariate.figure(first, second, "en", **how)  # type: ignore[arg-type]


@given(st.lists(st.floats(0, 1e6), min_size=6, max_size=60, unique=True))
def test_thirds_hold_a_third_each(values: list[float]) -> None:
    cuts = bivariate.thirds(values)
    classes = [bivariate.class_in(value, cuts) for value in values]
    assert sorted(values) == [v for _, v in sorted(zip(classes, values, strict=True))]
    for which in range(3):
        assert abs(classes.count(which) - len(values) / 3) <= 1.5


def test_two_indicators_that_go_against_each_other_meet_on_the_diagonal() -> None:
    drawn = both()
    codes = {row[0]: row[3] for row in drawn.table[1]}
    assert set(codes.values()) == {"A3", "B2", "C1", "–"}
    assert codes["Ménaka"] == "–" and "suppressed" in hovers(drawn)["menaka"]
    texts = " ".join(a["text"] for a in drawn.spec["layout"]["annotations"])
    for name in ("women_share", "savings_per_member"):
        assert indicator(name).title["en"].split()[0] in texts
    assert any("terciles" in note for note in drawn.notes)
    for place, code in codes.items():
        assert code == "–" or (code in drawn.alt and place in drawn.alt)


def test_stated_cut_offs_are_said_to_be_stated() -> None:
    drawn = both(first_cuts=(100.0, 200.0), second_cuts=(-200.0, -100.0))
    assert {row[3] for row in drawn.table[1]} == {"A3", "–"}
    assert any("stated cut-offs" in note for note in drawn.notes)
    assert not any("terciles" in note for note in drawn.notes)


def test_too_few_places_make_no_thirds() -> None:
    few = answer({"gao": 1.0, "kayes": 2.0, "mopti": 3.0})
    drawn = bivariate.figure(few, few, "fr")
    assert {row[3] for row in drawn.table[1]} == {"–"}
    assert not {t["fillcolor"] for t in polygons(drawn)} & set(sum(bivariate.COLOURS, ()))


def test_answers_of_different_periods_are_not_put_together() -> None:
    with pytest.raises(ValueError, match="same places"):
        bivariate.figure(answer({"gao": 1.0}), answer({"gao": 1.0}, quarter="2022-Q2"), "fr")


#: Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB
_SEEN = {
    "as it is": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
                   (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
                     (-0.011820, 0.042940, 0.968881)),
}  # fmt: skip


def linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def lab(rgb: list[float]) -> tuple[float, float, float]:
    """CIE L*a*b* of linear RGB, white point D65."""
    matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [sum(m * max(c, 0) for m, c in zip(row, rgb, strict=True)) for row in matrix]
    x, y, z = (
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
        for t in (v / w for v, w in zip(xyz, (0.9505, 1.0, 1.089), strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("sight", list(_SEEN))
def test_nine_colours_are_told_apart_by_colour_blind_readers(sight: str) -> None:
    seen = [
        lab([sum(m * c for m, c in zip(row, linear(colour), strict=True)) for row in _SEEN[sight]])
        for colour in sum(bivariate.COLOURS, ())
    ]
    for one, other in combinations(seen, 2):
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 > 15


def test_codes_are_read_on_their_colours() -> None:
    for row, column in product(range(3), range(3)):
        ink = "#FFFFFF" if (column, row) in bivariate._DARK else theme.INK
        light = [sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(hue), strict=True))
                 for hue in (bivariate.COLOURS[row][column], ink)]  # fmt: skip
        assert (max(light) + 0.05) / (min(light) + 0.05) >= 4.5


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.skipif(not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
                    reason="no Chromium on this machine")  # fmt: skip
def test_every_map_is_exported_as_true_vector() -> None:
    cells = everywhere("2023") | {"gao": "suppressed"}
    shown = (
        figure(answer(cells), "fr", chart="map"),
        figure(answer(everywhere("2012"), division="2012"), "fr", chart="map",
               map_style="outlines"),
        figure(yearly({(s, "2021"): 5.0 for s in tiles("2023")}), "fr", chart="multiples"),
        both(),
    )  # fmt: skip
    for drawn in shown:
        svg = picture(drawn, "svg").decode()
        names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
        assert "path" in names and not names & {"image", "foreignObject", "canvas"}
        assert "data:image" not in svg and "http" not in svg.replace("http://www.w3.org", "")


def test_a_version_without_boundaries_has_none(network: Reader) -> None:
    assert network.boundaries("2023", "region") == []


def test_rows_of_a_merged_unit_reach_all_its_parts() -> None:
    found = maps.rows_by_place(answer({"gao-kidal": 3.0}), "region")
    assert set(found) == set(parts_of("gao-kidal"))
