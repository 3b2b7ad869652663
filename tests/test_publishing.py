"""Files of a figure: what each carries, what none may give away, what becomes of odd names."""

from __future__ import annotations

import csv
import errno
import html
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from PIL import Image
from pptx import Presentation

from analytics.charts import figure
from analytics.cli import main
from analytics.errors import UserError
from analytics.estimates.estimate import Estimates, Row
from analytics.evidence import receipt
from analytics.indicator import indicator
from analytics.period import parse_period
from analytics.publishing import data, ledger, render
from analytics.publishing.exhibit import Exhibit, exhibit, reader_of
from analytics.publishing.figure import FORMATS
from analytics.publishing.question import Drawing, Question, drawing_of, parse
from analytics.publishing.slides import pptx_bytes
from analytics.selection import Selection
from analytics.warehouse.home import Home
from analytics.warehouse.read import Build, Reader

BUILD = Build("20230815T120000-abcdef12", "2023-08-15T12:00:00+00:00", "demonstration", None, None)
HIDDEN = 987654.0
HOSTILE = '=HYPERLINK("http://x.example")'
ARABIC = "منظمة النساء"
EMOJI = "Femmes 🌾🇲🇱👩🏾‍🌾"


def regions(lang: str = "fr", chart: str = "bars") -> Exhibit:
    """Three regions, one of them suppressed though the answer holds its value."""
    rows = (
        Row({"region": "segou"}, "published", 1200.0, 1000.0, 1400.0, n_groups="10–19"),
        Row({"region": "mopti"}, "published", 800.0, 700.0, 900.0, n_groups="20–49"),
        Row({"region": "kayes"}, "suppressed", HIDDEN, HIDDEN, HIDDEN, n_groups="987654"),
    )
    asked = Selection(by=("region",), start="2022-Q1", end="2022-Q1")
    found = Estimates(indicator("savings_per_member"), asked, BUILD, rows, parse_period("2022-Q1"))
    return Exhibit(figure(found, lang, chart=chart), found)


def partners(*names: str) -> Exhibit:
    rows = tuple(Row({"partner": name}, "published", 100.0 + i) for i, name in enumerate(names))
    asked = Selection(by=("partner",), start="2022-Q1", end="2022-Q1")
    found = Estimates(indicator("savings_per_member"), asked, BUILD, rows, parse_period("2022-Q1"))
    return Exhibit(figure(found, "fr", chart="bars"), found)


def quarters(lang: str = "fr") -> Exhibit:
    """Four quarters, the third suppressed."""
    labels = ("2022-Q1", "2022-Q2", "2022-Q3", "2022-Q4")
    rows = tuple(
        Row({"quarter": label}, "published", 100.0 * i, 90.0 * i, 110.0 * i)
        if label != "2022-Q3" else Row({"quarter": label}, "suppressed", HIDDEN)
        for i, label in enumerate(labels, start=1)
    )  # fmt: skip
    found = Estimates(indicator("savings_per_member"), Selection(by=("quarter",)), BUILD, rows)
    return Exhibit(figure(found, lang), found)


def inside(content: bytes) -> str:
    """Everything a file holds as text: parts of archives, embedded workbooks too."""
    if not content.startswith(b"PK"):
        return html.unescape(content.decode("utf-8", errors="replace"))
    archive = zipfile.ZipFile(io.BytesIO(content))
    return "\n".join(inside(archive.read(name)) for name in archive.namelist())


# --- what each carries ---------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("suffix", ["csv", "json", "xlsx", "zip", "pptx"])
def test_every_file_says_what_it_is_and_how_to_check_it(
    suffix: str, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "browser_path", lambda: None)
    shown = regions(lang)
    text = inside(FORMATS[suffix](shown, "wide"))
    about = shown.about
    for part in ("sensitivity", "receipt"):
        assert about[part] in text, part
    assert BUILD.build_id in text
    assert ("synthétiques" if lang == "fr" else "ynthetic") in text or suffix == "csv"
    assert about["selection"] in text


def test_no_file_holds_what_is_suppressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "browser_path", lambda: None)
    for shown in (regions(), quarters(), regions(chart="table")):
        for suffix in ("csv", "hxl.csv", "json", "xlsx", "zip"):
            assert "987654" not in inside(FORMATS[suffix](shown, "wide")), suffix
        assert "987654" not in json.dumps(shown.figure.spec)
    for shown in (regions(), quarters()):
        assert "987654" not in inside(pptx_bytes(shown))


def test_a_workbook_opens_with_its_readme_and_numbers() -> None:
    book = load_workbook(io.BytesIO(data.xlsx_bytes(regions("en"))))
    assert book.sheetnames == ["README", "data"]
    told = {row[0].value: row[1].value for row in book["README"].iter_rows()}
    assert told["Receipt"].startswith("r-savings_per_member.region.")
    assert "from: 2022-Q1" in told["Filters"] and told["Demonstration"] == "yes"
    header, *rows = [[cell.value for cell in row] for row in book["data"].iter_rows()]
    values = {row[header.index("region_name")]: row[header.index("value")] for row in rows}
    assert values == {"Ségou": 1200, "Mopti": 800, "Kayes": None}


def test_hxl_has_a_tag_for_every_column() -> None:
    header, tags, *rows = csv.reader(io.StringIO(data.csv_bytes(regions(), tagged=True).decode()))
    assert len(header) == len(tags) and all(tag.startswith("#") for tag in tags)
    assert tags[header.index("region")] == "#adm1+code" and len(rows) == 3


# --- odd names -----------------------------------------------------------------------------------


def test_no_cell_runs_as_a_formula() -> None:
    shown = partners(HOSTILE, "+1", "-1", "@SUM(A1)", ARABIC, EMOJI)
    cells = [c for row in csv.reader(io.StringIO(data.csv_bytes(shown).decode())) for c in row]
    assert f"'{HOSTILE}" in cells and EMOJI in cells and ARABIC in cells
    assert not [c for c in cells if c[:1] in ("=", "+", "@")]
    book = load_workbook(io.BytesIO(data.xlsx_bytes(shown)))
    written = {c.value: c.data_type for row in book["data"].iter_rows() for c in row if c.value}
    assert written[HOSTILE] == "s" and written["@SUM(A1)"] == "s" and ARABIC in written
    slide = Presentation(io.BytesIO(pptx_bytes(shown)))
    chart = next(shape.chart for shape in slide.slides[0].shapes if shape.has_chart)
    inner = load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    assert not [c for row in inner.active.iter_rows() for c in row if c.data_type == "f"]


# --- slides --------------------------------------------------------------------------------------


def slide_of(shown: Exhibit) -> tuple[Any, Any]:
    [slide] = Presentation(io.BytesIO(pptx_bytes(shown))).slides
    return slide, next((s.chart for s in slide.shapes if s.has_chart), None)


def test_lines_on_a_slide_are_a_chart_of_the_same_numbers() -> None:
    slide, chart = slide_of(quarters())
    series = {found.name: list(found.values) for found in chart.plots[0].series}
    assert series["Épargne par membre"] == [100, 200, None, 400]
    assert series["Borne haute"] == [110, 220, None, 440]
    assert next(iter(chart.plots[0].categories)) == "T1 2022"
    notes = slide.notes_slide.notes_text_frame.text
    shown = quarters()
    assert shown.receipt.id in notes and shown.figure.notes[0] in notes and shown.link in notes
    assert slide.shapes.title.text_frame.text == shown.figure.headline


def test_bars_on_a_slide_have_names_intervals_and_alternative_text() -> None:
    slide, chart = slide_of(regions())
    names = list(chart.plots[0].categories)
    assert names == ["Kayes (supprimé)", "Mopti", "Ségou"]
    assert list(chart.plots[0].series[0].values) == [None, 800, 1200]
    assert "errBars" in chart._chartSpace.xml
    frame = next(shape for shape in slide.shapes if shape.has_chart)
    assert frame._element.xpath(".//p:cNvPr")[0].get("descr") == regions().figure.alt


def test_nothing_stands_outside_a_slide_however_long_its_title() -> None:
    shown = regions()
    long = Exhibit(replace(shown.figure, headline="Très long titre " * 31), shown.answer)
    deck = Presentation(io.BytesIO(pptx_bytes(long)))
    shapes = {shape.name: shape for shape in deck.slides[0].shapes}
    for shape in shapes.values():
        assert shape.left >= 0 and shape.top >= 0 and shape.height > 0
        assert shape.left + shape.width <= deck.slide_width
        assert shape.top + shape.height <= deck.slide_height
    chart = next(shape for shape in shapes.values() if shape.has_chart)
    assert chart.height > deck.slide_height / 3


# --- pictures ------------------------------------------------------------------------------------


def test_a_picture_is_true_vector_with_text_and_the_code_as_a_path() -> None:
    shown = regions("en")
    svg = render.picture(shown.figure, "svg", link=shown.link).decode()
    tree = ElementTree.fromstring(svg)
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert "image" not in names and "text" in names
    text = " ".join("".join(e.itertext()) for e in tree.iter() if e.tag.endswith("}text"))
    for part in ("DEMONSTRATION DATA", "Source:", "Method:", "Sensitivity:", "Ségou"):
        assert part in text, part
    assert shown.receipt.id in text.replace(" ", "") and "sans-serif" in svg
    modules = sum(sum(row) for row in render.code_of(shown.link))
    assert modules > 300 and svg.count("H") > 200 and HIDDEN not in (text, svg)


@pytest.mark.parametrize("size", ["wide", "square"])
def test_long_emoji_and_arabic_titles_are_not_clipped(size: str) -> None:
    shown = partners(ARABIC, EMOJI, "Nom de partenaire " * 8, "x" * 200)
    title = f"{ARABIC} {EMOJI} " + "un titre qui n’en finit pas, " * 17
    drawn = replace(shown.figure, headline=title[:500], subtitle="y" * 300)
    content = render.picture(drawn, "png", size, shown.link)
    image = Image.open(io.BytesIO(content)).convert("RGB")
    shape = render.SIZES[size]
    assert image.size == (shape.width, shape.height)
    paper, edge = image.getpixel((1, 1)), 9
    for box in ((0, 0, image.width, edge), (0, image.height - edge, *image.size),
                (0, 0, edge, image.height), (image.width - edge, 0, *image.size)):  # fmt: skip
        assert image.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), paper)]


def test_a_picture_drawn_once_needs_no_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(render, "CACHE", tmp_path)
    first = render.picture(regions().figure, "svg")
    monkeypatch.setattr(render, "_browser", lambda: pytest.fail("drawn again"))
    assert render.picture(regions().figure, "svg") == first
    render.sweep(tmp_path, most=0)
    assert list(tmp_path.iterdir()) == []


# --- what is missing -----------------------------------------------------------------------------


def run(home: Home, *words: object) -> int:
    return main([*map(str, words), "--home", str(home.root)])


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf", "html"])
def test_without_a_browser_a_picture_says_what_to_install(
    network_home: Home, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(render, "browser_path", lambda: None)
    monkeypatch.setattr(render, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(render, "_browser", render._Browser)
    out = tmp_path / f"a.{suffix}"
    assert run(network_home, "figure", "members", "--out", out) == 2
    assert "apt-get install chromium" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.*"))


def test_a_full_disk_leaves_nothing_half_written(
    network_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:  # fmt: skip
    def full(self: Path, content: bytes) -> int:
        self.open("wb").write(content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert run(network_home, "figure", "members", "--out", tmp_path / "a.xlsx") == 2
    assert "disque est plein" in capsys.readouterr().err and not list(tmp_path.iterdir())


# --- addresses -----------------------------------------------------------------------------------

NAMES = st.text(min_size=1, max_size=20).filter(lambda text: text.strip() == text)


@given(partner=NAMES, by=st.sampled_from([(), ("quarter",), ("region",), ("region", "year")]),
       end=st.sampled_from([None, "2022-Q4"]))  # fmt: skip
def test_a_question_is_found_again_from_its_address(
    partner: str, by: tuple[str, ...], end: str | None
) -> None:
    asked = Question("savings_per_member", Selection(by, (("partner", partner),), end=end))
    assert parse(asked.id).selection == asked.selection
    assert asked.id.isascii() and not set(asked.id) & set(" /?#&")


def test_how_a_figure_is_drawn_is_found_again_from_its_address() -> None:
    how = Drawing("en", "map", "outlines", None, "gao", "members", ("climate",))
    assert drawing_of(how.query()) == how
    for wrong in ({"lang": "de"}, {"chart": "pie"}, {"second": "nothing"}, {"crises": "war"}):
        with pytest.raises(UserError):
            drawing_of(wrong)


@pytest.mark.parametrize("text", ["", "x", "q-nothing", "q-members.x-y", "r-members.1.2",
                                  "q-members.xyz", "q-" + "a" * 5000, "../etc/passwd"])
def test_an_address_that_is_none_is_told_so(text: str) -> None:
    with pytest.raises(UserError):
        parse(text)


def test_a_receipt_freezes_the_version(network_home: Home, network: Reader) -> None:
    asked = Question("savings_per_member", Selection(by=("quarter",)), Drawing("en"))
    shown = exhibit(network, asked)
    frozen = parse(shown.receipt.id, asked.drawing)
    assert reader_of(network_home, frozen).build == network.build
    again = exhibit(network, frozen)
    assert again.receipt.id == shown.receipt.id and again.frozen.id == shown.receipt.id
    other = replace(frozen, receipt=replace(shown.receipt, build=receipt.build_mark("another")))
    with pytest.raises(UserError, match="kept no more"):
        reader_of(network_home, other)


# --- what went out -------------------------------------------------------------------------------


def test_the_ledger_says_which_exports_show_an_older_value(
    network_home: Home, network: Reader, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    (tmp_path / "warehouse").symlink_to(network_home.warehouse)
    asked = Question("savings_per_member", Selection(by=("quarter",)), Drawing("en"))
    shown = exhibit(network, asked)
    ledger.register(home, shown, "png")
    ledger.register(home, shown, "pptx")
    [export] = ledger.exports(home)
    assert export.receipt == shown.receipt.id and export.formats == ("png", "pptx")
    assert ledger.stale(home, "public", "en") == []
    # What went out of an earlier version: the same question, other numbers.
    rows = tuple(
        replace(row, value=row.value + 100) if row.published and row.value else row
        for row in shown.answer
    )
    old = replace(shown.answer, rows=rows, build=replace(network.build, build_id="earlier"))
    ledger.register(home, Exhibit(shown.figure, old), "pdf")
    [stale] = ledger.stale(home, "public", "en")
    count = len(shown.answer.published)
    assert stale.export.formats == ("pdf",) and len(stale.moves) == count > 3
    move = stale.moves[0]
    assert move.old is not None and move.new is not None and move.old - move.new == 100
    assert move.words("en")[3].startswith("−") and move.words("en")[0] == "Q1 2021"


def test_the_ledger_forgets_the_oldest_and_reads_past_what_is_torn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "MOST", 3)
    home = Home(tmp_path)
    for i in range(5):
        ledger.note(home, f"r-{i}", "csv")
    assert [export.receipt for export in ledger.exports(home)] == ["r-2", "r-3", "r-4"]
    path = tmp_path / "exports" / "ledger.jsonl"
    path.write_text(path.read_text() + '{"receipt": "r-5", "da')
    assert len(ledger.exports(home)) == 3
    path.unlink()
    path.mkdir()
    ledger.note(home, "r-6", "csv")  # a ledger that cannot be written stops no export


def test_a_figure_without_a_value_is_announced_and_a_misspelt_breakdown_corrected(
    network_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "empty.csv"
    old = ("--from", "1999", "--to", "1999", "--out", out)
    assert run(network_home, "figure", "savings_per_member", *old) == 0
    assert "Aucune donnée publiable" in capsys.readouterr().err
    for lang, told in (("fr", "Vouliez-vous dire"), ("en", "Did you mean")):
        asked = ("--by", "regoin", "--lang", lang, "--out", tmp_path / "never.csv")
        assert run(network_home, "figure", "savings_per_member", *asked) == 2
        error = capsys.readouterr().err
        assert told in error and "region" in error and not (tmp_path / "never.csv").exists()


@pytest.mark.parametrize(
    ("refusal", "fr", "en"),
    [
        (errno.ENOSPC, "plein", "full"), (errno.EACCES, "droits", "rights"),
        (errno.ENOENT, "n’existe pas", "does not exist"), (errno.EIO, "disque", "disk"),
    ],
)  # fmt: skip
def test_a_refusal_of_the_system_is_told_in_the_readers_language(
    refusal: int, fr: str, en: str
) -> None:
    from analytics.errors import disk

    told = disk(OSError(refusal, "refused", "/somewhere/secret/out/a.csv"))
    assert fr in told.message("fr") and en in told.message("en")
    assert "/somewhere" not in told.message("fr") + told.message("en")
