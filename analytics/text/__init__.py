"""What people read: French and English, never one without the other."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from analytics.declared import read_yaml

Lang = Literal["fr", "en"]
LANGS: tuple[Lang, ...] = ("fr", "en")


_THIN, _FULL = "\u202f", "\u00a0"
#: a space that may not end a line, nor be a wide one: « mot », « combien ? », « 1 000 », « 5 % »
_FRENCH = (
    (re.compile(r" (?=[;!?](?:[\s)\]»”*]|$))"), _THIN),
    (re.compile(r"(?<=[\d}]) (?=%)"), _THIN),
    (re.compile(r"(?<!\d)(\d{1,3}) (?=\d{3}(?!\d))"), rf"\1{_THIN}"),
    (re.compile(r" (?=:(?:\s|$))"), _FULL),
    (re.compile(r"(?<=«) | (?=»)"), _FULL),
)


def french(text: str) -> str:
    """The text with the spaces that French typography asks for, whoever typed it."""
    for found, space in _FRENCH:
        text = found.sub(space, text)
    return text


class Text(BaseModel):
    """One sentence in both languages; ``text["fr"]`` reads it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fr: Annotated[str, AfterValidator(french)] = Field(min_length=1)
    en: str = Field(min_length=1)

    def __getitem__(self, lang: str) -> str:
        return {"fr": self.fr, "en": self.en}[lang]


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All interface sentences of a language, keys flattened with dots.

    Raises:
        KeyError: for a language that has no catalogue.
    """
    if lang not in LANGS:
        raise KeyError(f"no catalogue for language {lang!r}")
    found: dict[str, str] = {}
    # ``fr.yaml``, and one ``data.fr.yaml`` a part that has much to say.
    for path in sorted(Path(__file__).parent.glob(f"*{lang}.yaml")):
        found.update(_flatten(read_yaml(path)))
    return {key: french(text) for key, text in found.items()} if lang == "fr" else found


def _flatten(node: dict, prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in node.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            pairs += _flatten(value, f"{path}.")
        else:
            pairs.append((path, str(value)))
    return pairs


def say(key: str, lang: str, **values: object) -> str:
    """The catalogue's sentence ``key`` in ``lang`` with its placeholders filled.

    Raises:
        KeyError: for an unknown key, so that a missing translation fails a test, not a reader.
    """
    return catalogue(lang)[key].format(**values)


def join_words(words: list[str], lang: str) -> str:
    """``a, b et c`` / ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {say('and', lang)} {words[-1]}"
