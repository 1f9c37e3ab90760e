"""Versions: semantic ones (https://semver.org, 2.0.0), or the date of a release."""

from __future__ import annotations

from gitdraft.errors import InvalidInput
from gitdraft.formats.release_rule import Scheme
from gitdraft.lazy_regex import regex
from gitdraft.model.impacts import Step
from gitdraft.model.operations import is_moment

NUMBER = r"(0|[1-9]\d*)"
WORDS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
SEMANTIC = regex(rf"{NUMBER}\.{NUMBER}\.{NUMBER}(?:-({WORDS}))?(?:\+{WORDS})?")
CALENDAR = regex(r"(\d{4}-\d{2}-\d{2})(?:\.(\d+))?")
FIRST = "1.0.0"
Order = tuple[object, ...]


def check_version(version: str, scheme: Scheme) -> str:
    """Returns the version. Raises InvalidInput (``invalid-version``) where the scheme has none like it."""
    if order_of(version, scheme) is None:
        form = "semantic, such as 1.4.0" if scheme == "semver" else "a date, such as 2026-01-24"
        raise InvalidInput(
            f"'{version}' is no version: it is {form}",
            code="invalid-version",
            context={"version": version, "scheme": scheme},
        )
    return version


def order_of(version: str, scheme: Scheme) -> Order | None:
    """Returns what versions of a scheme are sorted by; ``None`` for what is none."""
    if scheme == "calendar":
        dated = CALENDAR.fullmatch(version)
        return None if dated is None or not is_moment(dated[1]) else (dated[1], int(dated[2] or 1))
    semantic = SEMANTIC.fullmatch(version)
    if semantic is None:
        return None
    before = [
        (0, int(word), "") if word.isdigit() else (1, 0, word) for word in (semantic[4] or "").split(".")
    ]
    return (*(int(semantic[part]) for part in (1, 2, 3)), semantic[4] is None, before)


def propose(previous: str | None, step: Step, scheme: Scheme, today: str) -> str:
    """Returns the version after ``previous`` (``None``: the first) for a step. A semantic one below 1.0.0 promises nothing: what
    breaks raises its second number, everything else its third. ``today`` is a date; a second release of a day has a
    number."""
    if scheme == "calendar":
        dated = None if previous is None else CALENDAR.fullmatch(previous)
        return today if dated is None or dated[1] != today else f"{today}.{int(dated[2] or 1) + 1}"
    semantic = None if previous is None else SEMANTIC.fullmatch(previous)
    if semantic is None:
        return FIRST
    major, minor, patch = (int(semantic[part]) for part in (1, 2, 3))
    if semantic[4] is not None:
        return f"{major}.{minor}.{patch}"  # what the pre-release was before
    if major == 0:
        return f"0.{minor + 1}.0" if step == "major" else f"0.{minor}.{patch + 1}"
    match step:
        case "major":
            return f"{major + 1}.0.0"
        case "minor":
            return f"{major}.{minor + 1}.0"
        case "patch" | "none":
            return f"{major}.{minor}.{patch + 1}"
