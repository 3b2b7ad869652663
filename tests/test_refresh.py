"""``refresh`` against a server of our own: whole, slow, cut, wrong, gone, in pages, elsewhere.

A failure leaves the last good copy and all that was imported from it.
"""

from __future__ import annotations

import http.server
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import geopandas
import pytest
from shapely.geometry import box

from analytics import settings as configuration
from analytics.errors import UserError
from analytics.geography.places import region_units
from analytics.warehouse.home import Home
from analytics.warehouse.refresh import refresh
from analytics.warehouse.report import FileReport

HEAD = (
    "location_code,admin1_code,admin1_name,admin2_code,admin2_name,event_type,events,fatalities,"
    "reference_period_start\n"
)
LINE = "MLI,ML02,Koulikoro,ML0206,Koulikoro,political_violence,2,3,2025-01-01\n"
HAPI = (HEAD + LINE).encode()
PRICES = (
    b"date,admin1,admin2,market,commodity,unit,priceflag,pricetype,currency,price\n"
    b"2021-06-15,Segou,Niono,Niono,Millet,KG,actual,Retail,XOF,200\n"
    b"2022-06-15,Segou,Niono,Niono,Millet,KG,actual,Retail,XOF,300\n"
)


class Server(http.server.BaseHTTPRequestHandler):
    """Answers each request with the next of ``script``, and with ``files`` when it is done."""

    script: list[str] = []  # noqa: RUF012
    asked: list[tuple[str, str | None]] = []  # noqa: RUF012
    files: dict[str, bytes] = {}  # noqa: RUF012
    tag: str | None = '"v1"'

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.asked.append((self.path, self.headers.get("Range")))
        body = self.files.get(parts.path, HAPI)
        step = self.script.pop(0) if self.script else "good"
        status, kind, length = 200, "text/csv", len(body)
        if step in ("404", "500", "503"):
            status, body, length = int(step), b"", 0
        elif step == "page":
            kind, body = "text/html", b"<!doctype html><p>maintenance"
            length = len(body)
        elif step == "page called csv":
            body = b"<html><body>maintenance"
            length = len(body)
        elif step == "json":
            body = b'{"detail": "overloaded"}'
            length = len(body)
        elif step == "empty":
            body, length = b"", 0
        elif step == "cut":
            body = body[: len(body) // 2]
        elif start := (self.headers.get("Range") or "").removeprefix("bytes=").rstrip("-"):
            status, body = 206, body[int(start) :]
            length = len(body)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if step == "cut unsaid":
            body = body[: len(body) // 2]
        else:
            self.send_header("Content-Length", str(length))
        if self.tag:
            self.send_header("ETag", self.tag)
        self.end_headers()
        if step == "silent":
            body = body[:20]
        try:
            for block in [body] if step != "drip" else [body[i : i + 9] for i in range(0, 999, 9)]:
                self.wfile.write(block)
                self.wfile.flush()
                if step == "drip":
                    time.sleep(0.01)
            if step == "silent":
                time.sleep(0.6)
        except OSError:
            pass  # the other side had enough

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Server.script, Server.asked, Server.files, Server.tag = [], [], {}, '"v1"'
    monkeypatch.setenv("EVIDENCE_FETCH_TIMEOUT_S", "0.3")
    configuration.settings.cache_clear()
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    running.daemon_threads = True
    threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()


def ask(home: Path, url: str, *script: str, feed: str = "hapi-conflict"):
    Server.script = list(script)
    return refresh(Home(home), feed, base_url=url, wait=lambda seconds: None)


def counts(report: FileReport) -> tuple[int, ...]:
    return (report.rows_read, report.rows_landed, report.rows_rejected, report.rows_duplicate,
            report.rows_out_of_scope)  # fmt: skip


def test_a_feed_is_fetched_kept_and_imported(server: str, tmp_path: Path) -> None:
    done = ask(tmp_path, server)
    assert done.file.read_bytes() == HAPI.replace(b"\n", b"\r\n")
    assert [counts(r) for r in done.reports] == [(1, 1, 0, 0, 0)]
    assert done.freshness[0].late and done.freshness[0].last == "2025-01"
    # the same content again lands nothing and is no mistake
    assert [counts(r) for r in ask(tmp_path, server).reports] == [(1, 0, 0, 1, 0)]
    left = {path.name for path in (tmp_path / "feeds").iterdir()}
    assert left == {"hapi-conflict.json", "hdx_hapi_conflict_event_mli.csv"}


@pytest.mark.parametrize(
    ("script", "attempts"),
    [(("500", "503", "good"), 3), (("drip",), 1), (("silent", "good"), 2), (("good",), 1)],
)
def test_a_bad_line_is_tried_again(
    script: tuple[str, ...], attempts: int, server: str, tmp_path: Path
) -> None:
    done = ask(tmp_path, server, *script)
    assert done.attempts == attempts
    assert [counts(r) for r in done.reports] == [(1, 1, 0, 0, 0)]


@pytest.mark.parametrize("tag", ['"v1"', None, 'W/"v1"'])
def test_an_interrupted_download_goes_on_where_it_stopped(
    tag: str | None, server: str, tmp_path: Path
) -> None:
    """Only where the server says which version of the file it sends; else from the start."""
    Server.tag = tag
    done = ask(tmp_path, server, "cut", "good")
    half = f"bytes={len(HAPI) // 2}-" if tag == '"v1"' else None
    assert [asked for _, asked in Server.asked] == [None, half]
    assert done.resumed == (half is not None)
    assert [counts(r) for r in done.reports] == [(1, 1, 0, 0, 0)]


@pytest.mark.parametrize(
    ("script", "key"),
    [
        (("404",), "fetch_refused"),
        (("page",), "fetch_page"),
        (("page called csv",), "fetch_page"),
        (("empty",), "fetch_empty"),
        (("500",) * 5, "fetch_failed"),
        (("cut",) * 5, "fetch_failed"),
    ],
)
def test_a_failure_leaves_the_last_good_copy(
    script: tuple[str, ...], key: str, server: str, tmp_path: Path
) -> None:
    good = ask(tmp_path, server).file.read_bytes()
    Server.tag = None
    with pytest.raises(UserError) as failed:
        ask(tmp_path, server, *script)
    assert failed.value.key == key
    for lang in ("fr", "en"):
        assert "hdx_hapi_conflict_event_mli.csv" in failed.value.message(lang)
    assert (tmp_path / "feeds" / "hdx_hapi_conflict_event_mli.csv").read_bytes() == good


def test_a_file_that_drips_for_ever_is_given_up(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_FETCH_MAX_S", "0.1")
    configuration.settings.cache_clear()
    with pytest.raises(UserError) as failed:
        ask(tmp_path, server, *["drip"] * 5)
    assert failed.value.key == "fetch_failed" and "0.1 s" in failed.value.message("en")


def test_an_error_told_as_json_is_no_file(server: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as failed:
        ask(tmp_path, server, "json", feed="hdx-food-prices")
    assert failed.value.key == "fetch_page"


def test_answers_in_pages_are_one_file(server: str, tmp_path: Path) -> None:
    rows = [LINE.replace("2025-01", f"{2000 + i // 12}-{i % 12 + 1:02d}") for i in range(120)]
    whole = [rows[i % 120].replace(",2,3,", f",{i % 7},3,") for i in range(10_003)]
    tags = "#country+code,#adm1+code,#adm1+name,#adm2+code,#adm2+name,#event+type,,,#date+start\n"

    class Pages(dict):
        def get(self, path: str, default: bytes | None = None) -> bytes:  # type: ignore[override]
            asked = parse_qs(urlsplit(Server.asked[-1][0]).query)
            first, most = int(asked["offset"][0]), int(asked["limit"][0])
            return (HEAD + tags + "".join(whole[first : first + most])).encode()

    Server.files = Pages()
    done = ask(tmp_path, server)
    assert [path.partition("&offset=")[2] for path, _ in Server.asked] == ["0", "10000"]
    assert done.reports[0].rows_read == 10_003
    lines = done.file.read_text().splitlines()
    assert len(lines) == 10_005 and sum(line.startswith("#") for line in lines) == 1


def test_a_server_that_knows_no_pages_is_asked_once(server: str, tmp_path: Path) -> None:
    Server.files = {"/api/v2/coordination-context/conflict-events": (HEAD + LINE * 10_001).encode()}
    ask(tmp_path, server)
    assert len(Server.asked) == 1


def test_a_description_leads_on_to_the_file(server: str, tmp_path: Path) -> None:
    address = "https://data.example.org/dataset/1/download/wfp_food_prices_mli.csv"
    description = {"success": True, "result": {"resources": [
        {"name": "QuickCharts", "url": "https://data.example.org/qc.csv"},
        {"name": "Mali - Food Prices", "url": address},
    ]}}  # fmt: skip
    Server.files = {
        "/api/3/action/package_show": json.dumps(description).encode(),
        "/dataset/1/download/wfp_food_prices_mli.csv": PRICES,
    }
    done = ask(tmp_path, server, feed="hdx-food-prices")
    assert done.file.name == "wfp_food_prices_mli.csv"
    assert [counts(r) for r in done.reports] == [(2, 2, 0, 0, 0)]
    Server.files = {"/api/3/action/package_show": b'{"result": {"resources": []}}'}
    with pytest.raises(UserError) as failed:
        ask(tmp_path, server, feed="hdx-food-prices")
    assert failed.value.key == "fetch_no_resource"


@pytest.fixture(scope="module")
def boundaries(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Nine squares under the names of the regions of 2012, as a zipped shapefile."""
    folder = tmp_path_factory.mktemp("boundaries")
    names = [unit.name_fr for unit in region_units("2012")]
    squares = [box(-8 + i % 3, 12 + i // 3, -7 + i % 3, 13 + i // 3) for i in range(9)]
    frame = geopandas.GeoDataFrame({"ADM1_FR": names}, geometry=squares, crs="EPSG:4326")
    frame.to_file(folder / "mli_adm1.shp")
    archive = folder / "mli_adm_shp.zip"
    with zipfile.ZipFile(archive, "w") as sink:
        for part in sorted(folder.glob("mli_adm1.*")):
            sink.write(part, part.name)
    return archive.read_bytes()


def test_boundaries_come_as_a_zipped_shapefile(
    server: str, boundaries: bytes, tmp_path: Path
) -> None:
    description = {"result": {"resources": [
        {"name": "mli_adm.xlsx", "url": "https://data.example.org/mli_adm.xlsx"},
        {"name": "mli_adm_SHP.zip", "url": "https://data.example.org/d/mli_adm_shp.zip"},
    ]}}  # fmt: skip
    Server.files = {
        "/api/3/action/package_show": json.dumps(description).encode(),
        "/d/mli_adm_shp.zip": boundaries,
    }
    done = ask(tmp_path, server, feed="cod-boundaries")
    assert done.file.suffix == ".zip" and done.file.read_bytes() == boundaries
    assert [(r.dataset, r.rows_landed) for r in done.reports] == [("boundary", 9)]
    # half an archive in good HTTP, its length unsaid, does not take the good one's place
    with pytest.raises(UserError) as failed:
        ask(tmp_path, server, "good", "cut unsaid", feed="cod-boundaries")
    assert failed.value.key == "archive_unreadable"
    assert done.file.read_bytes() == boundaries
