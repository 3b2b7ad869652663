"""What surrounds every page on the wire: compression, headers, language of the document.

Pure ASGI classes: a message that is not an HTTP response start or body passes through
untouched, so the websocket that carries the pages is never delayed or buffered.
``middleware()`` gives the stack that ``app.py`` hands to Streamlit.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics.light import FULL, SHOWN_AROUND
from pages.shared.assets import CACHE_DIR, STATIC_DIR, compress, compressible
from pages.shared.document import DEFAULT_LANG, PAGE_TEXT, localised
from pages.shared.roles import LOOPBACK

ONE_YEAR = "public, max-age=31536000, immutable"
#: Our own cut of a font keeps Streamlit's name for it but changes with our pages.
ONE_DAY = "public, max-age=86400"
#: Paths that answer something else than the page's shell, whatever their media type.
RESERVED = ("/_stcore/", "/media/", "/component/", "/app/static/", "/static/", "/figure/",
            "/data/")  # fmt: skip
#: The page that Streamlit serves at ``/`` and, by its own name, says it does not know.
FIRST_PAGE = "overview"


def middleware(
    *,
    base_url: str = "",
    static_dir: Path = STATIC_DIR,
    cache_dir: Path = CACHE_DIR,
    hosts: Sequence[str] = ("*",),
) -> list[Middleware]:
    """The whole stack, outermost first, for ``st.App(..., middleware=middleware())``.

    Args:
        base_url: ``server.baseUrlPath`` where the app is served under a path.
        static_dir: folder of Streamlit's ``index.html`` and ``static/``.
        cache_dir: where ``assets.prepare`` has put its files; need not exist.
        hosts: names under which requests are answered (see ``allowed_hosts``).
    """
    root = f"/{base_url.strip('/')}" if base_url.strip("/") else ""
    return [
        # A page elsewhere may point a name of its own at this machine; it is not answered.
        Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        Middleware(SecurityHeaders),
        Middleware(Doors, root=root),
        Middleware(FirstPage, root=root),
        Middleware(LightOnPhones, root=root),
        Middleware(PageShell, root=root),
        Middleware(CompressedAssets, root=root, static_dir=static_dir, cache_dir=cache_dir),
    ]


def allowed_hosts(named: str, public_url: str, own: str | None, bound_to: str | None) -> list[str]:
    """The names this server goes by.

    Args:
        named: further ones, separated by spaces (``EVIDENCE_HOSTS``; ``*`` for any).
        public_url: where readers reach it.
        own: the name it was started under (``browser.serverAddress``).
        bound_to: the address it listens on; every address where none.
    """
    url = urlsplit(public_url).hostname
    known = {"localhost", "127.0.0.1", "[::1]", *named.split(), *filter(None, (url, own))}
    if bound_to and bound_to not in ("0.0.0.0", "::"):
        known.add(bound_to)
    return sorted(known)


# --- doors -----------------------------------------------------------------------------------

#: what Streamlit answers to anybody, and nobody here asks for: its statistics, its agent API
CLOSED = ("/_stcore/metrics", "/_stcore/agent")
_UPLOAD = "/_stcore/upload_file/"
#: sessions that were shown where to drop files, the latest last
_welcome: dict[str, None] = {}
_MOST_WELCOME = 1_000


def welcome_files(session_id: str) -> None:
    """Take files from this session from now on."""
    _welcome[session_id] = None
    while len(_welcome) > _MOST_WELCOME:
        del _welcome[next(iter(_welcome))]


class Doors:
    """Closes what Streamlit leaves open.

    It keeps in memory whatever any visitor sends, asked for or not: files are taken only from
    sessions that were shown where to drop them, which only managers are. It lets a page of any
    other server of this machine speak for the person who sits here: only our own may.
    """

    def __init__(self, app: ASGIApp, *, root: str = "") -> None:
        self.app = app
        self.root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and _from_a_neighbour(Headers(scope=scope)):
            await send({"type": "websocket.close", "code": 1008})
            return
        path = scope.get("path", "").removeprefix(self.root) if scope["type"] == "http" else ""
        answer: Response | None = None
        if path.startswith(CLOSED):
            answer = PlainTextResponse("Not found", 404)
        elif path.startswith(_UPLOAD) and scope["method"] not in ("OPTIONS", "HEAD", "GET"):
            session = path.removeprefix(_UPLOAD).partition("/")[0]
            if session not in _welcome:
                answer = PlainTextResponse("Forbidden", 403)
        await (answer or self.app)(scope, receive, send)


def _from_a_neighbour(headers: Headers) -> bool:
    """Whether a page asks that this machine serves, but not at the address asked."""
    origin = urlsplit(headers.get("origin", ""))
    usual = {"http": ":80", "https": ":443"}.get(origin.scheme, "")
    host = headers.get("host", "")
    # A browser leaves out the usual port, a proxy may name it.
    return origin.hostname in LOOPBACK and origin.netloc not in (host, host.removesuffix(usual))


# --- headers ---------------------------------------------------------------------------------

PLAIN_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), usb=(), browsing-topics=()"
    ),
}
_HOST = re.compile(r"^[A-Za-z0-9.\-]+(:\d+)?$|^\[[0-9A-Fa-f:.]+\](:\d+)?$")


def content_security_policy(host: str = "", script_hashes: Iterable[str] = ()) -> str:
    """The policy a document of ours runs under: nothing but this server, no ``eval``.

    Styles are allowed inline because Streamlit's theme and Plotly write theirs from script;
    ``data:`` and ``blob:`` images are how charts and downloads are made in the browser.

    Args:
        host: the ``Host`` asked for. Older browsers do not count a websocket to it as ``'self'``.
        script_hashes: SHA-256 of the document's inline scripts, ``sha256-…``.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.match(host) else ""
    scripts = "".join(f" '{digest}'" for digest in script_hashes)
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self'{scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{sockets}",
            "worker-src 'self' blob:",
            "media-src 'self' blob:",
            "frame-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        ]
    )


class SecurityHeaders:
    """Adds the plain headers to every response, and the policy to what a browser renders."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in PLAIN_HEADERS.items():
                    headers.setdefault(name, value)
                kind = headers.get("content-type", "").partition(";")[0]
                # Scripts and fonts carry no policy: seventy of them load on a first visit.
                if kind in {"text/html", "image/svg+xml", "application/xhtml+xml"}:
                    host = Headers(scope=scope).get("host", "")
                    headers.setdefault("Content-Security-Policy", content_security_policy(host))
            await send(message)

        await self.app(scope, receive, send_with_headers)


class FirstPage:
    """Leads the first page's own address to where it stands: ``/overview?lang=en`` to ``/``."""

    def __init__(self, app: ASGIApp, *, root: str = "") -> None:
        self.app = app
        self.root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        if not asked or scope["path"].rstrip("/") != f"{self.root}/{FIRST_PAGE}":
            await self.app(scope, receive, send)
            return
        query = scope.get("query_string", b"").decode("latin-1")
        answer = RedirectResponse(f"{self.root}/{'?' if query else ''}{query}")
        await answer(scope, receive, send)


class LightOnPhones:
    """Leads whoever opens Impact on a telephone, or asks to save data, to its light form.

    A narrow screen that says nothing of itself is led by the document's own script. The light form
    links back with ``?full=1``, which an address keeps; the light pages themselves lead nowhere.
    """

    def __init__(self, app: ASGIApp, *, root: str = "") -> None:
        self.app = app
        self.root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        if not asked or scope["path"].rstrip("/") != f"{self.root}/{SHOWN_AROUND}":
            await self.app(scope, receive, send)
            return
        query = scope.get("query_string", b"").decode("latin-1")
        whole = FULL in parse_qs(query, keep_blank_values=True)
        if not whole and wants_little(Headers(scope=scope)):
            to = f"{self.root}/light/{SHOWN_AROUND}{'?' if query else ''}{query}"
            await RedirectResponse(to, headers={"Cache-Control": "no-store"})(scope, receive, send)
            return

        async def send_varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                for name in ("Save-Data", "Sec-CH-UA-Mobile", "User-Agent"):
                    MutableHeaders(scope=message).add_vary_header(name)
            await send(message)

        await self.app(scope, receive, send_varying)


def wants_little(headers: Headers) -> bool:
    """Whether a browser says that it is a telephone's, or that data are to be saved."""
    if headers.get("save-data", "").lower() == "on":
        return True
    told = headers.get("sec-ch-ua-mobile")
    return told == "?1" if told else "Mobi" in headers.get("user-agent", "")


# --- the document ----------------------------------------------------------------------------


FILE_HEADERS = {b"if-none-match", b"if-modified-since", b"range", b"accept-encoding"}


class PageShell:
    """Gives Streamlit's one HTML document its language, title, description and policy.

    Anything else that is HTML (a component, a downloaded report) passes unchanged.
    """

    def __init__(self, app: ASGIApp, *, root: str = "") -> None:
        self.app = app
        self.root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        if scope["path"].removeprefix(self.root).startswith(RESERVED):
            await self.app(scope, receive, send)
            return

        asked = Headers(scope=scope)
        # The file behind the document is not what we send, so neither its date nor a part of
        # it can answer a conditional or partial request; we have to read it, so it may not come
        # compressed; and a HEAD needs the body to be measured.
        inner = {
            **scope,
            "method": "GET",
            "headers": [
                (name, value) for name, value in scope["headers"] if name not in FILE_HEADERS
            ],
        }
        start: Message | None = None
        chunks: list[bytes] = []

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                if kind.startswith("text/html") and message["status"] == 200:
                    start = message
                    return
            elif message["type"] == "http.response.body" and start is not None:
                chunks.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await finish(start, b"".join(chunks))
                return
            await send(message)

        async def finish(message: Message, body: bytes) -> None:
            headers = MutableHeaders(raw=list(message["headers"]))
            page, digests = localised(body, asked_language(scope))
            coding = accepted_coding(asked.get("accept-encoding", ""))
            if digests:
                policy = content_security_policy(asked.get("host", ""), digests)
                headers["Content-Security-Policy"] = policy
                for name in ("etag", "last-modified", "accept-ranges"):
                    del headers[name]
            if coding and "content-encoding" not in headers:
                page = compressed_page(page, coding)
                headers["Content-Encoding"] = coding
            headers.add_vary_header("Accept-Encoding")
            headers["Content-Length"] = str(len(page))
            await send({**message, "headers": headers.raw})
            shown = b"" if scope["method"] == "HEAD" else page
            await send({"type": "http.response.body", "body": shown, "more_body": False})

        await self.app(inner, receive, collect)


def asked_language(scope: Scope) -> str:
    """``?lang=`` of the request where we have that language, else French."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    lang = query.get("lang", [DEFAULT_LANG])[-1]
    return lang if lang in PAGE_TEXT else DEFAULT_LANG


# --- compression -----------------------------------------------------------------------------


def accepted_coding(header: str) -> str:
    """``"br"``, ``"gzip"`` or ``""``: the best coding an ``Accept-Encoding`` header allows."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameter = part.strip().partition(";")
        weight = re.fullmatch(r"\s*(?:q=([01](?:\.\d*)?)\s*)?", parameter)
        weights[name.strip()] = float(weight[1] or 1) if weight else 0.0
    for coding in ("br", "gzip"):
        if weights.get(coding, weights.get("*", 0.0)) > 0:
            return coding
    return ""


@lru_cache(maxsize=8)
def compressed_page(body: bytes, coding: str) -> bytes:
    """``compress`` remembered: the document has one body a language."""
    return compress(body, coding)


class CompressedAssets:
    """Serves Streamlit's scripts and styles compressed, each compressed once, and its fonts cut.

    Streamlit leaves them as they are and expects a proxy to do it; on the laptop or the small
    server this runs on there is none. Requests it cannot answer go on to Streamlit.
    """

    def __init__(self, app: ASGIApp, *, static_dir: Path, cache_dir: Path, root: str = "") -> None:
        self.app = app
        self.prefix = f"{root}/static/"
        self.texts = dict(compressible(static_dir / "static"))
        self.fonts = {f"media/{file.name}": file for file in cache_dir.glob("media/*.woff2")}
        self.cache_dir = cache_dir
        # Every asset in both codings at most: six megabytes each way.
        self._load = lru_cache(maxsize=None)(self._read)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(scope) if scope["type"] == "http" else None
        if answer is None:
            await self.app(scope, receive, send)
            return
        body, headers = answer
        await send({"type": "http.response.start", "status": 200, "headers": headers.raw})
        shown = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": shown, "more_body": False})

    async def _answer(self, scope: Scope) -> tuple[bytes, MutableHeaders] | None:
        path = scope["path"]
        if scope["method"] not in {"GET", "HEAD"} or not path.startswith(self.prefix):
            return None
        asked = Headers(scope=scope)
        if "range" in asked:
            return None
        name = path.removeprefix(self.prefix)
        coding = accepted_coding(asked.get("accept-encoding", ""))
        headers = MutableHeaders({"Content-Type": media_type(name)})
        if name in self.fonts:
            body = await to_thread.run_sync(self._load, name, "")
            headers["Cache-Control"] = ONE_DAY
        elif name in self.texts and coding:
            body = await to_thread.run_sync(self._load, name, coding)
            headers["Cache-Control"] = ONE_YEAR
            headers["Content-Encoding"] = coding
            headers["Vary"] = "Accept-Encoding"
        else:
            return None
        headers["Content-Length"] = str(len(body))
        return body, headers

    def _read(self, name: str, coding: str) -> bytes:
        if not coding:
            return self.fonts[name].read_bytes()
        prepared = self.cache_dir / f"{name}.{coding}"
        if prepared.is_file():
            return prepared.read_bytes()
        return compress(self.texts[name].read_bytes(), coding)


def media_type(name: str) -> str:
    """Media type by suffix; the system's own table may call scripts ``text/plain``."""
    if name.endswith(".js"):
        return "text/javascript; charset=utf-8"
    if name.endswith(".woff2"):
        return "font/woff2"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
