"""Who may talk to the page's server: whoever has the link, from this very page, and no one else.

Other pages that are open in the same browser can send requests to this machine, and by a name
that they control can even pass for it (DNS rebinding). So the request must name us by an address
of ours, what changes something must come from our own page, and everything needs a token that
only the link has.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address

from blake3 import blake3

from tilth.errors import DefinitionError

SHORTEST_TOKEN = 16

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing that is data can run: no script but ours, nothing from elsewhere."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def tokens(people: Sequence[str], host: str, token: str | None) -> dict[str, str]:
    """Token -> person. Each has one of his own, so that nobody sees another's answers.

    Args:
        people: Who will work.
        host: Where the server listens.
        token: What all of them are made from; random if not given.

    Raises:
        DefinitionError: The server can be reached from elsewhere, and there is no token; or it
            is too short.
    """
    if token is None and not is_loopback(host):
        raise DefinitionError(
            f"the page would be seen by whoever reaches `{host}`",
            hint="say `--token` with a secret of your own, of at least "
            f"{SHORTEST_TOKEN} characters; what is sent can be read on the way, as it is not "
            "encrypted",
        )
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise DefinitionError(f"a token of {len(token)} characters can be guessed")
    secret = token or secrets.token_urlsafe(32)
    key = blake3(secret.encode()).digest()
    return {blake3(each.encode(), key=key).hexdigest(16): each for each in people}


def person_of(token: str, known: Mapping[str, str]) -> str | None:
    """Whose token it is, None if nobody's; how long it takes does not tell."""
    found = None
    for each, person in known.items():
        if hmac.compare_digest(each.encode(), token.encode("utf-8", "replace")):
            found = person
    return found


def allowed_hosts(host: str, port: int) -> frozenset[str]:
    """What the header `Host` may say; an empty set for any address where all are listened to."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - it is asked, not bound
        return frozenset()
    names: Iterable[str] = ("127.0.0.1", "localhost", "[::1]") if is_loopback(host) else ()
    own = f"[{host}]" if ":" in host else host
    return frozenset(f"{name}:{port}" for name in (*names, own))


def is_ours(method: str, headers: Mapping[str, str], hosts: frozenset[str]) -> bool:
    """Whether a request comes from our own page, or opens it.

    Args:
        method: Of the request.
        headers: By lower-case name.
        hosts: Those of `allowed_hosts`.
    """
    host = headers.get("host", "")
    # Where all addresses are listened to, a name may be anybody's: only a number is ours.
    if host not in hosts and not (not hosts and _is_number(host)):
        return False
    if method in ("GET", "HEAD"):
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    return (
        headers.get("origin") == f"http://{host}"
        and headers.get("content-type", "").partition(";")[0].strip() == "application/json"
    )


def _is_number(host: str) -> bool:
    name = host.rpartition(":")[0] or host
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
