"""Pictures of figures, drawn by an installed Chromium or Chrome that Kaleido keeps warm.

The browser starts in seconds and draws in a fifth of one, so it is kept; and what was drawn once
is kept too, named after everything it was drawn from. The two fonts of the product are given to
the browser, so that a picture looks the same on a machine that has none.
"""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import json
import os
import struct
import threading
import zlib
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import plotly
from segno import make as make_code

from analytics.charts import Figure, frame, framed
from analytics.errors import UserError
from analytics.publishing.described import described
from analytics.settings import PROJECT
from analytics.warehouse.home import draft_of
from analytics.warehouse.turns import Line

FONTS = Path(__file__).parent / "fonts"
CACHE = PROJECT / ".cache" / "pictures"
#: what the pictures kept may take on the disk
CACHE_BYTES = 200_000_000
#: pictures written between two looks at how much is kept
_SWEEP_EVERY = 50
#: seconds until a browser that does not answer is given up
_PATIENCE = 40


@dataclass(frozen=True)
class Size:
    """Pixels of the drawing, and how many each becomes in a PNG."""

    width: int
    height: int
    scale: float = 1

    @property
    def dots_per_inch(self) -> int:
        return round(96 * self.scale) if self.scale != _PRINT else 300


_PRINT = 2.5
SIZES: dict[str, Size] = {
    "wide": Size(1200, 675),
    "square": Size(1080, 1080),
    # 25.4 by 14.3 cm at 300 dots an inch.
    "print": Size(1200, 675, _PRINT),
}
#: width at which a drawing is read on a telephone without turning it
PHONE = 390
#: pictures are drawn one at a time, in the order they were asked for; whoever comes when so many
#: wait, or has waited so many seconds, is asked to come back
LINE = Line(at_once=1, most=40, refusal="pictures_busy")
_QUEUE_PATIENCE = 60


def picture(figure: Figure, suffix: str, size: str = "wide", link: str = "") -> bytes:
    """A figure as ``png``, ``svg`` or ``pdf`` with title, notes and marks inside.

    Args:
        size: one of ``SIZES``.
        link: where the figure can be checked; printed, and as a QR code, in the picture.

    Raises:
        UserError: when no browser is there to draw it, or it fails.
    """
    shape = SIZES[size]
    code = code_of(link) if link else ()
    spec = framed(figure, width=shape.width, height=shape.height, link=link, code=code)
    content = rendered(spec, suffix, shape)
    if suffix != "pdf":
        return content
    return described(content, title=figure.headline, alt=figure.alt, lang=figure.lang)


def drawing(
    figure: Figure, suffix: str, width: int = PHONE, height: int | None = None, scale: float = 2
) -> bytes:
    """The drawing alone, for a slide, a document or a page that has its own title and notes.

    Args:
        height: as on the screen where None.

    Raises:
        UserError: when no browser is there to draw it, or it fails.
    """
    spec = frame.bare(figure.spec, width=width, height=height)
    return rendered(spec, suffix, Size(width, spec["layout"]["height"], scale))


def rendered(spec: dict[str, Any], suffix: str, shape: Size) -> bytes:
    """A drawing as it is, of the size its layout says.

    Raises:
        UserError: when no browser is there to draw it, or it fails.
    """
    layout = spec["layout"]
    options = {"format": suffix, "width": layout["width"], "height": layout["height"],
               "scale": shape.scale if suffix == "png" else 1}  # fmt: skip
    kept = CACHE / f"{_fingerprint(spec, options)}.{suffix}"
    try:
        content = kept.read_bytes()
        os.utime(kept)
        return content
    except OSError:
        pass
    with LINE.turn(patience=_QUEUE_PATIENCE):
        content = _browser().draw(spec, options)
    if suffix == "png":
        content = _with_density(content, shape.dots_per_inch)
    _keep(kept, content)
    return content


def can_draw() -> bool:
    """Whether a browser is there to draw pictures."""
    return browser_path() is not None


def browser_path() -> str | None:
    """The Chromium or Chrome of this machine: ``BROWSER_PATH``, the path, the usual places."""
    from choreographer.browsers import Chromium

    found = Chromium.find_browser(skip_local=False)
    return found if found and Path(found).is_file() else None


@cache
def code_of(link: str) -> tuple[tuple[bool, ...], ...]:
    """The QR code of a text, one row of modules after another, without its quiet zone."""
    matrix = make_code(link, error="m", micro=False).matrix
    return tuple(tuple(bool(module) for module in row) for row in matrix)


# --- what was drawn before -----------------------------------------------------------------------


def _fingerprint(spec: dict[str, Any], options: dict[str, Any]) -> str:
    told = json.dumps([spec, options, plotly.__version__, _fonts_digest()], sort_keys=True,
                      ensure_ascii=False, default=str)  # fmt: skip
    return hashlib.sha256(told.encode()).hexdigest()[:40]


@cache
def _fonts_digest() -> str:
    digest = hashlib.sha256()
    for font in sorted(FONTS.glob("*.ttf")):
        digest.update(font.read_bytes())
    return digest.hexdigest()


_written = 0


def _keep(path: Path, content: bytes) -> None:
    """Keep a picture for next time; a disk that refuses costs a drawing, not the picture."""
    global _written
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft_of(path) as draft:
            draft.write_bytes(content)
        _written += 1
        if _written % _SWEEP_EVERY == 1:
            sweep(path.parent)
    except OSError:
        pass


def sweep(folder: Path = CACHE, most: int = CACHE_BYTES) -> None:
    """Forget the pictures longest unused until the rest take no more than ``most`` bytes."""
    known = []
    for path in folder.iterdir():
        try:
            state = path.stat()
        except OSError:
            continue
        known.append((state.st_mtime, state.st_size, path))
    room = most - sum(size for _, size, _ in known)
    for _, size, path in sorted(known):
        if room >= 0:
            return
        path.unlink(missing_ok=True)
        room += size


# --- the browser ---------------------------------------------------------------------------------


class _Browser:
    """One browser in a thread of its own, started at the first picture, started anew if it dies.

    Kaleido's own server waits for ever for a browser that has gone; here a picture that does not
    come in time is an error, and the next one finds a new browser.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kaleido: Any = None
        atexit.register(self.close)

    def draw(self, spec: dict[str, Any], options: dict[str, Any]) -> bytes:
        """One picture at a time: there is one browser, and it has one page."""
        with self._lock:
            for attempt in (1, 2):
                try:
                    if self._kaleido is None:
                        self._open()
                    return bytes(self._run(self._kaleido.calc_fig(spec, opts=options)))
                except UserError:
                    raise
                except Exception as error:
                    self._drop()
                    if attempt == 2:
                        raise UserError("picture_failed", reason=type(error).__name__) from error
        raise AssertionError("unreachable")

    def start(self) -> None:
        """Have the browser ready; where there is none, the first picture says so."""
        with suppress(Exception), self._lock:
            if self._kaleido is None:
                self._open()

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _open(self) -> None:
        path = browser_path()
        if path is None:
            raise UserError("browser_missing")
        from kaleido import Kaleido

        give_fonts()
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name="pictures", daemon=True).start()
        # Formulas are not drawn, and the script that would draw them is on another server.
        self._kaleido = self._run(_opened(Kaleido, path=path, timeout=_PATIENCE, mathjax=False))

    def _drop(self) -> None:
        gone, self._kaleido = self._kaleido, None
        if gone is not None:
            # It was broken: that is why it goes.
            with suppress(Exception):
                self._run(gone.close(), 10)

    def _run(self, work: Coroutine[Any, Any, Any], patience: float = _PATIENCE + 5) -> Any:
        assert self._loop is not None
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(patience)
        except TimeoutError:
            future.cancel()
            raise


async def _opened(kind: Any, **options: Any) -> Any:
    browser = kind(**options)
    await browser.open()
    return browser


@cache
def _browser() -> _Browser:
    return _Browser()


def warm() -> None:
    """Start the browser without waiting for it: somebody is about to choose a picture."""
    threading.Thread(target=_browser().start, name="warming", daemon=True).start()


@cache
def give_fonts() -> None:
    """Let whatever draws for this process find the product's fonts beside the machine's own."""
    if os.name != "posix" or "FONTCONFIG_FILE" in os.environ:
        return
    settings = PROJECT / ".cache" / "fonts.conf"
    text = (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
        '<fontconfig>\n  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n'
        f"  <dir>{FONTS}</dir>\n</fontconfig>\n"
    )
    try:
        if not settings.exists() or settings.read_text(encoding="utf-8") != text:
            settings.parent.mkdir(parents=True, exist_ok=True)
            with draft_of(settings) as draft:
                draft.write_text(text, encoding="utf-8")
        os.environ["FONTCONFIG_FILE"] = str(settings)
    except OSError:
        pass  # Arial and its like are next in line


def _with_density(content: bytes, dots_per_inch: int) -> bytes:
    """The PNG saying how large it is on paper (chunk ``pHYs``, PNG specification §11.3.5.3)."""
    per_metre = round(dots_per_inch / 0.0254)
    body = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    header = 33  # signature and IHDR, which always stands first
    return content[:header] + chunk + content[header:]
