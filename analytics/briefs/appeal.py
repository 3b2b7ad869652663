"""The call to action as a document: the latest version of the home, or the one asked for."""

from __future__ import annotations

from analytics.advocacy.appeal import Item, Version, proposal, versions
from analytics.advocacy.register import region_name
from analytics.briefs.scope import Scope, statement
from analytics.publishing.documents.model import Block, Document, Note, Paragraph, Points, Section
from analytics.text.numbers import format_day
from analytics.warehouse.home import Home


def document(home: Home, scope: Scope, *, drafts: bool = True) -> Document:
    """The latest version in the scope's language; a proposal from the data before any.

    Args:
        drafts: whether a working version may be shown, or only one that was handed over.
    """
    known = [made for made in versions(home) if drafts or made.frozen]
    return of_version(scope, known[-1] if known else proposed(scope))


def proposed(scope: Scope) -> Version:
    return proposal(scope.register, scope.claims, scope.reader.build.build_id)


def of_version(scope: Scope, made: Version) -> Document:
    """A version as a document."""
    lang = scope.lang
    preamble = [part.strip() for part in made.preamble[lang].split("\n") if part.strip()]
    evidence: list[Block] = [statement(claim, lang) for claim in made.claims]
    if not evidence:
        evidence = [Note(scope.tell("no_claims"))]
    sections = (
        Section("preamble", "", tuple(Paragraph(part, lead=n == 0)
                                      for n, part in enumerate(preamble))),
        Section("evidence", scope.tell("section.evidence"), tuple(evidence)),
        _items(scope, "axes", made.axes),
        _items(scope, "demands", made.demands),
        _items(scope, "roadmap", made.roadmap),
        Section("signatories", scope.tell("section.signatories"),
                (Points(made.signatories),) if made.signatories else ()),
    )  # fmt: skip
    return scope.document("call-to-action", sections, subtitle=_state(scope, made))


def _items(scope: Scope, id: str, items: tuple[Item, ...]) -> Section:
    lines = []
    for item in items:
        text = item.fr if scope.lang == "fr" else item.en
        more = [item.office, region_name(item.region, scope.lang) if item.region else "",
                format_day(item.date, scope.lang) if item.date and id == "roadmap" else ""]
        rest = " · ".join(part for part in more if part)
        lines.append(f"{text} ({rest})" if rest else text)  # fmt: skip
    return Section(id, scope.tell(f"section.{id}"), (Points(tuple(lines)),) if lines else ())


def _state(scope: Scope, made: Version) -> str:
    if made.frozen:
        return scope.tell("appeal_frozen", number=made.number, to=made.frozen.to,
                         date=format_day(made.frozen.on, scope.lang),
                         receipt=made.frozen.receipt)  # fmt: skip
    if made.number:
        return scope.tell("appeal_draft", number=made.number,
                         date=format_day(made.saved_at, scope.lang))  # fmt: skip
    return scope.tell("appeal_proposal")
