"""Which of the media types that there are a client takes (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gitdraft.lazy_regex import regex

QUALITY = regex(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", re.IGNORECASE)


def choose(accept: str | None, offered: Sequence[str]) -> str | None:
    """Returns the type that an `Accept` header likes best, of equal ones the first that is offered; ``None`` where it takes
    none of them."""
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [_parse(part) for part in accept.split(",") if part.strip()]
    qualities = [_quality(media_type, ranges) for media_type in offered]
    best = max(qualities)
    return offered[qualities.index(best)] if best > 0 else None


def _parse(part: str) -> tuple[str, float]:
    name, *parameters = part.split(";")
    for parameter in parameters:
        match = QUALITY.fullmatch(parameter)
        if match is not None:
            return name.strip().lower(), float(match[1])
    return name.strip().lower(), 1.0


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The quality of the most specific range that the type is in."""
    family = media_type.partition("/")[0] + "/*"
    for pattern in (media_type, family, "*/*"):
        qualities = [quality for name, quality in ranges if name == pattern]
        if qualities:
            return max(qualities)
    return 0.0
