"""Briefs: whatever is written into them, all four formats hold it; what may not be told is not."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document as open_docx
from pptx import Presentation

from analytics.briefs.compose import BRIEFS, compose
from analytics.charts import Figure, figure
from analytics.cli import main
from analytics.errors import UserError
from analytics.estimates.estimate import estimate
from analytics.indicator import indicator
from analytics.publishing.documents import drawing
from analytics.publishing.documents.model import (
    Document,
    Grid,
    Note,
    Paragraph,
    Picture,
    Points,
    Section,
    Statement,
    clean,
)
from analytics.publishing.documents.write import FORMATS, write_document
from analytics.selection import Selection
from analytics.text import LANGS, say
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader

TODAY = dt.date(2023, 8, 15)
HOSTILE = (
    "=HYPERLINK(\"http://x\")",
    "<script>alert(1)</script> & <b>gras</b> {{ x }} {0} \\n",
    "شبكة النساء 🌾 réseau",
    "a\x00b\x0bc\ud800d",
    "Très long " * 60,
)


@pytest.fixture
def drawn(network: Reader) -> Figure:
    answer = estimate(network, indicator("savings_per_member"), Selection(by=("quarter",)))
    return replace(figure(answer, "fr"), demonstration=True)


def document_with(drawn: Figure | None = None) -> Document:
    blocks = (
        *(Paragraph(text) for text in HOSTILE),
        Points(HOSTILE),
        Grid(HOSTILE[1], ("a", HOSTILE[0]), tuple((text, text) for text in HOSTILE)),
        Statement(HOSTILE[1], "étayé", HOSTILE),
        Note(HOSTILE[2]),
        *((Picture(drawn),) if drawn else ()),
    )
    return Document(
        "fr", HOSTILE[4], HOSTILE[1], (Section("s", HOSTILE[2], blocks),), "imprint <&>", "Marque"
    ).with_words("Mot <i>", "à moi\n\nencore")


def docx_text(content: bytes) -> str:
    book = open_docx(io.BytesIO(content))
    cells = [c.text for table in book.tables for row in table.rows for c in row.cells]
    return "\n".join([p.text for p in book.paragraphs] + cells)


def pptx_text(content: bytes) -> str:
    told = []
    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                told.append(shape.text_frame.text)
            if shape.has_table:
                told += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(told)


def test_text_is_text_in_every_format(tmp_path: Path) -> None:
    document = document_with()
    page = FORMATS["html"](document).decode()
    assert "<script>" not in page and "<b>gras" not in page and "&lt;script&gt;" in page
    assert not re.search(r"(src|href)='?\"?https?:", page), "it needs nothing else"
    for read, content in (
        (docx_text, FORMATS["docx"](document)), (pptx_text, FORMATS["pptx"](document))
    ):  # fmt: skip
        told = read(content)
        for text in HOSTILE[:3]:
            assert clean(text) in told
        assert "abcd" in told and "\x00" not in told
        assert say("briefs.by_author", "fr") in told
    with zipfile.ZipFile(io.BytesIO(FORMATS["docx"](document))) as parts:
        body = parts.read("word/document.xml").decode()
    codes = set(re.findall(r"<w:instrText[^>]*>([^<]*)<", body))
    assert all(code.startswith("SEQ ") for code in codes), "no field but our numbers"
    assert "<w:rtl/>" in body


def test_a_document_is_built_for_readers_and_screen_readers(drawn: Figure) -> None:
    document = document_with(drawn)
    book = open_docx(io.BytesIO(FORMATS["docx"](document)))
    styles = [p.style.name for p in book.paragraphs]
    assert styles.count("Title") == 1 and "Heading 1" in styles and "Caption" in styles
    alts = book.element.xpath("//wp:docPr/@descr")
    assert alts == [drawn.alt]
    assert book.element.xpath("//w:tblHeader")
    header = "".join(p.text for p in book.sections[0].header.paragraphs)
    footer = "".join(p.text for p in book.sections[0].footer.paragraphs)
    assert "Marque" in header and "imprint <&>" in footer
    deck = Presentation(io.BytesIO(FORMATS["pptx"](document)))
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.text.strip()
        texts = [s.text_frame.text for s in slide.shapes if s.has_text_frame]
        assert "Marque" in texts and any("imprint <&>" in text for text in texts)
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width
            assert shape.top >= 0 and shape.top + shape.height <= deck.slide_height
    told = [p.get("descr") for s in deck.slides for p in s._element.iter() if p.get("descr")]
    assert told == [drawn.alt]
    content = FORMATS["pdf"](document)
    # WeasyPrint writes the claim to PDF/UA in clear, the structure compressed.
    assert (b"pdfuaid" in content and b"/FontFile" in content) or b"FlateDecode" in content
    page = FORMATS["html"](document).decode()
    assert f"alt='{drawn.alt[:20]}" in page and "<html lang='fr'>" in page


def test_without_a_browser_the_numbers_stand_in_for_the_picture(
    drawn: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: object) -> bytes:
        raise UserError("browser_missing")

    monkeypatch.setattr(drawing, "rendered", nothing)
    document = document_with(drawn)
    for read, content in ((docx_text, FORMATS["docx"](document)),
                          (pptx_text, FORMATS["pptx"](document))):  # fmt: skip
        told = read(content)
        assert say("briefs.no_picture", "fr")[:20] in told
        assert drawn.table[1][0][1] in told


def test_parts_are_chosen_ordered_and_added_to() -> None:
    one, two = Section("one", "1", (Note("a"),)), Section("two", "2", (Note("b"),))
    document = Document("en", "t", "s", (one, two), "i")
    assert [s.id for s in document.arranged(["two", "one", "two"]).sections] == ["two", "one"]
    own = document.with_words("", "mine", after="one").sections
    assert [(s.id, s.author) for s in own] == [
        ("one", False), ("author-1", True), ("two", False)
    ]  # fmt: skip
    assert document.with_words("x", "  \n ") == document
    with pytest.raises(UserError, match="three"):
        document.arranged(["three"])


@pytest.mark.parametrize("name", BRIEFS)
@pytest.mark.parametrize("lang", LANGS)
def test_every_brief_says_everything_in_its_language(
    network: Reader, network_home: Home, name: str, lang: str
) -> None:
    document = compose(network_home, network, name, Selection(), lang, today=TODAY)
    page = FORMATS["html"](document).decode() if not document.pictures else ""
    told = document.title + document.subtitle + "".join(s.title for s in document.sections) + page
    assert "{" not in re.sub(r"<style>.*?</style>", "", told, flags=re.S)
    assert document.sections and say("sensitivity.public", lang).rstrip(".") in document.imprint
    assert network.build.build_id in document.imprint
    charts = [figure.chart for figure in document.pictures]
    assert charts.count("map") <= 1 and len(charts) <= 4


@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="poppler counts the pages")
@pytest.mark.parametrize(("name", "most"), [("ministry", 2), ("region", 1)])
def test_a_brief_keeps_to_its_pages(
    network: Reader, network_home: Home, tmp_path: Path, name: str, most: int
) -> None:
    chosen = Selection(filters=(("region", "segou"),)) if name == "region" else Selection()
    document = compose(network_home, network, name, chosen, "fr", today=TODAY)
    told = subprocess.run(
        ["pdfinfo", write_document(document, tmp_path / "b.pdf")], capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    assert int(re.search(r"Pages:\s+(\d+)", told).group(1)) <= most
    assert re.search(r"Tagged:\s+yes", told)


def test_a_public_brief_holds_no_exact_count_of_people(network: Reader, network_home: Home) -> None:
    for name in ("director", "donor", "ministry", "region"):
        document = compose(network_home, network, name, Selection(), "en", today=TODAY)
        grids = [b for s in document.sections for b in s.blocks if isinstance(b, Grid)]
        for grid in grids:
            if "Groups" in grid.header:
                column = grid.header.index("Groups")
                assert all(re.fullmatch(r"3–9|10–19|20–49|50–99|100–499|500\+|–", row[column])
                           for row in grid.rows)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options", "key"),
    [
        ("minister", [], "brief_unknown"),
        ("ministry", ["--where", "region=Atlantis"], "unknown_place"),
        ("ministry", ["--where", "cercle=djenne"], "brief_filter"),
        ("ministry", ["--by", "region"], "brief_by"),
        ("ministry", ["--from", "1999", "--to", "1999"], "brief_empty"),
        ("ministry", ["--out", "brief.odt"], "document_unknown"),
    ],
)
def test_what_cannot_be_told_is_refused_in_words_and_writes_nothing(
    network_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    name: str, options: list[str], key: str,
) -> None:  # fmt: skip
    out = tmp_path / "brief.pdf"
    arguments = ["brief", name, "--home", str(network_home.root), "--json", "--out", str(out)]
    assert main([*arguments, *options]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == key
    assert list(tmp_path.iterdir()) == [] and not Path("brief.odt").exists()


def test_a_full_disk_leaves_the_earlier_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "brief.html"
    out.write_text("earlier")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        write_document(document_with(), out)
    assert out.read_text() == "earlier" and list(tmp_path.iterdir()) == [out]
