"""Lines over time: intervals, gaps where nothing may or can be said, crises behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analytics.charts import crises, theme, words
from analytics.charts.ends import NAME, spread
from analytics.charts.scale import Scale, scale_of, tick_text
from analytics.estimates.estimate import Estimates, Row
from analytics.period import Period, parse_period, periods_between
from analytics.text import join_words, say
from analytics.text.numbers import format_period, format_value

HEIGHT = 360
_BOTTOM = 30
_MOST_LINES = 6
_MOST_TICKS = 7

_MARKS = {"suppressed": "square-open", "no_data": "x-thin-open"}
_SIGNS = {"suppressed": "□", "no_data": "×"}


class _Line:
    """One series on the axis."""

    def __init__(self, name: str, rows: dict[int, Row]) -> None:
        self.name = name
        self.rows = rows
        #: keys of its dimensions, to find the one to highlight
        self.places = {value for row in rows.values() for value in row.keys.values()}
        self.published = {x: row for x, row in rows.items() if row.published}
        self.end = max(self.published, default=None)

    @property
    def last(self) -> float:
        """The last value; below everything where there is none."""
        value = self.published[self.end].value if self.end is not None else None
        return float("-inf") if value is None else value

    @property
    def silent(self) -> bool:
        """Without data in any period: named once in the notes instead of marked at each."""
        return all(row.status == "no_data" for row in self.rows.values())

    def runs(self) -> Iterator[list[int]]:
        """Positions without a gap between them."""
        run: list[int] = []
        for x in sorted(self.published):
            if run and x != run[-1] + 1:
                yield run
                run = []
            run.append(x)
        if run:
            yield run


def spec(
    estimates: Estimates, lang: str, events: Sequence[Mapping[str, Any]], highlight: str | None
) -> tuple[theme.Spec, list[str]]:
    """The figure and the notes that say how to read it."""
    periods = periods_of(estimates)
    drawn = _lines(estimates, periods, lang)
    named, others = _chosen(drawn, highlight)
    single = len(drawn) == 1
    scale = _scale(estimates, drawn, single)
    unit = estimates.indicator.unit

    ticks = [tick_text(tick, scale.step, unit, lang) for tick in scale.ticks]
    unit_label = say("unit.xof", lang, value="").strip() if unit == "xof" else ""
    left = max(theme.text_width(text, theme.TEXT) for text in [*ticks, unit_label]) + 10
    ends = _end_labels(named, scale, estimates, lang)
    right = max((label.pop("reach") for label in ends), default=0.0) + 12
    width = theme.NARROW - left - right
    bands = crises.crises_on(periods, events, estimates.selection, lang)
    tags, rows = crises.labels(bands, len(periods), width, lang)
    top = 16 + crises.ROW * rows

    layout = theme.base_layout(lang, HEIGHT, (left, right, top, _BOTTOM))
    layout["hovermode"] = "x" if single else "closest"
    layout["xaxis"], years = _time_axis(periods, lang)
    layout["yaxis"] = _value_axis(scale, ticks)
    layout["shapes"] = [*crises.shapes(bands), *years, *_zero(scale)]
    layout["annotations"] = [*tags, *ends]
    spread(layout)
    if unit_label:
        layout["annotations"].append(
            theme.annotation(
                unit_label,
                x=0,
                xref="x domain",
                xanchor="right",
                xshift=-6,
                y=1,
                yref="y domain",
                yanchor="bottom",
                yshift=6,
            )
        )
    data: list[theme.Spec] = []
    if single:
        data += _ribbon(drawn[0])
    data += [_context(line, estimates, lang) for line in others]
    for index, line in enumerate(named):
        data.append(_curve(line, estimates, lang, theme.SERIES[index], len(periods)))
    data += _hidden_marks(_heard(drawn), estimates, scale, lang)
    reading = _reading(estimates, drawn, others, scale, lang)
    reference = estimates.indicator.benchmark
    if reference:
        shape, label = _benchmark(reference.value, estimates, lang)
        layout["shapes"].append(shape)
        layout["annotations"].append(label)
    reading += crises.key_note(bands, lang)
    return {"data": data, "layout": layout}, reading


# --- what is drawn -------------------------------------------------------------------------------


def periods_of(estimates: Estimates) -> list[Period]:
    """Every period from the first row to the last, without holes."""
    time = estimates.selection.time or ""
    found = sorted((parse_period(row.keys[time]) for row in estimates), key=lambda p: p.start)
    if not found:
        return []
    return periods_between(found[0].start, found[-1].end, found[0].kind)


def _lines(estimates: Estimates, periods: list[Period], lang: str) -> list[_Line]:
    time = estimates.selection.time or ""
    position = {period.label: x for x, period in enumerate(periods)}
    by_name: dict[str, dict[int, Row]] = {}
    for row in estimates:
        name = words.label_of(row, estimates, lang)
        by_name.setdefault(name, {})[position[row.keys[time]]] = row
    return [_Line(name, rows) for name, rows in by_name.items()]


def _heard(drawn: list[_Line]) -> list[_Line]:
    """Without the lines that never have data, unless none ever has."""
    return [line for line in drawn if not line.silent] or drawn


def _chosen(drawn: list[_Line], highlight: str | None) -> tuple[list[_Line], list[_Line]]:
    """The lines to colour and name, and those left as grey company.

    Too many lines cannot be read: then the highlighted one, the three that end highest and the
    two or three that end lowest are named.
    """
    able = [line for line in drawn if line.published]
    ranked = sorted(able, key=lambda line: -line.last)
    first = [line for line in ranked if highlight in line.places]
    if len(able) <= _MOST_LINES:
        chosen = ranked
    else:
        rest = [line for line in ranked if line not in first]
        low = _MOST_LINES - 3 - len(first)
        chosen = [*first, *rest[:3], *rest[-low:]] if low > 0 else [*first, *rest[:3]]
    named = first + [line for line in chosen if line not in first]
    return named, [line for line in able if line not in named]


def _scale(estimates: Estimates, drawn: list[_Line], single: bool) -> Scale:
    values: list[float] = []
    for line in drawn:
        for row in line.published.values():
            values += [v for v in (row.value,) if v is not None]
            if single:
                values += [v for v in (row.low, row.high) if v is not None]
    if estimates.indicator.benchmark:
        values.append(estimates.indicator.benchmark.value)
    return scale_of(values, estimates.indicator.unit)


def _curve(line: _Line, estimates: Estimates, lang: str, colour: str, count: int) -> theme.Spec:
    x: list[float] = []
    y: list[float | None] = []
    text: list[str] = []
    size: list[int] = []
    for run in line.runs():
        for at in run:
            row = line.published[at]
            x.append(at)
            y.append(row.value)
            text.append(words.hover(row, estimates, lang))
            # A value between two gaps has no line: only its point shows it.
            size.append(8 if at == line.end else 6 if len(run) == 1 else 5 if count <= 24 else 0)
        x.append(run[-1] + 0.5)
        y.append(None)
        text.append("")
        size.append(0)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": theme.safe(line.name),
        "x": x,
        "y": y,
        "hovertext": text,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "connectgaps": False,
        "line": {"color": colour, "width": 2.5},
        "marker": {"color": colour, "size": size, "line": {"width": 0}, "opacity": 1},
        "cliponaxis": False,
    }


def _context(line: _Line, estimates: Estimates, lang: str) -> theme.Spec:
    curve = _curve(line, estimates, lang, theme.FAINT, 999)
    curve["line"]["width"] = 1
    curve["marker"]["size"] = [4 if size == 6 else 0 for size in curve["marker"]["size"]]
    return curve


def _ribbon(line: _Line) -> list[theme.Spec]:
    """The interval, as one shape broken where the line is."""
    x: list[float | None] = []
    y: list[float | None] = []
    for run in line.runs():
        bounded: list[tuple[float, float | None, float | None]] = [
            (at, line.published[at].low, line.published[at].high)
            for at in run
            if line.published[at].low is not None and line.published[at].high is not None
        ]
        if not bounded:
            continue
        if len(bounded) == 1:
            at, low, high = bounded[0]
            bounded = [(at - 0.15, low, high), (at + 0.15, low, high)]
        if x:
            x.append(None)
            y.append(None)
        x += [at for at, _, _ in bounded] + [at for at, _, _ in reversed(bounded)]
        y += [high for _, _, high in bounded] + [low for _, low, _ in reversed(bounded)]
    if not x:
        return []
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": y,
            "fill": "toself",
            "fillcolor": theme.tint(theme.ACCENT, 0.16),
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
    ]


def _hidden_marks(
    drawn: list[_Line], estimates: Estimates, scale: Scale, lang: str
) -> list[theme.Spec]:
    """Marks along the bottom where a period has no value: one kind each, said when touched."""
    y = scale.low + 0.025 * (scale.high - scale.low)
    found = []
    for status, symbol in _MARKS.items():
        at: dict[int, list[str]] = {}
        for line in drawn:
            for x, row in line.rows.items():
                if row.status == status:
                    at.setdefault(x, []).append(words.hover(row, estimates, lang))
        if at:
            found.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": sorted(at),
                    "y": [y] * len(at),
                    "hovertext": ["<br>".join(at[x][:_MOST_LINES]) for x in sorted(at)],
                    "hovertemplate": "%{hovertext}<extra></extra>",
                    "marker": {
                        "symbol": symbol,
                        "size": 7 if status == "suppressed" else 5,
                        "color": theme.MUTED if status == "suppressed" else theme.FAINT,
                        "line": {"width": 1.2},
                    },
                    "cliponaxis": False,
                }
            )
    return found


# --- labels --------------------------------------------------------------------------------------


def _end_labels(
    named: list[_Line], scale: Scale, estimates: Estimates, lang: str
) -> list[theme.Spec]:
    """The last value at each line's end, with its name where there are several."""
    unit = estimates.indicator.unit
    found = []
    for index, line in enumerate(named):
        if line.end is None:
            continue
        row = line.published[line.end]
        value = words.value_text(row, unit, lang)
        texts = _stacked(value, unit, lang) if len(named) == 1 else [value]
        if len(named) > 1:
            texts = [*theme.wrap(line.name, 84, theme.TEXT, most=2, anywhere=True), *texts]
        body = theme.lines(texts[:-1]) if len(named) > 1 else theme.safe(texts[0])
        tail = theme.safe(texts[-1]) if len(texts) > 1 else ""
        text = f"{body}<br><b>{tail}</b>" if len(named) > 1 else f"<b>{body}</b>"
        if len(named) == 1 and tail:
            text += f"<br>{tail}"
        size = theme.STRONG if len(named) == 1 else theme.TEXT
        found.append(
            theme.annotation(
                text,
                x=line.end,
                xref="x",
                xanchor="left",
                xshift=8,
                y=row.value,
                yref="y",
                yanchor="middle",
                font={"size": size, "color": theme.SERIES[index]},
                reach=max(theme.text_width(t, size) * 1.06 for t in texts),
                name=NAME,
            )
        )
    return found


def _stacked(value: str, unit: str, lang: str) -> list[str]:
    """An amount above its currency, to spare the width of a phone."""
    currency = say("unit.xof", lang, value="").strip()
    if unit == "xof" and value.endswith(currency):
        return [value.removesuffix(currency).strip(), currency]
    return theme.wrap(value, 70, theme.STRONG)


def _benchmark(value: float, estimates: Estimates, lang: str) -> tuple[theme.Spec, theme.Spec]:
    text = say("figure.benchmark", lang, value=format_value(value, estimates.indicator.unit, lang))
    line = {
        "type": "line",
        "xref": "x domain",
        "yref": "y",
        "x0": 0,
        "x1": 1,
        "y0": value,
        "y1": value,
        "line": {"color": theme.MUTED, "width": 1, "dash": "dash"},
    }
    label = theme.annotation(
        theme.safe(text), x=0, xref="x domain", xanchor="left", xshift=4,
        y=value, yref="y", yanchor="bottom", yshift=1,
        bgcolor=theme.tint(theme.PAPER, 0.8), borderpad=1,
    )  # fmt: skip
    return line, label


# --- axes ----------------------------------------------------------------------------------------


def _time_axis(periods: list[Period], lang: str) -> tuple[theme.Spec, list[theme.Spec]]:
    """The axis with its own tick texts, and thin lines where a year begins."""
    if len(periods) <= _MOST_TICKS or periods[0].kind == "year":
        step = -(-len(periods) // _MOST_TICKS) or 1
        # counted from the end, so that the last period always has its name
        ticks: list[float] = [float(x) for x in range(len(periods))][::-1][::step][::-1]
        texts = [_two_lines(periods[int(x)], lang) for x in ticks]
        years: list[theme.Spec] = []
    else:
        ticks, texts = _year_ticks(periods)
        years = [
            {
                "type": "line", "xref": "x", "yref": "y domain", "layer": "below",
                "x0": x - 0.5, "x1": x - 0.5, "y0": 0, "y1": -0.025,
                "line": {"color": theme.FAINT, "width": 1},
            }
            for x, period in enumerate(periods)
            if x and period.year != periods[x - 1].year
        ]  # fmt: skip
    axis = {
        "type": "linear",
        "range": [-0.5, len(periods) - 0.5],
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": texts,
        "tickfont": {"size": theme.TEXT, "color": theme.MUTED},
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
        "showline": True,
        "linecolor": theme.FAINT,
        "fixedrange": True,
        "automargin": False,
    }
    return axis, years


def _two_lines(period: Period, lang: str) -> str:
    """``T1`` above ``2022``: seven of them fit a phone."""
    text = format_period(period.label, lang, short=True)
    return theme.lines(text.rsplit(" ", 1)) if period.kind != "year" else text


def _year_ticks(periods: list[Period]) -> tuple[list[float], list[str]]:
    """Each year in the middle of its periods, every second or third where there are many."""
    spans: dict[int, list[int]] = {}
    for x, period in enumerate(periods):
        spans.setdefault(period.year, []).append(x)
    step = -(-len(spans) // _MOST_TICKS)
    full = max(len(span) for span in spans.values())
    # A year of one quarter at an edge has no room for its name.
    able = {y: s for y, s in spans.items() if step > 1 or len(s) >= full / 3}
    last = max(able)
    kept = [year for year in able if (last - year) % step == 0]
    return [sum(able[y]) / len(able[y]) for y in kept], [str(year) for year in kept]


def _value_axis(scale: Scale, ticks: list[str]) -> theme.Spec:
    return {
        "type": "linear",
        "range": [scale.low, scale.high],
        "tickmode": "array",
        "tickvals": list(scale.ticks),
        "ticktext": ticks,
        "tickfont": {"size": theme.TEXT, "color": theme.MUTED},
        "showgrid": True,
        "gridcolor": theme.GRID,
        "gridwidth": 1,
        "zeroline": False,
        "fixedrange": True,
        "automargin": False,
    }


def _zero(scale: Scale) -> list[theme.Spec]:
    """Zero, where values lie on both sides of it."""
    if not scale.low < 0 < scale.high:
        return []
    line = {"color": theme.MUTED, "width": 1}
    place = {"xref": "x domain", "yref": "y", "x0": 0, "x1": 1, "y0": 0, "y1": 0}
    return [{"type": "line", "layer": "below", "line": line, **place}]


# --- notes ---------------------------------------------------------------------------------------


def _reading(
    estimates: Estimates, drawn: list[_Line], others: list[_Line], scale: Scale, lang: str
) -> list[str]:
    unit = estimates.indicator.unit
    found = []
    if len(drawn) == 1 and any(row.low is not None for row in drawn[0].published.values()):
        found.append(say("figure.ribbon", lang))
    if scale.low > 0:
        start = tick_text(scale.low, scale.step, unit, lang)
        found.append(say("figure.axis_from", lang, value=start))
    if others:
        found.append(say("figure.in_grey", lang, count=len(others)))
    heard = _heard(drawn)
    rows = (row for line in heard for row in line.rows.values())
    found += words.hidden_notes(rows, lang, _SIGNS)
    if silent := [line.name for line in drawn if line not in heard]:
        found.append(say("figure.silent", lang, names=join_words(silent, lang)))
    found += words.merged_notes(estimates, lang)
    if estimates.indicator.benchmark:
        found.append(
            say("figure.benchmark_text", lang, text=estimates.indicator.benchmark.text[lang])
        )
    return found
