"""Data tests: what must hold in every build before it may be published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from analytics.indicator import indicators


@dataclass(frozen=True)
class CheckResult:
    """One data test: how many rows contradict it."""

    name: str
    violations: int

    @property
    def passed(self) -> bool:
        return self.violations == 0

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "violations": self.violations, "passed": self.passed}


#: name → SQL counting the rows that contradict it
CHECKS: dict[str, str] = {
    "each_group_once": """
        SELECT count(*) - count(DISTINCT group_id) FROM core_vsla_group""",
    "each_observation_once": """
        SELECT greatest(0, {records} - {landed})""",
    "every_landed_observation_is_used": """
        SELECT greatest(0, {landed} - {records})""",
    "every_landed_group_is_used": """
        SELECT abs((SELECT count(DISTINCT group_id) FROM landed_vsla_group)
            - (SELECT count(*) FROM core_vsla_group))""",
    "each_group_once_a_period": """
        SELECT abs({group_periods} - (SELECT count(*) FROM mart_network__group_period))""",
    "every_observation_reaches_the_mart": """
        SELECT abs({last_records} - (SELECT count(reported) FROM mart_network__group_period))""",
    "every_group_has_a_region": """
        SELECT count(*) FROM core_vsla_group WHERE region_2023 IS NULL OR region_2012 IS NULL""",
    "members_are_their_parts": """
        SELECT count(*) FROM mart_network__group_period WHERE members < members_women""",
    "regions_add_up_to_the_nation": """
        SELECT count(*) FROM (
            SELECT indicator, period,
                sum(CASE WHEN dimension = 'nation' THEN n_groups END) AS nation,
                sum(CASE WHEN dimension = 'region_2023' THEN n_groups END) AS regions
            FROM estimate WHERE indicator IN ({of_groups}) AND period_kind <> 'month'
            GROUP BY indicator, period)
        WHERE nation IS DISTINCT FROM regions""",
}


def run_checks(con: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    """Run every check on a build's database."""
    # A group is in one region; a sampling point or a place may be counted on more than one level.
    network = [i.id for i in indicators().values() if i.mart == "mart_network__group_period"]
    named = {"of_groups": ", ".join(f"'{name}'" for name in network)}
    # At the grain of the ledgers a build counts along the way: a group and day landed once or
    # oftener is one record.
    named |= {
        what: f"(SELECT sum(n) FROM core_ledger_count WHERE what = '{what}')"
        for what in ("landed", "records", "last_records", "group_periods")
    }
    results = [
        CheckResult(name, _count(con, sql.format(**named))) for name, sql in CHECKS.items()
    ]
    for found in indicators().values():
        if found.bounded:
            sql = f"""SELECT count(*) FROM estimate WHERE indicator = '{found.id}'
                AND (numerator < 0 OR numerator > denominator * (1 + 1e-9))"""
            results.append(CheckResult(f"share_within_bounds_{found.id}", _count(con, sql)))
    return results


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0] or 0)
