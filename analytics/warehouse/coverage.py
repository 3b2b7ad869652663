"""Coverage and quality of a published version: who reported, what is late, what looks odd.

``coverage`` is the one answer; the command line prints it and the Data page shows it. It is of
class ``internal``: reports that are late name partners, and lists name groups.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from analytics.errors import UserError
from analytics.warehouse.read import Reader
from analytics.warehouse.references import LATE_AFTER_DAYS

#: months shown: a year of them
MONTHS = 12
#: warnings of an import that leave no trace in the data themselves
WARNED_ONLY = ("unknown_cercle", "cercle_not_in_region")


@dataclass(frozen=True)
class Reports:
    """Reports of one month: ``late`` are those not in although their delay (``due``) has passed,
    ``silent`` those among the late ones whose group was not heard of for twelve months.
    """

    month: str
    due: bool
    expected: int
    reported: int
    late: int
    silent: int

    @property
    def share(self) -> float | None:
        return self.reported / self.expected if self.expected else None


@dataclass(frozen=True)
class LateGroup:
    """A group that owes reports, ``missed`` of them since its last one."""

    group_id: str
    region: str
    cercle: str | None
    partner: str
    last_report: dt.date | None
    missed: int
    missing_since: dt.date
    silent: bool


@dataclass(frozen=True)
class Flagged:
    """How many records of one kind look odd, in how many groups (None: known by rows alone)."""

    kind: str
    count: int
    groups: int | None


@dataclass(frozen=True)
class Filled:
    """Of ``rows`` landed rows of a dataset, those with a value in a column."""

    dataset: str
    column: str
    required: bool
    rows: int
    filled: int

    @property
    def share(self) -> float:
        return self.filled / self.rows


@dataclass(frozen=True)
class Coverage:
    """Everything a version says of its own coverage; months ascend."""

    built_on: dt.date
    last_report: dt.date | None
    total: tuple[Reports, ...]
    by_region: dict[str, tuple[Reports, ...]]
    by_partner: dict[str, tuple[Reports, ...]]
    late_groups: int
    silent_groups: int
    flags: tuple[Flagged, ...]
    completeness: tuple[Filled, ...]

    @property
    def days_since_last_report(self) -> int | None:
        return (self.built_on - self.last_report).days if self.last_report else None

    @property
    def latest(self) -> Reports | None:
        """The latest month whose reports are due."""
        return next((month for month in reversed(self.total) if month.due), None)

    def as_json(self) -> dict[str, Any]:
        def plain(reports: tuple[Reports, ...]) -> list[dict[str, Any]]:
            return [
                {"month": r.month, "due": r.due, "expected": r.expected, "reported": r.reported,
                 "late": r.late, "silent": r.silent}
                for r in reports
            ]  # fmt: skip

        return {
            "built_on": str(self.built_on),
            "late_after_days": LATE_AFTER_DAYS,
            "last_report": str(self.last_report) if self.last_report else None,
            "days_since_last_report": self.days_since_last_report,
            "late_groups": self.late_groups,
            "silent_groups": self.silent_groups,
            "months": plain(self.total),
            "by_region": {place: plain(reports) for place, reports in self.by_region.items()},
            "by_partner": {name: plain(reports) for name, reports in self.by_partner.items()},
            "flags": [
                {"kind": f.kind, "count": f.count, "groups": f.groups} for f in self.flags
            ],
            "completeness": [
                {"dataset": c.dataset, "column": c.column, "rows": c.rows, "filled": c.filled,
                 "share": round(c.share, 4)}
                for c in self.completeness
            ],
        }  # fmt: skip


def coverage(reader: Reader) -> Coverage:
    """What a published version says of its coverage, over its last twelve full months.

    Raises:
        UserError: when the version was built before coverage was counted.
    """
    known = reader.query(
        "SELECT 1 FROM information_schema.tables WHERE table_name = 'mart_coverage__month'"
    )
    if not known:
        raise UserError("no_coverage", build=reader.build.build_id)
    months = [
        month
        for (month,) in reader.query(
            f"""SELECT DISTINCT month FROM mart_coverage__month
            ORDER BY month DESC LIMIT {MONTHS}"""
        )
    ]
    since = months[-1] if months else ""
    [(late, silent)] = reader.query(
        "SELECT count(*), coalesce(sum(silent), 0)::BIGINT FROM mart_coverage__group"
    )
    return Coverage(
        built_on=reader.build.built_on,
        last_report=reader.build.last_day,
        total=_reports(reader, "'mali'", since).get("mali", ()),
        by_region=_reports(reader, "region_2023", since),
        by_partner=_reports(reader, "partner", since),
        late_groups=late,
        silent_groups=silent,
        flags=_flags(reader),
        completeness=tuple(
            Filled(*row)
            for row in reader.query(
                "SELECT dataset, column_name, required, rows, filled FROM meta_completeness"
            )
        ),
    )


def _reports(reader: Reader, by: str, since: str) -> dict[str, tuple[Reports, ...]]:
    found: dict[str, list[Reports]] = {}
    for key, month, due, *counts in reader.query(
        f"""SELECT {by} AS key, month, max(due), sum(expected)::BIGINT, sum(reported)::BIGINT,
            sum(late)::BIGINT, sum(silent)::BIGINT
        FROM mart_coverage__month WHERE month >= ? GROUP BY key, month ORDER BY key, month""",
        [since],
    ):
        found.setdefault(key, []).append(Reports(month, bool(due), *counts))
    return {key: tuple(reports) for key, reports in found.items()}


def _flags(reader: Reader) -> tuple[Flagged, ...]:
    found = [
        Flagged(*row)
        for row in reader.query(
            """SELECT kind, count(*), count(DISTINCT group_id) FROM mart_coverage__flag
            GROUP BY kind ORDER BY kind"""
        )
    ]
    for code in WARNED_ONLY:
        count = sum(
            warned["count"]
            for batch in reader.batches
            for warned in batch["warnings"]
            if warned["code"] == code
        )
        if count:
            found.append(Flagged(code, count, None))
    return tuple(found)


def late_groups(reader: Reader, limit: int | None = None) -> list[LateGroup]:
    """Groups that owe reports; those heard of last come first, for they can still be reached."""
    rows = reader.query(
        f"""SELECT group_id, region_2023, cercle, partner, last_report, missed::BIGINT,
            missing_since, silent = 1
        FROM mart_coverage__group
        ORDER BY last_report DESC NULLS LAST, partner, group_id
        {f"LIMIT {limit:d}" if limit else ""}"""
    )
    return [LateGroup(*row) for row in rows]


def flagged_records(reader: Reader) -> list[dict[str, Any]]:
    """Every unusual record, the latest first: what to ask a partner about."""
    names = ("kind", "group_id", "obs_date", "value", "compared_with", "region", "partner")
    rows = reader.query(
        """SELECT kind, group_id, obs_date, value, compared_with, region_2023, partner
        FROM mart_coverage__flag ORDER BY obs_date DESC, group_id, kind"""
    )
    return [dict(zip(names, row, strict=True)) for row in rows]
