"""What a reader asks for: breakdowns, filters, periods, division and role, in one frozen object."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analytics.errors import UserError
from analytics.geography.places import NOT_SPECIFIED, place_name
from analytics.indicator import PLACE, TIME, Indicator
from analytics.period import Period, parse_period
from analytics.text import join_words, say
from analytics.text.codes import code_label, codes_of
from analytics.text.numbers import format_period

#: breakdowns whose values are codes of a column, and what the column dictionary calls it
_CODES = {
    **{name: name for name in ("sex", "age_band", "displaced", "crisis", "purpose", "phase",
                               "beneficiary", "initiative", "level", "crisis_phase",
                               "adaptation_origin")},
    "source": "source@contribution",
    "theme": "impacts",
}  # fmt: skip
#: months a curve runs over, counted from a crisis: by the last one, whoever has not recovered is
#: followed no further
LAST_MONTH_SINCE = 24
#: kinds that are not codes of a column: what became of a business
OUTCOMES = ("strengthened", "maintained", "weakened", "closed")
#: values a breakdown takes when it is not a place, a period or free text of the data
CLOSED_VALUES: dict[str, tuple[str, ...]] = {
    "group_type": ("women_only", "mixed"),
    "network": ("true", "false"),
    "wlie": ("true", "false"),
    "shock": ("exposed", "less_exposed"),
    "adapted": ("true", "false"),
    "since": tuple(str(month) for month in range(LAST_MONTH_SINCE + 1)),
    **{name: codes_of(column) for name, column in _CODES.items()},
    # To name no area is to name none of them.
    "theme": tuple(code for code in codes_of("impacts") if code != "none"),
}


@dataclass(frozen=True)
class Selection:
    """A question to an indicator.

    Attributes:
        by: breakdowns, one row of the answer for each combination.
        filters: ``(breakdown, value)`` pairs that all must hold.
        start, end: period labels, inclusive; None is open.
        division: ``2023`` or ``2012``.
        role: ``public`` or ``staff`` (see ``disclosure``).
    """

    by: tuple[str, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    start: str | None = None
    end: str | None = None
    division: str = "2023"
    role: str = "public"

    def __post_init__(self) -> None:
        if self.division not in ("2012", "2023"):
            raise UserError("division_unknown", value=self.division)
        if self.role not in ("public", "staff"):
            raise UserError("role_unknown", value=self.role)
        if self.start and self.end and self.first.start > self.last.end:  # type: ignore[union-attr]
            raise UserError("period_reversed", start=self.start, end=self.end)
        if len([name for name in self.by if name in TIME]) > 1:
            raise UserError("two_periods", value=", ".join(self.by))
        for name, value in self.filters:
            allowed = CLOSED_VALUES.get(name)
            if allowed and value not in allowed:
                raise UserError("filter_value", name=name, value=value, expected=", ".join(allowed))

    @property
    def first(self) -> Period | None:
        return parse_period(self.start) if self.start else None

    @property
    def last(self) -> Period | None:
        return parse_period(self.end) if self.end else None

    @property
    def time(self) -> str | None:
        """The breakdown of time, if there is one."""
        return next((name for name in self.by if name in TIME), None)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The breakdowns that are not of time, in order."""
        return tuple(name for name in self.by if name not in TIME)

    @property
    def divided_by(self) -> tuple[str, ...]:
        """Every non-time breakdown the question uses, as a breakdown or as a filter."""
        filtered = (name for name, _ in self.filters)
        return tuple(dict.fromkeys((*self.dimensions, *filtered)))

    def value_of(self, name: str) -> str | None:
        return next((value for key, value in self.filters if key == name), None)

    def with_(self, **changes: object) -> Selection:
        return replace(self, **changes)  # type: ignore[arg-type]

    def where(self) -> tuple[str, list[object]]:
        """The filters as a SQL condition over a mart and its bound values."""
        clauses: list[str] = ["TRUE"]
        values: list[object] = []
        for name, value in self.filters:
            clauses.append(f"{column_of(name, self.division)} = ?")
            values.append(value)
        return " AND ".join(clauses), values

    def sentence(self, lang: str, indicator: Indicator | None = None) -> str:
        """The question in words, for captions: ``Ségou · T1 2020 à T4 2022 · découpage 2023``."""
        parts = [self._place(lang)]
        for name, value in self.filters:
            if name not in PLACE:
                parts.append(breakdown_value(name, value, lang, indicator))
        parts += [self._breakdowns(lang), self._span(lang)]
        if "region" in self.divided_by:
            parts.append(say("selection.division", lang, year=self.division))
        return " · ".join(part for part in parts if part)

    def _place(self, lang: str) -> str:
        place = self.value_of("cercle") or self.value_of("region")
        return place_name(place or "mali", lang)

    def _breakdowns(self, lang: str) -> str:
        if not self.dimensions:
            return ""
        words = [say(f"breakdown.{name}", lang) for name in self.dimensions]
        words = [word[0].lower() + word[1:] for word in words]
        return say("selection.by", lang, words=join_words(words, lang))

    def _span(self, lang: str) -> str:
        if self.start and self.start == self.end:
            return format_period(self.start, lang)
        if self.start and self.end:
            return say(
                "selection.between",
                lang,
                start=format_period(self.start, lang, short=True),
                end=format_period(self.end, lang, short=True),
            )
        if self.start:
            return say("selection.since", lang, start=format_period(self.start, lang, short=True))
        if self.end:
            return say("selection.until", lang, end=format_period(self.end, lang, short=True))
        return ""


def column_of(name: str, division: str) -> str:
    """The mart column that carries a breakdown."""
    return f"region_{division}" if name == "region" else name


def values_of(name: str, indicator: Indicator) -> tuple[str, ...]:
    """The values a breakdown of an indicator takes; empty where the data decide."""
    if name == "kind" and indicator.kinds:
        codes = OUTCOMES if indicator.kinds == "outcome" else codes_of(indicator.kinds)
        # Of all who answered, how many did this: nothing done is not one of the things done.
        return tuple(c for c in codes if c != "none" or "kind" not in indicator.numerator_by)
    return CLOSED_VALUES.get(name, ())


def breakdown_value(
    name: str, value: str, lang: str, indicator: Indicator | None = None
) -> str:
    """A breakdown's value as a reader knows it; what a kind is depends on the indicator."""
    if name in PLACE:
        return place_name(value, lang)
    if name in TIME:
        return format_period(value, lang, short=True)
    if value == NOT_SPECIFIED:
        return place_name(value, lang)
    if name in _CODES:
        return code_label(_CODES[name], value, lang)
    if name == "since":
        return say("value.since", lang, months=value)
    if name in CLOSED_VALUES:
        return say(f"value.{name}.{value}", lang)
    if name == "kind" and indicator and indicator.kinds == "outcome":
        return say(f"value.outcome.{value}", lang)
    if name == "kind" and indicator and indicator.kinds:
        return code_label(indicator.kinds, value, lang)
    return value
