"""What a check finds: reasons for refusing, things kept but odd, and the counts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Violation:
    """One reason why one row is refused; ``value`` is masked where it looks personal."""

    row: int
    column: str
    value: str | None
    rule: str
    suggestion: str | None


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
    ``read = landed + rejected + duplicate + out_of_scope``."""

    dataset: str
    read: int = 0
    landed: int = 0
    rejected: int = 0
    duplicate: int = 0
    out_of_scope: int = 0
    corrections: int = 0
    violations: list[Violation] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    demonstration: bool = False
