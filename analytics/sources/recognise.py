"""Which dataset a table is, where its header stands, and which column is which."""

from __future__ import annotations

from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from analytics.errors import UserError
from analytics.geography.places import normalise
from analytics.sources import kobo
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.dictionary import column_of, header_keys
from analytics.sources.personal import personal_header

#: the column by which files written by ``demo`` declare themselves
MARKER = "demonstration"
#: first column of a workbook of refused rows; what it says is not data
REASON_HEADER = "motif du refus / reason"
#: title rows above a header are rarely more than this
HEADER_SEARCH_ROWS = 25
#: below this two headers are different words, not two spellings of one
SAME_WORD = 92
#: cells with fewer letters are values, not misspelt headers
SHORTEST_WORD = 3


@dataclass(frozen=True)
class Recognition:
    """How a table maps onto a dataset.

    ``header_index`` counts the table's rows from 0; ``columns`` maps positions in the table to
    columns of the contract, ``choices`` the 0/1 columns of a question: column → position → code.
    """

    dataset: str
    header_index: int
    columns: dict[int, str]
    marker: int | None = None
    has_hxl_row: bool = False
    unknown: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    guessed: tuple[tuple[str, str], ...] = ()
    repeated: tuple[str, ...] = ()
    choices: dict[str, dict[int, str]] = field(default_factory=dict)
    #: columns that a form tool wrote for itself
    service: tuple[str, ...] = ()

    @property
    def first_data_index(self) -> int:
        return self.header_index + (2 if self.has_hxl_row else 1)


@dataclass
class _Candidate:
    dataset: str
    index: int
    columns: dict[int, str] = field(default_factory=dict)
    guessed: list[tuple[str, str]] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    choices: dict[str, dict[int, str]] = field(default_factory=dict)
    #: positions of columns that hold nothing of their own
    aside: set[int] = field(default_factory=set)
    service: list[str] = field(default_factory=list)

    @property
    def present(self) -> set[str]:
        return {*self.columns.values(), *self.choices}

    @property
    def missing(self) -> list[str]:
        present = self.present
        columns = columns_of(DATASETS[self.dataset]).values()
        return [c.name for c in columns if c.required and c.name not in present]

    @property
    def score(self) -> tuple[float, ...]:
        return (not self.missing, len(self.present) - 2 * len(self.missing), -len(self.guessed))


def recognise(sample: list[list[str | None]], file: str, dataset: str | None = None) -> Recognition:
    """Recognise a table from its first rows.

    Args:
        sample: the first rows, cells as text.
        file: what to call the table in a message.
        dataset: take it to be this dataset instead of finding out.

    Raises:
        UserError: when no dataset fits; names what is missing for the nearest one.
    """
    if dataset is not None and dataset not in DATASETS:
        near = process.extractOne(dataset, DATASETS.keys())
        raise UserError("unknown_dataset", value=dataset, suggestion=near[0] if near else "")
    candidates = [
        _match(name, index, row)
        for index, row in enumerate(sample[:HEADER_SEARCH_ROWS])
        if sum(bool(cell and cell.strip()) for cell in row) >= 2
        for name in ([dataset] if dataset else DATASETS)
    ]
    if not candidates:
        raise UserError("empty_table", file=file)
    best = max(candidates, key=lambda c: (*c.score, -c.index))
    if best.missing:
        if len(best.present) < 2:
            raise UserError("not_recognised", file=file)
        raise UserError(
            "columns_missing", file=file, dataset=best.dataset, missing=", ".join(best.missing)
        )
    header = sample[best.index]
    rest = [
        (position, cell.strip())
        for position, cell in enumerate(header)
        if position not in best.columns and position not in best.aside and cell and cell.strip()
    ]
    marker = next((p for p, cell in rest if normalise(cell) == MARKER), None)
    others = [
        cell
        for position, cell in rest
        if position != marker and cell not in best.repeated and cell != REASON_HEADER
    ]
    following = sample[best.index + 1] if best.index + 1 < len(sample) else []
    return Recognition(
        dataset=best.dataset,
        header_index=best.index,
        columns=best.columns,
        marker=marker,
        has_hxl_row=_is_hxl(following),
        unknown=tuple(cell for cell in others if not personal_header(cell)),
        personal=tuple(cell for cell in others if personal_header(cell)),
        guessed=tuple(best.guessed),
        repeated=tuple(best.repeated),
        choices=best.choices,
        service=tuple(best.service),
    )


def _match(dataset: str, index: int, row: list[str | None]) -> _Candidate:
    keys = header_keys(dataset)
    found = _Candidate(dataset, index)
    taken: set[str] = set()
    unmatched: list[tuple[int, str]] = []
    for position, cell in enumerate(row):
        text = (cell or "").strip()
        if not text:
            continue
        if kobo.is_service(text, dataset):
            found.service.append(text)
            found.aside.add(position)
            continue
        name = column_of(dataset, text)
        if name is None:
            unmatched.append((position, text))
        elif name in taken:
            found.repeated.append(text)
        else:
            taken.add(name)
            found.columns[position] = name
    unmatched = _match_questions(found, unmatched, taken)
    # Spelling mistakes are forgiven only for columns the file would otherwise lack.
    for position, text in unmatched:
        if sum(map(str.isalpha, text)) < SHORTEST_WORD:
            continue
        near = process.extractOne(
            normalise(text), keys.keys(), scorer=fuzz.ratio, score_cutoff=SAME_WORD
        )
        if near and keys[near[0]] not in taken and not personal_header(text):
            taken.add(keys[near[0]])
            found.columns[position] = keys[near[0]]
            found.guessed.append((text, keys[near[0]]))
    return found


def _match_questions(
    found: _Candidate, unmatched: list[tuple[int, str]], taken: set[str]
) -> list[tuple[int, str]]:
    """Headers as form tools write them; what is left is none of these."""
    export = len(found.service) >= kobo.SIGNS_OF_EXPORT
    left: list[tuple[int, str]] = []
    choices: list[tuple[int, kobo.Question]] = []
    for position, text in unmatched:
        question = kobo.question(text, found.dataset, export=export)
        if question is None:
            left.append((position, text))
        elif question.code is not None:
            choices.append((position, question))
            found.aside.add(position)
        elif question.column in taken:
            found.repeated.append(text)
        else:
            taken.add(question.column)
            found.columns[position] = question.column
    for position, question in choices:
        # Where the answers stand in one cell as well, that cell says it all.
        if question.column not in found.columns.values():
            assert question.code is not None
            taken.add(question.column)
            found.choices.setdefault(question.column, {})[position] = question.code
    return left


def _is_hxl(row: list[str | None]) -> bool:
    cells = [cell.strip() for cell in row if cell and cell.strip()]
    return bool(cells) and sum(cell.startswith("#") for cell in cells) * 2 > len(cells)
