"""Rounds of a survey side by side: one dot a round and kind of people, each with its interval.

Rounds are years apart and irregular, so they stand in order and not to scale; a line joins the
rounds of the same people and says nothing of the months between. A round among contacts of the
programme is drawn open: it is no random sample.
"""

from __future__ import annotations

from analytics.charts import theme, words
from analytics.charts.ends import NAME, spread
from analytics.charts.scale import Scale, scale_of, tick_text
from analytics.estimates.estimate import Estimates, Row
from analytics.text import say
from analytics.text.numbers import format_period, format_value

HEIGHT = 330
_TOP, _BOTTOM = 26, 40
#: between the dots of one round, in rounds
_APART = 0.13
PROGRAMME = "programme_sample"


def spec(estimates: Estimates, lang: str) -> tuple[theme.Spec, list[str]]:
    """The figure and the notes that say how to read it."""
    time = estimates.selection.time or ""
    labels = sorted({row.keys[time] for row in estimates.published})
    series: dict[str, dict[int, Row]] = {}
    for row in estimates.published:
        name = words.label_of(row, estimates, lang)
        series.setdefault(name, {})[labels.index(row.keys[time])] = row
    scale = _scale(estimates)
    unit = estimates.indicator.unit
    ticks = [tick_text(tick, scale.step, unit, lang) for tick in scale.ticks]
    left = max(theme.text_width(text, theme.TEXT) for text in ticks) + 10
    ends = _ends(series, len(labels) - 1, unit, lang)
    right = max(label.pop("reach") for label in ends) + 14 if ends else 14
    layout = theme.base_layout(lang, HEIGHT, (left, right, _TOP, _BOTTOM))
    layout["xaxis"] = {
        "range": [-0.45, len(labels) - 0.6], "tickmode": "array",
        "tickvals": list(range(len(labels))),
        "ticktext": [_short(label, lang) for label in labels],
        "tickfont": {"size": theme.SMALL, "color": theme.MUTED}, "tickangle": 0,
        "showgrid": False, "zeroline": False, "fixedrange": True,
    }  # fmt: skip
    layout["yaxis"] = {
        "range": [scale.low, scale.high], "tickmode": "array", "tickvals": list(scale.ticks),
        "ticktext": ticks, "tickfont": {"size": theme.SMALL, "color": theme.MUTED},
        "gridcolor": theme.GRID, "zeroline": False, "fixedrange": True,
    }  # fmt: skip
    layout["annotations"] = ends
    spread(layout)
    data = [
        _dots(rows, estimates, lang, theme.SERIES[n % len(theme.SERIES)], _shift(n, len(series)))
        for n, rows in enumerate(series.values())
    ]
    reading = [say("figure.rounds", lang)]
    if any(PROGRAMME in row.caveats for row in estimates.published):
        reading.append(say("figure.rounds_open", lang))
    if any(row.low is not None for row in estimates.published):
        reading.append(say("figure.whisker_survey", lang))
    if mark := estimates.indicator.benchmark:
        layout["shapes"].append({
            "type": "line", "xref": "x domain", "yref": "y", "x0": 0, "x1": 1, "y0": mark.value,
            "y1": mark.value, "line": {"color": theme.MUTED, "width": 1, "dash": "dash"},
        })  # fmt: skip
        layout["annotations"].append(theme.annotation(
            theme.safe(say("figure.benchmark", lang, value=format_value(mark.value, unit, lang))),
            x=0, xref="x domain", xanchor="left", y=mark.value, yref="y", yanchor="bottom",
        ))  # fmt: skip
        reading.append(say("figure.benchmark_line", lang, text=mark.text[lang]))
    return {"data": data, "layout": layout}, reading


def _scale(estimates: Estimates) -> Scale:
    rows = estimates.published
    values = [v for row in rows for v in (row.value, row.low, row.high) if v is not None]
    if estimates.indicator.benchmark:
        values.append(estimates.indicator.benchmark.value)
    # Shares start at zero: what differs by three points should look like three points.
    return scale_of([0.0, *values], estimates.indicator.unit)


def _short(label: str, lang: str) -> str:
    """A quarter over its year, to spare the width of a phone."""
    return theme.safe(format_period(label, lang, short=True)).replace(" ", "<br>", 1)


def _shift(position: int, count: int) -> float:
    return _APART * (position - (count - 1) / 2)


def _dots(
    rows: dict[int, Row], estimates: Estimates, lang: str, colour: str, shift: float
) -> theme.Spec:
    order = sorted(rows)
    picked = [rows[x] for x in order]
    value = [row.value or 0.0 for row in picked]
    above = [(row.high - v) if row.high is not None else 0.0
             for row, v in zip(picked, value, strict=True)]  # fmt: skip
    below = [(v - row.low) if row.low is not None else 0.0
             for row, v in zip(picked, value, strict=True)]  # fmt: skip
    fills = [theme.PAPER if PROGRAMME in row.caveats else colour for row in picked]
    return {
        "type": "scatter", "mode": "lines+markers",
        "x": [x + shift for x in order], "y": value,
        "hovertext": [words.hover(row, estimates, lang) for row in picked],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "line": {"color": theme.tint(colour, 0.45), "width": 1.4},
        "marker": {"size": 9, "color": fills, "line": {"color": colour, "width": 2}},
        "error_y": {"type": "data", "symmetric": False, "array": above, "arrayminus": below,
                    "color": colour, "thickness": 1.1, "width": 3},
    }  # fmt: skip


def _ends(
    series: dict[str, dict[int, Row]], last: int, unit: str, lang: str
) -> list[theme.Spec]:
    """Each kind of people by name, with its value in the last round, kept apart."""
    found = []
    several = len(series) > 1
    for n, (name, rows) in enumerate(series.items()):
        end = max(rows)
        value = words.value_text(rows[end], unit, lang)
        lines = [*(theme.wrap(name, 92, theme.TEXT, most=3) if several else []), value]
        text = "<br>".join([*(theme.safe(line) for line in lines[:-1]),
                            f"<b>{theme.safe(lines[-1])}</b>"])  # fmt: skip
        found.append(theme.annotation(
            text, x=last + _shift(len(series) - 1, len(series)), xref="x", xanchor="left", xshift=9,
            y=rows[end].value, yref="y", yanchor="middle",
            font={"size": theme.TEXT, "color": theme.SERIES[n % len(theme.SERIES)]},
            reach=max(theme.text_width(line, theme.TEXT) * 1.06 for line in lines),
            name=NAME,
        ))  # fmt: skip
    return found
