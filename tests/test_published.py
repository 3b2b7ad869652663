"""What others published: whole, linked to what exists, null results in their place."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from analytics.indicator import indicators
from analytics.published import CLAIMS, Effect, Result, bearing_on, findings
from analytics.text import LANGS, catalogue

TEXT = {"fr": "Un texte", "en": "A text"}


def test_every_finding_is_whole_and_says_where_it_was_read() -> None:
    found = findings()
    assert len(found) >= 15
    for finding in found:
        assert finding.url and finding.authors and finding.place.fr and finding.place.en
        for result in finding.results:
            assert {*result.indicators} <= indicators().keys() and {*result.claims} <= {*CLAIMS}


def test_the_malian_trial_says_what_it_did_not_find() -> None:
    """The best causal evidence of the region: savings and food yes, business and empowerment no."""
    [trial] = [f for f in findings() if f.id == "sfc_mali"]
    assert (trial.design, trial.in_mali) == ("rct", True)
    assert trial == findings()[0]
    by = {name: result for result in trial.results for name in result.indicators}
    assert by["savings_per_member"].effect == Effect(value=31, unit="percent")
    assert by["fcs_acceptable_share"].direction == "better"
    assert {by[name].direction for name in ("revenue_ratio", "speaks_in_public_share")} == {"none"}


def test_good_news_and_null_results_come_together() -> None:
    told = bearing_on(names=("speaks_in_public_share",))
    assert {"better", "none"} <= {result.direction for _, result in told}
    assert [r for _, r in told if r.direction == "none"]
    by_claim = bearing_on(claims=("c06_business_survival",))
    assert {"better", "none"} <= {result.direction for _, result in by_claim}
    assert bearing_on(names=("stringency",)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"indicators": ["no_such_indicator"]},
        {"indicators": ["masks_made"], "claims": ["c99_nothing"]},
        {"indicators": []},
        {"indicators": ["masks_made"], "direction": "none",
         "effect": {"value": 3, "unit": "percent"}},
        {"indicators": ["masks_made"], "effect": {"value": 3, "unit": "percent", "low": 1}},
        {"indicators": ["masks_made"],
         "effect": {"value": 3, "unit": "percent", "low": 4, "high": 5}},
        {"indicators": ["masks_made"], "surprise": True},
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Result.model_validate({"outcome": TEXT, "text": TEXT, "direction": "better", **wrong})


@pytest.mark.parametrize("lang", LANGS)
def test_every_design_and_side_has_its_words(lang: str) -> None:
    for finding in findings():
        assert f"published.by.{finding.design}" in catalogue(lang)
        for result in finding.results:
            if result.direction in ("worse", "mixed"):
                assert f"published.is.{result.direction}" in catalogue(lang)
