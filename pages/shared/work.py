"""Long work in front of the reader: its steps, whose turn it is, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from analytics.errors import UserError
from analytics.settings import settings
from analytics.text.numbers import format_clock
from analytics.warehouse.home import Holder, Home
from pages.shared.session import lang, words

T = TypeVar("T")


def home() -> Home:
    return Home(settings().home)


def watched(
    title: str, step: Callable[[str], str], work: Callable[..., T], **arguments: Any
) -> T | None:
    """Do ``work`` while its steps are shown; None when it could not be done (and why is shown).

    Args:
        title: key of the words above the steps.
        step: what ``progress`` is told → what the reader is told.
        work: takes ``progress`` and ``waiting`` beside ``arguments``.
    """
    with st.status(words(title), expanded=True) as status:
        line = st.empty()

        def progress(what: str) -> None:
            status.update(label=words(title))
            line.markdown(step(what))

        def waiting(holder: Holder) -> None:
            status.update(label=_turn(holder))

        try:
            done = work(progress=progress, waiting=waiting, **arguments)
        except (UserError, OSError) as error:
            status.update(state="error")
            line.empty()
            fail(error)
            return None
        line.empty()
        status.update(label=words(title), state="complete", expanded=False)
        return done


def waits() -> Callable[[Holder], None]:
    """For short work without steps: a line here says whose turn it is, if it must be waited for."""
    line = st.empty()

    def waiting(holder: Holder) -> None:
        line.info(_turn(holder), icon=":material/hourglass_empty:")

    return waiting


def _turn(holder: Holder) -> str:
    return words("data.waiting", what=words(f"data.doing.{holder.doing}"),
                 since=format_clock(holder.since, lang()), place=holder.place)  # fmt: skip


def fail(error: UserError | OSError) -> None:
    """Say what could not be done."""
    if isinstance(error, OSError):
        error = UserError("disk", reason=error.strerror or type(error).__name__)
    st.error(plain(error.message(lang())))


def plain(text: str) -> str:
    """Words of a file as themselves: what stands in a cell is never a link, a colour or HTML."""
    return "".join(f"\\{char}" if char in _MARKS else char for char in text)


_MARKS = frozenset("\\`*_[]<>~$:|#&")
