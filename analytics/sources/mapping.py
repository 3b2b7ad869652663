"""Mappings: a partner's layout → ours, declared in YAML and chosen by its headers.

A mapping moves and renames text; it never judges a value. What it does not know passes through as
it is and is refused by the ordinary check, at its cell, with the nearest match.
``docs/mappings.md`` tells how to write one; those shipped stand in ``data/mappings``.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator
from rapidfuzz import fuzz, process

from analytics.declared import read_yaml
from analytics.errors import UserError
from analytics.geography.places import normalise
from analytics.indicator import Frozen
from analytics.settings import PROJECT
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.files import Table
from analytics.sources.personal import personal_header, personal_text
from analytics.sources.recognise import HEADER_SEARCH_ROWS, SAME_WORD
from analytics.text import Text

SHIPPED = PROJECT / "data" / "mappings"


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Headers = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""Accepted spellings of one header of theirs, best first."""


class Source(Frozen):
    """Where one column of ours comes from. Exactly one of the first eight says it.

    Attributes:
        header: one of their columns (alias ``from`` in YAML).
        joined: several columns, joined by ``separator`` into one text (a composite code).
        added: several columns of numbers, added up; blanks count as nothing unless all are.
        first: the first of several columns that is not blank.
        choices: the prefix of 0/1 columns, one a code (``adaptations`` → ``adaptations/masks``).
        written: headers of a wide table (see ``Wide``): ``header`` or ``value``.
        numbered: a prefix before the row's number, for files whose records have no code.
        constant: the same text in every row; said in a warning.
        default: what a blank means; said in a warning.
        values: their value → ours (spelling aside).
        unit: what one of theirs is worth in ours: 1000 for thousands of francs.
    """

    header: Headers = Field(default=(), alias="from")
    joined: tuple[str, ...] = ()
    separator: str = "-"
    added: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    choices: str = ""
    written: Literal["", "header", "value"] = ""
    numbered: str = ""
    constant: str | None = None
    default: str | None = None
    values: dict[str, str] = Field(default_factory=dict)
    unit: float = 1

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        told = (self.header, self.joined, self.added, self.first, self.choices, self.written,
                self.numbered, self.constant is not None)  # fmt: skip
        if sum(map(bool, told)) != 1:
            raise ValueError(
                "one of: from, joined, added, first, choices, written, numbered, constant"
            )
        return self

    @property
    def wanted(self) -> tuple[tuple[str, ...], ...]:
        """The headers it cannot do without, each with its accepted spellings."""
        if self.header:
            return (self.header,)
        return tuple((name,) for name in (*self.joined, *self.added, *self.first))


def _short_form(value: Any) -> Any:
    """``region: Région`` is short for ``region: {from: [Région]}``."""
    return {"from": value} if isinstance(value, (str, list)) else value


class Wide(Frozen):
    """One column a month (or date) → one record a column; ``columns`` matches their headers."""

    columns: str = r".*\d.*"


class Part(Frozen):
    """A column worked out from the rows of a meeting ledger.

    ``how``: ``members`` (rows of the last meeting), ``present`` (those of them whose cell says
    yes), ``holders`` (those with more than nothing), ``balance`` (their sum), ``once`` (what is
    written for the whole group at that meeting), ``cumulative`` (sum since the cycle began).
    """

    how: Literal["members", "present", "holders", "balance", "once", "cumulative"]
    header: Headers = Field(default=(), alias="from")
    where: dict[str, Headers] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_a_column(self) -> Part:
        if bool(self.header) == (self.how == "members"):
            raise ValueError("every part but `members` is taken from a column")
        return self


class Ledger(Frozen):
    """One row a member and meeting → one record a group and ``period``; members are not kept."""

    group: Headers
    meeting: Headers
    member: Headers
    cycle: Headers = ()
    period: Literal["meeting", "month"] = "month"
    parts: dict[str, Part]


class TableMapping(Frozen):
    """How one dataset is made from a table."""

    dataset: Literal[tuple(DATASETS)]  # type: ignore[valid-type]
    columns: dict[str, Annotated[Source, BeforeValidator(_short_form)]] = Field(
        default_factory=dict
    )
    #: only rows with one of these values (header → values); others are left aside, and said
    only: dict[str, Headers] = Field(default_factory=dict)
    #: rows with one of these values (totals, notes) are left aside, and said
    skip: dict[str, Headers] = Field(default_factory=dict)
    #: a register repeated on every line: equal records count once
    distinct: bool = False
    wide: Wide | None = None
    ledger: Ledger | None = None

    @model_validator(mode="after")
    def _columns_are_ours(self) -> TableMapping:
        known = columns_of(DATASETS[self.dataset])
        given = {*self.columns, *(self.ledger.parts if self.ledger else ())}
        for name in given - set(known):
            near = process.extractOne(name, known.keys())
            raise ValueError(f"{self.dataset} has no column {name}; nearest: {near and near[0]}")
        if self.ledger:
            given |= set(DATASETS[self.dataset].key)
        lacking = [c.name for c in known.values() if c.required and c.name not in given]
        if lacking:
            raise ValueError(f"{self.dataset} needs {', '.join(lacking)}")
        return self


class Mapping(Frozen):
    """One layout.

    Attributes:
        signature: headers that must all be there for the layout to be recognised.
        sheet: only sheets whose name matches (``Relev*``).
        header_row: where the header stands, from 1; found where not given.
    """

    id: str
    title: Text
    signature: tuple[str, ...] = ()
    sheet: str = "*"
    header_row: int | None = Field(default=None, ge=1)
    tables: tuple[TableMapping, ...] = Field(min_length=1)


def load(path: Path) -> Mapping:
    """The mapping in a YAML file; its name is the file's where it has none.

    Raises:
        UserError: naming the file, the place in it and what was expected.
    """
    try:
        declared = read_yaml(path)
    except FileNotFoundError:
        raise UserError("file_missing", file=path.name) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f"l. {line + 1}" if line is not None else "–"
        raise UserError("mapping_wrong", file=path.name, where=where, what="YAML") from None
    if not isinstance(declared, dict):
        raise UserError("mapping_wrong", file=path.name, where="–", what="id, title, tables")
    try:
        return Mapping.model_validate({"id": path.stem, **declared})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "–"
        what = first["msg"].removeprefix("Value error, ")
        raise UserError("mapping_wrong", file=path.name, where=where, what=what) from None


@cache
def shipped() -> tuple[Mapping, ...]:
    """The layouts that come with the product, by name."""
    return tuple(load(path) for path in sorted(SHIPPED.glob("*.yaml")))


def named(text: str, saved: Sequence[Mapping]) -> Mapping:
    """What ``--mapping`` names: a YAML file, or the id of a saved or shipped mapping.

    Raises:
        UserError: naming the nearest id.
    """
    if Path(text).suffix.lower() in (".yaml", ".yml"):
        return load(Path(text))
    known = {found.id: found for found in (*shipped(), *saved)}
    if text not in known:
        near = process.extractOne(text, known.keys())
        raise UserError("mapping_unknown", value=text, suggestion=near[0] if near else "")
    return known[text]


def match(table: Table, mappings: Sequence[Mapping]) -> Mapping | None:
    """The mapping whose signature the table bears; the longest where several do."""
    fitting = [
        found
        for found in mappings
        if found.signature
        and fits_sheet(table, found)
        and not header_of(table, found, [(name,) for name in found.signature])[2]
    ]
    return max(fitting, key=lambda found: len(found.signature), default=None)


def fits_sheet(table: Table, mapping: Mapping) -> bool:
    return table.sheet is None or fnmatch.fnmatch(normalise(table.sheet), _glob(mapping.sheet))


def _glob(pattern: str) -> str:
    return "*".join(normalise(part) for part in pattern.split("*"))


def header_key(text: str) -> str:
    """A header as compared: without accents, case, or the ``group/`` a phone form puts before."""
    return normalise(text.rsplit("/", 1)[-1])


def header_of(
    table: Table, mapping: Mapping, wanted: Sequence[tuple[str, ...]]
) -> tuple[int, dict[str, int], list[tuple[str, ...]]]:
    """The header row of a table, as far as ``wanted`` headers are found in it.

    Returns:
        its index from 0, normalised header → position, and the wanted ones that are missing.
    """
    rows = list(enumerate(table.sample[:HEADER_SEARCH_ROWS]))
    if mapping.header_row:
        rows = rows[mapping.header_row - 1 : mapping.header_row]
    best: tuple[int, dict[str, int], list[tuple[str, ...]]] = (0, {}, list(wanted))
    for index, cells in rows:
        found: dict[str, int] = {}
        for position, cell in enumerate(cells):
            for key in (normalise(cell or ""), header_key(cell or "")):
                if key:
                    found.setdefault(key, position)
        missing = [names for names in wanted if position_of(names, found) is None]
        if len(missing) < len(best[2]) or not best[1]:
            best = (index, found, missing)
    return best


def position_of(names: Sequence[str], found: dict[str, int]) -> int | None:
    """Where one of the accepted spellings stands; a near spelling will do."""
    for name in names:
        if (position := found.get(normalise(name))) is not None:
            return position
    for name in names:
        near = process.extractOne(
            normalise(name), found.keys(), scorer=fuzz.ratio, score_cutoff=SAME_WORD
        )
        if near:
            return found[near[0]]
    return None


def save(mapping: Mapping, folder: Path) -> Path:
    """Keep a mapping for next time, as ``<folder>/<id>.yaml``."""
    folder.mkdir(parents=True, exist_ok=True)
    target = _kept_as(mapping, folder)
    draft = target.with_suffix(".draft")
    draft.write_text(written(mapping), "utf-8")
    draft.replace(target)
    return target


def delete(mapping: Mapping, folder: Path) -> None:
    """Forget a mapping that was saved in ``folder``; one already gone is no error."""
    _kept_as(mapping, folder).unlink(missing_ok=True)


def written(mapping: Mapping) -> str:
    """The mapping as YAML, as ``load`` reads it."""
    content = mapping.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _kept_as(mapping: Mapping, folder: Path) -> Path:
    return folder / f"{normalise(mapping.id) or 'mapping'}.yaml"


def header_line(sample: Sequence[Sequence[str | None]]) -> int:
    """Where the header most likely stands, from 1: the first row with the most words in it."""
    words = [
        sum(bool(cell and re.search(r"[^\W\d_]{2}", cell)) for cell in row)
        for row in sample[:HEADER_SEARCH_ROWS]
    ]
    return 1 + words.index(max(words)) if words else 1


def headers_of(sample: Sequence[Sequence[str | None]], line: int) -> tuple[str, ...]:
    """The headers in row ``line`` (from 1) that may be read: none that would hold or is a person's.

    A header is written into the mapping; a row of data taken for headers must not be.
    """
    row = sample[line - 1] if line <= len(sample) else ()
    given = [cell.strip() for cell in row if cell and cell.strip()]
    return tuple(
        dict.fromkeys(
            cell for cell in given if not (personal_header(cell) or personal_text(cell))
        )
    )


def suggest(headers: Sequence[str], dataset: str) -> dict[str, tuple[str, int]]:
    """For each column of a dataset the header nearest to it, and how near (0–100)."""
    from analytics.sources.dictionary import header_keys

    spellings: dict[str, list[str]] = {}
    for spelling, name in header_keys(dataset).items():
        spellings.setdefault(name, []).append(spelling)
    keys = {header_key(header): header for header in headers if header.strip()}
    found: dict[str, tuple[str, int]] = {}
    for name, known in spellings.items():
        ranked = [
            (near[1], keys[near[0]])
            for spelling in known
            if (near := process.extractOne(spelling, keys.keys(), scorer=fuzz.token_sort_ratio))
        ]
        if ranked:
            score, header = max(ranked)
            found[name] = (header, round(score))
    return found
