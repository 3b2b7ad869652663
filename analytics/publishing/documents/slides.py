"""A document as PPTX: one message a slide, everything editable but the pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from analytics.charts.theme import wrap
from analytics.publishing.documents.drawing import drawing, stand_in
from analytics.publishing.documents.model import (
    Block,
    Document,
    Grid,
    Note,
    Paragraph,
    Picture,
    Points,
    Section,
    Statement,
    clean,
    shares,
)
from analytics.text import say

_WIDTH, _HEIGHT, _EDGE = Inches(13.333), Inches(7.5), Inches(0.6)
_INNER = _WIDTH - 2 * _EDGE
_INK, _ACCENT, _MUTED, _ALARM, _OWN = (
    RGBColor.from_string(code) for code in ("17130F", "1B5566", "665D53", "A8412F", "8A6414")
)
#: a paragraph: its text, size in points, colour, whether bold
_Said = tuple[str, float, Any, bool]
#: what is printed as one, and never parted by the end of a slide unless it is longer than one
_Told = list[_Said]
_FONT = "Arial"
#: rows of a table on a slide; size of its letters, larger where there are few
_ROWS, _FEW = 11, 6
#: lines of text that fit under a title, at ``_TEXT`` points
_LINES = 17
_COVER, _TITLE, _TEXT, _SMALL, _FOOT = 34, 24, 18, 12, 10.5
#: an item of a list
_BULLET = "\u2022"


def pptx(document: Document) -> bytes:
    """The bytes of the file."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = _WIDTH, _HEIGHT
    made = _Deck(deck, document)
    first = document.sections[:1]
    lead = first[0] if first and not first[0].title and not first[0].author else None
    made.cover(lead)
    for section in document.sections:
        if section is not lead:
            made.section(section)
    made.tell()
    sink = io.BytesIO()
    deck.core_properties.title = clean(document.title)[:250]
    deck.core_properties.author = "She Leads in Crisis"
    deck.core_properties.language = document.lang
    deck.save(sink)
    return sink.getvalue()


class _Deck:
    def __init__(self, deck: Any, document: Document) -> None:
        self.deck, self.document, self.lang = deck, document, document.lang
        #: text waiting for a slide, and whether it is its author's
        self.texts: list[_Told] = []
        self.title, self.own = "", False

    def slide(self, title: str, *, own: bool = False) -> Any:
        """A slide with a real title, and what must stand on each."""
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        box = slide.shapes.title
        box.left, box.top, box.width, box.height = _EDGE, Inches(0.4), _INNER, Inches(1.0)
        frame = box.text_frame
        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
        lines = wrap(clean(title), _INNER / Emu(9525), 1.35 * _TITLE, most=2)
        frame.paragraphs[0].alignment = PP_ALIGN.LEFT
        _put(frame.paragraphs[0], " ".join(lines), _TITLE, _ACCENT, bold=True)
        imprint = self.document.imprint
        if own:
            imprint = f"{say('briefs.by_author', self.lang)} · {imprint}"
        if self.document.mark:
            self.text(slide, [(self.document.mark, 10.5, _ALARM, True)], 0.12, 0.3)
        self.text(slide, [(imprint, 9, _MUTED, False)], 7.06, 0.32)
        return slide

    def text(self, slide: Any, parts: list[_Said],
             top: float, height: float) -> Any:  # fmt: skip
        box = slide.shapes.add_textbox(_EDGE, Inches(top), _INNER, Inches(height))
        frame = box.text_frame
        frame.word_wrap = True
        for number, (text, size, colour, bold) in enumerate(parts):
            line = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            line.space_after = Pt(3 if size < _TEXT else 6)
            line.space_before = Pt(10 if bold and number else 0)
            if text.startswith(_BULLET):
                _listed(line, size)
            _put(line, text.removeprefix(_BULLET).lstrip(), size, colour, bold=bold)
        return box

    def cover(self, lead: Section | None) -> None:
        """What it is, for whom, of when, and the finding, large beside a bar."""
        slide = self.slide(self.document.title)
        bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, Inches(0.28), _HEIGHT)
        bar.fill.solid()
        bar.fill.fore_color.rgb = _ACCENT
        bar.line.fill.background()
        title = slide.shapes.title
        title.top, title.height = Inches(1.5), Inches(1.5)
        title.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        title.text_frame.paragraphs[0].runs[0].font.size = Pt(_COVER)
        said: _Told = [(self.document.subtitle, _TEXT, _MUTED, False)]
        for block in lead.blocks if lead else ():
            said += [part for told in _texts(block, own=False) for part in told]
        self.text(slide, next(_in_slides([[part] for part in said])), 3.15, 3.6)
        slide.notes_slide.notes_text_frame.text = clean(self.document.imprint)

    def section(self, section: Section) -> None:
        """Short sections share a slide, each under its heading; what is an author's never does."""
        title = section.title or self.document.title
        texts: list[_Told] = []
        for before, block in zip((None, *section.blocks), section.blocks, strict=False):
            if isinstance(block, (Picture, Grid)):
                self.tell()
                if isinstance(block, Picture):
                    self.picture(block)
                else:
                    self.table(block, own=section.author)
            elif isinstance(block, Note) and isinstance(before, Grid):
                [told] = _texts(block, own=False)
                self.text(self.deck.slides[-1], told, 6.5, 0.5)
            else:
                texts += _texts(block, own=section.author)
        if not texts:
            return
        # A heading goes on with what follows it.
        headed = [[(title, _TEXT + 2.0, _ACCENT, True), *texts[0]], *texts[1:]]
        together = [*self.texts, *headed]
        if self.texts and section.author == self.own and len(list(_in_slides(together))) == 1:
            self.texts = together
            return
        self.tell()
        self.title, self.own, self.texts = title, section.author, texts

    def tell(self) -> None:
        """The text that waits, on slides of its own."""
        for part in _in_slides(self.texts):
            self.text(self.slide(self.title, own=self.own), part, 1.5, 5.4)
        self.texts = []

    def picture(self, block: Picture) -> None:
        found = block.figure
        image = drawing(block, "png")
        notes = block.notes
        if image is None:
            self.table(stand_in(block))
            return
        slide = self.slide(found.headline)
        high = Inches(4.75)
        wide = min(int(high * image.width / image.height), _INNER)
        shape = slide.shapes.add_picture(
            io.BytesIO(image.content), int((_WIDTH - wide) / 2), Inches(1.45), wide
        )
        shape._element.nvPicPr.cNvPr.set("descr", clean(found.alt))
        # What does not fit below the picture is among the speaker's notes, whole; what it is made
        # of, of when, of how many and how to check it stand first.
        source, counts, *reading = (note.strip() for note in found.notes)
        receipt = [note for note in reading if "r-" in note]
        below = " ".join((source, counts, *receipt, *(n for n in reading if n not in receipt)))
        shown = wrap(clean(below), _INNER / Emu(9525), 1.35 * _FOOT, most=3)
        self.text(slide, [(" ".join(shown), _FOOT, _MUTED, False)], 6.2, 0.8)
        slide.notes_slide.notes_text_frame.text = clean(
            f"{found.headline}\n{found.subtitle}\n{notes}\n{found.alt}\n{self.document.imprint}"
        )

    def table(self, grid: Grid, *, own: bool = False) -> None:
        for start in range(0, max(len(grid.rows), 1), _ROWS):
            rows = grid.rows[start : start + _ROWS]
            slide = self.slide(grid.caption, own=own)
            made = slide.shapes.add_table(
                len(rows) + 1, len(grid.header), _EDGE, Inches(1.5), _INNER, Inches(0.4)
            ).table
            size = _TEXT - 4.0 if len(grid.rows) <= _FEW else _SMALL
            for column, text in enumerate(grid.header):
                _cell(made.cell(0, column), text, size, bold=True)
            for cell in (cell for row in made.rows for cell in row.cells):
                cell.fill.solid()
                cell.fill.fore_color.rgb = RGBColor(255, 255, 255)
            for cell in made.rows[0].cells:
                cell.fill.fore_color.rgb = _ACCENT
            for column, share in enumerate(shares(grid)):
                made.columns[column].width = int(share * _INNER)
            for number, row in enumerate(rows, start=1):
                for column, text in enumerate(row):
                    # A table on a slide cannot flow: a long cell shows its beginning.
                    room = made.columns[column].width / Emu(9525) - 20
                    shown = " ".join(wrap(clean(text), room, 1.35 * size, most=2))
                    _cell(made.cell(number, column), shown, size)


def _texts(block: Block, *, own: bool) -> Iterator[_Told]:
    """What a block says, in parts that stay together."""
    ink = _OWN if own else _INK
    if isinstance(block, Paragraph):
        yield [(block.text, 20 if block.lead else _TEXT, ink, False)]
    elif isinstance(block, Points):
        for item in block.items:
            yield [(f"{_BULLET} {item}", _TEXT, ink, False)]
    elif isinstance(block, Note):
        yield [(block.text, _SMALL, _MUTED, False)]
    elif isinstance(block, Statement):
        yield [
            (block.sentence, _TEXT, ink, True),
            (block.standing, 14, _ACCENT, False),
            *((detail, _SMALL, _MUTED, False) for detail in block.details),
        ]


def _in_slides(texts: list[_Told]) -> Iterator[_Told]:
    """As many as fit on a slide each; one too long for a slide goes on to the next."""
    part: _Told = []
    used = 0.0
    for told in texts:
        needed = sum(_height(_lines(text, size), size) for text, size, _, _ in told)
        if part and needed <= _LINES < used + needed:
            yield part
            part, used = [], 0.0
        for text, size, colour, bold in told:
            lines = _lines(text, size)
            while lines:
                room = max(0, int((_LINES - used) * _TEXT / size))
                if room < min(2, len(lines)) and part:
                    yield part
                    part, used = [], 0.0
                    continue
                taken, lines = lines[:room], lines[room:]
                part.append((" ".join(taken), size, colour, bold))
                used += _height(taken, size)
    if part:
        yield part


def _lines(text: str, size: float) -> list[str]:
    return wrap(clean(text).replace("\n", " "), _INNER / Emu(9525) - 20, 1.4 * size)


def _height(lines: list[str], size: float) -> float:
    """Of a paragraph, in lines of ``_TEXT`` points."""
    return (len(lines) + 0.3) * size / _TEXT


def _listed(line: Any, size: float) -> None:
    """A paragraph as an item of a list, which an editor goes on with."""
    about = line._p.get_or_add_pPr()
    indent = int(Pt(size))
    about.set("marL", str(indent))
    about.set("indent", str(-indent))
    mark = about.makeelement(qn("a:buChar"), {"char": _BULLET})
    about.append(mark)


def _cell(cell: Any, text: str, size: float, *, bold: bool = False) -> None:
    cell.margin_top = cell.margin_bottom = Emu(30000)
    cell.text_frame.word_wrap = True
    _put(cell.text_frame.paragraphs[0], text, size, RGBColor(255, 255, 255) if bold else _INK,
         bold=bold)  # fmt: skip


def _put(line: Any, text: str, size: float, colour: RGBColor, *, bold: bool = False) -> None:
    run = line.add_run()
    run.text = clean(text)
    font = run.font
    font.name, font.size, font.bold = _FONT, Pt(size), bold
    font.color.rgb = colour
