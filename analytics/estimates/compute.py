"""Exact estimates from a mart, once for every question shape.

``write_estimates`` runs the shapes that pages ask at build time; ``compute`` answers a staff
member's free question by the same way. Nothing here rounds or hides: see ``disclosure.gate``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

import duckdb
import numpy as np
import pandas as pd

from analytics.estimates.intervals import ratio_intervals
from analytics.estimates.kept import changed_in, find_kept, kept_cells
from analytics.estimates.mart import DIVIDED, Mart, finest_places, mart_of, write_divided
from analytics.estimates.survey import survey_means, waves_of
from analytics.estimates.survival import at_each_month, curves, median_times
from analytics.indicator import PLACE, TIME, Breakdown, Indicator, indicators
from analytics.selection import LAST_MONTH_SINCE, values_of

#: columns of an exact estimate beside its keys
MEASURES = (
    "value", "low", "high", "median", "numerator", "denominator", "n_groups", "n_people",
    "expected", "numerator_absolute", "numerator_top1", "numerator_top2",
    "denominator_absolute", "denominator_top1", "denominator_top2", "caveats",
)  # fmt: skip
_COUNTS = ("n_groups", "n_people", "expected")
#: what stands for "undivided" in a mart's column that divides numerators alone
ALL = "all"


@dataclass(frozen=True)
class Question:
    """One pass over a mart.

    Attributes:
        relation: a table or subquery with the mart's columns.
        where: condition over it, with values bound in ``parameters`` (the relation's own first).
        keys: name → expression over the relation ``m``; one row of the answer a combination.
        grouping: what to group by, one tuple of expressions a grouping set, where it is not simply
            the keys.
        parted: what divides the numerator alone: breakdown → its one value, or None for each.
        since: the key that runs over the months of a curve, if one does.
        timed: whether a curve's rows hold its two columns as they are, and not what they come to.
    """

    indicator: Indicator
    mart: Mart
    relation: str
    keys: dict[str, str]
    where: str = "TRUE"
    parameters: tuple[object, ...] = ()
    grouping: tuple[tuple[str, ...], ...] = ()
    parted: dict[str, str | None] = field(default_factory=dict)
    since: str | None = None
    timed: bool = False

    @property
    def source(self) -> str:
        relation, of = self.relation, self.indicator
        if of.statistic == "curve" and not self.timed:
            months = range(LAST_MONTH_SINCE + 1) if self.since else [LAST_MONTH_SINCE]
            relation = at_each_month(relation, of.numerator, str(of.denominator), months)
        return f"(SELECT * FROM {relation} m WHERE {self.where}) m"

    @property
    def undivided(self) -> list[str]:
        """The mart's columns that hold ``all`` for the rows of everyone (see ``numerator_by``)."""
        known = [self.indicator, *(i for i in indicators().values() if i.mart == self.mart.name)]
        return sorted({name for found in known for name in found.numerator_by})

    @property
    def division(self) -> tuple[list[str], list[object]]:
        """Which rows count, undivided but by what the question divides: conditions and values."""
        wanted, values = [], []
        for name in self.undivided:
            if name not in self.parted:
                wanted.append(f"m.{name} = '{ALL}'")
            else:
                wanted.append(f"m.{name} {'<>' if self.parted[name] is None else '='} ?")
                values.append(self.parted[name] or ALL)
        return wanted, list(values)

    def rows(self) -> str:
        """The relation ``m`` the question is asked of."""
        wanted, _ = self.division
        if not wanted:
            return self.source
        return f"(SELECT * FROM {self.source} WHERE {' AND '.join(wanted)}) m"

    @property
    def values(self) -> list[object]:
        """What is bound in ``rows``, in order."""
        return [*self.parameters, *self.division[1]]

    def group_by(self, *also: str) -> str:
        """The GROUP BY clause, each set of it by ``also`` as well; empty for one cell."""
        sets = [", ".join([*one, *also]) for one in self.grouping or [tuple(self.keys.values())]]
        if len(sets) > 1:
            return f" GROUP BY GROUPING SETS ({', '.join(f'({one})' for one in sets)})"
        return f" GROUP BY {sets[0]}" if sets[0] else ""


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
    asked = {mart: changed_in(mart) if keeps else "TRUE" for mart in by_mart}
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
    mart = mart_of(con, name)
    write_divided(con, mart, where)
    # One query an indicator: the cost of a query grows faster than its number of aggregates.
    frames = []
    for found in group:
        _only_places_are_open(found, mart)
        dimensions = mart.dimensions(found)
        parted = [name for name in dimensions if name in found.numerator_by]
        whole = [name for name in dimensions if name not in parted]
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


def _by_one_dimension(
    con: duckdb.DuckDBPyConnection,
    indicator: Indicator,
    mart: Mart,
    dimensions: Sequence[str],
    parted: dict[str, str | None] | None = None,
) -> pd.DataFrame:
    """An indicator by one dimension at a time."""
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
    sets = tuple(("m.period_kind", "m.period", f"m.{name}") for name in dimensions)
    since = "key" if list(dimensions) == ["since"] else None
    frame = _answer(
        con, Question(indicator, mart, DIVIDED, keys, where, (), sets, parted or {}, since)
    )
    # A row without a value for a dimension (the country has no region) is in no cell of it.
    return frame[frame["key"].notna()]


def compute(
    con: duckdb.DuckDBPyConnection,
    indicator: Indicator,
    keys: dict[str, str],
    where: str,
    parameters: Sequence[object],
    relation: str | None = None,
    parted: dict[str, str | None] | None = None,
) -> pd.DataFrame:
    """One indicator over a free question.

    Args:
        keys: name → expression over the mart ``m``; one row a combination.
        where: condition over the mart with bound values ``parameters``.
        relation: another relation with the mart's columns (a last observation in a free span).
        parted: breakdowns of the question that divide the numerator alone (see ``Question``).

    Returns:
        The key columns, then ``MEASURES``.
    """
    mart = mart_of(con, indicator.mart)
    question = Question(
        indicator, mart, relation or mart.name, keys, where, tuple(parameters),
        parted=parted or {}, since="since" if "since" in keys else None,
    )  # fmt: skip
    frame = _answer(con, question).drop(columns="indicator")
    return frame[frame[list(keys)].notna().all(axis=1)] if keys else frame


def _answer(con: duckdb.DuckDBPyConnection, question: Question) -> pd.DataFrame:
    frame = _sums(con, question)
    if question.parted:
        frame = _over_the_whole(con, question, frame)
    frame.insert(0, "indicator", question.indicator.id)
    frame = _finish(frame, question)
    if question.indicator.statistic == "mean":
        frame = _with_design(con, question, frame)
    elif question.indicator.statistic in ("median_months", "curve"):
        frame = _with_times(con, question, frame)
    return frame


_DENOMINATOR = (
    "n_groups", "n_people", "expected", "denominator", "dd",
    "denominator_absolute", "denominator_top1", "denominator_top2",
)  # fmt: skip
_COLLECTED = (
    "n_groups", "n_people", "expected", "numerator", "denominator", "nn", "nd", "dd", "median",
    "numerator_absolute", "numerator_top1", "numerator_top2",
    "denominator_absolute", "denominator_top1", "denominator_top2",
)  # fmt: skip


def _sums(con: duckdb.DuckDBPyConnection, question: Question) -> pd.DataFrame:
    """The sums behind a question, one row a combination of keys."""
    indicator, mart = question.indicator, question.mart
    named = [f"{expression} AS {name}" for name, expression in question.keys.items()]
    rows = question.rows()
    if mart.of_places:
        beside = tuple(
            name for name in get_args(Breakdown)
            if name in mart.columns and name not in (*TIME, *PLACE)
        )  # fmt: skip
        rows = finest_places(rows, _has(indicator), beside)
    if not mart.of_cases:
        chosen = ", ".join([*named, *_parts(indicator, mart)])
        sql = f"SELECT {chosen} FROM {rows}{question.group_by()}"
        return con.execute(sql, question.values).df()
    sums = con.execute(_sums_over_clusters(indicator, question, rows), question.values).df()
    # A person is one however many groups and rounds she appears in.
    people = con.execute(
        f"""SELECT {", ".join([*named, "count(DISTINCT m.person) AS n_people"])}
        FROM {rows} WHERE {_has(indicator)} AND m.weight IS NOT NULL{question.group_by()}""",
        question.values,
    ).df()
    if question.keys:
        sums = sums.merge(people, on=list(question.keys), how="left")
    else:
        sums["n_people"] = people["n_people"]
    return sums.assign(n_people=sums["n_people"].fillna(0))


def _y(indicator: Indicator) -> str:
    return f"CAST(m.{indicator.numerator} AS DOUBLE)"


def _x(indicator: Indicator) -> str:
    return f"CAST({f'm.{of}' if (of := indicator.denominator) else 1} AS DOUBLE)"


def _has(indicator: Indicator) -> str:
    """Whether a row has what the indicator needs; one lacking an input is in no sum."""
    has = f"m.{indicator.numerator} IS NOT NULL"
    if indicator.denominator:
        has += f" AND m.{indicator.denominator} IS NOT NULL"
    return has


def _parts(indicator: Indicator, mart: Mart) -> list[str]:
    """The sums where a row is a group (or a place)."""
    y, x, has = _y(indicator), _x(indicator), _has(indicator)
    only = f"FILTER (WHERE {has})"
    median = f"median({y} / {x}) FILTER (WHERE {has} AND {x} <> 0)"
    known = indicator.population in mart.columns
    counted = f"coalesce(sum(m.groups) {only}, 0)" if mart.of_sums else f"count(*) {only}"
    made = {
        "n_groups": counted if mart.grouped else "0",
        "n_people": f"coalesce(sum(m.members) {only}, 0)" if mart.grouped else "0",
        "expected": f"coalesce(sum(m.{indicator.population}), 0)" if known else "0",
        "median": median if indicator.denominator and mart.grouped else "NULL::DOUBLE",
        **_sums_of(y, x, only, mart.of_places),
    }
    if mart.of_sums:
        unknown = [name for name in made if name.endswith(("_top1", "_top2"))]
        made |= dict.fromkeys((*unknown, "median"), "NULL::DOUBLE")
    flags = [f"max(m.caveat_{code}) AS caveat_{code}" for code in indicator.cell_caveats]
    return [*(f"{made[measure]} AS {measure}" for measure in _COLLECTED), *flags]


def _sums_of(y: str, x: str, only: str, ordered: bool = False) -> dict[str, str]:
    """``ordered``: added up in one order, which sums of fractions show in their last digits."""

    def total(of: str) -> str:
        return f"sum({of}{f' ORDER BY {of}' * ordered}) {only}"

    return {
        "numerator": total(y), "denominator": total(x),
        "nn": total(f"{y} * {y}"), "nd": total(f"{x} * {y}"), "dd": total(f"{x} * {x}"),
        "numerator_absolute": total(f"abs({y})"), "denominator_absolute": total(f"abs({x})"),
    } | {
        f"{name}_top{rank}": f"list_extract(max(abs({of}), 2) {only}, {rank})"
        for name, of in (("numerator", y), ("denominator", x)) for rank in (1, 2)
    }  # fmt: skip


def _sums_over_clusters(indicator: Indicator, question: Question, rows: str) -> str:
    """The sums where rows are people or businesses: first within their group, then over groups.

    People without a group are people, but no group: what rests on them alone stays below the
    threshold of groups.
    """
    y, x, has = f"m.weight * {_y(indicator)}", f"m.weight * {_x(indicator)}", _has(indicator)
    has += " AND m.weight IS NOT NULL"
    flags = [f"caveat_{code}" for code in indicator.cell_caveats]
    only = f"FILTER (WHERE {has})"
    named = [f"{expression} AS {name}" for name, expression in question.keys.items()]
    inner = f"""SELECT {", ".join([*named, "m.cluster AS _cluster"])},
            {", ".join([f"sum({y}) {only} AS _y", f"sum({x}) {only} AS _x",
                        *(f"max(m.{flag}) AS {flag}" for flag in flags)])}
        FROM {rows}{question.group_by("m.cluster")}"""
    made = {
        "n_groups": "count(_y) FILTER (WHERE _cluster IS NOT NULL)",
        "expected": "0",
        "median": "NULL::DOUBLE",
        **_sums_of("_y", "_x", ""),
    }
    parts = [f"{sql} AS {measure}" for measure, sql in made.items()]
    parts += [f"max({flag}) AS {flag}" for flag in flags]
    names = ", ".join(question.keys)
    grouping = f" GROUP BY {names}" if names else ""
    return f"SELECT {', '.join([*question.keys, *parts])} FROM ({inner}) AS s{grouping}"


def _over_the_whole(
    con: duckdb.DuckDBPyConnection, question: Question, frame: pd.DataFrame
) -> pd.DataFrame:
    """Parts of a numerator over one denominator: that of all, in the same place and period."""
    kept = [n for n in question.keys if n not in question.parted and n not in ("dimension", "key")]
    keys = {name: question.keys[name] for name in kept}
    # What divides the numerator stands last in a set.
    sets = tuple(one[:-1] for one in question.grouping)
    whole = _sums(con, replace(question, keys=keys, grouping=sets, parted={}))
    frame = _with_zeros(question, frame.drop(columns=list(_DENOMINATOR)), whole[kept])
    if not kept:
        return frame.merge(whole[list(_DENOMINATOR)], how="cross")
    return frame.merge(whole[[*kept, *_DENOMINATOR]], on=kept)


def _with_zeros(
    question: Question, frame: pd.DataFrame, cells: pd.DataFrame
) -> pd.DataFrame:
    """What nobody gave or did, where all could have said so, is none of it: 0 and not "no data"."""
    [name] = question.parted if len(question.parted) == 1 else [None]
    if name is None or question.parted[name] is not None:
        return frame
    column = "key" if "key" in question.keys else name
    codes = values_of(name, question.indicator)
    every = cells.merge(pd.DataFrame({column: list(codes)}), how="cross")
    zero = {"numerator": 0.0, "nn": 0.0, "nd": 0.0, "numerator_absolute": 0.0}
    frame = frame.merge(every, on=list(every.columns), how="outer")
    if "dimension" in frame:
        frame["dimension"] = name
    return frame.fillna(zero)


def _finish(frame: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Divide after summing; 0/0 and x/0 are no data."""
    indicator, scale = question.indicator, question.indicator.scale
    numerator = frame["numerator"].to_numpy(float)
    denominator = frame["denominator"].to_numpy(float)
    n = frame["n_groups"].to_numpy(float)
    low = high = np.full(len(frame), np.nan)
    if indicator.statistic == "total":
        value = numerator
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(denominator != 0, numerator / denominator, np.nan)
        if not (question.mart.of_places or question.mart.of_sums):
            low, high = ratio_intervals(
                value, n, frame["nn"].to_numpy(float), frame["nd"].to_numpy(float),
                frame["dd"].to_numpy(float), denominator, np.full(len(frame), indicator.bounded),
            )  # fmt: skip
            # What is negative in no group is not negative at the end of an interval either.
            positive = frame["numerator_absolute"].to_numpy(float) == numerator
            low = np.where(positive, np.maximum(low, 0), low)
    finished = frame.assign(
        value=scale * value, low=scale * low, high=scale * high,
        median=scale * frame["median"].to_numpy(float),
        caveats=_caveats(frame, indicator),
    )  # fmt: skip
    for count in _COUNTS:
        finished[count] = finished[count].astype("int64")
    if indicator.statistic == "total":
        finished["denominator"] = np.nan
    return finished[["indicator", *question.keys, *MEASURES]]


def _caveats(frame: pd.DataFrame, indicator: Indicator) -> list[str | None]:
    """The codes of what is particular to each cell, separated by spaces."""
    flags = {code: frame[f"caveat_{code}"].eq(1).fillna(False) for code in indicator.cell_caveats}
    rows = zip(*flags.values(), strict=True) if flags else ((),) * len(frame)
    told = (" ".join(c for c, held in zip(flags, row, strict=True) if held) for row in rows)
    return [text or None for text in told]


def _with_design(
    con: duckdb.DuckDBPyConnection, question: Question, frame: pd.DataFrame
) -> pd.DataFrame:
    """Survey means in the place of ratios of sums; the rest of each cell stays."""
    keys, indicator = list(question.keys), question.indicator
    stored = question.relation == DIVIDED
    if stored:
        cuts = [[one[-1].removeprefix("m.")] for one in question.grouping]
        named = [f"m.{name}" for name in ("period_kind", "period", *(n for [n] in cuts))]
    else:
        cuts = [keys]
        named = [f"CAST({sql} AS VARCHAR) AS {name}" for name, sql in question.keys.items()]
    spans = question.relation not in (question.mart.name, DIVIDED)
    columns = [
        *named, f"{_y(indicator)} AS y", "m.weight",
        # Numbers, for text by the ten thousand is slow to carry and to group.
        "hash(m.stratum) AS stratum", "hash(m.psu) AS psu",
        # What is stored counts by whole periods.
        "1 AS counts" if stored else f"CASE WHEN {question.where} THEN 1 ELSE 0 END AS counts",
        "hash(m.person, m.stratum) AS _row",
        "0 AS _survey" if spans else "hash(m.period_kind, m.period) AS _survey",
    ]  # fmt: skip
    wanted, bound = question.division
    counted = [_has(indicator), "m.weight IS NOT NULL", *wanted, *([question.where] * stored)]
    # The relation's own values are bound before those of the condition.
    rows = con.execute(
        f"WITH r AS (SELECT * FROM {question.relation}) SELECT {', '.join(columns)} "
        f"FROM r m WHERE {' AND '.join(counted)}",
        [*question.parameters, *bound],
    ).df()
    frames = []
    for own in cuts:
        told, waves = waves_of(rows.dropna(subset=own), own)
        found = survey_means(told, own, share=indicator.bounded)
        if stored:
            periods = waves.merge(rows.drop_duplicates("_survey"), on="_survey")
            found = periods[["wave", "period_kind", "period"]].merge(found, on="wave")
            found = found.rename(columns={own[0]: "key"}).assign(dimension=own[0])
        frames.append(found.astype(dict.fromkeys(keys, object)))
    filled = [found for found in frames if len(found)] or frames[:1]
    return _replaced(frame, pd.concat(filled), keys, "few_groups_in_stratum", indicator.scale)


def _with_times(
    con: duckdb.DuckDBPyConnection, question: Question, frame: pd.DataFrame
) -> pd.DataFrame:
    """Median times, or points of curves, in the place of ratios of sums."""
    indicator, since = question.indicator, question.since
    asked = replace(question, since=None, timed=True)
    keys = {name: sql for name, sql in question.keys.items() if name != since}
    named = [f"{expression} AS {name}" for name, expression in keys.items()]
    columns = [*named, f"m.{indicator.numerator} AS months", f"m.{indicator.denominator} AS event"]
    positions = ", ".join(str(n + 1) for n in range(len(columns)))
    rows = con.execute(
        f"SELECT {', '.join([*columns, 'count(*) AS n'])} FROM {asked.rows()} "
        f"WHERE {_has(indicator)} AND m.weight IS NOT NULL GROUP BY {positions}",
        asked.values,
    ).df()
    if indicator.statistic == "median_months":
        found = median_times(rows, list(keys))
        return _replaced(frame, found, list(keys), "median_not_reached", 1)
    found = curves(rows, list(keys), LAST_MONTH_SINCE)
    if since:
        found = found.rename(columns={"since": since})
    else:
        found = found[found["since"] == str(LAST_MONTH_SINCE)].reset_index(drop=True)
    return _replaced(frame, found, list(question.keys), "few_still_followed", 1)


def _replaced(
    frame: pd.DataFrame, found: pd.DataFrame, keys: list[str], flag: str, scale: float
) -> pd.DataFrame:
    """Value, interval and one caveat of each cell from a package's answer."""
    own = ["value", "low", "high"]
    kept = frame.drop(columns=own)
    if found.empty:
        return frame.assign(value=np.nan, low=np.nan, high=np.nan)
    joined = kept.merge(found, on=keys, how="left") if keys else kept.join(found)
    joined[own] = joined[own].astype(float) * scale
    flagged = joined[flag].eq(True)
    # A cell without caveats holds None or, after other frames were joined, NaN.
    known = (text if isinstance(text, str) else "" for text in joined["caveats"])
    texts = zip(known, flagged, strict=True)
    joined["caveats"] = [" ".join(t for t in (c, flag * f) if t) or None for c, f in texts]
    return joined[frame.columns]
