"""Build and publish: landed batches → marts → estimates → disclosure → claims → checks
→ a new version."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from analytics import __version__
from analytics.advocacy.evidence import remember
from analytics.disclosure.audit import Audit, audit
from analytics.disclosure.gate import write_public_estimates
from analytics.disclosure.units import write_region_units
from analytics.errors import UserError
from analytics.estimates.stored import write_estimates
from analytics.evidence.store import write_claims
from analytics.settings import settings
from analytics.warehouse import build as steps
from analytics.warehouse import ledger, parts, spark
from analytics.warehouse.boundaries import write_boundaries
from analytics.warehouse.checks import CheckResult, run_checks
from analytics.warehouse.home import Batch, Home, Waiting, nobody_told
from analytics.warehouse.read import Reader
from analytics.warehouse.references import load_references
from analytics.warehouse.removal import sweep
from analytics.warehouse.session import leave_room, quiet
from analytics.warehouse.standing import before_of, first_day_changed
from analytics.warehouse.status import tested
from analytics.warehouse.verify import reading_once, seal

ENGINES = ("duckdb", "spark")


@dataclass
class BuildReport:
    """What a build did: seconds a stage, rows a table, and the outcome of each check."""

    build_id: str
    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    checks: list[CheckResult] = field(default_factory=list)
    #: what the auditor found: hidden cells, and how closely the narrowest can be told
    disclosure: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "build_id": self.build_id,
            "seconds": {stage: round(s, 2) for stage, s in self.seconds.items()},
            "rows": self.rows,
            "tables": sorted(self.rows),
            "checks": [check.as_json() for check in self.checks],
            "disclosure": self.disclosure,
        }


def build(
    home: Home,
    *,
    engine: str = "duckdb",
    built_on: dt.datetime | None = None,
    claims: bool = True,
    progress: Callable[[str], None] = lambda text: None,
    waiting: Waiting = nobody_told,
) -> BuildReport:
    """Build everything from the landed batches and publish it.

    A build that fails leaves the published version as it was.

    Args:
        engine: what runs the models, ``duckdb`` or ``spark``; the tables are the same.
        built_on: the moment the build is dated; now unless a test says otherwise.
        claims: whether to judge the claims; a version without them says nothing of evidence.

    Raises:
        UserError: when nothing has landed, a batch is damaged, a check fails, or the engine is
            unknown or not there.
    """
    if engine not in ENGINES:
        raise UserError("engine_unknown", value=engine, known=", ".join(ENGINES))
    with home.lock("build", waiting), reading_once():
        sweep(home)
        batches = home.batches()
        if not batches:
            raise UserError("nothing_landed", home=home.root.name)
        moment = built_on or dt.datetime.now(dt.UTC)
        report = BuildReport(_build_id(batches, moment, home))
        folder = home.warehouse / f".building-{report.build_id}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            con = duckdb.connect(
                str(folder / "warehouse.duckdb"), config={"memory_limit": settings().memory_limit}
            )
            quiet(con)
            leave_room(con)
            con.execute(f"SET temp_directory = '{folder / 'spill'}'")
            parts.read_from(con, folder)
            with _timed(report, "landed", progress):
                steps.verify(home, batches)
                steps.landed_views(home, con, batches)
                load_references(con, moment.date())
                write_boundaries(con, home, batches)
            before = _published(home)
            with _timed(report, "marts", progress):
                without_table: dict[str, int] = {}
                if engine == "spark":
                    spark.run_models(con, home, batches, folder / "spark", claims=claims)
                else:
                    without_table = steps.run_models(
                        con, folder, claims=claims, known=_known(con, home, before, batches)
                    )
            with _timed(report, "estimates", progress):
                write_region_units(con, moment.date(), before)
                write_estimates(con, before=before)
                audited = write_public_estimates(con, moment.date(), before)
            if claims:
                with _timed(report, "claims", progress):
                    # Estimators are heavy to load, and nobody but a build needs them.
                    from analytics.evidence.engine import run_claims

                    write_claims(con, run_claims(con, moment.date()), report.build_id)
            with _timed(report, "checks", progress):
                report.checks = [*run_checks(con), _hidden_stays_hidden(audited)]
                report.disclosure = audited.as_json()
            failed = [check for check in report.checks if not check.passed]
            if failed:
                raise UserError("check_failed", checks=", ".join(c.name for c in failed))
            with _timed(report, "publish", progress):
                steps.write_completeness(con, home, batches)
                steps.write_meta(con, home, report.build_id, batches, moment)
                page = _page(con, moment, batches)
                report.rows = without_table | steps.export(con, folder)
                con.close()
                shutil.rmtree(folder / "spill", ignore_errors=True)
                seal(folder)
                home.remember(report.build_id, page)
                os.replace(folder, home.warehouse / report.build_id)
                home.publish(report.build_id, moment.isoformat(timespec="seconds"))
                home.prune()
            if claims:
                with closing(Reader(home, report.build_id)) as reader:
                    remember(home, reader)
        except duckdb.Error as error:
            # What the database quotes may be a cell: its kind of error says enough.
            raise UserError("build_failed", reason=type(error).__name__) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return report


def check(home: Home) -> list[CheckResult]:
    """The data tests on the published version, the disclosure audit among them.

    Raises:
        UserError: when nothing is published, or a batch behind it was removed since.
    """
    with tested(home) as con:
        return [*run_checks(con), _hidden_stays_hidden(audit(con))]


def _hidden_stays_hidden(audited: Audit) -> CheckResult:
    return CheckResult("hidden_cells_stay_hidden", len(audited.unsafe))


def _published(home: Home) -> Path | None:
    """The folder of the version that readers may have kept figures of."""
    current = home.current()
    return home.warehouse / current["build_id"] if current else None


def _known(
    con: duckdb.DuckDBPyConnection, home: Home, folder: Path | None, batches: list[Batch]
) -> Callable[[list[str]], ledger.Known | None]:
    """Tells the years of large marts that stand as they are in the version in ``folder``."""
    before = before_of(folder, batches, steps.code_version())

    def known(sources: list[str]) -> ledger.Known | None:
        day = first_day_changed(con, home, before, sources) if before else None
        return ledger.Known(before.folder, day) if before and day else None

    return known


def _page(
    con: duckdb.DuckDBPyConnection, moment: dt.datetime, batches: list[Batch]
) -> dict[str, Any]:
    """What receipts need to know of a version when it has been pruned, and the next build of it."""
    [(last_day,)] = con.execute("SELECT last_day FROM meta").fetchall()
    return {
        "built_at": moment.isoformat(timespec="seconds"),
        "code": steps.code_version(),
        "last_day": last_day and last_day.isoformat(),
        "batches": [
            {"batch_id": b.batch_id, "dataset": b.dataset, "sha256": b.parquet_sha256,
             "landed_at": b.landed_at, "rows": b.rows.get("landed", 0)}
            for b in batches
        ],
    }  # fmt: skip


@contextmanager
def _timed(report: BuildReport, stage: str, progress: Callable[[str], None]) -> Iterator[None]:
    progress(stage)
    start = time.perf_counter()
    yield
    report.seconds[stage] = time.perf_counter() - start


def _build_id(batches: list[Batch], moment: dt.datetime, home: Home) -> str:
    inputs = "\n".join(batch.batch_id for batch in batches) + __version__
    digest = hashlib.sha256(inputs.encode()).hexdigest()[:8]
    stamp = moment.strftime("%Y%m%dT%H%M%S")
    builds = home.builds()
    if builds and stamp <= (last := builds[-1][: len(stamp)]):
        # Names order versions, also within one second and when a clock was set back.
        after = dt.datetime.strptime(last, "%Y%m%dT%H%M%S") + dt.timedelta(seconds=1)
        stamp = after.strftime("%Y%m%dT%H%M%S")
    return f"{stamp}-{digest}"
