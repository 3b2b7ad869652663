"""A small network with awkward corners, and its numbers worked out in plain Python.

``observations`` yields every record; ``twin`` answers a question about it the slow, obvious way.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from pathlib import Path

MONTH_ENDS = [dt.date(year, month, 28) for year in (2021, 2022, 2023) for month in range(1, 13)][
    :30
]

#: group → (region, cercle, division, type, partner, first month, closed)
GROUPS: dict[str, tuple] = {}
for number in range(24):
    GROUPS[f"SEG{number:02d}"] = ("segou", "bla", "2012", "women_only", "CARE Mali", 0, None)
for number in range(12):
    GROUPS[f"SAN{number:02d}"] = ("san", "san", "2023", "mixed", "ASSAFE", 3, None)
for number in range(14):
    GROUPS[f"MOP{number:02d}"] = ("mopti", "djenne", "2012", "women_only", "AMAPROS", 0, None)
# Too few to stand alone: shown with Gao.
GROUPS["KID00"] = ("kidal", "kidal", "2012", "women_only", "CARE Mali", 0, None)
for number in range(11):
    GROUPS[f"GAO{number:02d}"] = ("gao", "gao", "2012", "women_only", "CARE Mali", 0, None)
# Names an old region that was split, and no cercle: nowhere in the division of 2023.
GROUPS["OLD00"] = ("sikasso", "", "2012", "mixed", "AMAPROS", 0, None)
# Closed within the span.
GROUPS["SEG00"] = (*GROUPS["SEG00"][:6], dt.date(2022, 9, 1))

OPTIONAL = ("members_attending", "dropouts_cycle", "bank_balance_xof", "property_xof",
            "external_debt_xof", "dividends_paid_xof", "loans_late_xof",
            "write_offs_cycle_xof", "social_fund_paid_xof", "loans_outstanding_n",
            "members_with_loans_n")  # fmt: skip


def cycles(group: str) -> list[dict]:
    """A cycle begins each January from 2021 on."""
    random_ = random.Random(group + "c")
    return [
        {
            "group_id": group,
            "cycle_no": year - 2020,
            "date_savings_started": dt.date(year, 1, 5).isoformat(),
            "members_at_start": random_.randint(15, 25),
            "assets_at_start_xof": random_.randint(0, 50_000),
            "debts_at_start_xof": 0,
        }
        for year in (2021, 2022, 2023)
    ]


def observations(group: str) -> list[dict]:
    """The records of a group; some optional inputs and some whole months are missing."""
    random_ = random.Random(group)
    kind, first, closed = GROUPS[group][3], GROUPS[group][5], GROUPS[group][6]
    rows = []
    for position, day in enumerate(MONTH_ENDS):
        if position < first or (closed and day >= closed) or random_.random() < 0.08:
            continue
        women = random_.randint(12, 24)
        outstanding = random_.randint(1, 300_000)
        row = {
            "group_id": group,
            "obs_date": day.isoformat(),
            "members_women": women,
            "members_men": random_.randint(1, 8) if kind == "mixed" else 0,
            "members_attending": random_.randint(8, women),
            "dropouts_cycle": random_.randint(0, 2),
            "savings_cycle_xof": day.month * random_.randint(8_000, 12_000),
            "loans_outstanding_n": random_.randint(1, 9),
            "members_with_loans_n": random_.randint(1, 9),
            "loans_outstanding_xof": outstanding,
            "loans_late_xof": random_.randint(0, outstanding // 4),
            "write_offs_cycle_xof": random_.randint(0, 3_000),
            "loan_fund_cash_xof": random_.randint(1, 90_000),
            "bank_balance_xof": random_.randint(0, 40_000),
            "social_fund_xof": random_.randint(1, 30_000),
            "social_fund_paid_xof": random_.randint(0, 9_000),
            "property_xof": random_.randint(0, 20_000),
            "external_debt_xof": random_.randint(0, 10_000),
            "dividends_paid_xof": 0,
        }
        for name in OPTIONAL:
            if random_.random() < 0.05:
                row[name] = ""
        rows.append(row)
    return rows


#: what is known of each cercle with groups in the second quarter of 2022: Bla and Gao are exposed
EXPOSURE = [
    {"place": place, "month": "2022-05", "kind": "food_insecurity", "measure": "phase3plus_share",
     "value": share, "source": "test/cercle"}
    for place, share in (("bla", 0.25), ("gao", 0.20), ("san", 0.1), ("djenne", 0.19),
                         ("kidal", 0.05))
]  # fmt: skip


def write_network(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "vsla_group.csv", [
        {
            "group_id": group, "date_first_training": "2020-01-15", "region": region,
            "cercle": cercle, "division": division, "facilitating_agency": partner,
            "group_type": kind, "network_member": "true" if group[0] == "S" else "false",
            "wlie": "false", "reporting_frequency": "monthly",
            "date_closed": closed.isoformat() if closed else "",
        }
        for group, (region, cercle, division, kind, partner, _, closed) in GROUPS.items()
    ])  # fmt: skip
    write_csv(folder / "vsla_cycle.csv", [row for group in GROUPS for row in cycles(group)])
    write_csv(folder / "vsla_observation.csv",
           [row for group in GROUPS for row in observations(group)])  # fmt: skip
    write_csv(folder / "price_index.csv", [
        {"month": f"{day:%Y-%m}", "index": 100 + n, "source": "test"}
        for n, day in enumerate(MONTH_ENDS)
    ])  # fmt: skip
    write_csv(folder / "shock_exposure.csv", EXPOSURE)


def write_csv(path: Path, rows: list[dict]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


# --- the plain-Python twin -----------------------------------------------------------------------


def last_records(period: tuple[dt.date, dt.date]) -> dict[str, dict]:
    """Each group's last record in a span of days, with its cycle's columns."""
    found = {}
    for group in GROUPS:
        inside = [r for r in observations(group)
                  if period[0] <= dt.date.fromisoformat(r["obs_date"]) <= period[1]]  # fmt: skip
        if inside:
            record = dict(inside[-1])
            begun = [c for c in cycles(group) if c["date_savings_started"] <= record["obs_date"]]
            record["cycle"] = begun[-1] if begun else None
            found[group] = record
    return found


def parts(record: dict) -> dict[str, tuple]:
    """``(numerator, denominator)`` of every ratio for one record; None where an input is missing.

    Formulas of the field, written out (domain notes §1.4).
    """

    def value(name: str) -> float | None:
        return None if record[name] == "" else float(record[name])

    def together(*terms: float | None) -> float | None:
        return None if None in terms else sum(t for t in terms if t is not None)

    def minus(term: float | None) -> float | None:
        return None if term is None else -term

    members = float(record["members_women"] + record["members_men"])
    savings, loans = value("savings_cycle_xof"), value("loans_outstanding_xof")
    cycle = record["cycle"]
    performing = together(value("loan_fund_cash_xof"), value("bank_balance_xof"), loans)
    assets = together(performing, value("property_xof"))
    carried = cycle["assets_at_start_xof"] - cycle["debts_at_start_xof"]
    profit = together(assets, minus(value("external_debt_xof")), minus(savings), -carried,
                      value("dividends_paid_xof"))  # fmt: skip
    days = dt.date.fromisoformat(record["obs_date"]) - dt.date.fromisoformat(
        cycle["date_savings_started"]
    )
    weeks = days.days / 7
    mature = weeks >= 12
    start = cycle["members_at_start"]
    paid, fund = value("social_fund_paid_xof"), value("social_fund_xof")
    return {
        "women_share": (float(record["members_women"]), members),
        "attendance_rate": (value("members_attending"), members),
        "dropout_rate": (value("dropouts_cycle"), together(members, value("dropouts_cycle"))),
        "retention_rate": (members, together(members, value("dropouts_cycle"))),
        "membership_growth_rate": (members - start, float(start)),
        "savings_per_member": (savings, members),
        "loan_fund_utilisation_rate": (loans, performing),
        "members_with_loans_rate": (value("members_with_loans_n"), members),
        "average_loan_size": (loans, value("loans_outstanding_n")),
        "portfolio_at_risk": (value("loans_late_xof"), loans),
        "write_off_rate": (
            value("write_offs_cycle_xof"), together(loans, value("write_offs_cycle_xof"))
        ),
        "return_on_savings": (profit, savings),
        "annualised_return_on_assets": (
            profit * 52 / weeks if mature and profit is not None else None,
            (cycle["assets_at_start_xof"] + assets) / 2 if mature and assets is not None else None,
        ),
        "debt_to_assets": (value("external_debt_xof"), assets),
        "equity_per_member": (together(assets, minus(value("external_debt_xof"))), members),
        "share_out_multiple": (together(savings, profit), savings),
        "social_fund_per_member": (fund, members),
        "social_fund_payout_share": (paid, together(fund, paid)),
    }  # fmt: skip


def twin(indicator: str, period: tuple[dt.date, dt.date], groups: set[str]) -> dict:
    """Ratio of sums over the groups that have both parts; counts; the groups' own ratios."""
    pairs = {
        group: (parts(record)[indicator], record["members_women"] + record["members_men"])
        for group, record in last_records(period).items()
        if group in groups
    }
    used = {g: (y, x, m) for g, ((y, x), m) in pairs.items() if y is not None and x is not None}
    numerator = sum(y for y, _, _ in used.values())
    denominator = sum(x for _, x, _ in used.values())
    return {
        "value": numerator / denominator if denominator else None,
        "numerator": numerator,
        "denominator": denominator,
        "n_groups": len(used),
        "n_people": sum(m for _, _, m in used.values()),
        "ratios": [y / x for y, x, _ in used.values() if x],
        "pairs": [(y, x) for y, x, _ in used.values()],
    }
