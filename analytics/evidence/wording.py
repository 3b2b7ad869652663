"""The sentences of claims: numbers in the reader's format, verbs bounded by the design."""

from __future__ import annotations

import re
from typing import Any

from analytics.errors import UserError
from analytics.evidence.definition import Definition
from analytics.geography.places import parts_of, place_name
from analytics.text import LANGS, say
from analytics.text.numbers import format_period, format_value, signed

#: words that claim more than any design here can bear
BANNED = {
    "fr": re.compile(
        r"\b(grâce (à|aux?)|impacts?|prouv\w+|démontr\w+|(a|ont) causé)\b", re.IGNORECASE
    ),
    "en": re.compile(r"\b(thanks to|impacts?|prove[sdn]?|demonstrat\w+|caused)\b", re.IGNORECASE),
}
#: (value, kind, bound): kind is how it is written (``words``: a sentence by language), bound
#: whether it is "over" or "under"
Shown = tuple[Any, str, str | None]


def write(value: Any, kind: str, lang: str, bound: str | None = None) -> str:
    """One figure in words: ``12,4 %``, ``+3,1``, ``plus de 95 %``."""
    if value is None:
        return "–"
    if kind == "words":
        return str(value[lang])
    if kind == "points":
        text = signed(100 * value, lang)
    elif kind == "percent":
        text = say("unit.percent", lang, value=signed(100 * value, lang))
    elif kind == "months":
        text = signed(value, lang)
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
) -> str:
    """The claim's sentence, with its figures."""
    chosen = definition.contrary if contrary and definition.contrary else definition.statement
    words = {
        "place": place(place_slug, lang),
        "crisis": say(f"claim.crisis.{crisis}", lang) if crisis else "",
        "period": period(span, lang),
        **{name: write(v, kind, lang, bound) for name, (v, kind, bound) in figures.items()},
    }
    text = chosen[lang].strip().format(**words)
    return text[0].upper() + text[1:]


def inconclusive(definition: Definition, lang: str, text: str) -> str:
    """What stands instead of an effect that the data cannot tell."""
    return say(
        "claim.cannot_conclude", lang, question=definition.question[lang].strip(), found=text
    )


def refusal(definition: Definition, lang: str, reasons: list[str]) -> str:
    """What is missing, in the reader's words."""
    title = definition.title[lang].strip()
    return say("claim.refused", lang, title=title, reasons=say("claim.and", lang).join(reasons))


def banned(text: str, lang: str) -> str | None:
    """The first banned expression in a text, if any."""
    found = BANNED[lang].search(text)
    return found[0] if found else None


__all__ = ["LANGS", "Shown", "banned", "inconclusive", "period", "place", "refusal", "sentence",
           "write"]  # fmt: skip
