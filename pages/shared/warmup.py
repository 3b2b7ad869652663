"""Before the first visitor, and when something breaks."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

_log = logging.getLogger("evidence")


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Load what every page needs, then take it out of the garbage collector's sight.

    Streamlit collects garbage after each rerun; with everything long-lived frozen that costs a
    fraction of what it did.
    """
    for module in ("charts", "estimates.estimate", "publishing.figure"):
        import_module(f"analytics.{module}")
    from analytics.indicator import indicators
    from analytics.sources.dictionary import dictionary
    from analytics.text import LANGS, catalogue

    indicators()
    dictionary()
    for language in LANGS:
        catalogue(language)
    _lay_out_maps()
    # A folder called pages makes Streamlit run a page alone, without what surrounds it, until
    # the first visitor has come through the front door: a link must never skip the masthead.
    PagesManager.uses_pages_directory = False
    gc.collect()
    gc.freeze()
    yield


def _lay_out_maps() -> None:
    """Outlines are made fit for the screen once; the first reader of a map does not wait."""
    from analytics.charts.areas import base_of
    from analytics.errors import UserError
    from analytics.geography.places import DIVISIONS
    from analytics.settings import settings
    from analytics.warehouse.home import Home
    from analytics.warehouse.read import open_reader

    try:
        reader = open_reader(Home(settings().home))
    except UserError:
        return  # nothing is published yet
    for division in DIVISIONS:
        for level in ("region", "cercle"):
            base_of(division, level, "outlines", reader.boundaries(division, level), "fr")


def on_script_error(error: BaseException) -> bool:
    """A fault is in the log; the reader gets a sentence in her language, never a traceback."""
    from pages.shared.session import words

    _log.error("a page failed", exc_info=error)
    st.error(words("app.fault"))
    return True
