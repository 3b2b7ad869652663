"""What every page stands in: navigation, language, version line, and what to say when it fails."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from analytics import light
from analytics.errors import UserError
from analytics.text import LANGS
from analytics.text.numbers import format_day, format_period
from pages.shared import tables
from pages.shared.address import bound, restore
from pages.shared.session import (
    can_log_in,
    lang,
    logged_in,
    manages,
    reader,
    role,
    sees,
    settle,
    words,
)

#: what stands in the navigation, in the order one reads: sections and their pages; those of the
#: first stand alone
SECTIONS = {
    "": ("overview", "impact", "evidence"),
    "groups": ("savings", "businesses", "contributions", "voice"),
    "places": ("regions", "shocks"),
    "action": ("advocacy", "publish"),
    "base": ("data", "methods", "receipt"),
}
PAGES = tuple(page for pages in SECTIONS.values() for page in pages)
#: pages that the public does not find in the navigation; each refuses the public by itself too
STAFF_PAGES = ("data",)
#: pages that one reaches from a number only
UNLISTED = ("receipt",)
#: a file of ours: an icon by name would be fetched from another host
ICON = Path(__file__).parent / "icon.svg"


def main() -> None:
    """Run the page the reader asked for."""
    st.set_page_config(
        page_title=words("app.title"),
        page_icon=str(ICON),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    pages = {
        words(f"section.{section}") if section else "": [_page(name) for name in names]
        for section, names in SECTIONS.items()
    }
    page = st.navigation(pages, position="top")
    tables.style()
    _masthead()
    try:
        version = settle().build
    except UserError as error:
        # Before anything is published there is one page to work on: the one that imports.
        if manages() and page.url_path == "data":
            page.run()
            return
        st.title(words("app.title"))
        st.info(f"{error.message(lang())} {words('app.nothing_help')}")
        if manages():
            st.page_link("pages/data.py", label=words("data.open_page"))
        return
    if version.demonstration:
        st.info(words("demonstration.long"), icon=":material/science:")
    try:
        page.run()
    except UserError as error:
        # What the address asks for may be impossible; that is an answer, not a fault.
        st.warning(error.message(lang()))
    _colophon(page.url_path or PAGES[0])


def _page(name: str) -> StreamlitPage:
    return st.Page(
        f"pages/{name}.py",
        title=words(f"page.{name}"),
        url_path=name,
        default=name == "overview",
        visibility="hidden" if _hidden(name) else "visible",
    )


def _hidden(name: str) -> bool:
    return name in UNLISTED or (name in STAFF_PAGES and sees() == "public")


def _masthead() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"**{words('app.title')}** · {words('app.tagline')}")
        # Both languages are always written out: the address alone sets the document's language.
        bound(
            st.segmented_control,
            "lang",
            LANGS,
            "fr",
            label=words("app.language"),
            required=True,
            format_func={"fr": "Français", "en": "English"}.__getitem__,
            label_visibility="collapsed",
        )
    restore(("lang", lang()))


def _colophon(page: str) -> None:
    build = reader().build
    st.divider()
    lines = [
        words("app.version", build=build.build_id, date=format_day(build.built_at, lang()),
              last=format_day(build.last_day.isoformat(), lang()) if build.last_day else "–"),
    ]  # fmt: skip
    if sees() == "public":
        until = format_period(build.public_until.label, lang())
        lines.append(words("app.public_lag", period=until))
    lines.append(words(f"app.role.{role()}"))
    if logged_in() and role() == "public":
        lines.append(words("login.no_role"))
    st.caption("  \n".join(lines))
    # Beside the caption: a link in its pale letters would be hard to read.
    # What has no light form leads to where the light pages begin.
    to = f"/light/{page}" if page in light.PAGES else "/light"
    st.markdown(f":small[[{words('light.link')}]({to}?lang={lang()})]")
    _login()


def _login() -> None:
    """The way in for the office, at the foot of every page; nothing where there is no provider."""
    if logged_in():
        st.button(words("login.leave"), type="tertiary", on_click=st.logout)
    elif can_log_in():
        st.button(words("login.button"), type="tertiary", on_click=st.login)
