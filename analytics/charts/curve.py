"""Recovery curves: the share recovered by each month since a crisis, in steps, and who is left."""

from __future__ import annotations

from analytics.charts import theme, words
from analytics.estimates.estimate import Estimates, Row
from analytics.geography.places import place_name
from analytics.selection import LAST_MONTH_SINCE, breakdown_value
from analytics.text import say
from analytics.text.numbers import format_value, percent

HEIGHT = 360
_TICKS = (0, 6, 12, 18, 24)
_LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)


def spec(estimates: Estimates, lang: str) -> tuple[theme.Spec, list[str]]:
    """The figure and the notes that say how to read it."""
    lines = _lines(estimates, lang)
    single = len(lines) == 1
    ends = [_end(name, rows, theme.SERIES[i], single, lang)
            for i, (name, rows) in enumerate(lines.items())]  # fmt: skip
    right = max((end.pop("reach") for end in ends), default=0.0) + 14
    layout = theme.base_layout(lang, HEIGHT, (44, right, 12, 72 if single else 48))
    layout["annotations"] = [*ends, *(_followed(estimates, lang) if single else [])]
    layout["annotations"].append(
        theme.annotation(
            say("breakdown.since", lang), x=0, xref="x domain", xanchor="left", y=0,
            yref="y domain", yanchor="top", yshift=-20,
        )
    )  # fmt: skip
    layout["xaxis"] = {
        "type": "linear", "range": [0, LAST_MONTH_SINCE], "tickmode": "array",
        "tickvals": list(_TICKS), "ticktext": [str(month) for month in _TICKS],
        "tickfont": {"size": theme.TEXT, "color": theme.MUTED}, "showgrid": False,
        "zeroline": False, "showline": True, "linecolor": theme.FAINT, "fixedrange": True,
        "automargin": False,
    }  # fmt: skip
    layout["yaxis"] = {
        "type": "linear", "range": [0, 1], "tickmode": "array", "tickvals": list(_LEVELS),
        "ticktext": [percent(level, lang, 0) for level in _LEVELS],
        "tickfont": {"size": theme.TEXT, "color": theme.MUTED}, "gridcolor": theme.GRID,
        "zeroline": False, "fixedrange": True, "automargin": False,
    }  # fmt: skip
    data: list[theme.Spec] = []
    for index, rows in enumerate(lines.values()):
        colour = theme.SERIES[index % len(theme.SERIES)]
        data += _ribbon(rows, colour) if single else []
        data.append(_steps(rows, estimates, colour, lang))
    reading = [say("figure.ribbon_curve", lang), say("figure.followed_note", lang)]
    return {"data": data, "layout": layout}, reading if single else []


def _lines(estimates: Estimates, lang: str) -> dict[str, list[Row]]:
    """Published rows by what they belong to, the first month first."""
    found: dict[str, list[Row]] = {}
    names = [name for name in estimates.selection.dimensions if name != "since"]
    for row in sorted(estimates.published, key=lambda r: int(r.keys["since"])):
        label = " · ".join(
            breakdown_value(name, row.keys[name], lang, estimates.indicator) for name in names
        )
        found.setdefault(label, []).append(row)
    return found


def _steps(rows: list[Row], estimates: Estimates, colour: str, lang: str) -> theme.Spec:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [int(row.keys["since"]) for row in rows],
        "y": [row.value for row in rows],
        "hovertext": [words.hover(row, estimates, lang) for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "line": {"color": colour, "width": 2.5, "shape": "hv"},
        "marker": {"color": colour, "size": 4},
        "cliponaxis": False,
    }


def _ribbon(rows: list[Row], colour: str) -> list[theme.Spec]:
    """The interval as one shape with the curve's own steps."""
    known = [row for row in rows if row.low is not None and row.high is not None]
    if len(known) < 2:
        return []
    x = [int(row.keys["since"]) for row in known]
    corners = [(at, i) for i, at in enumerate(x)]
    stepped = [corners[0]]
    for at, i in corners[1:]:
        stepped += [(at, i - 1), (at, i)]
    there = [(at, known[i].high) for at, i in stepped]
    back = [(at, known[i].low) for at, i in reversed(stepped)]
    return [
        {
            "type": "scatter", "mode": "lines", "x": [at for at, _ in there + back],
            "y": [bound for _, bound in there + back], "fill": "toself",
            "fillcolor": theme.tint(colour, 0.16), "line": {"width": 0}, "hoverinfo": "skip",
        }
    ]  # fmt: skip


def _end(name: str, rows: list[Row], colour: str, single: bool, lang: str) -> theme.Spec:
    """What the curve came to, right of its end, and who had not recovered by then."""
    last = rows[-1]
    value = format_value(last.value, "share", lang)
    above = [] if single else theme.wrap(name, 84, theme.TEXT, most=2)
    text = "<br>".join([*map(theme.safe, above), f"<b>{theme.safe(value)}</b>"])
    lines = [*above, value]
    return theme.annotation(
        text, x=int(last.keys["since"]), xanchor="left", xshift=7, y=last.value,
        yanchor="middle", font={"size": theme.TEXT, "color": colour},
        reach=max(theme.text_width(line, theme.TEXT) for line in lines) * 1.06,
    )  # fmt: skip


def _followed(estimates: Estimates, lang: str) -> list[theme.Spec]:
    """How many are known under every labelled month: a count for staff, a band for the public."""
    at = {int(row.keys["since"]): row for row in estimates.published}
    found = [
        theme.annotation(
            theme.safe(words.count_text(at[month].n_people, lang)), x=month, y=0,
            yref="y domain", xanchor="right" if month == LAST_MONTH_SINCE else "center",
            yanchor="top", yshift=-52,
        )
        for month in _TICKS[1:] if month in at
    ]  # fmt: skip
    head = theme.annotation(
        theme.safe(say("figure.followed", lang)), x=0, xref="x domain", y=0, yref="y domain",
        xanchor="left", yanchor="top", yshift=-52, xshift=-40,
    )  # fmt: skip
    return [head, *found] if found else []


def headline(estimates: Estimates, lang: str) -> str | None:
    """How many had recovered by the last month told, and how many had not; of a single curve."""
    lines = _lines(estimates, lang)
    if len(lines) != 1:
        return None
    [rows] = lines.values()
    last = rows[-1]
    place = words.place_of(estimates)
    where = f"{place_name(place, lang)}, " if place else ""
    return where + say(
        "headline.curve", lang, value=format_value(last.value, "share", lang),
        months=last.keys["since"], rest=format_value(1 - (last.value or 0.0), "share", lang),
    )  # fmt: skip


def alt(estimates: Estimates, lang: str) -> str:
    parts = []
    for name, rows in _lines(estimates, lang).items():
        told = [row for row in rows if int(row.keys["since"]) in _TICKS[1:]] or rows[-1:]
        points = ", ".join(
            say("figure.curve_point", lang, value=format_value(row.value, "share", lang),
                months=row.keys["since"])
            for row in told
        )  # fmt: skip
        parts.append(f"{name} {points}.".strip() if name else f"{points}.")
    hidden = words.hidden_rows(list(estimates), lang)
    return say(
        "figure.alt_curve", lang, title=words.title_of(estimates, lang),
        selection=estimates.sentence(lang), points=" ".join(parts), hidden=hidden,
    )  # fmt: skip
