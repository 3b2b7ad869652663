"""The data dictionary as a document: every dataset, column, code and indicator, in both languages.

    python -m analytics.publishing.dictionary      writes docs/dictionary.md (``make docs``)

Everything comes from the contracts, the column dictionary and the indicators; a test fails while
the document differs from them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

from analytics.indicator import Indicator, indicators
from analytics.sources.contracts import DATASETS, EARLIEST_OWN_DATE, Column, Contract, columns_of
from analytics.sources.dictionary import dictionary
from analytics.text import LANGS, Text, say
from analytics.text.numbers import format_value

DOCUMENT = Path(__file__).parents[2] / "docs" / "dictionary.md"


def _text(fr: str, en: str) -> Text:
    return Text(fr=fr, en=en)


#: how the kind of a column is called
KINDS: dict[str, Text] = {
    "identifier": _text("identifiant", "identifier"),
    "text": _text("texte", "text"),
    "region": _text("région : nom ou code court", "region: name or slug"),
    "cercle": _text("cercle : nom ou code court", "cercle: name or slug"),
    "place": _text(
        "pays, région ou cercle : nom ou code court", "country, region or cercle: name or slug"
    ),
    "month": _text("mois AAAA-MM", "month YYYY-MM"),
    "date": _text("date AAAA-MM-JJ", "date YYYY-MM-DD"),
    "whole": _text("nombre entier", "whole number"),
    "number": _text("nombre", "number"),
    "boolean": _text("oui ou non (true, false)", "yes or no (true, false)"),
    "code": _text("un code", "one code"),
    "codes": _text("un ou plusieurs codes séparés par des espaces",
                   "one or more codes separated by spaces"),
}  # fmt: skip

_TODAY = _text("aujourd’hui", "today")
_CODES = _text("voir les codes plus bas", "codes listed below")
_UNITS = {"amount": _text("francs CFA entiers", "whole XOF"), "percent": _text("pour cent", "%")}
_YES = _text("oui", "yes")
_NO = _text("non", "no")


def kind_text(column: Column, lang: str) -> str:
    """What form a cell of the column has: ``date AAAA-MM-JJ``, ``un code``."""
    return KINDS[column.kind][lang]


def bounds_text(contract: type[Contract], column: Column, lang: str) -> str:
    """Unit and bounds of a column: ``francs CFA entiers, ≥ 0``; empty where there are none."""
    parts = []
    if column.amount:
        parts.append(_UNITS["amount"][lang])
    if column.name.endswith("_pct"):
        parts.append(_UNITS["percent"][lang])
    if column.minimum is not None and column.maximum is not None:
        parts.append(f"{column.minimum:g}–{column.maximum:g}")
    elif column.minimum is not None:
        parts.append(f"≥ {column.minimum:g}")
    if column.above is not None:
        parts.append(f"> {column.above:g}")
    if column.kind == "date":
        if contract.own:
            parts.append(f"≥ {EARLIEST_OWN_DATE}")
        if column.past:
            parts.append(f"≤ {_TODAY[lang]}")
    return ", ".join(parts)


def dictionary_markdown() -> str:
    """The whole document, French first and English beside it."""
    lines = [
        "# Dictionnaire des données · Data dictionary",
        "",
        "Ce document est produit par `make docs` à partir des contrats et des indicateurs : ne "
        "pas le modifier à la main. Fichiers CSV en UTF-8, une ligne d’en-tête portant ces noms "
        "de colonnes ; lieux par nom ou code court ; francs CFA sans décimales.",
        "",
        "This document is made by `make docs` from the contracts and the indicators: do not edit "
        "it by hand. CSV files in UTF-8, one header row with these column names; places by name "
        "or slug; XOF without decimals.",
        "",
        "## Jeux de données · Datasets",
        "",
        *_table(
            ("", "Français", "English"),
            (
                (f"[`{name}`](#{name})", *_both(dictionary().datasets[name].title))
                for name in DATASETS
            ),
        ),
    ]
    for name, contract in DATASETS.items():
        lines += _dataset(name, contract)
    lines += ["## Indicateurs · Indicators", ""]
    for theme, members in groupby(indicators().values(), key=lambda found: found.theme):
        lines += [f"### {' · '.join(say(f'theme.{theme}', lang) for lang in LANGS)}", ""]
        for found in members:
            lines += _indicator(found)
    return "\n".join(lines).rstrip() + "\n"


def _dataset(name: str, contract: type[Contract]) -> list[str]:
    text, columns = dictionary().datasets[name], columns_of(contract)
    facts: list[tuple[str, ...]] = [
        ("Contenu · Content", *_both(text.description)),
        ("Grain", *_both(text.grain)),
        _same("Clé · Key", ", ".join(f"`{part}`" for part in contract.key)),
    ]
    if contract.references:
        links = (f"`{column}` → [`{to}`](#{to})" for column, to in contract.references.items())
        facts.append(_same("Renvoie à · Refers to", ", ".join(links)))
    rules = [f"`{rule.column}` ≤ `{'` + `'.join(rule.limit)}`" for rule in contract.row_rules]
    rules += [f"`{column}` = `{str(value).lower()}`" for column, value in contract.must_be.items()]
    if rules:
        facts.append(_same("Règles · Rules", "; ".join(rules)))
    lines = [
        f'<a id="{name}"></a>',
        "",
        f"### `{name}` : {text.title.fr} · {text.title.en}",
        "",
        *_table(("", "Français", "English"), facts),
        *_table(
            ("Colonne · Column", "Obligatoire · Required", "Français", "English"),
            (_column(name, contract, column) for column in columns.values()),
        ),
    ]
    codes = [row for column in columns.values() for row in _codes(name, column)]
    if codes:
        lines += _table(("Colonne · Column", "Code", "Français", "English"), codes)
    return lines


def _column(name: str, contract: type[Contract], column: Column) -> tuple[str, ...]:
    text = dictionary().column(name, column.name)
    cells = []
    for lang in LANGS:
        parts = [kind_text(column, lang), bounds_text(contract, column, lang)]
        if column.codes:
            parts.append(_CODES[lang])
        form = ", ".join(part for part in parts if part)
        cells.append(f"**{text.label[lang]}** ({form}). {text.definition[lang]}")
    return (f"`{column.name}`", " · ".join(_both(_YES if column.required else _NO)), *cells)


def _codes(name: str, column: Column) -> list[tuple[str, ...]]:
    codes = ("true", "false") if column.kind == "boolean" else column.codes
    labels = dictionary().code_labels(name, column.name) if codes else {}
    return [(f"`{column.name}`", f"`{code}`", *_both(labels[code])) for code in codes]


def anchor_of(found: Indicator) -> str:
    """Where an indicator stands in the document: a dataset may bear the same name."""
    return f"indicator-{found.id}" if found.id in dictionary().datasets else found.id


def _indicator(found: Indicator) -> list[str]:
    def each(show: Callable[[str], str]) -> tuple[str, ...]:
        return tuple(show(lang) for lang in LANGS)

    sources = ", ".join(f"[`{name}`](#{name})" for name in found.sources)
    url = f" <{found.reference.url}>" if found.reference.url else ""
    facts = [
        ("Définition · Definition", *_both(found.definition)),
        ("Intérêt · Why", *_both(found.why_it_matters)),
        ("Formule · Formula", *each(lambda lang: (
            f"{found.formula.words[lang]} `{found.formula.symbols}`"))),
        ("Unité · Unit", *each(lambda lang: say(f"unit_name.{found.unit}", lang))),
        ("Classe · Class", *each(lambda lang: (
            f"{say(f'methods.classes.{found.klass}', lang)} (`{found.klass}`)"))),
        ("Décompositions · Breakdowns", *each(lambda lang: ", ".join(
            say(f"breakdown.{name}", lang) for name in found.breakdowns))),
        _same("Sources", sources),
        ("Référence · Reference", *each(lambda lang: found.reference.text[lang] + url)),
    ]  # fmt: skip
    if found.caveats:
        facts.append(
            ("Limites · Caveats", *each(
                lambda lang: " ".join(say(f"caveat.{code}", lang) for code in found.caveats)))
        )  # fmt: skip
    if found.benchmark:
        published = found.benchmark
        address = f" <{published.url}>" if published.url else ""
        facts.append(
            ("Repère publié · Published level", *each(
                lambda lang: f"{format_value(published.value, found.unit, lang)}. "
                f"{published.text[lang]}{address}"))
        )  # fmt: skip
    return [
        f'<a id="{anchor_of(found)}"></a>',
        "",
        f"#### `{found.id}` : {found.title.fr} · {found.title.en}",
        "",
        *_table(("", "Français", "English"), facts),
    ]


def _both(text: Text) -> tuple[str, str]:
    return text.fr, text.en


def _same(name: str, value: str) -> tuple[str, ...]:
    """A fact that reads the same in both languages."""
    return (name, value, value)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [_line(header), "|" + "---|" * len(header), *(_line(row) for row in rows), ""]


def _line(cells: tuple[str, ...]) -> str:
    # A bar or a line end inside a cell would break the table; French hard spaces must stay.
    return "| " + " | ".join(re.sub(r"[ \n]+", " ", c).replace("|", "\\|") for c in cells) + " |"


if __name__ == "__main__":
    DOCUMENT.write_text(dictionary_markdown(), encoding="utf-8")
