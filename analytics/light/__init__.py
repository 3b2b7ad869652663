"""The pages without the application: for a thin line, and for no line at all.

``page`` answers with one HTML page whose charts are pictures of the same figures; ``bundle`` puts
one region into one file that needs no network. Both show what the public may see, whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode

from analytics import shocks, story, views
from analytics.attention import alerts
from analytics.geography.places import place_name
from analytics.indicator import indicator
from analytics.light.offline import bundle, write_bundles
from analytics.light.visit import (
    COUNTRY,
    FIRST,
    Light,
    chooser,
    claims_of,
    divisions,
    figure,
    heading,
    table,
    version,
)
from analytics.publishing import web
from analytics.text import LANGS
from analytics.text.numbers import format_period, format_value, whole
from analytics.views import businesses, contributions, impact, voice
from analytics.views.page import View
from analytics.warehouse.read import Reader

__all__ = ["PAGES", "bundle", "page", "write_bundles"]

#: the page that is shown around: on a telephone it opens in its light form, unless the address
#: holds the wish for the whole application
SHOWN_AROUND, FULL = "impact", "full"

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
    wish = {FULL: "1"} if name == SHOWN_AROUND else {}
    whole = f"/{name if name != 'overview' else ''}?{_asked(lang, {**chosen, **wish})}"
    link = f"<p class=screen><a href='{whole}'>{visit.told('light.whole')}</a></p>"
    head = (f"<nav aria-label='{visit.told('app.navigation')}'><ul>{links}</ul></nav>"
            f"{web.languages(lang, addresses)}{link}")  # fmt: skip
    foot = f"<p>{web.safe(version(visit))}</p>{link}"
    return web.document(lang, visit.say(f"{name}.title"), body, head=head, foot=foot,
                        demonstration=reader.build.demonstration)  # fmt: skip


#: the choices that one page hands on to another
_KEYS = ("indicator", "region", "division", "quarter", "shock", "year")


def _asked(lang: str, chosen: Mapping[str, str]) -> str:
    return web.safe(urlencode({"lang": lang, **chosen}))


def _written(view: View) -> Body:
    """A page that ``analytics.views`` writes."""

    def body(visit: Light) -> Iterator[str]:
        view(visit)
        yield from visit.out

    return body


def _overview(visit: Light) -> Iterator[str]:
    if sentence := story.opening(visit.asker):
        yield f"<p><strong>{web.safe(sentence)}</strong></p>"
    for chapter in story.chapters(visit.asker):
        number = chapter.figure or visit.say("status.no_data")
        yield heading(visit, f"story.title.{chapter.key}")
        yield (f"<p><strong>{web.safe(number)}</strong> {web.safe(chapter.label)}. "
               f"{web.safe(' '.join(chapter.sentences))}</p>")  # fmt: skip
    latest = visit.ask(FIRST).period_label
    quarter = format_period(latest, visit.lang)
    groups, members = visit.ask("groups_reporting"), visit.ask("members")
    lead = visit.say(
        "overview.lead_public", year=groups.period_label, quarter=quarter,
        groups=format_value(groups.rows[0].value, "groups", visit.lang),
        members=format_value(members.rows[0].value, "people", visit.lang),
    )  # fmt: skip
    yield f"<p>{web.safe(lead.replace('**', ''))}</p>"
    yield heading(visit, "overview.scorecard")
    label = visit.say("overview.scorecard_note", quarter=quarter)
    yield table(views.scorecard(visit.ask, latest, visit.lang), label)
    yield heading(visit, "overview.attention")
    found = alerts(visit.reader, "public", latest, visit.lang)
    items = "".join(f"<li>{web.safe(alert.sentence.replace('**', ''))}</li>" for alert in found[:6])
    yield f"<ul>{items}</ul>" if items else f"<p>{visit.told('overview.attention_none')}</p>"
    for panel in views.overview(latest):
        yield heading(visit, panel.heading) + figure(visit, panel)
    yield heading(visit, "overview.limits")
    yield f"<p>{web.safe(visit.say('overview.limits_text').replace('**', ''))}</p>"
    yield _offline(visit)


def _evidence(visit: Light) -> Iterator[str]:
    places = visit.places()
    yield chooser(visit, region=places)
    found = claims_of(visit, visit.place(places) or COUNTRY, local=True)
    yield found or f"<p>{visit.told('light.no_claims')}</p>"


def _savings(visit: Light) -> Iterator[str]:
    places = visit.places()
    name, place = visit.chosen("indicator", tuple(visit.rates())), visit.place(places)
    chosen = (("region", place),) if place else ()
    yield chooser(visit, indicator=visit.rates(), region=places)
    latest = visit.ask(FIRST).period_label
    for panel in views.savings(name, chosen, None, latest):
        yield heading(visit, panel.heading) + figure(visit, panel, place)
    subject = indicator(name)
    yield heading(visit, "savings.how")
    text = f"{subject.definition[visit.lang]} {subject.why_it_matters[visit.lang]}"
    yield f"<p>{web.safe(text)}</p><p>{web.safe(subject.formula.words[visit.lang])}</p>"
    yield heading(visit, "savings.ratios")
    answers = [visit.ask(other, filters=chosen) for other in visit.rates()]
    yield table(views.ratios(answers, visit.lang), visit.say("savings.ratios"))


def _regions(visit: Light) -> Iterator[str]:
    name = visit.chosen("indicator", tuple(visit.rates()))
    quarter = visit.chosen("quarter", tuple(visit.quarters()))
    places = visit.places(visit.division)
    yield chooser(visit, indicator=visit.rates(), region=places, division=divisions(visit),
                quarter=visit.quarters())  # fmt: skip
    place = visit.place(places)
    for panel in views.regions(name, quarter, visit.division):
        yield figure(visit, panel, place, level=2)
    if place:
        yield heading(visit, "regions.profile", region=place_name(place, visit.lang))
        latest = next(iter(visit.quarters()))
        yield figure(visit, views.region(name, place, visit.division, latest))
        found = views.profile(visit.ask, place, quarter, visit.division, visit.lang)
        yield table(found, visit.say("regions.profile", region=place_name(place, visit.lang)))
    yield _offline(visit)


def _shocks(visit: Light) -> Iterator[str]:
    if not visit.kinds():
        yield f"<p>{visit.told('shocks.none')}</p>"
        return
    name = visit.chosen("shock", tuple(visit.kinds()))
    known = {p.label: format_period(p.label, visit.lang)
             for p in reversed(shocks.quarters(visit.reader, name))}  # fmt: skip
    quarter = visit.chosen("quarter", tuple(known))
    places = visit.places(visit.division, merged=False)
    yield chooser(visit, shock=visit.kinds(), quarter=known, division=divisions(visit),
                region=places)  # fmt: skip
    place = visit.place(places)
    for panel in views.shocks(name, quarter, visit.division, place):
        yield heading(visit, panel.heading) + figure(visit, panel, place)
    yield heading(visit, "shocks.sources")
    feeds = shocks.freshness(visit.reader)
    header = tuple(visit.say(f"shocks.{key}") for key in ("source", "last_month", "days"))
    rows = tuple((feed.title[visit.lang], format_period(feed.last_month, visit.lang, short=True),
                  whole(feed.days, visit.lang)) for feed in feeds)  # fmt: skip
    yield table((header, rows), visit.say("shocks.sources"))
    yield web.points(
        web.safe(f"{feed.declared.citation}. {feed.declared.terms[visit.lang]}")
        for feed in feeds if feed.declared
    )  # fmt: skip


def _offline(visit: Light) -> str:
    """One file a region to take along."""
    links = "".join(
        f"<li><a href='/bundle/{slug}.html?lang={visit.lang}' download>{web.safe(text)}</a></li>"
        for slug, text in visit.places().items()
    )
    return (f"<section class=screen>{heading(visit, 'light.offline')}"
            f"<p>{visit.told('light.offline_lead')}</p><nav><ul>{links}</ul></nav>"
            "</section>")  # fmt: skip


_BODIES: dict[str, Body] = {
    "overview": _overview, "impact": _written(impact.show), "evidence": _evidence,
    "savings": _savings, "businesses": _written(businesses.show),
    "contributions": _written(contributions.show), "voice": _written(voice.show),
    "regions": _regions, "shocks": _shocks,
}  # fmt: skip
PAGES = tuple(_BODIES)
