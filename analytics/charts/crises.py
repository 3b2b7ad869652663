"""Crises behind a trend: which to show, where they lie on the axis, and their key.

Each has its kind's colour and a number; the key under the figure says what the number means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from analytics.charts import theme
from analytics.geography.places import parts_of
from analytics.period import Period
from analytics.selection import Selection
from analytics.text import say
from analytics.text.numbers import format_day, format_period

#: more than this hides the line they are meant to explain
MOST = 8
#: pixels from one row of labels to the next
ROW = 13
_ROWS = 3


@dataclass(frozen=True)
class Crisis:
    """One event on the axis: ``start`` and ``end`` in positions, ``end`` None for a line."""

    number: int
    kind: str
    title: str
    when: str
    start: float
    end: float | None

    @property
    def colour(self) -> str:
        return theme.CRISIS.get(self.kind, theme.CRISIS["other"])


def crises_on(
    periods: Sequence[Period], events: Sequence[Mapping[str, Any]], selection: Selection, lang: str
) -> list[Crisis]:
    """The events that overlap the periods, at most :data:`MOST`, oldest first and numbered.

    Events of another region than the one asked for are left out; where there are too many, long
    and national ones stay.
    """
    if not periods:
        return []
    first, last = periods[0].start, periods[-1].end
    place = selection.value_of("region")
    here = set(parts_of(place)) if place else set()
    found = []
    for event in events:
        start, end = _day(event["start_date"]), _day(event.get("end_date"))
        elsewhere = bool(event.get("region")) and bool(here) and event["region"] not in here
        if start is None or start > last or (end or start) < first or elsewhere:
            continue
        days = (end - start).days if end else 0
        national = not event.get("region")
        found.append(((-national, -days, start, str(event["event_id"])), start, end, event))
    found.sort(key=lambda item: item[0])
    kept = sorted(found[:MOST], key=lambda item: (item[1], item[0]))
    return [
        Crisis(
            number=number,
            kind=event["kind"],
            title=event[f"title_{lang}"],
            when=_when(start, end, lang),
            start=max(_position(start, periods), -0.5),
            end=_band_end(start, end, periods),
        )
        for number, (_, start, end, event) in enumerate(kept, 1)
    ]


def _day(value: Any) -> date | None:
    if not value:
        return None
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _when(start: date, end: date | None, lang: str) -> str:
    if end is None or (end - start).days < 28:
        return format_day(start, lang)
    months = [format_period(f"{d.year}-{d.month:02d}", lang, short=True) for d in (start, end)]
    if months[0] == months[1]:
        return months[0]
    return say("selection.between", lang, start=months[0], end=months[1])


def _position(day: date, periods: Sequence[Period]) -> float:
    """A day on the axis, where period ``i`` reaches from ``i − ½`` to ``i + ½``."""
    if day < periods[0].start:
        return -0.5
    for index, period in enumerate(periods):
        if day <= period.end:
            length = (period.end - period.start).days + 1
            return round(index - 0.5 + (day - period.start).days / length, 3)
    return len(periods) - 0.5


def _band_end(start: date, end: date | None, periods: Sequence[Period]) -> float | None:
    """None where a band would be thinner than a line: an event of days, or one still open."""
    if end is None:
        return None
    left, right = _position(start, periods), _position(end, periods)
    return right if right - left >= 0.008 * len(periods) else None


def shapes(crises: Sequence[Crisis]) -> list[theme.Spec]:
    """Bands and lines, behind everything else."""
    found: list[theme.Spec] = []
    for crisis in crises:
        place = {"xref": "x", "yref": "y domain", "y0": 0, "y1": 1, "layer": "below"}
        if crisis.end is None:
            line = {"color": theme.tint(crisis.colour, 0.75), "width": 1, "dash": "dot"}
            found.append(
                {"type": "line", "x0": crisis.start, "x1": crisis.start, "line": line, **place}
            )
        else:
            found.append(
                {
                    "type": "rect",
                    "x0": crisis.start,
                    "x1": crisis.end,
                    "fillcolor": theme.tint(crisis.colour, 0.10),
                    "line": {"width": 0},
                    **place,
                }
            )
    return found


def labels(
    crises: Sequence[Crisis], count: int, width: float, lang: str
) -> tuple[list[theme.Spec], int]:
    """Labels above the plot, staggered so that none touches another, and the rows they need.

    Args:
        count: periods on the axis.
        width: pixels of the plot on a narrow screen; wider ones only spread the labels.
    """
    scale = width / count
    taken: list[list[tuple[float, float]]] = []
    found: list[theme.Spec] = []
    for crisis in crises:
        left = (crisis.start + 0.5) * scale
        band = (crisis.end - crisis.start) * scale if crisis.end is not None else 0.0
        name = say(f"crisis.{crisis.kind}", lang)
        text = f"{crisis.number} {name}"
        if theme.text_width(text, theme.SMALL) > band + 4:
            text = str(crisis.number)
        reach = theme.text_width(text, theme.SMALL) + 5
        left = min(left, width - reach)
        row = _free_row(taken, left, left + reach)
        if row is None:
            continue
        taken[row].append((left, left + reach))
        at_end = left < (crisis.start + 0.5) * scale
        found.append(
            theme.annotation(
                f"<b>{theme.safe(text)}</b>",
                x=count - 0.5 if at_end else crisis.start,
                xref="x",
                xanchor="right" if at_end else "left",
                y=1,
                yref="y domain",
                yanchor="bottom",
                yshift=row * ROW,
                borderpad=0,
                font={"size": theme.SMALL, "color": crisis.colour},
                hovertext=theme.lines([crisis.title, crisis.when]),
            )
        )
    return found, len(taken)


def _free_row(taken: list[list[tuple[float, float]]], left: float, right: float) -> int | None:
    for row, spans in enumerate(taken):
        if all(right <= start or left >= end for start, end in spans):
            return row
    if len(taken) < _ROWS:
        taken.append([])
        return len(taken) - 1
    return None


def key_note(crises: Sequence[Crisis], lang: str) -> list[str]:
    """What each number stands for."""
    if not crises:
        return []
    parts = [f"{crisis.number} {crisis.title} ({crisis.when})" for crisis in crises]
    separator = " ; " if lang == "fr" else "; "
    return [say("figure.crises", lang, crises=separator.join(parts))]
