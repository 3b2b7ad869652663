"""What a brief is about and for whom, and the pieces every brief is made of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from analytics.advocacy.choice import balanced
from analytics.advocacy.register import Register, published_register
from analytics.attention import year_earlier
from analytics.charts import Figure, figure
from analytics.errors import NotAllowed, UserError
from analytics.estimates.estimate import Estimates, Row, estimate
from analytics.evidence.claim import Claim
from analytics.evidence.receipt import receipt_of
from analytics.evidence.store import claims
from analytics.evidence.wording import period as period_words
from analytics.geography.places import place_name
from analytics.indicator import Indicator, indicator
from analytics.period import period_of
from analytics.publishing.documents.model import Document, Section, Statement
from analytics.selection import Selection
from analytics.sources.dictionary import dictionary
from analytics.text import LANGS, say
from analytics.text.numbers import format_day, format_period, format_value
from analytics.warehouse.read import Reader

PRODUCT = "She Leads in Crisis"
#: the only filter a brief takes: every part of it can be told for a region
FILTERS = ("region",)


@dataclass
class Scope:
    """A reader's question to a brief.

    ``selection`` holds at most one region, the periods, the division and the role.

    Raises:
        UserError: for a breakdown, a filter that is not ``region``, or a place that does not exist.
    """

    reader: Reader
    selection: Selection
    lang: str
    today: dt.date = field(default_factory=dt.date.today)
    answers: list[Estimates] = field(default_factory=list)
    exported: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chosen = self.selection
        if chosen.by:
            raise UserError("brief_by", names=", ".join(chosen.by))
        for name, _ in chosen.filters:
            if name not in FILTERS:
                raise UserError("brief_filter", name=name, known=", ".join(FILTERS))
        # Asked once for its own sake: an unknown place or a refused period is said at once.
        start = {"start": chosen.start, "end": chosen.end}
        known = estimate(self.reader, indicator("savings_per_member"), chosen.with_(
            by=("quarter",), **start))  # fmt: skip
        self.selection = chosen.with_(filters=known.selection.filters)

    @property
    def role(self) -> str:
        return self.selection.role

    @property
    def place(self) -> str:
        """The region (for the public: the unit it is shown in), or ``mali``."""
        return self.selection.value_of("region") or "mali"

    @property
    def place_name(self) -> str:
        return place_name(self.place, self.lang)

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        return self.selection.filters

    def tell(self, key: str, **values: object) -> str:
        return say(f"briefs.{key}", self.lang, **values)

    # --- estimates -------------------------------------------------------------------------------

    @cached_property
    def quarter(self) -> str:
        """The latest quarter that is told: the role's, not after the selection's end."""
        latest = self.reader.build.latest("quarter", self.role)
        if last := self.selection.last:
            known = [p.label for p in self.reader.periods_with_values("savings_per_member",
                     "quarter") if p.end <= min(last.end, latest.end)]  # fmt: skip
            return known[-1] if known else period_of(last.end, "quarter").label
        return latest.label

    def ask(self, name: str, **question: object) -> Estimates | None:
        """An answer as the role may see it; None where this indicator cannot be asked so."""
        found = indicator(name)
        chosen = Selection(division=self.selection.division, role=self.role)
        try:
            return estimate(self.reader, found, chosen.with_(**question))
        except NotAllowed:
            return None
        except UserError as error:
            if error.key in ("breakdown_unknown", "no_free_span"):
                return None
            raise

    def course(self, name: str) -> Estimates | None:
        """An indicator over time in this place and these periods."""
        found = indicator(name)
        if self.filters and "region" not in found.breakdowns:
            return None
        by = "year" if found.klass == "total" else "quarter"
        return self.ask(name, by=(by,), filters=self.filters, start=self.selection.start,
                        end=self.selection.end)  # fmt: skip

    def latest(self, name: str) -> tuple[str, Row] | None:
        """The last published value of an indicator here: its period and row."""
        answer = self.course(name)
        shown = [(label, row) for label, row in answer.series() if row.published] if answer else []
        if answer is None or not shown:
            return None
        self.answers.append(answer)
        return shown[-1]

    def by_region(self, name: str) -> Estimates | None:
        found = indicator(name)
        if "region" not in found.breakdowns:
            return None
        at = self.quarter if found.klass != "total" else self.quarter[:4]
        if (found.klass == "total" or found.waves) and not self.selection.last:
            return self.ask(name, by=("region",))
        return self.ask(name, by=("region",), start=at, end=at)

    def draw(self, answer: Estimates | None, chart: str) -> Figure | None:
        """The figure of an answer; None where nothing is published in it."""
        if answer is None or not answer.published:
            return None
        self.answers.append(answer)
        events = [_short(event) for event in self.reader.events] if chart == "trend" else []
        outlines = self.reader.boundaries(answer.selection.division, "region")
        place = self.place if self.filters and not answer.selection.filters else None
        self.exported[receipt_of(answer).id] = {
            "|".join(row.keys.values()): row.value for row in answer.published
            if row.value is not None
        }
        return figure(
            answer, self.lang, chart=chart, events=events, outlines=outlines, highlight=place
        )

    def value(self, row: Row | None, subject: Indicator) -> str:
        if row is None or not row.published:
            return say(f"status.{row.status if row else 'no_data'}", self.lang)
        text = format_value(row.value, subject.unit, self.lang, precise=True)
        return say(f"bound.{row.bound}", self.lang, value=text) if row.bound else text

    def change_table(self, names: Iterable[str]) -> list[tuple[str, str, str, str]]:
        """Indicator, value in the latest quarter, a year earlier, groups behind it."""
        before, rows = year_earlier(self.quarter), []
        for name in names:
            answer = self.ask(name, by=("quarter",), filters=self.filters, start=before,
                              end=self.quarter)  # fmt: skip
            cells = dict(answer.series()) if answer else {}
            now = cells.get(self.quarter)
            if now is None or not now.published or answer is None:
                continue
            self.answers.append(answer)
            subject = answer.indicator
            rows.append((subject.title[self.lang], self.value(now, subject),
                         self.value(cells.get(before), subject), str(now.n_groups or "–")))
        return rows

    # --- claims ----------------------------------------------------------------------------------

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """What is stated of this place; of the country where nothing is."""
        own = claims(self.reader, self.role, self.place)
        return own or claims(self.reader, self.role)

    def chosen_claims(self, most: int) -> list[Claim]:
        """The best supported first, and beside them always one that is not.

        A brief that printed good news only would not be believed.
        """
        return balanced(self.claims, most)

    def statement(self, claim: Claim) -> Statement:
        return statement(claim, self.lang)

    # --- the campaign ----------------------------------------------------------------------------

    @cached_property
    def register(self) -> Register:
        found = published_register(self.reader)
        return found.of_region(self.place if self.filters else None)

    # --- the frame -------------------------------------------------------------------------------

    def period(self, label: str) -> str:
        return format_period(label, self.lang)

    def sources(self) -> list[str]:
        """What this version was made from, one line a dataset used by the figures."""
        used = {name for answer in self.answers for name in answer.indicator.sources}
        lines = []
        for source in self.reader.sources:
            if source["dataset"] in used:
                title = dictionary().datasets[source["dataset"]].title[self.lang]
                lines.append(self.tell("source_line", dataset=title,
                                      date=format_day(source["last_landed_at"], self.lang)))
        return lines

    def document(
        self, name: str, sections: Sequence[Section], *, subtitle: str = "", plain: bool = False,
        pages: int = 0,
    ) -> Document:  # fmt: skip
        """The sections that say anything, framed."""
        build = self.reader.build
        title = self.tell(f"title.{name}", place=self.place_name)
        under = subtitle or self.tell("subtitle", period=self.period(self.quarter))
        imprint = " · ".join((
            PRODUCT,
            say(f"sensitivity.{self.role}", self.lang).rstrip("."),
            self.tell("imprint", build=build.build_id, date=format_day(self.today, self.lang)),
        ))  # fmt: skip
        mark = say("demonstration.mark", self.lang) if build.demonstration else ""
        kept = tuple(section for section in sections if section.blocks)
        return Document(self.lang, title, under, kept, imprint, mark, plain, pages,
                        self.exported)  # fmt: skip


def _source(name: str, lang: str) -> str:
    """A dataset by its title; what is no dataset is already in words."""
    found = dictionary().datasets.get(name)
    return found.title[lang] if found else name


def _short(event: dict[str, Any]) -> dict[str, Any]:
    """A crisis by its name alone: a page has no room for its figures."""
    names = {f"title_{lang}": re.split(r"\s*[:;(]", event[f"title_{lang}"])[0] for lang in LANGS}
    return {**event, **names}


def statement(claim: Claim, lang: str) -> Statement:
    """A claim as it is printed: verdict, grade, place, period, who is counted, what is against."""
    grade = say(f"briefs.grade.{claim.grade}", lang) if claim.grade else ""
    standing = [say(f"claim.verdict.{claim.verdict}", lang).lower(), grade,
                place_name(claim.place, lang), period_words(claim.period, lang)]
    if claim.n_groups is not None:
        standing.append(say("briefs.n_groups", lang, n=claim.n_groups))
    details = [words[lang] for words in claim.counter_evidence if words.get(lang)]
    against = say("briefs.against", lang, text=" ".join(details[:2])) if details else ""
    between = "\u202f; " if lang == "fr" else "; "
    source = between.join(_source(words[lang], lang) for words in claim.sources[:3])
    last = [say("briefs.claim_sources", lang, text=source) if source else "",
            say("briefs.receipt", lang, id=claim.receipt) if claim.receipt else ""]  # fmt: skip
    lines = (against, " ".join(part for part in last if part))
    return Statement(
        claim.statement(lang),
        " · ".join(part for part in standing if part),
        tuple(line for line in lines if line),
    )
