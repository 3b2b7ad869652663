"""A figure on a page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.charts.theme import Spec


def plot(spec: Spec, *, key: str, alt: str, config: dict[str, Any], **how: Any) -> None:
    """Draw a figure that other visitors may be looking at as well.

    Plotly takes the type out of every trace it validates and puts it back: whoever validates the
    same figure at that moment finds bars without a type and draws points, or fails. So each page
    hands over traces of its own.
    """
    # Streamlit takes a figure without any trace for a mistake; it may hold words alone.
    traces = [dict(trace) for trace in spec["data"]] or [{"type": "scatter", "x": [], "y": []}]
    own = {**spec, "data": traces}
    st.plotly_chart(own, theme=None, key=key, alt=alt, config=config, **how)
