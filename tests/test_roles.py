"""Who may do what: the table of roles, logging in through a provider, and what is refused."""

from __future__ import annotations

import ast
import os
import secrets
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2 as httpx
import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from analytics import settings as known
from analytics.errors import UserError
from analytics.settings import PROJECT
from benchmarks.serve import free_port, ready
from pages.shared.roles import at_this_machine, role_of

NOW = 1_800_000_000.0
TABLE = {
    "awa@care.example": "manager",
    "@care.example": "staff",
    "groups:evidence-editors": "editor",
    "oid:42": "manager",
}


def logged_in(**claims: object) -> dict[str, Any]:
    return {"is_logged_in": True, "iat": NOW - 60, "email_verified": True, **claims}


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        (logged_in(email="Awa@CARE.example"), "manager"),
        (logged_in(email="oumou@care.example"), "staff"),
        (logged_in(email="awa@care.example.evil.org"), "public"),
        (logged_in(email="x@notcare.example"), "public"),
        (logged_in(email="awa@care.example", email_verified=False), "public"),
        (logged_in(email="awa@care.example", email_verified="true"), "public"),
        (logged_in(groups=["staff", "evidence-editors"]), "editor"),
        (logged_in(groups="evidence-editors"), "editor"),
        (logged_in(oid="42"), "manager"),
        (logged_in(oid=42), "public"),
        # The highest that fits.
        (logged_in(email="oumou@care.example", groups=["evidence-editors"]), "editor"),
        (logged_in(email="awa@care.example", iat=NOW - 13 * 3600), "public"),
        (logged_in(email="awa@care.example", iat=NOW + 3600), "public"),
        (logged_in(email="awa@care.example", iat=None), "public"),
        (logged_in(email="awa@care.example", is_logged_in="yes"), "public"),
        ({}, "public"),
    ],
)
def test_a_role_is_what_the_table_gives_and_nobody_has_one_by_default(
    claims: dict[str, Any], role: str
) -> None:
    assert role_of(claims, TABLE, now=NOW, hours=12) == role
    assert role_of(claims, {}, now=NOW, hours=12) == "public"


@pytest.mark.parametrize(
    ("bound_to", "headers", "here"),
    [
        ("127.0.0.1", {"Host": "localhost:8501"}, True),
        ("127.0.0.1", {"Host": "127.0.0.1:8501"}, True),
        ("::1", {"Host": "[::1]:8501"}, True),
        ("127.0.0.1", {}, True),
        ("0.0.0.0", {"Host": "localhost:8501"}, False),
        (None, {"Host": "localhost"}, False),
        # A proxy on this machine serves the world from here.
        ("127.0.0.1", {"Host": "evidence.example"}, False),
        ("127.0.0.1", {"Host": "localhost", "X-Forwarded-For": "203.0.113.9"}, False),
        ("127.0.0.1", {"host": "localhost", "forwarded": "for=203.0.113.9"}, False),
    ],
)
def test_a_role_without_login_is_for_the_person_at_this_machine(
    bound_to: str | None, headers: dict[str, str], here: bool
) -> None:
    assert at_this_machine(bound_to, headers) is here


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[auth]\ncookie_secret = "short"', "cookie_secret_short"),
        ("[auth]\nclient_id = 'x'", "cookie_secret_short"),
        ("not toml", "secrets_unreadable"),
        ('[roles]\n"a@b.example" = "root"', "setting_wrong"),
    ],
)
def test_wrong_secrets_stop_the_start_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, key: str
) -> None:
    (tmp_path / "s.toml").write_text(text)
    monkeypatch.setenv("EVIDENCE_SECRETS", str(tmp_path / "s.toml"))
    for cached in (known.secrets, known.settings):
        cached.cache_clear()
    try:
        with pytest.raises(UserError) as caught:
            known.settings()
        assert caught.value.key == key
        assert "short" not in str(caught.value.values.values())
    finally:
        monkeypatch.undo()
        for cached in (known.secrets, known.settings):
            cached.cache_clear()


def test_no_password_or_key_stands_in_the_code() -> None:
    for path in (*PROJECT.glob("*.py"), *PROJECT.glob("analytics/**/*.py"),
                 *PROJECT.glob("pages/**/*.py"), PROJECT / ".streamlit/config.toml"):  # fmt: skip
        text = path.read_text(encoding="utf-8").lower()
        assert "password =" not in text and "client_secret =" not in text, path
        assert 'cookie_secret = "' not in text, path


def test_every_cached_answer_belongs_to_a_version_and_a_role() -> None:
    """What staff saw must never come out of the cache for a visitor."""
    for path in PROJECT.glob("pages/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            if not any("cache_" in ast.unparse(d) for d in node.decorator_list):
                continue
            names = {argument.arg for argument in node.args.args}
            about_data = names & {"build_id", "before", "batches"}
            of_role = names & {"role", "selection", "sees", "asked"}
            # These show the office its own deliveries and records; the public is asked elsewhere.
            office = path.stem in ("coverage", "moves", "campaign")
            # What is open to all is the same for every role.
            open_to_all = path.stem in ("exposure",)
            assert about_data or path.stem in ("warmup", "templates"), (path, node.name)
            assert of_role or office or open_to_all, (path.name, node.name, names)


# --- a provider on this machine ------------------------------------------------------------------


@dataclass
class Provider:
    """An OpenID provider that signs what a test asks it to."""

    port: int
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    other: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    changes: dict[str, Any] = field(default_factory=dict)
    forged: bool = False
    unsigned: bool = False
    nonces: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def app(self) -> Starlette:
        def metadata(request: Request) -> Response:
            return JSONResponse({
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/jwks",
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "code_challenge_methods_supported": ["S256"],
            })  # fmt: skip

        def authorize(request: Request) -> Response:
            asked = request.query_params
            code = secrets.token_hex(8)
            self.nonces[code] = asked.get("nonce", "")
            back = urlencode({"code": code, "state": asked["state"]})
            return RedirectResponse(f"{asked['redirect_uri']}?{back}")

        async def token(request: Request) -> Response:
            sent = await request.form()
            now = int(time.time())
            claims = {
                "iss": self.url, "aud": "evidence", "sub": "42", "iat": now, "exp": now + 600,
                "nonce": self.nonces.pop(str(sent["code"]), ""), "email": "awa@care.example",
                "email_verified": True, **self.changes,
            }  # fmt: skip
            if self.unsigned:
                signed = jwt.encode({"alg": "none"}, claims, OctKey.import_key("x" * 32),
                                    algorithms=["none"])  # fmt: skip
            else:
                key = self.other if self.forged else self.key
                signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
            return JSONResponse({"access_token": "a", "token_type": "Bearer", "expires_in": 600,
                                 "id_token": signed})  # fmt: skip

        def keys(request: Request) -> Response:
            return JSONResponse({"keys": [self.key.as_dict(private=False)]})

        return Starlette(routes=[
            Route("/.well-known/openid-configuration", metadata), Route("/authorize", authorize),
            Route("/token", token, methods=["POST"]), Route("/jwks", keys),
        ])  # fmt: skip


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider(free_port())
    config = uvicorn.Config(made.app(), port=made.port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield made
    server.should_exit = True
    thread.join(timeout=10)


COOKIE_SECRET = secrets.token_hex(32)


@pytest.fixture(scope="module")
def office(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple]:
    """The application bound to every address, so that only a login gives a role; its log."""
    folder = tmp_path_factory.mktemp("office")
    port = free_port()
    table = "\n".join(f'"{who}" = "{role}"' for who, role in TABLE.items())
    (folder / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "http://localhost:{port}/oauth2callback"\n'
        f'cookie_secret = "{COOKIE_SECRET}"\nclient_id = "evidence"\nclient_secret = "of-a-test"\n'
        f'server_metadata_url = "{provider.url}/.well-known/openid-configuration"\n'
        f"[roles]\n{table}\n"
    )
    environment = {
        **os.environ, "EVIDENCE_HOME": str(folder / "home"), "EVIDENCE_ROLE": "manager",
        "EVIDENCE_SECRETS": str(folder / "secrets.toml"),
    }  # fmt: skip
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port),
         "--server.address", "0.0.0.0", "--secrets.files", str(folder / "secrets.toml")],
        cwd=PROJECT, env=environment, stdout=log, stderr=log,
    )  # fmt: skip
    url = f"http://localhost:{port}"
    try:
        ready(url)
        yield url, folder / "log"
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def log_in(url: str, **how: Any) -> httpx.Client:
    """Go the way a browser goes; whoever holds the cookie afterwards is logged in."""
    ticket = jwt.encode({"alg": "HS256"}, {"provider": "default", "exp": int(time.time()) + 60},
                        OctKey.import_key(COOKIE_SECRET))  # fmt: skip
    client = httpx.Client(follow_redirects=True, timeout=30, **how)
    answer = client.get(f"{url}/auth/login", params={"provider": ticket})
    assert answer.status_code == 200
    return client


def holds(client: httpx.Client) -> bool:
    return any(name.startswith("_streamlit_user") and value for name, value in
               client.cookies.items())  # fmt: skip


@pytest.mark.parametrize(
    ("case", "welcome"),
    [
        ({}, True),
        ({"changes": {"exp": 1_600_000_000, "iat": 1_599_999_000}}, False),
        ({"changes": {"iss": "https://elsewhere.example"}}, False),
        ({"changes": {"aud": "another-application"}}, False),
        ({"changes": {"nonce": "of an earlier login"}}, False),
        ({"forged": True}, False),
        ({"unsigned": True}, False),
    ],
    ids=["good", "expired", "foreign issuer", "foreign audience", "replayed", "forged", "unsigned"],
)
def test_only_a_token_of_this_provider_for_us_and_now_logs_in(
    provider: Provider, office: tuple, case: dict[str, Any], welcome: bool
) -> None:
    url, log = office
    provider.changes, provider.forged, provider.unsigned = (
        case.get("changes", {}), case.get("forged", False), case.get("unsigned", False),
    )  # fmt: skip
    client = log_in(url)
    assert holds(client) is welcome
    written = log.read_text(errors="replace")
    assert COOKIE_SECRET not in written and "of-a-test" not in written


def test_a_ticket_we_did_not_sign_starts_no_login(provider: Provider, office: tuple) -> None:
    url, _ = office
    forged = jwt.encode({"alg": "HS256"}, {"provider": "default", "exp": int(time.time()) + 60},
                        OctKey.import_key("another secret of another server"))  # fmt: skip
    client = httpx.Client(follow_redirects=True, timeout=30)
    client.get(f"{url}/auth/login", params={"provider": forged})
    assert not holds(client) and not provider.nonces


def test_this_server_answers_to_its_own_names_only(office: tuple) -> None:
    url, _ = office
    for host, status in (("localhost", 200), ("127.0.0.1", 200), ("evil.example", 400)):
        answer = httpx.get(f"{url}/", headers={"Host": host}, timeout=30)
        assert answer.status_code == status, host
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(("role", "told"), [("", "data.refused"), ("staff", "data.staff_only")])
def test_a_page_hidden_from_the_public_also_refuses_it_by_address(
    network_home: Any, monkeypatch: pytest.MonkeyPatch, role: str, told: str
) -> None:
    from analytics.text import say

    monkeypatch.setenv("EVIDENCE_HOME", str(network_home.root))
    if role:
        monkeypatch.setenv("EVIDENCE_ROLE", role)
    known.settings.cache_clear()
    try:
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
        if role:
            import streamlit as st

            st.config.set_option("server.address", "127.0.0.1")
        app.switch_page("pages/data.py").run()
        spoken = [block.value for kind in (app.info, app.caption) for block in kind]
        assert any(say(told, "fr") in text for text in spoken)
        assert bool(app.get("file_uploader")) is False
    finally:
        monkeypatch.undo()
        known.settings.cache_clear()


def test_the_role_table_is_toml_as_the_note_shows_it() -> None:
    note = (PROJECT / "docs/trust.md").read_text(encoding="utf-8")
    block = next(b for b in note.split("```toml\n")[1:])
    shown = tomllib.loads(block.partition("```")[0])
    assert set(shown["roles"].values()) <= {"staff", "editor", "manager"}
