"""The map of one indicator: a shade a class, hatched what is suppressed, dotted what has no data.

Polygons of ``go.Scatter``: vector in every export, no tiles, nothing asked of another host.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from analytics.charts import areas, theme, words
from analytics.charts.areas import Area, Base
from analytics.charts.labels import label_annotations
from analytics.charts.scale import class_of, classes_of
from analytics.estimates.estimate import Estimates, Row
from analytics.geography.places import NOT_SPECIFIED, parts_of, place_name, region_of
from analytics.text import say
from analytics.text.numbers import format_value, percent, whole

SIGNS = {"suppressed": "▨", "no_data": "□"}
KEY_LINE = 17


def spec(
    estimates: Estimates,
    lang: str,
    base: Base,
    highlight: str | None,
    scale: Sequence[float] | None = None,
) -> tuple[theme.Spec, list[str]]:
    """The figure and the notes that say how to read it.

    Args:
        scale: edges of the classes, where they must be those of other maps as well.
    """
    rows = rows_by_place(estimates, base.level)
    edges = tuple(scale) if scale is not None else edges_of(estimates)
    of_area = {area.place: row_of(area, rows, base.level) for area in base.areas}
    key = key_lines(class_parts(edges, estimates.indicator.unit, lang)
                    + status_parts((row.status for row in of_area.values()), lang))  # fmt: skip
    layout = areas.layout(base, lang, KEY_LINE * len(key))
    layout["annotations"] += key_annotations(key)
    data = []
    for area in base.areas:
        shade = shade_of(of_area[area.place], edges)
        data.append(polygon(area, fill_of(of_area[area.place].status, shade)))
    dots, names = areas.surroundings(base, lang)
    data += dots + chosen_outline(base, highlight)
    data += [
        areas.touch(area, words.hover(of_area[area.place], estimates, lang)) for area in base.areas
    ]
    texts = {}
    for area in base.areas:
        row = of_area[area.place]
        dark = (shade_of(row, edges) or 0) >= 3
        colour = "#FFFFFF" if dark else theme.INK if row.published else theme.MUTED
        texts[area.place] = (_bare(row, estimates.indicator.unit, lang), colour)
    layout["annotations"] += names + label_annotations(base, texts, lang)
    return {"data": data, "layout": layout}, _reading(estimates, rows, base, lang)


# --- rows ----------------------------------------------------------------------------------------


def rows_by_place(estimates: Estimates, level: str) -> dict[str, Row]:
    """Each place → the row it is shown by, of the last period; merged regions share one."""
    label, time = words.last_period(estimates), estimates.selection.time
    found = {}
    for row in estimates:
        if label is not None and row.keys[time or ""] != label:
            continue
        for part in parts_of(row.keys[level]):
            found[part] = row
    return found


def row_of(area: Area, rows: dict[str, Row], level: str) -> Row:
    """The row of an area. One drawn over several places shows the first that has a value.

    The row names its own place under the pointer, and the notes say what the outline joins.
    """
    found = [rows[part] for part in parts_of(area.place) if part in rows]
    ranked = sorted(found, key=lambda row: ("published", "suppressed").index(row.status)
                    if row.status in ("published", "suppressed") else 2)  # fmt: skip
    return ranked[0] if ranked else Row(keys={level: area.place}, status="no_data")


def edges_of(estimates: Estimates) -> tuple[float, ...]:
    """Classes that hold every published value of the answer."""
    values = [row.value for row in estimates.published if row.value is not None]
    return classes_of(values, estimates.indicator.unit) if values else ()


# --- looks ---------------------------------------------------------------------------------------


def shade_of(row: Row, edges: Sequence[float]) -> int | None:
    """The colour of a value: classes spread over the whole scale, however few they are."""
    return shade(row.value, edges) if row.published and row.value is not None else None


def shade(value: float, edges: Sequence[float]) -> int:
    """The position in ``theme.CLASSES`` of a value."""
    classes = max(len(edges) - 1, 1)
    place = class_of(value, tuple(edges))
    return round(place * (len(theme.CLASSES) - 1) / max(classes - 1, 1)) if classes > 1 else 2


def fill_of(status: str, shade: int | None, colours: Sequence[str] = theme.CLASSES) -> theme.Spec:
    """How an area is filled and lined; without a value it never looks like a low one."""
    if shade is not None:
        return {"fillcolor": colours[shade], "line": {"color": "#FFFFFF", "width": 1.2}}
    line = {"color": theme.FAINT, "width": 1}
    if status == "suppressed":
        return {"fillcolor": "#FFFFFF", "fillpattern": theme.hatch(), "line": line}
    return {"fillcolor": "#FFFFFF", "line": {**line, "dash": "dot"}}


def polygon(area: Area, look: theme.Spec) -> theme.Spec:
    x, y = areas.closed_path(area.rings)
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "fill": "toself",
        "name": "", "hoverinfo": "skip", **look,
    }  # fmt: skip


def chosen_outline(base: Base, highlight: str | None) -> list[theme.Spec]:
    """A strong line around the place the reader chose."""
    wanted = set(parts_of(highlight)) if highlight else set()
    chosen = [area for area in base.areas if wanted & _regions(area, base)]
    if not chosen:
        return []
    x, y = areas.closed_path(ring for area in chosen for ring in area.rings)
    line = {"color": theme.SERIES[1], "width": 3}
    return [{"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip",
             "name": "", "line": line}]  # fmt: skip


def _regions(area: Area, base: Base) -> set[str]:
    """The regions an area stands for: of a cercle, the one it lies in (some share their name)."""
    if base.level == "cercle":
        return {region_of(part, base.division) for part in parts_of(area.place)}
    return set(parts_of(area.place))


# --- key -----------------------------------------------------------------------------------------

Part = tuple[str, str]
"""one entry of a key: as Plotly draws it, and as plain text to be measured"""


def class_parts(edges: Sequence[float], unit: str, lang: str) -> list[Part]:
    parts = []
    for low, high in itertools.pairwise(edges):
        shade = shade_of(Row(keys={}, status="published", value=(low + high) / 2), edges)
        text = f"{edge_text(low, unit, lang)}–{edge_text(high, unit, lang)}"
        swatch = f"<span style='color:{theme.CLASSES[shade or 0]};font-size:16px'>■</span>"
        parts.append((f"{swatch} {theme.safe(text)}", f"■ {text}"))
    if edges and unit == "xof":
        currency = say("unit.xof", lang, value="").strip()
        parts.append((theme.safe(currency), currency))
    return parts


def status_parts(present: Iterable[str], lang: str) -> list[Part]:
    shown = set(present)
    texts = [f"{sign} {say(f'figure.{status}_mark', lang)}"
             for status, sign in SIGNS.items() if status in shown]  # fmt: skip
    return [(theme.safe(text), text) for text in texts]


def key_lines(parts: Sequence[Part]) -> list[str]:
    """The key in as many lines as a phone needs."""
    lines: list[list[str]] = [[]]
    used = 0.0
    for markup, plain in parts:
        width = theme.text_width(plain, theme.TEXT - 1) + 14
        if used + width > theme.NARROW and lines[-1]:
            lines.append([])
            used = 0.0
        lines[-1].append(markup)
        used += width
    return ["\u2002".join(line) for line in lines if line]


def key_annotations(key: Sequence[str]) -> list[theme.Spec]:
    return [
        theme.annotation(
            text, x=0, xref="paper", xanchor="left", y=0, yref="paper", yanchor="top",
            yshift=-4 - KEY_LINE * line, font={"size": theme.TEXT - 1, "color": theme.INK},
        )
        for line, text in enumerate(key)
    ]  # fmt: skip


def edge_text(value: float, unit: str, lang: str) -> str:
    if unit == "share":
        return percent(value, lang, 0 if abs(100 * value - round(100 * value)) < 1e-9 else 1)
    return whole(value, lang) if unit == "xof" else format_value(value, unit, lang)


def _bare(row: Row, unit: str, lang: str) -> str:
    """A value short enough for a tile; the key says the unit."""
    if not row.published or row.value is None:
        return ""
    if unit == "xof":
        return whole(row.value, lang)
    if row.bound:
        return words.value_text(row, unit, lang)
    return format_value(row.value, unit, lang)


def _reading(estimates: Estimates, rows: dict[str, Row], base: Base, lang: str) -> list[str]:
    found = words.hidden_notes(estimates, lang, SIGNS)
    found += words.merged_notes(estimates, lang)
    found += off_map(estimates, rows, base, lang)
    return [*found, *base.notes]


def off_map(estimates: Estimates, rows: dict[str, Row], base: Base, lang: str) -> list[str]:
    """Values that have no place on this map: the region not specified, what no outline draws."""
    unit, found = estimates.indicator.unit, []
    elsewhere = rows.get(NOT_SPECIFIED)
    if elsewhere is not None and elsewhere.published:
        value = words.value_text(elsewhere, unit, lang)
        found.append(say("figure.not_on_map", lang, value=value))
    drawn = base.places | {NOT_SPECIFIED}
    missing = {id(row): row for place, row in rows.items()
               if row.published and place not in drawn}  # fmt: skip
    if missing:
        texts = [f"{place_name(row.keys[base.level], lang)} {words.value_text(row, unit, lang)}"
                 for row in missing.values()]  # fmt: skip
        separator = " ; " if lang == "fr" else "; "
        found.append(say("maps.not_drawn", lang, places=separator.join(texts)))
    return found
