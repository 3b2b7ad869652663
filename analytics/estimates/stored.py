"""The estimates that a version stores: every indicator by one dimension at a time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd

from analytics.estimates.compute import answer
from analytics.estimates.groups import AT_A_TIME, Reading, in_parts, reading_of
from analytics.estimates.kept import changed_in, find_kept, kept_cells
from analytics.estimates.lots import Room
from analytics.estimates.mart import DIVIDED, Mart, mart_of, with_places, write_divided
from analytics.estimates.question import Question
from analytics.indicator import Indicator, indicators


def write_estimates(
    con: duckdb.DuckDBPyConnection, only: Sequence[Indicator] = (), *, aside: bool = False,
    before: Path | None = None,
) -> None:  # fmt: skip
    """Create ``estimate``: every indicator × dimension × period, exact.

    Args:
        only: these indicators alone (to make a number again).
        aside: as a temporary table, which stands before the version's own.
        before: folder of the version before, whose cells are kept where nothing changed.
    """
    by_mart: dict[str, list[Indicator]] = {}
    for found in only or indicators().values():
        by_mart.setdefault(found.mart, []).append(found)
    keeps = before is not None and find_kept(con, before, by_mart)
    asked = {mart: changed_in(con, mart) if keeps else "TRUE" for mart in by_mart}
    # Of what nobody delivered there is nothing to say; one frame is needed for its types.
    filled = [
        m for m in by_mart
        if con.execute(f"SELECT 1 FROM {m} m WHERE {asked[m]} LIMIT 1").fetchall()
    ]  # fmt: skip
    frames = [
        frame
        for name in filled or list(by_mart)[:1]
        for frame in _all_dimensions(con, name, by_mart[name], asked[name])
    ]
    # Empty frames have no types to give, but where nothing landed at all.
    everything = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
    con.register("_estimates", everything)
    parts = ["SELECT * FROM _estimates"] if filled or not keeps else []
    parts += [kept_cells(before, by_mart)] if before is not None and keeps else []
    con.execute(
        f"""CREATE {"TEMP " * aside}TABLE estimate AS
        SELECT * FROM ({" UNION ALL BY NAME ".join(parts)})
        ORDER BY indicator, dimension, period_kind, period, key"""
    )
    con.unregister("_estimates")


def _all_dimensions(
    con: duckdb.DuckDBPyConnection, name: str, group: Sequence[Indicator], where: str = "TRUE"
) -> list[pd.DataFrame]:
    """Every dimension and period of a mart's indicators, of the rows ``m`` that are asked."""
    mart = mart_of(con, name)
    for found in group:
        _only_places_are_open(found, mart)
    if mart.of_groups:
        return _of_groups(con, mart, group, where)
    write_divided(con, mart, where)
    # One query an indicator: the cost of a query grows faster than its number of aggregates.
    frames = []
    for found in group:
        whole, parted = _dimensions(found, mart)
        # What a package estimates cell by cell is asked one dimension at a time.
        timed = found.statistic in ("median_months", "curve")
        sets = [[name] for name in whole] if timed else [whole]
        if not mart.of_places and len(sets[0]) > 1:
            sets = [whole[:1], whole[1:]]  # the country, with its months
        frames += [_by_one_dimension(con, found, mart, names) for names in sets]
        frames += [_by_one_dimension(con, found, mart, [name], {name: None}) for name in parted]
    con.execute(f"DROP TABLE {DIVIDED}")
    return frames


def _only_places_are_open(indicator: Indicator, mart: Mart) -> None:
    """The gate lets all of an open indicator through: it may only be about places."""
    if (indicator.klass == "open") != mart.of_places:
        raise ValueError(f"{indicator.id}: open indicators, and they alone, are about places")


def _dimensions(indicator: Indicator, mart: Mart) -> tuple[list[str], list[str]]:
    """The dimensions that divide both sides of an indicator, and those of its numerator alone."""
    dimensions = mart.dimensions(indicator)
    parted: list[str] = [name for name in dimensions if name in indicator.numerator_by]
    return [name for name in dimensions if name not in parted], parted


def _of_groups(
    con: duckdb.DuckDBPyConnection, mart: Mart, group: Sequence[Indicator], where: str
) -> list[pd.DataFrame]:
    """All indicators of a mart of groups, a part of its periods at a time, and two of these at
    once: while rows of one are read, those of the other are added up."""
    relation = f"(SELECT * FROM {with_places(con, mart)})"
    keys = {"dimension": "", "key": "", "period_kind": "m.period_kind", "period": "m.period"}
    work: list[tuple[Reading, list[Question]]] = []
    rooms = [Room() for _ in range(AT_A_TIME)]
    # Months are two rows in three and seldom asked: but for the country they are answered on
    # demand (see ``estimate.stored``).
    for kinds, monthly in (("= 'month'", True), ("<> 'month'", False)):
        when = f"({where}) AND m.period_kind {kinds}"
        asked = []
        for found in group:
            whole, parted = _dimensions(found, mart)
            question = Question(found, mart, relation, keys, when)
            asked.append(replace(question, grouping=_sets(whole[:1] if monthly else whole)))
            for name in parted if not monthly else ():
                asked.append(replace(question, grouping=_sets([name]), parted={name: None}))
        sets = dict.fromkeys(one for question in asked for one in question.grouping)
        every = replace(asked[0], grouping=tuple(sets))
        reading = reading_of(con, every, group)
        for part in in_parts(con, every, len(reading.columns)):
            work.append((reading, [replace(one, where=part.where) for one in asked]))
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        answered = pool.map(lambda one: _of_part(con, rooms, *one), work)
        return [frame for frames in answered for frame in frames]


def _of_part(
    con: duckdb.DuckDBPyConnection, rooms: list[Room], reading: Reading, asked: Sequence[Question]
) -> list[pd.DataFrame]:
    """The answers to questions about the same few periods, in one of the rooms that are free."""
    frames = []
    room = rooms.pop()
    with closing(con.cursor()) as own:
        held = replace(reading, con=own, room=room)
        for question in asked:
            frame = answer(own, question, held)
            left_out = [] if "quarter" in question.indicator.breakdowns else ["quarter"]
            frames.append(frame[frame["key"].notna() & ~frame["period_kind"].isin(left_out)])
        held.forget()
    rooms.append(room)
    return frames


def _sets(dimensions: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """One dimension at a time, by period."""
    return tuple(("m.period_kind", "m.period", f"m.{name}") for name in dimensions)


def _by_one_dimension(
    con: duckdb.DuckDBPyConnection,
    indicator: Indicator,
    mart: Mart,
    dimensions: Sequence[str],
    parted: dict[str, str | None] | None = None,
) -> pd.DataFrame:
    """An indicator of the rows in ``DIVIDED`` by one dimension at a time."""
    # Months are two rows in three and seldom asked: but for the country and open indicators they
    # are answered on demand (see ``estimate.stored``).
    monthly = mart.of_places or list(dimensions) == ["nation"]
    where = "TRUE" if monthly else "m.period_kind <> 'month'"
    if "quarter" not in indicator.breakdowns:
        where += " AND m.period_kind <> 'quarter'"
    # In each grouping set one dimension has values and all others are empty.
    chosen = " ".join(f"WHEN grouping(m.{name}) = 0 THEN '{name}'" for name in dimensions)
    keys = {
        "dimension": f"CASE {chosen} END" if len(dimensions) > 1 else f"'{dimensions[0]}'",
        "key": f"coalesce({', '.join(f'CAST(m.{name} AS VARCHAR)' for name in dimensions)})",
        "period_kind": "CAST(m.period_kind AS VARCHAR)",
        "period": "CAST(m.period AS VARCHAR)",
    }
    since = "key" if list(dimensions) == ["since"] else None
    frame = answer(
        con,
        Question(indicator, mart, DIVIDED, keys, where, (), _sets(dimensions), parted or {}, since),
    )
    # A row without a value for a dimension (the country has no region) is in no cell of it.
    return frame[frame["key"].notna()]
