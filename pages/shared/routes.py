"""Addresses that answer without the application: figures, data, receipts, citations, health.

Each answers what the public may see and no more, whoever asks: the role comes from nowhere but
here. An address is live (``q-…``, the version of the day) or frozen (``r-…``, a receipt).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from analytics import light
from analytics.errors import NotAllowed, UserError
from analytics.evidence.replay import replay
from analytics.publishing import receipts, render, web
from analytics.publishing.exhibit import Exhibit, embed_codes, exhibit, reader_of
from analytics.publishing.figure import FORMATS
from analytics.publishing.question import LIVE, Question, drawing_of, file_stem, parse
from analytics.settings import settings
from analytics.text import LANGS, say
from analytics.warehouse.home import Home
from analytics.warehouse.read import open_reader

#: requests worked on at once, and waiting behind them, before others are asked to come back
AT_ONCE, WAITING = 4, 40
_LIVE = "public, max-age=300"
_FROZEN = "public, max-age=31536000, immutable"
_PICTURES = {"svg": "image/svg+xml", "png": "image/png"}
_DATA = {"csv": "text/csv; charset=utf-8", "json": "application/json",
         "hxl.csv": "text/csv; charset=utf-8"}  # fmt: skip
_HTML = "text/html; charset=utf-8"


class Absent(Exception):
    """Nothing of ours is at that address."""


@dataclass(frozen=True)
class Answer:
    body: bytes
    kind: str
    cache: str
    name: str = ""


Maker = Callable[[str, dict[str, str]], Answer]


def routes() -> list[Route]:
    """Everything here, for ``st.App(..., routes=routes())``."""
    return [
        Route("/healthz", health),
        Route("/figure/{name}", _endpoint(figure)),
        Route("/data/{name}", _endpoint(data)),
        Route("/receipt/{name}", _endpoint(receipt)),
        Route("/cite/{name}", _endpoint(cite)),
        Route("/light", _endpoint(page)),
        Route("/light/{name}", _endpoint(page)),
        Route("/bundle/{name}", _endpoint(bundle)),
    ]


# --- what is at an address -----------------------------------------------------------------------


def figure(name: str, query: dict[str, str]) -> Answer:
    """``/figure/{id}.svg|png``; ``?size=square|print|phone``."""
    id_, suffix = _parted(name, _PICTURES)
    shown, cache = _shown(id_, query)
    size = query.get("size", "wide")
    if size == "phone":
        content = render.drawing(shown.figure, suffix)
    elif size in render.SIZES:
        content = render.picture(shown.figure, suffix, size, shown.link)
    else:
        known = ", ".join([*render.SIZES, "phone"])
        raise UserError("address_part", name="size", value=size[:40], expected=known)
    return Answer(content, _PICTURES[suffix], cache, f"{file_stem(shown.live)}.{suffix}")


def data(name: str, query: dict[str, str]) -> Answer:
    """``/data/{id}.csv|hxl.csv|json``."""
    id_, suffix = _parted(name, _DATA)
    shown, cache = _shown(id_, query)
    return Answer(FORMATS[suffix](shown, "wide"), _DATA[suffix], cache,
                  f"{file_stem(shown.live)}.{suffix}")  # fmt: skip


def receipt(name: str, query: dict[str, str]) -> Answer:
    """``/receipt/{id}``: what the number is, whether it still is, how to take it along."""
    lang = drawing_of(query).lang
    body, title, demonstration = "", say("receipt.title", lang), False
    cache = _LIVE
    if not name.startswith(LIVE):
        told = replay(_home(), name, "public", again=False)
        told_facts = web.facts(receipts.facts(told, lang), lang)
        verdict = "<br>".join(web.safe(line) for line in receipts.verdict(told, lang))
        body = f"<p><strong>{verdict}</strong></p>{told_facts}"
        if told.claim:
            body += web.table(*receipts.values(told, lang), label=say("receipt.values", lang))
        # Today's version may say otherwise tomorrow.
        if told.claim or told.answer is None or told.standing != "kept":
            return Answer(_document(lang, title, body, f"/receipt/{name}"), _HTML, cache)
    shown, _ = _shown(name, query)
    demonstration = shown.answer.build.demonstration
    image = (f"<img src='{web.safe(_path(shown.frozen, 'figure', '.svg', size='phone'))}' "
             f"alt='{web.safe(shown.figure.alt)}' width='390'>")  # fmt: skip
    body = web.figure(shown.figure, image, level=2) + body + _taking_along(shown)
    return Answer(_document(lang, title, body, f"/receipt/{name}", demonstration), _HTML, cache)


def cite(name: str, query: dict[str, str]) -> Answer:
    """``/cite/{id}``: the short and the full citation; ``?format=text`` for the short one alone."""
    shown, cache = _shown(name, query)
    if query.get("format") == "text":
        return Answer(f"{shown.citation()}\n".encode(), "text/plain; charset=utf-8", cache)
    lang = shown.lang
    body = "".join(
        f"<h2>{web.safe(say(f'publish.cite_{form}', lang))}</h2><pre>{web.safe(text)}</pre>"
        for form, text in (("short", shown.citation()), ("full", shown.citation(full=True)))
    )
    return Answer(_document(lang, say("publish.about.citation", lang), body, f"/cite/{name}",
                            shown.answer.build.demonstration), _HTML, cache)  # fmt: skip


def page(name: str, query: dict[str, str]) -> Answer:
    """``/light/{page}``: a page of the application as plain HTML."""
    if (name or light.PAGES[0]) not in light.PAGES:
        raise Absent
    body = light.page(open_reader(_home()), name or light.PAGES[0], drawing_of(
        {"lang": query.get("lang", LANGS[0])}).lang, query)  # fmt: skip
    return Answer(body, _HTML, _LIVE)


def bundle(name: str, query: dict[str, str]) -> Answer:
    """``/bundle/{region}.html``: one region in one file, for where there is no network."""
    place, suffix = _parted(name, {"html": _HTML})
    lang = drawing_of({"lang": query.get("lang", LANGS[0])}).lang
    try:
        body = light.bundle(open_reader(_home()), place, lang)
    except KeyError:
        raise Absent from None
    return Answer(body, _HTML, _LIVE, f"she-leads-{place}-{lang}.{suffix}")


async def health(request: Request) -> Response:
    """Whether a version is published and can be read; for the watchdog, not for people."""
    try:
        build = await to_thread.run_sync(lambda: open_reader(_home()).build)
        told: dict[str, Any] = {"status": "ok", "build_id": build.build_id}
        return _json(told, 200)
    except UserError as error:
        return _json({"status": "unavailable", "reason": error.key}, 503)


def _taking_along(shown: Exhibit) -> str:
    lang, frozen = shown.lang, shown.frozen
    files = "".join(
        f"<li><a href='{web.safe(_path(frozen, what, suffix))}'>{suffix[1:].upper()}</a></li>"
        for what, suffix in (("figure", ".svg"), ("figure", ".png"), ("data", ".csv"),
                             ("data", ".hxl.csv"), ("data", ".json"))
    )  # fmt: skip
    codes = "".join(
        f"<h3>{web.safe(say(f'publish.embed_{kind}', lang))}</h3><pre>{web.safe(code)}</pre>"
        for kind, code in embed_codes(shown).items()
    )
    return (
        f"<h2>{web.safe(say('publish.files', lang))}</h2><nav><ul>{files}</ul></nav>"
        f"<h2>{web.safe(say('publish.about.citation', lang))}</h2>"
        f"<pre>{web.safe(shown.citation())}</pre><pre>{web.safe(shown.citation(full=True))}</pre>"
        f"<h2>{web.safe(say('publish.embed', lang))}</h2>{codes}"
    )


def _document(
    lang: str, title: str, body: str, path: str, demonstration: bool = False
) -> bytes:
    where = quote(path)
    head = web.languages(lang, {code: f"{where}?lang={code}" for code in LANGS})
    foot = f"<p><a href='/?lang={lang}'>{web.safe(say('publish.open_application', lang))}</a></p>"
    return web.document(lang, title, body, demonstration=demonstration, head=head, foot=foot)


def _path(asked: Question, what: str, suffix: str, **more: str) -> str:
    """The address within this server."""
    local = asked.address(what, suffix, local=True)
    return local + ("&" if "?" in local else "?") + urlencode(more) if more else local


# --- from an id to an exhibit --------------------------------------------------------------------


def _parted(name: str, known: dict[str, str]) -> tuple[str, str]:
    for suffix in sorted(known, key=len, reverse=True):
        if name.endswith(f".{suffix}"):
            return name.removesuffix(f".{suffix}"), suffix
    raise Absent


def _shown(id_: str, query: dict[str, str]) -> tuple[Exhibit, str]:
    asked = parse(id_, drawing_of(query))
    if asked.selection.role != "public":
        raise NotAllowed("receipt_staff")
    build_id = reader_of(_home(), asked).build.build_id
    return _exhibit(_home().root, build_id, asked), _LIVE if asked.receipt is None else _FROZEN


@lru_cache(maxsize=300)
def _exhibit(root: Path, build_id: str, asked: Question) -> Exhibit:
    return exhibit(open_reader(Home(root), build_id), asked)


def _home() -> Home:
    return Home(settings().home)


# --- on the wire ---------------------------------------------------------------------------------

_limiter: CapacityLimiter | None = None


def _endpoint(make: Maker) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        global _limiter
        _limiter = _limiter or CapacityLimiter(AT_ONCE)
        if _limiter.statistics().tasks_waiting >= WAITING:
            return _refusal(503, "busy", {"Retry-After": "3"})
        query = dict(request.query_params)
        try:
            answer = await to_thread.run_sync(
                make, request.path_params.get("name", ""), query, limiter=_limiter
            )
        except Absent:
            return _refusal(404, "address_none")
        except NotAllowed as error:
            return _refusal(403, error)
        except UserError as error:
            status = _STATUS.get(error.key, 404)
            # What is wrong with the server itself is for the log, not for a visitor.
            hidden = status == 503 and error.key != "browser_missing"
            return _refusal(status, "unavailable" if hidden else error)
        return _response(request, answer)

    return endpoint


_STATUS = {"version_gone": 410, "nothing_published": 503, "version_damaged": 503,
           "browser_missing": 503, "picture_failed": 503, "state_damaged": 503}  # fmt: skip


def _response(request: Request, answer: Answer) -> Response:
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:24]}"'
    headers = {"Cache-Control": answer.cache, "ETag": tag}
    if answer.kind != _HTML:
        # A picture or a table is there to be shown elsewhere; the public may see all of it.
        headers |= {"Access-Control-Allow-Origin": "*",
                    "Cross-Origin-Resource-Policy": "cross-origin"}  # fmt: skip
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if answer.name:
        headers["Content-Disposition"] = f'inline; filename="{answer.name}"'
    return Response(answer.body, media_type=answer.kind, headers=headers)


def _refusal(
    status: int, reason: UserError | str, headers: dict[str, str] | None = None
) -> Response:
    """Why there is nothing here, in both languages; what an address held is not repeated back."""
    parts = []
    for lang in LANGS:
        if isinstance(reason, UserError):
            text = reason.message(lang)
        else:
            text = say(f"publish.{reason}", lang)
        parts.append(f"<p lang='{lang}'>{web.safe(text)}</p>")
    title = " / ".join(say(f"publish.status.{status}", lang) for lang in LANGS)
    link = "<p><a href='/'>She Leads in Crisis</a></p>"
    body = web.document(LANGS[0], title, "".join(parts) + link)
    return Response(body, status, {"Cache-Control": "no-store", **(headers or {})}, _HTML)


def _json(told: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(told), status, {"Cache-Control": "no-store"}, "application/json")

