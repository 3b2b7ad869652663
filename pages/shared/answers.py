"""Answers to questions, kept between reruns: every key holds build, role and language."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from analytics.attention import Alert, alerts
from analytics.charts import Figure, bivariate, figure
from analytics.estimates.estimate import Estimates, estimate
from analytics.evidence.replay import Replay, replay
from analytics.indicator import indicator
from analytics.publishing import ledger
from analytics.publishing.exhibit import Exhibit, exhibit
from analytics.publishing.figure import FORMATS
from analytics.publishing.question import Question
from analytics.selection import Selection
from analytics.settings import settings
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader, open_reader
from pages.shared.session import lang, reader, sees

#: a selection is plain text and says all of itself; Streamlit would take it apart field by field
_kept = partial(st.cache_resource, show_spinner=False, hash_funcs={Selection: repr})


def ask(name: str, *, role: str | None = None, **question: Any) -> Estimates:
    """The answer to a question, as this reader may see it, or as another role does."""
    selection = Selection(role=role or sees(), **question)
    return _ask(reader().build.build_id, name, selection)


def draw(
    name: str,
    question: dict[str, Any],
    *,
    chart: str | None = None,
    events: tuple[str, ...] = (),
    map_style: str = "tiles",
    period: str | None = None,
    highlight: str | None = None,
    role: str | None = None,
) -> Figure:
    """The figure of a question; ``events`` are the kinds of crises drawn behind it."""
    selection = Selection(role=role or sees(), **question)
    return _draw(reader().build.build_id, name, selection, lang(), chart, events, map_style,
                 period, highlight)  # fmt: skip


def draw_both(
    first: str,
    second: str,
    question: dict[str, Any],
    *,
    map_style: str = "tiles",
    highlight: str | None = None,
) -> Figure:
    """Two indicators on one map."""
    selection = Selection(role=sees(), **question)
    return _draw_both(reader().build.build_id, first, second, selection, lang(), map_style,
                      highlight)  # fmt: skip


def in_language(shown: Figure, answer: Estimates, language: str) -> Exhibit:
    """A figure of a page, ready to go out, in one of the languages."""
    found = Exhibit(shown, answer)
    if language == shown.lang:
        return found
    how = replace(found.drawing, lang=language)
    return _exhibit(answer.build.build_id, replace(found.live, drawing=how))


def exported(shown: Exhibit, suffix: str, size: str) -> bytes:
    """The bytes of a figure's file, which the ledger takes note of."""
    content = FORMATS[suffix](shown, size or "wide")
    ledger.register(Home(settings().home), shown, suffix)
    return content


@_kept(max_entries=200)
def _exhibit(build_id: str, asked: Question) -> Exhibit:
    return exhibit(_reader(build_id), asked)


def replayed(text: str, *, again: bool) -> Replay:
    """A receipt handed in by this reader, replayed."""
    return _replayed(reader().build.build_id, text, sees(), again)


def needs_attention(quarter: str) -> list[Alert]:
    return _alerts(reader().build.build_id, sees(), quarter, lang())


@_kept(max_entries=200)
def _replayed(build_id: str, text: str, role: str, again: bool) -> Replay:
    return replay(Home(settings().home), text, role, again=again)


def _reader(build_id: str) -> Reader:
    return open_reader(Home(settings().home), build_id)


@_kept(max_entries=2000)
def _ask(build_id: str, name: str, selection: Selection) -> Estimates:
    return estimate(_reader(build_id), indicator(name), selection)


@_kept(max_entries=1000)
def _draw(build_id: str, name: str, selection: Selection, language: str, chart: str | None,
          events: tuple[str, ...], map_style: str, period: str | None,
          highlight: str | None) -> Figure:  # fmt: skip
    shown = [event for event in _reader(build_id).events if event["kind"] in events]
    return figure(
        _ask(build_id, name, selection),
        language,
        chart=chart,
        events=shown,
        map_style=map_style,
        outlines=_outlines(build_id, selection),
        period=period,
        highlight=highlight,
    )


@_kept(max_entries=500)
def _draw_both(build_id: str, first: str, second: str, selection: Selection, language: str,
               map_style: str, highlight: str | None) -> Figure:  # fmt: skip
    return bivariate.figure(
        _ask(build_id, first, selection),
        _ask(build_id, second, selection),
        language,
        map_style=map_style,
        outlines=_outlines(build_id, selection),
        highlight=highlight,
    )


def _outlines(build_id: str, selection: Selection) -> list[dict[str, Any]]:
    level = "cercle" if "cercle" in selection.dimensions else "region"
    return _reader(build_id).boundaries(selection.division, level)


@_kept(max_entries=50)
def _alerts(build_id: str, role: str, quarter: str, language: str) -> list[Alert]:
    return alerts(_reader(build_id), role, quarter, language)
