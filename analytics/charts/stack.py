"""Stacked bars: the parts of a whole, one bar a period or place, each part with its number."""

from __future__ import annotations

from analytics.charts import theme, words
from analytics.estimates.estimate import Estimates, Row
from analytics.geography.places import place_name
from analytics.selection import breakdown_value, values_of
from analytics.text import say
from analytics.text.numbers import format_value, percent

_ROW = 34
#: pixels of the legend's line above the bars
_LEGEND = 22
_COLOURS = (theme.ACCENT, "#A9C8CE", "#E3BE94", "#9C4A3C")
_INK = ("#FFFFFF", theme.INK, theme.INK, "#FFFFFF")
#: a part narrower than this share of a phone's bar has no room for its number
_ROOM = 0.11


def able(estimates: Estimates) -> bool:
    """Whether the kinds asked for are parts of a whole, and at most one thing lies beside them."""
    indicator, by = estimates.indicator, estimates.selection.by
    return indicator.whole and "kind" in by and len(by) <= 2


def spec(estimates: Estimates, lang: str) -> tuple[theme.Spec, list[str]]:
    """The figure and the notes that say how to read it."""
    kinds = values_of("kind", estimates.indicator)
    bars = _bars(estimates)
    shown = [name for name in bars if _complete(bars[name], kinds)]
    # Plotly counts rows from below.
    order = list(reversed(bars))
    names = [theme.lines(theme.wrap(_name(name, estimates, lang), 96, theme.TEXT, most=2))
             for name in order]  # fmt: skip
    left = max((theme.text_width(part, theme.TEXT) for name in names
                for part in name.split("<br>")), default=0.0) + 10  # fmt: skip
    height = 70 + _LEGEND + _ROW * max(len(order), 1)
    layout = theme.base_layout(lang, height, (left, 14, 8 + 2 * _LEGEND, 26))
    layout |= {"barmode": "stack", "bargap": 0.3}
    layout["xaxis"] = {
        "type": "linear", "range": [0, 1], "tickmode": "array", "tickvals": [0, 0.5, 1],
        "ticktext": [percent(share, lang, 0) for share in (0, 0.5, 1)],
        "tickfont": {"size": theme.SMALL, "color": theme.MUTED}, "gridcolor": theme.GRID,
        "zeroline": False, "fixedrange": True, "automargin": False,
    }  # fmt: skip
    layout["yaxis"] = {
        "type": "linear", "range": [-0.6, len(order) - 0.4], "tickmode": "array",
        "tickvals": list(range(len(order))), "ticktext": names,
        "tickfont": {"size": theme.TEXT - 1, "color": theme.INK}, "showgrid": False,
        "zeroline": False, "fixedrange": True, "automargin": False,
    }  # fmt: skip
    layout["annotations"] = _legend(kinds, estimates, left, lang)
    layout["annotations"] += [
        theme.annotation(
            f"▨ {theme.safe(say('figure.suppressed_mark', lang))}", x=0, y=at, xanchor="left",
            yanchor="middle", xshift=4,
        )
        for at, name in enumerate(order) if name not in shown
    ]  # fmt: skip
    data = [
        _part(kind, [(order.index(name), bars[name][kind]) for name in shown], estimates, i, lang)
        for i, kind in enumerate(kinds)
    ]
    reading = [say("figure.stack_note", lang)]
    if len(shown) < len(bars):
        reading.append(say("figure.stack_hidden", lang))
    return {"data": data, "layout": layout}, reading


def _bars(estimates: Estimates) -> dict[str, dict[str, Row]]:
    """What lies beside the kinds → kind → row; one bar without a name where nothing does."""
    other = next((name for name in estimates.selection.by if name != "kind"), None)
    found: dict[str, dict[str, Row]] = {}
    for row in estimates:
        found.setdefault(row.keys[other] if other else "", {})[row.keys["kind"]] = row
    return {name: parts for name, parts in found.items()
            if any(row.status != "no_data" for row in parts.values())}  # fmt: skip


def _complete(parts: dict[str, Row], kinds: tuple[str, ...]) -> bool:
    return all(kind in parts and parts[kind].value is not None for kind in kinds)


def _name(value: str, estimates: Estimates, lang: str) -> str:
    other = next((name for name in estimates.selection.by if name != "kind"), None)
    return breakdown_value(other, value, lang, estimates.indicator) if other else ""


def _kind(kind: str, estimates: Estimates, lang: str) -> str:
    return breakdown_value("kind", kind, lang, estimates.indicator)


def _part(
    kind: str, cells: list[tuple[int, Row]], estimates: Estimates, index: int, lang: str
) -> theme.Spec:
    texts = [
        theme.safe(percent(row.value or 0.0, lang, 0)) if (row.value or 0.0) >= _ROOM else ""
        for _, row in cells
    ]
    return {
        "type": "bar",
        "orientation": "h",
        "name": theme.safe(_kind(kind, estimates, lang)),
        "x": [row.value for _, row in cells],
        "y": [at for at, _ in cells],
        "text": texts,
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"size": theme.TEXT, "color": _INK[index % 4]},
        "hovertext": [words.hover(row, estimates, lang) for _, row in cells],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": _COLOURS[index % 4], "line": {"width": 1, "color": theme.PAPER}},
    }


def _legend(
    kinds: tuple[str, ...], estimates: Estimates, left: float, lang: str
) -> list[theme.Spec]:
    """The names in the order of the parts, each after a square of its colour."""
    texts = [_kind(kind, estimates, lang) for kind in kinds]
    squares = [
        f"<span style='color:{_COLOURS[i % 4]}'>■</span>\u00a0{theme.safe(text)}"
        for i, text in enumerate(texts)
    ]
    wide = theme.text_width("   ".join(f"■ {text}" for text in texts), theme.TEXT)
    half = len(squares) if wide <= theme.NARROW else -(-len(squares) // 2)
    lines = ["   ".join(squares[:half]), "   ".join(squares[half:])]
    return [
        theme.annotation(
            "<br>".join(line for line in lines if line), x=0, xref="paper", xanchor="left",
            xshift=-left, y=1, yref="paper", yanchor="bottom", yshift=4,
            font={"size": theme.TEXT, "color": theme.INK},
        )
    ]  # fmt: skip


def headline(estimates: Estimates, lang: str) -> str | None:
    """The parts of the last period; of several places, of the one that fared worst."""
    kinds = values_of("kind", estimates.indicator)
    bars = {n: parts for n, parts in _bars(estimates).items() if _complete(parts, kinds)}
    if not bars:
        return None
    lost = kinds[len(kinds) // 2 :]
    name = max(bars) if estimates.selection.time else max(
        bars, key=lambda bar: sum(bars[bar][kind].value or 0.0 for kind in lost))  # fmt: skip
    label = _name(name, estimates, lang) or words.span_text(estimates, lang)
    if place := words.place_of(estimates):
        label = f"{place_name(place, lang)}, {label}"
    return say("headline.stack", lang, label=label, parts=_told(bars[name], estimates, lang))


def _told(parts: dict[str, Row], estimates: Estimates, lang: str) -> str:
    return ", ".join(
        say("headline.stack_part", lang, name=_kind(kind, estimates, lang),
            value=format_value(parts[kind].value, "share", lang))
        for kind in values_of("kind", estimates.indicator)
    )  # fmt: skip


def alt(estimates: Estimates, lang: str) -> str:
    kinds = values_of("kind", estimates.indicator)
    told = [
        say("headline.stack", lang, label=_name(name, estimates, lang),
            parts=_told(parts, estimates, lang) if _complete(parts, kinds)
            else say("figure.suppressed_mark", lang))
        for name, parts in _bars(estimates).items()
    ]  # fmt: skip
    return say(
        "figure.alt_stack", lang, title=words.title_of(estimates, lang),
        selection=estimates.sentence(lang), bars="; ".join(told) + ".",
    )  # fmt: skip
