"""What a page is written on: the application draws it with widgets, a light page as plain HTML.

A page's view is one function of a ``Page``. It asks, chooses and says in reading order, and knows
nothing of who draws, so that both forms show the same by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from analytics.charts.table import Table
from analytics.estimates.estimate import Estimates
from analytics.evidence.claim import Claim
from analytics.period import Period
from analytics.publishing.documents.model import Statement
from analytics.story import Asker, years
from analytics.testimonies import Voice
from analytics.text import say
from analytics.views import Panel
from analytics.warehouse.read import Reader


class Page(Protocol):
    """One visit to one page. Texts may hold the Markdown of the catalogue: bold, links, code."""

    @property
    def reader(self) -> Reader: ...
    @property
    def lang(self) -> str: ...
    @property
    def role(self) -> str:
        """``public`` or ``staff``: whose figures the page shows."""

    # --- asking and choosing; every choice lives in the address under its key ---------------------

    def ask(self, name: str, **question: Any) -> Estimates: ...
    def choices(self) -> AbstractContextManager[None]:
        """Choices made within stand side by side."""

    def choose(self, label: str, options: Mapping[str, str], key: str) -> str:
        """One of ``option → what the reader sees``; the first option is the default."""

    def region(self) -> str | None:
        """The chosen region, or None for the country."""

    def crises(self) -> tuple[str, ...]:
        """The kinds of crises drawn behind series from here on."""

    # --- saying -----------------------------------------------------------------------------------

    def heading(self, text: str, level: int = 2) -> None: ...
    def text(self, *paragraphs: str) -> None: ...
    def note(self, text: str) -> None: ...
    def points(self, lines: Sequence[str]) -> None: ...
    def none(self, text: str) -> None:
        """Why there is nothing to see."""

    # --- showing ----------------------------------------------------------------------------------

    def facts(self, answers: Iterable[Estimates]) -> None:
        """Numbers of one period each, with their intervals and receipts."""

    def measures(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Labels and numbers as text."""

    def figures(self, *panels: Panel) -> None:
        """One figure, or two side by side where there is room."""

    def table(self, found: Table, label: str) -> None: ...
    def finding(self, told: Statement, claim: Claim) -> None:
        """A claim's sentence, its standing, and what it rests on one step away."""

    def origin(self, answer: Estimates) -> None:
        """How a figure is made, one step away."""

    def voices(self, found: Sequence[Voice]) -> None: ...
    def published(self, *names: str) -> None:
        """What others found about these indicators."""

    def definitions(self, title: str, names: Sequence[str]) -> None:
        """How each of these is made, one step away."""

    def profile(self) -> None:
        """The resilience profile by type of group."""

    def links(self, pages: Mapping[str, str]) -> None:
        """Pages to go on to → what the reader is told of them."""


View = Callable[[Page], None]


class Words:
    """What every view does with its page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def say(self, key: str, **values: object) -> str:
        return say(key, self.page.lang, **values)

    def heading(self, key: str, level: int = 2) -> None:
        self.page.heading(self.say(key), level)

    def note(self, key: str, **values: object) -> None:
        self.page.note(self.say(key, **values))

    def asker(self, region: str | None = None) -> Asker:
        return Asker(self.page.reader, self.page.role, self.page.lang, region)

    def years(self, name: str) -> list[Period]:
        """Full years with a figure of an indicator, the latest first."""
        return list(reversed(years(self.page.reader, self.page.role, name)))

    def latest_year(self, name: str) -> str | None:
        found = self.years(name)
        return found[0].label if found else None

    def lead(self, sentences: Sequence[str]) -> None:
        """What a page has found: the finding, then what stands behind it."""
        if sentences:
            self.page.text(" ".join([f"**{sentences[0]}**", *sentences[1:]]))

    def within(self, question: dict[str, Any], region: str | None) -> dict[str, Any]:
        """The question in the chosen region, where this reader may ask it: the public divides
        once."""
        divided = [name for name in question.get("by", ()) if name not in ("quarter", "year")]
        if region is None or (divided and self.page.role == "public"):
            return question
        return {**question, "filters": (*question.get("filters", ()), ("region", region))}
