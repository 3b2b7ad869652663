"""Mappings: a partner's layout → ours, declared in YAML, chosen by its headers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analytics.indicator import Frozen
from analytics.sources.files import Table
from analytics.sources.translation import Translated
from analytics.text import Text


class Mapping(Frozen):
    """One layout."""

    id: str
    title: Text


def load(path: Path) -> Mapping:
    raise NotImplementedError


def shipped() -> tuple[Mapping, ...]:
    return ()


def match(table: Table, mappings: Sequence[Mapping]) -> Mapping | None:
    return None


def translate(table: Table, mapping: Mapping) -> list[Translated]:
    raise NotImplementedError
