"""The sentences of claims: numbers in the reader's format, verbs bounded by the design."""

from __future__ import annotations

import math
import re
from typing import Any

from analytics.errors import UserError
from analytics.evidence.definition import Definition
from analytics.geography.places import parts_of, place_name
from analytics.text import LANGS, say
from analytics.text.numbers import decimal, format_period, format_value, percent, signed, whole

#: words that claim more than any design here can bear
BANNED = {
    "fr": re.compile(
        r"\b(grâce (à|aux?)|impacts?|prouv\w+|démontr\w+|(a|ont) causé)\b", re.IGNORECASE
    ),
    "en": re.compile(r"\b(thanks to|impacts?|prove[sdn]?|demonstrat\w+|caused)\b", re.IGNORECASE),
}
#: (value, kind, bound): kind is how it is written (``words``: a sentence by language; ``level``: a
#: share that another is taken from), bound whether it is "over" or "under"
Shown = tuple[Any, str, str | None]
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def write(value: Any, kind: str, lang: str, bound: str | None = None) -> str:
    """One figure in words: ``12,4 %``, ``+3,1``, ``plus de 95 %``."""
    if value is None:
        return "–"
    if kind == "words":
        return str(value[lang])
    if kind == "share":
        # Whole numbers read best; close to none or all they would say none or all.
        close = 0.0005 < value < 0.0095 or 0.9905 < value < 0.9995
        text = percent(value, lang, decimals=1 if close else 0)
    elif kind == "level":
        text = percent(value, lang)
    elif kind == "points":
        text = signed(100 * value, lang)
    elif kind == "percent":
        text = say("unit.percent", lang, value=signed(100 * value, lang))
    elif kind == "months":
        text = signed(value, lang).removeprefix("+")
    else:
        text = format_value(value, kind, lang)
    return say(f"claim.bound.{bound}", lang, value=text) if bound else text


def place(slug: str, lang: str) -> str:
    """``au Mali``, ``dans la région de Ségou``, ``dans les régions de Gao et Kidal``."""
    if slug in ("mali", "bamako"):
        return say(f"claim.place.{slug}", lang)
    kind = "region" if len(parts_of(slug)) == 1 else "regions"
    return say(f"claim.place.{kind}", lang, name=place_name(slug, lang))


def period(label: str, lang: str) -> str:
    """A period or a span ``2022-03/2023-02`` in words; a round of a survey by its own name."""
    first, _, last = label.partition("/")
    if not first:
        return "–"
    if not last:
        return _named(first, lang)
    return say("claim.span", lang, first=_named(first, lang), last=_named(last, lang))


def _named(label: str, lang: str) -> str:
    try:
        return format_period(label, lang)
    except UserError:
        return label


def sentence(
    definition: Definition,
    lang: str,
    *,
    place_slug: str,
    crisis: str | None,
    span: str,
    figures: dict[str, Shown],
    contrary: bool = False,
    below: bool = False,
) -> str:
    """The claim's sentence, with its figures."""
    against = (definition.below if below else None) or definition.contrary
    chosen = against if contrary and against else definition.statement
    named = say(f"claim.crisis.{crisis}", lang) if crisis else ""
    words = {
        "place": place(place_slug, lang),
        "crisis": named,
        "of_crisis": _of(named, lang),
        "period": period(span, lang),
        **{name: write(v, kind, lang, bound) for name, (v, kind, bound) in figures.items()},
    }
    template = chosen[lang].strip()
    if lang == "fr":
        template = template.replace("de {crisis}", "{of_crisis}")
    text = template.format(**words)
    if lang == "fr":
        # French counts in the plural from two on.
        text = re.sub(r"(?<![\d,])([+−]?[01](?:,\d+)?) points\b", r"\1 point", text)
    return text[0].upper() + text[1:]


def _of(noun: str, lang: str) -> str:
    """``de la crise``, ``du choc``, ``d’une crise``: French joins the preposition to a noun."""
    if lang != "fr" or not noun:
        return noun
    for article, joined in (("le ", "du "), ("les ", "des ")):
        if noun.startswith(article):
            return joined + noun.removeprefix(article)
    return f"d’{noun}" if noun[0].lower() in "aeiouhéèêâîôû" else f"de {noun}"


def inconclusive(definition: Definition, lang: str, text: str) -> str:
    """What stands instead of an effect that the data cannot tell."""
    return say(
        "claim.cannot_conclude", lang, question=definition.question[lang].strip(),
        found=uncapitalised(text),
    )  # fmt: skip


def refusal(definition: Definition, lang: str, reasons: list[str]) -> str:
    """What is missing, in the reader's words."""
    title = definition.title[lang].strip()
    told = [uncapitalised(reason).rstrip(".") for reason in reasons]
    return say("claim.refused", lang, title=title, reasons=say("claim.and", lang).join(told))


def uncapitalised(text: str) -> str:
    """As it stands inside a sentence."""
    return text[0].lower() + text[1:]


def gate_figure(name: str, value: float | str | None, lang: str) -> str:
    """What a gate saw, or its threshold: shares in per cent, widths in points, counts as counts."""
    if value is None or isinstance(value, str):
        return value or "–"
    if name in ("known", "reports_missing"):
        return percent(value, lang, 0)
    if name in ("interval_width", "precise_enough"):
        width = round(100 * value, 1)
        return say("gallery.points", lang,
                   value=whole(width, lang) if width.is_integer() else decimal(width, lang, 1))
    if name == "plausible":
        return format_value(math.exp(value), "multiple", lang)
    if 0 < abs(value) < 0.005:
        digits, _, power = f"{value:.0e}".partition("e")
        return f"{digits} × 10{str(int(power)).translate(_RAISED)}"
    return whole(value, lang) if float(value).is_integer() else decimal(value, lang, 2)


def banned(text: str, lang: str) -> str | None:
    """The first banned expression in a text, if any."""
    found = BANNED[lang].search(text)
    return found[0] if found else None


__all__ = ["LANGS", "Shown", "banned", "gate_figure", "inconclusive", "period", "place", "refusal",
           "sentence", "uncapitalised", "write"]  # fmt: skip
