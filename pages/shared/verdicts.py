"""What became, or would become, of one table of a file."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from analytics.sources.dictionary import dictionary
from analytics.sources.findings import Warned
from analytics.text.numbers import whole
from analytics.warehouse.report import FileReport, violation_message, warning_message
from pages.shared import tables
from pages.shared.session import lang, words
from pages.shared.templates import XLSX
from pages.shared.work import plain

_DROPPED = {
    "personal_column_dropped": "data.dropped_personal",
    "unknown_column_dropped": "data.dropped_unknown",
    "repeated_column_ignored": "data.dropped_repeated",
}
_TITLES = 3


def table(report: FileReport, *, mend: bytes | None, key: str) -> None:
    """A table before it is imported: recognised as what, what will land, what not and why."""
    with st.container(border=True):
        st.subheader(_title(report), anchor=False)
        if report.error:
            st.error(plain(report.error.message(lang())), icon=":material/error:")
            return
        if report.reader:
            st.caption(words("data.through", reader=plain(report.reader)))
        st.markdown(_counts("data.counts", report))
        _columns(report)
        _refusals(report)
        _corrections(report)
        _noticed(report)
        if mend:
            _mend(mend, report, key)


def line(report: FileReport, *, mend: Path | None, key: str) -> None:
    """A table after it was imported, in a line, and the refused rows to send back."""
    with st.container(border=True):
        if report.error:
            st.error(plain(report.error.message(lang())), icon=":material/error:")
            return
        st.markdown(f"**{_title(report)}**  \n{_counts('data.counts_done', report)}")
        if mend:
            _mend(mend, report, key)


def _mend(content: bytes | Path, report: FileReport, key: str) -> None:
    st.download_button(
        words("data.mend"),
        data=content if isinstance(content, bytes) else content.read_bytes,
        file_name=f"{report.dataset}-{words('data.rejected').lower()}.xlsx",
        mime=XLSX,
        icon=":material/download:",
        key=f"{key}-mend",
        on_click="ignore",
    )


def _title(report: FileReport) -> str:
    where = report.file if report.sheet is None else f"{report.file} · {report.sheet}"
    if report.dataset is None or report.error:
        return plain(where)
    return f"{plain(where)} → {dictionary().datasets[report.dataset].title[lang()]}"


def _counts(key: str, report: FileReport) -> str:
    more = ""
    if report.corrections:
        more += words("data.counts_corrections", count=whole(report.corrections, lang()))
    if report.rows_out_of_scope:
        more += words("data.counts_scope", count=whole(report.rows_out_of_scope, lang()))
    return words(
        key,
        read=whole(report.rows_read, lang()),
        landed=whole(report.rows_landed, lang()),
        rejected=whole(report.rows_rejected, lang()),
        duplicate=whole(report.rows_duplicate, lang()),
        more=more,
    )


def _label(report: FileReport, column: str) -> str:
    if not column or not report.dataset:
        return words("data.refusal_row")
    return dictionary().column(report.dataset, column).label[lang()]


def _columns(report: FileReport) -> None:
    """Their header, ours, and whether to trust the match; then what is dropped, and why."""
    guessed = {w["column"] for w in report.warnings if w["code"] == "header_guessed"}
    rows = [
        (header, f"{_label(report, column)} ({column})",
         words("data.guessed" if column in guessed else "data.exact"))
        for column, header in report.headers.items()
    ]  # fmt: skip
    dropped = [w for w in report.warnings if w["code"] in _DROPPED]
    rows += [(w["example"] or "", "–", words(_DROPPED[w["code"]])) for w in dropped]
    if not rows:
        return
    label = words("data.columns", mapped=len(report.headers), dropped=len(dropped))
    with st.expander(label, expanded=bool(guessed)):
        names = [words(f"data.{name}") for name in ("theirs", "ours", "remark")]
        tables.show([dict(zip(names, row, strict=True)) for row in rows], alt=label)


def _refusals(report: FileReport) -> None:
    if not report.by_rule:
        return
    label = words("data.refusals", count=whole(report.rows_rejected, lang()))
    with st.expander(label, expanded=True, icon=":material/block:"):
        for refusals in report.by_rule:
            told = [plain(violation_message(report, v, lang())) for v in refusals.examples]
            head = words("data.refusal", label=_label(report, refusals.column),
                         count=whole(refusals.count, lang()))  # fmt: skip
            st.markdown("\n".join([head, "", *(f"- {text}" for text in told[:_TITLES])]))


def _corrections(report: FileReport) -> None:
    if not report.corrected:
        return
    label = words("data.corrections", count=whole(report.corrections, lang()))
    with st.expander(label, icon=":material/edit:"):
        names = [words(f"data.{name}") for name in ("row", "key", "column", "before", "after")]
        tables.show(
            [
                dict(zip(names, (str(c.row), c.key, _label(report, c.column),
                                 c.before or "–", c.after or "–"), strict=True))
                for c in report.corrected
            ],
            alt=label,
        )  # fmt: skip


def _noticed(report: FileReport) -> None:
    """Warnings that are not about columns: what is kept although something is odd."""
    shown = [
        warning_message(Warned(**warned), report.dataset, lang())
        for warned in report.warnings
        if warned["code"] not in (*_DROPPED, "header_guessed", "corrections")
    ]
    if shown:
        with st.expander(words("data.noticed", count=len(shown)), icon=":material/info:"):
            st.markdown("\n".join(f"- {plain(text)}" for text in shown))
