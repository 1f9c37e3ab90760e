"""Commit messages with our trailers, which text from outside cannot forge."""

from __future__ import annotations

from collections.abc import Mapping

from gitdraft.lazy_regex import regex

TRAILER = regex(r"(Gitdraft-[A-Za-z-]+): ?(.*)")
CONTROL = regex(r"[\x00-\x08\x0b-\x1f\x7f]")


def append_trailers(message: str, trailers: Mapping[str, str]) -> str:
    """Returns the message with the trailers as its last paragraph.

    Lines of the message that look like our trailers are indented, so that only ours count; control characters
    are left out, and a value is one line.
    """
    clean = CONTROL.sub("", message.replace("\r\n", "\n")).strip()
    lines = [f"  {line}" if TRAILER.match(line) else line.rstrip() for line in clean.split("\n")]
    paragraph = [f"{name}: {' '.join(CONTROL.sub('', value).split())}" for name, value in trailers.items()]
    return "\n".join(lines) + "\n\n" + "\n".join(paragraph) + "\n"


def read_trailers(message: str) -> dict[str, str]:
    """Returns our trailers: those of the last paragraph."""
    matches = [TRAILER.match(line) for line in _last_paragraph(message)]
    return {trailer[1]: trailer[2] for trailer in matches if trailer}


def strip_trailers(message: str) -> str:
    """Returns the message without our trailers."""
    last = _last_paragraph(message)
    if not last or not all(TRAILER.match(line) for line in last):
        return message.strip()
    return message.strip().rpartition("\n\n")[0]


def _last_paragraph(message: str) -> list[str]:
    _, separator, last = message.strip().rpartition("\n\n")
    return last.split("\n") if separator else []
