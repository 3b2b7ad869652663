"""The column dictionary: what each column and code is called and means, in both languages.

The texts stand in ``data/dictionary/columns.yaml``; types and rules in ``contracts``. A column
that means different things in two datasets is described as ``name@dataset``.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from pydantic import BaseModel, ConfigDict

from analytics.geography.places import normalise
from analytics.sources.contracts import DATASETS, columns_of
from analytics.text import Text
from analytics.text.codes import dictionary_file


class DatasetText(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text
    description: Text
    grain: Text


class ColumnText(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Text
    definition: Text
    synonyms: tuple[str, ...] = ()


class Dictionary(BaseModel):
    """Everything ``columns.yaml`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    datasets: dict[str, DatasetText]
    columns: dict[str, ColumnText]
    codes: dict[str, dict[str, Text]]
    values: dict[str, tuple[str, ...]] = {}

    def column(self, dataset: str, name: str) -> ColumnText:
        return self.columns.get(f"{name}@{dataset}") or self.columns[name]

    def code_labels(self, dataset: str, column: str) -> dict[str, Text]:
        return self.codes.get(f"{column}@{dataset}") or self.codes[column]

    def label(self, dataset: str, column: str, code: str, lang: str) -> str:
        """A code in the reader's language."""
        return self.code_labels(dataset, column)[code][lang]


@cache
def dictionary() -> Dictionary:
    return Dictionary.model_validate(dictionary_file())


@cache
def header_keys(dataset: str) -> dict[str, str]:
    """Every header (normalised) under which a column of ``dataset`` may arrive → column."""
    keys: dict[str, str] = {}
    for name in columns_of(DATASETS[dataset]):
        text = dictionary().column(dataset, name)
        for header in (*text.synonyms, text.label.fr, text.label.en):
            keys.setdefault(normalise(header), name)
    # A column's own name outranks any synonym of another column.
    keys.update({normalise(name): name for name in columns_of(DATASETS[dataset])})
    return keys


def column_of(dataset: str, header: str) -> str | None:
    """The column of ``dataset`` that a header stands for, spelt as people do; None for none."""
    exact = header_keys(dataset).get(normalise(header))
    return exact or _stems(dataset).get(_stem(header))


#: words that change nothing: "Nbre de femmes", "Nombre femmes", "Solde de la caisse (FCFA)"
_FILLERS = frozenset({"de", "du", "des", "d", "la", "le", "les", "l", "of", "the"})
_UNIT = re.compile(r"(-en|-in)?-(f-?cfa|xof|cfa|francs?(-cfa)?)$")
_SHORT = {"nb": "nombre", "nbre": "nombre", "nbr": "nombre", "nbres": "nombre",
          "mt": "montant", "mnt": "montant", "num": "numero", "nr": "numero"}  # fmt: skip


@lru_cache(maxsize=50_000)
def _stem(header: str) -> str:
    words = _UNIT.sub("", normalise(header)).split("-")
    return "-".join(_SHORT.get(word, word) for word in words if word not in _FILLERS)


@cache
def _stems(dataset: str) -> dict[str, str]:
    """The stems of all headers; one that two columns share says nothing and is left out."""
    found: dict[str, set[str]] = {}
    for header, name in header_keys(dataset).items():
        found.setdefault(_stem(header), set()).add(name)
    return {stem: next(iter(names)) for stem, names in found.items() if stem and len(names) == 1}


@cache
def code_keys(dataset: str, column: str) -> dict[str, str]:
    """Every spelling (normalised) of a code of ``column`` → code."""
    codes = columns_of(DATASETS[dataset])[column].codes
    keys: dict[str, str] = {}
    for code in codes:
        label = dictionary().code_labels(dataset, column)[code]
        for spelling in (*dictionary().values.get(code, ()), label.fr, label.en):
            keys.setdefault(normalise(spelling), code)
    keys.update({normalise(code): code for code in codes})
    return keys
