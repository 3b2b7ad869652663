"""What estimators are asked with, and what they answer, before anything is put into words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb

from analytics.disclosure.rules import band
from analytics.errors import UserError
from analytics.evidence.claim import Direction, Downgrade, Gate, Verdict
from analytics.evidence.wording import Shown
from analytics.period import last_public_quarter
from analytics.text import LANGS

if TYPE_CHECKING:
    import pandas as pd

BOTH = ("public", "staff")


def places_band(count: int) -> str:
    """How many cercles are behind a public figure: the bands of groups start at three."""
    return band(count) if count >= 10 else "1–9"


@dataclass(frozen=True)
class Answer:
    """What an estimator found for a place and crisis, before it is put into words.

    Attributes:
        start: where the grade begins.
        figures: what the sentence names, by placeholder.
        family_p: the p-value that enters the correction for several tests of a family.
        detail: see ``store.write_claims``.
        roles: who reads this form of it.
        contrary: whether the data speak against the question.
    """

    place: str = "mali"
    crisis: str | None = None
    period: str = ""
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: Verdict = "refused"
    direction: Direction = "none"
    n_groups: int | str | None = None
    n_cercles: int | str | None = None
    start: int = 1
    gates: tuple[Gate, ...] = ()
    downgrades: tuple[Downgrade, ...] = ()
    figures: dict[str, Shown] = field(default_factory=dict)
    counter_evidence: tuple[dict[str, str], ...] = ()
    family_p: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    roles: tuple[str, ...] = BOTH
    contrary: bool = False

    @property
    def refused(self) -> bool:
        return self.verdict == "refused" or not all(gate.passed for gate in self.gates)


class Evidence:
    """What estimators ask: the tables of the build in the making, and the public's limit."""

    def __init__(self, con: duckdb.DuckDBPyConnection, built_on: dt.date) -> None:
        self.con = con
        self.built_on = built_on
        self._frames: dict[str, pd.DataFrame] = {}

    @property
    def limit(self) -> int:
        """The last month (index) that any claim may tell of: the public's."""
        end = last_public_quarter(self.built_on).end
        return end.year * 12 + end.month

    def frame(self, sql: str) -> pd.DataFrame:
        """The answer to a question, asked once a build. A copy: callers may add columns."""
        if sql not in self._frames:
            self._frames[sql] = self.con.execute(sql).df()
        return self._frames[sql].copy()

    def once(self, sql: str) -> pd.DataFrame:
        """The answer to a question nobody asks again: millions of rows are not kept."""
        return self.con.execute(sql).df()

    @cached_property
    def regions(self) -> dict[str, str]:
        """cercle → region of 2023."""
        return dict(self.con.execute(
            "SELECT cercle, region_2023 FROM ref_place WHERE level = 'cercle'"
        ).fetchall())  # fmt: skip

    @cached_property
    def units(self) -> dict[str, dict[str, str]]:
        """division → region → the public unit it is shown in."""
        found: dict[str, dict[str, str]] = {"2012": {}, "2023": {}}
        rows = self.con.execute("SELECT division, region, unit FROM region_unit").fetchall()
        for division, region, unit in rows:
            found[division][region] = unit
        return found


def refuse(crisis: str | None, *gates: Gate, reason: UserError | None = None) -> Answer:
    """A refusal for the nation, by gates that failed."""
    notes = [{lang: reason.message(lang) for lang in LANGS}] if reason else []
    return Answer(crisis=crisis, gates=gates, detail={"notes": notes})
