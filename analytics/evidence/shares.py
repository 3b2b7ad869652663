"""Shares of groups and businesses by place, as a description needs them.

The nation's cases are clustered by cercle; within a region each group is a case (Wilson). Cases
that nobody recorded are not counted as "no": they widen ``bounds``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics.disclosure.gate import Exact
from analytics.estimates.intervals import ratio_intervals

if TYPE_CHECKING:
    import pandas as pd

NATION = "mali"
#: columns of a frame that say where a case is, by the dimension of the disclosure gate
PLACES = {"nation": None, "region_2023": "region_2023", "unit_2023": "unit_2023",
          "unit_2012": "unit_2012"}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One share: ``value`` of ``n`` cases known out of ``cohort``, with its 95 % interval."""

    place: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    cohort: int
    n_groups: int
    n_cercles: int
    n_people: int
    effective: float
    yes: float
    total: float
    top1: float
    top2: float

    @property
    def known(self) -> float:
        """The share of the cohort that is known."""
        return self.n / self.cohort if self.cohort else 0.0

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The share if all unknown cases were "no", and if all were "yes"."""
        if not self.cohort or self.value is None:
            return None
        unknown = self.cohort - self.n
        yes = self.value * self.n
        return yes / self.cohort, (yes + unknown) / self.cohort


def share_cells(frame: pd.DataFrame, value: str, dimension: str) -> dict[str, Cell]:
    """The share (or ratio of ``value`` to ``weight``) in each place of a dimension.

    Args:
        frame: one row a case: ``group_id``, ``cercle``, ``region_2023``, the two units, ``people``,
            ``weight`` (what the case counts as), and ``value`` (0 to ``weight``; missing: unknown).
    """
    import numpy as np
    import pandas as pd

    if frame.empty:
        return {}
    column = PLACES[dimension]
    if column is None:
        place, names = np.zeros(len(frame), dtype=int), [NATION]
    else:
        place, found = pd.factorize(frame[column], sort=True)
        names = [str(name) for name in found]
    y = pd.to_numeric(frame[value]).to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(y) & (place >= 0)
    cohort = np.bincount(place[place >= 0], minlength=len(names))
    y, place = y[known], place[known]
    weight = frame["weight"].to_numpy(dtype=float)[known]
    group = pd.factorize(frame["group_id"])[0][known]
    cercle = pd.factorize(frame["cercle"], use_na_sentinel=False)[0][known]
    people = pd.to_numeric(frame["people"]).fillna(0).to_numpy(dtype=float)[known]
    groups = _Clusters(group, place, y, weight, len(names))
    cercles = _Clusters(cercle, place, y, weight, len(names))
    chosen = cercles if column is None and cercles.count[0] >= 10 else groups
    with np.errstate(divide="ignore", invalid="ignore"):
        total = chosen.sum_x
        ratio = chosen.sum_y / total
        low, high = ratio_intervals(
            ratio, chosen.count, chosen.yy, chosen.xy, chosen.xx, total,
            np.ones(len(names), dtype=bool),
        )  # fmt: skip
        spread = chosen.yy - 2 * ratio * chosen.xy + ratio**2 * chosen.xx
        spread *= chosen.count / np.maximum(chosen.count - 1, 1) / total**2
        effective = ratio * (1 - ratio) / spread
    cases = np.bincount(place, minlength=len(names))
    first = np.unique(group, return_index=True)[1]
    persons = np.bincount(place[first], people[first], minlength=len(names))
    top = groups.largest()
    effective = np.where(np.isfinite(effective) & (effective > 0), effective, cases)
    return {
        name: Cell(
            place=name,
            value=_number(ratio[i]),
            low=_number(low[i]),
            high=_number(high[i]),
            n=int(cases[i]),
            cohort=int(cohort[i]),
            n_groups=int(groups.count[i]),
            n_cercles=int(cercles.count[i]),
            n_people=int(persons[i]),
            effective=float(effective[i]),
            yes=float(chosen.sum_y[i]),
            total=float(total[i]),
            top1=top[i][0],
            top2=top[i][1],
        )
        for i, name in enumerate(names)
    }


class _Clusters:
    """Sums over the clusters of each place, as ``ratio_intervals`` wants them."""

    def __init__(self, code: Any, place: Any, y: Any, x: Any, places: int) -> None:
        import numpy as np

        pairs, which = np.unique(np.stack([place, code]), axis=1, return_inverse=True)
        which = which.ravel()
        self.place, self.places = pairs[0], places
        self.x = np.bincount(which, x, minlength=pairs.shape[1])
        sum_y = np.bincount(which, y, minlength=pairs.shape[1])

        def by_place(values: Any) -> Any:
            return np.bincount(self.place, values, minlength=places)

        self.count = np.bincount(self.place, minlength=places)
        self.sum_y, self.sum_x = by_place(sum_y), by_place(self.x)
        self.yy, self.xy, self.xx = (
            by_place(a) for a in (sum_y**2, sum_y * self.x, self.x**2)
        )  # fmt: skip

    def largest(self) -> list[tuple[float, float]]:
        """The two largest clusters of each place."""
        import numpy as np

        order = np.lexsort((-self.x, self.place))
        found = []
        for i in range(self.places):
            here = self.x[order][self.place[order] == i][:2]
            found.append((*map(float, here), *([0.0] * (2 - len(here)))))
        return found  # type: ignore[return-value]


def _number(value: float) -> float | None:
    return None if value != value else float(value)


def exact(cell: Cell, name: str, dimension: str, period: str) -> Exact:
    """A cell as the disclosure gate judges it."""
    return Exact(
        name, dimension, NATION if dimension == "nation" else cell.place, "year", period,
        cell.value, cell.low, cell.high, None, cell.yes, cell.total, cell.n_groups,
        cell.n_people, 0, None, None, None, cell.total, cell.top1, cell.top2,
    )  # fmt: skip


def as_facts(cell: Cell) -> dict[str, Any]:
    """What staff may read of a cell."""
    return {
        "value": cell.value, "low": cell.low, "high": cell.high, "n": cell.n,
        "cohort": cell.cohort, "n_groups": cell.n_groups, "bounds": cell.bounds,
    }  # fmt: skip
