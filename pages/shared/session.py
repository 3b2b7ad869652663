"""Who is reading, in which language, which published version."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from analytics.errors import UserError
from analytics.settings import secrets, settings
from analytics.text import LANGS, say
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader, open_reader
from pages.shared.address import chosen
from pages.shared.roles import at_this_machine, role_of

_VERSION = "_version"


def lang() -> str:
    """The reader's language: ``?lang=`` of the address, else the visit's, else French."""
    return chosen("lang", LANGS, LANGS[0])


def role() -> str:
    """``public``, the role of the person who logged in, or the one given by ``EVIDENCE_ROLE`` to
    whoever sits at this very machine."""
    given = settings().role
    if given and at_this_machine(st.get_option("server.address"), st.context.headers.to_dict()):
        return given
    if not can_log_in():
        return "public"
    known = settings()
    return role_of(
        st.user.to_dict(), known.roles, now=time.time(), hours=known.login_hours
    )


def can_log_in() -> bool:
    """Whether an OpenID provider is set up."""
    return "auth" in secrets()


def logged_in() -> bool:
    """Whether somebody logged in, with a role here or without."""
    return can_log_in() and bool(st.user.is_logged_in)


def sees() -> str:
    """What the role may see: ``staff`` for everyone of the office, else ``public``."""
    return "public" if role() == "public" else "staff"


def manages() -> bool:
    """Whether this person may import, publish, go back and remove."""
    return role() == "manager"


def edits() -> bool:
    """Whether this person may write the campaign's records and its call to action."""
    return role() in ("editor", "manager")


def published() -> bool:
    """Whether any version is there to be read."""
    return Home(settings().home).current() is not None


def settle() -> Reader:
    """Take the version published now for the whole of a page, and for what is redrawn of it."""
    found = open_reader(Home(settings().home))
    st.session_state[_VERSION] = found.build.build_id
    return found


def reader() -> Reader:
    """The version this page began with: one published while it is drawn waits for the next run."""
    home, settled = Home(settings().home), st.session_state.get(_VERSION)
    try:
        return open_reader(home, settled)
    except UserError:
        # It has been pruned since, or is of another home.
        return open_reader(home)


def session_id() -> str:
    """What Streamlit calls this visit; empty outside a server."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def words(key: str, **values: object) -> str:
    """A sentence of the catalogue in the reader's language."""
    return say(key, lang(), **values)
