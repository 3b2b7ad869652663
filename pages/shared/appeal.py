"""The call to action: its versions, what has moved under them, writing, comparing, handing over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from analytics.advocacy.appeal import (
    LONGEST_NAME,
    LONGEST_PREAMBLE,
    Difference,
    Item,
    OutOfDate,
    Version,
    axes_of,
    claim_line,
    compare,
    demands_of,
    freeze,
    moved,
    proposal,
    refreshed,
    roadmap_of,
    save,
    versions,
)
from analytics.advocacy.register import published_register
from analytics.briefs.appeal import of_version
from analytics.briefs.scope import Scope
from analytics.errors import UserError
from analytics.evidence.claim import Claim
from analytics.evidence.store import claims
from analytics.selection import Selection
from analytics.text import LANGS
from analytics.text.numbers import format_day, format_moment
from pages.shared import tables
from pages.shared.builder import downloads
from pages.shared.session import edits, lang, reader, role, sees, words
from pages.shared.work import fail, home, plain

_SAID, _CONFLICT, _ROUND, _SEEN = "appeal-said", "appeal-conflict", "appeal-round", "appeal-seen"


def show() -> None:
    if said := st.session_state.pop(_SAID, None):
        st.success(plain(said))
    known = versions(home())
    if sees() == "public":
        # A working version is the office's; what was handed over is everyone's.
        known = tuple(made for made in known if made.frozen)
    now = _claims()
    latest = known[-1] if known else proposal(
        published_register(reader()), now, reader().build.build_id
    )  # fmt: skip
    st.markdown(words("appeal.lead"))
    _state(latest)
    _moved(latest, now)
    shown = _chosen(known, latest)
    for language in LANGS:
        scope = Scope(reader(), Selection(), language)
        stem = f"call-to-action-{shown.number:04d}-{language}"
        downloads(of_version(scope, shown), stem, key=f"appeal-{shown.number}",
                  formats=("docx", "pdf"))  # fmt: skip
    if len(known) > 1:
        _compare(known)
    if edits():
        _write(latest, now)
        if known and not latest.frozen:
            _freeze(latest)


def _claims() -> Sequence[Claim]:
    return claims(reader(), "public")


def _state(made: Version) -> None:
    if made.frozen:
        st.info(words("briefs.appeal_frozen", number=made.number, to=plain(made.frozen.to),
                      date=format_day(made.frozen.on, lang()), receipt=made.frozen.receipt),
                icon=":material/lock:")  # fmt: skip
    elif made.number:
        st.caption(words("appeal.latest", number=made.number, by=words(
            f"advocacy.edit.by.{made.by}"), date=format_moment(made.saved_at, lang())))  # fmt: skip
    else:
        st.caption(words("briefs.appeal_proposal"))


def _moved(made: Version, now: Sequence[Claim]) -> None:
    """What the data say otherwise than the version; only a person takes it over."""
    found = moved(made, now) if made.number else ()
    if not found:
        return
    weakened = sum(each.weakened for each in found)
    st.warning(words("appeal.moved", count=len(found), weakened=weakened))
    tables.show(
        [
            {
                words("appeal.then"): claim_line(each.then, lang()),
                words("appeal.now"): claim_line(each.now, lang()) if each.now
                else words("appeal.gone"),
            }
            for each in found
        ],
        alt=words("appeal.moved_table"),
    )  # fmt: skip
    if edits() and st.button(words("appeal.refresh"), key="appeal-refresh"):
        _save(refreshed(made, now, reader().build.build_id), made.number)


def _chosen(known: Sequence[Version], latest: Version) -> Version:
    if len(known) < 2:
        return latest
    numbers = [made.number for made in reversed(known)]
    titles = {made.number: _title(made) for made in known}
    number = st.selectbox(words("appeal.version"), numbers, key="appeal-version",
                          format_func=titles.__getitem__)  # fmt: skip
    return next(made for made in known if made.number == number)


def _title(made: Version) -> str:
    day = format_day(made.saved_at, lang())
    key = "appeal.title_frozen" if made.frozen else "appeal.title_draft"
    return words(key, number=made.number, date=day)


def _compare(known: Sequence[Version]) -> None:
    with st.expander(words("appeal.compare"), icon=":material/compare_arrows:"):
        numbers = [made.number for made in known]
        left, right = st.columns(2)
        title = {made.number: _title(made) for made in known}.__getitem__
        old = left.selectbox(words("appeal.older"), numbers, index=len(numbers) - 2,
                             key="appeal-old", format_func=title)  # fmt: skip
        new = right.selectbox(words("appeal.newer"), numbers, index=len(numbers) - 1,
                              key="appeal-new", format_func=title)  # fmt: skip
        by_number = {made.number: made for made in known}
        _differences(compare(by_number[old], by_number[new], lang()))


def _differences(found: Sequence[Difference]) -> None:
    if not found:
        st.markdown(words("appeal.same"))
        return
    tables.show(
        [
            {
                words("appeal.part"): words(f"appeal.parts.{each.part}"),
                words("appeal.what"): words(f"appeal.kind.{each.kind}"),
                words("appeal.before"): str(each.before) or "–",
                words("appeal.after"): str(each.after) or "–",
            }
            for each in found
        ],
        alt=words("appeal.compare"),
    )


def _write(latest: Version, now: Sequence[Claim]) -> None:
    """The form: every choice starts from the latest version that this person has seen."""
    st.header(words("appeal.write"), anchor=False)
    place = st.session_state.get(_ROUND, 0)
    seen, base = st.session_state.setdefault(f"{_SEEN}-{place}", (latest.number, latest))
    register = published_register(reader())
    with st.form(f"appeal-{place}"):
        preamble = {
            language: st.text_area(words(f"appeal.preamble_{language}"), base.preamble[language],
                                   max_chars=LONGEST_PREAMBLE, height=160,
                                   key=f"appeal-{place}-{language}")
            for language in LANGS
        }  # fmt: skip
        chosen = _several("evidence", place, {c.id: claim_line(c, lang()) for c in
                          (*base.claims, *now)}, [c.id for c in base.claims])  # fmt: skip
        parts = {
            "axes": _items("axes", place, base.axes, axes_of(register)),
            "demands": _items("demands", place, base.demands, demands_of(register)),
            "roadmap": _items("roadmap", place, base.roadmap, roadmap_of(register)),
        }
        names = st.text_area(words("appeal.signatories_label"), "\n".join(base.signatories),
                             help=words("appeal.signatories_help"),
                             key=f"appeal-{place}-names")  # fmt: skip
        pressed = st.form_submit_button(words("appeal.save"), type="primary")
    made = replace(
        base,
        preamble=preamble,
        # A claim kept from the version stays as the version says it; a new one is as it is now.
        claims=tuple({**{c.id: c for c in now}, **{c.id: c for c in base.claims}}[id]
                     for id in chosen),
        signatories=tuple(dict.fromkeys(n.strip()[:LONGEST_NAME] for n in names.split("\n")
                                        if n.strip())),
        build_id=reader().build.build_id,
        **parts,
    )  # fmt: skip
    if pressed:
        _save(made, seen)
    if theirs := st.session_state.get(_CONFLICT):
        _conflict(theirs, made, place)


def _several(part: str, place: int, shown: dict[str, str], default: list[str]) -> list[str]:
    return st.multiselect(
        words(f"appeal.parts.{part}"), list(shown), default=default,
        format_func=shown.__getitem__, key=f"appeal-{place}-{part}",
    )  # fmt: skip


def _items(
    part: str, place: int, kept: tuple[Item, ...], known: tuple[Item, ...]
) -> tuple[Item, ...]:
    by_id = {item.id: item for item in (*kept, *known)}
    shown = {id: item.fr if lang() == "fr" else item.en for id, item in by_id.items()}
    return tuple(by_id[id] for id in _several(part, place, shown, [item.id for item in kept]))


def _save(made: Version, seen: int) -> None:
    st.session_state.pop(_CONFLICT, None)
    try:
        done = save(home(), made, seen=seen, by=role())
    except OutOfDate as conflict:
        st.session_state[_CONFLICT] = conflict.theirs
        st.error(plain(conflict.message(lang())))
        return
    except (UserError, OSError) as error:
        fail(error)
        return
    _again(words("appeal.saved", number=done.number))


def _conflict(theirs: Version, mine: Version, place: int) -> None:
    """The version that stands beside what was typed."""
    _differences(compare(theirs, mine, lang()))
    if st.button(words("advocacy.edit.keep_mine"), key="appeal-mine"):
        _, base = st.session_state[f"{_SEEN}-{place}"]
        st.session_state[f"{_SEEN}-{place}"] = (theirs.number, base)
        del st.session_state[_CONFLICT]
        st.rerun()
    if st.button(words("advocacy.edit.take_theirs"), key="appeal-theirs"):
        del st.session_state[_CONFLICT]
        _again(words("advocacy.edit.taken"))


def _freeze(latest: Version) -> None:
    with st.popover(words("appeal.freeze")):
        st.markdown(words("appeal.freeze_help", number=latest.number))
        office = st.text_input(words("appeal.freeze_to"), max_chars=LONGEST_NAME, key="freeze-to")
        day = st.date_input(words("appeal.freeze_on"), dt.date.today(), key="freeze-on")
        if st.button(words("appeal.freeze_yes"), key="freeze-yes"):
            try:
                done = freeze(home(), latest.number, to=office, by=role(), on=day)
            except (UserError, OSError) as error:
                fail(error)
                return
            assert done.frozen is not None
            _again(words("appeal.frozen", number=done.number, receipt=done.frozen.receipt))


def _again(said: str) -> None:
    st.session_state[_SAID] = said
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()
