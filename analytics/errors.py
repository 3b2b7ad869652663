"""Mistakes of a user, told in the user's language, never as a traceback."""

from __future__ import annotations

from analytics.text import say


class UserError(Exception):
    """Something the user asked for cannot be done, and this is why.

    Args:
        key: sentence of the catalogue under ``error.``.
        values: what the sentence names (file, value, nearest match, …).
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(key)

    def __str__(self) -> str:
        return self.message("en")

    def message(self, lang: str) -> str:
        return say(f"error.{self.key}", lang, **self.values)


class NotAllowed(UserError):
    """The role may not ask this question; the reason is part of the message."""
