"""Things that belong together, in numpy: lots, and what each of them adds up to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
#: things worked on at a time: what numpy makes of them on the way stays in the processor's cache,
#: and two that add up seldom meet at Python's lock
BLOCK = 65536


@dataclass(frozen=True)
class Lots:
    """Which of many things belong together.

    Attributes:
        starts: (lots,) where each lot begins, once the things are put in order.
        order: (things,) the positions that put them so; None where they stand so already.
    """

    starts: Array
    order: Array | None = None

    def put(self, values: Array) -> Array:
        return values if self.order is None else values[self.order]

    def sums(self, values: Array) -> Array:
        """(lots,) from (things,); none of them is empty."""
        return np.add.reduceat(self.put(values), self.starts)

    def largest(self, values: Array) -> Array:
        return np.maximum.reduceat(self.put(values), self.starts)

    def sizes(self, things: int) -> Array:
        return np.diff(self.starts, append=things)


class Room:
    """Memory for columns, used again: to get it from the system takes longer than to fill it."""

    def __init__(self) -> None:
        self._free: list[Array] = []

    def take(self, size: int) -> Array:
        """(size,) numbers, whatever they are."""
        for n, whole in enumerate(self._free):
            if len(whole) >= size:
                return self._free.pop(n)[:size]
        self._free.clear()
        return np.empty(size)

    def give(self, column: Array) -> None:
        """Take back what nobody looks at any more."""
        self._free.append(column if column.base is None else column.base)


def lots_of(codes: Array) -> Lots:
    """Lots of equal codes (things,), in ascending order of code."""
    ordered = codes
    order = None
    if np.any(codes[1:] < codes[:-1]):
        # numpy counts integers this small into place instead of comparing them.
        small = codes.astype(np.uint16) if codes.max() < 2**16 else codes
        order = np.argsort(small, kind="stable")
        ordered = codes[order]
    return Lots(np.flatnonzero(np.diff(ordered, prepend=-1)), order)
