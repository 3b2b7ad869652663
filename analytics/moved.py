"""What a new version changed: headline indicators before and after, as the office sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analytics.errors import UserError
from analytics.estimates.estimate import estimate
from analytics.geography.places import place_name
from analytics.indicator import indicator
from analytics.selection import Selection
from analytics.text import say
from analytics.text.numbers import format_period, format_value
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader, open_reader

#: what the overview shows first, in its order
HEADLINES = (
    "savings_per_member", "attendance_rate", "retention_rate", "members_with_loans_rate",
    "portfolio_at_risk", "annualised_return_on_assets", "social_fund_per_member",
    "group_survival_rate",
)  # fmt: skip
COVERAGE = "coverage"
COUNT = "groups_reporting"
#: differences below this come from the order in which fractions were added
_SAME = 1e-9


@dataclass(frozen=True)
class Move:
    """One number in one quarter, before and after; None where there is none.

    ``indicator`` is an id, or ``coverage`` (groups that reported / groups expected).
    """

    indicator: str
    place: str
    quarter: str
    before: float | None
    after: float | None

    def words(self, lang: str) -> tuple[str, str, str, str, str]:
        """Title, place, quarter, before and after in the reader's language."""
        known = self.indicator != COVERAGE
        title = indicator(self.indicator).title[lang] if known else say("data.coverage", lang)
        unit = indicator(self.indicator).unit if known else "share"
        before, after = (
            format_value(value, unit, lang, precise=True) for value in (self.before, self.after)
        )
        quarter = format_period(self.quarter, lang, short=True)
        return title, place_name(self.place, lang), quarter, before, after


@dataclass(frozen=True)
class Moved:
    """Everything that changed between two versions, the nation first, the latest quarter first.

    ``compared`` counts the numbers that were set side by side.
    """

    before: str
    after: str
    compared: int
    moves: tuple[Move, ...]

    def latest(self, *, national: bool) -> list[tuple[Move, int]]:
        """For each headline and place its latest change, and in how many quarters it changed."""
        found: dict[tuple[str, str], list[Move]] = {}
        for move in self.moves:
            if (move.place == "mali") == national:
                found.setdefault((move.indicator, move.place), []).append(move)
        return [(moves[0], len(moves)) for moves in found.values()]

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "before": self.before,
            "after": self.after,
            "compared": self.compared,
            "moved": len(self.moves),
            "latest": [
                {"indicator": m.indicator, "title": m.words(lang)[0], "place": m.place,
                 "quarter": m.quarter, "before": m.before, "after": m.after, "quarters": quarters}
                for national in (True, False)
                for m, quarters in self.latest(national=national)
            ],
        }  # fmt: skip


def moved(home: Home, before: str, after: str) -> Moved:
    """Compare two versions of ``home`` by their ids.

    Raises:
        UserError: when there is no such version any more.
    """
    for build_id in (before, after):
        if build_id not in home.builds():
            raise UserError("build_unknown", value=build_id)
    old, new = (_headlines(open_reader(home, build_id)) for build_id in (before, after))
    keys = sorted(old.keys() | new.keys(), key=_order)
    moves = [
        Move(*key, old.get(key), new.get(key))
        for key in keys
        if not _same(old.get(key), new.get(key))
    ]
    return Moved(before, after, len(keys), tuple(moves))


def _order(key: tuple[str, str, str]) -> tuple[Any, ...]:
    name, place, quarter = key
    position = (COUNT, COVERAGE, *HEADLINES).index(name)
    return place != "mali", position, place, [-ord(char) for char in quarter]


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _SAME * max(abs(one), abs(other))


def _headlines(reader: Reader) -> dict[tuple[str, str, str], float]:
    found: dict[tuple[str, str, str], float] = {}
    for name in (COUNT, *HEADLINES):
        for by in (("quarter",), ("region", "quarter")):
            answer = estimate(reader, indicator(name), Selection(by=by, role="staff"))
            for row in answer.published:
                place, quarter = row.keys.get("region", "mali"), row.keys["quarter"]
                if row.value is not None:
                    found[name, place, quarter] = row.value
                if name == HEADLINES[0] and row.coverage is not None:
                    found[COVERAGE, place, quarter] = row.coverage
    return found
