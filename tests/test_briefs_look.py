"""How documents look: what was once found wrong on a page, a slide or a picture."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from docx import Document as read_docx
from docx.oxml.ns import qn as word
from hypothesis import given
from hypothesis import strategies as st
from pptx import Presentation
from pptx.oxml.ns import qn
from pptx.util import Pt

from analytics.charts import CHARTS, ends
from analytics.publishing.described import described
from analytics.publishing.documents.model import (
    Document,
    Grid,
    Note,
    Paragraph,
    Points,
    Section,
    Statement,
    shares,
)
from analytics.publishing.documents.web import page
from analytics.publishing.documents.write import FORMATS
from analytics.publishing.question import drawing_of

CLAIM = Statement(
    "In Mali, 96% of groups gave to households in the year that followed the crisis. " * 2,
    "supported · high confidence (4 of 4)", ("Sources: Ledger. Receipt: r-claim.0123.",),
)  # fmt: skip
ROWS = tuple((f"Action number {n} with a long name of its own", "Bandiagara", "28/11/2024")
             for n in range(6))  # fmt: skip
TABLE = Grid("Late actions", ("Action", "Region", "Due"), ROWS)


def document(*sections: Section, **how: Any) -> Document:
    return Document("en", "A brief", "Data up to 2026", sections, "imprint · version 1", **how)


def deck(*sections: Section) -> Any:
    return Presentation(io.BytesIO(FORMATS["pptx"](document(*sections))))


def said(slide: Any) -> list[Any]:
    """The paragraphs of a slide, tables' cells among them."""
    frames = [shape.text_frame for shape in slide.shapes if shape.has_text_frame]
    for shape in slide.shapes:
        if shape.has_table:
            frames += [cell.text_frame for row in shape.table.rows for cell in row.cells]
    return [line for frame in frames for line in frame.paragraphs if line.text]


# --- slides --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", range(1, 8))
def test_a_claim_is_never_parted_from_its_source_by_the_end_of_a_slide(count: int) -> None:
    slides = deck(Section("e", "Evidence", (CLAIM,) * count)).slides
    told = [[line.text for line in said(slide)] for slide in slides]
    for lines in told:
        assert sum("96%" in line for line in lines) == sum("Receipt" in line for line in lines)
    assert sum(line.count("Receipt") for lines in told for line in lines) == count


def test_no_letter_of_a_slide_is_too_small_to_read() -> None:
    made = deck(Section("e", "Evidence", (CLAIM,)), Section("t", "Plan", (TABLE, Note("small"))))
    for slide in made.slides:
        for line in said(slide):
            least = 9 if line.text.startswith("imprint") else 10.5
            assert all(run.font.size >= Pt(least) for run in line.runs), line.text
    [table] = [s.table for slide in made.slides for s in slide.shapes if s.has_table]
    sizes = {run.font.size for row in table.rows for cell in row.cells
             for run in cell.text_frame.paragraphs[0].runs}  # fmt: skip
    assert min(sizes) >= Pt(12)


def test_lists_of_a_slide_are_lists_that_an_editor_goes_on_with() -> None:
    lines = [line for slide in deck(Section("p", "Asked", (Points(("One", "Two")),))).slides
             for line in said(slide) if line.text in ("One", "Two")]  # fmt: skip
    assert len(lines) == 2
    for line in lines:
        about = line._p.pPr
        assert about.find(qn("a:buChar")) is not None and int(about.get("indent")) < 0


# --- paper ---------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="poppler counts the pages")
@pytest.mark.parametrize("items", [6, 22, 26])
def test_what_has_one_page_keeps_to_it_and_stays_tagged(items: int, tmp_path: Path) -> None:
    many = Points(tuple(f"A point of the region that takes its line, {n}." for n in range(items)))
    blocks = (many, CLAIM, Paragraph("Allies of the region, by name. " * 8))
    made = document(Section("n", "Numbers", blocks), plain=True, pages=1)
    file = tmp_path / "one.pdf"
    file.write_bytes(FORMATS["pdf"](made))
    told = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Pages:\s+1\n", told) and re.search(r"Tagged:\s+yes", told)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler reads the pages")
@pytest.mark.parametrize("before", range(24, 46, 3))
def test_a_table_is_not_parted_from_its_caption(before: int, tmp_path: Path) -> None:
    fill = Points(tuple(f"Point {n}." for n in range(before)))
    file = tmp_path / "table.pdf"
    file.write_bytes(FORMATS["pdf"](document(Section("t", "Plan", (fill, TABLE)))))
    told = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True,
                          check=True).stdout  # fmt: skip
    [holding] = [part for part in told.split("\f") if "Late actions" in part]
    assert "Action number 0" in holding and "Bandiagara" in holding


def test_a_name_is_cut_only_where_no_column_could_hold_it() -> None:
    wide = Grid("c", ("Name",), (("Bandiagara",), ("x" * 60,)))
    told = page(document(Section("t", "T", (wide,))))
    assert "class='wide'>xxx" in told and "class='wide'>Bandiagara" not in told


def test_columns_of_a_word_table_are_as_wide_as_what_they_hold() -> None:
    book = read_docx(io.BytesIO(FORMATS["docx"](document(Section("t", "Plan", (TABLE, CLAIM))))))
    [table] = book.tables
    widths = [column.width for column in table.columns]
    assert widths[0] > 1.5 * widths[1] and len({cell.width for cell in table.columns[0].cells}) == 1
    lines = table._tbl.tblPr.find(word("w:tblBorders"))
    assert lines.find(word("w:insideV")).get(word("w:val")) == "nil"
    assert book.styles["Claim"].element.find(f".//{word('w:pBdr')}") is not None


@given(st.lists(st.lists(st.text(max_size=300), min_size=3, max_size=3), max_size=5))
def test_shares_of_a_table_make_it_whole_and_starve_no_column(rows: list[list[str]]) -> None:
    found = shares(Grid("", ("", "b", "c"), tuple(tuple(row) for row in rows)))
    assert sum(found) == pytest.approx(1) and min(found) >= 1 / 6


# --- pictures ------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(1, 3)), min_size=2, max_size=6),
    st.integers(320, 900), st.sampled_from([12, 14]),
)  # fmt: skip
def test_labels_at_the_ends_of_lines_never_cover_one_another(
    labels: list[tuple[float, int]], height: int, size: int
) -> None:
    layout: dict[str, Any] = {
        "height": height, "margin": {"t": 40, "b": 30}, "yaxis": {"range": [0, 100]},
        "annotations": [
            {"name": ends.NAME, "y": y, "text": "<br>".join("x" * lines), "font": {"size": size}}
            for y, lines in labels
        ],
    }  # fmt: skip
    ends.spread(layout)
    per_pixel = 100 / (height - 70)
    placed = sorted(
        (a["y"], (a["text"].count("<br>") + 1) * size * 1.2 / 2 * per_pixel)
        for a in layout["annotations"]
    )
    for (low, half), (high, other) in pairwise(placed):
        assert high - low >= half + other - 1e-4


def test_a_drawn_pdf_says_its_title_and_its_alternative_text() -> None:
    objects = [b"1 0 obj\n<</Title (Kaleido)\n/Producer (x)>>\nendobj\n",
               b"2 0 obj\n<</Type /StructElem\n/S /Figure\n/K 0>>\nendobj\n",
               b"3 0 obj\n<</Type /Catalog\n/Lang (en-US)>>\nendobj\n"]  # fmt: skip
    plain = b"%PDF-1.4\n" + b"".join(objects) + (
        b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 4\n/Root 3 0 R\n/Info 1 0 R>>\n"
        b"startxref\n9\n%%EOF\n")  # fmt: skip
    told = described(plain, title="Épargne (2026)", alt="Une ligne", lang="fr")
    assert told.startswith(plain) and b"/Prev 9" in told and told.endswith(b"%%EOF\n")
    for text in ("Épargne (2026)", "Une ligne", "fr"):
        assert ("\ufeff" + text).encode("utf-16-be").hex().encode() in told[len(plain) :]
    for number in re.findall(rb"\n(\d{10}) 00000 n", told[len(plain) :]):
        assert re.match(rb"\d 0 obj", told[int(number) :])
    assert described(b"no pdf", title="t", alt="a", lang="en") == b"no pdf"


def test_every_chart_that_can_be_drawn_has_an_address() -> None:
    for chart in CHARTS:
        assert drawing_of({"lang": "en", "chart": chart}).chart == chart
