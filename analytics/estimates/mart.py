"""What a mart is, read from its columns: its grain, its dimensions, its cases.

Every mart has ``period_kind, period, region_2023, region_2012, cercle`` and the columns that
indicators name. Its grain shows in the others:

- *groups* (``members``): one row a group (or space) and period; ``members`` are the people
  behind it.
- *cases* (``person``, ``cluster``): rows of people or businesses; ``person`` identifies them,
  ``cluster`` is the savings group they belong to (for a respondent without one, her sampling
  point), empty where there is neither: such people count as people but never as a group.
- *sums* (``groups``): rows made of several groups, whose number ``groups`` is; no group's own share
  is known in them, so that there is neither an interval nor a test of dominance.
- *surveys* are cases with ``weight, stratum, psu``.
- *places* (``place_level``): one row a place and period, ``3`` a cercle, ``2`` a region, ``1`` a
  region of 2012 that was split since, ``0`` the country. No people stand behind them.

Further columns named like a breakdown are dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import get_args

import duckdb

from analytics.indicator import PLACE, TIME, Breakdown, Indicator

#: dimensions of place; a breakdown by region is stored for each division and for public units
PLACES = ("nation", "region_2023", "region_2012", "unit_2023", "unit_2012", "cercle")
#: the build's copy of a mart with every dimension of place
DIVIDED = "divided"

#: how the months of a place make up a longer span; what is named in neither is averaged
SUMMED = ("events", "fatalities")
WORST = ("alps_people", "people_exposed")


@dataclass(frozen=True)
class Mart:
    """A mart and its columns."""

    name: str
    columns: frozenset[str]

    @property
    def of_places(self) -> bool:
        return "place_level" in self.columns

    @property
    def of_cases(self) -> bool:
        return "person" in self.columns

    @property
    def of_sums(self) -> bool:
        return "groups" in self.columns

    @cached_property
    def grouped(self) -> bool:
        """One row a group and period, or a sum of groups."""
        return not self.of_places and not self.of_cases

    @property
    def of_groups(self) -> bool:
        """One row a group and period."""
        return self.grouped and not self.of_sums

    def dimensions(self, indicator: Indicator) -> tuple[str, ...]:
        """What an indicator is stored by, one at a time.

        Raises:
            ValueError: when it declares a breakdown that the mart has no column for.
        """
        declared = indicator.breakdowns
        found = ["nation"]
        if "region" in declared:
            found += [] if on_demand(indicator, "region") else ["region_2023", "region_2012"]
            # What is open to all is told for every region: units exist to protect groups.
            found += [] if indicator.klass == "open" else ["unit_2023", "unit_2012"]
        if "cercle" in declared and not on_demand(indicator, "cercle"):
            found.append("cercle")
        others = [name for name in declared if name not in (*TIME, *PLACE)]
        # Months since a crisis are made of the two columns that a curve rests on.
        if missing := [n for n in others if n not in self.columns and n != "since"]:
            raise ValueError(f"{indicator.id}: {self.name} has no column {', '.join(missing)}")
        return (*found, *others)


def on_demand(indicator: Indicator, breakdown: str) -> bool:
    """Whether a place in full detail is estimated when someone asks, and not by the build.

    A package makes these estimates cell by cell; only staff see regions and cercles exactly, a few
    at a time, and the build would spend most of its seconds on cells that nobody opens.
    """
    return indicator.statistic in ("mean", "median_months", "curve") and breakdown in PLACE


def mart_of(con: duckdb.DuckDBPyConnection, name: str) -> Mart:
    """The mart of that name, with the columns it has in this build."""
    rows = con.execute(f"DESCRIBE {name}").fetchall()
    return Mart(name, frozenset(row[0] for row in rows))


def with_places(con: duckdb.DuckDBPyConnection, mart: Mart) -> str:
    """A mart with every dimension of place as a column.

    Where people are, the column is never empty; a row about a region is in no cercle.
    """
    cercle = "m.cercle" if mart.of_places else "coalesce(m.cercle, 'not_specified')"
    units = con.execute("SELECT division, region, unit FROM region_unit ORDER BY ALL").fetchall()
    # Some twenty regions, written out: no question has to join them.
    new, old = (
        " ".join(f"WHEN '{region}' THEN '{unit}'" for of, region, unit in units if of == division)
        for division in ("2023", "2012")
    )
    return f"""(SELECT m.* REPLACE ({cercle} AS cercle), 'mali' AS nation,
            {f"CASE m.region_2023 {new} END" if new else "NULL::VARCHAR"} AS unit_2023,
            {f"CASE m.region_2012 {old} END" if old else "NULL::VARCHAR"} AS unit_2012
        FROM {mart.name} m) m"""


def write_divided(con: duckdb.DuckDBPyConnection, mart: Mart, where: str = "TRUE") -> None:
    """Create ``DIVIDED`` of the rows of a mart ``m`` that are asked; what divides it is coded.

    A hundred questions group by the same few texts, and codes are grouped in half the time.
    """
    relation = f"(SELECT * FROM {with_places(con, mart)} WHERE {where})"
    known = {"period_kind", "period", *PLACES, *get_args(Breakdown)}
    columns = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    names = [name for name, kind, *_ in columns if kind == "VARCHAR" and name in known]
    every = "list_sort(list(DISTINCT {0}) FILTER (WHERE {0} IS NOT NULL))"
    lists = ", ".join(map(every.format, names))
    [found] = con.execute(f"SELECT {lists} FROM {relation}").fetchall()
    coded = []
    for name, values in zip(names, found, strict=True):
        if codes := ", ".join("'" + value.replace("'", "''") + "'" for value in values or ()):
            coded.append(f"CAST({name} AS ENUM({codes})) AS {name}")
    chosen = f"* REPLACE ({', '.join(coded)})" if coded else "*"
    con.execute(f"CREATE TEMP TABLE {DIVIDED} AS SELECT {chosen} FROM {relation}")


def finest_places(relation: str, has: str, others: tuple[str, ...] = ()) -> str:
    """The rows of a mart of places that make each place up once.

    A measure may come by cercle, by region and for the country at the same time. A row counts
    unless a finer row with the measure lies inside its place in the same period, so that nothing
    is added twice and a national figure stands where it is all there is.

    Args:
        relation: the mart's rows, with their alias ``m``.
        has: condition that a row holds the measure.
        others: further dimensions of the mart, within which places are looked at.
    """
    beside = "".join(f", m.{name}" for name in others)
    return f"""(SELECT * FROM (
        SELECT m.*,
            max(m.place_level) OVER (PARTITION BY m.period_kind, m.period{beside}) AS _country,
            max(m.place_level) OVER (
                PARTITION BY m.period_kind, m.period, m.region_2012{beside}) AS _old,
            max(m.place_level) OVER (
                PARTITION BY m.period_kind, m.period, m.region_2023{beside}) AS _new
        FROM {relation} WHERE {has})
    WHERE place_level = CASE place_level WHEN 0 THEN _country WHEN 1 THEN _old ELSE _new END) m"""


def places_in_span(months: str, columns: frozenset[str]) -> str:
    """The rows of a mart of places over several months, one row a place.

    Args:
        months: the mart and the condition that chooses its months.
        columns: the mart's columns.
    """
    keys = ("place_level", "cercle", "region_2023", "region_2012")
    # In order, for sums of fractions depend on it in their last digit.
    made = [f"{'sum' if name in SUMMED else 'max' if name in WORST else 'avg'}"
            f"({name} ORDER BY {name}) AS {name}"
            for name in sorted(columns - {*keys, "period_kind", "period", "period_start",
                                          "period_end"})]  # fmt: skip
    return f"""(SELECT {", ".join([*keys, *made])}, 'span' AS period_kind, 'span' AS period
        FROM {months} GROUP BY {", ".join(keys)})"""
