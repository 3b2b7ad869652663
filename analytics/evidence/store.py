"""Claims as a version keeps them: made at build, read by pages, never estimated on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

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
    said, rest = [], []
    for position, result in enumerate(results):
        value, detail = result.claim.as_json(), _text(result.detail)
        for role in result.roles:
            receipt = receipt_of_claim(value, role, build_id).id
            told = _text({**value, "receipt": receipt})
            said.append((role, position, result.claim.id, result.claim.place, receipt, told))
            rest.append((role, result.claim.id, detail))
    for table, rows in (("claim", said), ("claim_detail", rest)):
        names = [row[0] for row in con.execute(f"DESCRIBE {table}").fetchall()]
        columns = zip(*rows, strict=True) if rows else ([] for _ in names)
        con.register("_claims", pa.table(dict(zip(names, map(pa.array, columns), strict=True))))
        con.execute(f"INSERT INTO {table} SELECT * FROM _claims")
        con.unregister("_claims")


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
