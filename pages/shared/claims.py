"""Claims on a page: a card in the gallery, and everything that one claim rests on."""

from __future__ import annotations

from typing import Any, Literal

import streamlit as st

from analytics.charts import claims as drawn
from analytics.evidence import wording
from analytics.evidence.bond import principles
from analytics.evidence.claim import Claim
from analytics.evidence.definition import definition, definitions
from analytics.evidence.store import claims, detail
from analytics.published import bearing_on
from analytics.settings import settings
from analytics.text.numbers import whole
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader, open_reader
from pages.shared import blocks, filters, published
from pages.shared.session import lang, reader, sees, words

CRISES = ("prices", "insecurity", "climate", "covid19", "displacement", "food_insecurity", "all")
VERDICTS = ("supported", "no_meaningful_effect", "inconclusive", "refused")
GRADES = ("4", "3", "2", "1")
_ICONS = {
    "supported": ":material/check_circle:",
    "no_meaningful_effect": ":material/drag_handle:",
    "inconclusive": ":material/help:",
    "refused": ":material/block:",
}
_COLOURS: dict[str, Literal["green", "blue", "orange", "gray"]] = {
    "supported": "green",
    "no_meaningful_effect": "blue",
    "inconclusive": "orange",
    "refused": "gray",
}
ANY = "any"


# --- the gallery ---------------------------------------------------------------------------------


def chosen() -> list[Claim]:
    """The claims that the filters leave, the mission's own first."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        region = filters.region()
        found = _claims(reader().build.build_id, sees(), region or filters.ALL)
        themes = list(dict.fromkeys(definition(claim.id).theme for claim in found))
        picked = {
            "theme": _pick("theme", themes, "gallery.theme"),
            "crisis": _pick("crisis", CRISES, "gallery.crisis"),
            "verdict": _pick("verdict", VERDICTS, "claim.verdict"),
            "grade": _pick("grade", GRADES, "claim.grade"),
        }
    return [claim for claim in found if all(
        value in (None, facet) for value, facet in
        ((picked["theme"], definition(claim.id).theme), (picked["crisis"], claim.crisis),
         (picked["verdict"], claim.verdict), (picked["grade"], str(claim.grade)))
    )]  # fmt: skip


def _pick(name: str, options: Any, prefix: str) -> str | None:
    shown = {ANY: words("gallery.any")}
    shown |= {option: words(f"{prefix}.{option}") for option in options}
    picked = filters.one(f"gallery.filter_{name}", shown, name)
    return None if picked == ANY else picked


def find(claim_id: str) -> Claim | None:
    """The claim of that id, as this reader may see it."""
    known = _claims(reader().build.build_id, sees(), None)
    return next((claim for claim in known if claim.id == claim_id), None)


def tally(found: list[Claim]) -> str:
    """How many claims of each verdict, refusals named like the others."""
    counts = {verdict: sum(c.verdict == verdict for c in found) for verdict in VERDICTS}
    return " · ".join(
        f"{_ICONS[verdict]} {blocks.labelled(f'claim.verdict.{verdict}', whole(count, lang()))}"
        for verdict, count in counts.items()
    )


def card(claim: Claim) -> None:
    """One claim of the gallery."""
    with st.container(border=True, height="stretch", gap="small"):
        badges(claim)
        st.markdown(f"**{claim.statement(lang())}**")
        strip(claim)
        st.caption(_where(claim))
        st.page_link(
            "pages/evidence.py",
            label=words("gallery.read"),
            icon=":material/arrow_forward:",
            query_params={"claim": claim.id, "lang": lang()},
        )


def badges(claim: Claim) -> None:
    """Verdict, grade as word and mark, crisis."""
    with st.container(horizontal=True, gap="small"):
        st.badge(words(f"claim.verdict.{claim.verdict}"), icon=_ICONS[claim.verdict],
                 color=_COLOURS[claim.verdict])  # fmt: skip
        st.badge(grade(claim), color="gray")
        if claim.crisis:
            st.badge(words(f"gallery.crisis.{claim.crisis}"), color="gray",
                     icon=":material/bolt:")  # fmt: skip


def grade(claim: Claim) -> str:
    """``●●●○ Modéré``; said where there is none."""
    if claim.grade is None:
        return words("gallery.no_grade")
    return f"{'●' * claim.grade}{'○' * (4 - claim.grade)} {words(f'claim.grade.{claim.grade}')}"


def strip(claim: Claim) -> None:
    if image := drawn.card(claim, lang()):
        # Its own width: a phone has room for it, and a wide page must not blow its words up.
        st.image(image, width="content", alt=drawn.card_alt(claim, lang()))
        st.caption(drawn.interval(claim, lang()))


def _where(claim: Claim) -> str:
    return " · ".join(filter(None, (drawn.place(claim, lang()), drawn.counts(claim, lang()))))


# --- one claim -----------------------------------------------------------------------------------


def page(claim: Claim) -> None:
    """Everything that one claim rests on, for and against."""
    st.title(claim.title(lang()), anchor=False)
    st.markdown(definition(claim.id).question[lang()])
    with st.container(border=True):
        badges(claim)
        st.subheader(claim.statement(lang()), anchor=False)
        strip(claim)
        st.caption(
            f"{_where(claim)}  \n{drawn.source(claim, reader().build, lang())}  \n"
            f"{definition(claim.id).caveat[lang()]}"
        )
        st.page_link("pages/receipt.py", label=words("receipt.how"), icon=":material/receipt_long:",
                     query_params={"receipt": claim.receipt, "lang": lang()})  # fmt: skip
    rests_on = _detail(reader().build.build_id, sees(), claim.id)
    build = reader().build
    figures = (drawn.event(claim, rests_on, build, lang()),
               drawn.parts(claim, rests_on, build, lang()),
               drawn.specifications(claim, rests_on, build, lang()))  # fmt: skip
    for figure in figures:
        if figure:
            with st.container(border=True):
                blocks.drawing(figure, key=f"claim-{figure.chart}")
    _for_and_against(claim)
    _gates(claim)
    _bond(claim)
    _method(claim)


def _for_and_against(claim: Claim) -> None:
    speaks, against = st.columns(2)
    results = bearing_on(claims=(claim.question_id,))
    with speaks:
        st.header(words("gallery.for"), anchor=False)
        passed = sum(gate.passed for gate in claim.gates)
        points = [words("gallery.gates_passed", passed=passed, all=len(claim.gates))]
        if not claim.downgrades and claim.grade:
            points.append(words("gallery.no_downgrade"))
        if better := sum(one.direction == "better" for _, one in results):
            points.append(words("gallery.published_better", count=better, all=len(results)))
        _list(points)
    with against:
        st.header(words("gallery.against"), anchor=False)
        points = [words("gallery.gate_failed", gate=_within(f"claim.gate.{gate.name}"))
                  for gate in claim.gates if not gate.passed]  # fmt: skip
        points += [words("gallery.downgraded", reason=_within(f"claim.downgrade.{one.reason}"))
                   for one in claim.downgrades]  # fmt: skip
        points += [text[lang()] for text in claim.counter_evidence]
        if nulls := sum(one.direction in ("none", "worse") for _, one in results):
            points.append(words("gallery.published_nulls", count=nulls, all=len(results)))
        _list(points or [words("gallery.against_none")])
    st.header(words("gallery.rivals"), anchor=False)
    st.caption(words("gallery.rivals_note"))
    _list([text[lang()] for text in claim.rivals] or [words("gallery.rivals_none")])
    published.show(claims=(claim.question_id,))
    known = {_doi(study.url) for study, _ in results}
    own = [source for source in claim.sources
           if source.get("kind") == "published" and _doi(source["url"]) not in known]  # fmt: skip
    if own:
        if not results:
            st.header(words("gallery.published"), anchor=False)
        st.caption(words("gallery.published_note"))
        _list([f"{text[lang()]} [{words('gallery.link')}]({text['url']})" for text in own])


def _gates(claim: Claim) -> None:
    st.header(words("gallery.gates"), anchor=False)
    st.caption(words("gallery.gates_note"))
    header = [words(f"gallery.gate_{name}") for name in ("name", "result", "value", "threshold")]
    blocks.rows(header, [
        (words(f"claim.gate.{gate.name}"),
         words(f"gallery.gate_{'yes' if gate.passed else 'no'}"),
         *(wording.gate_figure(gate.name, seen, lang()) for seen in (gate.value, gate.threshold)))
        for gate in claim.gates
    ], alt=words("gallery.gates"))  # fmt: skip


def _bond(claim: Claim) -> None:
    st.header(words("gallery.bond.title"), anchor=False)
    st.caption(words("gallery.bond.note"))
    marks = {"yes": ":material/check:", "partly": ":material/remove:", "no": ":material/close:"}
    told = []
    for one in principles(claim):
        why = words(f"gallery.bond.{one.name}_{one.met}")
        told.append(f"{marks[one.met]} {blocks.labelled(f'gallery.bond.{one.name}', why)}")
    st.markdown("  \n".join(told))


def _method(claim: Claim) -> None:
    st.header(words("gallery.method"), anchor=False)
    asked = definition(claim.id)
    st.markdown("\n\n".join((
        words(f"gallery.design.{claim.design}"),
        blocks.labelled("gallery.estimator", words(f"claim.estimator.{claim.estimator}")),
        blocks.labelled("gallery.sesoi", wording.write(asked.sesoi, claim.unit, lang()).lstrip("+"))
        if claim.design != "description" else words("gallery.no_sesoi"),
    )))  # fmt: skip
    st.code(
        f"python -m analytics receipt {claim.receipt}\npython -m analytics claims --json",
        language="bash",
    )


def _doi(url: str) -> str:
    """One study has one address, however it is written."""
    return url.lower().replace("//dx.doi.org/", "//doi.org/")


def _within(key: str) -> str:
    return wording.uncapitalised(words(key))


def _list(points: list[str]) -> None:
    st.markdown("\n".join(f"- {point}" for point in points))


# --- kept between reruns -------------------------------------------------------------------------


def _reader(build_id: str) -> Reader:
    return open_reader(Home(settings().home), build_id)


@st.cache_resource(max_entries=200, show_spinner=False)
def _claims(build_id: str, role: str, place: str | None) -> tuple[Claim, ...]:
    # A version from before may hold a claim that is no longer asked.
    found = claims(_reader(build_id), role, place)
    return tuple(claim for claim in found if claim.question_id in definitions())


@st.cache_resource(max_entries=500, show_spinner=False)
def _detail(build_id: str, role: str, claim_id: str) -> dict[str, Any]:
    return detail(_reader(build_id), role, claim_id)
