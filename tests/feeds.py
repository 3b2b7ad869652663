"""What tests of feeds share: importing one invented table, and what landed of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from analytics.warehouse.report import FileReport

Land = Callable[..., list[FileReport]]
Values = dict[tuple[str, str, str, str], float]

MONTHLY = (
    "Country,Admin1,Admin2,ISO3,Admin2 Pcode,Admin1 Pcode,Month,Year,Events,Fatalities\n"
    "Mali,Segou,Niono,MLI,ML0405,ML04,January,2025,7,3\n"
    "Mali,Segou,Niono,MLI,ML0405,ML04,February,2025,0,0\n"
    "Mali,Segou,San,MLI,,ML04,2,2025,,1\n"
    "Niger,Tahoua,Tahoua,NER,NER005008,NER005,January,2025,9,9\n"
)


@pytest.fixture
def read(land: Land, tmp_path: Path) -> Callable[..., tuple[FileReport, Values]]:
    """Import one table of text under a name that says nothing; its report and what landed."""

    def run(content: str | bytes, name: str = "fichier.csv") -> tuple[FileReport, Values]:
        [report] = land({name: content})
        assert report.rows_read == (report.rows_landed + report.rows_rejected
                                    + report.rows_duplicate + report.rows_out_of_scope)  # fmt: skip
        if not (tmp_path / "home" / "landed").exists():
            return report, {}
        found = duckdb.sql(
            f"""SELECT source, place, month, measure, value
            FROM read_parquet('{tmp_path}/home/landed/shock_exposure/*.parquet')"""
        ).fetchall()
        return report, {(s, p, m, what): value for s, p, m, what, value in found}

    return run


def counts(report: FileReport) -> tuple[int, ...]:
    """Read, landed, refused, duplicate, out of scope."""
    return (report.rows_read, report.rows_landed, report.rows_rejected, report.rows_duplicate,
            report.rows_out_of_scope)  # fmt: skip


def refused(report: FileReport) -> set[str]:
    return {rule.rule for rule in report.by_rule}


def near(values: Values, measure: str) -> dict[tuple[str, str], float]:
    """(place, month) → value of one measure, whatever the source."""
    return {(p, m): v for (_, p, m, what), v in values.items() if what == measure}
