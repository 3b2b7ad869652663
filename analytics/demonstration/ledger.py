"""The groups' money, month by month: one pass over time, all groups at once.

Whatever happens to the money passes through the same few entries a group's own ledger has, so
the identity the ratios rest on holds to the franc:
``cash + bank + loans + property − debt − savings − assets carried in + dividends = interest
earned − interest paid − write-offs``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analytics.demonstration.settings import Season
from analytics.demonstration.world import (
    BURN_IN,
    Bools,
    Floats,
    Ints,
    World,
    autoregressive,
    season,
    second_onset,
)

WEEKS_A_MONTH = 52 / 12

#: what is kept of every month, each an array (months shown, groups)
KEPT = (
    "members", "dropouts", "new_members", "savings", "fund", "loans", "loans_n", "borrowers",
    "late", "write_offs", "social_fund", "social_paid", "social_crisis", "households",
    "property", "debt", "dividends", "disbursed", "disbursed_n",
)  # fmt: skip


@dataclass
class Ledger:
    """Result of the pass.

    ``monthly[name]`` has shape (months shown, groups), whole XOF or counts; ``fund`` is cash,
    bank and loans together. ``cycles`` has one row a cycle begun; ``last_month`` is the month of
    its share-out whether or not anyone lived to report it.
    """

    monthly: dict[str, np.ndarray]
    meets: Bools
    cycles: dict[str, Ints]
    share_value: Ints
    interest_pct: Floats


@dataclass
class _Books:
    """Running state of all groups; every field has shape (groups,)."""

    n: int
    entries: dict[str, Ints] = field(init=False)

    def __post_init__(self) -> None:
        self.entries = {name: np.zeros(self.n, np.int64) for name in KEPT}

    def __getitem__(self, name: str) -> Ints:
        return self.entries[name]

    def __setitem__(self, name: str, value: Ints) -> None:
        self.entries[name] = value

    def close(self, who: Bools, names: tuple[str, ...]) -> None:
        for name in names:
            self.entries[name] = np.where(who, 0, self.entries[name])


def keep_ledgers(world: World) -> Ledger:
    """Live through all months of ``world`` and return what the groups' ledgers hold."""
    return _Pass(world).run()


def log_deposit(world: World) -> Floats:
    """Expected log deposit of a member in a month, by cercle and month, without group terms.

    Shape (cercles, months). Holds trend, season, cercle level and noise, and the effects T1 and
    T13; the moderation T2 is by group and added by the pass.
    """
    chosen = world.settings
    savings, shocks = chosen.savings, chosen.shocks
    months, cercles = world.months, len(world.places.cercles)
    level = savings.cercle_sd * world.stream("ledger.cercle").standard_normal(cercles)
    exposed = world.shocks.onset < world.months[-1] + 1
    base = np.log(savings.deposit_month_xof) + level + savings.exposed_level * exposed
    common = savings.trend_month * (months - 2018 * 12) + _season(months, savings.season)
    crisis = (months >= shocks.prices.start) & (months < shocks.prices.start + shocks.prices.months)
    common = common + np.log1p(shocks.prices.savings) * crisis
    noise = _autoregressive_by_cercle(world)
    return base[:, None] + common + noise + insecurity_effect(world)


def insecurity_effect(world: World) -> Floats:
    """T1 in log points, shape (cercles, months): full size, then fading, 0 before the onset.

    With it, in the worlds that have them, what neighbours feel (T10) and what a second coming does
    (T12).
    """
    insecurity = world.settings.shocks.insecurity

    def path(since: Ints) -> Floats:
        full = np.interp(
            since,
            [insecurity.hold_until, insecurity.floor_from],
            [insecurity.savings, insecurity.floor],
        )
        return np.where(since >= 0, full, 0.0)

    own = world.shocks.months_since_onset
    effect = path(own)
    if insecurity.spillover:
        near = world.months[None, :] - neighbours_onset(world)[:, None]
        effect = effect + np.where(own < 0, insecurity.spillover * path(near), 0.0)
    if insecurity.again.share:
        second = world.months[None, :] - second_onset(world)[:, None]
        effect = effect + insecurity.again.savings / insecurity.savings * path(second)
    return effect


def neighbours_onset(world: World) -> Ints:
    """The month in which insecurity first reached any cercle of a cercle's region of 2023."""
    region = np.array([cercle.region_2023 for cercle in world.places.cercles])
    onset = world.shocks.onset
    return np.array([onset[region == own].min() for own in region])


def buffer_effect(world: World) -> Floats:
    """T2 by group, log points while it lasts; averages zero over exposed groups.

    The causal part goes to groups with a social fund, the rest to wealthy groups, who keep funds
    more often: comparing groups with and without a fund finds ``naive``.
    """
    buffer, groups = world.settings.shocks.insecurity.buffer, world.groups
    exposed = world.shocks.onset[groups.cercle] <= world.months[-1]
    with_fund, without = exposed & groups.fund, exposed & ~groups.fund
    effect = buffer.causal * groups.fund
    if with_fund.any() and without.any():
        gap = groups.wealth[with_fund].mean() - groups.wealth[without].mean()
        if gap > 0:
            effect = effect + (buffer.naive - buffer.causal) / gap * groups.wealth
    return effect - (effect[exposed].mean() if exposed.any() else 0.0)


def _season(months: Ints, wave: Season) -> Floats:
    return season(months % 12 + 1, wave.amplitude, wave.peak_month)


def _autoregressive_by_cercle(world: World) -> Floats:
    return autoregressive(
        world.stream("ledger.cercle_noise"),
        world.settings.savings.cercle_noise,
        (len(world.places.cercles), len(world.months)),
    )


class _Pass:
    """One walk through time. Each method below is one page of the ledger."""

    def __init__(self, world: World) -> None:
        self.world, self.settings = world, world.settings
        groups, chosen = world.groups, world.settings
        self.n = len(groups)
        self.books = _Books(self.n)
        self.streams: dict[str, np.random.Generator] = {}
        self.expected = log_deposit(world)[groups.cercle]
        self.buffer = buffer_effect(world)
        self.noise = np.zeros(self.n)
        self.late_noise = np.zeros(self.n)
        self.carry = np.zeros(self.n, np.int64)
        self.cycle_row = np.full(self.n, -1)
        self.cycle_pages: list[dict[str, Ints]] = []
        self.share_outs: list[tuple[Ints, int, Ints]] = []
        self.cycles_begun = 0

        cycles, credit, fund = chosen.cycles, chosen.credit, chosen.social_fund
        rates = list(cycles.interest_pct)
        self.interest_pct = np.array(rates)[
            self.draw("rate").choice(len(rates), self.n, p=list(cycles.interest_pct.values()))
        ]
        self.share_value = self._share_values()
        self.carry_part = np.where(
            self.draw("carries").random(self.n) < cycles.carry_over_share,
            self.draw("carry_part").uniform(*cycles.carry_over, self.n),
            0.0,
        )
        self.use = credit.utilisation_group_sd * self.draw("use").standard_normal(self.n)
        steps = list(fund.contribution_meeting_xof)
        self.contribution = (
            groups.fund
            * np.array(steps)[
                self.draw("contribution").choice(
                    len(steps), self.n, p=list(fund.contribution_meeting_xof.values())
                )
            ]
        )
        self.pays_dividend = self.draw("dividend").random(self.n) < credit.dividend_share
        self.borrows_outside = self.draw("debtor").random(self.n) < credit.debt_share
        self.holds_debt = self.draw("holder").random(self.n) < credit.debt_held_over_share
        owns = self.draw("owner").random(self.n) < credit.property_share
        worth = self.draw("worth").uniform(*credit.property_xof, self.n)
        self.books["property"] = _down(worth * owns, 1000)
        size = chosen.groups.members
        self.books["members"] = np.clip(
            np.rint(size.mean + size.sd * self.draw("size").standard_normal(self.n)),
            size.lowest,
            size.highest,
        ).astype(np.int64)
        self.at_start = self.books["members"]

    def draw(self, concept: str) -> np.random.Generator:
        """The stream of a concept, kept open: every month takes its next numbers from it."""
        if concept not in self.streams:
            self.streams[concept] = self.world.stream(f"ledger.{concept}")
        return self.streams[concept]

    def run(self) -> Ledger:
        months, groups = self.world.months, self.world.groups
        shown = len(months) - BURN_IN
        monthly = {name: np.zeros((shown, self.n), np.int32) for name in KEPT}
        meets = np.zeros((shown, self.n), bool)
        period = groups.cycle_months + groups.pause_months
        for column, month in enumerate(months):
            age = month - groups.savings_from
            alive = (age >= 0) & (month < groups.closed)
            position = age % period
            saving = alive & (position < groups.cycle_months)
            self._open(saving & (position == 0), age // period + 1, int(month))
            self._members(saving, position)
            self._money(saving, position, column)
            self._social_fund(saving, column)
            ends = saving & (position == groups.cycle_months - 1)
            self._share_out(ends | (saving & (month == groups.closed - 1)), int(month))
            if column >= BURN_IN:
                meets[column - BURN_IN] = saving
                for name in KEPT:
                    monthly[name][column - BURN_IN] = self.books[name]
        return Ledger(monthly, meets, self._cycles(), self.share_value, self.interest_pct)

    def _share_values(self) -> Ints:
        """The step nearest to what an average member can buy in shares at a meeting."""
        cycles = self.settings.cycles
        steps = np.array(cycles.share_values_xof)
        weekly = np.exp(self.expected.mean(axis=1) + self.world.groups.level) / WEEKS_A_MONTH
        wished = weekly / cycles.shares_per_meeting
        nearest = np.abs(np.log(wished[:, None] / steps)).argmin(axis=1)
        return steps[nearest]

    def _open(self, opens: Bools, number: Ints, month: int) -> None:
        """First meeting of a cycle: everything but property, debt and social fund restarts."""
        books, size = self.books, self.settings.groups.members
        recruits = self.settings.groups.recruits_at_cycle_start
        draws = self.draw("recruits").standard_normal(self.n)
        joined = np.rint(books["members"] + recruits.mean + recruits.sd * draws)
        joined = np.clip(joined, size.lowest, size.highest).astype(np.int64)
        books["members"] = np.where(opens & (number > 1), joined, books["members"])
        self.at_start = np.where(opens, books["members"], self.at_start)
        books.close(
            opens,
            ("dropouts", "new_members", "savings", "loans", "late", "write_offs", "dividends",
             "disbursed", "disbursed_n", "social_paid", "social_crisis", "households"),
        )  # fmt: skip
        books["fund"] = np.where(opens, self.carry, books["fund"])
        who = np.flatnonzero(opens)
        self.cycle_row[who] = self.cycles_begun + np.arange(len(who))
        self.cycles_begun += len(who)
        self.cycle_pages.append(
            {
                "group": who,
                "number": number[who],
                "first_month": np.full(len(who), month),
                "members": books["members"][who],
                "assets": (books["fund"] + books["property"])[who],
                "debts": books["debt"][who],
            }
        )

    def _members(self, saving: Bools, position: Ints) -> None:
        books, traits = self.books, self.settings.groups
        size = traits.members
        left = self.draw("dropouts").poisson(traits.dropout_rate_month * self.at_start)
        came = self.draw("new_members").poisson(traits.new_member_rate_month * self.at_start)
        open_to_new = (position > 0) & (position < 6)
        # never below or above the size of a working group: departures give way first
        left = np.where(saving & (position > 0), left, 0)
        left = np.clip(left, 0, np.maximum(books["members"] - size.lowest, 0))
        came = np.where(saving & open_to_new, came, 0)
        came = np.clip(came, 0, np.maximum(size.highest - books["members"] + left, 0))
        books["dropouts"] = books["dropouts"] + left
        books["new_members"] = books["new_members"] + came
        books["members"] = books["members"] - left + came

    def _money(self, saving: Bools, position: Ints, column: int) -> None:
        books, credit = self.books, self.settings.credit
        deposit = self._deposit(column) * saving
        interest = self.interest_pct / 100 * credit.collection * books["loans"]
        lost = _down(credit.write_off_month * books["late"], 100) * saving
        books["savings"] = books["savings"] + deposit
        books["fund"] = books["fund"] + deposit + _down(interest, 25) * saving - lost
        books["write_offs"] = books["write_offs"] + lost
        self._outside_debt(saving, position)
        self._dividends(saving & (position == 7))
        self._purchases(saving & (position >= 6) & (position <= 9))
        self._loans(saving, position, column, lost)

    def _deposit(self, column: int) -> Ints:
        """Whole shares bought by all members in the month, in XOF."""
        savings, insecurity = self.settings.savings, self.settings.shocks.insecurity
        groups, world = self.world.groups, self.world
        innovation = savings.noise.sd * self.draw("noise").standard_normal(self.n)
        if column:
            innovation *= np.sqrt(1 - savings.noise.rho**2)
        self.noise = savings.noise.rho * self.noise + innovation
        since = world.shocks.months_since_onset[groups.cercle, column]
        buffered = (since >= 0) & (since < insecurity.buffer.months)
        log = self.expected[:, column] + groups.level + self.noise + self.buffer * buffered
        shares = np.rint(np.exp(log) * self.books["members"] / self.share_value)
        return np.maximum(shares, 1).astype(np.int64) * self.share_value

    def _outside_debt(self, saving: Bools, position: Ints) -> None:
        books, credit = self.books, self.settings.credit
        cost = _down(credit.debt_interest_month * books["debt"], 25) * saving
        takes = saving & (position == 3) & self.borrows_outside & (books["debt"] == 0)
        loan = _down(credit.debt_of_savings * books["savings"], 1000) * takes
        late_payers = self.holds_debt & (position == 2)
        on_time = ~self.holds_debt & (position == self.world.groups.cycle_months - 2)
        repaid = books["debt"] * (saving & (late_payers | on_time))
        books["fund"] = books["fund"] - cost + loan - repaid
        books["debt"] = books["debt"] + loan - repaid

    def _dividends(self, when: Bools) -> None:
        books = self.books
        gained = books["fund"] - books["debt"] - books["savings"] - self.carry
        paid = _down(0.3 * np.maximum(gained, 0), 500) * (when & self.pays_dividend)
        books["fund"] = books["fund"] - paid
        books["dividends"] = books["dividends"] + paid

    def _purchases(self, when: Bools) -> None:
        books, credit = self.books, self.settings.credit
        buys = when & (self.draw("purchase").random(self.n) < credit.purchase_month)
        price = _down(0.15 * books["fund"], 1000) * buys
        books["fund"] = books["fund"] - price
        books["property"] = books["property"] + price

    def _loans(self, saving: Bools, position: Ints, column: int, lost: Ints) -> None:
        books, credit = self.books, self.settings.credit
        before = books["loans"]
        progress = position / np.maximum(self.world.groups.cycle_months - 1, 1)
        noise = credit.utilisation_noise_sd * self.draw("utilisation").standard_normal(self.n)
        use = np.clip(_profile(credit.utilisation_profile, progress) + self.use + noise, 0.02, 0.96)
        wished = _down(use * books["fund"], 500)
        loans = np.where(saving, np.where(wished < 5000, 0, wished), before)

        repaid = np.maximum(_down(before / credit.term_months, 500), before - lost - loans)
        lent = np.where(saving, loans - before + lost + repaid, 0)
        books["loans"] = loans
        books["disbursed"] = books["disbursed"] + lent
        self._borrowers(saving, progress, lent)
        self._late(saving & (position >= 2))

    def _borrowers(self, saving: Bools, progress: Floats, lent: Ints) -> None:
        books, credit = self.books, self.settings.credit
        loans, members = books["loans"], books["members"]
        part = _profile(credit.borrowers_profile, progress)
        part = part + credit.borrowers_sd * self.draw("borrowers").standard_normal(self.n)
        # no loan below 1,000 XOF
        people = np.clip(np.rint(part * members), 1, np.minimum(members, loans // 1000))
        second = self.draw("second").binomial(2, credit.second_loan_share / 2, self.n)
        open_loans = (people + second).astype(np.int64)
        books["borrowers"] = np.where(loans > 0, people, 0).astype(np.int64)
        books["loans_n"] = np.where(loans > 0, open_loans, 0)
        mean = loans / np.maximum(books["loans_n"], 1)
        lent_n = np.ceil(lent / np.maximum(mean, 1000)).astype(np.int64)
        total = np.maximum(books["disbursed_n"] + lent_n, books["loans_n"])
        books["disbursed_n"] = np.where(saving, total, books["disbursed_n"])

    def _late(self, when: Bools) -> None:
        late, books = self.settings.credit.late, self.books
        innovation = self.draw("late").standard_normal(self.n)
        self.late_noise = late.rho * self.late_noise + np.sqrt(1 - late.rho**2) * innovation
        part = np.clip(late.shift + late.spread * self.late_noise, 0, 0.8)
        books["late"] = _down(part * books["loans"], 100) * when

    def _social_fund(self, saving: Bools, column: int) -> None:
        books, fund = self.books, self.settings.social_fund
        meetings = self.draw("meetings").integers(3, 4, self.n, endpoint=True)
        paid_in = self.contribution * meetings * books["members"] * saving
        books["social_fund"] = books["social_fund"] + paid_in
        self._help("ordinary", fund.ordinary_month, fund.ordinary_part, saving)
        risk = self.world.shocks.crisis_payment[self.world.groups.cercle, column]
        self._help("crisis", risk, fund.crisis_part, saving)

    def _help(
        self, kind: str, chance: float | Floats, part: tuple[float, float], saving: Bools
    ) -> None:
        books = self.books
        happens = saving & (self.draw(f"{kind}_help").random(self.n) < chance)
        wished = self.draw(f"{kind}_part").uniform(*part, self.n) * books["social_fund"]
        paid = _down(wished, 500) * happens
        households = np.where(kind == "crisis", paid // self.settings.social_fund.household_xof, 1)
        # a household counts once a cycle, so the sum cannot run away from the membership
        room = np.maximum(2 * books["members"] - books["households"], 0)
        households = np.minimum(np.maximum(households, 1), room) * (paid > 0)
        books["social_fund"] = books["social_fund"] - paid
        books["social_paid"] = books["social_paid"] + paid
        books["households"] = books["households"] + households
        if kind == "crisis":
            books["social_crisis"] = books["social_crisis"] + paid

    def _share_out(self, ends: Bools, month: int) -> None:
        """What members take home; the part kept back opens the next cycle."""
        books = self.books
        kept = np.maximum(_down(self.carry_part * books["fund"], 1000), books["debt"])
        self.carry = np.where(ends, np.minimum(kept, books["fund"]), self.carry)
        who = np.flatnonzero(ends)
        self.share_outs.append((self.cycle_row[who], month, (books["fund"] - self.carry)[who]))

    def _cycles(self) -> dict[str, Ints]:
        cycles = {
            name: np.concatenate([page[name] for page in self.cycle_pages])
            for name in self.cycle_pages[0]
        }
        cycles["last_month"] = np.full(self.cycles_begun, -1)
        cycles["share_out"] = np.zeros(self.cycles_begun, np.int64)
        for rows, month, amounts in self.share_outs:
            known = rows >= 0
            cycles["last_month"][rows[known]] = month
            cycles["share_out"][rows[known]] = amounts[known]
        return cycles


def _down(amount: Floats | Ints, step: int) -> Ints:
    """Whole multiples of ``step`` XOF, never more than the amount."""
    return (np.floor(amount / step) * step).astype(np.int64)


def _profile(points: list[float], progress: Floats) -> Floats:
    """A value that changes through the cycle; ``progress`` runs from 0 to 1."""
    return np.interp(progress, np.linspace(0, 1, len(points)), points)
