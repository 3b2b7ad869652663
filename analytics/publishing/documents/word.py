"""A document as DOCX that a person can edit: real headings, tables, captions, alternative text."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from docx import Document as new_document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from analytics.publishing.documents.drawing import drawing, stand_in
from analytics.publishing.documents.model import (
    Block,
    Document,
    Grid,
    Note,
    Paragraph,
    Picture,
    Points,
    Statement,
    clean,
    from_right,
    shares,
)
from analytics.text import say

_INK, _ACCENT, _MUTED, _ALARM, _OWN = (
    RGBColor.from_string(code) for code in ("17130F", "1B5566", "665D53", "A8412F", "8A6414")
)
_FONT = "Arial"
_SOFT, _RULE = "F4EFE6", "DDD4C6"
_TEXT_WIDTH, _NARROW = Cm(17), Cm(14.5)


def docx(document: Document) -> bytes:
    """The bytes of the file."""
    book = new_document()
    _styles(book, document)
    _frame(book, document)
    _say(book, document.title, "Title")
    _say(book, document.subtitle, "Subtitle")
    writer = _Writer(book, document.lang, _NARROW if document.pages else _TEXT_WIDTH)
    for section in document.sections:
        if section.title:
            _say(book, section.title, "Heading 1")
        if section.author:
            _say(book, say("briefs.by_author", document.lang), "Author mark")
        for block in section.blocks:
            writer.write(block, own=section.author)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


class _Writer:
    """Blocks in order; figures and tables are numbered as they come."""

    def __init__(self, book: Any, lang: str, width: Any) -> None:
        self.book, self.lang, self.width = book, lang, width

    def write(self, block: Block, *, own: bool) -> None:
        if isinstance(block, Paragraph):
            style = "Author text" if own else "Lead" if block.lead else "Normal"
            _say(self.book, block.text, style)
        elif isinstance(block, Points):
            for item in block.items:
                _say(self.book, item, "List Bullet")
        elif isinstance(block, Note):
            _say(self.book, block.text, "Small print")
        elif isinstance(block, Statement):
            _say(self.book, block.sentence, "Claim")
            _say(self.book, block.standing, "Claim standing")
            for detail in block.details:
                _say(self.book, detail, "Claim detail")
        elif isinstance(block, Grid):
            self.table(block)
        else:
            self.picture(block)

    def picture(self, block: Picture) -> None:
        found = block.figure
        image = drawing(block, "png")
        if image is None:
            self.table(stand_in(block))
        else:
            line = self.book.add_paragraph(style="Picture")
            shape = line.add_run().add_picture(io.BytesIO(image.content), width=self.width)
            shape._inline.docPr.set("descr", clean(found.alt))
            self.caption("figure", found.headline)
        _say(self.book, block.notes, "Small print")

    def table(self, grid: Grid) -> None:
        self.caption("table", grid.caption, before=True)
        made = self.book.add_table(rows=1, cols=len(grid.header), style="Table Grid")
        made.autofit = False
        _lined(made)
        _fill(made.rows[0], grid.header, bold=True)
        for cell in made.rows[0].cells:
            shade = OxmlElement("w:shd")
            for name, value in (("val", "clear"), ("color", "auto"), ("fill", _SOFT)):
                shade.set(qn(f"w:{name}"), value)
            cell._tc.get_or_add_tcPr().append(shade)
        head = made.rows[0]._tr.get_or_add_trPr()
        head.append(OxmlElement("w:tblHeader"))
        for row in grid.rows:
            _fill(made.add_row(), row)
        for column, share in zip(made.columns, shares(grid), strict=True):
            column.width = int(share * _TEXT_WIDTH)
        for row in made.rows:
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            for cell, share in zip(row.cells, shares(grid), strict=True):
                cell.width = int(share * _TEXT_WIDTH)
        self.book.add_paragraph(style="Small print")

    def caption(self, kind: str, text: str, *, before: bool = False) -> None:
        """A caption with a number that Word keeps up to date when figures are added or moved."""
        line = self.book.add_paragraph(style="Caption")
        line.paragraph_format.keep_with_next = before
        name = say(f"briefs.{kind}", self.lang)
        line.add_run(f"{name} ")
        self.numbers = getattr(self, "numbers", {})
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        _field(line, f"SEQ {name} \\* ARABIC", str(self.numbers[kind]))
        line.add_run(f". {clean(text)}")


def _say(book: Any, text: str, style: str) -> Any:
    line = book.add_paragraph(style=style)
    _run(line, text)
    return line


def _run(line: Any, text: str, *, bold: bool = False) -> None:
    run = line.add_run(clean(text))
    run.bold = bold or None
    if from_right(text):
        run._r.get_or_add_rPr().append(OxmlElement("w:rtl"))
        line._p.get_or_add_pPr().append(OxmlElement("w:bidi"))


def _fill(row: Any, cells: tuple[str, ...], *, bold: bool = False) -> None:
    for cell, text in zip(row.cells, cells, strict=True):
        line = cell.paragraphs[0]
        line.style = line.part.document.styles["Cell"]
        _run(line, text, bold=bold)


def _field(line: Any, code: str, shown: str) -> None:
    """A field of Word with the value it has now."""
    for kind in ("begin", None, "separate", "shown", "end"):
        run = line.add_run()
        if kind == "shown":
            run.text = shown
        elif kind is None:
            told = OxmlElement("w:instrText")
            told.set(qn("xml:space"), "preserve")
            told.text = code
            run._r.append(told)
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def _styles(book: Any, document: Document) -> None:
    styles = book.styles
    # Where pages are counted, type is set so that an office program keeps to them as well.
    scale = 0.9 if document.pages else 1.0
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "fr-FR" if document.lang == "fr" else "en-GB")
    styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}").append(language)

    def style(name: str, size: float, colour: RGBColor = _INK, *, base: str = "Normal",
              bold: bool = False, before: float = 0, after: float = 4) -> Any:  # fmt: skip
        known = {found.name for found in styles}
        made = styles[name] if name in known else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        if name not in known:
            made.base_style = styles[base]
        made.font.name, made.font.size, made.font.bold = _FONT, Pt(size * scale), bold
        made.font.color.rgb, made.font.italic = colour, False
        fonts = made.element.get_or_add_rPr().get_or_add_rFonts()
        # Themed fonts would win over the one named.
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        made.paragraph_format.space_before = Pt(before)
        made.paragraph_format.space_after = Pt(after)
        return made

    style("Normal", 10)
    style("Title", 20, _ACCENT, bold=True, after=2).paragraph_format.line_spacing = 1.0
    border = styles["Title"].element.find(f".//{qn('w:pBdr')}")
    if border is not None:
        border.getparent().remove(border)
    style("Subtitle", 10, _MUTED, after=8)
    style("Heading 1", 13, _ACCENT, bold=True, before=10, after=3)
    style("List Bullet", 10, after=2)
    style("Caption", 9.5, bold=True, before=3, after=2)
    style("Lead", 11.5, after=6)
    style("Small print", 8, _MUTED, after=6)
    style("Cell", 8.5, after=1)
    style("Picture", 10, after=0).paragraph_format.keep_with_next = True
    style("Author mark", 8, _OWN, bold=True)
    style("Author text", 10, _OWN)
    for name, size, colour, bold in (
        ("Claim", 10.5, _INK, True), ("Claim standing", 9, _ACCENT, False),
        ("Claim detail", 8.5, _MUTED, False),
    ):  # fmt: skip
        made = style(name, size, colour, bold=bold, after=2)
        made.paragraph_format.left_indent = Cm(0.5)
        made.paragraph_format.keep_with_next = name != "Claim detail"
        _ruled(made)
    styles["Claim"].paragraph_format.space_before = Pt(9)


def _lined(table: Any) -> None:
    """Fine lines under the rows, none between columns."""
    edges = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        upright = side in ("left", "right", "insideV")
        for name, value in (("val", "nil" if upright else "single"), ("sz", "4"), ("space", "0"),
                            ("color", _RULE)):  # fmt: skip
            line.set(qn(f"w:{name}"), value)
        edges.append(line)
    about = table._tbl.tblPr
    about.insert_element_before(edges, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")


def _ruled(style: Any) -> None:
    """A rule at the left of a claim, so that its lines are seen to belong together."""
    edges, left = OxmlElement("w:pBdr"), OxmlElement("w:left")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "8"), ("color", str(_ACCENT))):
        left.set(qn(f"w:{name}"), value)
    edges.append(left)
    # The schema wants borders after what keeps lines together and before what spaces them.
    style.element.get_or_add_pPr().insert_element_before(
        edges, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc",
        "w:outlineLvl",
    )  # fmt: skip


def _frame(book: Any, document: Document) -> None:
    """Page, header and footer: what must stand on every page."""
    section = book.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin, section.bottom_margin = Cm(1.8), Cm(1.8)
    section.header_distance = section.footer_distance = Cm(0.8)
    for line in (section.header.paragraphs[0], section.footer.paragraphs[0]):
        line.style = book.styles["Small print"]
    run = section.header.paragraphs[0].add_run(clean(document.mark))
    run.bold, run.font.color.rgb = True, _ALARM
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.LEFT
    foot.add_run(f"{clean(document.imprint)} · {say('briefs.page', document.lang)} ")
    _field(foot, "PAGE", "1")
    about = book.core_properties
    about.title, about.subject = clean(document.title)[:250], clean(document.subtitle)[:250]
    about.author = "She Leads in Crisis"
    about.comments = clean(document.imprint)[:250]
    about.language = "fr-FR" if document.lang == "fr" else "en-GB"
    about.created = about.modified = dt.datetime.now(dt.UTC).replace(tzinfo=None)
