"""One visit to a light page: what the address chose, and every block of a page as plain HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from analytics import published, shocks, views
from analytics.charts.table import Table
from analytics.estimates.estimate import Estimates
from analytics.evidence.claim import Claim
from analytics.evidence.receipt import receipt_of
from analytics.evidence.store import claims
from analytics.geography.places import place_name, region_units
from analytics.indicator import indicator, indicators
from analytics.period import periods_between
from analytics.publishing import web
from analytics.publishing.documents.model import Statement
from analytics.publishing.exhibit import Exhibit, exhibit
from analytics.publishing.question import Drawing, Question, address_of
from analytics.publishing.render import can_draw
from analytics.selection import Selection
from analytics.story import Asker
from analytics.testimonies import Voice
from analytics.text import say
from analytics.text.codes import code_label
from analytics.text.numbers import format_day, format_period, format_value
from analytics.views import CRISES, Panel, cell_text
from analytics.views.resilience import by_group_type
from analytics.warehouse.read import Reader

COUNTRY = "mali"
FIRST = "savings_per_member"
#: what a choice looks like in an address; nothing else is passed on
_CHOICE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_MOST_CHOICES = 30


@dataclass(frozen=True)
class Light:
    """One visit: the version, the language, and what the address chose; what it chose wrongly
    counts as not chosen.
    """

    reader: Reader
    lang: str
    query: Mapping[str, str]
    #: the blocks written so far
    out: list[str] = field(default_factory=list, compare=False)
    _selects: list[tuple[str, str]] = field(default_factory=list, compare=False)

    @property
    def role(self) -> str:
        return "public"

    @property
    def asker(self) -> Asker:
        return Asker(self.reader, "public", self.lang)

    def ask(self, name: str, **question: Any) -> Estimates:
        return self.asker.ask(name, **question)

    def say(self, key: str, **values: object) -> str:
        return say(key, self.lang, **values)

    def told(self, key: str, **values: object) -> str:
        """The same, safe to stand in a page."""
        return web.safe(self.say(key, **values))

    def exhibit(self, panel: Panel, highlight: str | None = None) -> Exhibit:
        """A panel drawn as the application draws it when nothing was changed there."""
        how = Drawing(self.lang, panel.chart, highlight=highlight or panel.highlight,
                      crises=CRISES if panel.crises else ())  # fmt: skip
        asked = Selection(role="public", **panel.question)
        return exhibit(self.reader, Question(panel.name, asked, how))

    # --- choices, by the names the application gives them in its addresses ------------------------

    def chosen(self, key: str, options: Sequence[str]) -> str:
        return self.query[key] if self.query.get(key) in options else options[0]

    @property
    def division(self) -> str:
        return self.chosen("division", ("2023", "2012"))

    def places(self, division: str = "2023", *, merged: bool = True) -> dict[str, str]:
        """The country and every region by name: as the public is shown it, together with others
        where it must be, or (not ``merged``) each on its own, as what befell it is told.
        """
        units = self.reader.units[division]
        order = dict.fromkeys(units[found.slug] if merged else found.slug
                              for found in region_units(division) if found.slug in units)
        named = {slug: place_name(slug, self.lang) for slug in order}
        return {COUNTRY: self.say("filter.whole_country"), **named}

    def place(self, places: Mapping[str, str]) -> str | None:
        """The chosen one of the places, or None for the country."""
        chosen = self.chosen("region", tuple(places))
        return None if chosen == COUNTRY else chosen

    def rates(self) -> dict[str, str]:
        found = [i for i in indicators().values() if i.of_network and i.klass == "rate"]
        found.sort(key=lambda i: i.id != FIRST)
        return {i.id: i.title[self.lang] for i in found}

    def quarters(self) -> dict[str, str]:
        build = self.reader.build
        latest = build.latest("quarter", "public")
        found = periods_between(build.first_day or latest.start, latest.end, "quarter") or [latest]
        return {p.label: format_period(p.label, self.lang) for p in reversed(found)}

    def kinds(self) -> dict[str, str]:
        """The shocks that this version has a value of."""
        found = (i for i in shocks.shocks() if shocks.quarters(self.reader, i.id))
        return {i.id: i.title[self.lang] for i in found}

    def passed(self) -> dict[str, str]:
        """The choices of the address that a form of the page passes on with its own."""
        found = [(key, value) for key, value in self.query.items()
                 if key != "lang" and _CHOICE.fullmatch(key) and _CHOICE.fullmatch(value)]
        return dict(found[:_MOST_CHOICES])

    # --- blocks: see ``analytics.views.page.Page`` ------------------------------------------------

    @contextmanager
    def choices(self) -> Iterator[None]:
        """The selects of one form; what is chosen elsewhere on the page stays chosen."""
        before = len(self._selects)
        yield
        made = self._selects[before:]
        if made:
            self.out.append(form(self, dict(made)))

    def choose(self, label: str, options: Mapping[str, str], key: str) -> str:
        chosen = self.chosen(key, tuple(options))
        self._selects.append((key, web.select(label, key, options, chosen)))
        return chosen

    def region(self) -> str | None:
        chosen = self.choose(self.say("filter.region"), self.places(), "region")
        return None if chosen == COUNTRY else chosen

    def crises(self) -> tuple[str, ...]:
        return CRISES

    def heading(self, text: str, level: int = 2) -> None:
        self.out.append(f"<h{level}>{web.safe(text)}</h{level}>")

    def text(self, *paragraphs: str) -> None:
        self.out.extend(f"<p>{web.rich(text)}</p>" for text in paragraphs)

    def note(self, text: str) -> None:
        self.out.append(f"<p class='under'>{web.rich(text)}</p>")

    def points(self, lines: Sequence[str]) -> None:
        self.out.append(web.points(web.rich(line) for line in lines))

    def none(self, text: str) -> None:
        self.text(text)

    def facts(self, answers: Iterable[Estimates]) -> None:
        cards = []
        for answer in answers:
            [row] = answer.rows
            subject = answer.indicator
            under = [self._receipt(receipt_of(answer).id, "receipt.short")]
            if row.low is not None and row.high is not None:
                low, high = (format_value(bound, subject.unit, self.lang)
                             for bound in (row.low, row.high))  # fmt: skip
                under.insert(0, self.told("figure.interval", low=low, high=high))
            shown = cell_text(row, subject, self.lang, precise=False)
            cards.append((subject.title[self.lang], shown, " · ".join(under)))
        self.out.append(web.cards(cards))

    def measures(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.out.append(web.cards((label, value, "") for label, value in pairs))

    def figures(self, *panels: Panel) -> None:
        self.out.extend(figure(self, panel) for panel in panels)

    def table(self, found: Table, label: str) -> None:
        self.out.append(table(found, label))

    def finding(self, told: Statement, claim: Claim) -> None:
        more = [f"<p>{web.safe(detail)}</p>" for detail in told.details]
        more.append(f"<p>{self._receipt(claim.receipt, 'receipt.how')}</p>")
        self.out.append(
            f"<section class='card'><p><strong>{web.safe(told.sentence)}</strong></p>"
            f"<p class='under'>{web.safe(told.standing)}</p>"
            f"{web.folded(self.say('impact.how'), ''.join(more))}</section>"
        )

    def origin(self, answer: Estimates) -> None:
        check = self.told("briefs.how_to_check", build=answer.build.build_id)
        inside = f"{self._definition(answer.indicator.id)}<p class='under'>{check}</p>"
        self.out.append(web.folded(self.say("impact.how"), inside))

    def voices(self, found: Sequence[Voice]) -> None:
        if not found:
            return
        self.heading(self.say("quotes.title"))
        for said in found:
            who = self.told("quotes.who", place=place_name(said.place, self.lang), year=said.year,
                            crisis=code_label("crisis", said.crisis, self.lang))  # fmt: skip
            words = self.told("quotes.words", text=said.text(self.lang))
            self.out.append(f"<blockquote><p>{words}</p><p class='under'>{who}</p></blockquote>")
        self.note(self.say("quotes.note"))

    def published(self, *names: str) -> None:
        found = published.bearing_on(names=names, claims=())
        if not found:
            return
        self.heading(self.say("published.title"))
        nulls = sum(result.direction == "none" for _, result in found)
        studies = len({finding.id for finding, _ in found})
        self.note(self.say("published.lead", results=len(found), studies=studies, nulls=nulls))
        for side, directions in published.SIDES:
            here = [pair for pair in found if pair[1].direction in directions]
            self.heading(f"{self.say(f'published.side.{side}')} · {len(here)}", 3)
            told = (published.line(*pair, self.lang) for pair in here)
            lines = [f"{web.rich(what)}<br><span class='under'>{web.rich(whose)}</span>"
                     for what, whose in told]  # fmt: skip
            self.out.append(web.points(lines or [self.told("published.none")]))
        self.note(self.say("published.note"))

    def definitions(self, title: str, names: Sequence[str]) -> None:
        inside = "".join(
            f"<h3>{web.safe(indicator(name).title[self.lang])}</h3>{self._definition(name)}"
            for name in names
        )
        self.out.append(web.folded(title, inside))

    def profile(self) -> None:
        year = self.reader.build.latest("year", self.role).label
        tables = by_group_type(self.reader, self.role, year, self.lang)
        self.heading(self.say("profile.title_group_type"))
        self.note(self.say("profile.group_type_note"))
        for title, what, found in tables:
            self.text(f"**{title}.** {what}")
            self.table(found, f"{self.say('profile.parts')}, {title}")

    def links(self, pages: Mapping[str, str]) -> None:
        self.out.append("<nav class='screen'>" + web.points(
            f"<a href='/{page}?lang={self.lang}'>{web.safe(label)}</a>"
            for page, label in pages.items()
        ) + "</nav>")  # fmt: skip

    def _receipt(self, id_: str, label: str) -> str:
        check = address_of(id_, "receipt", drawing=Drawing(self.lang), local=True)
        return f"<a href='{web.safe(check)}'>{self.told(label)}</a>"

    def _definition(self, name: str) -> str:
        facts, caveats = views.definition(indicator(name), self.lang)
        return ("".join(f"<p>{web.rich(fact)}</p>" for fact in facts)
                + web.points(web.rich(caveat) for caveat in caveats))  # fmt: skip


# --- pieces --------------------------------------------------------------------------------------


def figure(visit: Light, panel: Panel, highlight: str | None = None, level: int = 3) -> str:
    """A panel: its drawing is fetched when it comes into sight, and kept for good."""
    shown = visit.exhibit(panel, highlight)
    height = shown.figure.spec["layout"]["height"]
    source = address_of(shown.receipt.id, "figure", ".svg", shown.drawing, local=True)
    image = (f"<img src='{web.safe(source)}&amp;size=phone' alt='{web.safe(shown.figure.alt)}' "
             f"width='390' height='{height}' loading='lazy'>")  # fmt: skip
    if not can_draw():
        image = f"<p>{visit.told('light.no_picture')}</p>"
    check = address_of(shown.receipt.id, "receipt", drawing=shown.drawing, local=True)
    how = visit.told("receipt.how")
    link = f"<p class='under'><a href='{web.safe(check)}'>{how}</a></p>"
    return web.figure(shown.figure, image, link, level)


def heading(visit: Light, key: str, **values: object) -> str:
    return f"<h2>{visit.told(key, **values)}</h2>"


def table(found: Table, label: str) -> str:
    return web.table(*found, label=label)


def form(visit: Light, selects: Mapping[str, str]) -> str:
    """Choices that live in the address, as in the application: key → select."""
    kept = {"lang": visit.lang} | {k: v for k, v in visit.passed().items() if k not in selects}
    hidden = "".join(f"<input type='hidden' name='{web.safe(key)}' value='{web.safe(value)}'>"
                     for key, value in kept.items())  # fmt: skip
    name = next(iter(selects))
    return (f"<form method='get' id='{name}' action='#{name}'>{hidden}{''.join(selects.values())}"
            f"<button>{visit.told('light.show')}</button></form>")  # fmt: skip


def chooser(visit: Light, **selects: Mapping[str, str]) -> str:
    """A form of the choices that several pages share."""
    names = {"indicator": "filter.indicator", "region": "filter.region", "shock": "shocks.kind",
             "division": "filter.division", "quarter": "filter.period"}  # fmt: skip
    return form(visit, {
        key: web.select(visit.say(names[key]), key, options, visit.chosen(key, tuple(options)))
        for key, options in selects.items()
    })  # fmt: skip


def divisions(visit: Light) -> dict[str, str]:
    return {value: visit.say(f"filter.division_{value}") for value in ("2023", "2012")}


def version(visit: Light) -> str:
    """Which version this is, and until when the public sees it."""
    build = visit.reader.build
    until = format_period(build.public_until.label, visit.lang)
    last = format_day(build.last_day.isoformat(), visit.lang) if build.last_day else "–"
    version = visit.say("app.version", build=build.build_id, last=last,
                        date=format_day(build.built_at, visit.lang))  # fmt: skip
    return f"{version}. {visit.say('app.public_lag', period=until)}"


def claims_of(visit: Light, place: str, *, local: bool) -> str:
    """What the evidence says of the place, how sure it is, and what speaks against it."""
    items = []
    for claim in claims(visit.reader, "public", place):
        told = claim.as_json()
        sure = "light.grade" if claim.grade else "light.no_grade"
        grade = visit.told(sure, grade=claim.grade)
        against = " ".join(entry[visit.lang] for entry in claim.counter_evidence)
        check = address_of(claim.receipt, "receipt", drawing=Drawing(visit.lang), local=local)
        name = visit.told("receipt.how") if local else web.safe(claim.receipt)
        items.append(f"<li><p>{web.safe(told[f'statement_{visit.lang}'])} <em>{grade}</em>"
                     f"</p><p class='under'>{web.safe(against)} "
                     f"<a href='{web.safe(check)}'>{name}</a></p></li>")
    return f"{heading(visit, 'light.claims')}<ul>{''.join(items)}</ul>" if items else ""
