"""The campaign's records in words."""

from __future__ import annotations

from analytics.advocacy.plan import Standing
from analytics.text import say
from analytics.text.numbers import format_period, format_value


def live_text(standing: Standing, lang: str) -> str:
    """``Sièges tenus par des femmes : 24,0 % (T2 2026), cible 30 %, pas atteinte``."""
    subject, row = standing.indicator, standing.live
    if subject is None:
        named = standing.action.indicator_id
        return say("advocacy.live_unknown", lang, id=named) if named else "–"
    title = subject.title[lang]
    target = standing.action.target
    wanted = format_value(target, subject.unit, lang) if target is not None else "–"
    if row is None or not row.published:
        return say("advocacy.live_none", lang, title=title, target=wanted)
    value = format_value(row.value, subject.unit, lang, precise=True)
    if row.bound:
        value = say(f"bound.{row.bound}", lang, value=value)
    period = format_period(standing.period, lang, short=True) if standing.period else ""
    if standing.reached is None:
        return say("advocacy.live", lang, title=title, value=value, period=period)
    key = "advocacy.live_reached" if standing.reached else "advocacy.live_below"
    return say(key, lang, title=title, value=value, period=period, target=wanted)
