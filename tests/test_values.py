"""Cells as partners write them."""

from __future__ import annotations

import datetime as dt

import pytest

from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.values import Problem, converter, parse_date, parse_month, parse_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 234,5", 1234.5),
        ("1\u202f234\u00a0567", 1234567),
        ("1.234.567", 1234567),
        ("1,234,567.5", 1234567.5),
        ("1.234,5", 1234.5),
        ("1,234", 1234),  # francs have no decimals
        ("12,5", 12.5),
        ("12 500 FCFA", 12500),
        ("12 500 F CFA", 12500),
        ("(300)", -300),
        ("−7", -7),
    ],
)
def test_numbers(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["", "abc", "1 2 x", "nan", "inf", "--5"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError):
        parse_number(text)


@pytest.mark.parametrize(
    "text",
    ["2022-03-31", "2022/3/31", "31/03/2022", "31-3-22", "31.03.2022", "31 mars 2022",
     "31-Mar-22", "44651", "44651.5", "2022-03-31 00:00:00", "31/03/2022 10:15"],
)  # fmt: skip
def test_dates(text: str) -> None:
    assert parse_date(text) == dt.date(2022, 3, 31)


def test_months_in_words() -> None:
    assert parse_date("1er août 2021") == dt.date(2021, 8, 1)
    assert parse_date("5 juil. 2021") == dt.date(2021, 7, 5)
    assert parse_date("5 juin 2021") == dt.date(2021, 6, 5)
    assert parse_month("janvier 2022") == parse_month("2022-01") == parse_month("15/01/2022")


@pytest.mark.parametrize("text", ["31/02/2022", "2022-13-01", "demain", "12", "5 jui 2021"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):
        parse_date(text)


def read(dataset: str, column: str, text: str) -> object:
    return converter(dataset, columns_of(DATASETS[dataset])[column])(text)


def test_codes_by_label_spelling_and_code() -> None:
    for text in ("women_only", "Women only", "FEMMES UNIQUEMENT"):
        assert read("vsla_group", "group_type", text) == "women_only"
    problem = read("vsla_group", "group_type", "women onli")
    assert problem == Problem("unknown_code", "women_only")


def test_several_codes_in_a_cell_as_kobo_writes_them() -> None:
    assert read("business_observation", "adaptations", "masks soap masks") == "masks soap"
    assert read("business_observation", "adaptations", "none") == "none"
    assert read("business_observation", "adaptations", "masks, soap") == "masks soap"
    assert isinstance(read("business_observation", "adaptations", "masks foo"), Problem)


def test_yes_and_no() -> None:
    assert read("vsla_group", "wlie", "Oui") is True
    assert read("vsla_group", "wlie", "0") is False
    assert read("vsla_group", "wlie", "peut-être") == Problem("not_yes_or_no")


def test_amounts_in_thousands_with_a_point() -> None:
    assert read("vsla_observation", "savings_cycle_xof", "12.500") == 12500
    assert read("vsla_observation", "members_women", "20.5") == Problem("not_a_whole_number", "20")


def test_blanks_are_nothing_and_never_zero() -> None:
    for text in ("-", "N/A", "null", " "):
        assert read("vsla_observation", "members_men", text) is None
