"""A document as tagged PDF (PDF/UA-1, fonts embedded), printed from its HTML."""

from __future__ import annotations

import logging
from typing import Any

from analytics.errors import UserError
from analytics.publishing.documents.model import Document
from analytics.publishing.documents.web import page
from analytics.publishing.render import give_fonts
from analytics.text import say

_PAPER = """
@page {{ size: A4; margin: 17mm 16mm 19mm;
  @top-left {{ content: {mark}; color: #A8412F; font: 600 8pt {font}; white-space: nowrap }}
  @bottom-left {{ content: {imprint}; color: #665D53; font: 7.5pt {font}; width: 82% }}
  @bottom-right {{ content: {number}; color: #665D53; font: 7.5pt {font} }} }}
:root {{ background: #fff }} body {{ padding: 0; max-width: none; font-size: 10pt }}
main, header {{ line-height: 1.35 }} .large {{ font-size: 12pt }}
h2 {{ margin-top: .9em }} .note, .claim .detail {{ font-size: 7pt; line-height: 1.25 }}
.large .note {{ font-size: 8.5pt }} figure {{ margin: .5em 0 }} h1 {{ margin-top: 0 }}
"""
_FONT = "'Leads Sans', 'Liberation Sans', 'DejaVu Sans', sans-serif"


def pdf(document: Document) -> bytes:
    """The bytes of the PDF; nothing is fetched from anywhere.

    Raises:
        UserError: when this machine lacks the library that sets type.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise UserError("pdf_library") from error

    give_fonts()
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    number = f"{_css(say('briefs.page', document.lang) + ' ')} counter(page) ' / ' counter(pages)"
    head = _PAPER.format(
        mark=_css(document.mark), imprint=_css(document.imprint), number=number, font=_FONT
    )
    made: Any = HTML(
        string=page(document, head=head, printed=True),
        url_fetcher=URLFetcher(allowed_protocols=["data"]),
    ).write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True)
    return bytes(made)


def _css(text: str) -> str:
    """A text as a string of a style sheet."""
    return "'" + "".join(f"\\{ord(c):x} " if c in "\\'\n<>" else c for c in text) + "'"
