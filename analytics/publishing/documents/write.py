"""A document into a file, by the suffix asked for; the file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analytics.errors import UserError
from analytics.publishing.documents.model import Document
from analytics.publishing.documents.pdf import pdf
from analytics.publishing.documents.slides import pptx
from analytics.publishing.documents.web import html
from analytics.publishing.documents.word import docx
from analytics.warehouse.home import draft_of
from analytics.warehouse.turns import Line

#: documents take seconds each, and pictures of their own
LINE = Line(at_once=2, most=20, refusal="pictures_busy")

FORMATS: dict[str, Callable[[Document], bytes]] = {
    "docx": docx,
    "pdf": pdf,
    "pptx": pptx,
    "html": html,
}


def format_of(out: Path) -> str:
    """The format a file's name asks for.

    Raises:
        UserError: for a suffix that is no format of a document.
    """
    suffix = out.suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        known = ", ".join(f".{name}" for name in FORMATS)
        raise UserError("document_unknown", value=out.suffix, known=known)
    return suffix


def write_document(document: Document, out: Path) -> Path:
    """Write the document in the format of its name.

    Raises:
        UserError: for a suffix that is no format of a document.
        OSError: when the disk refuses; nothing half-written is left.
    """
    content = FORMATS[format_of(out)](document)
    with draft_of(out) as draft:
        draft.write_bytes(content)
    return out
