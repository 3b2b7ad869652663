"""One question about an indicator, as every estimator is asked it."""

from __future__ import annotations

from dataclasses import dataclass, field

from analytics.estimates.mart import Mart
from analytics.estimates.survival import at_each_month
from analytics.indicator import Indicator, indicators
from analytics.selection import LAST_MONTH_SINCE

#: what stands for "undivided" in a mart's column that divides numerators alone
ALL = "all"

#: what is collected of a cell, before dividing
COLLECTED = (
    "n_groups", "n_people", "expected", "numerator", "denominator", "nn", "nd", "dd", "median",
    "numerator_absolute", "numerator_top1", "numerator_top2",
    "denominator_absolute", "denominator_top1", "denominator_top2",
)  # fmt: skip
#: what of it is about the denominator
DENOMINATOR = (
    "n_groups", "n_people", "expected", "denominator", "dd",
    "denominator_absolute", "denominator_top1", "denominator_top2",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """One pass over a mart.

    Attributes:
        relation: a table or subquery with the mart's columns.
        where: condition over it, with values bound in ``parameters`` (the relation's own first).
        keys: name → expression over the relation ``m``; one row of the answer a combination.
        grouping: what to group by, one tuple of expressions a grouping set, where it is not simply
            the keys.
        parted: what divides the numerator alone: breakdown → its one value, or None for each.
        since: the key that runs over the months of a curve, if one does.
        timed: whether a curve's rows hold its two columns as they are, and not what they come to.
    """

    indicator: Indicator
    mart: Mart
    relation: str
    keys: dict[str, str]
    where: str = "TRUE"
    parameters: tuple[object, ...] = ()
    grouping: tuple[tuple[str, ...], ...] = ()
    parted: dict[str, str | None] = field(default_factory=dict)
    since: str | None = None
    timed: bool = False

    @property
    def source(self) -> str:
        relation, of = self.relation, self.indicator
        if of.statistic == "curve" and not self.timed:
            months = range(LAST_MONTH_SINCE + 1) if self.since else [LAST_MONTH_SINCE]
            relation = at_each_month(relation, of.numerator, str(of.denominator), months)
        return f"(SELECT * FROM {relation} m WHERE {self.where}) m"

    @property
    def undivided(self) -> list[str]:
        """The mart's columns that hold ``all`` for the rows of everyone (see ``numerator_by``)."""
        known = [self.indicator, *(i for i in indicators().values() if i.mart == self.mart.name)]
        return sorted({name for found in known for name in found.numerator_by})

    @property
    def division(self) -> tuple[list[str], list[object]]:
        """Which rows count, undivided but by what the question divides: conditions and values."""
        wanted, values = [], []
        for name in self.undivided:
            if name not in self.parted:
                wanted.append(f"m.{name} = '{ALL}'")
            else:
                wanted.append(f"m.{name} {'<>' if self.parted[name] is None else '='} ?")
                values.append(self.parted[name] or ALL)
        return wanted, list(values)

    def rows(self) -> str:
        """The relation ``m`` the question is asked of."""
        wanted, _ = self.division
        if not wanted:
            return self.source
        return f"(SELECT * FROM {self.source} WHERE {' AND '.join(wanted)}) m"

    @property
    def values(self) -> list[object]:
        """What is bound in ``rows``, in order."""
        return [*self.parameters, *self.division[1]]

    @property
    def sets(self) -> tuple[tuple[str, ...], ...]:
        """What to group by: one tuple of expressions a set of cells."""
        return self.grouping or (tuple(self.keys.values()),)

    def group_by(self, *also: str) -> str:
        """The GROUP BY clause, each set of it by ``also`` as well; empty for one cell."""
        sets = [", ".join([*one, *also]) for one in self.sets]
        if len(sets) > 1:
            return f" GROUP BY GROUPING SETS ({', '.join(f'({one})' for one in sets)})"
        return f" GROUP BY {sets[0]}" if sets[0] else ""


def y_of(indicator: Indicator) -> str:
    """The numerator of a row, in SQL."""
    return f"CAST(m.{indicator.numerator} AS DOUBLE)"


def x_of(indicator: Indicator) -> str:
    """The denominator of a row, in SQL; of a total each row is one."""
    # The database orders sums by a column or an expression, and refuses to by a plain number.
    return f"CAST({f'm.{of}' if (of := indicator.denominator) else 1} AS DOUBLE)"


def has_of(indicator: Indicator) -> str:
    """Whether a row has what the indicator needs; one lacking an input is in no sum."""
    has = f"m.{indicator.numerator} IS NOT NULL"
    if indicator.denominator:
        has += f" AND m.{indicator.denominator} IS NOT NULL"
    return has
