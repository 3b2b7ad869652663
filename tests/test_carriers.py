"""Whatever carries figures to the public is taken apart and searched for what must stay hidden."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics import settings as known
from analytics.cli import main
from analytics.errors import UserError
from analytics.estimates.estimate import estimate
from analytics.evidence.receipt import receipt_of
from analytics.indicator import indicator
from analytics.publishing.figure import write_figure
from analytics.selection import Selection
from analytics.settings import PROJECT
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader

#: ways to write a number: plainly, in groups of three, with a decimal comma. All are tried, for a
#: comma may also stand between two numbers
_WRITTEN = (
    re.compile(r"\d+(?:\.\d+)?"),
    re.compile(r"\d{1,3}(?:[ \u00a0\u202f,]\d{3})+(?:\.\d+)?"),
    re.compile(r"\d+,\d+"),
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{200,}={0,2}")
_PDF = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def layers(content: bytes, depth: int = 4) -> Iterator[bytes]:
    """The bytes themselves, and whatever is packed in them: archives, streams, text chunks."""
    if content[:4] == b"%PDF":
        # Where its own parts begin and how long they are is no figure of ours.
        yield re.sub(rb"/Length \d+|\d{10} \d{5} [nf]|startxref\s+\d+", b"", content)
    else:
        yield content
    if not depth:
        return
    inside: list[bytes] = []
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside += [name.encode() for name in archive.namelist()]
            inside += [archive.read(name) for name in archive.namelist()]
    elif content[:8] == b"\x89PNG\r\n\x1a\n":
        at = 8
        while at < len(content):
            size = int.from_bytes(content[at : at + 4], "big")
            kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
            if kind in (b"tEXt", b"iTXt", b"zTXt", b"eXIf"):
                inside += [body, *(_inflated(body[n:]) for n in range(min(90, len(body)))
                                   if body[n : n + 1] == b"x")]  # fmt: skip
            at += size + 12
        # What is drawn is not text; reading the picture itself is done by eye.
        yield from (layer for part in inside for layer in layers(part, depth - 1))
        return
    elif content[:4] == b"%PDF":
        inside += [_inflated(stream) for stream in _PDF.findall(content)]
    elif content[:2] == b"\x1f\x8b":
        inside.append(gzip.decompress(content))
    for found in _BASE64.findall(content):
        try:
            inside.append(base64.b64decode(found + b"=" * (-len(found) % 4)))
        except ValueError:
            continue
    for part in inside:
        if part:
            yield from layers(part, depth - 1)


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content)
    except zlib.error:
        return b""


def digits(text: str) -> str:
    """The significant digits of a number as written, without separators, sign or zeros around."""
    whole = re.sub(r"[eE].*", "", text)
    return re.sub(r"\D", "", whole).strip("0")


_CORNERS = re.compile(rb"""\bd=("[MmLlHhVvZzAaCc\d.,\s-]*"|'[MmLlHhVvZzAaCc\d.,\s-]*')""")


def hunted(content: bytes, hidden: set[str]) -> set[str]:
    """Hidden numbers that stand anywhere in some bytes.

    A whole number is known by all of its six digits and more, a fraction by its first eight: fewer
    stand by chance among the coordinates of a drawing.
    """
    found: set[str] = set()
    for layer in layers(content):
        # Where a line goes (a QR code is hundreds of corners) is no number that anybody is told.
        drawn = _CORNERS.sub(b"", layer)
        for text in {drawn.decode("utf-8", "replace"), layer.decode("utf-16-le", "replace")}:
            written = {token for form in _WRITTEN for token in form.findall(text)}
            whole = {digits(token) for token in written if "." not in token.removesuffix(".0")}
            fine = {d[:8] for token in written if len(d := digits(token)) >= 8}
            found |= {h for h in hidden if h in whole or (len(h) >= 8 and h[:8] in fine)}
    return found


def significant(value: float | None) -> str:
    # Six digits and more are a figure's own; fewer, or a ninth and a third, may be anyone's.
    if not value:
        return ""
    nearest = float(Fraction(value).limit_denominator(30))
    if value % 1 and abs(value - nearest) < 1e-9 * abs(value):
        return ""
    text = digits(f"{value:.12g}")
    return text if len(text) >= 6 else ""


@cache
def hidden_numbers(reader: Reader) -> dict[str, set[str]]:
    """indicator → exact values, numerators and denominators of its hidden cells, as digits, less
    those that a published cell of the same indicator has in common with them."""
    rows = reader.query(
        """SELECT e.indicator, p.status, e.value, e.numerator, e.denominator
        FROM estimate e JOIN estimate_public p
            USING (indicator, dimension, key, period_kind, period)"""
    )
    found: dict[str, set[str]] = {}
    for name, status, *parts in rows:
        if status == "suppressed":
            found.setdefault(name, set()).update(filter(None, map(significant, parts)))
    return found


#: the two with most hidden cells in the small network
SUBJECTS = ("debt_to_assets", "portfolio_at_risk")
DIVIDED = Selection(by=("region", "quarter"))


def subjects(reader: Reader) -> list[str]:
    known_ = hidden_numbers(reader)
    return [name for name in SUBJECTS if len(known_.get(name, ())) > 3]


def elsewhere(home: Home, folder: Path) -> Home:
    """What an export notes of itself goes to a folder of the test, not to the shared home."""
    assert home.root != folder
    return Home(folder / "notes")


def test_the_hunter_finds_what_is_there(
    network_home: Home, network: Reader, tmp_path: Path
) -> None:
    """On files made for staff, in every kind of packing."""
    [name, *_] = subjects(network)
    hidden = hidden_numbers(network)[name]
    for suffix in (".csv", ".json", ".xlsx"):
        out = tmp_path / f"staff{suffix}"
        asked = DIVIDED.with_(role="staff")
        write_figure(elsewhere(network_home, tmp_path), network, indicator(name), asked, out,
                     lang="fr")  # fmt: skip
        assert hunted(out.read_bytes(), hidden), suffix
    [one, *_] = sorted(hidden)
    text = f"so {one} it is".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep.bin", gzip.compress(text))
    for content in (text, gzip.compress(text), packed.getvalue(), text.decode().encode("utf-16-le"),
                    b"<img src='data:;base64," + base64.b64encode(text * 20) + b"'>"):  # fmt: skip
        assert hunted(content, {one}) == {one}
    assert not hunted(b"nothing but 12 and 1234", hidden)


@pytest.mark.parametrize(
    "suffix", [".csv", ".json", ".xlsx", ".svg", ".html", ".zip", ".pptx", ".png", ".pdf"]
)
def test_no_file_for_the_public_holds_a_hidden_number(
    network_home: Home, network: Reader, tmp_path: Path, suffix: str
) -> None:
    assert subjects(network)
    for name in subjects(network):
        for lang in ("fr", "en") if suffix in (".csv", ".svg", ".html") else ("fr",):
            out = tmp_path / f"{name}-{lang}{suffix}"
            try:
                write_figure(
                    elsewhere(network_home, tmp_path), network, indicator(name), DIVIDED, out,
                    lang=lang,
                )  # fmt: skip
            except UserError as error:
                pytest.skip(f"{suffix}: {error.key}")
            hidden = hidden_numbers(network)[name]
            if suffix == ".pdf":
                # Its own index is made of places in the file, numbers of six digits and seven.
                hidden = {number for number in hidden if len(number) >= 8}
            assert hunted(out.read_bytes(), hidden) == set()
            assert hunted(out.name.encode(), hidden_numbers(network)[name]) == set()


def test_no_answer_receipt_or_message_holds_a_hidden_number(
    network_home: Home, network: Reader, capsys: pytest.CaptureFixture
) -> None:
    root = str(network_home.root)
    for name in subjects(network):
        hidden = hidden_numbers(network)[name]
        asked = [
            ["estimate", name, "--by", "region,quarter"],
            ["estimate", name, "--by", "region,quarter", "--format", "json", "--division", "2012"],
            ["estimate", name, "--by", "cercle,month"],
            ["estimate", name, "--where", "region=mopti", "--from", "2021-Q1", "--to", "2021-Q1"],
            ["estimate", name, "--where", "partner=<script>", "--json"],
            ["claims", "--json"],
            ["status", "--json"],
            ["check", "--json"],
            ["receipt", receipt_of(estimate(network, indicator(name), DIVIDED)).id, "--json"],
        ]
        for arguments in asked:
            main([*arguments, "--home", root])
            told = "".join(capsys.readouterr())
            assert hunted(told.encode(), hidden) == set(), arguments
            assert "Traceback" not in told


def payloads(app: AppTest) -> Iterator[bytes]:
    """What the server would send for every element, as it goes over the wire."""

    def walk(node: object) -> Iterator[bytes]:
        proto = getattr(node, "proto", None)
        if proto is not None:
            yield proto.SerializeToString()
        for child in getattr(node, "children", {}).values():
            yield from walk(child)

    for block in (app.main, app.sidebar):
        yield from walk(block)


@pytest.mark.parametrize("page", ["overview", "savings", "regions"])
def test_no_page_sends_the_public_a_hidden_number(
    network_home: Home, network: Reader, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = set().union(*hidden_numbers(network).values())
    monkeypatch.setenv("EVIDENCE_HOME", str(network_home.root))
    known.settings.cache_clear()
    try:
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=120)
        app.query_params["region"] = "gao-kidal"
        app.run()
        if page != "overview":
            app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        sent = b"\n".join(payloads(app))
        assert len(sent) > 5000
        # Digits that stand in a public cell too are not told by their hidden twin.
        assert hunted(sent, everything) - _shown(network) == set()
    finally:
        monkeypatch.undo()
        known.settings.cache_clear()


def test_json_of_the_public_has_no_part_of_a_rate(
    network_home: Home, capsys: pytest.CaptureFixture
) -> None:
    main(["estimate", SUBJECTS[0], "--by", "region,quarter", "--home", str(network_home.root),
          "--json"])  # fmt: skip
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert rows and all(row["numerator"] in (None, "") for row in rows)
    assert all(row["denominator"] in (None, "") for row in rows)


def test_whoever_comes_to_a_long_line_is_asked_to_come_back(
    network: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analytics.publishing import render

    monkeypatch.setattr(render, "_QUEUE_PATIENCE", 0.01)
    monkeypatch.setattr(render, "CACHE", tmp_path / "pictures")
    with render.LINE.turn(), pytest.raises(UserError) as caught:
        write_figure(Home(tmp_path), network, indicator(SUBJECTS[0]), DIVIDED, tmp_path / "a.png",
                     lang="fr")  # fmt: skip
    assert caught.value.key == "pictures_busy"
    for lang in ("fr", "en"):
        assert "{" not in caught.value.message(lang)


def test_no_address_that_answers_without_the_application_holds_a_hidden_number(
    network_home: Home, network: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures, data, receipts, citations, light pages and bundles; and none speaks to staff."""
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    from analytics import light
    from pages.shared import routes

    monkeypatch.setenv("EVIDENCE_HOME", str(network_home.root))
    monkeypatch.setenv("EVIDENCE_ROLE", "manager")
    known.settings.cache_clear()
    client = TestClient(Starlette(routes=routes.routes()))
    everything = set().union(*hidden_numbers(network).values())
    try:
        name = subjects(network)[0]
        public = receipt_of(estimate(network, indicator(name), DIVIDED)).id
        staff = receipt_of(estimate(network, indicator(name), DIVIDED.with_(role="staff"))).id
        addresses = [f"/figure/{public}.svg", f"/data/{public}.csv", f"/data/{public}.json",
                     f"/receipt/{public}", f"/cite/{public}", "/healthz", "/bundle/segou.html",
                     *(f"/light/{page}" for page in light.PAGES)]  # fmt: skip
        answered = 0
        for address in addresses:
            answer = client.get(address)
            answered += answer.status_code == 200
            own = hidden_numbers(network)[name] if public in address else everything
            assert hunted(answer.content, own) - _shown(network) == set(), address
        assert answered >= len(addresses) - 1
        refused = [f"/figure/{staff}.svg", f"/data/{staff}.csv", f"/receipt/{staff}",
                   "/light/<script>", "/data/../home.json", f"/data/{public}.csv%00"]  # fmt: skip
        for address in refused:
            answer = client.get(address)
            assert answer.status_code >= 400, address
            assert "<script>" not in answer.text and "Traceback" not in answer.text
    finally:
        monkeypatch.undo()
        known.settings.cache_clear()


@cache
def _shown(reader: Reader) -> set[str]:
    """The digits of everything that is public."""
    rows = reader.query(
        "SELECT value, low, high, median FROM estimate_public WHERE status = 'published'"
    )
    return {significant(value) for row in rows for value in row}
