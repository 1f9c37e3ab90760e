"""What CI services read: SARIF logs, annotations of GitHub Actions."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft4Validator

from gitdraft.formats.reports.ci import annotation, sarif_log
from gitdraft.model.entities import EntityRef
from gitdraft.model.violations import Location, Violation

PERSON = EntityRef("category", "Person")
# OASIS's schema of SARIF 2.1.0, unchanged, as the package @microsoft/jest-sarif has it (MIT)
SARIF = json.loads((Path(__file__).parents[1] / "cases/sarif/sarif-schema-2.1.0.json").read_text("utf-8"))


def test_a_sarif_log_has_the_rules_and_where_each_is_broken() -> None:
    wrong = Violation(PERSON, "/label", "schema/minLength", "too short")
    gone = Violation(PERSON, "", "reference/orphan", "nothing names it", "warning")
    log = sarif_log(
        [
            (wrong, Location("categories/Jürgen Müller.json", 3, 12)),
            (gone, Location("gone.json")),
            (wrong, Location("b.json", 1, 1)),
        ],
        version="1.2.3",
    )
    Draft4Validator(SARIF).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["reference/orphan", "schema/minLength"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]
    assert run["results"][0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "categories/J%C3%BCrgen%20M%C3%BCller.json", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 12},
    }
    assert "region" not in run["results"][1]["locations"][0]["physicalLocation"]
    assert run["results"][1]["level"] == "warning"


def test_a_log_of_nothing_is_one_too() -> None:
    log = sarif_log([], version="1")
    Draft4Validator(SARIF).validate(log)
    assert log["runs"][0]["results"] == []


def test_a_finding_keeps_its_fingerprint_when_it_moves_to_another_line() -> None:
    wrong = Violation(PERSON, "/label", "schema/minLength", "too short")
    log = sarif_log([(wrong, Location("a.json", 3, 1)), (wrong, Location("a.json", 9, 5))], version="1")
    first, second = (result["partialFingerprints"] for result in log["runs"][0]["results"])
    assert first == second


def test_an_annotation_escapes_what_would_end_it() -> None:
    violation = Violation(PERSON, "/a,b:c", "schema/const", "100%\r\nof :: it, all", "warning")
    assert annotation(violation, Location("a,b:c 100%.json", 3, 7)) == (
        "::warning file=a%2Cb%3Ac 100%25.json,line=3,col=7,title=schema/const"
        "::category/Person/a,b:c: 100%25%0D%0Aof :: it, all"
    )
    assert annotation(violation, Location("gone")).startswith("::warning file=gone,title=schema/const::")
