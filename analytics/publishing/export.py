"""One figure, every form: by the suffix of the file asked for."""

from __future__ import annotations

import csv
import html
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analytics.charts import Figure, figure
from analytics.errors import UserError
from analytics.estimates.estimate import Estimates, estimate
from analytics.evidence.receipt import receipt_of
from analytics.indicator import Indicator
from analytics.publishing.pictures import picture
from analytics.selection import Selection
from analytics.text import say
from analytics.warehouse.read import Reader


def write_figure(
    reader: Reader,
    indicator: Indicator,
    selection: Selection,
    out: Path,
    *,
    lang: str,
    chart: str | None = None,
) -> Path:
    """Answer a question, draw it and write the file.

    Without a breakdown the figure shows the indicator's own chart over all periods.

    Raises:
        UserError: for a suffix that is no format of a figure, or what the question raises.
    """
    suffix = out.suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        known = ", ".join(f".{name}" for name in FORMATS)
        raise UserError("format_unknown", value=out.suffix, known=known)
    answer = estimate(reader, indicator, _with_default_breakdown(indicator, selection, chart))
    drawn = figure(answer, lang, chart=chart, events=reader.events)
    content = render(drawn, answer, suffix)
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        os.replace(draft, out)
    finally:
        draft.unlink(missing_ok=True)
    return out


def _with_default_breakdown(
    indicator: Indicator, selection: Selection, chart: str | None
) -> Selection:
    if selection.by:
        return selection
    kind = chart or indicator.chart
    if kind in ("map", "bars"):
        return selection.with_(by=("region",))
    if kind in ("stack", "curve"):
        return selection.with_(by=("kind" if kind == "stack" else "since",))
    return selection.with_(by=("year" if indicator.klass == "total" else "quarter",))


def render(drawn: Figure, answer: Estimates, suffix: str) -> bytes:
    """The bytes of a figure in one of ``FORMATS``."""
    return FORMATS[suffix](drawn, answer)


def _about(drawn: Figure, answer: Estimates) -> dict[str, Any]:
    """What every data file says of itself."""
    return {
        "indicator": answer.indicator.id,
        "title": answer.indicator.title[drawn.lang],
        "definition": answer.indicator.definition[drawn.lang],
        "selection": answer.sentence(drawn.lang),
        "unit": answer.indicator.unit,
        "sources": list(answer.indicator.sources),
        "build_id": answer.build.build_id,
        "receipt": receipt_of(answer).id,
        "sensitivity": say(f"sensitivity.{answer.sensitivity}", drawn.lang),
        "demonstration": answer.build.demonstration,
        "note": say("demonstration.long", drawn.lang) if answer.build.demonstration else "",
        "caveats": [say(f"caveat.{code}", drawn.lang) for code in answer.caveats],
    }


def _csv(drawn: Figure, answer: Estimates) -> bytes:
    about = _about(drawn, answer)
    carried = {k: about[k] for k in ("indicator", "selection", "sensitivity", "demonstration",
                                     "receipt")}  # fmt: skip
    sink = io.StringIO()
    records = [{**record, **carried} for record in answer.records()]
    writer = csv.DictWriter(sink, list(records[0]) if records else list(carried))
    writer.writeheader()
    writer.writerows({k: _as_text(v) for k, v in record.items()} for record in records)
    return sink.getvalue().encode()


def _as_text(value: object) -> object:
    """A text cell that a spreadsheet would run as a formula stays text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _json(drawn: Figure, answer: Estimates) -> bytes:
    value = {**_about(drawn, answer), "headline": drawn.headline, "alt": drawn.alt,
             "rows": answer.records()}  # fmt: skip
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _xlsx(drawn: Figure, answer: Estimates) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    about, data = book.active, book.create_sheet("data")
    assert about is not None
    about.title = "README"
    for name, value in _about(drawn, answer).items():
        shown = " ".join(value) if isinstance(value, list) else value
        about.append([name, _as_text(shown)])
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 18, 110
    records = answer.records()
    if records:
        data.append(list(records[0]))
        for cell in data[1]:
            cell.font = Font(bold=True)
        for record in records:
            data.append([_as_text(value) for value in record.values()])
    data.freeze_panes = "A2"
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def _html(drawn: Figure, answer: Estimates) -> bytes:
    """One page that needs nothing else: the picture as SVG, then the table."""
    header, rows = drawn.table
    cells = "".join(f"<th scope='col'>{html.escape(cell)}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    svg = picture(drawn, "svg").decode()
    return (
        f"<!doctype html><html lang='{drawn.lang}'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{html.escape(drawn.headline)}</title>"
        "<style>body{font:16px/1.45 'Source Sans 3',Arial,sans-serif;color:#17130F;"
        "background:#FDFBF7;max-width:76rem;margin:2rem auto;padding:0 1rem}"
        "svg{max-width:100%;height:auto}table{border-collapse:collapse;font-size:14px}"
        "th,td{border-bottom:1px solid #DDD4C6;padding:.3rem .7rem;text-align:left}</style>"
        f"<figure role='img' aria-label='{html.escape(drawn.alt, quote=True)}'>{svg}</figure>"
        f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></html>"
    ).encode()


def _picture(suffix: str) -> Callable[[Figure, Estimates], bytes]:
    return lambda drawn, answer: picture(drawn, suffix)


FORMATS: dict[str, Callable[[Figure, Estimates], bytes]] = {
    "png": _picture("png"),
    "svg": _picture("svg"),
    "pdf": _picture("pdf"),
    "csv": _csv,
    "json": _json,
    "xlsx": _xlsx,
    "html": _html,
}
