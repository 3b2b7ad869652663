"""Partners' layouts: told once on a form, recognised by their headers from then on."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.errors import UserError
from analytics.geography.places import normalise
from analytics.sources import mapping
from analytics.sources.contracts import DATASETS, Column, columns_of
from analytics.sources.dictionary import dictionary
from analytics.sources.mapping import Mapping, Source, TableMapping, header_line, headers_of
from analytics.text import Text
from analytics.warehouse.report import FileReport
from pages.shared.session import lang, manages, words
from pages.shared.work import fail, home, plain

#: errors of a table that a mapping may answer
ODD = ("not_recognised", "columns_missing")
#: how near a header must be to be proposed
_NEAR = 75
_ABSENT, _CONSTANT = "", "\0"
_SPECIAL = {_ABSENT: "mapping.absent", _CONSTANT: "mapping.constant"}


def form(report: FileReport, sample: list[list[str | None]], *, key: str) -> None:
    """Say what the columns of one table are; saves a mapping and reads the files again."""
    with st.expander(words("mapping.open"), icon=":material/table:", expanded=True):
        st.markdown(words("mapping.lead"))
        resembles = str(report.error.values.get("dataset", "")) if report.error else ""
        names = tuple(DATASETS)
        left, right = st.columns([3, 1])
        dataset = left.selectbox(
            words("data.dataset"), names, key=f"{key}-dataset",
            index=names.index(resembles) if resembles in names else None,
            placeholder=words("mapping.choose"),
            format_func=lambda name: dictionary().datasets[name].title[lang()],
        )  # fmt: skip
        line = right.number_input(
            words("mapping.header_row"), 1, max(len(sample), 1), header_line(sample),
            key=f"{key}-row",
        )  # fmt: skip
        headers = headers_of(sample, int(line))
        if dataset is None or not headers:
            return
        st.caption(words("mapping.personal"))
        sources = _sources(dataset, headers, key)
        if sources is not None:
            _save(report, dataset, sources, key)


def _sources(dataset: str, headers: tuple[str, ...], key: str) -> dict[str, Source] | None:
    """Our column → where it comes from; None while an obligatory one has no origin."""
    near = {
        name: header
        for name, (header, score) in mapping.suggest(headers, dataset).items()
        if score >= _NEAR
    }
    columns = columns_of(DATASETS[dataset])
    optional = [column.name for column in columns.values() if not column.required]
    label = partial(_label, dataset)
    more = st.multiselect(
        words("mapping.more"), optional, [name for name in optional if name in near],
        format_func=label, key=f"{key}-{dataset}-more", placeholder=words("mapping.choose"),
    )  # fmt: skip
    found: dict[str, Source] = {}
    missing = []
    for column in columns.values():
        if column.required or column.name in more:
            source = _source(dataset, column, headers, near.get(column.name), key)
            if source is not None:
                found[column.name] = source
            elif column.required:
                missing.append(label(column.name))
    if missing:
        st.info(words("mapping.missing", columns=", ".join(missing)))
        return None
    if not any(source.header for source in found.values()):
        st.info(words("mapping.no_header"))
        return None
    return found


def _source(
    dataset: str, column: Column, headers: tuple[str, ...], near: str | None, key: str
) -> Source | None:
    """One line of the form: their column, or the same value everywhere; and its unit."""
    own = f"{key}-{dataset}-{column.name}"
    first, second = st.columns(2)
    options = (_ABSENT, *headers, _CONSTANT)
    chosen = first.selectbox(
        _label(dataset, column.name), options, key=own,
        index=options.index(near) if near in headers else 0,
        format_func=lambda option: words(_SPECIAL[option]) if option in _SPECIAL else option,
    )  # fmt: skip
    if chosen == _ABSENT:
        return None
    if chosen == _CONSTANT:
        value = _constant(second, dataset, column, own)
        return Source(constant=value) if value else None
    unit = 1
    if column.amount:
        unit = second.selectbox(
            words("mapping.unit"), (1, 1000), key=f"{own}-unit",
            format_func=lambda worth: words(f"mapping.unit_{worth}"),
        )  # fmt: skip
    return Source.model_validate({"from": chosen, "unit": unit})


def _constant(place: DeltaGenerator, dataset: str, column: Column, key: str) -> str | None:
    if column.codes:
        return place.selectbox(
            words("mapping.value"), column.codes, index=None, key=f"{key}-value",
            placeholder=words("mapping.choose"),
            format_func=lambda code: dictionary().label(dataset, column.name, code, lang()),
        )  # fmt: skip
    return place.text_input(words("mapping.value"), key=f"{key}-value").strip() or None


def _label(dataset: str, name: str) -> str:
    return dictionary().column(dataset, name).label[lang()]


def _save(report: FileReport, dataset: str, sources: dict[str, Source], key: str) -> None:
    title = st.text_input(
        words("mapping.title"), PurePath(report.file).stem, max_chars=80, key=f"{key}-title"
    ).strip()
    taken = {found.id for found in (*mapping.shipped(), *home().mappings())}
    name = normalise(title)
    if not name or name in taken:
        st.info(words("mapping.taken" if name else "mapping.untitled"))
        return
    if st.button(words("mapping.save"), type="primary", key=f"{key}-save"):
        made = Mapping(
            id=name, title=Text(fr=title, en=title),
            signature=tuple(dict.fromkeys(h for s in sources.values() for h in s.header)),
            tables=(TableMapping(dataset=dataset, columns=sources),),
        )  # fmt: skip
        try:
            mapping.save(made, home().saved_mappings)
        except OSError as error:
            fail(error)
            return
        st.rerun()


def show() -> None:
    """The layouts known: those saved here, which may be deleted, and those shipped."""
    st.markdown(words("mapping.list_lead"))
    try:
        saved = home().mappings()
    except UserError as error:
        fail(error)
        saved = []
    st.header(words("mapping.saved"), anchor=False)
    if not saved:
        st.markdown(words("mapping.none"))
    for found in saved:
        _line(found, ours=False)
    st.header(words("mapping.shipped"), anchor=False)
    for found in mapping.shipped():
        _line(found, ours=True)


def _line(found: Mapping, *, ours: bool) -> None:
    with st.container(border=True):
        datasets = dict.fromkeys(table.dataset for table in found.tables)
        titles = ", ".join(dictionary().datasets[name].title[lang()] for name in datasets)
        st.markdown(f"**{plain(found.title[lang()])}**  \n{titles}")
        st.caption(words("mapping.signature", headers=plain(", ".join(found.signature))))
        with st.container(horizontal=True):
            st.download_button(
                words("mapping.download"), data=partial(mapping.written, found),
                file_name=f"{found.id}.yaml", mime="application/yaml", on_click="ignore",
                icon=":material/download:", key=f"mapping-{ours}-{found.id}",
            )  # fmt: skip
            if manages() and not ours:
                with st.popover(words("mapping.delete")):
                    st.markdown(words("mapping.delete_warning"))
                    if st.button(words("mapping.delete_confirm"), key=f"delete-{found.id}"):
                        mapping.delete(found, home().saved_mappings)
                        st.rerun()
