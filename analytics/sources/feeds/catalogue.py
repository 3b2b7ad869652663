"""What each public source is: publisher, unit, meaning, citation, terms, expected lag.

Everything stands in ``data/reference/feeds.yaml``; pages print sources and freshness from it.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import yaml

from analytics.indicator import Frozen
from analytics.settings import PROJECT
from analytics.text import Text

CATALOGUE = PROJECT / "data" / "reference" / "feeds.yaml"

Grain = Literal["cercle", "region", "country"]


class Source(Frozen):
    """A published series; the fields are explained at the head of the file."""

    publisher: str
    title: Text
    kind: str
    measures: tuple[str, ...]
    role: Literal["exposure", "beside"]
    grains: Literal["add_up", "alternatives"]
    time: Literal["flow", "stock"]
    lag_days: int
    url: str
    citation: str
    terms: Text


class Measure(Frozen):
    """What one measure counts, and in what."""

    unit: Text
    meaning: Text


class Address(Frozen):
    """Where a feed is fetched; explained in the file."""

    url: str
    file: str
    sources: tuple[str, ...]
    resource: str | None = None
    pages: int | None = None


class Catalogue(Frozen):
    """All sources by the id their records carry, all measures by name, all addresses."""

    sources: dict[str, Source]
    measures: dict[str, Measure]
    refresh: dict[str, Address]


@cache
def catalogue() -> Catalogue:
    return Catalogue(**yaml.safe_load(CATALOGUE.read_text(encoding="utf-8")))


def parse_source(text: str) -> tuple[str, Grain | None]:
    """``acled_events/cercle`` → its id and grain; a source that is none of ours has no grain."""
    name, slash, grain = text.rpartition("/")
    if slash and grain in ("cercle", "region", "country"):
        return name, grain  # type: ignore[return-value]
    return text, None
