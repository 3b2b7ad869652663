"""The action plan on a line of time: one row an action, its due date, how late it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from analytics.advocacy.plan import STATES, Standing, counts
from analytics.advocacy.register import Register, region_name, rules, text_of
from analytics.advocacy.tell import live_text
from analytics.charts import Figure, theme
from analytics.charts.table import Table
from analytics.text import say
from analytics.text.numbers import format_day, whole

_ROW = 40
#: above so many actions a row is a wording, and each of its dots a region
MOST_ROWS = 24
_LABEL = 118
_COLOUR = {
    "blocked": theme.CRISIS["insecurity"],
    "late": theme.SERIES[1],
    "under_way": theme.ACCENT,
    "planned": theme.CLASSES[2],
    "done": theme.SERIES[3],
    "dropped": theme.FAINT,
}
#: the same in a line of text
_SIGN = {
    "blocked": "✕", "late": "▲", "under_way": "●", "planned": "○", "done": "■", "dropped": "–",
}  # fmt: skip
_SYMBOL = {
    "blocked": "x", "late": "triangle-up", "under_way": "circle", "planned": "circle-open",
    "done": "square", "dropped": "line-ew-open",
}  # fmt: skip


def figure(
    standings: Sequence[Standing],
    register: Register,
    today: dt.date,
    lang: str,
    *,
    build_id: str,
    demonstration: bool,
    place: str | None = None,
    budgets: bool = False,
) -> Figure:
    """Draw the plan of a country or a region.

    Args:
        budgets: whether the table may show money (never to the public).
    """
    shown = sorted(
        standings,
        key=lambda s: (s.action.axis_id, text_of(s.action, "title", lang),
                       region_name(s.action.region, lang), s.action.due_date),
    )
    rows = _rows(shown, lang)
    where = region_name(place, lang)
    found = counts(standings)
    number = {state: whole(found.get(state, 0), lang) for state in STATES}
    headline = say("advocacy.plan_headline", lang, place=where, all=whole(len(shown), lang),
                   **number)  # fmt: skip
    parts = [
        f"{_SIGN[state]} "
        + say("advocacy.counted", lang, state=say(f"advocacy.state.{state}", lang),
              count=whole(count, lang))
        for state, count in found.items()
    ]  # fmt: skip
    sources = say("advocacy.plan_source", lang, build=build_id)
    return Figure(
        spec=_spec(rows, today, lang),
        headline=headline,
        subtitle=say("advocacy.plan_subtitle", lang, place=where, date=format_day(today, lang)),
        notes=(
            sources,
            " · ".join(parts),
            say("advocacy.plan_reading", lang, days=rules().blocked_after_days),
        ),
        alt=say("advocacy.plan_alt", lang, headline=headline, date=format_day(today, lang)),
        table=_table(shown, register, lang, budgets),
        demonstration=demonstration,
        lang=lang,
        chart="timeline",
    )


def _rows(shown: Sequence[Standing], lang: str) -> dict[str, list[Standing]]:
    """Rows by label: an action each, or a wording each where there are too many."""
    rows: dict[str, list[Standing]] = {}
    single = len(shown) <= MOST_ROWS
    for standing in shown:
        label = text_of(standing.action, "title", lang)
        if single and len({s.action.region for s in shown}) > 1:
            label = f"{label} ({region_name(standing.action.region, lang)})"
        if single:
            while label in rows:
                label += "\u200b"
        rows.setdefault(label, []).append(standing)
    return rows


def _spec(rows: dict[str, list[Standing]], today: dt.date, lang: str) -> theme.Spec:
    single = all(len(row) == 1 for row in rows.values())
    high = _ROW if single else 2 * _ROW
    names = [theme.lines(theme.wrap(label, _LABEL, theme.TEXT - 1, most=3)) for label in rows]
    layout = theme.base_layout(lang, 70 + high * max(len(rows), 2), (_LABEL + 14, 14, 22, 34))
    layout["showlegend"] = False
    layout["xaxis"] = {"type": "date", "fixedrange": True, "gridcolor": theme.GRID,
                       "tickformat": "%m/%Y", "nticks": 6,
                       "tickfont": {"size": theme.TEXT - 1, "color": theme.MUTED}}  # fmt: skip
    layout["yaxis"] = {
        "range": [len(rows) - 0.4, -0.6], "tickmode": "array",
        "tickvals": list(range(len(rows))), "ticktext": names,
        "tickfont": {"size": theme.TEXT - 1, "color": theme.INK},
        "showgrid": False, "zeroline": False, "fixedrange": True,
    }  # fmt: skip
    layout["shapes"].append({
        "type": "line", "x0": today.isoformat(), "x1": today.isoformat(), "y0": 0, "y1": 1,
        "yref": "paper", "line": {"color": theme.INK, "width": 1, "dash": "dot"},
    })  # fmt: skip
    layout["annotations"].append(theme.annotation(
        say("advocacy.today", lang), x=today.isoformat(), y=1, yref="paper", yanchor="bottom",
        xanchor="center"))  # fmt: skip
    data = [trace for state in STATES for trace in _traces(rows, state, today, lang, single)]
    return {"data": data, "layout": layout}


def _traces(
    rows: dict[str, list[Standing]], state: str, today: dt.date, lang: str, single: bool
) -> list[theme.Spec]:
    x, y, texts = [], [], []
    late_x: list[str | None] = []
    late_y: list[float | None] = []
    for number, row in enumerate(rows.values()):
        for place, standing in enumerate(row):
            if standing.state != state:
                continue
            # Regions of one wording lie beside each other, never on top.
            level = number if single else number - 0.36 + 0.72 * place / max(len(row) - 1, 1)
            x.append(standing.action.due_date.isoformat())
            y.append(level)
            texts.append(_hover(standing, lang))
            if single and standing.days_late:
                late_x += [x[-1], today.isoformat(), None]
                late_y += [level, level, None]
    traces: list[theme.Spec] = []
    if late_x:
        traces.append({"type": "scatter", "mode": "lines", "x": late_x, "y": late_y,
                       "line": {"color": theme.tint(_COLOUR[state], 0.35), "width": 9},
                       "hoverinfo": "skip"})  # fmt: skip
    if x:
        traces.append({
            "type": "scatter", "mode": "markers", "x": x, "y": y, "text": texts,
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {"color": _COLOUR[state], "symbol": _SYMBOL[state], "size": 10,
                       "line": {"width": 1.5, "color": _COLOUR[state]}},
        })  # fmt: skip
    return traces


def _hover(standing: Standing, lang: str) -> str:
    action = standing.action
    lines = (text_of(action, "title", lang), region_name(action.region, lang),
             action.responsible, format_day(action.due_date, lang),
             say(f"briefs.state.{standing.state}", lang, days=whole(standing.days_late, lang)))
    return "<br>".join(theme.safe(line) for line in lines)  # fmt: skip


def _table(
    shown: Sequence[Standing], register: Register, lang: str, budgets: bool
) -> Table:
    names = ["axis", "action", "region", "responsible", "due", "state", "live"]
    header = [say(f"advocacy.column.{name}", lang) for name in names]
    if budgets:
        header += [say("advocacy.column.budget", lang), say("advocacy.column.spent", lang)]
    rows = []
    for standing in shown:
        action = standing.action
        row = [
            register.axis_title(action.axis_id, lang),
            text_of(action, "title", lang),
            region_name(action.region, lang),
            action.responsible,
            format_day(action.due_date, lang),
            say(f"briefs.state.{standing.state}", lang, days=whole(standing.days_late, lang)),
            live_text(standing, lang),
        ]
        if budgets:
            row += [whole(v, lang) if v is not None else "–"
                    for v in (action.budget_xof, action.spent_xof)]  # fmt: skip
        rows.append(row)
    return tuple(header), tuple(tuple(row) for row in rows)
