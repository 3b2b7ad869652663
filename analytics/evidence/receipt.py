"""The receipt of a number: one short text that says what was asked, of which version, and a
checksum of the answer. Nothing is stored for it, so that whoever sees a number can hand it in.

``r-savings_per_member.quarter.group_type-women_only.to-2022-Q4.5c1f09ab.9b2e77d04f`` reads:
indicator, breakdowns, filters, periods, then eight digits of the version and ten of the answer
(the last two guard against a slip of the pen). ``r-claim.<claim id>.…`` is a claim's.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import quote, unquote

from analytics.errors import UserError
from analytics.estimates.estimate import Estimates
from analytics.indicator import Breakdown, Indicator, indicator
from analytics.selection import Selection

CLAIM = "claim"
_FORM = re.compile(
    r"r-(?P<head>\S+)\.(?P<build>[0-9a-f]{8})\.(?P<answer>[0-9a-f]{8})(?P<check>[0-9a-f]{2})"
)
#: sums of fractions differ in their last digits with the order of addition: nine are compared. The
#: steps begin beside the round numbers, or halves and tenths would fall now here, now there.
_DIGITS, _BESIDE = 9, 0.2718
_NOTHING = 1e-12


@dataclass(frozen=True)
class Receipt:
    """What a receipt says.

    Attributes:
        subject: the indicator's id, or ``claim``.
        selection: the question; of a claim only its role.
        claim: the claim's id, where it is one.
        build: mark of the version asked (see :func:`build_mark`).
        answer: checksum of what was answered.
    """

    subject: str
    selection: Selection
    build: str
    answer: str
    claim: str | None = None

    @property
    def id(self) -> str:
        asked = self.claim if self.claim is not None else self.selection
        text = f"r-{head(self.subject, asked, self.selection.role)}.{self.build}.{self.answer}"
        return text + _digest(text)[:2]

    @property
    def indicator(self) -> Indicator:
        return indicator(self.subject)


def head(subject: str, asked: Selection | str, role: str | None = None) -> str:
    """A question in one word: indicator, breakdowns, filters, periods; or a claim's id."""
    if isinstance(asked, str):
        tokens = [_safe(asked)]
    else:
        role = asked.role
        tokens = [
            *asked.by,
            *(f"{name}-{_safe(value)}" for name, value in asked.filters),
            *([f"from-{asked.start}"] if asked.start else []),
            *([f"to-{asked.end}"] if asked.end else []),
            *([f"d{asked.division}"] if asked.division != "2023" else []),
        ]
    return ".".join((subject, *tokens, *(["staff"] if role == "staff" else [])))


def receipt_of(answer: Estimates) -> Receipt:
    """The receipt of an answer to a question about an indicator.

    An open question is pinned to the periods that were answered: what came later is no change.
    """
    asked = answer.selection
    if answer.period and not asked.time:
        asked = asked.with_(start=answer.period.label, end=answer.period.label)
    elif asked.time and not asked.end and answer.rows:
        asked = asked.with_(end=max(row.keys[asked.time] for row in answer))
    return Receipt(answer.indicator.id, asked, build_mark(answer.build.build_id), digest_of(answer))


def receipt_of_claim(claim: Mapping[str, Any], role: str, build_id: str) -> Receipt:
    """The receipt of a claim, given as the contract's JSON object, in the form a role sees."""
    return Receipt(
        CLAIM,
        Selection(role="public" if role == "public" else "staff"),
        build_mark(build_id),
        digest_of_claim(claim),
        claim=str(claim["id"]),
    )


def digest_of(answer: Estimates) -> str:
    """Checksum of the cells of an answer, whatever their order; "no data" is no cell."""
    rows = [
        [
            sorted(row.keys.items()), row.status, *map(_settled, (
                row.value, row.low, row.high, row.median, row.numerator, row.denominator,
                row.coverage,
            )), row.n_groups, row.n_people, row.bound,
        ]
        for row in answer
        if row.status != "no_data"
    ]  # fmt: skip
    return _digest(json.dumps(sorted(rows, key=str)))[:8]


def digest_of_claim(claim: Mapping[str, Any]) -> str:
    """Checksum of what a claim says; its receipt is no part of it."""
    told = {name: value for name, value in claim.items() if name != "receipt"}
    return _digest(json.dumps(_settled(told), sort_keys=True, default=list))[:8]


def build_mark(build_id: str) -> str:
    """Eight digits that stand for a version."""
    return _digest(build_id)[:8]


def parse(text: str) -> Receipt:
    """Read a receipt's id.

    Raises:
        UserError: when it is none, was mistyped, or names what does not exist.
    """
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise UserError("receipt_form", value=text[:200])
    body = text.strip()[:-2]
    if _digest(body)[:2] != found["check"]:
        raise UserError("receipt_mistyped", value=text[:200])
    subject, *tokens = found["head"].split(".")
    if subject == CLAIM:
        role = "staff" if tokens[1:] == ["staff"] else "public"
        return Receipt(CLAIM, Selection(role=role), found["build"], found["answer"],
                       claim=unquote(tokens[0]) if tokens else "")  # fmt: skip
    return Receipt(indicator(subject).id, selection_of(tokens, text), found["build"],
                   found["answer"])  # fmt: skip


def selection_of(tokens: list[str], text: str) -> Selection:
    """The selection that the words of a :func:`head` name, after its first.

    Raises:
        UserError: for a word that means nothing, or a selection that cannot be.
    """
    by, filters, told = [], [], {}
    for token in tokens:
        name, dash, value = token.partition("-")
        if token in get_args(Breakdown):
            by.append(token)
        elif token == "staff":
            told["role"] = token
        elif token == "d2012":
            told["division"] = "2012"
        elif dash and name in ("from", "to"):
            told["start" if name == "from" else "end"] = value
        elif dash and name in get_args(Breakdown):
            filters.append((name, unquote(value)))
        else:
            raise UserError("receipt_form", value=text[:200])
    return Selection(by=tuple(by), filters=tuple(filters), **told)


def _safe(value: str) -> str:
    """A value without the signs that part a receipt, fit for an address and a shell."""
    return quote(value, safe="").replace(".", "%2E")


def _settled(value: Any) -> Any:
    if isinstance(value, float):
        if not abs(value) >= _NOTHING or math.isinf(value):
            return 0.0 if abs(value) < _NOTHING else str(value)
        exponent = _DIGITS - 1 - math.floor(math.log10(abs(value)))
        return f"{math.floor(value * 10.0**exponent + _BESIDE)}e{-exponent}"
    if isinstance(value, dict):
        return {name: _settled(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_settled(part) for part in value]
    return value


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
