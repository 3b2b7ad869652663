"""The pages without the application: for a thin line, and for no line at all.

``page`` answers with one HTML page whose charts are pictures of the same figures; ``bundle`` puts
one region into one file that needs no network. Both show what the public may see, whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from analytics import shocks, story, views
from analytics.attention import alerts
from analytics.charts.table import Table
from analytics.errors import UserError
from analytics.estimates.estimate import Estimates
from analytics.evidence.store import claims
from analytics.geography.places import place_name, region_units
from analytics.indicator import indicator, indicators
from analytics.period import periods_between
from analytics.publishing import web
from analytics.publishing.exhibit import Exhibit, exhibit
from analytics.publishing.question import Drawing, Question, address_of
from analytics.publishing.render import can_draw, drawing
from analytics.selection import Selection
from analytics.story import Asker
from analytics.text import LANGS, say
from analytics.text.numbers import format_day, format_period, format_value
from analytics.views import CRISES, Panel
from analytics.warehouse.home import draft_of
from analytics.warehouse.read import Reader

PAGES = ("overview", "evidence", "savings", "regions", "shocks")
COUNTRY = "mali"
_FIRST = "savings_per_member"
#: what a region's file shows beside its savings, as far as there is something of it to show
_COURSES = ("social_fund_per_member", "events_per_100k", "contribution_value_per_member")


@dataclass(frozen=True)
class Light:
    """One visit: the version, the language, and what the address chose; what it chose wrongly
    counts as not chosen.
    """

    reader: Reader
    lang: str
    query: Mapping[str, str]

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
        how = Drawing(self.lang, panel.chart, highlight=highlight,
                      crises=CRISES if panel.crises else ())  # fmt: skip
        asked = Selection(role="public", **panel.question)
        return exhibit(self.reader, Question(panel.name, asked, how))

    # --- choices, by the names the application gives them in its addresses ------------------------

    def chosen(self, key: str, options: Sequence[str]) -> str:
        return self.query[key] if self.query.get(key) in options else options[0]

    @property
    def division(self) -> str:
        return self.chosen("division", ("2023", "2012"))

    def places(self) -> dict[str, str]:
        """The country and every unit the public is shown, by name."""
        units = self.reader.units[self.division]
        order = dict.fromkeys(units[found.slug] for found in region_units(self.division)
                              if found.slug in units)  # fmt: skip
        named = {slug: place_name(slug, self.lang) for slug in order}
        return {COUNTRY: self.say("filter.whole_country"), **named}

    @property
    def region(self) -> str | None:
        chosen = self.chosen("region", tuple(self.places()))
        return None if chosen == COUNTRY else chosen

    def rates(self) -> dict[str, str]:
        found = [i for i in indicators().values() if i.of_network and i.klass == "rate"]
        found.sort(key=lambda i: i.id != _FIRST)
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


Body = Callable[[Light], Iterator[str]]


def page(reader: Reader, name: str, lang: str, query: Mapping[str, str]) -> bytes:
    """One of ``PAGES`` as HTML."""
    visit = Light(reader, lang, query)
    body = "".join(_BODIES[name](visit))
    chosen = {key: value for key, value in query.items() if key in _KEYS}
    links = "".join(
        f"<li><a href='/light/{other}?{_asked(lang, chosen)}'"
        f"{' aria-current=page' if other == name else ''}>{visit.told(f'page.{other}')}"
        "</a></li>"
        for other in PAGES
    )
    addresses: dict[str, str] = {code: f"/light/{name}?{_asked(code, chosen)}" for code in LANGS}
    head = (f"<nav aria-label='{visit.told('app.navigation')}'><ul>{links}</ul></nav>"
            f"{web.languages(lang, addresses)}")  # fmt: skip
    whole = f"/{name if name != 'overview' else ''}?{_asked(lang, chosen)}"
    foot = (f"<p>{web.safe(_version(visit))}</p>"
            f"<p class=screen><a href='{web.safe(whole)}'>{visit.told('light.whole')}</a>"
            "</p>")  # fmt: skip
    return web.document(lang, visit.say(f"{name}.title"), body, head=head, foot=foot,
                        demonstration=reader.build.demonstration)  # fmt: skip


_KEYS = ("indicator", "region", "division", "quarter", "shock")


def _asked(lang: str, chosen: Mapping[str, str]) -> str:
    return web.safe(urlencode({"lang": lang, **chosen}))


def _version(visit: Light) -> str:
    build = visit.reader.build
    until = format_period(build.public_until.label, visit.lang)
    last = format_day(build.last_day.isoformat(), visit.lang) if build.last_day else "–"
    version = visit.say("app.version", build=build.build_id, last=last,
                        date=format_day(build.built_at, visit.lang))  # fmt: skip
    return f"{version} {visit.say('app.public_lag', period=until)}"


# --- pieces --------------------------------------------------------------------------------------


def _figure(visit: Light, panel: Panel, highlight: str | None = None, level: int = 3) -> str:
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


def _heading(visit: Light, key: str, **values: object) -> str:
    return f"<h2>{visit.told(key, **values)}</h2>"


def _table(found: Table, label: str) -> str:
    return web.table(*found, label=label)


def _form(visit: Light, **selects: dict[str, str]) -> str:
    """Choices that live in the address, as in the application."""
    names = {"indicator": "filter.indicator", "region": "filter.region", "shock": "shocks.kind",
             "division": "filter.division", "quarter": "filter.period"}  # fmt: skip
    fields = []
    for key, options in selects.items():
        chosen = visit.chosen(key, tuple(options))
        items = "".join(
            f"<option value='{web.safe(value)}'{' selected' if value == chosen else ''}>"
            f"{web.safe(text)}</option>"
            for value, text in options.items()
        )
        label = visit.told(names[key])
        fields.append(f"<label>{label} <select name='{key}'>{items}</select></label>")
    button = f"<button>{visit.told('light.show')}</button>"
    language = f"<input type='hidden' name='lang' value='{visit.lang}'>"
    return f"<form method='get'>{language}{''.join(fields)}{button}</form>"


def _divisions(visit: Light) -> dict[str, str]:
    return {value: visit.say(f"filter.division_{value}") for value in ("2023", "2012")}


# --- pages ---------------------------------------------------------------------------------------


def _overview(visit: Light) -> Iterator[str]:
    if sentence := story.opening(visit.asker):
        yield f"<p><strong>{web.safe(sentence)}</strong></p>"
    for chapter in story.chapters(visit.asker):
        figure = chapter.figure or visit.say("status.no_data")
        yield _heading(visit, f"story.title.{chapter.key}")
        yield (f"<p><strong>{web.safe(figure)}</strong> {web.safe(chapter.label)}. "
               f"{web.safe(' '.join(chapter.sentences))}</p>")  # fmt: skip
    latest = visit.ask(_FIRST).period_label
    quarter = format_period(latest, visit.lang)
    groups, members = visit.ask("groups_reporting"), visit.ask("members")
    lead = visit.say(
        "overview.lead_public", year=groups.period_label, quarter=quarter,
        groups=format_value(groups.rows[0].value, "groups", visit.lang),
        members=format_value(members.rows[0].value, "people", visit.lang),
    )  # fmt: skip
    yield f"<p>{web.safe(lead.replace('**', ''))}</p>"
    yield _heading(visit, "overview.scorecard")
    label = visit.say("overview.scorecard_note", quarter=quarter)
    yield _table(views.scorecard(visit.ask, latest, visit.lang), label)
    yield _heading(visit, "overview.attention")
    found = alerts(visit.reader, "public", latest, visit.lang)
    items = "".join(f"<li>{web.safe(alert.sentence.replace('**', ''))}</li>" for alert in found[:6])
    yield f"<ul>{items}</ul>" if items else f"<p>{visit.told('overview.attention_none')}</p>"
    for panel in views.overview(latest):
        yield _heading(visit, panel.heading) + _figure(visit, panel)
    yield _heading(visit, "overview.limits")
    yield f"<p>{web.safe(visit.say('overview.limits_text').replace('**', ''))}</p>"
    yield _offline(visit)


def _evidence(visit: Light) -> Iterator[str]:
    yield _form(visit, region=visit.places())
    found = _claims(visit, visit.region or COUNTRY, local=True)
    yield found or f"<p>{visit.told('light.no_claims')}</p>"


def _savings(visit: Light) -> Iterator[str]:
    name, place = visit.chosen("indicator", tuple(visit.rates())), visit.region
    chosen = (("region", place),) if place else ()
    yield _form(visit, indicator=visit.rates(), region=visit.places())
    latest = visit.ask(_FIRST).period_label
    for panel in views.savings(name, chosen, None, latest):
        yield _heading(visit, panel.heading) + _figure(visit, panel, place)
    subject = indicator(name)
    yield _heading(visit, "savings.how")
    text = f"{subject.definition[visit.lang]} {subject.why_it_matters[visit.lang]}"
    yield f"<p>{web.safe(text)}</p><p>{web.safe(subject.formula.words[visit.lang])}</p>"
    yield _heading(visit, "savings.ratios")
    answers = [visit.ask(other, filters=chosen) for other in visit.rates()]
    yield _table(views.ratios(answers, visit.lang), visit.say("savings.ratios"))


def _regions(visit: Light) -> Iterator[str]:
    name = visit.chosen("indicator", tuple(visit.rates()))
    quarter = visit.chosen("quarter", tuple(visit.quarters()))
    yield _form(visit, indicator=visit.rates(), region=visit.places(), division=_divisions(visit),
                quarter=visit.quarters())  # fmt: skip
    place = visit.region
    for panel in views.regions(name, quarter, visit.division):
        yield _figure(visit, panel, place, level=2)
    if place:
        yield _heading(visit, "regions.profile", region=place_name(place, visit.lang))
        latest = next(iter(visit.quarters()))
        yield _figure(visit, views.region(name, place, visit.division, latest))
        found = views.profile(visit.ask, place, quarter, visit.division, visit.lang)
        yield _table(found, visit.say("regions.profile", region=place_name(place, visit.lang)))
    yield _offline(visit)


def _shocks(visit: Light) -> Iterator[str]:
    if not visit.kinds():
        yield f"<p>{visit.told('shocks.none')}</p>"
        return
    name = visit.chosen("shock", tuple(visit.kinds()))
    known = {p.label: format_period(p.label, visit.lang)
             for p in reversed(shocks.quarters(visit.reader, name))}  # fmt: skip
    quarter = visit.chosen("quarter", tuple(known))
    yield _form(visit, shock=visit.kinds(), quarter=known, division=_divisions(visit),
                region=visit.places())  # fmt: skip
    for panel in views.shocks(name, quarter, visit.division, visit.region):
        yield _heading(visit, panel.heading) + _figure(visit, panel, visit.region)
    yield _heading(visit, "shocks.sources")
    items = "".join(
        f"<li>{web.safe(feed.declared.citation)}. {web.safe(feed.declared.terms[visit.lang])}</li>"
        for feed in shocks.freshness(visit.reader) if feed.declared
    )  # fmt: skip
    yield f"<ul>{items}</ul>"


_BODIES: dict[str, Body] = {
    "overview": _overview, "evidence": _evidence, "savings": _savings, "regions": _regions,
    "shocks": _shocks,
}  # fmt: skip


def _offline(visit: Light) -> str:
    """One file a region to take along."""
    links = "".join(
        f"<li><a href='/bundle/{slug}.html?lang={visit.lang}' download>{web.safe(text)}</a></li>"
        for slug, text in replace(visit, query={}).places().items()
    )
    return (f"<section class=screen>{_heading(visit, 'light.offline')}"
            f"<p>{visit.told('light.offline_lead')}</p><nav><ul>{links}</ul></nav>"
            "</section>")  # fmt: skip


# --- the bundle ----------------------------------------------------------------------------------


def bundle(reader: Reader, place: str, lang: str) -> bytes:
    """One region (or ``mali``) in one HTML file: no network, no script, a megabyte at most.

    Raises:
        UserError: where no browser is there to draw its figures.
        KeyError: for a place that the public is not shown.
    """
    visit = Light(reader, lang, {})
    name = visit.places()[place]
    local = None if place == COUNTRY else place
    chosen: views.Filters = (("region", local),) if local else ()
    latest = visit.ask(_FIRST).period_label
    parts = [
        f"<p>{visit.told('light.bundle_lead', place=name)}</p>",
        _heading(visit, "overview.scorecard"),
        _table(views.scorecard(visit.ask, latest, lang, chosen), visit.say("overview.scorecard")),
    ]
    course, _places = views.savings(_FIRST, chosen, None, latest)
    _, by_region = views.overview(latest)
    parts += [_whole(visit, course), _whole(visit, by_region, local)]
    for other in _COURSES:
        subject = indicator(other)
        if local and "region" not in subject.breakdowns:
            continue
        time = "quarter" if subject.klass != "total" else "year"
        end = latest if subject.klass == "rate" else None
        panel = replace(course, name=other, question={"by": (time,), "filters": chosen, "end": end})
        if visit.ask(other, **panel.question).published:
            parts.append(_whole(visit, panel))
    parts.append(_claims(visit, place, local=False))
    if local:
        found = views.profile(visit.ask, local, latest, "2023", lang)
        parts += [_heading(visit, "regions.profile", region=name), _table(found, name)]
    limits = web.safe(visit.say("overview.limits_text").replace("**", ""))
    parts += [_heading(visit, "overview.limits"), f"<p>{limits}</p>"]
    address = address_of("", "light", drawing=Drawing(lang)).replace("/light/", "/light/overview")
    foot = f"<p>{web.safe(_version(visit))}</p><p>{web.safe(address)}</p>"
    return web.document(lang, visit.say("light.bundle_title", place=name), "".join(parts),
                        demonstration=reader.build.demonstration, foot=foot)  # fmt: skip


def write_bundles(
    reader: Reader, places: Sequence[str], folder: Path, progress: Callable[[str], None]
) -> list[Path]:
    """Write a file a place and language; without places, one for the country and each region.

    Raises:
        UserError: for a place that the public is not shown, or without a browser to draw.
    """
    known = list(Light(reader, LANGS[0], {}).places())
    for place in places:
        if place not in known:
            raise UserError("filter_value", name="region", value=place, expected=", ".join(known))
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for place in places or known:
        for lang in LANGS:
            path = folder / f"she-leads-{place}-{lang}.html"
            progress(path.name)
            content = bundle(reader, place, lang)
            with draft_of(path) as draft:
                draft.write_bytes(content)
            files.append(path)
    return files


def _whole(visit: Light, panel: Panel, highlight: str | None = None) -> str:
    """A panel with its drawing in the page itself."""
    shown = visit.exhibit(panel, highlight)
    svg = drawing(shown.figure, "svg").decode()
    image = f"<div role='img' aria-label='{web.safe(shown.figure.alt)}'>{svg}</div>"
    return web.figure(shown.figure, image)


def _claims(visit: Light, place: str, *, local: bool) -> str:
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
    return f"{_heading(visit, 'light.claims')}<ul>{''.join(items)}</ul>" if items else ""
