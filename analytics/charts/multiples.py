"""Small maps, one a period, all with the same classes: what changed where, at one look.

Always tiles: outlines repeated for each year would be too heavy for a phone.
"""

from __future__ import annotations

from analytics.charts import areas, maps, theme, words
from analytics.estimates.estimate import Estimates, Row
from analytics.geography.places import parts_of
from analytics.text import say
from analytics.text.numbers import format_period

#: more maps than this are too small to be told apart; the last ones stay
MOST = 12
_COLUMNS = 3
_TILE = 19
_TITLE = 1.5


def spec(
    estimates: Estimates, lang: str, highlight: str | None
) -> tuple[theme.Spec, list[str]]:
    """The figure of an answer by region and time, and the notes that say how to read it."""
    time, division = estimates.selection.time or "year", estimates.selection.division
    labels = list(dict.fromkeys(row.keys[time] for row in estimates))
    shown, edges = labels[-MOST:], maps.edges_of(estimates)
    cells = {(part, row.keys[time]): row for row in estimates
             for part in parts_of(row.keys["region"])}  # fmt: skip
    base = areas.base_of(division, "region", "tiles", (), lang)
    wide = max(area.middle[0] for area in base.areas) + 1
    high = max(-area.middle[1] for area in base.areas) + 1
    lines = -(-len(shown) // _COLUMNS)
    looks: dict[tuple[str, int | None], list[areas.Ring]] = {}
    middles: list[tuple[float, float, str, str]] = []
    chosen: list[areas.Ring] = []
    wanted = set(parts_of(highlight)) if highlight else set()
    titles = []
    for number, label in enumerate(shown):
        line, column = divmod(number, _COLUMNS)
        right, down = column * (wide + 0.4), line * (high + _TITLE)
        titles.append((right, -down, format_period(label, lang, short=True)))
        for area in base.areas:
            row = cells.get((area.place, label)) or Row(
                keys={"region": area.place, time: label}, status="no_data"
            )
            ring = areas.tile_ring(area.middle[0] - 0.5 + right, -area.middle[1] - 0.5 + down)
            looks.setdefault((row.status, maps.shade_of(row, edges)), []).append(ring)
            value = theme.safe(words.value_text(row, estimates.indicator.unit, lang))
            text = f"<b>{theme.safe(_place_and_time(row, estimates, lang))}</b><br>{value}"
            middles.append((area.middle[0] + right, area.middle[1] - down, text, area.place))
            if area.place in wanted:
                chosen.append(ring)
    present = [row.status for row in estimates if row.keys[time] in shown]
    if len(middles) > sum((area.place, label) in cells for area in base.areas for label in shown):
        present.append("no_data")
    key = maps.key_lines(maps.class_parts(edges, estimates.indicator.unit, lang)
                         + maps.status_parts(present, lang))  # fmt: skip
    below = maps.KEY_LINE * len(key)
    layout = theme.base_layout(
        lang, round(30 + _TILE * lines * (high + _TITLE)) + below, (4, 4, 22, 8 + below)
    )
    axis = {"visible": False, "fixedrange": True, "automargin": False}
    layout["xaxis"] = {**axis, "range": [-0.1, _COLUMNS * (wide + 0.4) - 0.3]}
    layout["yaxis"] = {**axis, "range": [-lines * (high + _TITLE) + _TITLE - 0.1, 0.1]}
    layout["hoverdistance"] = 30
    layout["annotations"] += maps.key_annotations(key)
    layout["annotations"] += [
        theme.annotation(
            f"<b>{theme.safe(title)}</b>", x=x, y=y, xanchor="left", yanchor="bottom",
            font={"size": theme.TEXT, "color": theme.INK},
        )
        for x, y, title in titles
    ]  # fmt: skip
    data = [_drawn(rings, maps.fill_of(status, shade)) for (status, shade), rings in looks.items()]
    if chosen:
        data.append(_drawn(chosen, {"fill": "none",
                                    "line": {"color": theme.SERIES[1], "width": 2}}))  # fmt: skip
    data.append(_touch(middles))
    reading = words.hidden_notes(estimates, lang, maps.SIGNS)
    reading += words.merged_notes(estimates, lang)
    reading.append(say("maps.same_classes", lang))
    if len(labels) > len(shown):
        reading.append(say("maps.last_ones", lang, shown=len(shown), count=len(labels)))
    return {"data": data, "layout": layout}, [*reading, *base.notes]


def _place_and_time(row: Row, estimates: Estimates, lang: str) -> str:
    period = format_period(row.keys[estimates.selection.time or ""], lang, short=True)
    return f"{words.label_of(row, estimates, lang)} · {period}"


def _drawn(rings: list[areas.Ring], look: theme.Spec) -> theme.Spec:
    x, y = areas.closed_path(rings)
    line = {**look["line"], "width": min(look["line"]["width"], 2)}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "fill": "toself", "name": "",
            "hoverinfo": "skip", **look, "line": line}  # fmt: skip


def _touch(middles: list[tuple[float, float, str, str]]) -> theme.Spec:
    clear = {"marker": {"opacity": 0}}
    return {
        "type": "scatter", "mode": "markers", "name": "",
        "x": [x for x, *_ in middles], "y": [y for _, y, *_ in middles],
        "text": [text for *_, text, _ in middles], "hoverinfo": "text",
        "customdata": [place for *_, place in middles],
        "marker": {"opacity": 0, "size": 4, "color": theme.INK},
        "selected": clear, "unselected": clear,
    }  # fmt: skip
