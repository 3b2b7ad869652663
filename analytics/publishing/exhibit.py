"""A figure on its way out: the drawing, the answer behind it, its receipt and its address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any

from analytics.charts import Figure, bivariate, figure, words
from analytics.errors import UserError
from analytics.estimates.estimate import Estimates, estimate
from analytics.evidence.receipt import Receipt, build_mark, receipt_of
from analytics.indicator import indicator
from analytics.publishing.question import Drawing, Question, address_of
from analytics.selection import breakdown_value
from analytics.settings import settings
from analytics.text import say
from analytics.text.numbers import format_day
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader, open_reader

_NUMBERS = ("value", "low", "high", "numerator", "denominator", "n_groups", "n_people")


@dataclass(frozen=True)
class Exhibit:
    """What every file of a figure is made from; no format asks or computes anything else."""

    figure: Figure
    answer: Estimates

    @property
    def lang(self) -> str:
        return self.figure.lang

    @cached_property
    def receipt(self) -> Receipt:
        return receipt_of(self.answer)

    @cached_property
    def drawing(self) -> Drawing:
        how: dict[str, Any] = dict(self.figure.how)
        if "crises" in how:
            how["crises"] = () if how["crises"] == "none" else tuple(how["crises"].split())
        chart = self.figure.chart if self.figure.chart != "bivariate" else "map"
        return Drawing(self.lang, chart, **how)

    @property
    def live(self) -> Question:
        """The same question, answered by the version of the day."""
        return Question(self.answer.indicator.id, self.answer.selection, self.drawing)

    @property
    def frozen(self) -> Question:
        """The same answer, of this version for good."""
        return replace(self.live, selection=self.receipt.selection, receipt=self.receipt)

    @property
    def link(self) -> str:
        """Where the figure can be checked."""
        return address_of(self.receipt.id, "receipt")

    @cached_property
    def about(self) -> dict[str, Any]:
        """What every data file says of itself, in the figure's language."""
        answer, lang = self.answer, self.lang
        asked, subject = answer.selection, answer.indicator
        return {
            "title": subject.title[lang],
            "finding": self.figure.headline,
            "selection": answer.sentence(lang),
            "indicator": subject.id,
            "definition": subject.definition[lang],
            "formula": f"{subject.formula.words[lang]} {subject.formula.symbols}",
            "unit": subject.unit,
            "breakdowns": list(asked.by),
            "filters": {
                **{name: f"{breakdown_value(name, value, lang, subject)} ({value})"
                   for name, value in asked.filters},
                **({"from": asked.start} if asked.start else {}),
                **({"to": asked.end} if asked.end else {}),
                "division": asked.division,
            },
            "period": words.span_text(answer, lang),
            "source": words.source(answer, lang),
            "sources": list(subject.sources),
            "n": words.counts(answer, lang),
            "method": words.method(answer, lang),
            "caveats": [say(f"caveat.{code}", lang) for code in answer.caveats],
            "suppression": say(f"publish.suppression_{self._audience}", lang),
            "sensitivity": say(f"sensitivity.{answer.sensitivity}", lang),
            "licence": self._licence,
            "demonstration": answer.build.demonstration,
            "note": say("demonstration.long", lang) if answer.build.demonstration else "",
            "build_id": answer.build.build_id,
            "built_at": answer.build.built_at,
            "receipt": self.receipt.id,
            "link": self.link,
            "citation": self.citation(),
            "language": lang,
        }  # fmt: skip

    @property
    def _audience(self) -> str:
        if self.answer.indicator.klass == "open":
            return "open"
        return self.answer.selection.role

    @property
    def _licence(self) -> str:
        return say(f"publish.licence_{self._audience}", self.lang, licence=settings().licence)

    def citation(self, *, full: bool = False) -> str:
        """How to cite the figure: one line, or with what it measures and rests on."""
        answer, lang = self.answer, self.lang
        mark = f" {say('demonstration.mark', lang)}." if answer.build.demonstration else ""
        year = answer.build.built_at[:4]
        short = say(
            "publish.citation", lang, year=year, title=answer.indicator.title[lang],
            selection=self.figure.subtitle.removeprefix(f"{answer.indicator.title[lang]} · "),
            build=answer.build.build_id, link=self.link,
        ) + mark  # fmt: skip
        if not full:
            return short
        return " ".join((
            short,
            answer.indicator.definition[lang],
            words.source(answer, lang),
            words.method(answer, lang),
            say("publish.built", lang, date=format_day(answer.build.built_at, lang)),
            self._licence,
        ))  # fmt: skip

    def records(self) -> list[dict[str, Any]]:
        """The rows of the answer, with the reader's names beside the codes; a cell that is not
        published has no number, whatever the answer holds."""
        answer, subject = self.answer, self.answer.indicator
        found = []
        for row, record in zip(answer, answer.records(), strict=True):
            named = {
                f"{name}_name": breakdown_value(name, value, self.lang, subject)
                for name, value in row.keys.items()
            }
            if not row.published:
                record |= dict.fromkeys(_NUMBERS)
            found.append({**row.keys, **named, **{k: v for k, v in record.items()
                                                  if k not in row.keys}})  # fmt: skip
        return found


def exhibit(reader: Reader, asked: Question) -> Exhibit:
    """Answer a question and draw it.

    Raises:
        UserError: what the question raises.
    """
    how = asked.drawing
    answer = estimate(reader, indicator(asked.indicator), asked.selection)
    level = "cercle" if "cercle" in asked.selection.dimensions else "region"
    outlines = reader.boundaries(asked.selection.division, level)
    style: dict[str, Any] = {"map_style": how.map, "outlines": outlines, "highlight": how.highlight}
    if how.second:
        other = estimate(reader, indicator(how.second), asked.selection)
        try:
            return Exhibit(bivariate.figure(other, answer, how.lang, **style), answer)
        except ValueError:
            raise UserError("address_part", name="second", value=how.second,
                            expected="region, period") from None  # fmt: skip
    events = [e for e in reader.events if how.crises is None or e["kind"] in how.crises]
    drawn = figure(answer, how.lang, chart=how.chart, events=events, period=how.period, **style)
    return Exhibit(drawn, answer)


def embed_codes(shown: Exhibit) -> dict[str, str]:
    """HTML to put a figure on another page: ``live`` follows the data, ``frozen`` never moves."""
    found = {}
    for kind, asked in (("live", shown.live), ("frozen", shown.frozen)):
        picture, check = asked.address("figure", ".svg"), asked.address("receipt")
        found[kind] = (
            f'<a href="{escape(check)}"><img src="{escape(picture)}" '
            f'alt="{escape(shown.figure.alt)}" style="width:100%;max-width:1200px"></a>'
        )
    return found


def reader_of(home: Home, asked: Question) -> Reader:
    """The version that answers: the day's, or the one a receipt names.

    Raises:
        UserError: ``version_gone`` when that version is kept no more.
    """
    if asked.receipt is None:
        return open_reader(home)
    for build_id in reversed(home.builds()):
        if build_mark(build_id) == asked.receipt.build:
            return open_reader(home, build_id)
    raise UserError("version_gone")

