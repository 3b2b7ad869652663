"""An interval on its scale, as an SVG: for cards, where the words stand beside."""

from __future__ import annotations

from analytics.charts import theme

_WIDTH, _HEIGHT, _EDGE, _LINE = 320, 46, 10, 17
_Ends = tuple[float, float]


def strip(
    estimate: float,
    interval: _Ends,
    scale: _Ends,
    ends: tuple[str, str],
    *,
    reference: float | None = None,
    zone: _Ends | None = None,
) -> str:
    """The estimate as a dot on its interval.

    Args:
        scale: the values at the left and right end; ``ends`` is how they are written.
        reference: where a line stands to be compared with.
        zone: values too small to count, shaded.
    """

    def at(value: float) -> float:
        part = (value - scale[0]) / ((scale[1] - scale[0]) or 1)
        return _EDGE + min(max(part, 0.0), 1.0) * (_WIDTH - 2 * _EDGE)

    marks = [_line(_EDGE, _WIDTH - _EDGE, theme.RULE, 2)]
    if zone:
        marks.append(
            f'<rect x="{at(zone[0]):.1f}" y="5" width="{at(zone[1]) - at(zone[0]):.1f}" '
            f'height="24" fill="{theme.SOFT}"/>'
        )
    if reference is not None:
        x = at(reference)
        marks.append(
            f'<path d="M{x:.1f} 4V30" stroke="{theme.MUTED}" stroke-width="1.4" '
            'stroke-dasharray="3 3"/>'
        )
    marks.append(_line(at(interval[0]), at(interval[1]), theme.ACCENT, 6, opacity=0.45))
    marks.append(f'<circle cx="{at(estimate):.1f}" cy="{_LINE}" r="6" fill="{theme.ACCENT}"/>')
    for text, x, anchor in ((ends[0], _EDGE, "start"), (ends[1], _WIDTH - _EDGE, "end")):
        marks.append(
            f'<text x="{x}" y="{_HEIGHT - 3}" text-anchor="{anchor}" font-size="11" '
            f'font-family="Arial, sans-serif" fill="{theme.MUTED}">{theme.safe(text)}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}">{"".join(marks)}</svg>'
    )


def _line(start: float, end: float, colour: str, width: int, *, opacity: float = 1) -> str:
    return (
        f'<path d="M{start:.1f} {_LINE}H{end:.1f}" stroke="{colour}" stroke-width="{width}" '
        f'stroke-linecap="round" stroke-opacity="{opacity:g}"/>'
    )
