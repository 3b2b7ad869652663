"""A document as PPTX: one message a slide, everything editable but the pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
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
)
from analytics.text import say

_WIDTH, _HEIGHT, _EDGE = Inches(13.333), Inches(7.5), Inches(0.6)
_INNER = _WIDTH - 2 * _EDGE
_INK, _ACCENT, _MUTED, _ALARM, _OWN = (
    RGBColor.from_string(code) for code in ("17130F", "1B5566", "665D53", "A8412F", "8A6414")
)
#: a paragraph: its text, size in points, colour, whether bold
_Said = tuple[str, float, Any, bool]
_FONT = "Arial"
_ROWS = 11
#: lines of text that fit under a title, at 16 points
_LINES = 15
#: a point is this many pixels of ``text_width``
_TITLE, _TEXT, _SMALL = 24, 16, 10.5


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
        self.texts: list[_Said] = []
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
            line.space_after = Pt(5)
            _put(line, text, size, colour, bold=bold)
        return box

    def cover(self, lead: Section | None) -> None:
        slide = self.slide(self.document.title)
        said: list[_Said] = [(self.document.subtitle, _TEXT, _MUTED, False)]
        for block in lead.blocks if lead else ():
            said += _texts(block, own=False)
        self.text(slide, next(_in_slides(said)), 1.6, 4.5)
        slide.notes_slide.notes_text_frame.text = clean(self.document.imprint)

    def section(self, section: Section) -> None:
        """Short sections share a slide, each under its heading; what is an author's never does."""
        title = section.title or self.document.title
        texts: list[_Said] = []
        for before, block in zip((None, *section.blocks), section.blocks, strict=False):
            if isinstance(block, (Picture, Grid)):
                self.tell()
                if isinstance(block, Picture):
                    self.picture(block)
                else:
                    self.table(block, own=section.author)
            elif isinstance(block, Note) and isinstance(before, Grid):
                self.text(self.deck.slides[-1], list(_texts(block, own=False)), 6.55, 0.45)
            else:
                texts += _texts(block, own=section.author)
        if not texts:
            return
        together = [*self.texts, (title, 18.0, _ACCENT, True), *texts]
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
        shown = wrap(clean(notes), _INNER / Emu(9525), 1.35 * 9.5, most=3)
        self.text(slide, [(" ".join(shown), 9.5, _MUTED, False)], 6.28, 0.7)
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
            for column, text in enumerate(grid.header):
                _cell(made.cell(0, column), text, bold=True)
            for cell in (cell for row in made.rows for cell in row.cells):
                cell.fill.solid()
                cell.fill.fore_color.rgb = RGBColor(255, 255, 255)
            for cell in made.rows[0].cells:
                cell.fill.fore_color.rgb = _ACCENT
            room = _INNER / len(grid.header) / Emu(9525) - 20
            for number, row in enumerate(rows, start=1):
                for column, text in enumerate(row):
                    # A table on a slide cannot flow: a long cell shows its beginning.
                    shown = " ".join(wrap(clean(text), room, 1.35 * _SMALL, most=2))
                    _cell(made.cell(number, column), shown)


def _texts(block: Block, *, own: bool) -> Iterator[_Said]:
    ink = _OWN if own else _INK
    if isinstance(block, Paragraph):
        yield block.text, 18 if block.lead else _TEXT, ink, False
    elif isinstance(block, Points):
        for item in block.items:
            yield f"• {item}", _TEXT, ink, False
    elif isinstance(block, Note):
        yield block.text, _SMALL, _MUTED, False
    elif isinstance(block, Statement):
        yield block.sentence, _TEXT, ink, True
        yield block.standing, 12, _ACCENT, False
        for detail in block.details:
            yield detail, _SMALL, _MUTED, False


def _in_slides(
    texts: list[_Said],
) -> Iterator[list[_Said]]:
    """Texts as many as fit on a slide each; one too long for a slide goes on to the next."""
    part: list[_Said] = []
    used = 0.0
    wide = _INNER / Emu(9525) - 20
    for text, size, colour, bold in texts:
        lines = wrap(clean(text).replace("\n", " "), wide, 1.4 * size)
        while lines:
            room = max(0, int((_LINES - used) * _TEXT / size))
            if room < min(2, len(lines)) and part:
                yield part
                part, used = [], 0.0
                continue
            taken, lines = lines[:room], lines[room:]
            part.append((" ".join(taken), size, colour, bold))
            used += (len(taken) + 0.4) * size / _TEXT
    if part:
        yield part


def _cell(cell: Any, text: str, *, bold: bool = False) -> None:
    cell.margin_top = cell.margin_bottom = Emu(30000)
    cell.text_frame.word_wrap = True
    _put(cell.text_frame.paragraphs[0], text, _SMALL, RGBColor(255, 255, 255) if bold else _INK,
         bold=bold)  # fmt: skip


def _put(line: Any, text: str, size: float, colour: RGBColor, *, bold: bool = False) -> None:
    run = line.add_run()
    run.text = clean(text)
    font = run.font
    font.name, font.size, font.bold = _FONT, Pt(size), bold
    font.color.rgb = colour
