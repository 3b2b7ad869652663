"""What a claim says, letter by letter: elision, plurals, decimals, and reasons a reader can use."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from analytics.evidence import wording
from analytics.evidence.answer import Answer, refuse
from analytics.evidence.claim import Gate
from analytics.evidence.definition import Definition, definition, definitions
from analytics.evidence.describe import _banded
from analytics.evidence.engine import _statement
from analytics.evidence.grade import at_least, at_most
from analytics.text import LANGS, catalogue, say

CRISES = [key.removeprefix("claim.crisis.") for key in catalogue("fr")
          if key.startswith("claim.crisis.")]  # fmt: skip


def told(claim: str, lang: str, crisis: str = "all", **figures: wording.Shown) -> str:
    one = definition(claim)
    every = set(re.findall(r"\{(\w+)\}", one.statement[lang])) - {"place", "crisis", "period"}
    given: dict[str, wording.Shown] = dict.fromkeys(every, (0.5, "share", None))
    return wording.sentence(one, lang, place_slug="mali", crisis=crisis, span="2022-03/2023-02",
                            figures=given | figures)  # fmt: skip


@pytest.mark.parametrize("crisis", CRISES)
@pytest.mark.parametrize("claim", sorted(definitions()))
def test_french_joins_its_prepositions(claim: str, crisis: str) -> None:
    text = told(claim, "fr", crisis)
    assert not re.search(r"\bde (le|les|un|une)\b|\bà (le|les)\b", text), text
    assert not re.search(r"\b(de|que|le|la) [aeiouéè]", text), text


def test_of_a_crisis() -> None:
    assert "les effets d’une crise" in told("c15_mitigation", "fr", "all")
    assert "les effets du choc climatique" in told("c15_mitigation", "fr", "climate")
    assert "les effets de la crise des prix" in told("c15_mitigation", "fr", "prices")
    assert "les effets de l’arrivée de l’insécurité" in told("c15_mitigation", "fr", "insecurity")


@pytest.mark.parametrize(
    ("points", "french"),
    [(0.0, "0,0 point "), (0.015, "+1,5 point "), (-0.008, "−0,8 point "), (0.02, "+2,0 points "),
     (0.11, "+11,0 points "), (0.101, "+10,1 points "), (0.211, "+21,1 points ")],
)  # fmt: skip
def test_french_counts_in_the_plural_from_two_on(points: float, french: str) -> None:
    assert french in told("c04_social_fund_buffer", "fr", "insecurity", p=(points, "points", None))
    assert " points " in told("c04_social_fund_buffer", "en", p=(points, "points", None))


@pytest.mark.parametrize(
    ("value", "kind", "english"),
    [(0.17, "share", "17%"), (0.0, "share", "0%"), (1.0, "share", "100%"),
     (0.997, "share", "99.7%"), (0.004, "share", "0.4%"), (1 - 1e-9, "share", "100%"),
     (0.17, "level", "17.0%"),
     (1.4, "months", "1.4"), (-0.3, "months", "−0.3"), (-0.146, "percent", "−14.6%")],
)  # fmt: skip
def test_figures_of_a_sentence(value: float, kind: str, english: str) -> None:
    assert wording.write(value, kind, "en") == english


REASONS = sorted(key.removeprefix("claim.missing.") for key in catalogue("en")
                 if key.startswith("claim.missing."))  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", REASONS)
def test_a_refusal_says_in_ten_words_what_is_missing(name: str, lang: str) -> None:
    reason = say(f"claim.missing.{name}", lang, value="4", threshold="10")
    assert len(reason.split()) >= 10, reason
    assert not reason[0].isupper() and not reason.endswith(".")
    assert wording.banned(reason, lang) is None


def refused(claim: str, lang: str, *gates: Gate) -> str:
    return _statement(definition(claim), refuse(None, *gates), lang)


def test_a_refusal_is_one_sentence() -> None:
    gates = at_least("struck_cercles", 4, 10), at_most("reports_missing", 0.512, 0.4)
    assert refused("c02_shock_savings", "en", *gates) == (
        "The shock and savings: nothing can be stated, because at least 10 cercles struck and "
        "followed for a year before are needed, and the data hold 4; besides, 51% of the reports "
        "expected are missing, and at most 40% may be."
    )
    assert "car il faut au moins 10" in refused("c02_shock_savings", "fr", *gates)


def test_what_follows_from_a_shock_that_spared_nobody_is_no_further_reason() -> None:
    gates = Gate("nationwide", False, None, None), at_least("struck_cercles", 0, 10)
    assert "besides" not in refused("c02_shock_savings", "en", *gates)


def test_a_component_is_named_by_its_title() -> None:
    text = refused("c12_contribution", "en", Gate("component", False, "c01_continuity", None))
    assert "Continuity of saving" in text and "c01" not in text


@pytest.mark.parametrize(
    ("name", "value", "english"),
    [("known", 0.592, "59%"), ("interval_width", 0.3, "30 points"), ("struck_cercles", 4, "4"),
     ("interval_width", 0.3283, "32.8 points"), ("second_run", 1e-6, "1 × 10⁻⁶"),
     ("effective_cases", "20–49", "20–49"), ("nationwide", None, "–")],
)  # fmt: skip
def test_gates_are_told_in_their_own_units(name: str, value: object, english: str) -> None:
    assert wording.gate_figure(name, value, "en") == english  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [0.2999, 0.3, 0.3001, 0.33])
def test_a_public_gate_that_failed_never_seems_to_have_been_met(width: float) -> None:
    gate = at_most("interval_width", width, 0.3)
    shown = _banded(gate)
    assert (float(shown.value or 0) <= 0.3) is shown.passed
    known = _banded(at_least("known", 1 - width, 0.7))
    assert (float(known.value or 0) >= 0.7) is known.passed


@pytest.mark.parametrize("lang", LANGS)
def test_less_than_half_is_said_where_the_whole_interval_is_below(lang: str) -> None:
    one: Definition = definition("c13_crisis_into_opportunity")
    half = {"fr": "moins de la moitié", "en": "fewer than half"}[lang]
    most = {"fr": "donc la plupart", "en": "so most of them"}[lang]
    named = "p", "low", "high", "part_adapted", "part_kept", "part_supported"
    figures: dict[str, wording.Shown] = dict.fromkeys(named, (0.4, "share", None))
    answer = Answer(crisis="prices", period="2022-03/2023-02", verdict="inconclusive",
                    contrary=True, figures=figures)  # fmt: skip
    open_ = _statement(one, answer, lang)
    below = _statement(one, replace(answer, direction="down"), lang)
    above = _statement(one, replace(answer, verdict="supported", contrary=False), lang)
    assert half in below and half not in open_ + above
    assert most in above and most not in open_ + below


@pytest.mark.parametrize("lang", LANGS)
def test_what_was_not_tested_is_never_told_as_failed(lang: str) -> None:
    words = catalogue(lang)
    untested = [key for key in words if key.startswith("claim.downgrade.")
                and key.endswith("_untested")]  # fmt: skip
    assert len(untested) == 4
    for key in untested:
        assert words[key] != words[key.removesuffix("_untested")]
        assert not re.search(r"25|change|disagree|d’accord", words[key]), words[key]
