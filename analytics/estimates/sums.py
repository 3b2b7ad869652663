"""The sums behind a question, in SQL: over places, over people in groups, over sums of groups.

What marts of groups come to is summed in memory (see ``groups``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import duckdb
import pandas as pd

from analytics.estimates.mart import Mart, finest_places
from analytics.estimates.question import COLLECTED, DENOMINATOR, Question, has_of, x_of, y_of
from analytics.indicator import PLACE, TIME, Breakdown, Indicator
from analytics.selection import values_of


def sums_in_sql(con: duckdb.DuckDBPyConnection, question: Question) -> pd.DataFrame:
    """The sums behind a question, one row a combination of keys.

    Returns:
        The keys, ``COLLECTED`` and a column ``caveat_<code>`` for each of its cells' caveats.
    """
    indicator, mart = question.indicator, question.mart
    named = [f"{expression} AS {name}" for name, expression in question.keys.items()]
    rows = question.rows()
    if mart.of_places:
        beside = tuple(
            name for name in get_args(Breakdown)
            if name in mart.columns and name not in (*TIME, *PLACE)
        )  # fmt: skip
        rows = finest_places(rows, has_of(indicator), beside)
    if not mart.of_cases:
        chosen = ", ".join([*named, *_parts(indicator, mart)])
        sql = f"SELECT {chosen} FROM {rows}{question.group_by()}"
        return con.execute(sql, question.values).df()
    sums = con.execute(_sums_over_clusters(indicator, question, rows), question.values).df()
    # A person is one however many groups and rounds she appears in.
    people = con.execute(
        f"""SELECT {", ".join([*named, "count(DISTINCT m.person) AS n_people"])}
        FROM {rows} WHERE {has_of(indicator)} AND m.weight IS NOT NULL{question.group_by()}""",
        question.values,
    ).df()
    if question.keys:
        sums = sums.merge(people, on=list(question.keys), how="left")
    else:
        sums["n_people"] = people["n_people"]
    return sums.assign(n_people=sums["n_people"].fillna(0))


def _parts(indicator: Indicator, mart: Mart) -> list[str]:
    """The sums where a row is a place or several groups, whose own shares nobody knows."""
    y, x, has = y_of(indicator), x_of(indicator), has_of(indicator)
    only = f"FILTER (WHERE {has})"
    known = indicator.population in mart.columns
    made = {
        "n_groups": f"coalesce(sum(m.groups) {only}, 0)" if mart.of_sums else "0",
        "n_people": f"coalesce(sum(m.members) {only}, 0)" if mart.of_sums else "0",
        "expected": f"coalesce(sum(m.{indicator.population}), 0)" if known else "0",
        "median": "NULL::DOUBLE",
        **_sums_of(y, x, only, mart.of_places),
    }
    if mart.of_sums:
        unknown = [name for name in made if name.endswith(("_top1", "_top2"))]
        made |= dict.fromkeys(unknown, "NULL::DOUBLE")
    flags = [f"max(m.caveat_{code}) AS caveat_{code}" for code in indicator.cell_caveats]
    return [*(f"{made[measure]} AS {measure}" for measure in COLLECTED), *flags]


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
    y, x = f"m.weight * {y_of(indicator)}", f"m.weight * {x_of(indicator)}"
    has = f"{has_of(indicator)} AND m.weight IS NOT NULL"
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


def over_the_whole(
    question: Question, frame: pd.DataFrame, sums: Callable[[Question], pd.DataFrame]
) -> pd.DataFrame:
    """Parts of a numerator over one denominator: that of all, in the same place and period.

    Args:
        frame: the sums behind the question.
        sums: gives those behind another.
    """
    kept = [n for n in question.keys if n not in question.parted and n not in ("dimension", "key")]
    keys = {name: question.keys[name] for name in kept}
    # What divides the numerator stands last in a set.
    sets = tuple(one[:-1] for one in question.grouping)
    whole = sums(replace(question, keys=keys, grouping=sets, parted={}))
    frame = _with_zeros(question, frame.drop(columns=list(DENOMINATOR)), whole[kept])
    if not kept:
        return frame.merge(whole[list(DENOMINATOR)], how="cross")
    return frame.merge(whole[[*kept, *DENOMINATOR]], on=kept)


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
