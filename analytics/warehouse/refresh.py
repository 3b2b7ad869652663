"""``refresh``: get a public feed from its publisher, keep the last good copy, import it.

Addresses stand in ``data/reference/feeds.yaml``. Copies lie in ``<home>/feeds/``; a refresh that
fails leaves the copy and everything imported from it as they were.
"""

from __future__ import annotations

import base64
import csv
import datetime as dt
import json
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import duckdb
from rapidfuzz import process

from analytics.errors import UserError
from analytics.period import parse_period
from analytics.settings import settings
from analytics.sources.feeds.catalogue import Address, catalogue
from analytics.warehouse.fetch import Fetched, fetch
from analytics.warehouse.home import Home, write_atomically
from analytics.warehouse.land import import_files
from analytics.warehouse.report import FileReport

HAPI = "hapi.humdata.org"
_SUFFIXES = (".csv", ".xlsx", ".zip", ".geojson", ".json", ".gpkg")


@dataclass(frozen=True)
class Freshness:
    """The last month a feed tells of, and the one it should by now."""

    source: str
    last: str | None
    expected: str

    @property
    def late(self) -> bool:
        return self.last is None or self.last < self.expected


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did."""

    feed: str
    url: str
    file: Path
    bytes: int
    attempts: int
    resumed: bool
    reports: list[FileReport]
    freshness: list[Freshness]


def refresh(
    home: Home,
    feed: str,
    *,
    base_url: str | None = None,
    today: dt.date | None = None,
    progress: Callable[[str], None] = lambda text: None,
    wait: Callable[[float], None] = time.sleep,
) -> Refreshed:
    """Fetch ``feed`` and import it.

    Args:
        base_url: ask this server instead of the publisher's (its path is kept); an address that
            ends in a file is taken as it is.
        wait: how to wait between attempts.

    Raises:
        UserError: unknown feed, or nothing good came; names the copy that still stands.
    """
    known = catalogue().refresh
    if feed not in known:
        near = process.extractOne(feed, known.keys())
        raise UserError("unknown_feed", value=feed, suggestion=near[0], known=", ".join(known))
    address = known[feed]
    folder = home.root / "feeds"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / address.file
    url = _at(address.url, base_url)
    progress(url)
    try:
        fetched, url = _get(address, url, folder, base_url, wait)
    except UserError as error:
        raise _with_copy(error, kept) from error
    target = kept.with_suffix(_suffix(fetched.path) or kept.suffix)
    with tempfile.TemporaryDirectory(dir=folder) as waiting:
        # Under its own name, which reports show; it takes the copy's place only when it was read.
        arrived = fetched.path.replace(Path(waiting) / target.name)
        reports = import_files(home, [arrived], progress=progress)
        if reports and all(report.error for report in reports):
            raise _with_copy(next(r.error for r in reports if r.error), kept)
        arrived.replace(target)
    with home.lock("import"):
        write_atomically(
            folder / f"{feed}.json",
            json.dumps({"url": url, "file": target.name, "bytes": target.stat().st_size,
                        "fetched_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}),
        )  # fmt: skip
    return Refreshed(
        feed, url, target, target.stat().st_size, fetched.attempts, fetched.resumed, reports,
        [_freshness(home, name, today or dt.date.today()) for name in address.sources],
    )  # fmt: skip


def _with_copy(error: UserError, kept: Path) -> UserError:
    """The same mistake; where an earlier copy stands, that is said."""
    copies = sorted(kept.parent.glob(f"{kept.stem}.*"))
    whole = [copy for copy in copies if copy.suffix in _SUFFIXES]
    if not whole:
        return error
    day = dt.datetime.fromtimestamp(whole[0].stat().st_mtime, dt.UTC).date().isoformat()
    return _KeptError(error, whole[0].name, day)


class _KeptError(UserError):
    def __init__(self, error: UserError, copy: str, day: str) -> None:
        super().__init__(error.key, **error.values)
        self.kept = UserError("fetch_kept", file=copy, date=day)

    def message(self, lang: str) -> str:
        return f"{super().message(lang)} {self.kept.message(lang)}"


def _at(url: str, base_url: str | None) -> str:
    if base_url is None:
        return url
    base, parts = urlsplit(base_url), urlsplit(url)
    if base.scheme not in ("http", "https") or not base.netloc:
        raise UserError("base_url", value=base_url)
    if base.path.lower().endswith(_SUFFIXES):
        return base_url
    return urlunsplit(
        (base.scheme, base.netloc, base.path.rstrip("/") + parts.path, parts.query, "")
    )


def _get(
    address: Address,
    url: str,
    folder: Path,
    base_url: str | None,
    wait: Callable[[float], None],
) -> tuple[Fetched, str]:
    headers = _headers(url)
    draft = folder / f".{address.file}"
    if address.pages:
        return _pages(address, url, draft, headers, wait), url
    fetched = fetch(url, draft, headers=headers, wait=wait)
    description = _description(fetched.path)
    if description is None:
        if address.file.endswith(".csv") and _suffix(fetched.path) == ".geojson":
            # An error told as JSON in good HTTP.
            fetched.path.unlink()
            raise UserError("fetch_page", url=url, kind=fetched.kind)
        return fetched, url
    resource = _resource(description, address, url)
    fetched.path.unlink()
    return fetch(found := _at(resource, base_url), draft, wait=wait), found


def _headers(url: str) -> dict[str, str]:
    """HAPI wants to know who asks; the publisher's server only, never a stand-in."""
    if urlsplit(url).netloc != HAPI:
        return {}
    who = settings().hapi_identifier
    if not who:
        raise UserError("hapi_identifier")
    return {"X-HDX-HAPI-APP-IDENTIFIER": base64.b64encode(who.encode()).decode()}


def _pages(
    address: Address,
    url: str,
    draft: Path,
    headers: dict[str, str],
    wait: Callable[[float], None],
) -> Fetched:
    """One CSV from pages of so many rows; the header of the first page is the file's.

    A page with more or fewer rows than asked is the last: a server that knows no pages sends all.
    """
    assert address.pages is not None
    offset, size, attempts, resumed, kind = 0, 0, 0, False, ""
    whole = draft.with_name(draft.name + ".whole")
    with whole.open("w", encoding="utf-8", newline="") as sink:
        while True:
            mark = "&" if "?" in url else "?"
            page = fetch(
                f"{url}{mark}limit={address.pages}&offset={offset}", draft,
                headers=headers, wait=wait,
            )  # fmt: skip
            attempts, resumed, kind = attempts + page.attempts, resumed or page.resumed, page.kind
            rows = _append(page.path, sink, with_header=offset == 0)
            if rows != address.pages:
                break
            offset += rows
    draft.unlink()
    size = whole.stat().st_size
    return Fetched(whole.replace(draft), size, attempts, resumed, kind)


def _append(page: Path, sink: object, *, with_header: bool) -> int:
    rows = 0
    writer = csv.writer(sink)  # type: ignore[arg-type]
    with page.open(encoding="utf-8-sig", newline="", errors="replace") as handle:
        reader = csv.reader(handle)
        header = next(reader, None)
        if with_header and header is not None:
            writer.writerow(header)
        for row in filter(None, reader):
            tags = row[0].startswith("#")
            if with_header or not tags:
                writer.writerow(row)
            rows += not tags
    return rows


def _description(path: Path) -> dict | None:
    """HDX's description of a dataset, if that is what came."""
    with path.open("rb") as handle:
        if not handle.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
            return None
    try:
        answer = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError:
        return None
    result = answer.get("result") if isinstance(answer, dict) else None
    return result if isinstance(result, dict) and "resources" in result else None


def _resource(description: dict, address: Address, url: str) -> str:
    pattern = re.compile(address.resource or re.escape(address.file), re.IGNORECASE)
    for resource in description["resources"]:
        told = f"{resource.get('name', '')} {resource.get('url', '')}"
        if pattern.search(told) and resource.get("url"):
            return str(resource["url"])
    raise UserError("fetch_no_resource", url=url, wanted=address.file)


def _suffix(path: Path) -> str:
    """What the file is, by its first bytes; empty where they do not say."""
    with path.open("rb") as handle:
        start = handle.read(4096)
    if start.startswith(b"PK\x03\x04"):
        return ".xlsx" if b"xl/" in start or b"[Content_Types].xml" in start else ".zip"
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return ".geojson"
    return ""


def _freshness(home: Home, name: str, today: dt.date) -> Freshness:
    """The last month landed from a source against the one its publisher should have by now."""
    lag = dt.timedelta(days=catalogue().sources[name].lag_days)
    due = (today - lag).replace(day=1) - dt.timedelta(days=1)
    batches = home.batches("shock_exposure")
    last = None
    if batches:
        with duckdb.connect() as con:
            [(last,)] = con.execute(
                f"SELECT max(month) FROM {home.rows(batches)} WHERE source LIKE ?", [f"{name}/%"]
            ).fetchall()
    return Freshness(name, last, parse_period(f"{due.year}-{due.month:02d}").label)
