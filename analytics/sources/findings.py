"""What a check finds: reasons for refusing, things kept but odd, and the counts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Violation:
    """One reason why one row is refused; ``value`` is masked where it looks personal.

    ``row`` counts from 1 as the file shows it; ``position`` is the cell's column, from 0.
    """

    row: int
    column: str
    value: str | None
    rule: str
    suggestion: str | None
    position: int | None = None


@dataclass(frozen=True)
class Refusals:
    """How many rows one rule refused in one column, and the first of them."""

    rule: str
    column: str
    count: int
    examples: tuple[Violation, ...] = ()


@dataclass(frozen=True)
class Corrected:
    """A value that a row replaces: the row in the file, the record's key, before and after."""

    row: int
    key: str
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Warned:
    """Something noticed and kept: ``code``, the column it concerns, how often, an example."""

    code: str
    column: str | None
    count: int
    example: str | None = None


@dataclass
class Checked:
    """What a table holds, judged. Counts always satisfy
    ``read = landed + rejected + duplicate + out_of_scope``.

    ``violations`` holds the first reasons in file order; all of them stand in the view
    ``refusal`` (see ``check``), counted by rule in ``by_rule``.
    """

    dataset: str
    read: int = 0
    landed: int = 0
    rejected: int = 0
    duplicate: int = 0
    out_of_scope: int = 0
    corrections: int = 0
    #: the first of the values that corrections change
    corrected: list[Corrected] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    by_rule: list[Refusals] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    demonstration: bool = False
