"""Fetching one file over a bad line: waits, tries again, resumes, and knows an error page.

Nothing takes the place of an earlier file before the new one is whole.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from analytics import __version__
from analytics.errors import UserError
from analytics.settings import settings

MAX_BYTES = 2 * 1024**3
_CHUNK = 1 << 16
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_PAGE = (b"<!doctype", b"<html", b"<head")
_NO_DATA = ("text/html", "application/xhtml+xml", "image/", "video/", "audio/")


@dataclass(frozen=True)
class Fetched:
    """What came: where it lies, how many bytes, in how many attempts, resumed or not."""

    path: Path
    bytes: int
    attempts: int
    resumed: bool
    kind: str


def fetch(
    url: str,
    target: Path,
    *,
    headers: Mapping[str, str] | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Download ``url`` into ``target``; parts of an interrupted attempt are taken up again.

    How long a line may be silent, how often it is tried and how long a file may take in all stand
    in the settings.

    Raises:
        UserError: ``fetch_*``, naming the address and what went wrong.
    """
    part, notes = target.with_name(target.name + ".part"), target.with_name(target.name + ".etag")
    patience = settings()
    until, resumed, reason = time.monotonic() + patience.fetch_max_s, False, ""
    tried = 0
    while tried < patience.fetch_attempts and time.monotonic() < until:
        if tried:
            wait(patience.fetch_wait_s * 2 ** (tried - 1))
        tried += 1
        try:
            kind, continued = _attempt(url, part, notes, headers or {}, until)
        except urllib.error.HTTPError as error:
            reason = f"HTTP {error.code}"
            if error.code == 416:
                part.unlink(missing_ok=True)
            elif error.code not in _AGAIN:
                raise UserError("fetch_refused", url=url, reason=reason) from error
            continue
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, OSError) as error:
            reason = _plain(error)
            continue
        resumed |= continued
        size = part.stat().st_size
        _require_data(url, part, kind)
        part.replace(target)
        notes.unlink(missing_ok=True)
        return Fetched(target, size, tried, resumed, kind)
    raise UserError("fetch_failed", url=url, attempts=tried, reason=reason or "?")


def _attempt(
    url: str, part: Path, notes: Path, headers: Mapping[str, str], until: float
) -> tuple[str, bool]:
    """One request, written to ``part``; returns the content type and whether it went on.

    Raises:
        TimeoutError: when the file drips on past ``until``.
    """
    request = urllib.request.Request(
        url, headers={"User-Agent": f"she-leads-in-crisis/{__version__}", **headers}
    )
    known = json.loads(notes.read_text()) if notes.exists() else {}
    have = part.stat().st_size if part.exists() else 0
    if have and known.get("url") == url and known.get("validator"):
        # Only the very same version of the file is gone on with.
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", known["validator"])
    with urllib.request.urlopen(request, timeout=settings().fetch_timeout_s) as answer:
        continued = answer.status == 206
        validator = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        weak = (validator or "").startswith("W/")
        notes.write_text(json.dumps({"url": url, "validator": None if weak else validator}))
        length = answer.headers.get("Content-Length")
        expected = int(length) + (have if continued else 0) if length else None
        if expected is not None and expected > MAX_BYTES:
            raise UserError("fetch_too_large", url=url, size=expected)
        size = have if continued else 0
        with part.open("ab" if continued else "wb") as sink:
            # read1 hands over what has come, so that a drip is kept and its time can be told.
            while block := answer.read1(_CHUNK):
                sink.write(block)
                size += len(block)
                if size > MAX_BYTES:
                    raise UserError("fetch_too_large", url=url, size=size)
                if time.monotonic() > until:
                    raise TimeoutError(f"{size} bytes in {settings().fetch_max_s:g} s")
        if expected is not None and size != expected:
            raise http.client.IncompleteRead(b"", expected - size)
        return answer.headers.get_content_type(), continued


def _require_data(url: str, part: Path, kind: str) -> None:
    """A page that says "error" in good HTTP is no data."""
    with part.open("rb") as handle:
        start = handle.read(512).lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start and not kind.startswith(_NO_DATA) and not start.startswith(_PAGE):
        return
    part.unlink()
    if not start:
        raise UserError("fetch_empty", url=url)
    raise UserError("fetch_page", url=url, kind=kind)


def _plain(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return f"{error.expected} bytes missing"
    reason = getattr(error, "reason", error)
    return str(reason) or type(error).__name__
