"""Who is reading, in which language, which published version."""

from __future__ import annotations

import streamlit as st

from analytics.settings import settings
from analytics.text import LANGS, say
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader, open_reader
from pages.shared.address import chosen

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def lang() -> str:
    """The reader's language: ``?lang=`` of the address, else the visit's, else French."""
    return chosen("lang", LANGS, LANGS[0])


def role() -> str:
    """``public``, or the role given by ``EVIDENCE_ROLE`` to the person at this very machine."""
    given = settings().role
    if given and st.get_option("server.address") in _LOOPBACK:
        return given
    return "public"


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


def reader() -> Reader:
    """The published version, looked up anew at each run."""
    return open_reader(Home(settings().home))


def words(key: str, **values: object) -> str:
    """A sentence of the catalogue in the reader's language."""
    return say(key, lang(), **values)
