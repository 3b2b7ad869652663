"""What calls for attention: thresholds as declared, and silence where few groups stand behind."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from pydantic import ValidationError

from analytics.attention import Rule, alerts, rules
from analytics.indicator import indicators
from analytics.pipeline import build
from analytics.text import say
from analytics.text.numbers import format_value
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import Reader, open_reader
from tests.network import write_csv

BUILT_ON = dt.datetime(2023, 8, 15, 12, tzinfo=dt.UTC)
#: region → how many groups and spaces it has; Taoudénit has too few to speak of
SIZES = {"bamako": 14, "kidal": 14, "taoudenit": 4}
QUARTER = "2023-Q1"


def row(group: str, day: str, *, present: int, late: int, dropouts: int) -> dict:
    return {
        "group_id": group, "obs_date": day, "members_women": 20, "members_men": 0,
        "members_attending": present, "dropouts_cycle": dropouts, "savings_cycle_xof": 100_000,
        "loans_outstanding_xof": 100_000, "loans_late_xof": late, "loan_fund_cash_xof": 1000,
        "social_fund_xof": 1000, "bank_balance_xof": 0,
    }  # fmt: skip


def write(folder: Path) -> None:
    folder.mkdir()
    groups, records, spaces = [], [], []
    for region, size in SIZES.items():
        for n in range(size):
            name = f"{region[:3]}{n:02d}"
            groups.append({
                "group_id": name, "region": region, "division": "2023", "cercle": "",
                "facilitating_agency": "CARE Mali", "group_type": "women_only",
                "network_member": "true", "wlie": "false", "date_first_training": "2020-01-01",
            })  # fmt: skip
            # Kidal worsened in everything, Taoudénit worst of all but with four groups only.
            worse = {"bamako": 0, "kidal": 1, "taoudenit": 2}[region]
            records.append(row(name, "2022-03-20", present=18, late=2000, dropouts=0))
            records.append(row(name, "2023-03-20", present=18 - 4 * worse, late=2000 + 9000 * worse,
                               dropouts=2 * worse))  # fmt: skip
            spaces.append({
                "space_id": f"S-{name}", "date": "2022-06-15", "level": "commune",
                "kind": "council", "region": region, "seats": 20,
                "seats_women": 8 if region == "bamako" else n % 2, "seats_vsla_women": "",
            })  # fmt: skip
    write_csv(folder / "vsla_group.csv", groups)
    write_csv(folder / "vsla_observation.csv", records)
    write_csv(folder / "decision_space.csv", spaces)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    folder = tmp_path_factory.mktemp("attention")
    write(folder / "files")
    home = Home(folder / "home")
    import_files(home, [folder / "files"])
    build(home, built_on=BUILT_ON)
    return open_reader(home)


def found(reader: Reader, lang: str = "en") -> dict[str, set[str]]:
    """Indicator → places that its alerts are of."""
    told: dict[str, set[str]] = {}
    for alert in alerts(reader, "staff", QUARTER, lang):
        told.setdefault(alert.indicator or "reports", set()).add(alert.place)
    return told


def test_what_the_brief_names_is_declared() -> None:
    declared = {rule.indicator: rule for rule in rules().rules}
    assert declared.keys() <= indicators().keys()
    assert {"attendance_rate", "dropout_rate", "portfolio_at_risk", "women_seat_share"} <= set(
        declared)  # fmt: skip
    quota = indicators()["women_seat_share"].benchmark
    assert quota and declared["women_seat_share"].below == quota.value
    assert 0 < rules().maximum_late < 1 and rules().minimum_groups >= 10


@pytest.mark.parametrize("name", ["attendance_rate", "dropout_rate", "portfolio_at_risk"])
def test_a_region_that_worsened_is_named_and_one_with_few_groups_is_not(
    reader: Reader, name: str
) -> None:
    places = found(reader)[name]
    assert "kidal" in places
    assert not {"bamako", "taoudenit"} & places


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_missed_quota_is_one_alert_that_names_its_places(reader: Reader, lang: str) -> None:
    told = [a for a in alerts(reader, "staff", QUARTER, lang) if a.indicator == "women_seat_share"]
    [alert] = told
    assert "Kidal" in alert.sentence and "2022" in alert.sentence
    # Bamako meets it; in Taoudénit four spaces are too few to be spoken of.
    assert "Bamako" not in alert.sentence and "Taoud" not in alert.sentence
    lowest = format_value(7 / (14 * 20), "share", lang)
    assert format_value(0.3, "share", lang) in alert.sentence and lowest in alert.sentence


def test_late_reports_are_counted_for_the_office_alone(reader: Reader) -> None:
    reports = found(reader)["reports"]
    assert reports
    public = alerts(reader, "public", QUARTER, "en")
    late = say("overview.attention_late", "en", place="", late=0, expected=0, month="", days=0)
    ending = late.split("missing")[1]
    assert not [a for a in public if a.sentence.endswith(ending)]


@pytest.mark.parametrize(
    "wrong",
    [{"indicator": "attendance_rate"},
     {"indicator": "attendance_rate", "points": 0.1, "below": 0.3},
     {"indicator": "attendance_rate", "above": 0.3}],
)  # fmt: skip
def test_a_rule_says_one_thing(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate(wrong)
