"""Cells as partners write them → values of the contract.

Only values that a plain SQL cast cannot read come here, each distinct one once; so these
functions may take their time and be careful.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from babel.dates import get_month_names
from rapidfuzz import fuzz, process

from analytics.geography.places import PlaceError, normalise, place_name, resolve
from analytics.period import parse_period
from analytics.sources.contracts import Column
from analytics.sources.dictionary import code_keys, dictionary

#: how people write "nothing here"; blank, never zero
BLANKS = frozenset({"", "-", "--", "–", "—", "null", "n/a", "na", "nd", "n.d.", "#n/a"})
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
_CURRENCY = re.compile(r"(f\s?cfa|fcfa|xof|cfa|francs?|f)\.?$", re.IGNORECASE)
_EXCEL_EPOCH = dt.date(1899, 12, 30)


@dataclass(frozen=True)
class Problem:
    """Why a value is refused: rule code and the nearest accepted value, if any."""

    rule: str
    suggestion: str | None = None


Converted = str | float | dt.date | bool | None | Problem


def is_blank(text: str | None) -> bool:
    return text is None or text.strip().lower() in BLANKS


def parse_number(text: str) -> float:
    """``1 234,5``, ``1.234.567``, ``12 500 FCFA``, ``(300)``, ``1,234`` (thousands) → number.

    Raises:
        ValueError: when it is not a number.
    """
    raw = _CURRENCY.sub("", _SPACES.sub("", text.strip()))
    negative = raw.startswith("(") and raw.endswith(")")
    raw = raw.strip("()").replace("−", "-")
    last_comma, last_dot = raw.rfind(","), raw.rfind(".")
    if last_comma >= 0 and last_dot >= 0:
        thousands, decimal = (",", ".") if last_dot > last_comma else (".", ",")
        raw = raw.replace(thousands, "").replace(decimal, ".")
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+", raw) or raw.count(",") > 1:
        # Whole francs have no decimals, so three digits after a comma are thousands.
        raw = raw.replace(",", "")
    elif raw.count(".") > 1:
        raw = raw.replace(".", "")
    else:
        raw = raw.replace(",", ".")
    number = float(raw)
    if not math.isfinite(number):
        raise ValueError(text)
    return -number if negative else number


def parse_date(text: str) -> dt.date:
    """ISO, ``31/12/2022``, ``31-12-22``, ``31 décembre 2022`` or a spreadsheet serial → date.

    Days come before months, as everywhere in francophone Africa.

    Raises:
        ValueError: when it is not a date.
    """
    raw = text.strip()
    if re.fullmatch(r"\d{5}(\.\d+)?", raw):
        return _EXCEL_EPOCH + dt.timedelta(days=int(float(raw)))
    if match := re.match(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$", raw):
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    if match := re.match(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{2}|\d{4})(?:[T ].*)?$", raw):
        return dt.date(_full_year(match[3]), int(match[2]), int(match[1]))
    if match := re.match(r"(\d{1,2})(?:er)?[-/ ]+([^\W\d]+)\.?[-/ ,]+(\d{2}|\d{4})$", raw):
        return dt.date(_full_year(match[3]), _month_number(match[2]), int(match[1]))
    raise ValueError(text)


def parse_month(text: str) -> str:
    """A month label ``2022-01`` from a label, a date or ``janvier 2022``."""
    raw = text.strip()
    if re.fullmatch(r"\d{4}-\d{2}", raw):
        return parse_period(raw).label
    if match := re.match(r"([^\W\d]+)\.?[-/ ]+(\d{2}|\d{4})$", raw):
        return f"{_full_year(match[2])}-{_month_number(match[1]):02d}"
    day = parse_date(raw)
    return f"{day.year}-{day.month:02d}"


def _full_year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _month_number(word: str) -> int:
    key = normalise(word)
    for locale in ("fr", "en"):
        for number, name in get_month_names("wide", locale=locale).items():
            full = normalise(name)
            # "juin" and "juillet" share three letters, so a short form needs four of them.
            if key == full or (len(key) >= 3 and full.startswith(key) and key != "jui"):
                return number
    raise ValueError(word)


def converter(dataset: str, column: Column) -> Callable[[str], Converted]:
    """The function that reads one distinct, non-blank cell of ``column``."""
    readers: dict[str, Callable[[str], Converted]] = {
        "whole": lambda text: _whole(text, column),
        "number": parse_number,
        "date": parse_date,
        "month": _month,
        "boolean": lambda text: _boolean(dataset, column, text),
        "code": lambda text: _code(dataset, column, text),
        "codes": lambda text: _codes(dataset, column, text),
        "region": lambda text: _place(text, "region"),
        "cercle": lambda text: _place(text, "cercle"),
        "place": lambda text: _place(text, None),
    }
    read = readers.get(column.kind, str.strip)
    rules = {"date": "not_a_date", "month": "not_a_month"}

    def convert(text: str) -> Converted:
        if is_blank(text) and column.kind not in ("identifier", "text"):
            return None
        try:
            return read(text)
        except (ValueError, OverflowError):
            return Problem(rules.get(column.kind, "not_a_number"))

    return convert


def _whole(text: str, column: Column) -> Converted:
    if column.amount and re.fullmatch(r"-?\d{1,3}(\.\d{3})+", text.strip()):
        # Francs have no decimals: three digits after a point are thousands.
        text = text.replace(".", "")
    number = parse_number(text)
    if abs(number) > 1e15:
        return Problem("number_too_large")
    if number != round(number) and not column.amount:
        return Problem("not_a_whole_number", str(round(number)))
    return number


def _month(text: str) -> Converted:
    try:
        return parse_month(text)
    except Exception:  # a label such as 2022-13 is no month either
        return Problem("not_a_month")


def _boolean(dataset: str, column: Column, text: str) -> Converted:
    key = normalise(text)
    for value, code in ((True, "true"), (False, "false")):
        label = dictionary().code_labels(dataset, column.name)[code]
        told = (*dictionary().values.get(code, ()), label.fr, label.en)
        spellings = {normalise(word) for word in told}
        if key in spellings | {code}:
            return value
    return Problem("not_yes_or_no")


def _code(dataset: str, column: Column, text: str) -> Converted:
    keys = code_keys(dataset, column.name)
    key = normalise(text)
    if key in keys:
        return keys[key]
    near = process.extractOne(key, keys.keys(), scorer=fuzz.WRatio, score_cutoff=70)
    return Problem("unknown_code", keys[near[0]] if near else None)


def _codes(dataset: str, column: Column, text: str) -> Converted:
    whole = _code(dataset, column, text)
    if not isinstance(whole, Problem):
        return whole
    # Kobo separates codes by spaces, people separate words by commas.
    listed = re.search(r"[;,|]", text)
    parts = re.split(r"[;,|]+" if listed else r"\s+", text.strip())
    codes = [_code(dataset, column, part.strip()) for part in parts if part.strip()]
    wrong = next((code for code in codes if isinstance(code, Problem)), None)
    if wrong is not None:
        codes = [] if listed else _labels(dataset, column, text)
    # In the contract's order: however it was exported, the same answer is the same cell.
    return " ".join(sorted(set(map(str, codes)), key=column.codes.index)) if codes else wrong


def _labels(dataset: str, column: Column, text: str) -> list[Converted]:
    """Labels of several words with nothing but spaces between them, as Kobo exports them.

    ``Fabrication de savon Achat groupé`` → its two codes; nothing when a word is left over.
    """
    keys = code_keys(dataset, column.name)
    words = normalise(text).split("-")
    codes: list[Converted] = []
    while words:
        # The longest first: "Autre adaptation" is one answer.
        ends = range(len(words), 0, -1)
        end = next((end for end in ends if "-".join(words[:end]) in keys), None)
        if end is None:
            return []
        codes.append(keys["-".join(words[:end])])
        words = words[end:]
    return codes


def _place(text: str, level: str | None) -> Converted:
    try:
        return resolve(text, level=level).place
    except PlaceError as error:
        rule = {"region": "unknown_region", "cercle": "unknown_cercle"}.get(
            level or "", "unknown_place"
        )
        near = error.suggestions[0] if error.suggestions else None
        return Problem(rule, place_name(near, "fr") if near else None)
