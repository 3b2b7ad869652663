"""The call to action: versions, two writers, what moved, handing over; claims that weaken."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from analytics.advocacy.appeal import (
    OutOfDate,
    Version,
    compare,
    freeze,
    moved,
    proposal,
    refreshed,
    save,
    versions,
)
from analytics.advocacy.choice import balanced
from analytics.advocacy.evidence import Memory, links
from analytics.advocacy.plan import coverage, state_of, waiting
from analytics.advocacy.register import Register
from analytics.errors import UserError
from analytics.evidence.claim import Claim
from analytics.sources.contracts import Action, AdvocacyAxis, Ally, Demand
from analytics.warehouse.home import Home

TODAY = dt.date(2026, 11, 24)
DRAFT = Version(preamble={"fr": "Nous, groupes", "en": "We, groups"}, signatories=("Réseau A",))


def claim(id: str = "c01_continuity", **changes: object) -> Claim:
    made = Claim(
        id=id, title_fr="t", title_en="t", verdict="supported", grade=3, design="description",
        estimator="e", estimate=0.9, low=0.8, high=0.95, unit="share", direction="up",
        n_groups="100–499", n_cercles="10–19", place="mali", period="2022", crisis=None,
        statement_fr="90 % des groupes", statement_en="90% of groups",
    )  # fmt: skip
    return replace(made, **changes)


def demand(**changes: object) -> Demand:
    known = {
        "demand_id": "D1", "axis_id": "A1", "date": dt.date(2026, 1, 10), "region": "segou",
        "addressed_to": "Gouvernorat", "text_fr": "Appliquer", "text_en": "Apply",
        "claim_ids": "c01_continuity", "status": "tabled",
    }  # fmt: skip
    return Demand(**{**known, **changes})


def test_versions_are_numbered_and_none_is_ever_changed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = save(home, DRAFT, seen=0, by="editor")
    second = save(home, replace(first, preamble={"fr": "Nous", "en": "We"}), seen=1, by="manager")
    assert [(v.number, v.by) for v in versions(home)] == [(1, "editor"), (2, "manager")]
    assert versions(home)[0] == first, "what it holds is read back as it was"
    with pytest.raises(UserError, match="Nothing changed"):
        save(home, second, seen=2, by="editor")
    [change] = compare(first, second, "fr")
    assert (change.part, change.before, change.after) == ("preamble", "Nous, groupes", "Nous")


def test_the_second_writer_is_told_and_may_then_save(tmp_path: Path) -> None:
    home = Home(tmp_path)
    save(home, DRAFT, seen=0, by="editor")
    mine = replace(DRAFT, signatories=("Réseau A", "Réseau B"))
    with pytest.raises(OutOfDate) as told:
        save(home, mine, seen=0, by="manager")
    assert told.value.theirs.number == 1
    assert save(home, mine, seen=1, by="manager").number == 2


def test_a_frozen_version_has_a_date_a_receipt_and_cannot_be_frozen_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(UserError):
        freeze(home, 0, to="Ministère", by="manager", on=TODAY)
    save(home, DRAFT, seen=0, by="editor")
    frozen = freeze(home, 1, to="Ministère", by="manager", on=TODAY)
    assert frozen.number == 2 and frozen.frozen.on == "2026-11-24"
    assert frozen.frozen.receipt.startswith("ca-0002-")
    with pytest.raises(UserError, match="frozen already"):
        freeze(home, 2, to="Ministère", by="manager", on=TODAY)
    changed = replace(frozen, signatories=("Réseau C",))
    assert save(home, changed, seen=2, by="editor").frozen is None, "work goes on in a new one"


@pytest.mark.parametrize(
    "wrong",
    [
        replace(DRAFT, preamble={"fr": "Nous", "en": " "}),
        replace(DRAFT, preamble={"fr": "x" * 7000, "en": "We"}),
        replace(DRAFT, signatories=("x" * 301,)),
    ],
)
def test_a_version_that_is_not_whole_is_not_saved(tmp_path: Path, wrong: Version) -> None:
    with pytest.raises(UserError):
        save(Home(tmp_path), wrong, seen=0, by="editor")
    assert versions(Home(tmp_path)) == ()


def test_claims_move_only_when_a_person_says_so() -> None:
    made = replace(DRAFT, claims=(claim(), claim("c02_x")))
    weaker_now = claim(verdict="inconclusive", grade=None, statement_fr="on ne sait")
    found = moved(made, [weaker_now])
    assert [(m.then.id, m.weakened) for m in found] == [
        ("c01_continuity", True), ("c02_x", True)
    ]  # fmt: skip
    assert made.claims[0].verdict == "supported"
    assert refreshed(made, [weaker_now], "b2").claims == (weaker_now,)
    assert moved(made, made.claims) == ()


def test_a_demand_says_when_its_claim_has_weakened() -> None:
    before = Memory(dt.date(2026, 1, 1), {"c01_continuity": claim()})
    after = Memory(dt.date(2026, 6, 1), {"c01_continuity": claim(grade=2)})
    [link] = links(demand(), [claim(grade=2)], [before, after])
    assert link.weakened and link.since == dt.date(2026, 1, 1)
    # What was first known after the demand is what it is measured by.
    [later] = links(demand(date=dt.date(2025, 1, 1)), [claim(grade=3)], [after])
    assert not later.weakened and later.since == dt.date(2026, 6, 1)
    [unknown] = links(demand(claim_ids="c99_none"), [claim()], [before])
    assert unknown.now is None and not unknown.weakened
    [local] = links(demand(), [claim(), claim("c01_continuity-segou")], [])
    assert local.claim_id == "c01_continuity-segou"


def test_good_news_never_stands_alone_where_there_is_other() -> None:
    null = claim("c03_x", verdict="no_meaningful_effect", grade=2)
    many = [claim(f"c{n:02d}_x") for n in range(4, 9)]
    assert [c.id for c in balanced([*many, null], 3)] == ["c04_x", "c05_x", "c03_x"]
    assert balanced([claim(verdict="refused", grade=None)], 3) == []
    twice = [claim("c14_a", crisis="prices"), claim("c14_a-segou", grade=4)]
    assert [c.id for c in balanced(twice, 3)] == ["c14_a-segou"], "one a question"


def action(due: str, status: str, **changes: object) -> Action:
    known = {"action_id": "X", "axis_id": "A1", "region": "segou", "title_fr": "f", "title_en": "e",
             "responsible": "Direction", "due_date": dt.date.fromisoformat(due), "status": status}
    return Action(**{**known, **changes})  # fmt: skip


@pytest.mark.parametrize(
    ("due", "status", "money", "expected"),
    [
        ("2026-12-01", "planned", {}, ("planned", 0)),
        ("2026-11-20", "under_way", {}, ("late", 4)),
        ("2026-11-20", "under_way", {"budget_xof": 10, "spent_xof": 10}, ("blocked", 4)),
        ("2026-12-20", "late", {}, ("late", 0)),
        ("2025-11-24", "late", {}, ("blocked", 365)),
        ("2025-11-24", "done", {}, ("done", 0)),
        ("2025-11-24", "dropped", {}, ("dropped", 0)),
    ],
)
def test_what_a_status_amounts_to_on_a_day(
    due: str, status: str, money: dict[str, int], expected: tuple[str, int]
) -> None:
    assert state_of(action(due, status, **money), TODAY) == expected


def test_days_waiting_and_coverage_by_allies() -> None:
    register = Register(
        axes=(AdvocacyAxis(axis_id="A1", title_fr="f", title_en="e"),),
        actions=(action("2026-12-01", "planned"),
                 action("2026-12-01", "planned", region="kayes")),
        demands=(demand(), demand(demand_id="D2", status="met", status_date=dt.date(2026, 1, 20)),
                 demand(demand_id="D3", date=dt.date(2026, 11, 1))),
        allies=(Ally(ally_id="L1", name="ONG", kind="ngo", region="segou"),
                Ally(ally_id="L2", name="Faîtière", kind="apex")),
    )  # fmt: skip
    told = [(w.demand.demand_id, w.days, w.open, w.overdue) for w in waiting(register, TODAY)]
    assert told == [("D1", 318, True, True), ("D3", 23, True, False), ("D2", 10, False, False)]
    found = coverage(register)
    assert found.axes == {"A1": (1, 2)} and len(found.without) == 19
    assert [ally.ally_id for ally in found.national] == ["L2"]
    assert [a.ally_id for a in register.of_region("kayes").allies] == ["L2"]
    text = proposal(register, [claim()], "b1")
    assert [d.id for d in text.demands] == ["D1"], "each wording and addressee once, open ones"
