"""Who may do what: our table of roles, against what an OpenID provider says of a person.

``[roles]`` in ``.streamlit/secrets.toml`` names people and their role::

    [roles]
    "awa@example.org" = "manager"       # an address that the provider has verified
    "@example.org" = "staff"            # everyone with a verified address there
    "groups:evidence-editors" = "editor"  # whoever has this value in this claim

The highest role that fits is given; nobody has one by default. Plain Python, so that it is tested
without a server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from analytics.settings import Role

RANKS: tuple[Role, ...] = get_args(Role)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: what a proxy adds to a request: the reader is then not the person at this machine
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
#: clocks of two servers may differ by so many seconds
_CLOCKS = 300


def role_of(
    claims: Mapping[str, Any], roles: Mapping[str, Role], *, now: float, hours: float
) -> Role:
    """The role of whoever logged in with these claims; ``public`` where nothing gives one.

    Args:
        claims: what the provider signed of the person (``st.user``).
        roles: the table above.
        now: seconds since 1970.
        hours: how long a login holds; the cookie that carries it would live for a month.
    """
    if claims.get("is_logged_in") is not True:
        return "public"
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or not now - hours * 3600 <= issued <= now + _CLOCKS:
        return "public"
    held: list[Role] = [role for entry, role in roles.items() if _fits(entry, claims)]
    return max(held, key=RANKS.index, default="public")


def _fits(entry: str, claims: Mapping[str, Any]) -> bool:
    if "@" in entry:
        # An address somebody merely typed in at the provider proves nothing.
        email = claims.get("email")
        if claims.get("email_verified") is not True or not isinstance(email, str):
            return False
        address, wanted = email.strip().lower(), entry.strip().lower()
        return address.endswith(wanted) if wanted.startswith("@") else address == wanted
    name, colon, value = entry.partition(":")
    held = claims.get(name)
    return bool(colon) and (held == value or (isinstance(held, list | tuple) and value in held))


def at_this_machine(bound_to: str | None, headers: Mapping[str, str]) -> bool:
    """Whether the reader sits at the machine that serves: it listens to nobody else, and no proxy
    stands between."""
    if bound_to not in LOOPBACK:
        return False
    known = {name.lower(): value for name, value in headers.items()}
    host = known.get("host", "localhost")
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name in LOOPBACK and not any(header in known for header in _FORWARDED)
