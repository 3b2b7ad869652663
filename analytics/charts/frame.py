"""A figure as a picture: title, notes, marks and the way back inside, nothing clipped."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

from analytics.charts import theme
from analytics.charts.ends import spread
from analytics.text import say

Code = Sequence[Sequence[bool]]

_EDGE = 28
_TITLE, _SUBTITLE, _NOTE = 23, 14, 11
#: text sizes are meant for this area, and grow with it
_AREA = 1200 * 675
#: what the drawing itself keeps of the height, however much there is to say
_LEAST = 0.36
#: of the sizes meant, title and small print: the small print gives way first
_SHRINK = ((1.0, 1.0), (1.0, 0.88), (1.0, 0.78), (0.9, 0.78), (0.8, 0.78), (0.7, 0.7), (0.62, 0.62))
_SMALLEST = 8.5
#: pixels a bar needs for one line of its name
_BAR = 15
_CODE = 84


@dataclass(frozen=True)
class _Texts:
    """Everything written around the drawing, broken into lines at three sizes."""

    mark: str
    title: list[str]
    under: list[str]
    small: list[str]
    sizes: tuple[float, float, float]

    @property
    def above(self) -> float:
        title, under, note = self.sizes
        height = _EDGE + len(self.title) * title * 1.34 + len(self.under) * under * 1.35 + 10
        return height + (note * 2.2 if self.mark else 0)

    def below(self, code: float) -> float:
        return max(len(self.small) * self.sizes[2] * 1.32 + 18, code + 22 if code else 0)


def framed(
    spec: theme.Spec,
    *,
    headline: str,
    subtitle: str,
    notes: tuple[str, ...],
    demonstration: bool,
    lang: str,
    width: int,
    height: int,
    link: str = "",
    code: Code = (),
) -> theme.Spec:
    """The whole picture as a Plotly figure of ``width`` × ``height`` pixels.

    A table or many bars are as high as their rows need: a row cut in half is a number misread.

    Args:
        link: where the figure can be checked, printed as the last note.
        code: the same as a QR code, one row of modules after another.
    """
    picture = copy.deepcopy(spec)
    layout = picture["layout"]
    own = {side: layout["margin"][side] for side in "lrtb"}
    grown = math.sqrt(width * height / _AREA)
    module = max(2, int(_CODE * grown / len(code))) if code else 0
    side = module * len(code)
    if link:
        # The address says the receipt.
        notes = tuple(note for note in notes if note.rpartition(" ")[2] not in link)
        notes = (*notes, say("figure.link", lang, link=link))
    mark = say("demonstration.mark", lang).upper() if demonstration else ""
    for shrink, small in _SHRINK:
        factors = grown * shrink, grown * small
        texts = _texts(headline, subtitle, notes, mark, width, side, factors)
        above, below = texts.above, texts.below(side)
        if height - above - below - own["t"] - own["b"] >= _LEAST * height:
            break
    height = max(height, math.ceil(above + below + _needed(picture)))
    # What is small on a phone may be larger on a slide.
    for label in layout["annotations"]:
        label["font"]["size"] = round(label["font"]["size"] * 1.2)
    layout.update(
        width=width,
        height=height,
        autosize=False,
        paper_bgcolor=theme.PAPER,
        margin={
            "l": own["l"] + _EDGE,
            "r": own["r"] + _EDGE,
            "t": own["t"] + above,
            "b": own["b"] + below,
            "pad": 0,
        },
    )
    spread(layout)
    corner = {"x": 0, "xref": "paper", "xanchor": "left", "xshift": -own["l"]}
    high, low = {"y": 1, "yref": "paper", "yanchor": "top"}, {"y": 0, "yref": "paper"}
    title, under, note = texts.sizes
    drop = own["t"] + above - _EDGE
    if texts.mark:
        layout["annotations"].append(
            theme.annotation(
                f"<b>{theme.safe(texts.mark)}</b>", **corner, **high, yshift=drop,
                font={"size": note, "color": theme.CRISIS["insecurity"]},
            )
        )  # fmt: skip
        drop -= note * 2.2
    layout["annotations"] += [
        theme.annotation(
            f"<b>{theme.lines(texts.title)}</b>", **corner, **high, yshift=drop,
            font={"size": title, "color": theme.INK},
        ),
        theme.annotation(
            theme.lines(texts.under), **corner, **high,
            yshift=drop - len(texts.title) * title * 1.34,
            font={"size": under, "color": theme.MUTED},
        ),
        theme.annotation(
            theme.lines(texts.small), **corner, **low, yanchor="top", yshift=-own["b"] - 6,
            font={"size": note, "color": theme.MUTED},
        ),
    ]  # fmt: skip
    if code:
        layout["shapes"].append(_code(code, module, own["r"] - side, -own["b"] - 10))
    return picture


def _needed(picture: theme.Spec) -> float:
    """The least height of the drawing with its own margins, where rows must not be cut."""
    layout = picture["layout"]
    if any(trace["type"] == "table" for trace in picture["data"]):
        return float(layout["height"])
    if any(trace.get("orientation") == "h" for trace in picture["data"]):
        names = layout["yaxis"]["ticktext"]
        lines = max((name.count("<br>") + 1 for name in names), default=0)
        return len(names) * _BAR * lines + layout["margin"]["t"] + layout["margin"]["b"]
    return 0


def bare(spec: theme.Spec, *, width: int, height: int | None = None) -> theme.Spec:
    """The drawing alone, for a page that has its own title and notes.

    Args:
        height: as on the screen where None; then its letters are as large as there, too.
    """
    picture = copy.deepcopy(spec)
    layout = picture["layout"]
    if height is not None:
        for label in layout["annotations"]:
            label["font"]["size"] = round(label["font"]["size"] * 1.2)
    layout.update(width=width, height=height or layout["height"], autosize=False)
    spread(layout)
    return picture


def _texts(
    headline: str, subtitle: str, notes: tuple[str, ...], mark: str, width: int, side: int,
    factors: tuple[float, float],
) -> _Texts:  # fmt: skip
    inner = width - 2 * _EDGE
    large, small = factors
    sizes = (_TITLE * large, _SUBTITLE * large, max(_SMALLEST, _NOTE * small))
    title, under, note = sizes
    beside = inner - (side + 24 if side else 0)
    return _Texts(
        mark,
        # Bold is wider than the estimate.
        theme.wrap(headline, 0.93 * inner, title, most=8, anywhere=True),
        theme.wrap(subtitle, inner, under, most=3, anywhere=True),
        [line for text in notes for line in theme.wrap(text, beside, note, anywhere=True)],
        sizes,
    )


def _code(code: Code, module: int, left: float, top: float) -> theme.Spec:
    """The QR code as one path, in pixels from the lower right corner of the drawing."""
    path = []
    for y, row in enumerate(code):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                over, under = top - y * module, top - (y + 1) * module
                path.append(f"M{left + start * module:g},{over:g}H{left + x * module:g}"
                            f"V{under:g}H{left + start * module:g}Z")  # fmt: skip
            x += 1
    return {
        "type": "path", "path": "".join(path), "layer": "above",
        "xref": "paper", "yref": "paper", "xsizemode": "pixel", "ysizemode": "pixel",
        "xanchor": 1, "yanchor": 0, "fillcolor": theme.INK, "line": {"width": 0},
    }  # fmt: skip
