"""One figure, every form: by the suffix of the file asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analytics.errors import UserError
from analytics.indicator import Indicator
from analytics.publishing import data, web
from analytics.publishing.exhibit import Exhibit, exhibit
from analytics.publishing.ledger import register
from analytics.publishing.question import Drawing, Question
from analytics.publishing.render import can_draw, drawing, picture
from analytics.publishing.slides import pptx_bytes
from analytics.selection import Selection
from analytics.text import say
from analytics.warehouse.home import Home, draft_of
from analytics.warehouse.read import Reader

Maker = Callable[[Exhibit, str], bytes]
#: pixels of the drawing on a page of its own
WIDE = 720


def write_figure(
    home: Home,
    reader: Reader,
    indicator: Indicator,
    selection: Selection,
    out: Path,
    *,
    lang: str,
    chart: str | None = None,
    size: str = "wide",
) -> Exhibit:
    """Answer a question, draw it and write the file, whole or not at all.

    Without a breakdown the figure shows the indicator's own chart over all periods.

    Raises:
        UserError: for a suffix that is no format of a figure, or what the question raises.
        OSError: where the file cannot be written; nothing is left of it then.
    """
    suffix = suffix_of(out)
    asked = Question(indicator.id, with_default_breakdown(indicator, selection, chart),
                     Drawing(lang, chart))  # fmt: skip
    shown = exhibit(reader, asked)
    content = FORMATS[suffix](shown, size)
    with draft_of(out) as draft:
        draft.write_bytes(content)
    register(home, shown, suffix)
    return shown


def suffix_of(out: Path) -> str:
    name = out.name.lower()
    suffix = "hxl.csv" if name.endswith(".hxl.csv") else out.suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        known = ", ".join(f".{name}" for name in FORMATS)
        raise UserError("format_unknown", value=out.suffix, known=known)
    return suffix


def with_default_breakdown(
    indicator: Indicator, selection: Selection, chart: str | None
) -> Selection:
    """The breakdown that the chart needs, where none is given."""
    if selection.by:
        return selection
    kind = chart or indicator.chart
    if kind in ("map", "bars"):
        return selection.with_(by=("region",))
    if kind in ("stack", "curve"):
        return selection.with_(by=("kind" if kind == "stack" else "since",))
    return selection.with_(by=("year" if indicator.klass == "total" else "quarter",))


def _drawn(suffix: str) -> Maker:
    return lambda shown, size: picture(shown.figure, suffix, size, shown.link)


def _archive(shown: Exhibit, size: str) -> bytes:
    """Everything; without a browser, everything but the pictures, and the README says so."""
    pictures = {s: picture(shown.figure, s, size, shown.link) for s in ("svg", "png")} \
        if can_draw() else {}  # fmt: skip
    return data.zip_bytes(shown, pictures)


def _html(shown: Exhibit, size: str) -> bytes:
    """One page that needs nothing else: the picture as SVG, its table, how to cite it."""
    svg = drawing(shown.figure, "svg", WIDE).decode()
    lang = shown.lang
    link = (("publish.about.receipt", shown.receipt.id), ("publish.about.link", shown.link),
            ("publish.about.citation", shown.citation(full=True)))  # fmt: skip
    labelled = f"<div role='img' aria-label='{web.safe(shown.figure.alt)}'>{svg}</div>"
    body = web.figure(shown.figure, labelled, level=2) + web.facts(
        ((say(key, lang), text) for key, text in link), lang
    )
    return web.document(lang, shown.about["title"], body,
                        demonstration=shown.answer.build.demonstration)  # fmt: skip


FORMATS: dict[str, Maker] = {
    "png": _drawn("png"),
    "svg": _drawn("svg"),
    "pdf": _drawn("pdf"),
    "pptx": lambda shown, size: pptx_bytes(shown),
    "xlsx": lambda shown, size: data.xlsx_bytes(shown),
    "csv": lambda shown, size: data.csv_bytes(shown),
    "hxl.csv": lambda shown, size: data.csv_bytes(shown, tagged=True),
    "json": lambda shown, size: data.json_bytes(shown),
    "html": _html,
    "zip": _archive,
}
