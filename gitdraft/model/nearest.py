"""The name that somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(typed: str, names: Iterable[str]) -> str | None:
    """Returns the name that differs in case alone, else the only one that begins so, else the most alike; ``None`` for none."""
    known = list(names)
    folded = typed.casefold()
    for name in known:
        if name.casefold() == folded:
            return name
    begin = [name for name in known if name.casefold().startswith(folded)] if typed else []
    if len(begin) == 1:
        return begin[0]
    from difflib import get_close_matches

    return next(iter(get_close_matches(typed, known, n=1)), None)
