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
  @bottom-left {{ content: {imprint}; color: #665D53; font: 7pt {font}; width: 88%;
    white-space: nowrap }}
  @bottom-right {{ content: {number}; color: #665D53; font: 7pt {font} }} }}
:root {{ background: #fff }} body, body.large {{ font-size: {text}pt; padding: 0; max-width: none }}
main, header {{ line-height: 1.33 }} h1 {{ margin-top: 0 }} h2 {{ margin-top: {air}em }}
.note, .claim .detail {{ font-size: {small}pt; line-height: 1.25 }} figure {{ margin: .5em 0 }}
figure img {{ width: {wide}% }}
"""
#: points of running text and of small print, from what reads best down to what still reads
_SIZES = ((10.0, 7.5), (9.5, 7.5), (9.0, 7.0))
_LARGE = ((12.0, 8.5), (11.25, 8.0), (10.5, 7.5), (10.0, 7.0), (9.5, 7.0))
_FONT = "'Leads Sans', 'Liberation Sans', 'DejaVu Sans', sans-serif"


def pdf(document: Document) -> bytes:
    """The bytes of the PDF, in the largest type that keeps to the pages it may have.

    Nothing is fetched from anywhere.

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
    sizes = _LARGE if document.plain else _SIZES
    set_: Any = None
    kind: dict[str, Any] = {"pdf_variant": "pdf/ua-1", "pdf_tags": True}
    for text, small in sizes if document.pages else sizes[:1]:
        head = _PAPER.format(mark=_css(document.mark), imprint=_css(document.imprint),
                             number=number, font=_FONT, text=text, small=small,
                             air=0.65 if document.pages == 1 else 0.9,
                             wide=86 if document.pages == 1 else 100)  # fmt: skip
        set_ = HTML(
            string=page(document, head=head, printed=True),
            url_fetcher=URLFetcher(allowed_protocols=["data"]),
        ).render(**kind)
        if len(set_.pages) <= document.pages:
            break
    return bytes(set_.write_pdf(**kind))


def _css(text: str) -> str:
    """A text as a string of a style sheet."""
    return "'" + "".join(f"\\{ord(c):x} " if c in "\\'\n<>" else c for c in text) + "'"
