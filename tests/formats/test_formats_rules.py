"""The page of the rules, held to the rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gitdraft
from gitdraft.model.rules import RULES, SCHEMA, Rule, find_rule, severity_of

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "reference" / "rules.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_every_rule_has_its_section_and_no_other_has() -> None:
    assert set(SECTIONS) == {*RULES, SCHEMA.id}


@pytest.mark.parametrize("rule", [*RULES.values(), SCHEMA], ids=lambda rule: rule.id)
def test_a_section_says_how_severe_it_is_and_whether_that_can_be_set(rule: Rule) -> None:
    by_default = {"error": "an error by default", "warning": "a warning by default", "off": "off by default"}
    start, said = SECTIONS[rule.id].split(".")[0], by_default[rule.severity]
    if rule.settable:
        assert start.startswith("Settable") and said in start  # noqa: PT018
    else:
        assert start.startswith("Always an error")


def test_every_rule_that_the_code_names_is_known() -> None:
    package = Path(gitdraft.__file__).parent
    code = "\n".join(file.read_text("utf-8") for file in sorted(package.rglob("*.py")))
    families = "|".join(sorted({name.partition("/")[0] for name in RULES}))
    named = set(re.findall(rf'"((?:{families})/[a-z-]+)"', code))
    assert named <= set(RULES)
    assert len(named) > 20


@pytest.mark.parametrize("name", ["schema/minLength", "schema/$ref", "schema/unusable"])
def test_every_keyword_of_json_schema_is_a_rule(name: str) -> None:
    assert find_rule(name) is not None
    assert severity_of(name, {}) == "error"


def test_what_is_set_holds() -> None:
    assert severity_of("reference/orphan", {}) == "off"
    assert severity_of("reference/orphan", {"reference/orphan": "error"}) == "error"
