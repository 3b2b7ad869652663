"""Bars: places or kinds side by side, the longest on top, each with its interval."""

from __future__ import annotations

from analytics.charts import theme, words
from analytics.charts.scale import Scale, scale_of, tick_text
from analytics.estimates.estimate import Estimates, Row
from analytics.indicator import PLACE
from analytics.text import say
from analytics.text.numbers import format_value

_ROW = 30
#: names of places are short, those of kinds are not
_LABEL_WIDTH = {True: 104, False: 128}
_SIGNS = {"suppressed": "▨", "no_data": "○"}


def spec(estimates: Estimates, lang: str, highlight: str | None) -> tuple[theme.Spec, list[str]]:
    """The figure and the notes that say how to read it."""
    unit = estimates.indicator.unit
    shown = sorted(words.comparable(estimates), key=lambda row: row.value or 0.0)
    hidden = hidden_of(estimates)
    # Plotly counts rows from below: what has no value stands under all bars.
    rows = [*hidden, *shown]
    scale = _scale(estimates, shown)
    width = _LABEL_WIDTH[bool(set(estimates.selection.dimensions) & set(PLACE))]
    names = [
        theme.lines(theme.wrap(words.label_of(row, estimates, lang), width, theme.TEXT, most=2,
                               anywhere=True))
        for row in rows
    ]
    left = max((theme.text_width(part, theme.TEXT) for name in names
                for part in name.split("<br>")), default=0.0) + 12  # fmt: skip
    texts = [words.value_text(row, unit, lang) for row in shown]
    right = max((theme.text_width(text, theme.TEXT) for text in texts), default=0.0) + 14
    # The line of a published level is named above the bars.
    top = 26 if estimates.indicator.benchmark else 10
    layout = theme.base_layout(lang, 46 + top + _ROW * max(len(rows), 2), (left, right, top, 30))
    layout["bargap"] = 0.34
    layout["xaxis"] = _value_axis(scale, unit, lang)
    layout["yaxis"] = {
        "type": "linear",
        "range": [-0.6, len(rows) - 0.4],
        "tickmode": "array",
        "tickvals": list(range(len(rows))),
        "ticktext": names,
        "tickfont": {"size": theme.TEXT - 1, "color": theme.INK},
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": False,
    }
    data = [_bars(shown, len(hidden), estimates, lang, highlight)] if shown else []
    data += _ends(shown, len(hidden), texts)
    data += _stubs(hidden, estimates, scale, lang)
    reading = []
    if any(row.low is not None for row in shown):
        surveyed = estimates.indicator.statistic == "mean"
        reading.append(say("figure.whisker_survey" if surveyed else "figure.whisker", lang))
    reading += words.hidden_notes(estimates, lang, _SIGNS)
    reading += words.merged_notes(estimates, lang)
    if mark := estimates.indicator.benchmark:
        layout["shapes"].append(_benchmark(mark.value))
        layout["annotations"].append(_benchmark_label(mark.value, scale, unit, lang))
        reading.append(say("figure.benchmark_line", lang, text=mark.text[lang]))
    return {"data": data, "layout": layout}, reading


def hidden_of(estimates: Estimates) -> list[Row]:
    """Rows without a value; of several periods only the last is compared."""
    label, time = words.last_period(estimates), estimates.selection.time
    rows = [row for row in estimates if label is None or row.keys[time or ""] == label]
    order = {"no_data": 0, "suppressed": 1}
    return sorted((row for row in rows if not row.published), key=lambda row: order[row.status])


def _scale(estimates: Estimates, shown: list[Row]) -> Scale:
    values = [v for row in shown for v in (row.value, row.low, row.high) if v is not None]
    if estimates.indicator.benchmark:
        values.append(estimates.indicator.benchmark.value)
    # A bar's length is its value, so bars always start at zero.
    return scale_of([0.0, *values], estimates.indicator.unit, steps=4)


def _bars(
    shown: list[Row], offset: int, estimates: Estimates, lang: str, highlight: str | None
) -> theme.Spec:
    colours = [
        theme.SERIES[1] if highlight and highlight in row.keys.values() else theme.CLASSES[3]
        for row in shown
    ]
    above = [(row.high - row.value) if row.high is not None and row.value is not None else 0
             for row in shown]  # fmt: skip
    below = [(row.value - row.low) if row.low is not None and row.value is not None else 0
             for row in shown]  # fmt: skip
    return {
        "type": "bar",
        "orientation": "h",
        "x": [row.value for row in shown],
        "y": [offset + i for i in range(len(shown))],
        "customdata": [next(iter(row.keys.values()), "") for row in shown],
        "hovertext": [words.hover(row, estimates, lang) for row in shown],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": colours, "line": {"width": 0}},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": above,
            "arrayminus": below,
            "color": theme.INK,
            "thickness": 1.1,
            "width": 3,
        },
    }


def _ends(shown: list[Row], offset: int, texts: list[str]) -> list[theme.Spec]:
    """Each value, right of its bar and whisker."""
    if not shown:
        return []
    return [
        {
            "type": "scatter",
            "mode": "text",
            "x": [max(row.value or 0.0, row.high or 0.0, 0.0) for row in shown],
            "y": [offset + i for i in range(len(shown))],
            "text": [f"\u00a0{theme.safe(text)}" for text in texts],
            "textposition": "middle right",
            "textfont": {"size": theme.TEXT, "color": theme.INK},
            "cliponaxis": False,
            "hoverinfo": "skip",
        }
    ]


def _stubs(hidden: list[Row], estimates: Estimates, scale: Scale, lang: str) -> list[theme.Spec]:
    """What is suppressed is a short hatched bar, what is missing an empty one; both say so."""
    found = []
    length = 0.05 * (scale.high - scale.low)
    for status in ("suppressed", "no_data"):
        rows = [(y, row) for y, row in enumerate(hidden) if row.status == status]
        if not rows:
            continue
        marker: theme.Spec = {"color": "#FFFFFF", "line": {"color": theme.FAINT, "width": 1}}
        if status == "suppressed":
            marker["pattern"] = theme.hatch()
        found.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": [length] * len(rows),
                "y": [y for y, _ in rows],
                "hovertext": [words.hover(row, estimates, lang) for _, row in rows],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": marker,
                "text": [f"\u00a0{say(f'figure.{status}_mark', lang)}" for _ in rows],
                "textposition": "outside",
                "textfont": {"size": theme.SMALL, "color": theme.MUTED},
                "cliponaxis": False,
            }
        )
    return found


def _value_axis(scale: Scale, unit: str, lang: str) -> theme.Spec:
    return {
        "type": "linear",
        "range": [scale.low, scale.high],
        "tickmode": "array",
        "tickvals": list(scale.ticks),
        "ticktext": [tick_text(tick, scale.step, unit, lang) for tick in scale.ticks],
        "tickfont": {"size": theme.SMALL, "color": theme.MUTED},
        "tickangle": 0,
        "showgrid": True,
        "gridcolor": theme.GRID,
        "zeroline": True,
        "zerolinecolor": theme.FAINT,
        "fixedrange": True,
        "automargin": False,
    }


def _benchmark(value: float) -> theme.Spec:
    return {
        "type": "line", "xref": "x", "yref": "y domain", "x0": value, "x1": value, "y0": 0, "y1": 1,
        "line": {"color": theme.MUTED, "width": 1, "dash": "dash"},
    }  # fmt: skip


def _benchmark_label(value: float, scale: Scale, unit: str, lang: str) -> theme.Spec:
    """Above its line, on the side of it that has room."""
    text = say("figure.benchmark", lang, value=format_value(value, unit, lang))
    right = value > (scale.low + scale.high) / 2
    return theme.annotation(
        theme.safe(text), x=value, xref="x", xanchor="right" if right else "left",
        xshift=6 if right else -6, y=1, yref="y domain", yanchor="bottom", yshift=3,
    )  # fmt: skip
