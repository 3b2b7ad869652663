"""The wire around the pages: compression, headers, the document's language, the entry point."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path

import brotli
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.shared import assets, server, shell
from pages.shared.document import PAGE_TEXT, inline_script_hashes, localised

PROJECT = Path(__file__).parents[1]
SCRIPT = b"export const answer = 42;\n" * 200
SHELL = (assets.STATIC_DIR / "index.html").read_text(encoding="utf-8")


@pytest.fixture
def static_dir(tmp_path: Path) -> Path:
    """A folder like Streamlit's: one script worth compressing, one too small, a font."""
    files = tmp_path / "streamlit" / "static"
    (files / "js").mkdir(parents=True)
    (files / "media").mkdir()
    (files / "js" / "big.abc.js").write_bytes(SCRIPT)
    (files / "js" / "tiny.abc.js").write_bytes(b"1;")
    (files / "media" / "font.woff2").write_bytes(b"the whole font")
    return files.parent


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def client(static_dir: Path, cache_dir: Path, base_url: str = "") -> TestClient:
    """A server like Streamlit's under our middleware; it gzips documents, as Streamlit does."""

    async def shell(request: Request) -> Response:
        return HTMLResponse(SHELL, headers={"ETag": '"file"', "Last-Modified": "yesterday"})

    async def report(request: Request) -> Response:
        return HTMLResponse("<html lang='x'>a downloaded report</html>")

    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_bytes(await websocket.receive_bytes())
        await websocket.close()

    root = f"/{base_url}" if base_url else ""
    app = Starlette(
        routes=[
            WebSocketRoute(f"{root}/_stcore/stream", echo),
            Route(f"{root}/media/report.html", report),
            Mount(f"{root}/static", StaticFiles(directory=static_dir / "static")),
            Route(f"{root}/{{path:path}}", shell),
        ],
        middleware=[
            *server.middleware(base_url=base_url, static_dir=static_dir, cache_dir=cache_dir),
            Middleware(GZipMiddleware, minimum_size=500),
        ],
    )
    return TestClient(app)


# --- compression -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),  # a browser may refuse one by weight
        ("*", "br"),
        ("br;q=nonsense", ""),
        ("identity", ""),
        ("", ""),
    ],
)
def test_best_coding_the_browser_accepts(header: str, coding: str) -> None:
    assert server.accepted_coding(header) == coding


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_scripts_travel_compressed_and_stay_in_the_browser(
    static_dir: Path, cache_dir: Path, coding: str
) -> None:
    with client(static_dir, cache_dir).stream(
        "GET", "/static/js/big.abc.js", headers={"Accept-Encoding": coding}
    ) as response:
        raw = b"".join(response.iter_raw())
    unpack = brotli.decompress if coding == "br" else gzip.decompress
    assert unpack(raw) == SCRIPT
    assert len(raw) < len(SCRIPT) / 10
    assert response.headers["content-encoding"] == coding
    assert response.headers["content-length"] == str(len(raw))
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/static/js/big.abc.js", {"Accept-Encoding": "identity"}),
        ("/static/js/tiny.abc.js", {"Accept-Encoding": "br"}),  # one packet either way
        ("/static/js/big.abc.js", {"Accept-Encoding": "br", "Range": "bytes=0-9"}),
        ("/static/media/font.woff2", {"Accept-Encoding": "br"}),  # compressed already
    ],
)
def test_streamlit_answers_what_gains_nothing(
    static_dir: Path, cache_dir: Path, path: str, headers: dict[str, str]
) -> None:
    response = client(static_dir, cache_dir).get(path, headers=headers)
    assert response.status_code in {200, 206}
    assert response.headers.get("content-encoding") != "br"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/static/js/none.js", "/static/../secret.js", "/static/%2e%2e/secret.js"]
)
def test_nothing_outside_the_assets_is_served(static_dir: Path, cache_dir: Path, path: str) -> None:
    (static_dir / "secret.js").write_bytes(SCRIPT)
    response = client(static_dir, cache_dir).get(path)
    assert SCRIPT not in response.content


def test_prepared_files_are_served_and_prepared_once(static_dir: Path, cache_dir: Path) -> None:
    assert assets.prepare(static_dir, cache_dir) == 1
    assert assets.prepare(static_dir, cache_dir) == 0
    prepared = cache_dir / "js" / "big.abc.js.br"
    assert brotli.decompress(prepared.read_bytes()) == SCRIPT
    prepared.write_bytes(brotli.compress(b"from the cache"))
    response = client(static_dir, cache_dir).get(
        "/static/js/big.abc.js", headers={"Accept-Encoding": "br"}
    )
    assert response.content == b"from the cache"


def test_a_cut_font_replaces_streamlits_for_a_day(static_dir: Path, cache_dir: Path) -> None:
    (cache_dir / "media").mkdir(parents=True)
    (cache_dir / "media" / "font.woff2").write_bytes(b"cut")
    response = client(static_dir, cache_dir).get("/static/media/font.woff2")
    assert response.content == b"cut"
    assert response.headers["content-type"] == "font/woff2"
    # Its name does not change when its content does.
    assert "immutable" not in response.headers["cache-control"]


def test_icon_font_keeps_named_icons_and_loses_the_others() -> None:
    from io import BytesIO

    from fontTools.ttLib import TTFont

    font = next((assets.STATIC_DIR / "static" / "media").glob("MaterialSymbols-Rounded.*"))
    cut = assets.icon_subset(font, {"search", "expand_more"})
    assert set(assets.icon_glyphs(TTFont(BytesIO(cut)))) == {"search", "expand_more"}
    assert len(cut) < font.stat().st_size / 20


def test_every_icon_our_pages_name_is_kept(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "one.py").write_text('st.button("x", icon=":material/agriculture:")')
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "chrome.js").write_text("icon:`expand_more`,x:`not_an_icon_name`")
    assert assets.icons_in_use(tmp_path, pages) == {"agriculture", "expand_more"}


# --- the document ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "lang"),
    [("", "fr"), ("?lang=en", "en"), ("?lang=fr", "fr"), ("?lang=de", "fr"), ("?lang=", "fr")],
)
@pytest.mark.parametrize("path", ["/", "/savings"])
def test_document_speaks_the_language_asked_for(
    static_dir: Path, cache_dir: Path, path: str, query: str, lang: str
) -> None:
    # A browser's own headers: they make the server behind compress the document first.
    headers = {"Accept-Encoding": "gzip, deflate, br", "If-None-Match": '"file"'}
    response = client(static_dir, cache_dir).get(path + query, headers=headers)
    assert response.status_code == 200
    assert f'<html lang="{lang}">' in response.text
    assert f"<title>{PAGE_TEXT[lang].title}</title>" in response.text
    assert PAGE_TEXT[lang].noscript in response.text
    assert response.text.count('name="description"') == 1
    assert response.headers["content-encoding"] == "br"
    assert "etag" not in response.headers  # the file's, not this document's


def test_languages_say_the_same_things() -> None:
    for text in PAGE_TEXT.values():
        assert text.title and text.description and text.noscript
    assert len({text.title for text in PAGE_TEXT.values()}) == len(PAGE_TEXT)


def test_head_has_the_length_of_the_document_and_no_body(static_dir: Path, cache_dir: Path) -> None:
    http = client(static_dir, cache_dir)
    whole, head = http.get("/?lang=en"), http.head("/?lang=en")
    assert head.content == b""
    assert head.headers["content-length"] == whole.headers["content-length"]


def test_a_downloaded_report_is_not_rewritten(static_dir: Path, cache_dir: Path) -> None:
    response = client(static_dir, cache_dir).get("/media/report.html?lang=en")
    assert response.text == "<html lang='x'>a downloaded report</html>"


def test_html_that_is_not_the_shell_is_left_alone() -> None:
    assert localised(b"<html><title>x</title></html>", "fr") == (
        b"<html><title>x</title></html>",
        (),
    )


def test_streamlits_document_still_has_every_part_we_replace() -> None:
    """Fails when an upgrade of Streamlit moves what ``localised`` looks for."""
    page = localised(SHELL.encode(), "en")[0].decode()
    assert '<html lang="en">' in page
    assert "Streamlit</title>" not in page
    assert "service-desc" not in page
    assert "You need to enable JavaScript" not in page
    assert page.count("PlotlyLocales") == 1


# --- headers ---------------------------------------------------------------------------------


def test_policy_allows_this_server_and_its_own_scripts_only(
    static_dir: Path, cache_dir: Path
) -> None:
    response = client(static_dir, cache_dir).get("/", headers={"Host": "evidence.example:8501"})
    policy = response.headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'self'"
    assert "unsafe" not in rules["script-src"]
    hashes = set(re.findall(r"'(sha256-[^']+)'", rules["script-src"]))
    assert hashes == set(inline_script_hashes(response.text)) and len(hashes) == 2
    assert rules["connect-src"] == ("'self' ws://evidence.example:8501 wss://evidence.example:8501")
    assert "http" not in policy


@pytest.mark.parametrize("host", ["a b", "x; script-src *", "evil'", ""])
def test_a_made_up_host_never_reaches_the_policy(host: str) -> None:
    policy = server.content_security_policy(host)
    assert "connect-src 'self';" in policy
    assert policy.count("script-src") == 1


def test_plain_headers_are_on_everything_and_policy_on_what_is_rendered(
    static_dir: Path, cache_dir: Path
) -> None:
    http = client(static_dir, cache_dir)
    for path in ("/", "/static/js/big.abc.js", "/media/report.html", "/static/none"):
        headers = http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert "camera=()" in headers["permissions-policy"]
        rendered = headers["content-type"].startswith("text/html")
        assert ("content-security-policy" in headers) == rendered


def test_headers_set_further_in_are_kept() -> None:
    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        response = PlainTextResponse("x", headers={"Referrer-Policy": "no-referrer"})
        await response(scope, receive, send)

    response = TestClient(server.SecurityHeaders(inner)).get("/")
    assert response.headers["referrer-policy"] == "no-referrer"


# --- everything else passes ------------------------------------------------------------------


def test_websocket_reaches_streamlit_with_the_very_same_channel() -> None:
    seen: list[object] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend((scope, receive, send))

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None: ...

    app = inner
    for layer in reversed(server.middleware()):
        app = layer.cls(app, *layer.args, **layer.kwargs)
    scope: Scope = {"type": "websocket", "path": "/_stcore/stream", "headers": []}
    asyncio.run(app(scope, receive, send))
    assert seen[0] is scope and seen[1] is receive and seen[2] is send


def test_websocket_works_end_to_end(static_dir: Path, cache_dir: Path) -> None:
    with client(static_dir, cache_dir).websocket_connect("/_stcore/stream") as websocket:
        websocket.send_bytes(b"\x00frame")
        assert websocket.receive_bytes() == b"\x00frame"


@pytest.mark.parametrize(
    ("host", "origin", "heard"),
    [
        ("localhost:8501", "http://localhost:8501", True),
        ("localhost:8501", "http://localhost:3000", False),
        ("localhost:8501", "http://127.0.0.1:8501", False),
        ("localhost:80", "http://localhost", True),
        ("localhost:8080", "http://localhost", False),
        # behind a proxy, and from what is no browser
        ("groups.example", "https://groups.example", True),
        ("localhost:8501", "", True),
    ],
)
def test_no_other_page_of_this_machine_speaks_for_who_sits_here(
    static_dir: Path, cache_dir: Path, host: str, origin: str, heard: bool
) -> None:
    headers = {"host": host} | ({"origin": origin} if origin else {})
    made = client(static_dir, cache_dir)
    try:
        with made.websocket_connect("/_stcore/stream", headers=headers) as websocket:
            websocket.send_bytes(b"\x00frame")
            found = websocket.receive_bytes() == b"\x00frame"
    except WebSocketDisconnect as closed:
        assert closed.code == 1008
        found = False
    assert found == heard


def test_served_under_a_path(static_dir: Path, cache_dir: Path) -> None:
    http = client(static_dir, cache_dir, base_url="preuves")
    script = http.get("/preuves/static/js/big.abc.js", headers={"Accept-Encoding": "br"})
    assert script.headers["content-encoding"] == "br"
    assert '<html lang="en">' in http.get("/preuves/?lang=en").text
    report = http.get("/preuves/media/report.html?lang=en")
    assert report.text.startswith("<html lang='x'>")


# --- the entry point -------------------------------------------------------------------------


@pytest.mark.parametrize("base_url", ["", "preuves"])
def test_the_first_page_is_found_by_its_name(
    static_dir: Path, cache_dir: Path, base_url: str
) -> None:
    http, root = client(static_dir, cache_dir, base_url=base_url), f"/{base_url}".rstrip("/")
    for path in ("/overview", "/overview/"):
        answer = http.get(f"{root}{path}?lang=en&region=segou", follow_redirects=False)
        assert answer.status_code == 307
        assert answer.headers["location"] == f"{root}/?lang=en&region=segou"
    assert http.get(f"{root}/overview", follow_redirects=False).headers["location"] == f"{root}/"
    assert http.get(f"{root}/overviews", follow_redirects=False).status_code == 200
    assert shell.PAGES[0] == server.FIRST_PAGE


def test_streamlit_finds_the_server_in_app_py() -> None:
    from streamlit.web.server.app_discovery import discover_asgi_app

    found = discover_asgi_app(PROJECT / "app.py")
    assert found.import_string == "app:app"


def test_settings_keep_the_application_to_itself() -> None:
    import tomllib

    settings = tomllib.loads((PROJECT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["client"]["showErrorLinks"] is False
    assert "http" not in str(settings["theme"])


# --- doors -----------------------------------------------------------------------------------


def test_files_are_taken_only_from_who_was_shown_where_to_drop_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "_welcome", {})
    taken: list[str] = []

    async def take(request: Request) -> Response:
        taken.append(request.path_params["session"])
        return Response(status_code=204)

    app = Starlette(
        routes=[Route("/_stcore/upload_file/{session}/{file}", take, methods=["PUT", "DELETE"]),
                Route("/_stcore/{path:path}", lambda request: PlainTextResponse("told"))],
        middleware=[Middleware(server.Doors)],
    )  # fmt: skip
    asks = TestClient(app)
    assert asks.put("/_stcore/upload_file/public/1", content=b"x").status_code == 403
    assert asks.delete("/_stcore/upload_file/public/1").status_code == 403
    server.welcome_files("office")
    assert asks.put("/_stcore/upload_file/office/1", content=b"x").status_code == 204
    assert taken == ["office"]
    for number in range(server._MOST_WELCOME):
        server.welcome_files(f"later{number}")
    assert asks.put("/_stcore/upload_file/office/1", content=b"x").status_code == 403
    assert asks.get("/_stcore/health").text == "told"
    for closed in ("metrics", "agent/mcp", "agent/openapi.json"):
        assert asks.get(f"/_stcore/{closed}").status_code == 404
