"""Records written in a form by editors; the second of two savers is shown the difference."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import streamlit as st

from analytics.advocacy.register import KINDS, region_name
from analytics.errors import UserError
from analytics.geography.places import region_units
from analytics.indicator import indicators
from analytics.sources.contracts import DATASETS, Column, columns_of
from analytics.sources.dictionary import dictionary
from analytics.text.numbers import format_moment
from analytics.warehouse.edit import (
    Conflict,
    Record,
    Refused,
    as_written,
    history,
    records,
    save,
    withdraw,
)
from pages.shared import tables
from pages.shared.session import lang, role, words
from pages.shared.work import fail, home, plain, waits

_NEW = ""
_SAID, _CONFLICT, _ROUND, _OPENED = "edit-said", "edit-conflict", "edit-round", "edit-opened"
#: texts longer than a line
_LONG = ("text_fr", "text_en", "description_fr", "description_en", "priorities")


def show(region: str | None) -> None:
    """Choose a record, or a new one, and write it."""
    if said := st.session_state.pop(_SAID, None):
        st.success(plain(said))
    left, right = st.columns(2)
    dataset = left.selectbox(
        words("advocacy.edit.kind"), KINDS, index=KINDS.index("action"), key="edit-dataset",
        format_func=lambda name: dictionary().datasets[name].title[lang()],
    )  # fmt: skip
    known = {r.key: r for r in records(home(), dataset)}
    here = {k: r for k, r in known.items() if region in (None, r.values.get("region", region))}
    chosen = right.selectbox(
        words("advocacy.edit.record"), [_NEW, *here], key=f"edit-key-{dataset}",
        format_func=lambda key: _label(here[key]) if key else words("advocacy.edit.new"),
    )  # fmt: skip
    _form(dataset, known.get(chosen))
    if chosen:
        _history(dataset, chosen)


def _label(record: Record) -> str:
    values = record.values
    text = next((values[n] for n in (f"title_{lang()}", f"text_{lang()}", "name", "priorities")
                 if values.get(n)), "")  # fmt: skip
    place = region_name(values["region"], lang()) if values.get("region") else ""
    return " · ".join(part for part in (text[:80], place, record.key) if part)


def _form(dataset: str, record: Record | None) -> None:
    """The contract's columns as widgets; what was typed stays until it is saved."""
    columns = columns_of(DATASETS[dataset])
    key_name = DATASETS[dataset].key[0]
    # A new round of the form forgets what was typed; a refused save does not.
    place = f"{dataset}-{record.key if record else 'new'}-{st.session_state.get(_ROUND, 0)}"
    opened = _opened(place, record)
    with st.form(f"edit-{place}", border=True):
        values = {
            name: _widget(dataset, column, opened.base, f"edit-{place}-{name}",
                          fixed=name == key_name and record is not None)
            for name, column in columns.items()
        }  # fmt: skip
        pressed = st.form_submit_button(words("advocacy.edit.save"), type="primary")
    if pressed:
        _save(dataset, values, opened.seen, place)
    if conflict := st.session_state.get(f"{_CONFLICT}-{place}"):
        _conflict(conflict, opened, place)
    if record is not None:
        with st.popover(words("advocacy.edit.withdraw")):
            st.markdown(words("advocacy.edit.withdraw_help"))
            if st.button(words("advocacy.edit.withdraw_yes"), key=f"withdraw-{place}"):
                _withdraw(dataset, record)


@dataclass
class _Opened:
    """The record as this person opened it, and the version their next save starts from."""

    place: str
    base: Record | None
    seen: str | None


def _opened(place: str, record: Record | None) -> _Opened:
    """Kept while the form stands: what others save changes nothing of what is being typed."""
    known = st.session_state.get(_OPENED)
    if not isinstance(known, _Opened) or known.place != place:
        known = _Opened(place, record, record.version if record else None)
        st.session_state[_OPENED] = known
    return known


def _widget(dataset: str, column: Column, record: Record | None, key: str, *, fixed: bool) -> str:
    """One column's widget; the answer is text as a file would hold it."""
    text = dictionary().column(dataset, column.name)
    label = text.label[lang()] + (" \\*" if column.required else "")
    now = as_written(record.values.get(column.name)) if record else ""
    common: dict[str, Any] = {"label": label, "key": key, "help": text.definition[lang()]}
    options = _options(dataset, column)
    if options is not None:
        shown = {_NEW: "–", **options}
        if now and now not in shown:
            shown[now] = now
        names = list(shown)
        return str(st.selectbox(
            options=names, index=names.index(now), format_func=shown.__getitem__, **common
        ))  # fmt: skip
    if column.kind == "date":
        day = st.date_input(
            value=dt.date.fromisoformat(now) if now else None, format="YYYY-MM-DD",
            min_value=dt.date(2000, 1, 1), max_value=dt.date(2100, 12, 31), **common,
        )  # fmt: skip
        return day.isoformat() if isinstance(day, dt.date) else ""
    if column.name in _LONG:
        return st.text_area(value=now, **common)
    if not now and column.name == DATASETS[dataset].key[0] and record is None:
        now = _next_key(dataset)
    return st.text_input(value=now, disabled=fixed, **common)


def _options(dataset: str, column: Column) -> dict[str, str] | None:
    """What may be chosen, by value; None for free text."""
    if column.codes:
        return {c: dictionary().label(dataset, column.name, c, lang()) for c in column.codes}
    if column.kind == "region":
        return {unit.slug: region_name(unit.slug, lang()) for unit in region_units("2023")}
    if column.name == "axis_id" and dataset != "advocacy_axis":
        return {r.key: _label(r) for r in records(home(), "advocacy_axis")}
    if column.name == "indicator_id":
        return {i.id: i.title[lang()] for i in indicators().values()}
    return None


def _next_key(dataset: str) -> str:
    """A key that nobody has: short, and free of any name."""
    taken = {r.key for r in records(home(), dataset)}
    stem = DATASETS[dataset].key[0].removesuffix("_id").upper()[:4]
    number = len(taken) + 1
    while f"{stem}-{number:03d}" in taken:
        number += 1
    return f"{stem}-{number:03d}"


def _save(dataset: str, values: dict[str, str], seen: str | None, place: str) -> None:
    st.session_state.pop(f"{_CONFLICT}-{place}", None)
    try:
        saved = save(home(), dataset, values, by=role(), seen=seen, waiting=waits())
    except Conflict as conflict:
        st.session_state[f"{_CONFLICT}-{place}"] = conflict
        return
    except Refused as refused:
        labels = dictionary()
        lines = [f"- **{labels.column(dataset, name).label[lang()]}** : {plain(reason)}"
                 for name, reason in refused.reasons(lang())]  # fmt: skip
        st.error("\n".join((plain(refused.message(lang())), *lines)))
        return
    except (UserError, OSError) as error:
        fail(error)
        return
    told = " ".join((words("advocacy.edit.saved"), *saved.notices(lang())))
    _again(told)


def _conflict(conflict: Conflict, opened: _Opened, place: str) -> None:
    """What stands beside what was typed; saving over it is a choice, made knowingly."""
    st.error(plain(conflict.message(lang())))
    labels, dataset = dictionary(), st.session_state["edit-dataset"]
    tables.show(
        [
            {
                words("advocacy.edit.column"): labels.column(dataset, d.column).label[lang()],
                words("advocacy.edit.theirs"): d.theirs or "–",
                words("advocacy.edit.mine"): d.mine or "–",
            }
            for d in conflict.differences
        ],
        alt=words("advocacy.edit.difference"),
    )
    with st.container(horizontal=True):
        if st.button(words("advocacy.edit.keep_mine"), key=f"mine-{place}"):
            # The next save starts from what stands: it is seen now.
            opened.seen = conflict.standing.version if conflict.standing else None
            del st.session_state[f"{_CONFLICT}-{place}"]
            st.rerun()
        if st.button(words("advocacy.edit.take_theirs"), key=f"theirs-{place}"):
            del st.session_state[f"{_CONFLICT}-{place}"]
            _again(words("advocacy.edit.taken"))


def _withdraw(dataset: str, record: Record) -> None:
    try:
        withdraw(
            home(), dataset, record.key, by=role(), seen=record.version, waiting=waits()
        )
    except (UserError, OSError) as error:
        fail(error)
        return
    _again(words("advocacy.edit.withdrawn", id=record.key))


def _again(said: str) -> None:
    st.session_state[_SAID] = said
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()


def _history(dataset: str, key: str) -> None:
    """Who (a role), when, and what stood after each change."""
    with st.expander(words("advocacy.edit.history"), icon=":material/history:"):
        rows = []
        for change in history(home(), dataset, key):
            by = (change.by and words(f"advocacy.edit.by.{change.by}")) or words(
                "advocacy.edit.by_file", file=plain(change.batch.file)
            )
            state = change.values.get("status")
            rows.append({
                words("advocacy.edit.when"): format_moment(change.batch.landed_at, lang()),
                words("advocacy.edit.who"): by,
                words("advocacy.edit.what"): words("advocacy.edit.ended")
                if change.batch.withdrawn
                else plain(" · ".join(filter(None, (
                    str(state or ""),
                    next((str(change.values[n]) for n in (f"title_{lang()}", f"text_{lang()}",
                          "name", "priorities") if change.values.get(n)), "")[:120],
                )))),
            })  # fmt: skip
        tables.show(rows, alt=words("advocacy.edit.history"))


