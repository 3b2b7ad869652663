"""The campaign's records: those of a published version, in reading order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
from pydantic import Field

from analytics.declared import read_yaml
from analytics.errors import UserError
from analytics.geography.places import place_name, region_units, resolve
from analytics.indicator import Frozen
from analytics.settings import PROJECT
from analytics.sources.contracts import (
    DATASETS,
    Action,
    AdvocacyAxis,
    Ally,
    Consultation,
    Demand,
    columns_of,
)
from analytics.text import Text
from analytics.warehouse.read import Reader

#: in the order of the process
KINDS = ("consultation", "advocacy_axis", "action", "demand", "ally")
_ORDER = {
    "consultation": "date, consultation_id",
    "advocacy_axis": "axis_id",
    "action": "due_date, action_id",
    "demand": "date DESC, demand_id",
    "ally": "kind, name, ally_id",
}


class Law(Frozen):
    title: Text
    text: Text
    source: str
    claims: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()


class Ministry(Frozen):
    trends: tuple[str, ...]
    bars: tuple[str, ...]
    map: str


class Donor(Frozen):
    outcomes: tuple[str, ...]
    trend: str
    map: str


class Region(Frozen):
    numbers: tuple[str, ...]
    trend: str


class Impact(Frozen):
    stories: tuple[str, ...]
    map: str


class Briefs(Frozen):
    ministry: Ministry
    donor: Donor
    region: Region
    impact: Impact


class Rules(Frozen):
    """``data/advocacy.yaml``."""

    blocked_after_days: int = Field(gt=0)
    waiting_after_days: int = Field(gt=0)
    laws: tuple[Law, ...]
    briefs: Briefs


@cache
def rules() -> Rules:
    return Rules.model_validate(read_yaml(PROJECT / "data" / "advocacy.yaml"))


@dataclass(frozen=True)
class Register:
    """Every record of the campaign that stands."""

    consultations: tuple[Consultation, ...] = ()
    axes: tuple[AdvocacyAxis, ...] = ()
    actions: tuple[Action, ...] = ()
    demands: tuple[Demand, ...] = ()
    allies: tuple[Ally, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.axes or self.demands or self.allies or self.consultations)

    def axis_title(self, axis_id: str, lang: str) -> str:
        """The axis' title; its id where the axis is not known here."""
        for axis in self.axes:
            if axis.axis_id == axis_id:
                return axis.title_fr if lang == "fr" else axis.title_en
        return axis_id

    def of_region(self, region: str | None) -> Register:
        """What concerns one region: its own records, and allies of the whole country."""
        if region is None:
            return self
        parts = set(region.split("-")) if region not in _regions() else {region}
        return Register(
            tuple(c for c in self.consultations if c.region in parts),
            self.axes,
            tuple(a for a in self.actions if a.region in parts),
            tuple(d for d in self.demands if d.region in parts),
            tuple(a for a in self.allies if a.region is None or a.region in parts),
        )


def _regions() -> tuple[str, ...]:
    return tuple(unit.slug for unit in region_units("2023"))


def published_register(reader: Reader) -> Register:
    """The records of a published version; none where it was built before they were kept."""
    return register_of(lambda name: _rows(reader, name))


def register_of(rows: Callable[[str], Sequence[dict[str, Any]]]) -> Register:
    """A register from whoever knows the rows of each dataset."""
    # Rows were judged when they landed; judging them again would cost more than reading them.
    made = [tuple(DATASETS[name].model_construct(**row) for row in rows(name)) for name in KINDS]
    return Register(*made)  # type: ignore[arg-type]


def _rows(reader: Reader, name: str) -> list[dict[str, Any]]:
    columns = list(columns_of(DATASETS[name]))
    chosen = ", ".join(f'"{column}"' for column in columns)
    try:
        found = reader.query(f"SELECT {chosen} FROM core_{name} ORDER BY {_ORDER[name]}")
    except duckdb.CatalogException:
        return []
    return [dict(zip(columns, row, strict=True)) for row in found]


def a_region(value: str) -> str:
    """The slug of a region of the division of 2023.

    Raises:
        UserError: with the nearest name, when there is no such region.
    """
    try:
        found = resolve(value, level="region").place
    except ValueError as error:
        near = getattr(error, "suggestions", None) or [""]
        raise UserError("unknown_place", value=value, suggestion=near[0]) from None
    if found not in _regions():
        raise UserError("not_a_region", value=value, division="2023")
    return found


def text_of(record: Any, name: str, lang: str) -> str:
    """``title_fr`` or ``title_en`` of a record."""
    return str(getattr(record, f"{name}_{lang}") or "")


def region_name(region: str | None, lang: str) -> str:
    return place_name(region or "mali", lang)
