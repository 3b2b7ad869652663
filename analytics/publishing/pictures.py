"""Pictures of figures, drawn by an installed Chromium or Chrome through Kaleido."""

from __future__ import annotations

import atexit
import threading
from typing import Any

from analytics.charts import Figure, framed
from analytics.errors import UserError

WIDTH, HEIGHT = 1200, 675
_lock = threading.Lock()
_started = False


def picture(figure: Figure, suffix: str) -> bytes:
    """A figure as ``png``, ``svg`` or ``pdf`` with title, notes and marks inside.

    Raises:
        UserError: when no browser is there to draw it.
    """
    return drawn(framed(figure, width=WIDTH, height=HEIGHT), suffix, WIDTH, HEIGHT)


def drawn(spec: dict[str, Any], suffix: str, width: int, height: int, scale: float = 1) -> bytes:
    """A drawing of ``width`` × ``height`` pixels, each ``scale`` dots of a PNG.

    Raises:
        UserError: when no browser is there to draw it.
    """
    global _started
    import kaleido

    options = {"format": suffix, "width": width, "height": height, "scale": scale}
    try:
        with _lock:
            # Starting the browser takes seconds; it is kept for the next picture.
            if not _started:
                kaleido.start_sync_server(silence_warnings=True)
                # Closed before Python tidies up: the browser still writes to its folder.
                atexit.register(kaleido.stop_sync_server, silence_warnings=True)
                _started = True
            return kaleido.calc_fig_sync(spec, opts=options)
    except Exception as error:
        raise UserError("picture_failed", reason=type(error).__name__) from error
