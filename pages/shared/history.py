"""What was imported, what is published, and how to take either back."""

from __future__ import annotations

import streamlit as st

from analytics.errors import UserError
from analytics.sources.dictionary import dictionary
from analytics.text.numbers import format_day, format_moment, whole
from analytics.warehouse.home import Batch
from analytics.warehouse.read import open_reader
from analytics.warehouse.removal import plan_removal, remove_batch
from analytics.warehouse.status import rollback
from pages.shared import moves, tables
from pages.shared.session import lang, manages, words
from pages.shared.work import fail, home, plain, watched

_SHOWN = 20
_SAID = "history-said"
_ASKED = "history-asked"


def show() -> None:
    if said := st.session_state.pop(_SAID, None):
        st.success(plain(said))
    batches = sorted(home().batches(), key=lambda batch: -batch.sequence)
    _batches(batches)
    if manages() and batches:
        _removal(batches)
    _versions()
    moves.show()


def _dataset(name: str) -> str:
    return dictionary().datasets[name].title[lang()]


def _batches(batches: list[Batch]) -> None:
    st.header(words("data.batches"), anchor=False)
    removed = home().removed()
    if not batches and not removed:
        st.markdown(words("data.no_batches"))
        return
    st.caption(words("data.batches_lead"))
    used = set()
    if home().current():
        used = {batch["batch_id"] for batch in open_reader(home()).batches}
    rows = [
        _row(batch, words("data.state_published" if batch.batch_id in used
                          else "data.state_landed"))
        for batch in batches
    ]  # fmt: skip
    rows += [
        _row(gone.batch,
             words("data.state_removed", date=format_moment(gone.removed_at, lang())))
        for gone in reversed(removed)
    ]  # fmt: skip
    tables.show(rows[:_SHOWN], alt=words("data.batches"))
    if rest := rows[_SHOWN:]:
        with st.expander(words("advocacy.more", count=len(rest))):
            tables.show(rest, alt=words("data.batches"))


def _row(batch: Batch, state: str) -> dict[str, str]:
    file = batch.file if batch.sheet is None else f"{batch.file} · {batch.sheet}"
    counts = {name: whole(batch.rows.get(name, 0), lang())
              for name in ("landed", "rejected", "corrections")}  # fmt: skip
    return {
        words("data.when"): format_moment(batch.landed_at, lang()),
        words("data.file"): file,
        words("data.dataset"): _dataset(batch.dataset),
        words("data.rows"): counts["landed"],
        words("data.rejected"): counts["rejected"],
        words("data.corrected"): counts["corrections"],
        words("data.warnings"): str(len(batch.warnings)),
        words("data.state"): state,
    }


def _removal(batches: list[Batch]) -> None:
    names = {
        batch.batch_id: words(
            "data.batch_name",
            date=format_moment(batch.landed_at, lang()),
            file=batch.file if batch.sheet is None else f"{batch.file} · {batch.sheet}",
            dataset=_dataset(batch.dataset),
            rows=whole(batch.rows.get("landed", 0), lang()),
        )
        for batch in batches
    }
    chosen = st.selectbox(words("data.remove_choose"), tuple(names), key="remove-choice",
                          format_func=lambda batch_id: names.get(batch_id, batch_id))  # fmt: skip
    _ask("remove", chosen)
    if st.session_state.get(_ASKED) != ("remove", chosen):
        return
    try:
        plan = plan_removal(home(), chosen)
    except UserError as error:
        fail(error)
        return
    if plan.referring:
        counts = ", ".join(f"{_dataset(name)} : {whole(count, lang())}"
                           for name, count in plan.referring.items())  # fmt: skip
        st.error(words("data.remove_referred", counts=counts))
        return
    st.warning(
        words("data.remove_warning", rows=whole(plan.batch.rows.get("landed", 0), lang()),
              file=plain(plan.batch.file), dataset=_dataset(plan.batch.dataset))
    )  # fmt: skip
    if plan.repeated_by:
        files = ", ".join(map(plain, plan.repeated_by))
        st.warning(words("data.remove_repeated", files=files))
    if _confirmed("remove"):
        done = watched("data.doing.remove", str, _remove, batch_id=chosen)
        if done:
            _done(words("data.removed", file=plan.batch.file))


def _remove(*, batch_id: str, waiting: object, progress: object) -> object:
    return remove_batch(home(), batch_id, waiting=waiting)  # type: ignore[arg-type]


def _versions() -> None:
    st.header(words("data.versions"), anchor=False)
    current = (home().current() or {}).get("build_id")
    builds = home().builds()[::-1]
    if not builds:
        st.markdown(words("app.nothing"))
        return
    st.caption(words("data.versions_lead"))
    rows = []
    for build_id in builds:
        about = open_reader(home(), build_id).build
        rows.append(
            {
                words("data.version"): build_id,
                words("data.built"): format_moment(about.built_at, lang()),
                words("data.until"): format_day(about.last_day, lang()) if about.last_day else "–",
                words("data.state"): words(
                    "data.current" if build_id == current else "data.kept"
                ),
            }
        )
    tables.show(rows, alt=words("data.versions"))
    if not manages():
        return
    others = [build_id for build_id in builds if build_id != current]
    if not others:
        st.caption(words("data.no_other_version"))
        return
    chosen = st.selectbox(words("data.rollback_choose"), others, key="rollback-choice")
    _ask("rollback", chosen)
    if st.session_state.get(_ASKED) != ("rollback", chosen):
        return
    st.warning(words("data.rollback_warning", build=plain(chosen)))
    if _confirmed("rollback"):
        done = watched("data.doing.rollback", str, _rollback, build_id=chosen)
        if done:
            moves.remember(current, chosen)
            _done(words("data.rolled_back", build=chosen))


def _rollback(*, build_id: str, waiting: object, progress: object) -> str:
    return rollback(home(), build_id, waiting=waiting)  # type: ignore[arg-type]


def _ask(what: str, about: str) -> None:
    if st.button(words(f"data.{what}"), key=what):
        st.session_state[_ASKED] = (what, about)


def _confirmed(what: str) -> bool:
    """Two buttons: only the first does anything."""
    with st.container(horizontal=True):
        yes = st.button(words(f"data.{what}_confirm"), type="primary", key=f"{what}-yes")
        if st.button(words("data.cancel"), key=f"{what}-no"):
            del st.session_state[_ASKED]
            st.rerun()
    return yes


def _done(said: str) -> None:
    st.session_state.pop(_ASKED, None)
    st.session_state[_SAID] = said
    st.rerun()
