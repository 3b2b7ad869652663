"""Who reports and who is late, what looks odd, which columns are filled in. For staff."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import streamlit as st

from analytics.charts import Figure, heat
from analytics.errors import UserError
from analytics.geography.places import place_name
from analytics.sources.dictionary import dictionary
from analytics.text.numbers import format_day, percent, whole
from analytics.warehouse.coverage import Coverage, coverage, flagged_records, late_groups
from analytics.warehouse.read import open_reader
from analytics.warehouse.references import LATE_AFTER_DAYS
from pages.shared import blocks, tables
from pages.shared.address import bound
from pages.shared.downloads import listing
from pages.shared.session import lang, reader, words
from pages.shared.work import fail, home, plain

_SHOWN_GROUPS = 25


def show() -> None:
    try:
        found = _coverage(reader().build.build_id)
    except UserError as error:
        fail(error)
        return
    if found.last_report:
        told = format_day(found.last_report, lang())
        st.markdown(words("coverage.since", date=told, days=found.days_since_last_report))
    else:
        st.markdown(words("coverage.since_none"))
    by = bound(
        st.segmented_control, "by", ("region", "partner"), "region", label=words("coverage.by"),
        required=True, format_func=lambda name: words(f"breakdown.{name}"),
    )  # fmt: skip
    drawn = _heat(reader().build.build_id, by, lang())
    with st.container(border=True):
        blocks.drawing(drawn, key="coverage-heat")
        listing(words("coverage.download_table"), "coverage", lambda: drawn.table)
    _late(found)
    left, right = st.columns(2)
    with left:
        _flags(found)
    with right:
        _completeness(found)


def _late(found: Coverage) -> None:
    st.header(words("coverage.late_groups"), anchor=False)
    if not found.late_groups:
        st.markdown(words("coverage.late_groups_none"))
        return
    st.markdown(words("coverage.late_groups_lead", count=whole(found.late_groups, lang()),
                      silent=whole(found.silent_groups, lang())))  # fmt: skip
    header, rows = _late_rows(_SHOWN_GROUPS)
    tables.show(
        [dict(zip(header, map(plain, row), strict=True)) for row in rows],
        alt=words("coverage.late_groups"),
    )  # fmt: skip
    if found.late_groups > _SHOWN_GROUPS:
        st.caption(words("coverage.late_groups_first", shown=_SHOWN_GROUPS,
                         count=whole(found.late_groups, lang())))  # fmt: skip
    listing(words("coverage.download_groups"), "late-groups", lambda: _late_rows(None))


def _late_rows(limit: int | None) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    header = (words("coverage.group"), words("breakdown.partner"), words("breakdown.region"),
              words("breakdown.cercle"), words("coverage.last_report"),
              words("coverage.missed"))  # fmt: skip
    return header, [
        (
            group.group_id,
            group.partner,
            place_name(group.region, lang()),
            place_name(group.cercle, lang()) if group.cercle else "–",
            group.last_report.isoformat() if group.last_report else words("coverage.never"),
            str(group.missed),
        )
        for group in late_groups(reader(), limit)
    ]


def _flags(found: Coverage) -> None:
    st.header(words("coverage.flags"), anchor=False)
    if not found.flags:
        st.markdown(words("coverage.flags_none"))
        return
    st.markdown(words("coverage.flags_lead"))
    names = [words(f"coverage.{name}") for name in ("kind", "records", "groups")]
    tables.show(
        [
            dict(zip(names, (words(f"coverage.flag.{flag.kind}"), whole(flag.count, lang()),
                             whole(flag.groups, lang()) if flag.groups else "–"), strict=True))
            for flag in found.flags
        ],
        alt=words("coverage.flags"),
    )  # fmt: skip
    listing(words("coverage.download_flags"), "flags", _flag_rows)


def _flag_rows() -> tuple[Iterable[str], Iterable[Iterable[Any]]]:
    records = flagged_records(reader())
    return (tuple(records[0]) if records else ()), [record.values() for record in records]


def _completeness(found: Coverage) -> None:
    """By dataset; the emptiest columns first."""
    st.header(words("coverage.completeness"), anchor=False)
    st.markdown(words("coverage.completeness_lead"))
    for dataset in dict.fromkeys(column.dataset for column in found.completeness):
        columns = [column for column in found.completeness if column.dataset == dataset]
        texts = dictionary()
        title = f"{texts.datasets[dataset].title[lang()]} · {whole(columns[0].rows, lang())}"
        with st.expander(title):
            names = words("coverage.column"), words("coverage.filled")
            tables.show(
                [
                    dict(zip(names, (texts.column(dataset, column.column).label[lang()],
                                     percent(column.share, lang(), 0)), strict=True))
                    for column in sorted(columns, key=lambda column: column.share)
                ],
                alt=title,
            )  # fmt: skip


@st.cache_resource(max_entries=10, show_spinner=False)
def _coverage(build_id: str) -> Coverage:
    return coverage(open_reader(home(), build_id))


@st.cache_resource(max_entries=40, show_spinner=False)
def _heat(build_id: str, by: str, language: str) -> Figure:
    found = _coverage(build_id)
    name = partial(place_name, lang=language) if by == "region" else str
    rows = {name(key): months
            for key, months in (found.by_region if by == "region" else found.by_partner).items()}
    return heat.figure(
        rows, found.total, words(f"breakdown.{by}"), language, build_id=build_id,
        late_after_days=LATE_AFTER_DAYS,
        demonstration=open_reader(home(), build_id).build.demonstration,
    )  # fmt: skip
