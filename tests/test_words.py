"""Both languages say the same things, and everything that code says has its words."""

from __future__ import annotations

import ast
import re
import string

import pytest

from analytics.indicator import Indicator, indicators
from analytics.settings import PROJECT
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.dictionary import dictionary
from analytics.text import LANGS, catalogue
from analytics.text.numbers import format_day, format_period, format_value, percent
from analytics.warehouse.read import Reader

CODE = [*(PROJECT / "analytics").rglob("*.py"), *(PROJECT / "pages").rglob("*.py")]


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_the_catalogues_have_the_same_keys_and_placeholders() -> None:
    french, english = catalogue("fr"), catalogue("en")
    assert set(french) ^ set(english) == set()
    different = [k for k in french if placeholders(french[k]) != placeholders(english[k])]
    assert different == []
    assert [k for k in french if not french[k].strip() or not english[k].strip()] == []


def test_an_unknown_language_raises() -> None:
    with pytest.raises(KeyError):
        catalogue("de")


def literal_keys() -> set[str]:
    """Every key written out in a call of ``say``, ``words`` or ``labelled``, and error keys."""
    found = set()
    prefixes = {
        "say": "",
        "words": "",
        "labelled": "",
        "UserError": "error.",
        "NotAllowed": "error.",
    }
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in prefixes and isinstance(node.args[0].value, str):
                    found.add(prefixes[name] + node.args[0].value)
    return found


def test_every_key_that_code_asks_for_exists() -> None:
    assert sorted(literal_keys() - set(catalogue("fr"))) == []


def test_every_rule_and_warning_has_its_sentence() -> None:
    text = "".join(
        (PROJECT / "analytics" / "sources" / f"{name}.py").read_text(encoding="utf-8")
        for name in ("check", "load", "values", "contracts")
    )
    rules = set(re.findall(r'Problem\("(\w+)"', text))
    rules |= set(re.findall(r'"((?:unknown|not|date|number|too|personal|conflicting)_\w+)"', text))
    rules |= {"required", "negative", "out_of_range", "consent_missing"}
    missing = {r for r in rules if f"rule.{r}" not in catalogue("fr")}
    # Names that only look like rules: columns of contracts and warnings.
    assert {r for r in missing if f"warning.{r}" not in catalogue("fr")} - {"not_a"} == set()
    for warning in re.findall(r'Warned\(\s*"(\w+)"', text):
        assert f"warning.{warning}" in catalogue("fr")


@pytest.mark.parametrize("subject", indicators().values(), ids=lambda i: i.id)
def test_an_indicator_is_declared_whole(subject: Indicator, network: Reader) -> None:
    for text in (subject.title, subject.definition, subject.why_it_matters, subject.formula.words):
        assert text.fr != text.en
    for key in (f"theme.{subject.theme}", f"unit_name.{subject.unit}",
                f"methods.classes.{subject.klass}", *(f"caveat.{c}" for c in subject.caveats),
                *(f"breakdown.{b}" for b in subject.breakdowns)):  # fmt: skip
        assert key in catalogue("fr")
    assert set(subject.sources) <= set(DATASETS)
    columns = {row[0] for row in network.query(f"DESCRIBE {subject.mart}")}
    wanted = {subject.numerator, subject.denominator} - {None}
    wanted |= {"expected"} if subject.mart.startswith("mart_network") else set()
    wanted |= {f"caveat_{code}" for code in subject.cell_caveats}
    assert wanted <= columns
    assert {f"caveat.{code}" for code in subject.cell_caveats} <= set(catalogue("fr"))


def test_every_column_and_code_is_described_and_nothing_else() -> None:
    described = set(dictionary().columns)
    used: set[str] = set()
    for dataset, contract in DATASETS.items():
        for name, column in columns_of(contract).items():
            key = f"{name}@{dataset}" if f"{name}@{dataset}" in described else name
            used.add(key)
            assert key in described, f"{dataset}.{name}"
            if column.codes:
                assert set(dictionary().code_labels(dataset, name)) == set(column.codes)
    assert described - used == set()
    # Boundaries are shapes: no table of columns.
    assert set(dictionary().datasets) == {*DATASETS, "boundary"}


def test_numbers_dates_and_periods_in_the_readers_format() -> None:
    assert format_value(1234567, "xof", "fr").replace("\u202f", " ").replace("\xa0", " ") == (
        "1 234 567 FCFA"
    )
    assert format_value(1234567, "xof", "en") == "XOF 1,234,567"
    assert percent(0.124, "fr").replace("\u202f", " ").replace("\xa0", " ") == "12,4 %"
    assert percent(0.124, "en") == "12.4%"
    assert [format_value(None, "share", lang) for lang in LANGS] == ["–", "–"]
    assert format_day("2026-11-24", "fr") == "24 novembre 2026"
    assert format_day("2026-11-24", "en") == "24 November 2026"
    assert format_day("2023-04-01", "fr") == "1er avril 2023"
    assert format_day("2023-04-01", "en") == "1 April 2023"
    assert format_period("2022-Q1", "fr") == "1er trimestre 2022"
    assert format_period("2022", "en") == "2022"
