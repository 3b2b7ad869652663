"""Mistakes of a user, told in the user's language, never as a traceback."""

from __future__ import annotations

import errno
from pathlib import Path

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


#: what a system says no with, in words of ours: its own are of its own language
_REFUSALS = {
    errno.ENOSPC: "disk_full", errno.EDQUOT: "disk_full", errno.EACCES: "disk_denied",
    errno.EPERM: "disk_denied", errno.EROFS: "disk_denied", errno.ENOENT: "disk_no_folder",
    errno.ENOTDIR: "disk_no_folder",
}  # fmt: skip


def disk(error: OSError) -> UserError:
    """Why a file could not be written or read."""
    known = _REFUSALS.get(error.errno or 0)
    named = Path(str(error.filename)).parent.name if error.filename else "–"
    if known:
        return UserError(known, folder=named)
    return UserError("disk", reason=error.strerror or type(error).__name__)


class NotAllowed(UserError):
    """The role may not ask this question; the reason is part of the message."""
