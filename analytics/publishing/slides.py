"""A figure on one slide: lines and bars as a chart that can be edited, everything else a picture.

The chart's embedded workbook holds what the figure shows and no more: a cell that is suppressed or
missing is empty in it, and its name says why.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import segno
from openpyxl import load_workbook
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Emu, Inches, Length, Pt

from analytics.charts import bars, theme, trend, words
from analytics.errors import UserError
from analytics.lists import printable
from analytics.publishing.exhibit import Exhibit
from analytics.publishing.render import drawing
from analytics.text import say
from analytics.text.numbers import format_period

_WIDTH, _HEIGHT = 13.333, 7.5
_EDGE = 0.5
_FONT = "Arial"
#: number formats of a chart's own labels; the reader's program puts its own separators
_FORMATS = {"share": "0%", "xof": '#,##0" FCFA"', "people": "#,##0", "groups": "#,##0",
            "items": "#,##0", "multiple": '"×"0.00'}  # fmt: skip
#: a slide's small print: more than this is no longer read, and the notes hold it all
_MOST_NOTES = 9
_MOST_TICKS = 9


def pptx_bytes(shown: Exhibit) -> bytes:
    """One slide, with what the figure rests on in the speaker's notes.

    Raises:
        UserError: where a picture is needed and no browser is there to draw it.
    """
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(_WIDTH), Inches(_HEIGHT)
    add_slide(deck, shown)
    deck.core_properties.title = shown.figure.headline[:250]
    deck.core_properties.author = "She Leads in Crisis"
    deck.core_properties.language = shown.lang
    sink = io.BytesIO()
    deck.save(sink)
    return sink.getvalue()


def add_slide(deck: Any, shown: Exhibit) -> None:
    """Put the figure on a new slide of a 13.33 × 7.5 inch deck."""
    figure = shown.figure
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    title = slide.shapes.title
    size, lines = _title_size(figure.headline)
    top = _EDGE - 0.12
    if figure.demonstration:
        mark = _box(slide, _EDGE, 0.2, _WIDTH - 2 * _EDGE, 0.26)
        _say(mark, say("demonstration.mark", shown.lang).upper(), 10, bold=True,
             colour=theme.CRISIS["insecurity"])  # fmt: skip
        top = 0.42
    height = lines * size * 1.25 / 72 + 0.1
    title.left, title.top = Inches(_EDGE), Inches(top)
    title.width, title.height = Inches(_WIDTH - 2 * _EDGE), Inches(height)
    title.text_frame.vertical_anchor = MSO_ANCHOR.TOP
    _flush(title.text_frame)
    _say(title.text_frame, figure.headline, size, bold=True)
    top += height
    under = theme.wrap(figure.subtitle, (_WIDTH - 2 * _EDGE) * 72, 13, anywhere=True)
    _say(_box(slide, _EDGE, top, _WIDTH - 2 * _EDGE, 0.26 * len(under)), figure.subtitle, 13,
         colour=theme.MUTED)  # fmt: skip
    top += 0.26 * len(under) + 0.08

    code = 0.95
    # The address says the receipt.
    small = [note for note in figure.notes if note.rpartition(" ")[2] not in shown.link]
    small = [*small, say("figure.link", shown.lang, link=shown.link)]
    wide = (_WIDTH - 2 * _EDGE - code - 0.25) * 72
    height = sum(len(theme.wrap(note, wide, 9, anywhere=True)) for note in small)
    while height > _MOST_NOTES and len(small) > 4:
        # What each mark means comes before the reading of it; the speaker's notes keep all.
        longest = max(small[3:-1], key=len)
        small.remove(longest)
        height -= len(theme.wrap(longest, wide, 9, anywhere=True))
    foot = max(height * 0.152 + 0.1, code)
    notes_top = _HEIGHT - foot - 0.22
    _say(_box(slide, _EDGE, notes_top, wide / 72, foot), "\n".join(small), 9, colour=theme.MUTED)
    sink = io.BytesIO()
    segno.make(shown.link, error="m", micro=False).save(sink, kind="png", scale=6, border=0,
                                                        light=None, dark=theme.INK)  # fmt: skip
    sink.seek(0)
    corner = Inches(_WIDTH - _EDGE - code), Inches(notes_top + 0.05)
    picture = slide.shapes.add_picture(sink, *corner, width=Inches(code))
    _describe(picture, shown.link)

    place = (Inches(_EDGE), Inches(top), Inches(_WIDTH - 2 * _EDGE),
             Inches(notes_top - top - 0.08))  # fmt: skip
    if figure.chart == "trend":
        frame = _lines(slide, shown, place)
    elif figure.chart == "bars":
        frame = _bars(slide, shown, place)
    else:
        # A drawing of the place's own shape, and high enough for its key.
        width, depth = (side / 12700 for side in place[2:])
        grown = max(1.0, 0.75 * figure.spec["layout"]["height"] / depth)
        width, depth = round(width * grown), round(depth * grown)
        frame = _picture(slide, drawing(figure, "png", width, depth), place)
    _describe(frame, figure.alt)
    slide.notes_slide.notes_text_frame.text = printable("\n".join((
        figure.headline, figure.subtitle, "", *figure.notes, "",
        f"{say('publish.about.receipt', shown.lang)} : {shown.receipt.id}",
        f"{say('publish.about.link', shown.lang)} : {shown.link}",
        shown.citation(full=True),
    )))  # fmt: skip


def _title_size(headline: str) -> tuple[float, int]:
    """The largest of a few sizes in which a title leaves room for the figure, and its lines."""
    inner = (_WIDTH - 2 * _EDGE) * 72 * 0.93
    for size in (26, 22, 18, 15, 13):
        lines = len(theme.wrap(headline, inner, size, anywhere=True))
        if lines * size <= 80:
            break
    return size, lines


# --- charts --------------------------------------------------------------------------------------


def _lines(slide: Any, shown: Exhibit, place: tuple[Length, ...]) -> Any:
    """The figure's own lines, in its own order and colours, as a native chart."""
    answer, lang = shown.answer, shown.lang
    labels = [period.label for period in trend.periods_of(answer)]
    drawn = [t for t in shown.figure.spec["data"] if t.get("mode") == "lines+markers"]
    data = CategoryChartData(number_format=_number(answer.indicator.unit))
    data.categories = [format_period(label, lang, short=True) for label in labels]
    styles: list[tuple[str, float, bool]] = []
    for line in drawn:
        known = {x: y for x, y in zip(line["x"], line["y"], strict=True) if y is not None}
        name = _plain(line["name"]) or words.title_of(answer, lang)
        data.add_series(name, [known.get(x) for x in range(len(labels))])
        styles.append((line["line"]["color"], line["line"]["width"], False))
    if len(drawn) == 1 and words.is_single(answer):
        rows = dict(answer.series())
        for bound in ("low", "high"):
            values = [getattr(rows[label], bound) if label in rows and rows[label].published
                      else None for label in labels]  # fmt: skip
            if any(value is not None for value in values):
                data.add_series(say(f"figure.{bound}", lang), values)
                styles.append((drawn[0]["line"]["color"], 1, True))
    if not drawn:
        raise UserError("nothing_to_draw")
    frame = slide.shapes.add_chart(XL_CHART_TYPE.LINE, *place, data)
    chart = frame.chart
    _dress(chart, answer.indicator.unit, shown.figure.spec["layout"]["yaxis"]["range"])
    for series, (colour, width, dashed) in zip(chart.plots[0].series, styles, strict=True):
        series.smooth = False
        series.format.line.color.rgb = _rgb(colour)
        series.format.line.width = Pt(width)
        if dashed:
            series.format.line.dash_style = MSO_LINE.DASH
        series.marker.style = None
        _no_marker(series)
    chart.has_legend = len(styles) > 1
    if chart.has_legend:
        chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
        chart.legend.font.size = Pt(11)
        grey = [i for i, (colour, *_) in enumerate(styles) if colour == theme.FAINT]
        for i in reversed(grey):
            # Company of the lines that are named: it has no name in the figure either.
            chart.legend._element.insert(1, parse_xml(
                f'<c:legendEntry {nsdecls("c")}><c:idx val="{i}"/><c:delete val="1"/>'
                "</c:legendEntry>"
            ))  # fmt: skip
    axis = chart.category_axis
    axis.has_major_gridlines = False
    _name_every(axis, -(-len(labels) // _MOST_TICKS))
    return frame


def _bars(slide: Any, shown: Exhibit, place: tuple[Length, ...]) -> Any:
    """The bars, the longest on top, each with its interval; what has no value says why."""
    answer, lang = shown.answer, shown.lang
    unit = answer.indicator.unit
    able = sorted(words.comparable(answer), key=lambda row: row.value or 0.0)
    rows = [*bars.hidden_of(answer), *able]
    names = []
    for row in rows:
        name = words.label_of(row, answer, lang)
        if not row.published or row.bound:
            name = f"{name} ({words.value_text(row, unit, lang)})"
        names.append(printable(name))
    data = CategoryChartData(number_format=_number(unit))
    data.categories = names
    data.add_series(words.title_of(answer, lang), [row.value if row.published else None
                                                   for row in rows])  # fmt: skip
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data)
    chart = frame.chart
    _dress(chart, unit, shown.figure.spec["layout"]["xaxis"]["range"])
    chart.has_legend = False
    plot = chart.plots[0]
    plot.gap_width = 45
    [series] = plot.series
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = _rgb(theme.CLASSES[3])
    if not any(row.low is not None for row in able):
        plot.has_data_labels = True
        plot.data_labels.font.size = Pt(11)
        plot.data_labels.number_format = _number(unit)
        plot.data_labels.number_format_is_linked = False
    else:
        series._element.insert_element_before(
            _whiskers(rows), *("c:cat", "c:val", "c:shape", "c:extLst")
        )
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.category_axis.format.line.color.rgb = _rgb(theme.FAINT)
    size = 11 if len(rows) <= 14 else 9
    chart.category_axis.tick_labels.font.size = Pt(size)
    return frame


def _whiskers(rows: Sequence[Any]) -> Any:
    """The intervals as error bars of the chart (ECMA-376 part 1, 21.2.2.55)."""

    def side(tag: str, lengths: list[float]) -> str:
        points = "".join(f'<c:pt idx="{i}"><c:v>{value!r}</c:v></c:pt>'
                         for i, value in enumerate(lengths))  # fmt: skip
        return (f"<c:{tag}><c:numLit><c:formatCode>General</c:formatCode>"
                f'<c:ptCount val="{len(lengths)}"/>{points}</c:numLit></c:{tag}>')  # fmt: skip

    above, below = [], []
    for row in rows:
        known = row.published and None not in (row.value, row.low, row.high)
        above.append(float(row.high - row.value) if known else 0.0)
        below.append(float(row.value - row.low) if known else 0.0)
    return parse_xml(
        f'<c:errBars {nsdecls("c", "a")}><c:errBarType val="both"/>'
        f'<c:errValType val="cust"/><c:noEndCap val="0"/>{side("plus", above)}'
        f'{side("minus", below)}<c:spPr><a:ln w="12700"><a:solidFill><a:srgbClr '
        f'val="{theme.INK[1:]}"/></a:solidFill></a:ln></c:spPr></c:errBars>'
    )


def _disarm(chart: Any) -> None:
    """A name in the embedded workbook that begins as a formula does is text."""
    embedded = chart.part.chart_workbook
    book = load_workbook(io.BytesIO(embedded.xlsx_part.blob))
    found = [cell for row in book.active.iter_rows() for cell in row if cell.data_type == "f"]
    for cell in found:
        cell.data_type, cell.quotePrefix = "s", True
    if found:
        sink = io.BytesIO()
        book.save(sink)
        embedded.update_from_xlsx_blob(sink.getvalue())


def _name_every(axis: Any, step: int) -> None:
    """Names under every so many periods; aslant, for programs that would write them all."""
    skip = parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="{step}"/>')
    axis._element.insert_element_before(skip, "c:tickMarkSkip", "c:noMultiLvlLbl", "c:extLst")
    axis.tick_labels.font.size = Pt(11)
    axis._element.find(qn("c:txPr")).find(qn("a:bodyPr")).set(
        "rot", "-2700000" if step > 1 else "0"
    )


def _dress(chart: Any, unit: str, span: Sequence[float]) -> None:
    """Type, grid, and the figure's own scale: an interval beyond it would be cut."""
    _disarm(chart)
    chart.font.name, chart.font.size = _FONT, Pt(11)
    chart.font.color.rgb = _rgb(theme.INK)
    chart.has_title = False
    axis = chart.value_axis
    axis.minimum_scale, axis.maximum_scale = span
    axis.major_gridlines.format.line.color.rgb = _rgb(theme.GRID)
    axis.format.line.fill.background()
    axis.tick_labels.number_format = _number(unit)
    axis.tick_labels.number_format_is_linked = False
    chart.category_axis.format.line.color.rgb = _rgb(theme.FAINT)


def _number(unit: str) -> str:
    return _FORMATS.get(unit, "0.0")


def _no_marker(series: Any) -> None:
    marker = series._element.get_or_add_marker()
    for old in marker.findall(qn("c:symbol")):
        marker.remove(old)
    marker.insert(0, parse_xml(f'<c:symbol {nsdecls("c")} val="none"/>'))


def _picture(slide: Any, content: bytes, place: tuple[Length, ...]) -> Any:
    """The picture as large as its place allows, in the middle of it."""
    left, top, width, height = place
    picture = slide.shapes.add_picture(io.BytesIO(content), left, top, height=height)
    if picture.width > width:
        picture.height = Emu(int(picture.height * width / picture.width))
        picture.width = width
    picture.left = Emu(int(left + (width - picture.width) / 2))
    return picture


# --- text ----------------------------------------------------------------------------------------


def _box(slide: Any, left: float, top: float, width: float, height: float) -> Any:
    box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
    _flush(box.text_frame)
    return box.text_frame


def _flush(frame: Any) -> None:
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0


def _say(
    frame: Any, text: str, size: float, *, bold: bool = False, colour: str = theme.INK
) -> None:
    for i, line in enumerate(printable(text).split("\n")):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = line
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, _FONT
        run.font.color.rgb = _rgb(colour)
        paragraph.alignment = 1


def _plain(text: str) -> str:
    """A name that was made safe for Plotly, as it was."""
    import html

    return printable(html.unescape(text))


def _rgb(colour: str) -> RGBColor:
    return RGBColor.from_string(colour.lstrip("#"))


def _describe(shape: Any, text: str) -> None:
    """Alternative text, which python-pptx has no name for."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", printable(text))
