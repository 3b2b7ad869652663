"""The network's three files: groups, cycles, observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analytics.demonstration.ledger import Ledger
from analytics.demonstration.settings import month_number
from analytics.demonstration.world import BURN_IN, Bools, Floats, Ints, World

EPOCH = month_number("1970-01")
END_OF_TIME = month_number("2400-01")

#: columns of the observation file the ledger holds as they are, and its names for them
_LEDGER_COLUMNS = {
    "dropouts_cycle": "dropouts",
    "new_members_cycle": "new_members",
    "savings_cycle_xof": "savings",
    "loans_outstanding_n": "loans_n",
    "members_with_loans_n": "borrowers",
    "loans_outstanding_xof": "loans",
    "loans_late_xof": "late",
    "write_offs_cycle_xof": "write_offs",
    "social_fund_xof": "social_fund",
    "social_fund_paid_xof": "social_paid",
    "social_fund_paid_crisis_xof": "social_crisis",
    "households_supported": "households",
    "property_xof": "property",
    "external_debt_xof": "debt",
    "dividends_paid_xof": "dividends",
    "loans_disbursed_cycle_xof": "disbursed",
    "loans_disbursed_cycle_n": "disbursed_n",
}

#: may be empty in the contract and now and then is; the rest of the row is always there
OPTIONAL = (
    "members_attending", "dropouts_cycle", "new_members_cycle", "savings_women_xof",
    "loans_outstanding_n", "members_with_loans_n", "loans_late_xof", "loans_for_food_xof",
    "loans_for_business_xof", "write_offs_cycle_xof", "bank_balance_xof",
    "social_fund_paid_xof", "social_fund_paid_crisis_xof", "households_supported",
    "property_xof", "external_debt_xof", "dividends_paid_xof", "loans_disbursed_cycle_xof",
    "loans_disbursed_cycle_n",
)  # fmt: skip


@dataclass(frozen=True)
class Reports:
    """Which group reports in which month; parallel arrays, by group and then by month.

    ``column`` counts the months shown from 0, ``quarter`` the quarters since year 0.
    """

    group: Ints
    column: Ints

    quarter: Ints

    def __len__(self) -> int:
        return len(self.group)


def group_ids(world: World) -> pa.Array:
    """``DEMO-00001`` …, in order of formation."""
    return pa.array([f"DEMO-{n:05d}" for n in range(1, len(world.groups) + 1)])


# --- Groups --------------------------------------------------------------------------------------


def group_table(world: World) -> dict[str, pa.Array]:
    """One row a group: columns of dataset ``vsla_group``."""
    groups, traits, n = world.groups, world.settings.groups, len(world.groups)
    region, cercle, division = _written_places(world)
    project = world.stream("groups.project").integers(0, len(traits.projects), n)
    chance = {
        "network_member": traits.network_member_share,
        "wlie": traits.wlie_share,
        "village_agent": traits.village_agent_share,
    }
    yes = {name: world.stream(f"groups.{name}").random(n) < p for name, p in chance.items()}
    training_day = world.stream("groups.training_day").integers(1, 28, n, endpoint=True)
    closing_day = world.stream("groups.closing_day").integers(3, 14, n, endpoint=True)
    closed = (groups.closed <= world.options.until) & (groups.closed <= groups.silent_from)
    return {
        "group_id": group_ids(world),
        "date_first_training": dates(first_day(groups.formed) + training_day - 1),
        "region": pa.array(region),
        "cercle": pa.array(cercle),
        "commune": pa.nulls(n, pa.string()),
        "division": pa.array(division),
        "facilitating_agency": pa.array(np.array(list(traits.agencies))[_agencies(world)]),
        "project": pa.array(np.array(traits.projects)[project]),
        "trainer_type": pa.array(np.where(yes["village_agent"], "village_agent", "field_officer")),
        "group_type": pa.array(np.where(groups.women_share == 1.0, "women_only", "mixed")),
        "network_member": pa.array(yes["network_member"]),
        "wlie": pa.array(yes["wlie"]),
        "reporting_frequency": pa.array(np.where(groups.monthly, "monthly", "quarterly")),
        "date_closed": dates(first_day(groups.closed) + closing_day - 1, empty=~closed),
    }


def _written_places(world: World) -> tuple[list[str], list[str | None], list[str | None]]:
    """Region, cercle and division as the files of different years and partners write them."""
    style, names = world.settings.places, world.places.region_names
    draw = world.stream("groups.written").random((3, len(world.groups)))
    taoudenit, region_only = _without_cercle(world)
    region: list[str] = []
    cercle: list[str | None] = []
    division: list[str | None] = []
    for group, position in enumerate(world.groups.cercle):
        home = world.places.cercles[position]
        new = draw[0, group] < style.slugs_2023_share
        region_slug = home.region_2023 if new else home.region_2012
        named = draw[1, group] < style.names_share
        place: tuple[str, str | None, str | None]
        if group in taoudenit:
            place = ("taoudenit", None, "2023")
        elif group in region_only:
            place = (home.region_2012, None, None)
        elif named:
            spelling = style.other_spellings.get(home.slug, home.name)
            place = (names[region_slug], spelling, "2023" if new else "2012")
        else:
            place = (region_slug, home.slug, "2023" if new else "2012")
        region.append(place[0])
        cercle.append(place[1])
        division.append(place[2])
    return region, cercle, division


def _without_cercle(world: World) -> tuple[set[int], set[int]]:
    """Groups of Taoudénit, and groups of old files that name only a region of 2012.

    Neither is ever the last group of its cercle, so that every cercle stays in the files.
    """
    style, cercles = world.settings.places, world.groups.cercle
    spare = np.zeros(len(cercles), bool)
    seen = np.zeros(len(world.places.cercles), bool)
    for group, cercle in enumerate(cercles):
        spare[group] = seen[cercle]
        seen[cercle] = True
    north = np.array([c.region_2012 == "tombouctou" for c in world.places.cercles])[cercles]
    order = world.stream("groups.without_cercle").permutation(len(cercles))
    in_north = [int(g) for g in order if spare[g] and north[g]]
    taoudenit = set(in_north[: max(1, round(style.taoudenit_share * len(cercles)))])
    early = world.options.since
    old = [int(g) for g in order if spare[g] and not north[g] and world.groups.formed[g] < early]
    return taoudenit, set(old[: round(style.region_only_share * len(cercles))])


def _agencies(world: World) -> Ints:
    """Agency of each group: every cercle has its own mix, so agencies divide the country."""
    traits, rng = world.settings.groups, world.stream("groups.agency")
    weights = np.array(list(traits.agencies.values()))
    mix = rng.dirichlet(weights * traits.agency_concentration, len(world.places.cercles))
    steps = np.cumsum(mix, axis=1)[world.groups.cercle]
    return (rng.random(len(world.groups))[:, None] > steps[:, :-1]).sum(axis=1)


# --- Cycles --------------------------------------------------------------------------------------


def cycle_table(world: World, ledger: Ledger, ids: pa.Array) -> dict[str, pa.Array]:
    """One row a cycle that ran in the months shown: columns of dataset ``vsla_cycle``."""
    groups, cycles = world.groups, ledger.cycles
    group = cycles["group"]
    last_heard = np.minimum(groups.silent_from, groups.closed)[group]
    ended = cycles["last_month"] >= 0
    reported = (cycles["first_month"] < last_heard) & (
        ~ended | (cycles["last_month"] >= world.options.since)
    )
    order = np.flatnonzero(reported)[np.lexsort((cycles["number"][reported], group[reported]))]
    cycles = {name: values[order] for name, values in cycles.items()}
    group, last_heard, ended = group[order], last_heard[order], ended[order]
    weekday = groups.meeting_day[group]

    begins = last_meeting(cycles["first_month"] - 1, weekday) + 7
    begins += 7 * world.stream("cycles.week").integers(0, 2, len(world.groups))[group]
    share_out = last_meeting(cycles["last_month"], weekday) + 2
    known = ended & (cycles["last_month"] < last_heard)
    known &= share_out < first_day(np.array(world.options.until + 1))
    supervised = world.stream("cycles.supervised").integers(
        *world.settings.cycles.supervised_cycles, len(world.groups), endpoint=True
    )[group]
    return {
        "group_id": ids.take(pa.array(group)),
        "cycle_no": pa.array(cycles["number"]),
        "date_savings_started": dates(begins),
        "members_at_start": pa.array(cycles["members"]),
        "share_value_xof": pa.array(ledger.share_value[group]),
        "assets_at_start_xof": pa.array(cycles["assets"]),
        "debts_at_start_xof": pa.array(cycles["debts"]),
        "interest_rate_month_pct": pa.array(ledger.interest_pct[group]),
        "status": pa.array(np.where(cycles["number"] <= supervised, "supervised", "self_managed")),
        "date_share_out": dates(share_out, empty=~known),
        "share_out_xof": pa.array(cycles["share_out"], mask=~known),
    }


# --- Observations --------------------------------------------------------------------------------


def reports(world: World, ledger: Ledger) -> Reports:
    """The group-months that were reported: meetings held, less what never arrived."""
    groups, rules = world.groups, world.settings.reporting
    months = world.months[BURN_IN:, None]
    due = ledger.meets & (groups.monthly | (months % 3 == 2))
    due &= (months < groups.closed) & (months < groups.silent_from)
    thin = np.array([c.region_2023 in rules.thin_regions for c in world.places.cercles])
    missing = np.where(thin[groups.cercle], rules.thin_missing, rules.missing)
    due &= world.stream("reports.missing").random(due.shape) >= missing
    if rules.low_savers_missing:
        hidden = world.stream("reports.low_savers").random(due.shape) < rules.low_savers_missing
        due &= ~(hidden & _low_months(world, ledger))
    group, column = np.nonzero(due.T)
    return Reports(group, column, (column + world.options.since) // 3)


def _low_months(world: World, ledger: Ledger) -> np.ndarray:
    """Months after the onset in which a group put aside less than four fifths of its mean (M2).

    Shape (months shown, groups).
    """
    held = ledger.monthly["savings"].astype(float)
    rise = np.diff(held, axis=0, prepend=held[:1])
    deposit = np.where(rise < 0, held, rise) / np.maximum(ledger.monthly["members"], 1)
    since = world.shocks.months_since_onset[world.groups.cercle][:, BURN_IN:].T
    return (since >= 0) & (deposit < 0.8 * deposit.mean(axis=0))


def observation_table(
    world: World, ledger: Ledger, rows: Reports, ids: pa.Array
) -> dict[str, pa.Array]:
    """One row a report: columns of dataset ``vsla_observation``, every value present."""
    ledger_values = {
        column: ledger.monthly[name][rows.column, rows.group]
        for column, name in _LEDGER_COLUMNS.items()
    }
    members = ledger.monthly["members"][rows.column, rows.group]
    women = _women(world.groups.women_share[rows.group], members)
    loans, savings = ledger_values["loans_outstanding_xof"], ledger_values["savings_cycle_xof"]
    food, business = _purposes(world, rows, loans)
    cash = ledger.monthly["fund"][rows.column, rows.group] - loans
    bank = _down(_bank_part(world)[rows.group] * cash, 500)
    values = {
        "members_women": women,
        "members_men": members - women,
        "members_attending": _attending(world, rows, members),
        "savings_women_xof": _savings_of_women(world, rows, women / members, savings),
        "loans_for_food_xof": food,
        "loans_for_business_xof": business,
        "loan_fund_cash_xof": cash - bank,
        "bank_balance_xof": bank,
        **ledger_values,
    }
    return {
        "group_id": ids.take(pa.array(rows.group)),
        "obs_date": dates(_visits(world, rows)),
        **{name: pa.array(value) for name, value in values.items()},
    }


def _visits(world: World, rows: Reports) -> Ints:
    """The last meeting of the month, sometimes the one before."""
    early = world.stream("reports.early").random(len(rows)) < world.settings.reporting.early_visit
    month = rows.column + world.options.since
    return last_meeting(month, world.groups.meeting_day[rows.group]) - 7 * early


def _women(share: Floats, members: np.ndarray) -> np.ndarray:
    """Women among the members: all of them, or at least one man short of all."""
    women = np.minimum(np.rint(share * members), members - 1)
    return np.where(share == 1.0, members, women).astype(np.int32)


def _savings_of_women(
    world: World, rows: Reports, women_part: Floats, savings: np.ndarray
) -> np.ndarray:
    """In mixed groups women save a little more or less a head than men."""
    tilt = world.stream("groups.women_tilt").uniform(0.85, 1.1, len(world.groups))[rows.group]
    part = np.where(women_part == 1.0, 1.0, np.minimum(women_part * tilt, 0.98))
    return np.rint(savings * part).astype(np.int32)


def _attending(world: World, rows: Reports, members: np.ndarray) -> np.ndarray:
    """Members present, with the effects T6 (COVID-19) and T4 (floods)."""
    attendance, shocks = world.settings.attendance, world.settings.shocks
    rng = world.stream("reports.attendance")
    usual = attendance.mean + attendance.group_sd * rng.standard_normal(len(world.groups))
    month = rows.column + world.options.since
    month_of_year = month % 12 + 1
    rainy = (month_of_year >= 6) & (month_of_year <= 9)
    chance = usual[rows.group] + attendance.noise_sd * rng.standard_normal(len(rows))
    chance = np.clip(chance + attendance.rainy_season * rainy, 0.3, 0.98)
    covid = (month >= shocks.covid19.start) & (month < shocks.covid19.start + shocks.covid19.months)
    flooded = world.shocks.flooded[world.groups.cercle[rows.group], rows.column + BURN_IN]
    chance = chance * (1 + shocks.covid19.attendance * covid)
    chance = chance * (1 + shocks.flood.attendance * flooded)
    return rng.binomial(members, chance).astype(np.int32)


def _purposes(world: World, rows: Reports, loans: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loans for food (effect T5) and for business, within the loans outstanding."""
    credit, prices = world.settings.credit, world.settings.shocks.prices
    rng, food = world.stream("reports.purposes"), credit.food_share
    usual = food.mean + food.group_sd * rng.standard_normal(len(world.groups))
    dose = world.shocks.price_change[world.groups.cercle[rows.group], rows.column + BURN_IN]
    month_of_year = (rows.column + world.options.since) % 12 + 1
    lean = (month_of_year >= 6) & (month_of_year <= 9)
    share = usual[rows.group] + food.noise_sd * rng.standard_normal(len(rows))
    share = share + prices.food_loans_per_10_pct * 10 * dose + food.lean_season * lean
    for_food = _down(np.clip(share, 0, 0.8) * loans, 100)
    part = rng.uniform(*credit.business_share_of_rest, len(world.groups))[rows.group]
    return for_food, _down(part * (loans - for_food), 100)


def _bank_part(world: World) -> Floats:
    """Part of the cash kept in a bank or on a phone; 0 for most groups."""
    rng, n = world.stream("groups.bank"), len(world.groups)
    has_account: Bools = rng.random(n) < world.settings.credit.bank_share
    return has_account * rng.uniform(0.3, 0.7, n)


# --- Dates ---------------------------------------------------------------------------------------


def first_day(months: Ints) -> Ints:
    """First day of each month, in days since 1970-01-01; months far ahead are brought near."""
    within = np.minimum(months, END_OF_TIME) - EPOCH
    return within.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def last_meeting(months: Ints, weekday: Ints) -> Ints:
    """The last day of the month that falls on ``weekday`` (0 = Thursday, as 1970-01-01 was)."""
    last = first_day(months + 1) - 1
    return last - (last % 7 - weekday) % 7


def dates(days: Ints, empty: Bools | None = None) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=empty).cast(pa.date32())


def _down(amount: Floats, step: int) -> np.ndarray:
    return (np.floor(amount / step) * step).astype(np.int32)
