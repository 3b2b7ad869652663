"""The findings that pages open with: sentences computed from estimates, never typed in.

A clause whose figure is suppressed or missing is left out; what is left still reads as a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from analytics.charts.words import direction, label_of, value_text
from analytics.estimates.estimate import Estimates, Row, estimate
from analytics.geography.places import place_name
from analytics.indicator import indicator
from analytics.period import Period
from analytics.selection import Selection
from analytics.text import join_words, say
from analytics.text.numbers import format_period, format_value
from analytics.warehouse.read import Reader


@dataclass(frozen=True)
class Asker:
    """Who reads which version in which language, of the country or of one region."""

    reader: Reader
    role: str
    lang: str
    region: str | None = None
    #: every answer given, so that a text can say how its numbers are made
    given: list[Estimates] = field(default_factory=list, compare=False)

    @property
    def divides(self) -> bool:
        """Whether this reader may divide what is asked: the public divides once."""
        return self.region is None or self.role != "public"

    def ask(self, name: str, **question: Any) -> Estimates:
        if self.region:
            question = {**question, "filters": (("region", self.region),)}
        selection = Selection(role=self.role, **question)
        answer = estimate(self.reader, indicator(name), selection)
        self.given.append(answer)
        return answer

    def row(self, name: str, period: str | None = None, **question: Any) -> Row:
        """The one row of a question without breakdown, in a period or the latest."""
        at = {"start": period, "end": period} if period else {}
        return self.ask(name, **at, **question).rows[0]

    def text(self, name: str, period: str | None = None, **question: Any) -> str | None:
        """Its value as a reader sees it, None where there is none to tell."""
        row = self.row(name, period, **question)
        if not row.published:
            return None
        return value_text(row, indicator(name).unit, self.lang)

    def say(self, key: str, **values: object) -> str:
        return say(key, self.lang, **values)

    def clause(self, key: str, **values: str | None) -> str | None:
        """A part of a sentence, if all that it tells is known."""
        if any(value is None for value in values.values()):
            return None
        return self.say(key, **values)


def years(reader: Reader, role: str, name: str) -> list[Period]:
    """Full years in which the role sees something of an indicator, oldest first."""
    limit = reader.build.latest("year", role).end
    return [p for p in reader.periods_with_values(name, "year") if p.end <= limit]


def contributions(asker: Asker, year: str) -> list[str]:
    """What groups gave in a year: how many, what it was worth, for whom, of which kind first."""
    where = {"place": place_name(asker.region, asker.lang)} if asker.region else {}
    gave = asker.clause(
        "story.gave_in" if asker.region else "story.gave",
        year=year, share=asker.text("groups_contributing_share", year), **where,
    )  # fmt: skip
    worth = [
        asker.clause("story.per_member", value=asker.text("contribution_value_per_member", year)),
        asker.clause("story.in_all", value=asker.text("contribution_value", year)),
        asker.clause("story.floor", value=asker.text("contribution_value_ledger", year)),
    ]
    helped = asker.clause("story.helped", people=_people(asker, "people_reached", year))
    found = [gave]
    if worth[0]:
        found.append(asker.say("story.worth", parts=", ".join(part for part in worth if part)))
    found += [helped, leading(asker, "contribution_value_per_member", "kind", year)]
    return [sentence for sentence in found if sentence]


def _people(asker: Asker, name: str, year: str) -> str | None:
    row = asker.row(name, year)
    return format_value(row.value, "people", asker.lang) if row.published else None


def leading(asker: Asker, name: str, by: str, period: str) -> str | None:
    """Which parts of a breakdown come first, the three largest."""
    if not asker.divides:
        return None
    answer = asker.ask(name, by=(by,), start=period, end=period)
    ranked = sorted(answer.published, key=lambda row: -(row.value or 0.0))
    told = [
        asker.say("story.part", name=_lower(label_of(row, answer, asker.lang)),
                  value=value_text(row, answer.indicator.unit, asker.lang))
        for row in ranked[:3] if row.value
    ]  # fmt: skip
    return asker.say(f"story.leading.{by}", parts=join_words(told, asker.lang)) if told else None


def _lower(text: str) -> str:
    """A label inside a sentence; COVID-19 and the like keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def voice(asker: Asker) -> list[str]:
    """Who sits where crises are decided, against the law."""
    found: list[str | None] = []
    if known := years(asker.reader, asker.role, "women_seat_share"):
        year = known[-1].label
        seats = asker.row("women_seat_share", year)
        quota = indicator("women_seat_share").benchmark
        if seats.published and seats.value is not None and quota:
            side = _side(seats, quota.value)
            found.append(asker.say(
                f"story.seats.{side}", year=year, share=value_text(seats, "share", asker.lang),
                quota=format_value(quota.value, "share", asker.lang),
            ))  # fmt: skip
        found.append(asker.clause("story.quota_met", quota=asker.text(
            "spaces_meeting_quota_share", year)))  # fmt: skip
        found.append(asker.clause("story.vsla_seats", share=asker.text(
            "vsla_women_seat_share", year)))  # fmt: skip
    return [sentence for sentence in found if sentence]


def _side(row: Row, level: float) -> str:
    """``below`` or ``above`` a level if the whole interval is, else ``near``."""
    low = row.low if row.low is not None else row.value
    high = row.high if row.high is not None else row.value
    assert low is not None and high is not None
    return "below" if high < level else "above" if low > level else "near"


def perceptions(asker: Asker) -> list[str]:
    """The last two comparable rounds of perceiving women as leaders, women and men apart.

    Rounds among contacts of the programme are not compared with random samples. A change is called
    one only where it exceeds the two intervals together.
    """
    answer = asker.ask("supports_women_leaders_share", by=("sex", "quarter"))
    told = []
    for sex in ("female", "male"):
        rows = [row for row in answer.published
                if row.keys["sex"] == sex and "programme_sample" not in row.caveats]  # fmt: skip
        if len(rows) >= 2:
            before, last = rows[-2], rows[-1]
            told.append(asker.say(
                f"story.perception.{direction(before, last)}",
                who=asker.say(f"story.who.{sex}"),
                before=value_text(before, "share", asker.lang),
                last=value_text(last, "share", asker.lang),
                then=format_period(before.keys["quarter"], asker.lang),
                now=format_period(last.keys["quarter"], asker.lang),
            ))  # fmt: skip
    return told


# --- the overview --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chapter:
    """One part of the story: its figure, what the figure counts, and what else is known.

    ``figure`` is None where nothing may be told.
    """

    key: str
    figure: str | None
    label: str
    sentences: tuple[str, ...]


def opening(asker: Asker) -> str | None:
    """What groups did for community, households and businesses in the last full year."""
    known = years(asker.reader, asker.role, "groups_contributing_share")
    if not known:
        return None
    year = known[-1].label
    parts = [
        asker.clause(f"story.opening.{key}", share=asker.text(name, year))
        for key, name in (
            ("community", "groups_contributing_share"),
            ("households", "social_fund_support_share"),
            ("businesses", "business_operating_rate"),
        )
    ]
    told = [part for part in parts if part]
    if not told:
        return None
    return asker.say("story.opening.sentence", year=year, parts=join_words(told, asker.lang))


#: chapter → the figure it opens with, then what stands behind it
CHAPTERS = {
    "businesses": ("business_operating_rate",
                   ("revenue_ratio", "adaptation_share", "recovered_within_6_months")),
    "households": ("social_fund_support_share", ("fcs_acceptable_share", "actions_named_share")),
    "communities": ("people_reached", ("groups_contributing_share",
                                       "contribution_value_per_member")),
    "decisions": ("women_seat_share", ("spaces_meeting_quota_share",
                                       "supports_women_leaders_share")),
}  # fmt: skip


def chapters(asker: Asker) -> list[Chapter]:
    """The four parts of the story, each with the latest that may be told."""
    found = []
    for key, (first, others) in CHAPTERS.items():
        label, figure = _latest(asker, first)
        sentences = []
        for name in others:
            period, value = _latest(asker, name)
            if value:
                sentences.append(asker.say(f"story.chapter.{name}", value=value, period=period))
        mark = indicator(first).benchmark
        level = format_value(mark.value, indicator(first).unit, asker.lang) if mark else ""
        title = asker.say(f"story.chapter.{first}", period=label, level=level)
        found.append(Chapter(key, figure, title, tuple(sentences)))
    return found


#: what is told for a year even where quarters are known: a year knows no season
_BY_YEAR = ("contributions", "voice")


def _latest(asker: Asker, name: str) -> tuple[str, str | None]:
    """The latest period of an indicator in words and its value, None where it may not be told."""
    subject = indicator(name)
    known = years(asker.reader, asker.role, name)
    surveyed = subject.statistic == "mean"
    at = {}
    if known and subject.theme in _BY_YEAR and not surveyed:
        at = {"start": known[-1].label, "end": known[-1].label}
    answer = asker.ask(name, **at)
    [row] = answer.rows
    period = format_period(answer.period_label, asker.lang) if answer.period else ""
    if not row.published:
        return period, None
    if subject.unit == "people":
        return period, format_value(row.value, "people", asker.lang)
    return period, value_text(row, subject.unit, asker.lang)
