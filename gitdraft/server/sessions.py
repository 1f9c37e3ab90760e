"""Sessions of people's browsers: a cookie that says nothing by itself stands for tokens that were shown once.

What it opens is asked of the tokens each time, so it dies with them. It is in memory alone: who restarts the service has
everybody sign in again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request, Response

from gitdraft.errors import StateRefused
from gitdraft.lazy_dataclass import replace
from gitdraft.model.tokens import Grant, Role
from gitdraft.server.settings import Settings

MOST_SESSIONS = 10_000
MOST_TOKENS = 20  # of one session
LIFE = 30 * 24 * 60 * 60  # seconds that a browser keeps the cookie
ORDER: Final[tuple[Role, ...]] = ("maintainer", "contributor", "reader")


class Sessions:
    """The sessions that there are; those that were not used for longest are forgotten first."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[bytes, tuple[str, ...]] = OrderedDict()

    def start(self, token_id: str, former: str | None) -> str:
        """Returns the name of a session with a token (by its id) and those of the former one, which ends."""
        known = self.tokens(former)
        self.end(former)
        name = secrets.token_urlsafe(32)
        self._tokens[_key(name)] = (*(i for i in known if i != token_id), token_id)[-MOST_TOKENS:]
        while len(self._tokens) > MOST_SESSIONS:
            self._tokens.popitem(last=False)
        return name

    def tokens(self, name: str | None) -> tuple[str, ...]:
        """Returns the ids of the tokens of a session; none of one that is unknown."""
        if name is None or _key(name) not in self._tokens:
            return ()
        self._tokens.move_to_end(_key(name))
        return self._tokens[_key(name)]

    def end(self, name: str | None) -> None:
        """Forgets a session."""
        if name is not None:
            self._tokens.pop(_key(name), None)


def _key(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "replace")).digest()


def cookie_name(settings: Settings) -> str:
    """Returns what the cookie is called: over TLS a name that no other host can set."""
    return "__Host-gitdraft" if is_secure(settings) else "gitdraft"


def is_secure(settings: Settings) -> bool:
    """Returns whether people reach the service over TLS."""
    return settings.url.startswith("https:")


def set_cookie(answer: Response, settings: Settings, name: str) -> None:
    """Has the browser keep the session's name, where no script can read it."""
    answer.set_cookie(
        cookie_name(settings),
        name,
        max_age=LIFE,
        path="/",
        secure=is_secure(settings),
        httponly=True,
        samesite="lax",
    )


def choose_grant(grants: Sequence[Grant], draft_id: str | None) -> Grant | None:
    """Returns the grant with which a browser that has several does something about a draft: a maintainer's, the draft's own
    capability (under the name of a named token), another named token's, else any."""
    named = min(
        (grant for grant in grants if grant.role in ORDER), key=lambda g: ORDER.index(g.role), default=None
    )
    own = next((g for g in reversed(grants) if g.draft is not None and g.draft == draft_id), None)
    if own is None or (named is not None and named.role == "maintainer"):
        return named or own or (grants[-1] if grants else None)
    return own if named is None else replace(own, name=named.name)


def require_own_origin(request: Request, settings: Settings, *, is_needed: bool = True) -> None:
    """Raises StateRefused (``permission-denied``) where a page of another origin has a browser send a request, or where
    that is not said though it ``is_needed``."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        is_own = site == "same-origin"
    elif origin is not None:
        is_own = origin in (
            _origin(settings.url),
            f"{request.url.scheme}://{request.headers.get('host', '')}",
        )
    else:
        is_own = not is_needed
    if not is_own:
        raise StateRefused(
            "this came from a page of another site",
            code="permission-denied",
            context={"header": "Sec-Fetch-Site"},
        )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
