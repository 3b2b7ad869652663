"""A meeting ledger added up: one row a member and meeting → one record a group and period.

Members are counted and forgotten: no record says which member did what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd

from analytics.geography.places import normalise
from analytics.sources.findings import Violation
from analytics.sources.values import parse_date, parse_number

_YES = {"1", "true", "vrai", "oui", "yes", "x", "p", "present", "presente", "present-e"}


class Part(Protocol):
    """What ``mapping.Part`` says of a column: how it is worked out."""

    @property
    def how(self) -> str: ...


@dataclass
class Meetings:
    """Records (text columns of the contract) and the rows behind each; rows that could not be."""

    records: pd.DataFrame
    origin: pd.DataFrame
    refused: list[Violation] = field(default_factory=list)


def meetings(
    *,
    row: pd.Series,
    group: pd.Series,
    meeting: pd.Series,
    member: pd.Series,
    cycle: pd.Series,
    monthly: bool,
    parts: Mapping[str, tuple[Part, pd.Series, list[pd.Series]]],
    positions: Mapping[str, int | None],
) -> Meetings:
    """Add a ledger up.

    All series have one entry a row of the ledger. A period's record stands at its last meeting;
    a member counts once however often she is written there.

    Args:
        row: the row's number in the source.
        cycle: what tells cycles apart; all blank where the ledger holds one.
        monthly: one record a month, else one a meeting.
        parts: our column → how it is worked out, its cells, and the conditions on rows.
        positions: column of ours → column of the source, for refusals.
    """
    frame = pd.DataFrame({"row": row, "group": group, "member": member, "cycle": cycle.fillna("")})
    refused: list[Violation] = []

    def refuse(mask: pd.Series, rule: str, column: str, cells: pd.Series) -> None:
        refused.extend(
            Violation(int(number), column, cell, rule, None, positions.get(column))
            for number, cell in zip(row[mask], cells[mask], strict=True)
        )

    day = _read(meeting, lambda text: pd.Timestamp(parse_date(text)))
    frame["day"] = pd.to_datetime(day)
    no_group, no_day = group.isna(), frame["day"].isna()
    refuse(no_group, "required", "group_id", group)
    refuse(no_day & ~no_group & meeting.isna(), "required", "obs_date", meeting)
    refuse(no_day & ~no_group & meeting.notna(), "not_a_date", "obs_date", meeting)
    wrong = no_group | no_day
    for name, (part, cells, conditions) in parts.items():
        frame[f"on_{name}"] = _all(conditions, frame.index)
        if part.how == "present":
            frame[name] = cells.map(lambda c: normalise(c) in _YES, na_action="ignore").eq(True)
        elif part.how != "members":
            frame[name] = pd.to_numeric(_read(cells, parse_number), errors="coerce")
            unread = frame[name].isna() & cells.notna() & ~wrong
            refuse(unread, "not_a_number", name, cells)
            wrong |= unread
    frame = frame[~wrong]
    span = frame["day"].dt.strftime("%Y-%m") if monthly else frame["day"].dt.strftime("%Y-%m-%d")
    frame = frame.assign(span=span)
    keys = ["group", "cycle", "span"]
    frame["last"] = frame.groupby(keys)["day"].transform("max")
    here = frame[frame["day"] == frame["last"]].drop_duplicates([*keys, "member"], keep="last")
    made = frame.groupby(keys, sort=True)["last"].first().reset_index()
    made = made.rename(columns={"group": "group_id"})
    made["obs_date"] = made.pop("last").dt.strftime("%Y-%m-%d")
    index = pd.MultiIndex.from_frame(made[["group_id", "cycle", "span"]])
    for name, (part, _, _) in parts.items():
        made[name] = _part(part.how, name, frame, here, keys).reindex(index).map(_text).to_numpy()
    number = pd.Series(range(1, len(made) + 1), index=index)
    of_row = pd.MultiIndex.from_frame(frame[keys])
    origin = pd.DataFrame(
        {"record": number.reindex(of_row).to_numpy(), "row": frame["row"].to_numpy()}
    ).astype("int64")
    return Meetings(made.drop(columns=["cycle", "span"]).astype(object), origin, refused)


def _part(
    how: str, name: str, frame: pd.DataFrame, here: pd.DataFrame, keys: list[str]
) -> pd.Series:
    """One column by group, cycle and period; empty where nothing was written."""
    chosen = here[here[f"on_{name}"]]
    whole = here.groupby(keys).size()
    if how == "members":
        return chosen.groupby(keys).size().reindex(whole.index, fill_value=0)
    if how == "present":
        return chosen.groupby(keys)[name].sum().reindex(whole.index, fill_value=0)
    if how == "holders":
        known = here.groupby(keys)[name].count() > 0
        held = (chosen[name] > 0).groupby([chosen[k] for k in keys]).sum()
        return held.reindex(whole.index, fill_value=0).where(known)
    if how == "balance":
        return chosen.groupby(keys)[name].sum(min_count=1)
    if how == "once":
        return chosen.groupby(keys)[name].max()
    counted = frame[frame[f"on_{name}"]].groupby(keys)[name].sum(min_count=1)
    counted = counted.reindex(whole.index).sort_index()
    running = counted.fillna(0).groupby(level=["group", "cycle"]).cumsum()
    # Nothing written since the cycle began is unknown, not nought.
    return running.where(counted.groupby(level=["group", "cycle"]).cummax().notna())


def _read(cells: pd.Series, read: Callable[[str], Any]) -> pd.Series:
    told: dict[str, Any] = {}
    for cell in cells.dropna().unique():
        try:
            told[cell] = read(cell)
        except (ValueError, OverflowError):
            told[cell] = None
    return cells.map(told)


def _all(conditions: list[pd.Series], index: pd.Index) -> pd.Series:
    found = pd.Series(True, index=index)
    for condition in conditions:
        found &= condition
    return found


def _text(value: float | None) -> str | None:
    if value is None or pd.isna(value):
        return None
    return str(int(value)) if float(value).is_integer() else repr(float(value))
