"""Maps: a tile for each region, or the outlines of the old ones; polygons, vector everywhere."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache

from analytics.charts import theme, words
from analytics.charts.scale import class_of, classes_of
from analytics.estimates.estimate import Estimates, Row
from analytics.geography.outlines import outline_credit, region_outlines, tile_note, tiles
from analytics.geography.places import NOT_SPECIFIED, parts_of, place_name
from analytics.text import say
from analytics.text.numbers import format_value, percent, whole

_TILE_HEIGHT = 52
_NAME = 9
_SIGNS = {"suppressed": "▨", "no_data": "□"}
#: a degree of longitude is shorter than one of latitude at Mali's middle parallel (17° N)
_ASPECT = 1.046


@dataclass(frozen=True)
class _Area:
    """One region on the map: its rings and where its name stands."""

    slug: str
    rings: tuple[tuple[tuple[float, float], ...], ...]
    middle: tuple[float, float]


def spec(
    estimates: Estimates, lang: str, style: str, highlight: str | None
) -> tuple[theme.Spec, list[str]]:
    """The figure and the notes that say how to read it."""
    division = estimates.selection.division
    outlines = style == "outlines" and division == "2012"
    areas = _outline_areas() if outlines else _tile_areas(division)
    rows = _rows_by_region(estimates)
    values = [row.value for row in rows.values() if row.published and row.value is not None]
    edges = classes_of(values, estimates.indicator.unit) if values else ()
    key = _key(estimates, edges, lang)
    height = 400 if outlines else 24 + _TILE_HEIGHT * (1 + max(-a.middle[1] for a in areas))
    layout = theme.base_layout(lang, round(height) + 17 * len(key), (4, 4, 6, 8 + 17 * len(key)))
    layout["xaxis"] = {"visible": False, "fixedrange": True, "automargin": False}
    layout["yaxis"] = {"visible": False, "fixedrange": True, "automargin": False}
    if outlines:
        layout["yaxis"] |= {"scaleanchor": "x", "scaleratio": _ASPECT}
    data = []
    ordered = sorted(areas, key=lambda area: area.slug == highlight)
    for area in ordered:
        row = rows.get(area.slug) or Row(keys={"region": area.slug}, status="no_data")
        chosen = bool(highlight) and area.slug in parts_of(highlight or "")
        data.append(_polygon(area, row, edges, estimates, lang, chosen))
        layout["annotations"].append(_label(area, row, edges, estimates, lang, outlines))
    for line, text in enumerate(key):
        layout["annotations"].append(
            theme.annotation(
                text,
                x=0,
                xref="paper",
                xanchor="left",
                y=0,
                yref="paper",
                yanchor="top",
                yshift=-4 - 17 * line,
                font={"size": theme.TEXT - 1, "color": theme.INK},
            )
        )
    return {"data": data, "layout": layout}, _reading(estimates, rows, lang, outlines)


def _rows_by_region(estimates: Estimates) -> dict[str, Row]:
    """Each region → the row it is shown by; merged regions share one."""
    label, time = words.last_period(estimates), estimates.selection.time
    found = {}
    for row in estimates:
        if label is not None and row.keys[time or ""] != label:
            continue
        for part in parts_of(row.keys["region"]):
            found[part] = row
    return found


def _tile_areas(division: str) -> list[_Area]:
    gap = 0.03
    areas = []
    for slug, (column, row) in tiles(division).items():
        left, right, top, bottom = column + gap, column + 1 - gap, -row - gap, -row - 1 + gap
        ring = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
        areas.append(_Area(slug, (ring,), (column + 0.5, -row - 0.5)))
    return areas


@cache
def _outline_areas() -> list[_Area]:
    from shapely.geometry import Polygon

    areas = []
    for slug, rings in region_outlines().items():
        point = Polygon(rings[0], rings[1:]).representative_point()
        areas.append(_Area(slug, tuple(tuple(ring) for ring in rings), (point.x, point.y)))
    return areas


def _polygon(
    area: _Area,
    row: Row,
    edges: tuple[float, ...],
    estimates: Estimates,
    lang: str,
    chosen: bool,
) -> theme.Spec:
    x: list[float | None] = []
    y: list[float | None] = []
    for ring in area.rings:
        if x:
            x.append(None)
            y.append(None)
        x += [point[0] for point in ring]
        y += [point[1] for point in ring]
    found: theme.Spec = {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "fill": "toself",
        "hoveron": "fills",
        "name": "",
        "text": words.hover(row, estimates, lang),
        "hoverinfo": "text",
        "customdata": [area.slug] * len(x),
        "line": {"color": "#FFFFFF", "width": 1.2},
        "fillcolor": "#FFFFFF",
    }
    if row.published and row.value is not None:
        found["fillcolor"] = theme.CLASSES[shade(row.value, edges)]
    elif row.status == "suppressed":
        found["fillpattern"] = theme.hatch()
        found["line"] = {"color": theme.FAINT, "width": 1}
    else:
        found["line"] = {"color": theme.FAINT, "width": 1, "dash": "dot"}
    if chosen:
        found["line"] = {"color": theme.SERIES[1], "width": 3}
    return found


def shade(value: float, edges: tuple[float, ...]) -> int:
    """The colour of a value: classes spread over the whole scale, however few they are."""
    classes = max(len(edges) - 1, 1)
    place = class_of(value, edges)
    return round(place * (len(theme.CLASSES) - 1) / max(classes - 1, 1)) if classes > 1 else 2


def _label(
    area: _Area,
    row: Row,
    edges: tuple[float, ...],
    estimates: Estimates,
    lang: str,
    outlines: bool,
) -> theme.Spec:
    dark = row.published and row.value is not None and shade(row.value, edges) >= 3
    colour = "#FFFFFF" if dark else theme.INK if row.published else theme.MUTED
    name = theme.safe(place_name(area.slug, lang).removeprefix("District de "))
    value = theme.safe(_bare(row, estimates.indicator.unit, lang))
    text = f"{name}<br><b>{value}</b>" if value else name
    shift: theme.Spec = {}
    if outlines and area.slug == "bamako":
        # The district is smaller than its name: it stands beside, over Koulikoro's south.
        shift = {"xshift": -34, "yshift": -12}
        colour = theme.INK
    return theme.annotation(
        text,
        x=area.middle[0],
        y=area.middle[1],
        align="center",
        font={"size": _NAME, "color": colour},
        **shift,
    )


def _bare(row: Row, unit: str, lang: str) -> str:
    """A value short enough for a tile; the key says the unit."""
    if not row.published or row.value is None:
        return ""
    if unit == "xof":
        return whole(row.value, lang)
    if row.bound:
        return words.value_text(row, unit, lang)
    return format_value(row.value, unit, lang)


def _key(estimates: Estimates, edges: tuple[float, ...], lang: str) -> list[str]:
    """Swatches and what they mean, in as many lines as a phone needs."""
    unit = estimates.indicator.unit
    parts: list[tuple[str, str]] = []
    for low, high in itertools.pairwise(edges):
        colour = theme.CLASSES[shade((low + high) / 2, edges)]
        text = f"{_edge(low, unit, lang)}–{_edge(high, unit, lang)}"
        parts.append(
            (
                f"<span style='color:{colour};font-size:16px'>■</span> {theme.safe(text)}",
                f"■ {text}",
            )
        )
    if edges and unit == "xof":
        currency = say("unit.xof", lang, value="").strip()
        parts.append((theme.safe(currency), currency))
    present = {row.status for row in _rows_by_region(estimates).values()}
    shown = set(tiles(estimates.selection.division))
    if shown - set(_rows_by_region(estimates)):
        present.add("no_data")
    for status, sign in _SIGNS.items():
        if status in present:
            text = f"{sign} {say(f'figure.{status}_mark', lang)}"
            parts.append((theme.safe(text), text))
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


def _edge(value: float, unit: str, lang: str) -> str:
    if unit == "share":
        return percent(value, lang, 0 if abs(100 * value - round(100 * value)) < 1e-9 else 1)
    return whole(value, lang) if unit == "xof" else format_value(value, unit, lang)


def _reading(estimates: Estimates, rows: dict[str, Row], lang: str, outlines: bool) -> list[str]:
    found = words.hidden_notes(estimates, lang, _SIGNS)
    found += words.merged_notes(estimates, lang)
    elsewhere = rows.get(NOT_SPECIFIED)
    if elsewhere is not None and elsewhere.published:
        value = words.value_text(elsewhere, estimates.indicator.unit, lang)
        found.append(say("figure.not_on_map", lang, value=value))
    found.append(outline_credit(lang) if outlines else tile_note(lang))
    return found
