"""One figure, every form: by the suffix of the file asked for."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path

from analytics.charts import Figure
from analytics.errors import UserError
from analytics.estimates.estimate import Estimates
from analytics.indicator import Indicator
from analytics.publishing import data
from analytics.publishing.exhibit import Exhibit, exhibit
from analytics.publishing.question import Drawing, Question
from analytics.publishing.render import can_draw, picture
from analytics.publishing.slides import pptx_bytes
from analytics.selection import Selection
from analytics.text import say
from analytics.warehouse.home import draft_of
from analytics.warehouse.read import Reader

Maker = Callable[[Exhibit, str], bytes]


def write_figure(
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


def file_of(drawn: Figure, answer: Estimates, suffix: str, size: str = "wide") -> bytes:
    """The bytes of a figure that a page has drawn, in one of ``FORMATS``."""
    return FORMATS[suffix](Exhibit(drawn, answer), size)


def _drawn(suffix: str) -> Maker:
    return lambda shown, size: picture(shown.figure, suffix, size, shown.link)


def _archive(shown: Exhibit, size: str) -> bytes:
    """Everything; without a browser, everything but the pictures, and the README says so."""
    pictures = {s: picture(shown.figure, s, size, shown.link) for s in ("svg", "png")} \
        if can_draw() else {}  # fmt: skip
    return data.zip_bytes(shown, pictures)


def _html(shown: Exhibit, size: str) -> bytes:
    """One page that needs nothing else: the picture as SVG, then the table."""
    drawn = shown.figure
    svg = picture(drawn, "svg", size, shown.link).decode()
    cite = html.escape(shown.citation(full=True))
    label = html.escape(say("publish.about.citation", shown.lang))
    return (
        f"<!doctype html><html lang='{drawn.lang}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{html.escape(drawn.headline)}</title>"
        "<style>body{font:16px/1.45 'Source Sans 3',Arial,sans-serif;color:#17130F;"
        "background:#FDFBF7;max-width:76rem;margin:2rem auto;padding:0 1rem}figure{margin:0}"
        f"{TABLE_STYLE}svg{{max-width:100%;height:auto}}</style></head><body>"
        f"<figure role='img' aria-label='{html.escape(drawn.alt, quote=True)}'>{svg}</figure>"
        f"{html_table(drawn)}<p><strong>{label}</strong> {cite}</p></body></html>"
    ).encode()


TABLE_STYLE = (
    "table{border-collapse:collapse;font-size:.9rem}th,td{border-bottom:1px solid #DDD4C6;"
    "padding:.3rem .7rem .3rem 0;text-align:left;vertical-align:top}"
    ".wide{overflow-x:auto}"
)


def html_table(drawn: Figure) -> str:
    """The figure's numbers as an HTML table."""
    header, rows = drawn.table
    cells = "".join(f"<th scope='col'>{html.escape(cell)}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (f"<div class='wide' tabindex='0'><table><thead><tr>{cells}</tr></thead>"
            f"<tbody>{body}</tbody></table></div>")  # fmt: skip


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
