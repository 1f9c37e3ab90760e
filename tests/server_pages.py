"""A browser without a screen: it signs in, and sends forms as pages have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import TypeAlias

import httpx

OWN = {"Sec-Fetch-Site": "same-origin"}
Browser: TypeAlias = httpx.Client


@contextmanager
def browse(url: str, token: str) -> Iterator[Browser]:
    """Yields a browser that is signed in."""
    with httpx.Client(base_url=url, timeout=60) as client:
        assert client.post("/session", data={"token": token}, headers=OWN).status_code == 303
        yield client


def state_in(page: str) -> str:
    """Returns the state that a page's forms name."""
    match = re.search(r'name="state" value="([^"]+)"', page)
    assert match is not None
    return unescape(match[1])
