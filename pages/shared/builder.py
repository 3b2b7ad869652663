"""The brief builder: which brief, about where, which parts in which order, and one's own words."""

from __future__ import annotations

import datetime as dt
from functools import partial

import streamlit as st

from analytics.advocacy.appeal import versions
from analytics.briefs.compose import APPEAL, BRIEFS, compose, note_exports
from analytics.errors import UserError
from analytics.publishing.documents.model import LONGEST, Document
from analytics.publishing.documents.write import FORMATS, LINE
from analytics.selection import Selection
from pages.shared import filters
from pages.shared.session import lang, reader, sees, words
from pages.shared.work import home, plain

MIME = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "html": "text/html",
}


def show() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = filters.one(
            "publish.brief", {n: words(f"briefs.name.{n}") for n in BRIEFS}, "brief"
        )
        region = filters.region()
        role = _role()
    try:
        document = _document(
            reader().build.build_id, name, region, role, lang(), dt.date.today(),
            _versions(name), sees() != "public",
        )  # fmt: skip
    except UserError as error:
        # Another brief may have something to say, and the call to action stands beside.
        st.warning(plain(error.message(lang())))
        return
    document = _arranged(document, name)
    downloads(document, f"{name}-{region or 'mali'}-{lang()}", key="brief")
    st.caption(words("publish.printed", text=document.imprint))
    if st.toggle(words("publish.preview"), key="brief-preview"):
        st.iframe(_page(document), height=700)


def _role() -> str:
    """What the brief may hold: the public's figures, unless an office asks for its own."""
    if sees() == "public":
        return "public"
    shown = {role: words(f"publish.role.{role}") for role in ("public", "staff")}
    return filters.one("publish.for", shown, "for")


def _arranged(document: Document, name: str) -> Document:
    """Parts chosen and ordered by the author, and the author's own words, marked as such."""
    known = {s.id: s.title or words(f"publish.part.{s.id}") for s in document.sections}
    order = st.multiselect(
        words("publish.parts"), list(known), default=list(known), key=f"parts-{name}",
        format_func=known.__getitem__, help=words("publish.parts_help"),
    )  # fmt: skip
    with st.expander(words("publish.own"), icon=":material/edit:"):
        st.caption(words("publish.own_help"))
        title = st.text_input(words("publish.own_title"), max_chars=200, key=f"own-title-{name}")
        text = st.text_area(words("publish.own_text"), max_chars=LONGEST, key=f"own-text-{name}")
        after = st.selectbox(
            words("publish.own_after"), order, index=None, key=f"own-after-{name}",
            format_func=known.__getitem__,
        )  # fmt: skip
    return document.arranged(order).with_words(title, text, after=after)


def downloads(document: Document, stem: str, *, key: str, formats: tuple[str, ...] = ()) -> None:
    """One button a format; the file is made when it is asked for."""
    if before := LINE.before():
        st.caption(words("publish.download.line", before=before))
    with st.container(horizontal=True):
        for suffix in formats or FORMATS:
            st.download_button(
                words("publish.download", format=suffix.upper(),
                      language=document.lang.upper())
                if formats else words("publish.download_in", format=suffix.upper()),
                data=partial(_file, document, suffix),
                file_name=f"{stem}.{suffix}",
                mime=MIME[suffix],
                icon=":material/download:",
                key=f"{key}-{document.lang}-{suffix}",
                on_click="ignore",
            )  # fmt: skip


def _file(document: Document, suffix: str) -> bytes:
    with LINE.turn():
        content = FORMATS[suffix](document)
    note_exports(home(), document, suffix)
    return content


def _page(document: Document) -> str:
    return FORMATS["html"](document).decode()


def _versions(name: str) -> int:
    """Changes when the call to action does, so that a kept document is not shown instead."""
    return len(versions(home())) if name == APPEAL else 0


@st.cache_resource(max_entries=60, show_spinner=False)
def _document(
    build_id: str, name: str, region: str | None, role: str, language: str, today: dt.date,
    version: int, office: bool,
) -> Document:  # fmt: skip
    chosen = Selection(filters=(("region", region),) if region else (), role=role)
    return compose(
        home(), reader(), name, chosen, language, today=today, drafts=office
    )

