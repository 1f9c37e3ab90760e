"""Regular expressions of schemas, matched by an engine that cannot backtrack where it means the same.

Python's engine is the reference, and takes time that can grow with a power of the text, or double with each of its
characters. jsonschema-rs has one whose time grows with the text alone (`pip install '.[fast]'`); patterns of which
it is not known to mean the same, and all where it is not installed, stay with Python's, within the validation's time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from gitdraft.documents.portable_patterns import portable_pattern
from gitdraft.validation.time_limit import OutOfTime, check_time, has_timer, time_slice

SHORT = 200  # characters, in which one repetition takes at most their square in steps
FEW = 8  # alternatives, of which each can double the steps
REPEATING = "*+?{"
AT_ONCE = 0.05  # seconds


class NeedsProcess(Exception):
    """A pattern that may take for ever is to be matched where nothing can break it off."""


def finds(pattern: str, text: str, *, may_block: bool = True) -> bool:
    """Returns whether `re.search` finds the pattern in the text. Raises `re.error` for what is no pattern, NeedsProcess where
    it would have to backtrack and ``may_block`` is false."""
    if len(text) <= SHORT and _is_simple(pattern):
        return re.search(pattern, text) is not None
    if has_timer():  # most are found at once, and the other engine takes longer to load
        try:
            with time_slice(AT_ONCE):
                return re.search(pattern, text) is not None
        except OutOfTime:
            check_time()
    linear = _linear(pattern)
    if linear is not None:
        return linear(text)
    if not may_block:
        raise NeedsProcess
    return re.search(pattern, text) is not None


def _is_simple(pattern: str) -> bool:
    """Returns whether the pattern takes few steps in a short text. `(a|a)*` and `(a|a)(a|a)…` take as many as there are ways."""
    repetitions, alternatives = sum(map(pattern.count, REPEATING)), pattern.count("|")
    return repetitions + alternatives <= 1 or (not repetitions and alternatives <= FEW)


@lru_cache(maxsize=1000)
def _linear(pattern: str) -> Callable[[str], bool] | None:
    portable = portable_pattern(pattern)
    if portable is None:
        return None
    try:
        import jsonschema_rs
    except ImportError:
        return None
    try:
        return jsonschema_rs.Draft202012Validator({"pattern": portable}).is_valid
    except ValueError:  # too large for it
        return None
