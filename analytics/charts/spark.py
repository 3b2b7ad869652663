"""A small course of values, as an SVG without axes: for cards, where the words stand beside."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.charts import theme

_WIDTH, _HEIGHT, _EDGE = 240, 46, 4


def sparkline(values: Sequence[float | None]) -> str:
    """The course of ``values``, oldest first; a missing one leaves a gap. Empty below two."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    across = (_WIDTH - 2 * _EDGE) / (len(values) - 1)
    up = (_HEIGHT - 2 * _EDGE) / ((high - low) or 1)
    path, pen, last = "", "M", (0.0, 0.0)
    for position, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        last = (_EDGE + position * across, _HEIGHT - _EDGE - (value - low) * up)
        path += f"{pen}{last[0]:.1f} {last[1]:.1f}"
        pen = "L"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}">'
        f'<path d="{path}" fill="none" stroke="{theme.ACCENT}" stroke-width="2" '
        'stroke-linejoin="round"/>'
        f'<circle cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="3.4" fill="{theme.ACCENT}"/></svg>'
    )
