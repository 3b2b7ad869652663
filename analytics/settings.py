"""Settings: environment variables ``EVIDENCE_*`` and ``.streamlit/secrets.toml``."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from analytics.errors import UserError

PROJECT = Path(__file__).parents[1]
SECRETS = PROJECT / ".streamlit" / "secrets.toml"
#: characters of the key that signs logins: what ``openssl rand -hex 16`` gives, and more
MIN_SECRET = 32

Role = Literal["public", "staff", "editor", "manager"]


class Settings(BaseSettings):
    """Everything that may be set from outside; each field is ``EVIDENCE_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="EVIDENCE_", extra="ignore")

    #: folder that holds everything that changes
    home: Path = PROJECT / "data" / "local"
    #: role given without login, only while the server is bound to loopback
    role: Role | None = None
    #: who has which role after logging in (``[roles]`` of the secrets; see ``pages.shared.roles``)
    roles: dict[str, Role] = {}
    #: how long a login holds
    login_hours: float = Field(12, gt=0, le=24 * 30)
    #: names under which this server may be asked for, separated by spaces; beside its own
    hosts: str = ""
    #: where readers reach this server: what links and QR codes in files point to
    public_url: str = "http://localhost:8501"
    #: terms under which public figures may be used, printed in every file
    licence: str = "CC BY 4.0"
    #: memory one import or build may use
    memory_limit: str = "4GB"
    #: who asks HDX HAPI: "application:address@example.org", sent to it and to nobody else
    hapi_identifier: str | None = None
    #: ``refresh``: seconds without a byte until a line counts as dead, attempts, seconds before
    #: the second one (doubled each time), and seconds one file may take in all
    fetch_timeout_s: float = Field(60, gt=0)
    fetch_attempts: int = Field(5, ge=1)
    fetch_wait_s: float = Field(2, ge=0)
    fetch_max_s: float = Field(3600, gt=0)


@cache
def secrets() -> dict[str, Any]:
    """``.streamlit/secrets.toml``, or the file that ``EVIDENCE_SECRETS`` names; never logged.

    Raises:
        UserError: when it does not read, or the key that signs logins is too short to be one.
    """
    path = Path(os.environ.get("EVIDENCE_SECRETS") or SECRETS)
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise UserError("secrets_unreadable", file=path.name) from None
    if "auth" in found and len(str(found["auth"].get("cookie_secret", ""))) < MIN_SECRET:
        raise UserError("cookie_secret_short", file=path.name, least=MIN_SECRET)
    return found


@cache
def settings() -> Settings:
    """The settings, read once.

    Raises:
        UserError: naming the first setting that is wrong, what it is and what was expected.
    """
    found = secrets()
    try:
        return Settings(**{"roles": found.get("roles", {}), **found.get("evidence", {})})
    except ValidationError as error:
        first = error.errors()[0]
        name = "EVIDENCE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise UserError(
            "setting_wrong", name=name, value=first.get("input"), expected=first["msg"]
        ) from None
