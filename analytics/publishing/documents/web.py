"""A document as one HTML file that needs nothing else; also what the PDF is made from."""

from __future__ import annotations

import base64
from html import escape

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

#: rows of a table that surely fit on a page; letters of the longest word a column must hold
_ROWS, _WORD = 30, 24
_STYLE = """
:root { color: #17130F; background: #FDFBF7 }
body { font: 11pt/1.45 'Leads Sans', 'Source Sans 3', 'Liberation Sans', 'DejaVu Sans', Arial,
  sans-serif; max-width: 48rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.75em; line-height: 1.15; margin: .4em 0 .1em; color: #1B5566 }
h2 { font-size: 1.25em; line-height: 1.2; margin: 1.3em 0 .3em; color: #1B5566;
  break-after: avoid }
p { margin: .35em 0 } p.lead { font-size: 1.12em } p.subtitle { color: #665D53; margin: 0 0 .8em }
ul { margin: .3em 0; padding-left: 1.2em } li { margin: .2em 0 }
figure { margin: .8em 0; break-inside: avoid } figure img { width: 100%; height: auto }
@media screen { figure, .rows { overflow-x: auto } figure img { min-width: 34rem } }
figcaption { font-weight: 600; margin-bottom: .2em }
table { border-collapse: collapse; width: 100%; font-size: .84em; margin: .5em 0 }
caption { text-align: left; font-weight: 600; padding: .3em 0 }
th, td { text-align: left; vertical-align: top; padding: .25em .5em;
  border-bottom: 1px solid #DDD4C6 } .whole { break-inside: avoid }
thead th { background: #F4EFE6 } tr { break-inside: avoid }
.claim { border-left: 3px solid #1B5566; padding: .1em .8em; margin: .7em 0; break-inside: avoid }
.claim p:first-child { font-weight: 600 }
.claim .standing { color: #1B5566 } .claim .detail, .note { font-size: .82em; color: #4A433B }
.author { border: 1px dashed #8A6414; padding: .1em .9em .6em; margin: 1em 0 }
.author .by { font-size: .8em; color: #8A6414; font-weight: 600 }
.mark { background: #A8412F; color: #fff; font-weight: 600; font-size: .8em; padding: .3em .8em;
  position: sticky; top: 0 }
footer { border-top: 1px solid #DDD4C6; color: #665D53; font-size: .8em; margin-top: 1.5em;
  padding-top: .5em }
.large { font-size: 13pt } h1, h2, p, li, .wide { overflow-wrap: anywhere }
"""


def page(document: Document, *, head: str = "", printed: bool = False) -> str:
    """The whole document as HTML.

    Args:
        head: further style for a printer.
        printed: leave out what a page's margins carry on paper.
    """
    body = "".join(_section(section, document.lang) for section in document.sections)
    mark = "" if printed or not document.mark else f"<p class=mark>{_t(document.mark)}</p>"
    foot = "" if printed else f"<footer>{_t(document.imprint)}</footer>"
    return (
        f"<!doctype html><html lang='{document.lang}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='generator' content='She Leads in Crisis'>"
        f"<title>{_t(document.title)}</title><style>{_STYLE}{head}</style></head>"
        f"<body{' class=large' if document.plain else ''}>{mark}"
        f"<header><h1 dir='auto'>{_t(document.title)}</h1>"
        f"<p class='subtitle' dir='auto'>{_t(document.subtitle)}</p></header>"
        f"<main>{body}</main>{foot}</body></html>"
    )


def html(document: Document) -> bytes:
    return page(document).encode()


def _t(text: str) -> str:
    return escape(clean(text), quote=True)


def _section(section: Section, lang: str) -> str:
    inner = "".join(_block(block) for block in section.blocks)
    title = f"<h2 dir='auto'>{_t(section.title)}</h2>" if section.title else ""
    if section.author:
        by = f"<p class='by'>{_t(say('briefs.by_author', lang))}</p>"
        return f"<section class='author'>{title}{by}{inner}</section>"
    return f"<section>{title}{inner}</section>"


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f"<p dir='auto'{' class=lead' if block.lead else ''}>{_t(block.text)}</p>"
    if isinstance(block, Points):
        items = "".join(f"<li dir='auto'>{_t(item)}</li>" for item in block.items)
        return f"<ul>{items}</ul>"
    if isinstance(block, Note):
        return f"<p class='note' dir='auto'>{_t(block.text)}</p>"
    if isinstance(block, Statement):
        details = "".join(f"<p class='detail' dir='auto'>{_t(d)}</p>" for d in block.details)
        return (
            f"<div class='claim'><p dir='auto'>{_t(block.sentence)}</p>"
            f"<p class='standing'>{_t(block.standing)}</p>{details}</div>"
        )
    if isinstance(block, Grid):
        return _table(block)
    return _figure(block)


def _table(grid: Grid) -> str:
    """A table; it moves to the next page whole, unless it is longer than one."""
    head = "".join(f"<th scope='col' {_cell(cell)}</th>" for cell in grid.header)
    rows = "".join(
        "<tr>" + "".join(f"<td {_cell(cell)}</td>" for cell in row) + "</tr>" for row in grid.rows
    )
    whole = " whole" if len(grid.rows) <= _ROWS else ""
    caption = _t(grid.caption)
    return (
        f"<div class='rows{whole}' tabindex='0' role='region' aria-label='{caption}'>"
        f"<table><caption dir='auto'>{caption}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    """The rest of a cell: only a word that no column can hold is cut where it must be."""
    wide = " class='wide'" if any(len(word) > _WORD for word in text.split()) else ""
    return f"dir='auto'{wide}>{_t(text)}"


def _figure(block: Picture) -> str:
    """The picture as an image: what one SVG calls its parts never meets another's."""
    found = block.figure
    image = drawing(block, "svg")
    notes = f"<p class='note'>{_t(block.notes)}</p>"
    if image is None:
        return f"{_table(stand_in(block))}{notes}"
    source = f"data:image/svg+xml;base64,{base64.b64encode(image.content).decode()}"
    return (
        f"<figure><figcaption dir='auto'>{_t(found.headline)}</figcaption>"
        f"<img src='{source}' alt='{_t(found.alt)}' width='{image.width}' height='{image.height}'>"
        f"</figure>{notes}"
    )
