"""How the forms ask: pages and skip logic, from ``data/dictionary/forms.yaml``.

Read by those who write forms and by those who read their exports, where pages come back as prefixes
of the headers.
"""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict

from analytics.declared import read_yaml
from analytics.text import Text
from analytics.text.codes import DICTIONARY

FORMS = DICTIONARY.with_name("forms.yaml")


class Page(BaseModel):
    """Questions shown on one screen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: Text
    columns: tuple[str, ...]


class Questionnaires(BaseModel):
    """``pages``: dataset → its pages; ``asked_when``: dataset → column → XPath condition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pages: dict[str, tuple[Page, ...]]
    asked_when: dict[str, dict[str, str]]


@cache
def questionnaires() -> Questionnaires:
    return Questionnaires.model_validate(read_yaml(FORMS))
