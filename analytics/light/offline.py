"""One region in one file that needs no network: for a telephone, a USB stick, a printer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from analytics import views
from analytics.errors import UserError
from analytics.geography.places import parts_of
from analytics.indicator import indicator
from analytics.light.visit import COUNTRY, FIRST, Light, claims_of, heading, table, version
from analytics.publishing import web
from analytics.publishing.question import Drawing, address_of
from analytics.publishing.render import drawing
from analytics.text import LANGS
from analytics.views import Panel
from analytics.warehouse.home import draft_of
from analytics.warehouse.read import Reader

#: what a region's file shows beside its savings, as far as there is something of it to show
_COURSES = ("social_fund_per_member", "events_per_100k", "contribution_value_per_member")


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
    latest = visit.ask(FIRST).period_label
    parts = [
        f"<p>{visit.told('light.bundle_lead', place=name)}</p>",
        heading(visit, "overview.scorecard"),
        table(views.scorecard(visit.ask, latest, lang, chosen), visit.say("overview.scorecard")),
    ]
    course, _places = views.savings(FIRST, chosen, None, latest)
    _, by_region = views.overview(latest)
    parts += [_whole(visit, course), _whole(visit, by_region, local)]
    for panel in _courses(visit, course, local):
        if visit.ask(panel.name, **panel.question).published:
            parts.append(_whole(visit, panel))
    parts.append(claims_of(visit, place, local=False))
    if local:
        found = views.profile(visit.ask, local, latest, "2023", lang)
        parts += [heading(visit, "regions.profile", region=name), table(found, name)]
    limits = web.safe(visit.say("overview.limits_text").replace("**", ""))
    parts += [heading(visit, "overview.limits"), f"<p>{limits}</p>"]
    address = address_of("", "light", drawing=Drawing(lang)).replace("/light/", "/light/overview")
    foot = f"<p>{web.safe(version(visit))}</p><p>{web.safe(address)}</p>"
    return web.document(lang, visit.say("light.bundle_title", place=name), "".join(parts),
                        demonstration=reader.build.demonstration, foot=foot)  # fmt: skip


def _courses(visit: Light, course: Panel, local: str | None) -> Iterator[Panel]:
    """The other courses, up to the last full period of each; what befell a place is told of each
    region of a unit."""
    for name in _COURSES:
        subject = indicator(name)
        if local and "region" not in subject.breakdowns:
            continue
        latest = visit.ask(name).period_label
        regions = parts_of(local) if local and subject.klass == "open" else (local,)
        for region in regions:
            chosen = (("region", region),) if region else ()
            yield replace(course, name=name,
                          question={"by": ("quarter",), "filters": chosen, "end": latest})


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
