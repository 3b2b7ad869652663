"""What codes are called: the leaf under the column dictionary, for whoever must name a value.

The texts stand in ``data/dictionary/columns.yaml``; ``sources.dictionary`` checks the whole file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from analytics.declared import read_yaml

DICTIONARY = Path(__file__).parents[2] / "data" / "dictionary" / "columns.yaml"


@cache
def dictionary_file() -> dict[str, Any]:
    """The column dictionary as it is written."""
    found: dict[str, Any] = read_yaml(DICTIONARY)
    return found


def codes_of(column: str) -> tuple[str, ...]:
    """The codes of a column (``sex``, or ``kind@contribution``), in the order of the dictionary.

    Raises:
        KeyError: for a column without codes.
    """
    return tuple(dictionary_file()["codes"][column])


def code_label(column: str, code: str, lang: str) -> str:
    """A code in the reader's language; the code itself where the dictionary has none."""
    found = dictionary_file()["codes"][column].get(code)
    return found[lang] if found else code
