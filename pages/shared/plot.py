"""A figure on a page."""

from __future__ import annotations

from typing import Any

import streamlit as st
from plotly.basedatatypes import BaseFigure

from analytics.charts.theme import Spec


class Drawn(BaseFigure):
    """A figure as we drew it. Plotly would take apart, judge and put together again each property
    of each mark, on every run: half of what a chart costs. The tests let it judge."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def to_dict(self) -> Spec:
        return self._spec


def plot(spec: Spec, *, key: str, alt: str, config: dict[str, Any], **how: Any) -> None:
    """Draw a figure that other visitors may be looking at as well.

    What Plotly does on the way to the browser it does to the traces it is given: each page hands
    over traces of its own.
    """
    # Streamlit takes a figure without any trace for a mistake; it may hold words alone.
    traces = [dict(trace) for trace in spec["data"]] or [{"type": "scatter", "x": [], "y": []}]
    own = Drawn({**spec, "data": traces})
    st.plotly_chart(own, theme=None, key=key, alt=alt, config=config, **how)
