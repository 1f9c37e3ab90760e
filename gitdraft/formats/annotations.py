"""Annotations of GitHub Actions: a line each that its runner turns into a mark beside the code."""

from __future__ import annotations

from gitdraft.model.violations import Location, Violation

IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
IN_PROPERTIES = {**IN_MESSAGES, ":": "%3A", ",": "%2C"}


def annotation(violation: Violation, place: Location) -> str:
    """`::error file=…,line=…,col=…,title=…::…`; without a line where the file has none to show."""
    properties = {"file": place.path}
    if place.line is not None:
        properties |= {"line": str(place.line), "col": str(place.column)}
    properties["title"] = violation.rule
    written = ",".join(f"{name}={_escaped(value, IN_PROPERTIES)}" for name, value in properties.items())
    message = f"{violation.entity}{violation.pointer}: {violation.message}"
    return f"::{violation.severity} {written}::{_escaped(message, IN_MESSAGES)}"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
