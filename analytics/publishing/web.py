"""Plain HTML: what an address without the application, the light pages and the bundle are made of.

No script, no file from anywhere else; readable at 390 pixels and on paper.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence

from analytics.charts import Figure
from analytics.text import LANGS, say

STYLE = (
    ":root{color-scheme:light}*{box-sizing:border-box}"
    "body{font:1rem/1.5 'Source Sans','Source Sans 3','Source Sans Pro','Open Sans',Arial,"
    "sans-serif;color:#17130F;background:#FDFBF7;margin:0 auto;max-width:46rem;padding:0 1rem 3rem}"
    "header,footer,nav{font-size:.9rem}header p{margin:.6rem 0}"
    "a{color:#1B5566;overflow-wrap:anywhere}"
    "nav ul{list-style:none;padding:0;margin:.4rem 0;display:flex;flex-wrap:wrap;gap:.3rem 1rem}"
    "nav a[aria-current]{color:inherit;font-weight:600;text-decoration:none}"
    ".mark{color:#8A2F20;font-weight:600}h1{font-size:1.6rem;line-height:1.25}"
    "h2{font-size:1.25rem;line-height:1.3;margin:2rem 0 .4rem}"
    "h3{font-size:1.05rem;margin:0 0 .3rem}"
    "figure{margin:1rem 0;padding:.9rem;border:1px solid #DDD4C6;border-radius:.35rem}"
    "figure img,figure svg{display:block;width:100%;max-width:40rem;height:auto}"
    ".under,figcaption{color:#665D53;font-size:.85rem;margin:.2rem 0}summary{cursor:pointer}"
    "table{border-collapse:collapse;font-size:.9rem;width:100%}caption{text-align:left}"
    "th,td{border-bottom:1px solid #DDD4C6;padding:.3rem .7rem .3rem 0;text-align:left;"
    "vertical-align:top}.wide{overflow-x:auto}form{display:flex;flex-wrap:wrap;gap:.5rem 1rem;"
    "align-items:end}label{display:block;font-size:.85rem}select,button{font:inherit;padding:.25rem;"
    "max-width:100%}.cards{list-style:none;padding:0;display:grid;gap:.6rem;"
    "grid-template-columns:repeat(auto-fill,minmax(10rem,1fr))}.cards strong{font-size:1.3rem}"
    ".card{border:1px solid #DDD4C6;border-radius:.35rem;padding:.6rem .8rem;margin:.6rem 0}"
    ".cards .card{margin:0}.card p{margin:.2rem 0}blockquote{margin:1rem 0;padding-left:.9rem;"
    "border-left:3px solid #DDD4C6}.more{margin:.4rem 0}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#F4EFE6;"
    "padding:.6rem;font-size:.85rem}code{overflow-wrap:anywhere}"
    "@media print{nav,form,.screen{display:none}figure{break-inside:avoid}"
    "figcaption details::details-content{content-visibility:visible;height:auto}"
    "body{max-width:none;font-size:.82rem;padding-bottom:0}"
    "figure{margin:.6rem 0;padding:.6rem;display:flow-root}figcaption{font-size:.68rem}"
    "figure>img,figure>[role=img]{float:left;width:17rem;margin:0 1rem .4rem 0}}"
)


def safe(text: object) -> str:
    return html.escape(str(text), quote=True)


def rich(text: str) -> str:
    """The Markdown of our catalogue as HTML: bold, links, code. All else is text."""
    found = safe(text)
    for mark, tag in _MARKDOWN:
        found = mark.sub(tag, found)
    return found


#: what a catalogue or a declaration of ours writes; a link leads to a page of ours or to a source
_MARKDOWN = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\[([^\]]+)\]\(((?:https?://|/|[a-z]+\?)[^()\s]*)\)"), r"<a href='\2'>\1</a>"),
)


def points(lines: Iterable[str]) -> str:
    """A list of what is already HTML; nothing where there is none."""
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def folded(title: str, inside: str) -> str:
    """HTML that a reader opens."""
    return f"<details class='more'><summary>{safe(title)}</summary>{inside}</details>"


def cards(found: Iterable[tuple[str, str, str]]) -> str:
    """Label, number and what stands under it (HTML), side by side where there is room."""
    items = "".join(
        f"<li class='card'>{safe(label)}<br><strong>{safe(value)}</strong>"
        f"{f'<br><span class=under>{under}</span>' if under else ''}</li>"
        for label, value, under in found
    )
    return f"<ul class='cards'>{items}</ul>"


def select(label: str, key: str, options: Mapping[str, str], chosen: str) -> str:
    """A labelled choice among ``value → text``."""
    items = "".join(
        f"<option value='{safe(value)}'{' selected' if value == chosen else ''}>{safe(text)}"
        "</option>"
        for value, text in options.items()
    )
    return f"<label>{safe(label)} <select name='{safe(key)}'>{items}</select></label>"


def document(
    lang: str, title: str, body: str, *, demonstration: bool = False, head: str = "", foot: str = ""
) -> bytes:
    """A whole page.

    Args:
        head: what stands above the body (navigation, languages); ``foot`` below it.
    """
    name = safe(say("app.title", lang))
    mark = (f"<p class='mark'>{safe(say('demonstration.long', lang))}</p>"
            if demonstration else "")  # fmt: skip
    return (
        f"<!doctype html><html lang='{lang}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{safe(title)} · {name}</title><style>{STYLE}</style></head><body>"
        f"<header><p><strong>{name}</strong> · {safe(say('app.tagline', lang))}</p>{head}{mark}"
        f"</header><main><h1>{safe(title)}</h1>{body}</main><footer>{foot}</footer></body></html>"
    ).encode()


def languages(lang: str, addresses: dict[str, str]) -> str:
    """Links to the same page in each language."""
    names = {"fr": "Français", "en": "English"}
    items = "".join(
        f"<li><a href='{safe(addresses[code])}' lang='{code}' hreflang='{code}'"
        f"{' aria-current=page' if code == lang else ''}>{names[code]}</a></li>"
        for code in LANGS
    )
    return f"<nav aria-label='{safe(say('app.language', lang))}'><ul>{items}</ul></nav>"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], label: str = "") -> str:
    """An HTML table of texts that scrolls in its own width."""
    cells = "".join(f"<th scope='col'>{safe(cell)}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{safe(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    named = f" role='region' aria-label='{safe(label)}'" if label else ""
    return (f"<div class='wide' tabindex='0'{named}><table><thead><tr>{cells}</tr></thead>"
            f"<tbody>{body}</tbody></table></div>")  # fmt: skip


def figure(shown: Figure, drawing: str, more: str = "", level: int = 3) -> str:
    """A figure with its finding, drawing, notes and table; ``drawing`` is an image or SVG."""
    source, counts, *reading = (safe(note) for note in shown.notes)
    label, how = say("block.table", shown.lang), say("light.reading", shown.lang)
    return (
        f"<figure><h{level}>{safe(shown.headline)}</h{level}>"
        f"<p class='under'>{safe(shown.subtitle)}</p>{drawing}"
        f"<figcaption>{source}<br>{counts}<details><summary>{safe(how)}</summary>"
        f"{'<br>'.join(reading)}</details></figcaption>"
        f"<details><summary>{safe(label)}</summary>{table(*shown.table, label=label)}</details>"
        f"{more}</figure>"
    )


def facts(pairs: Iterable[tuple[str, str]], lang: str) -> str:
    """Label and text, one a line."""
    colon = "\u00a0:" if lang == "fr" else ":"
    items = "".join(
        f"<li><strong>{safe(label)}{colon}</strong> {safe(text)}</li>" for label, text in pairs
    )
    return f"<ul>{items}</ul>"
