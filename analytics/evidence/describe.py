"""Descriptions: what groups, businesses and people did, for the nation and each region.

Every figure passes the one disclosure gate before the public reads it: the cells of a claim are
judged together, by the public's units of regions, banded and rounded like any published estimate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from analytics.disclosure.gate import PublicCell, public_table
from analytics.disclosure.rules import (
    MAX_LARGEST,
    MAX_TWO_LARGEST,
    MIN_GROUPS_TOTAL,
    band,
    public_precision,
    two_digits,
)
from analytics.evidence.answer import Answer, Evidence, places_band, refuse
from analytics.evidence.claim import Downgrade, Gate, Verdict
from analytics.evidence.grade import (
    MAX_MISSING,
    MAX_WIDTH,
    MIN_EFFECTIVE,
    MUCH_MISSING,
    at_least,
    at_most,
    start_of_description,
)
from analytics.evidence.shares import NATION, PLACES, Cell, as_facts, exact, share_cells
from analytics.evidence.wording import Shown
from analytics.geography.places import NOT_SPECIFIED
from analytics.indicator import Indicator

if TYPE_CHECKING:
    import pandas as pd

    from analytics.evidence.definition import Definition

MAIN = "p"
#: every crisis a group or business lived through, each a case: what a small region can be told of
ALL = "all"


@dataclass(frozen=True)
class Table:
    """The cases of a question: what they are, when, and what they say.

    Attributes:
        rows: ``group_id, cercle, region_2023, region_2012, people, weight``, the value columns.
        values: part → column; ``p`` is the claim's own.
        period: label of the span the rows tell of.
        of: what a case is to the gate, ``group`` or ``person``.
        totals: name → (column, kind) summed for the sentence.
        probability: whether the cases are a probability sample.
        extra: further columns that the measure reads.
    """

    rows: pd.DataFrame
    values: dict[str, str]
    period: str
    of: str = "group"
    totals: tuple[tuple[str, str, str], ...] = ()
    probability: bool = False
    extra: tuple[str, ...] = ()


def shares(evidence: Evidence, definition: Definition, crisis: str | None) -> Iterator[Answer]:
    """Shares of groups or businesses that did something in the year from a crisis's onset.

    Options: ``table``, ``value``, ``where`` (column: value), ``parts`` (name: column), ``weight``,
    ``totals`` (name: [column, kind]), ``per_member`` (column), ``most`` (the share to exceed).
    """
    options = definition.options
    rows = evidence.frame(f"SELECT * FROM {options['table']}")
    rows = _of(rows, crisis)
    for column, wanted in options.get("where", {}).items():
        rows = rows[rows[column] == wanted]
    if rows.empty:
        yield refuse(crisis, Gate("cases", False, 0, 1))
        return
    rows = rows[rows["end_index"] <= evidence.limit]
    if rows.empty:
        yield refuse(crisis, Gate("year_past", False, 0, 1))
        return
    people = rows.get("members", 1)
    weight = rows[options["weight"]] if "weight" in options else 1.0
    rows = rows.assign(people=people, weight=weight)
    period = f"{_month(rows['onset_index'].min())}/{_month(rows['end_index'].max())}"
    values = {MAIN: options["value"], **options.get("parts", {})}
    totals = tuple((name, *pair) for name, pair in options.get("totals", {}).items())
    of = "group" if options["table"] == "core_claim_group" else "person"
    yield from answers(evidence, definition, crisis, Table(rows, values, period, of, totals))


def payments(evidence: Evidence, definition: Definition, crisis: str | None) -> Iterator[Answer]:
    """Of the money that social funds paid to households, the part paid for a crisis."""
    rows = evidence.frame("SELECT * FROM core_claim_group")
    rows = _of(rows, crisis)
    rows = rows[rows["end_index"] <= evidence.limit]
    paid = rows[rows["household_xof"].fillna(0) > 0]
    if paid.empty:
        yield refuse(crisis, Gate("cases", False, 0, 1))
        return
    paid = paid.assign(
        people=paid["members"], weight=paid["household_xof"].astype(float),
        crisis_xof=paid["household_crisis_xof"].clip(upper=paid["household_xof"]),
    )  # fmt: skip
    period = f"{_month(paid['onset_index'].min())}/{_month(paid['end_index'].max())}"
    totals = (("households", "households", "people"), ("amount", "household_xof", "xof"))
    table = Table(paid, {MAIN: "crisis_xof"}, period, "group", totals)
    yield from answers(evidence, definition, crisis, table)


def _of(rows: pd.DataFrame, crisis: str | None) -> pd.DataFrame:
    return rows if crisis == ALL else rows[rows["crisis"] == crisis]


def answers(
    evidence: Evidence,
    definition: Definition,
    crisis: str | None,
    table: Table,
    measure: Callable[[pd.DataFrame, str, str], dict[str, Cell]] = share_cells,
) -> Iterator[Answer]:
    """The nation, the public's units and the office's regions, each with its gates and grade.

    Args:
        measure: what makes the cells of a dimension from rows and a column.
    """
    summed = {column for _, column, _ in table.totals}
    summed |= {definition.options.get("per_member", "members"), "members"} & set(table.rows)
    kept = ["group_id", "cercle", "region_2023", "region_2012", "people", "weight"]
    rows = table.rows[[*kept, *table.extra, *{*table.values.values(), *summed}]]
    rows = rows.assign(
        **{f"unit_{d}": rows[f"region_{d}"].map(evidence.units[d]) for d in ("2023", "2012")}
    )
    cells = {
        dimension: {name: measure(rows, value, dimension)
                    for name, value in table.values.items()}
        for dimension in PLACES
    }  # fmt: skip
    public = _public(definition, table, cells, rows)
    # The old regions are judged with the rest, for they are sums of new ones; claims are not told
    # of them.
    for dimension in ("nation", "region_2023", "unit_2023") if definition.regions else ("nation",):
        column = PLACES[dimension]
        by_place = dict(iter(rows.groupby(column))) if column else {NATION: rows}
        for place, cell in cells[dimension][MAIN].items():
            if NOT_SPECIFIED in place:
                continue
            parts = {name: cells[dimension][name].get(place) for name in table.values}
            here = by_place[place]
            base = _answer(definition, crisis, table, cell)
            staff = _staff(base, table, cell, parts, here, definition)
            if dimension == "nation":
                yield _for_public(base, definition, table, cell, public[place], here)
                yield replace(staff, roles=("staff",))
            elif dimension == "region_2023":
                yield replace(staff, roles=("staff",))
            else:
                yield _for_public(base, definition, table, cell, public[place], here)


def _answer(definition: Definition, crisis: str | None, table: Table, cell: Cell) -> Answer:
    """What holds for every reader: gates, grade, verdict."""
    asked = definition.gates
    width = (cell.high - cell.low) if cell.high is not None and cell.low is not None else 1.0
    gates = (
        at_least("effective_cases", round(cell.effective), asked.get("cases", MIN_EFFECTIVE)),
        at_most("interval_width", width, asked.get("width", MAX_WIDTH)),
        at_least("known", cell.known, asked.get("known", 1 - MAX_MISSING)),
    )
    lost = []
    if 1 - cell.known > MUCH_MISSING:
        lost.append(Downgrade("missing", round(1 - cell.known, 3)))
    if definition.self_reported:
        lost.append(Downgrade("self_reported"))
    verdict: Verdict = "supported"
    contrary = False
    most = definition.options.get("most")
    if most is not None and cell.low is not None and cell.high is not None:
        verdict = "supported" if cell.low > most else "inconclusive"
        contrary = cell.high < most
    return Answer(
        place=cell.place,
        crisis=crisis,
        period=table.period,
        verdict=verdict,
        direction="down" if contrary else "up" if most and verdict == "supported" else "none",
        start=start_of_description(cell.known, probability=table.probability),
        gates=gates,
        downgrades=tuple(lost),
        contrary=verdict == "inconclusive",
    )


def _staff(
    base: Answer,
    table: Table,
    cell: Cell,
    parts: dict[str, Cell | None],
    here: pd.DataFrame,
    definition: Definition,
) -> Answer:
    figures: dict[str, Shown] = _bounds(cell.value, cell.low, cell.high, None)
    for name, part in parts.items():
        if name != MAIN:
            figures[f"part_{name}"] = (part.value if part else None, "share", None)
    for name, column, kind in table.totals:
        figures[name] = (float(here[column].fillna(0).sum()), kind, None)
    figures |= _per_member(definition, here, None)
    facts = {name: as_facts(part) for name, part in parts.items() if part}
    return replace(
        base, estimate=cell.value, low=cell.low, high=cell.high, n_groups=cell.n_groups,
        n_cercles=cell.n_cercles, figures=figures, detail=_detail(definition, facts, figures),
    )  # fmt: skip


def _public(
    definition: Definition,
    table: Table,
    cells: dict[str, dict[str, dict[str, Cell]]],
    rows: pd.DataFrame,
) -> dict[str, dict[str, PublicCell]]:
    """place → part → what the public may know of it."""
    kind = SimpleNamespace(
        klass="rate", unit="share",
        analysis_unit="group" if table.of == "group" else "business",
    )  # fmt: skip
    leaves = frozenset(
        rows[["region_2023", "region_2012"]].drop_duplicates().itertuples(index=False, name=None)
    )
    found: dict[str, dict[str, PublicCell]] = {}
    for part in table.values:
        exacts = [
            exact(cell, definition.id, dimension, table.period)
            for dimension in ("nation", "unit_2023", "unit_2012")
            for cell in cells[dimension][part].values()
        ]
        for published in public_table(cast("Indicator", kind), exacts, leaves):
            if published.dimension != "unit_2012":
                found.setdefault(published.key, {})[part] = published
    return found


def _for_public(
    base: Answer,
    definition: Definition,
    table: Table,
    cell: Cell,
    parts: dict[str, PublicCell],
    here: pd.DataFrame,
) -> Answer:
    told = parts[MAIN]
    shown = told.status == "published"
    gates = (Gate("disclosure", shown, None, None), *(_banded(gate) for gate in base.gates))
    if not shown:
        # Nothing of a place that must not be told of, not even how it failed.
        return replace(base, gates=gates[:1], verdict="refused", downgrades=(), period=table.period,
                       roles=("public",))  # fmt: skip
    figures: dict[str, Shown] = _bounds(told.value, told.low, told.high, told.bound)
    facts: dict[str, dict[str, Any]] = {}
    for name, part in parts.items():
        if part.status != "published":
            continue
        facts[name] = {"value": part.value, "low": part.low, "high": part.high,
                       "bound": part.bound, "n_groups": part.n_groups}  # fmt: skip
        if name != MAIN:
            figures[f"part_{name}"] = (part.value, "share", part.bound)
    for name in table.values:
        figures.setdefault(f"part_{name}", (None, "share", None))
    for name, column, kind in table.totals:
        figures[name] = (_public_total(here, column), kind, None)
    figures |= _per_member(definition, here, cell.n_people)
    if cell.bounds and MAIN in facts:
        facts[MAIN]["bounds"] = [round(bound, 2) for bound in cell.bounds]
    return replace(
        base, gates=gates, estimate=told.value, low=told.low, high=told.high,
        n_groups=told.n_groups, n_cercles=places_band(cell.n_cercles), figures=figures,
        downgrades=tuple(_coarse(one) for one in base.downgrades), roles=("public",),
        detail=_detail(definition, facts, figures),
    )  # fmt: skip


def _bounds(value: Any, low: Any, high: Any, bound: str | None) -> dict[str, Shown]:
    return {
        MAIN: (value, "share", bound), "low": (low, "share", None), "high": (high, "share", None),
    }  # fmt: skip


def _per_member(definition: Definition, here: pd.DataFrame, people: int | None) -> dict[str, Shown]:
    column = definition.options.get("per_member")
    if not column:
        return {}
    members = here["members"].fillna(0).sum()
    rate = float(here[column].fillna(0).sum() / members) if members else None
    if people is not None and rate is not None:
        rate = public_precision(rate, "xof", people) if _public_total(here, column) else None
    return {"per_member": (rate, "xof", None)}


def _public_total(here: pd.DataFrame, column: str) -> float | None:
    """A total to two digits, where enough groups stand behind it and none fills it."""
    by_group = here.groupby("group_id")[column].sum().fillna(0).sort_values(ascending=False)
    whole = float(by_group.sum())
    top = by_group.head(2).tolist()
    if (by_group > 0).sum() < MIN_GROUPS_TOTAL or whole <= 0:
        return None
    if top[0] > MAX_LARGEST * whole or sum(top) > MAX_TWO_LARGEST * whole:
        return None
    return two_digits(whole)


def _banded(gate: Gate) -> Gate:
    """Counts as bands, shares in steps of five points: what a gate saw must not tell more."""
    if gate.name == "effective_cases":
        return replace(gate, value=band(float(gate.value or 0)))
    # Away from the threshold, so that what failed never seems to meet it.
    step = math.ceil if gate.name == "interval_width" else math.floor
    return replace(gate, value=step(round(20 * float(gate.value or 0), 6)) / 20)


def _coarse(one: Downgrade) -> Downgrade:
    if isinstance(one.value, float):
        return replace(one, value=round(20 * one.value) / 20)
    return one


def _detail(
    definition: Definition, facts: dict[str, Any], figures: dict[str, Shown]
) -> dict[str, Any]:
    labels = definition.options.get("labels", {})
    parts = [
        {"name": name, **{lang: labels.get(name, definition.title.model_dump())[lang].strip()
                          for lang in ("fr", "en")}, **fact}
        for name, fact in facts.items()
    ]  # fmt: skip
    return {
        "parts": parts,
        "facts": {name: value for name, (value, _, _) in figures.items()},
    }


def _month(index: Any) -> str:
    number = int(index) - 1
    return f"{number // 12}-{number % 12 + 1:02d}"


ESTIMATORS = {"shares": shares, "payments": payments}
