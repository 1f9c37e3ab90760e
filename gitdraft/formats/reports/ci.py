"""Violations in the forms of code scanning services: SARIF 2.1.0 (OASIS, 27 March 2020), annotations of GitHub Actions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from urllib.parse import quote

from gitdraft.formats.reports import Record
from gitdraft.model.rules import find_rule
from gitdraft.model.violations import Location, Violation

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
IN_PROPERTIES = {**IN_MESSAGES, ":": "%3A", ",": "%2C"}


def sarif_log(located: Iterable[tuple[Violation, Location]], *, version: str) -> Record:
    """Returns the log of one run of gitdraft ``version``. Paths are relative to the root of the repository, columns count
    characters."""
    violations = list(located)
    ids = sorted({violation.rule for violation, _ in violations})
    driver = {
        "name": "gitdraft",
        "version": version,
        "rules": [_descriptor(name) for name in ids],
    }
    results = [_result(violation, place, ids.index(violation.rule)) for violation, place in violations]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _descriptor(name: str) -> Record:
    rule = find_rule(name)
    descriptor: Record = {"id": name}
    if rule is not None:
        level = "none" if rule.severity == "off" else rule.severity
        descriptor |= {"shortDescription": {"text": rule.summary}, "defaultConfiguration": {"level": level}}
    return descriptor


def _result(violation: Violation, place: Location, index: int) -> Record:
    location: Record = {"artifactLocation": {"uri": quote(place.path), "uriBaseId": "%SRCROOT%"}}
    if place.line is not None:
        location["region"] = {"startLine": place.line, "startColumn": place.column}
    where = f"{violation.entity}{violation.pointer}" if violation.entity.type else violation.entity.key
    identity = "\0".join((where, violation.rule, violation.message))
    return {
        "ruleId": violation.rule,
        "ruleIndex": index,
        "level": violation.severity,
        "message": {"text": f"{where}: {violation.message}"},
        "locations": [
            {"physicalLocation": location, "logicalLocations": [{"fullyQualifiedName": where}]},
        ],
        "partialFingerprints": {"violation/v1": hashlib.sha256(identity.encode()).hexdigest()},
    }


def annotation(violation: Violation, place: Location) -> str:
    """Returns `::error file=…,line=…,col=…,title=…::…`; without a line where the file has none to show."""
    properties = {"file": place.path}
    if place.line is not None:
        properties |= {"line": str(place.line), "col": str(place.column)}
    properties["title"] = violation.rule
    written = ",".join(f"{name}={_escaped(value, IN_PROPERTIES)}" for name, value in properties.items())
    message = f"{violation.entity}{violation.pointer}: {violation.message}"
    return f"::{violation.severity} {written}::{_escaped(message, IN_MESSAGES)}"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
