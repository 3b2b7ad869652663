"""From files dropped on the page to a new published version, each step agreed to by a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from analytics.errors import UserError
from analytics.pipeline import BuildReport, build
from analytics.text.numbers import whole
from analytics.warehouse.land import import_files
from analytics.warehouse.report import FileReport
from analytics.warehouse.status import unpublished
from analytics.warehouse.turns import Line
from analytics.warehouse.uploads import first_rows, uploaded
from pages.shared import layouts, moves, verdicts
from pages.shared.session import lang, words
from pages.shared.work import fail, home, plain, watched

_OWN_WORDS = """<style>
.st-key-drop-zone [data-testid=stBaseButton-secondary] p,
.st-key-drop-zone [data-testid=stFileUploaderDropzoneInstructions] span {{
  font-size: 0;
}}
.st-key-drop-zone [data-testid=stBaseButton-secondary] p::after {{
  content: "{button}"; font-size: 1rem;
}}
.st-key-drop-zone [data-testid=stFileUploaderDropzoneInstructions] span::after {{
  content: "{each}"; font-size: .875rem;
}}
</style>"""


#: previews change nothing and need no turn at the home, but each may take much memory
_LOOKS = Line(at_once=2, most=20, refusal="looks_busy")


@dataclass
class _Visit:
    """What this visit has on its desk; the files themselves stay with the widget."""

    turn: int = 0
    judged_for: tuple[Any, ...] = ()
    judged: list[FileReport] = field(default_factory=list)
    mend: dict[int, bytes] = field(default_factory=dict)
    #: first rows of the tables not recognised, by file and sheet
    odd: dict[tuple[str, str | None], list[list[str | None]]] = field(default_factory=dict)
    landed: list[FileReport] = field(default_factory=list)
    built: BuildReport | None = None


def _visit() -> _Visit:
    return st.session_state.setdefault("data-visit", _Visit())


def show() -> None:
    visit = _visit()
    st.markdown(words("data.lead"))
    with st.container(key="drop-zone", gap="small"):
        # Streamlit writes these two in English only: ours stand in their place for the eye. A
        # screen reader hears both; hidden altogether, the button would be left without a name.
        st.html(_OWN_WORDS.format(button=words("data.drop_button"), each=words("data.drop_each")))
        files = st.file_uploader(
            words("data.drop"), accept_multiple_files=True, key=f"drop-{visit.turn}"
        )
    st.caption(words("data.drop_help"))
    if files:
        _preview(visit, files)
    elif visit.landed:
        _landed(visit)
    _publish(visit)
    moves.show()


def _preview(visit: _Visit, files: list[Any]) -> None:
    key = (lang(), *(file.file_id for file in files), *(b.batch_id for b in home().batches()),
           *(path.stat().st_mtime_ns for path in home().saved_mappings.glob("*")))  # fmt: skip
    if visit.judged_for != key:
        judged = watched("data.preview", str, _judge, visit=visit, files=files)
        visit.judged, visit.judged_for = judged or [], key if judged is not None else ()
    if not visit.judged:
        return
    st.header(words("data.preview"), anchor=False)
    for position, report in enumerate(visit.judged):
        verdicts.table(report, mend=visit.mend.get(position), key=f"judged-{position}")
        if sample := visit.odd.get((report.file, report.sheet)):
            layouts.form(report, sample, key=f"layout-{position}")
    landing = sum(report.rows_landed for report in visit.judged)
    if not landing:
        st.info(words("data.nothing_to_land"))
    # Refused rows alone are worth importing too: their reasons are then kept with the base.
    elif st.button(
        words("data.import_button", rows=whole(landing, lang())),
        type="primary",
        key="import",
    ):
        landed = watched("data.importing", _reading, _import, files=files)
        if landed is not None:
            visit.landed, visit.built = landed, None
            visit.turn += 1
            visit.judged, visit.judged_for, visit.mend = [], (), {}
            moves.forget()
            st.rerun()


def _reading(name: str) -> str:
    return words("data.reading", name=plain(name))


def _contents(files: list[Any]) -> list[tuple[str, memoryview]]:
    return [(file.name, file.getbuffer()) for file in files]


def _judge(
    *, visit: _Visit, files: list[Any], progress: Callable[[str], None], waiting: Any
) -> list[FileReport]:
    def in_line(place: int) -> None:
        progress(words("data.in_line", place=place))

    with _LOOKS.turn(in_line), uploaded(home(), _contents(files)) as paths:
        folder = paths[0].parents[1]
        reports = import_files(
            home(), paths, dry_run=True, preview=folder, waiting=waiting,
            progress=lambda name: progress(_reading(name)),
        )  # fmt: skip
        visit.mend = {
            position: Path(report.mend_file).read_bytes()
            for position, report in enumerate(reports)
            if report.mend_file
        }
        odd = {(report.file, report.sheet) for report in reports
               if report.error and report.error.key in layouts.ODD}  # fmt: skip
        visit.odd = first_rows(home(), paths, odd) if odd else {}
        return reports


def _import(*, files: list[Any], **told: Any) -> list[FileReport]:
    with uploaded(home(), _contents(files)) as paths:
        return import_files(home(), paths, **told)


def _landed(visit: _Visit) -> None:
    """What the last import did, and the refused rows to send back."""
    st.header(words("data.result"), anchor=False)
    st.success(
        words(
            "data.imported",
            landed=whole(sum(report.rows_landed for report in visit.landed), lang()),
            rejected=whole(sum(report.rows_rejected for report in visit.landed), lang()),
        )
    )
    for position, report in enumerate(visit.landed):
        mend = Path(report.mend_file) if report.mend_file else None
        verdicts.line(report, mend=mend, key=f"landed-{position}")


def _publish(visit: _Visit) -> None:
    if visit.built:
        seconds = round(sum(visit.built.seconds.values()), 1)
        st.success(words("data.published", build=visit.built.build_id, seconds=seconds))
    try:
        waiting = unpublished(home())
    except UserError as error:
        fail(error)
        return
    if not any(waiting.values()):
        if home().current() and not visit.built:
            st.caption(words("data.up_to_date"))
        return
    st.info(words("data.unpublished", **waiting), icon=":material/pending:")
    if st.button(words("data.publish"), type="primary", key="publish"):
        before = (home().current() or {}).get("build_id")
        built = watched("data.publishing", _stage, build, home=home())
        if built is not None:
            visit.built, visit.landed = built, []
            moves.remember(before, built.build_id)
            st.rerun()


def _stage(name: str) -> str:
    return words(f"data.stage.{name}")


