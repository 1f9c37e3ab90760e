"""SARIF 2.1.0 (OASIS, 27 March 2020): what code scanning services read, with the rules and where they are broken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from gitdraft.model.rules import find_rule
from gitdraft.model.violations import Location, Violation

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_log(found: Iterable[tuple[Violation, Location]], *, version: str) -> dict[str, Any]:
    """A log of one run of gitdraft ``version``. Paths are relative to the root of the repository, columns count
    characters."""
    located = list(found)
    ids = sorted({violation.rule for violation, _ in located})
    driver = {
        "name": "gitdraft",
        "version": version,
        "rules": [_descriptor(name) for name in ids],
    }
    results = [_result(violation, place, ids.index(violation.rule)) for violation, place in located]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _descriptor(name: str) -> dict[str, Any]:
    rule = find_rule(name)
    found: dict[str, Any] = {"id": name}
    if rule is not None:
        level = "none" if rule.severity == "off" else rule.severity
        found |= {"shortDescription": {"text": rule.summary}, "defaultConfiguration": {"level": level}}
    return found


def _result(violation: Violation, place: Location, index: int) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(place.path), "uriBaseId": "%SRCROOT%"}}
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
