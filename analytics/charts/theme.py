"""One look for every figure: colours, type, base layout, and how wide a text will be.

Widths are estimated, since nothing here may open a browser; they are those of Arial, the widest
of the fonts named, so that what fits by estimate fits on every screen.
"""

from __future__ import annotations

import html
from typing import Any

Spec = dict[str, Any]

FONT = "Source Sans, Leads Sans, Source Sans Pro, Open Sans, Arial, sans-serif"

#: the colours of ``.streamlit/config.toml``; a test keeps them the same
ACCENT = "#1B5566"
INK = "#17130F"
PAPER = "#FDFBF7"
SOFT = "#F4EFE6"
RULE = "#DDD4C6"

MUTED = "#665D53"
FAINT = "#B9AF9F"
GRID = "#E9E2D6"
CLEAR = "rgba(0,0,0,0)"

#: from few to many: five steps towards the accent
CLASSES: tuple[str, ...] = ("#CFE0E3", "#A9C8CE", "#80ABB5", "#447C8B", ACCENT)
#: one colour a line; the name always stands at the line's end as well
SERIES: tuple[str, ...] = (ACCENT, "#B8642A", "#6F5596", "#4F7A3A", "#A23B5C", "#6B6259")
#: one colour a crisis type, told apart by colour-blind readers too (after Okabe and Ito, muted)
CRISIS: dict[str, str] = {
    "insecurity": "#A8412F",
    "climate": "#B07A10",
    "covid19": "#7D5590",
    "prices": "#2F6FA8",
    "political": "#5F665F",
    "other": "#8A8177",
}

#: text sizes in pixels on the screen; a picture scales them all
SMALL = 10
TEXT = 12
STRONG = 13

#: a phone of 390 px leaves a figure about this much; marks are placed for it and fit wider ones
NARROW = 350

_BY_WIDTH = (
    (0.24, "ijlI'’|.,:;!\u202f "),
    (0.34, "frt()[]/-·\u00a0"),
    (0.86, "mwMW%@—×œ"),
    (0.70, "ABCDEFGHJKLNOPQRSTUVXYZÀÉÈÊÎÔÇ&"),
)
_WIDTH = {char: width for width, chars in _BY_WIDTH for char in chars}


_AXIS: Spec = {"gridcolor": "white", "linecolor": "white", "ticks": "", "automargin": True,
               "title": {"standoff": 15}, "zerolinecolor": "white", "zerolinewidth": 2}  # fmt: skip
#: what we use of Plotly's own template; the whole of it is seven kilobytes more in every figure
_TEMPLATE: Spec = {
    "layout": {"autotypenumbers": "strict", "xaxis": _AXIS, "yaxis": _AXIS},
    "data": {
        "bar": [{"type": "bar", "marker": {"line": {"color": "#E5ECF6", "width": 0.5}}}],
        "scatter": [{"type": "scatter"}],
    },
}


def text_width(text: str, size: float) -> float:
    """Width of one line in pixels."""
    return size * sum(_WIDTH.get(char) or _beyond(char) for char in text)


def _beyond(char: str) -> float:
    """Width of a letter we have not measured: ideographs and pictograms fill a square."""
    return 0.56 if char < "\u2e80" else 1.0 if char < "\U0001f000" else 1.3


def wrap(
    text: str, width: float, size: float, *, most: int | None = None, anywhere: bool = False
) -> list[str]:
    """Lines no wider than ``width`` pixels, cut at ordinary spaces.

    Args:
        most: never more lines than this; what is left out shows as ``…``.
        anywhere: cut a word that is wider than a line alone.
    """
    lines: list[str] = []
    words = text.split(" ")
    if anywhere:
        words = [part for word in words for part in _pieces(word, width, size)]
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    if most is None or len(lines) <= most:
        return lines
    kept = lines[:most]
    kept[-1] = shorten(f"{kept[-1]} {lines[most]}", width, size)
    return kept


def _pieces(word: str, width: float, size: float) -> list[str]:
    """A word, or the parts of it that fit a line each."""
    if text_width(word, size) <= width:
        return [word]
    pieces = [""]
    for char in word:
        if pieces[-1] and text_width(pieces[-1] + char, size) > width:
            pieces.append("")
        pieces[-1] += char
    return pieces


def shorten(text: str, width: float, size: float) -> str:
    """The text, or as much of its start as fits, with ``…``."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip(" ,;-") + "…"


def safe(text: str) -> str:
    """Text as data: Plotly reads a few HTML tags in every string it draws."""
    return html.escape(text, quote=False)


def lines(parts: list[str]) -> str:
    """Lines of data, each made safe, as one text of Plotly's."""
    return "<br>".join(safe(part) for part in parts)


def tint(colour: str, opacity: float) -> str:
    """``#RRGGBB`` as ``rgba``."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def hatch(colour: str = MUTED, size: int = 7) -> Spec:
    """What is suppressed is hatched, everywhere."""
    return {
        "shape": "/",
        "fgcolor": colour,
        "bgcolor": SOFT,
        "size": size,
        "solidity": 0.22,
        "fillmode": "overlay",
    }


def base_layout(lang: str, height: int, margin: tuple[float, float, float, float]) -> Spec:
    """The layout all figures share.

    Args:
        height: in pixels on the screen.
        margin: left, right, top, bottom in pixels.
    """
    left, right, top, bottom = (round(side) for side in margin)
    return {
        "template": _TEMPLATE,
        "autosize": True,
        "height": height,
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"family": FONT, "size": TEXT, "color": INK},
        "separators": ",\u202f" if lang == "fr" else ".,",
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": "#FFFFFF",
            "bordercolor": RULE,
            "align": "left",
            "font": {"family": FONT, "size": TEXT, "color": INK},
        },
        "annotations": [],
        "shapes": [],
    }


def annotation(text: str, **place: Any) -> Spec:
    """A text without arrow, left-aligned unless said otherwise."""
    return {
        "text": text,
        "showarrow": False,
        "align": "left",
        "font": {"size": SMALL, "color": MUTED},
        **place,
    }
