"""What a check keeps and warns of: odd headers, amounts rounded, records out of the usual."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from analytics.sources import personal
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.files import Table
from analytics.sources.findings import Warned
from analytics.sources.recognise import Recognition

#: members outside this range are unusual for a savings group (domain: CARE says 15–25)
USUAL_MEMBERS = (10, 35)
#: a value this many times the group's own median is probably a typing error
OUTLIER_FACTOR = 10
#: observations a group needs before its median says anything
OUTLIER_MIN_ROWS = 4
OUTLIER_COLUMNS = ("savings_cycle_xof", "loans_outstanding_xof", "social_fund_xof")
#: dataset → the columns that are compared along its key
WATCHED = {"vsla_observation": OUTLIER_COLUMNS}
#: (SQL) whether a row may land; ``check`` sets the bit of each row that is left out
LANDS = "get_bit(getvariable('left_out')::BIT, _row::INTEGER) = 0"


def warnings_about(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    found: Recognition,
    present: Collection[str],
    cycles: str | None,
) -> list[Warned]:
    """What is odd in a table of which the rows that may land are known.

    Args:
        con: the scratch connection of ``check``, with its relations ``typed`` and ``ordered``.
        present: the contract's columns that the table has.
        cycles: SQL yielding ``group_id, date_savings_started`` of the cycles landed earlier.
    """
    warned = _about_headers(table, found)
    integers = integer_columns(con)
    for name, column in columns_of(DATASETS[found.dataset]).items():
        if name in present and column.amount and name not in integers:
            count = _count(con, f'SELECT count(*) FROM typed WHERE "{name}" <> trunc("{name}")')
            if count:
                warned.append(Warned("rounded_to_franc", name, count))
    if found.dataset == "vsla_observation":
        warned += _about_observations(con, cycles)
    return warned


def integer_columns(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The columns of ``typed`` that cannot hold a fraction."""
    described = con.execute("DESCRIBE typed").fetchall()
    return {name for name, kind, *_ in described if kind in ("INTEGER", "BIGINT")}


def _about_headers(table: Table, found: Recognition) -> list[Warned]:
    warned = list(table.notes)
    for code, headers in (
        ("personal_column_dropped", found.personal),
        ("unknown_column_dropped", found.unknown),
        ("repeated_column_ignored", found.repeated),
    ):
        for header in headers:
            warned.append(Warned(code, None, 1, personal.mask(header)))
    if service := found.service:
        shown = ", ".join(service)
        warned.append(Warned("service_columns_dropped", None, len(service), shown))
    for header, name in found.guessed:
        warned.append(Warned("header_guessed", name, 1, personal.mask(header)))
    return warned


def _about_observations(con: duckdb.DuckDBPyConnection, cycles: str | None) -> list[Warned]:
    low, high = USUAL_MEMBERS
    medians = ", ".join(f'median("{c}") AS m_{c}' for c in OUTLIER_COLUMNS)
    outlier = " OR ".join(
        f'"{c}" > {OUTLIER_FACTOR} * m_{c} AND m_{c} > 0' for c in OUTLIER_COLUMNS
    )
    # Few groups hold an outlier: their rows alone are looked at one by one.
    holds_one = " OR ".join(
        f'max("{c}") > {OUTLIER_FACTOR} * m_{c} AND m_{c} > 0' for c in OUTLIER_COLUMNS
    )
    counts = {
        # Few rows are unusual: only of those is it asked whether they land.
        "unusual_member_count": f"""SELECT count(*) FROM typed WHERE CASE
            WHEN members_women + members_men NOT BETWEEN {low} AND {high} THEN {LANDS} END""",
        "savings_fell_in_cycle": f"""SELECT count(*) FROM (
            SELECT group_id, obs_date, savings_cycle_xof, lag(group_id) OVER () AS last_group,
                lag(obs_date) OVER () AS last_date, lag(savings_cycle_xof) OVER () AS before
            FROM ordered) o
            WHERE group_id = last_group AND savings_cycle_xof < before AND {_same_cycle(cycles)}""",
        "far_above_group_median": f"""SELECT count(*) FROM ordered JOIN (
            SELECT group_id, {medians} FROM ordered GROUP BY group_id
            HAVING count(*) >= {OUTLIER_MIN_ROWS} AND ({holds_one})) USING (group_id)
            WHERE {outlier}""",
    }
    columns = {
        "unusual_member_count": "members_women",
        "savings_fell_in_cycle": "savings_cycle_xof",
        "far_above_group_median": None,
    }
    found = {code: _count(con, sql) for code, sql in counts.items()}
    return [Warned(code, columns[code], count) for code, count in found.items() if count]


def _same_cycle(cycles: str | None) -> str:
    """Whether no new cycle began between two observations ``o`` of a group.

    Without a register of cycles, savings that fall to near zero are taken for a new cycle.
    """
    if cycles is None:
        return "savings_cycle_xof > before / 2"
    return f"""NOT EXISTS (SELECT 1 FROM ({cycles}) c WHERE c.group_id = o.group_id
        AND c.date_savings_started > o.last_date AND c.date_savings_started <= o.obs_date)"""


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0] or 0)
