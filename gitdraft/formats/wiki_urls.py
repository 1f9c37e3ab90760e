"""URLs of wikis: shown to people as links, never fetched."""

from __future__ import annotations

import ipaddress
import unicodedata
from urllib.parse import urlsplit

LONGEST_URL = 2000


def url_flaw(url: str) -> str | None:
    """Returns what keeps a URL from being that of a wiki; ``None`` for a good one."""
    if len(url) > LONGEST_URL:
        return f"longer than {LONGEST_URL:,} characters"
    if any(c.isspace() or is_control(c) or c in '<>"\\^`{|}' for c in url):
        return "it holds a character that no URL has"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is not a URL"
    if parts.scheme not in ("http", "https") or not host:
        return "expected http:// or https:// and a host"
    if parts.username is not None or parts.password is not None:
        return "it holds credentials, which would be kept for ever; leave them out"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None) or address
    return "a link-local address is no wiki" if mapped.is_link_local or mapped.is_unspecified else None


def is_control(character: str) -> bool:
    """Whether a character moves a cursor, breaks a line, or is not seen."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
