"""The small file system inside an old workbook (.xls): does it lead anywhere?

A damaged table of sectors can send a reader round in circles until all memory is gone. Source of
the layout: Microsoft, [MS-CFB] Compound File Binary File Format, 2.2 (header), 2.3 (FAT), 2.5
(DIFAT).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

#: numbers from here on are marks (end of a chain, free, part of the table), not sectors
_MARKS = 0xFFFFFFFA
_SECTOR_BYTES = (512, 4096)


def runs_in_circles(path: Path) -> bool:
    """Whether some chain of sectors comes back to itself, or the table cannot be read at all."""
    content = path.read_bytes()
    try:
        size = 1 << min(struct.unpack_from("<H", content, 30)[0], 30)
        if size not in _SECTOR_BYTES:
            return True
        small_at, n_small, more_at, n_more = struct.unpack_from("<4L", content, 60)
        tables = list(struct.unpack_from("<109L", content, 76))
        for _ in range(min(n_more, len(content) // size)):
            *more, more_at = _numbers(content, size, more_at)
            tables += more
        links = list(chain.from_iterable(
            _numbers(content, size, sector) for sector in tables if sector < _MARKS
        ))  # fmt: skip
        if _circles(links):
            return True
        small: list[int] = []
        for _ in range(n_small):
            small += _numbers(content, size, small_at)
            small_at = links[small_at]
        return _circles(small)
    except (struct.error, IndexError):
        return True


def _numbers(content: bytes, size: int, sector: int) -> tuple[int, ...]:
    """The numbers that fill a sector; the header takes the place of one."""
    return struct.unpack_from(f"<{size // 4}L", content, size * (sector + 1))


def _circles(links: Sequence[int]) -> bool:
    """Whether following ``links`` from any place comes back to a place already passed."""
    passed = [0] * len(links)
    for start in range(len(links)):
        place = start
        while place < len(links) and not passed[place]:
            passed[place] = start + 1
            place = links[place]
        if place < len(links) and passed[place] == start + 1:
            return True
    return False
