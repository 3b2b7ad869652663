"""Exact medians of many lots of the same values.

To put a hundred thousand values in order, even by halves, takes ten nanoseconds or more a value,
and each value is in ten lots. So each is put once into one of a few thousand ranges: the range that
holds a lot's middle is found by counting, and only the few values in it are put in order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.estimates.lots import Array, Lots

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
        # Read as whole numbers, positive ones are in the order of what they stand for.
        bits = (values + 0.0).view(np.int64)
        np.bitwise_xor(bits, (bits >> 63) & np.iinfo(np.int64).max, out=bits)
        each = slice(None, None, max(1, len(values) // _SAMPLE))
        some = np.sort(bits[each][~np.isnan(values[each])])
        if not len(some):
            return cls(values, np.zeros(len(values), np.uint16))
        low, high = int(some[len(some) // 200]), int(some[-1 - len(some) // 200])
        shift = max(0, ((high - low) // (RANGES - 2)).bit_length())
        first = low >> shift
        ranges = np.clip((bits >> shift) - (first - 1), 0, RANGES - 1).astype(np.uint16)
        ranges[np.isnan(values)] = RANGES - 1
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
        whole = isinstance(where, slice)
        ranges = self.ranges[where] if whole else np.take(self.ranges, where, mode="clip")
        ends = np.cumsum(np.bincount(ranges, minlength=RANGES))
        wanted = (count - 1) // 2, count // 2
        first, last = (int(np.searchsorted(ends, rank, side="right")) for rank in wanted)
        # Between the two middle ones there may be ranges, but no value.
        near = np.flatnonzero((ranges == first) | (ranges == last))
        before = int(ends[first - 1]) if first else 0
        around = np.sort(self.values[where][near] if whole else self.values[where[near]])
        lower, upper = (around[rank - before] for rank in wanted)
        return float(upper if wanted[0] == wanted[1] else (lower + upper) / 2)


def _middle(own: Array, count: int) -> float:
    own = own.copy()
    # Those that are none stay behind all others, wherever the middle is looked for.
    own.partition(count // 2)
    upper = own[count // 2]
    return float(upper if count % 2 else (own[: count // 2].max() + upper) / 2)
