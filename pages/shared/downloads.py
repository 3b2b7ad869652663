"""Under every figure: take it along, in any form, in either language; cite it, put it on a page."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import streamlit as st

from analytics import lists
from analytics.charts import Figure, framed
from analytics.estimates.estimate import Estimates
from analytics.publishing.exhibit import Exhibit, embed_codes
from analytics.publishing.question import file_stem
from analytics.publishing.render import LINE, can_draw, code_of, warm
from analytics.text import LANGS
from pages.shared.answers import exported, in_language
from pages.shared.plot import plot
from pages.shared.session import lang, reader, sees, words

_MIME = {
    "png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf", "csv": "text/csv",
    "hxl.csv": "text/csv", "json": "application/json", "zip": "application/zip",
    "html": "text/html",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}  # fmt: skip
#: label, suffix and size of what a browser must draw, and of what does without
_PICTURES = (("png", "png", "wide"), ("png_square", "png", "square"), ("png_print", "png", "print"),
             ("svg", "svg", "wide"), ("pdf", "pdf", "wide"), ("html", "html", "wide"))  # fmt: skip
_DATA = (("xlsx", "xlsx", ""), ("csv", "csv", ""), ("hxl", "hxl.csv", ""), ("json", "json", ""),
         ("zip", "zip", "wide"))  # fmt: skip
_NATIVE = ("trend", "bars")


def button(figure: Figure, answer: Estimates, *, key: str) -> None:
    """Opens the dialog."""
    if st.button(
        words("publish.download.button"), icon=":material/download:", key=f"{key}-download",
        type="tertiary",
    ):  # fmt: skip
        st.dialog(words("publish.download.title"), width="large")(_choose)(figure, answer, key)


def _choose(figure: Figure, answer: Estimates, key: str) -> None:
    names = {"fr": "Français", "en": "English"}
    chosen = st.segmented_control(
        words("publish.download.language"), LANGS, default=lang(), required=True,
        format_func=names.__getitem__, key=f"{key}-download-lang",
    )  # fmt: skip
    shown = in_language(figure, answer, chosen or lang())
    st.markdown(f"**{shown.figure.headline}**")
    st.caption(words("publish.download.note"))
    if answer.sensitivity == "staff":
        st.warning(words("publish.download.staff"))
    drawn = can_draw()
    if drawn:
        warm()
    else:
        _draw_here(shown, key)
    if before := LINE.before():
        st.caption(words("publish.download.line", before=before))
    native = figure.chart in _NATIVE
    slide = (("pptx" if native else "pptx_picture", "pptx", ""),)
    for title, forms, able in (
        ("pictures", _PICTURES, drawn), ("slides", slide, drawn or native), ("data", _DATA, True)
    ):  # fmt: skip
        st.markdown(words(f"publish.download.{title}"))
        with st.container(horizontal=True):
            for label, suffix, size in forms:
                st.download_button(
                    words(f"publish.download.{label}"),
                    data=partial(exported, shown, suffix, size),
                    file_name=f"{file_stem(shown.live)}{f'-{size}' if size else ''}.{suffix}",
                    mime=_MIME[suffix],
                    key=f"{key}-{label}",
                    on_click="ignore",
                    disabled=not able,
                )
    _address(shown)


def _address(shown: Exhibit) -> None:
    """Where the figure can be checked, how to cite it and how to put it on another page."""
    with st.expander(words("publish.about.citation"), icon=":material/format_quote:"):
        for form, text in (("short", shown.citation()), ("full", shown.citation(full=True))):
            st.caption(words(f"publish.cite_{form}"))
            st.code(text, language=None, wrap_lines=True)
        st.caption(words("publish.download.address"))
        st.code(shown.link, language=None, wrap_lines=True)
    if shown.answer.selection.role == "public" or shown.answer.indicator.klass == "open":
        with st.expander(words("publish.embed"), icon=":material/code:"):
            for kind, code in embed_codes(shown).items():
                st.caption(words(f"publish.embed_{kind}"))
                st.code(code, language="html", wrap_lines=True)


def _draw_here(shown: Exhibit, key: str) -> None:
    """The picture for the reader's own browser to save, where the server has none to draw it."""
    st.info(words("publish.download.no_browser"))
    whole = framed(shown.figure, link=shown.link, code=code_of(shown.link))
    plot(
        whole, key=f"{key}-here", alt=shown.figure.alt, width="content",
        config={
            "displayModeBar": True, "displaylogo": False, "modeBarButtons": [["toImage"]],
            "toImageButtonOptions": {"format": "svg", "filename": file_stem(shown.live)},
        },
    )  # fmt: skip


def listing(
    label: str, name: str, make: Callable[[], tuple[Iterable[str], Iterable[Iterable[Any]]]]
) -> None:
    """A list of a page as CSV, made when asked for; each line says what it is: lines get copied."""
    build = reader().build
    marks = {"build_id": build.build_id, "sensitivity": words(f"sensitivity.{sees()}")}
    if build.demonstration:
        marks["demonstration"] = words("demonstration.mark")

    def content() -> bytes:
        header, rows = make()
        marked = ([*row, *marks.values()] for row in rows)
        return BOM_UTF8 + lists.csv_bytes([*header, *marks], marked)

    st.download_button(
        label, data=content, file_name=f"{name}.csv", mime="text/csv",
        icon=":material/download:", key=f"file-{name}", on_click="ignore", type="tertiary",
    )  # fmt: skip
