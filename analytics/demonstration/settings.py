"""The numbers behind the demonstration data, read from ``data/demonstration.yaml``."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from analytics.declared import read_yaml
from analytics.errors import UserError

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = PROJECT / "data" / "demonstration.yaml"

Range = tuple[float, float]


def month_number(label: str) -> int:
    """``2018-01`` as months since year 0: the one clock of this package."""
    year, month = label.split("-")
    return int(year) * 12 + int(month) - 1


def month_label(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


MonthNumber = Annotated[int, BeforeValidator(month_number)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Noise(_Section):
    """A stationary AR(1): ``sd`` is that of the series, not of its innovations."""

    rho: float
    sd: float


class Season(_Section):
    amplitude: float
    peak_month: float


class Normal(_Section):
    mean: float
    sd: float


class Places(_Section):
    region_weights: dict[str, float]
    cercle_concentration: float
    every_cercle_from_groups: int
    taoudenit_share: float
    region_only_share: float
    slugs_2023_share: float
    names_share: float
    other_spellings: dict[str, str]


class Members(Normal):
    lowest: int
    highest: int


class Groups(_Section):
    formed_from_months_before_since: int
    formed_until_months_before_until: int
    training_months_before_savings: tuple[int, int]
    women_only_share: float
    women_share_in_mixed: Range
    network_member_share: float
    wlie_share: float
    monthly_share: float
    village_agent_share: float
    agencies: dict[str, float]
    agency_concentration: float
    projects: list[str]
    members: Members
    dropout_rate_month: float
    new_member_rate_month: float
    recruits_at_cycle_start: Normal
    closure_rate_year: float
    closure_multiple_after_onset: float


class Cycles(_Section):
    shapes: list[tuple[int, int, float]]
    supervised_cycles: tuple[int, int]
    share_values_xof: list[int]
    shares_per_meeting: float
    interest_pct: dict[float, float]
    carry_over_share: float
    carry_over: Range


class Savings(_Section):
    deposit_month_xof: float
    trend_month: float
    season: Season
    wealth_sd: float
    group_sd: float
    group_limit: float
    cercle_sd: float
    exposed_level: float
    cercle_noise: Noise
    noise: Noise


class Late(_Section):
    shift: float
    spread: float
    rho: float


class FoodShare(_Section):
    mean: float
    group_sd: float
    noise_sd: float
    lean_season: float


class Credit(_Section):
    utilisation_profile: list[float]
    utilisation_group_sd: float
    utilisation_noise_sd: float
    collection: float
    borrowers_profile: list[float]
    borrowers_sd: float
    second_loan_share: float
    term_months: int
    late: Late
    write_off_month: float
    food_share: FoodShare
    business_share_of_rest: Range
    bank_share: float
    property_share: float
    property_xof: Range
    purchase_month: float
    dividend_share: float
    debt_share: float
    debt_of_savings: float
    debt_interest_month: float
    debt_held_over_share: float


class Latent(_Section):
    shift: float
    wealth: float


class SocialFund(_Section):
    latent: Latent
    contribution_meeting_xof: dict[int, float]
    ordinary_month: float
    ordinary_part: Range
    crisis_month: float
    crisis_part: Range
    household_xof: int


class Attendance(_Section):
    mean: float
    group_sd: float
    noise_sd: float
    rainy_season: float


class CrisisPayment(_Section):
    add: float
    months: int


class Buffer(_Section):
    causal: float
    naive: float
    months: int


class Again(_Section):
    share: float
    savings: float
    after_months: int


class Insecurity(_Section):
    never_share: float
    waves: int
    window: Range
    weights: dict[str, float]
    savings: float
    hold_until: int
    floor: float
    floor_from: int
    buffer: Buffer
    spillover: float
    again: Again
    crisis_payment: CrisisPayment


class Covid(_Section):
    start: MonthNumber
    attendance: float
    months: int
    crisis_payment: CrisisPayment


class PriceShock(_Section):
    start: MonthNumber
    months: int
    savings: float
    crisis_payment: CrisisPayment
    food_loans_per_10_pct: float
    local_sensitivity_sd: float
    local_noise: Noise


class Flood(_Section):
    start: MonthNumber
    months: int
    cercle_share: float
    attendance: float


class Shocks(_Section):
    insecurity: Insecurity
    covid19: Covid
    prices: PriceShock
    flood: Flood


class Reporting(_Section):
    missing: float
    thin_regions: list[str]
    thin_missing: float
    early_visit: float
    attrition_month: float
    attrition_multiple_after_onset: float
    low_savers_missing: float
    optional_missing: float
    duplicates: float


class Blemishes(_Section):
    unit_errors: int
    misspelt_region: str
    future_date: dt.date
    unknown_group: str
    unknown_code: str
    counts: dict[str, int]


class Prices(_Section):
    anchors: dict[MonthNumber, float]
    drift_year_before: float
    drift_year_after: float
    season: Season
    noise: Noise


class Population(_Section):
    growth_year: float
    women_share: float


class Fall(_Section):
    size: float
    half_life: float


class Closing(_Section):
    base: float
    months: int
    for_good: float
    crises: dict[str, Range]


class Reopening(_Section):
    month: float
    causal: float
    naive: float
    of_capability: float


class MarketLink(_Section):
    share: float
    revenue: float


class Businesses(_Section):
    at_least: int
    most_a_group: int
    men_in_mixed: float
    sectors: dict[str, float]
    helpers: float
    weight: Range
    missing: float
    missing_month: float
    revenue_xof: float
    revenue_sd: float
    revenue_of_capability: float
    own_trend_sd_month: float
    trend_month: float
    season: Season
    noise: Noise
    margin: Normal
    fall: dict[str, Fall]
    never_recovers: float
    scar: float
    closing: Closing
    adapts_shift: float
    adapts_of_capability: float
    adaptation_months: int
    adaptation_unanswered: float
    reopening: Reopening
    masks_revenue: float
    market_link: MarketLink
    adaptations: dict[str, dict[str, float]]
    own_initiative: float
    felt: float
    felt_months: int


class SurveyFood(_Section):
    point_sd: float
    person_sd: float
    noise_sd: float
    lean: float
    member: float
    displaced: float
    crises: dict[str, float]
    days: dict[str, Range]


class Campaign(_Section):
    start: MonthNumber
    size: float


class SurveyVoice(_Section):
    shares: dict[str, tuple[float, float, float]]
    drift_year: float
    leaders_mean: float
    leaders_men: float
    leaders_drift_year: float
    campaign: Campaign


class Survey(_Section):
    rounds: list[MonthNumber]
    programme_rounds: list[MonthNumber]
    people_a_point: int
    point_share: float
    least_points: int
    thin_points: int
    thin_stratum: str
    refusals: float
    missing: float
    ages: list[float]
    displaced: Range
    crisis_months: int
    food: SurveyFood
    themes: dict[str, dict[str, dict[str, float]]]
    voice: SurveyVoice


class Answer(_Section):
    crisis: str
    chance: float
    months: int
    kinds: dict[str, float]
    beneficiaries: dict[str, float]
    phases: dict[str, float]


class Good(_Section):
    median: float
    unit: str
    price_xof: float
    adaptation: float


class Contributions(_Section):
    missing: float
    own_initiative: float
    told_twice: int
    sources: dict[str, float]
    people_a_deed: dict[str, float]
    crises: dict[str, Answer]
    goods: dict[str, Good]


class Spaces(_Section):
    every_months: int
    each_cercle: list[tuple[str, str]]
    each_region: list[tuple[str, str]]
    thin: list[tuple[str, str]]
    seats: tuple[int, int]
    women: Normal
    drift_year: float
    insecurity: float
    vsla_share: float
    phases: list[str]


class Activities(_Section):
    year_per_region: float
    women: tuple[int, int]
    men_per_woman: float
    topics: dict[str, list[str]]


class Words(_Section):
    start: MonthNumber
    crisis: str
    role: str
    fr: str
    en: str


class Voice(_Section):
    spaces: Spaces
    activities: Activities
    testimonies: list[Words]


class Consultations(_Section):
    each_region: int
    last: dt.date
    days_before: int
    women: tuple[int, int]
    priorities: list[str]


class Title(_Section):
    fr: str
    en: str


class PlannedAction(Title):
    axis: int
    indicator: str
    target: float
    responsible: str


class Actions(_Section):
    due_from: MonthNumber
    due_until: MonthNumber
    menu: list[PlannedAction]


class TabledDemand(Title):
    axis: int
    addressed_to: str
    claims: str


class Demands(_Section):
    first: dt.date
    days: int
    status: dict[str, float]
    menu: list[TabledDemand]


class Allies(_Section):
    first: dt.date
    days: int
    menu: list[tuple[str, str, bool]]


class Targets(_Section):
    years: tuple[int, int]
    indicators: dict[str, Range]


class Advocacy(_Section):
    cost_member_xof: float
    consultations: Consultations
    axes: list[Title]
    actions: Actions
    demands: Demands
    allies: Allies
    targets: Targets


class Events(_Section):
    before: float
    at_onset: float
    later: float
    fatalities_each: float


class Rain(_Section):
    sd_pct: float
    z_pct: float
    flood_pct: float
    dry_from: MonthNumber
    dry_until: MonthNumber
    dry_pct: float


class Displaced(_Section):
    peak: float
    delay_months: int
    effect: float


class Phase3Plus(_Section):
    base: float
    price_per_10_pct: float
    insecurity: float
    lean: float
    calendar_months: list[int]


class CovidSeries(_Section):
    stringency: list[float]
    cases: list[float]


class Exposure(_Section):
    events: Events
    alps_from_pct: list[float]
    rain: Rain
    displaced: Displaced
    phase3plus: Phase3Plus
    covid19: CovidSeries


class Settings(_Section):
    """All sections of ``data/demonstration.yaml``; an unknown or missing number is an error."""

    places: Places
    groups: Groups
    cycles: Cycles
    savings: Savings
    credit: Credit
    social_fund: SocialFund
    attendance: Attendance
    shocks: Shocks
    reporting: Reporting
    blemishes: Blemishes
    prices: Prices
    population: Population
    businesses: Businesses
    survey: Survey
    contributions: Contributions
    voice: Voice
    advocacy: Advocacy
    exposure: Exposure
    refused: dict[str, dict[str, str]]


@cache
def settings(variant: str = "") -> Settings:
    """The settings as shipped, or those of one of their ``variants``.

    Raises:
        UserError: for a variant that there is not.
        pydantic.ValidationError: when the file does not hold exactly what is expected.
    """
    shipped = read_yaml(SETTINGS)
    variants = shipped.pop("variants")
    if variant and variant not in variants:
        raise UserError(
            "demo_option", name="variant", value=variant, expected=", ".join(variants)
        )
    return Settings.model_validate(_over(shipped, variants.get(variant, {})))


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """``below`` with what ``above`` says otherwise, at any depth."""
    merged = dict(below)
    for name, value in above.items():
        merged[name] = _over(below[name], value) if isinstance(value, dict) else value
    return merged
