"""Choices live in the address, so that a link shows what its sender saw.

A choice is taken from the address, else from earlier in the visit, else its default. Streamlit's
own binding writes translated labels into the address; ours writes slugs, which mean the same in
both languages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

_KEPT = "_address"


def chosen(key: str, options: Sequence[str], default: str) -> str:
    """The current choice; what the address holds is anyone's to write and must be an option."""
    if (value := st.query_params.get(key)) in options:
        return str(value)
    return value if (value := _kept().get(key, default)) in options else default


def bound(
    widget: Callable[..., Any], key: str, options: Sequence[str], default: str, **how: Any
) -> str:
    """A widget over ``options`` whose choice lives in the address under ``key``."""
    name = f"{key}-widget"
    st.session_state[name] = chosen(key, options, default)

    def remember() -> None:
        keep(key, st.session_state[name], default)

    widget(options=options, key=name, on_change=remember, **how)
    return str(st.session_state[name] or default)


def bound_many(
    widget: Callable[..., Any], key: str, options: Sequence[str], **how: Any
) -> tuple[str, ...]:
    """The same for several choices at once (all by default); ``none`` stands for no choice."""
    name = f"{key}-widget"
    text = st.query_params.get(key) or _kept().get(key) or " ".join(options)
    st.session_state[name] = [option for option in options if option in text.split()]

    def remember() -> None:
        keep(key, " ".join(st.session_state[name]) or "none", " ".join(options))

    widget(options=options, key=name, on_change=remember, **how)
    return tuple(st.session_state[name])


def keep(key: str, value: str, default: str) -> None:
    """Remember a choice and write it into the address; a default needs no word there."""
    _kept()[key] = value
    if value == default:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = value


def restore(*always: tuple[str, str]) -> None:
    """Complete the address after a change of page, which drops what it held."""
    present = st.query_params.to_dict()
    complete = {**dict(always), **present}
    if complete != present:
        st.query_params.from_dict(complete)


def _kept() -> dict[str, str]:
    return st.session_state.setdefault(_KEPT, {})
