"""What a document is made of: sections of blocks, the same for every writer.

All text is plain: a writer escapes it and never reads markup or formulas into it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from analytics.charts import Figure
from analytics.errors import UserError
from analytics.text import LANGS, say

#: longer passages of an author are cut with a mark: a page has an end
LONGEST = 4_000


@dataclass(frozen=True)
class Paragraph:
    """Running text; ``lead`` stands larger under a title."""

    text: str
    lead: bool = False


@dataclass(frozen=True)
class Points:
    """A list of short items."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """A figure with its finding as caption, its alternative text and its notes.

    ``low`` makes it less high, where pages are counted.
    """

    figure: Figure
    low: bool = False

    @property
    def notes(self) -> str:
        """The figure's notes as running text."""
        parts = [note.strip() for note in self.figure.notes if note.strip()]
        return " ".join(part if part[-1] in ".!?)" else f"{part}." for part in parts)


@dataclass(frozen=True)
class Grid:
    """A table: a caption, a header and rows of text."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Statement:
    """A claim as it is printed: the sentence, how sure we are, what speaks against, the source."""

    sentence: str
    standing: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Note:
    """Small print: sources, limits."""

    text: str


Block = Paragraph | Points | Picture | Grid | Statement | Note


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it; ``author`` marks what a person added."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    author: bool = False


@dataclass(frozen=True)
class Document:
    """A document in one language.

    Attributes:
        title, subtitle: what it is and for which selection.
        sections: in reading order.
        imprint: what stands on every page (sensitivity, version, date).
        mark: the demonstration mark, on every page; empty for real data.
        plain: in large type, for reading aloud.
        pages: how many it may have at most where pages are set; 0 for any number.
        exported: receipts of what it shows, each with the values shown, for the ledger.
    """

    lang: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    imprint: str
    mark: str = ""
    plain: bool = False
    pages: int = 0
    exported: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.lang in LANGS

    @property
    def pictures(self) -> list[Figure]:
        return [
            block.figure
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Picture)
        ]

    def arranged(self, order: Sequence[str]) -> Document:
        """The document with only the sections named, in that order.

        Raises:
            UserError: naming a section that the document does not have.
        """
        known = {section.id: section for section in self.sections}
        for name in order:
            if name not in known:
                raise UserError("section_unknown", value=name, known=", ".join(known))
        return replace(self, sections=tuple(known[name] for name in dict.fromkeys(order)))

    def with_words(self, title: str, text: str, *, after: str | None = None) -> Document:
        """The document with a section that its author wrote, and that says so.

        Args:
            after: the section it follows; the last one if None.
        """
        paragraphs = [part.strip() for part in clean(text)[:LONGEST].split("\n") if part.strip()]
        if not paragraphs:
            return self
        own = [section for section in self.sections if section.author]
        made = Section(
            f"author-{len(own) + 1}",
            clean(title).strip() or say("briefs.author_title", self.lang),
            tuple(Paragraph(part) for part in paragraphs),
            author=True,
        )
        sections = list(self.sections)
        places = [i for i, section in enumerate(sections) if section.id == after]
        sections.insert(places[0] + 1 if places else len(sections), made)
        return replace(self, sections=tuple(sections))


def shares(grid: Grid) -> list[float]:
    """What part of a table's width each column asks for; none less than half an equal part."""
    count = len(grid.header)
    asked = [
        max(len(clean(row[column])) for row in (grid.header, *grid.rows)) for column in range(count)
    ]
    # A cell of a page's length asks for no more than three columns.
    most = 3 * sum(asked) / count
    kept = [min(each, most) or 1.0 for each in asked]
    return [0.5 / count + 0.5 * each / sum(kept) for each in kept]


def clean(text: str) -> str:
    """Text that every format can hold: no control characters, no lone surrogates."""
    return "".join(
        char for char in text
        if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Co", "Cn")
    )  # fmt: skip


def from_right(text: str) -> bool:
    """Whether a text is written from right to left, by its first letter."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False
