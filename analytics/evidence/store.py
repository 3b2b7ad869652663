"""Claims as a version keeps them: made at build, read by pages, never estimated on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb

from analytics.evidence.claim import Claim
from analytics.evidence.receipt import receipt_of_claim
from analytics.geography.places import parts_of
from analytics.warehouse.read import Reader

if TYPE_CHECKING:
    from analytics.evidence.engine import Result

PUBLIC, STAFF = "public", "staff"


def write_claims(con: duckdb.DuckDBPyConnection, results: Iterable[Result], build_id: str) -> None:
    """Create ``claim`` (what is said, by role) and ``claim_detail`` (what it rests on).

    ``claim_detail`` holds, by role and claim id, one JSON object: ``specification`` (one row a
    specification: name, estimate, low, high, n), ``event_study`` (one row a period since onset),
    ``parts`` (what a claim is made of), ``facts`` (further figures), ``notes``.
    """
    con.execute("CREATE TABLE claim (role VARCHAR, position BIGINT, id VARCHAR, place VARCHAR, "
                "receipt VARCHAR, claim VARCHAR)")  # fmt: skip
    con.execute("CREATE TABLE claim_detail (role VARCHAR, id VARCHAR, detail VARCHAR)")
    for position, result in enumerate(results):
        for role in result.roles:
            receipt = receipt_of_claim(result.claim.as_json(), role, build_id)
            claim = replace(result.claim, receipt=receipt.id)
            con.execute(
                "INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?)",
                [role, position, claim.id, claim.place, claim.receipt, _text(claim.as_json())],
            )
            con.execute(
                "INSERT INTO claim_detail VALUES (?, ?, ?)", [role, claim.id, _text(result.detail)]
            )


def claims(reader: Reader, role: str, place: str | None = "mali") -> tuple[Claim, ...]:
    """The claims of a version about a place, in the order of the gallery.

    Args:
        role: ``public`` reads the banded form; every other role the exact one.
        place: ``mali``, a region, or a merged unit of regions; ``None`` for every place. The
            public's region is the unit it is shown in.
    """
    if "claim" not in _tables(reader):
        return ()
    kept = PUBLIC if role == PUBLIC else STAFF
    if place and place != "mali" and kept == PUBLIC and not parts_of(place)[1:]:
        place = reader.units["2023"].get(place, place)
    rows = reader.query(
        "SELECT claim FROM claim WHERE role = ? AND (? IS NULL OR place = ?) ORDER BY position",
        [kept, place, place],
    )
    return tuple(Claim.from_json(json.loads(text)) for (text,) in rows)


def detail(reader: Reader, role: str, claim_id: str) -> dict[str, Any]:
    """What a claim rests on (see :func:`write_claims`); empty where nothing was kept."""
    if "claim_detail" not in _tables(reader):
        return {}
    rows = reader.query(
        "SELECT detail FROM claim_detail WHERE role = ? AND id = ?",
        [PUBLIC if role == PUBLIC else STAFF, claim_id],
    )
    return json.loads(rows[0][0]) if rows else {}


def _tables(reader: Reader) -> set[str]:
    return {name for (name,) in reader.query("SELECT table_name FROM information_schema.tables")}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
