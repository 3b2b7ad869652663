"""Exact medians of many lots of the same values.

To put a hundred thousand values in order, even by halves, takes ten nanoseconds or more a value,
and each value is in ten lots. So each is put once into one of a few thousand ranges: the range that
holds a lot's middle is found by counting, and only the few values in it are put in order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.estimates.lots import BLOCK, Array, Lots

#: ranges of values, and the size from which a lot is worth counting by them
RANGES = 4096
LARGE = 2048
#: how many values tell where the ranges lie
_SAMPLE = 10_000


@dataclass(frozen=True)
class Ranked:
    """Values and the range each is in.

    Attributes:
        values: (things,), NaN where there is none.
        ranges: (things,) in the order of the values, NaN in the last one.
    """

    values: Array
    ranges: Array

    @classmethod
    def of(cls, values: Array) -> Ranked:
        each = slice(None, None, max(1, len(values) // _SAMPLE))
        some = values[each]
        some = np.sort(_in_order_of_bits(some[~np.isnan(some)]))
        ranges = np.zeros(len(values), np.uint16)
        if not len(some):
            return cls(values, ranges)
        low, high = int(some[len(some) // 200]), int(some[-1 - len(some) // 200])
        shift = max(0, ((high - low) // (RANGES - 2)).bit_length())
        first = low >> shift
        # A few at a time, so that what is made on the way stays in the processor's cache.
        for start in range(0, len(values), BLOCK):
            own = values[start : start + BLOCK]
            bits = _in_order_of_bits(own)
            bits >>= shift
            bits -= first - 1
            np.clip(bits, 0, RANGES - 1, out=bits)
            bits[np.isnan(own)] = RANGES - 1
            ranges[start : start + BLOCK] = bits
        return cls(values, ranges)

    def medians(self, counts: Array, lots: Lots) -> Array:
        """(lots,) the median of each, the mean of the two in its middle where they are even.

        Args:
            counts: (lots,) how many values there are in each.
        """
        found = np.full(len(counts), np.nan)
        ends = [*lots.starts[1:].tolist(), len(self.values)]
        bounds = zip(counts.tolist(), lots.starts.tolist(), ends, strict=True)
        for n, (count, start, end) in enumerate(bounds):
            if not count:
                continue
            where = slice(start, end) if lots.order is None else lots.order[start:end]
            if count < LARGE:
                found[n] = _middle(self.values[where], count)
            else:
                found[n] = self._by_ranges(where, count)
        return found

    def _by_ranges(self, where: slice | Array, count: int) -> float:
        if isinstance(where, slice):
            ranges = self.ranges[where]
        else:
            ranges = np.take(self.ranges, where, mode="clip")
        ends = np.cumsum(np.bincount(ranges, minlength=RANGES))
        wanted = (count - 1) // 2, count // 2
        first, last = (int(np.searchsorted(ends, rank, side="right")) for rank in wanted)
        # Between the two middle ones there may be ranges, but no value.
        near = np.flatnonzero((ranges == first) | (ranges == last))
        before = int(ends[first - 1]) if first else 0
        near = near + where.start if isinstance(where, slice) else where[near]
        around = np.sort(self.values[near])
        lower, upper = (around[rank - before] for rank in wanted)
        return float(upper if wanted[0] == wanted[1] else (lower + upper) / 2)


def _in_order_of_bits(values: Array) -> Array:
    """Whole numbers in the order of ``values``; NaN is nowhere in particular."""
    bits = (values + 0.0).view(np.int64)
    # Read as whole numbers, positive ones are in the order of what they stand for.
    np.bitwise_xor(bits, (bits >> 63) & np.iinfo(np.int64).max, out=bits)
    return bits


def _middle(own: Array, count: int) -> float:
    own = own.copy()
    # Those that are none stay behind all others, wherever the middle is looked for.
    own.partition(count // 2)
    upper = own[count // 2]
    return float(upper if count % 2 else (own[: count // 2].max() + upper) / 2)
