"""A validation has an end: what would take for ever ends the run, and says nothing of the entity."""

from __future__ import annotations

import json
import re
import threading
import time
from typing import Any

import pytest
from jsonschema.validators import Draft202012Validator
from sandbox import CONFIGURATION, Sandbox

from gitdraft.errors import ValidationTooLong
from gitdraft.model.entities import EntityRef
from gitdraft.validation.checkers import Checkers, checked_by
from gitdraft.validation.dialects import bounded, has_unique_items
from gitdraft.validation.patterns import finds
from gitdraft.validation.schemas import compile_schema

ENTITY = EntityRef("category", "Person")
BACKTRACKING = r"^(?=(a+)+$)b"
DOUBLING = {
    "$defs": {
        **{
            f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]}
            for n in range(40)
        },
        "d40": {"type": "object"},
    },
    "$ref": "#/$defs/d0",
}
SLOW = [
    pytest.param(
        {"properties": {"label": {"pattern": BACKTRACKING}}}, {"label": "a" * 60 + "!"}, id="pattern"
    ),
    pytest.param({"patternProperties": {BACKTRACKING: False}}, {"a" * 60 + "!": 1}, id="patternProperties"),
    pytest.param(
        {"patternProperties": {BACKTRACKING: True}, "additionalProperties": False},
        {"a" * 60 + "!": 1},
        id="additionalProperties",
    ),
    pytest.param(
        {"patternProperties": {BACKTRACKING: True}, "unevaluatedProperties": False},
        {"a" * 60 + "!": 1},
        id="unevaluatedProperties",
    ),
    pytest.param(
        {"unevaluatedProperties": False, "patternProperties": {BACKTRACKING: True}},
        {"a" * 60 + "!": 1},
        id="unevaluatedProperties first",
    ),
    pytest.param(
        {"properties": {"label": {"pattern": r"^(a|a)*\b$"}}}, {"label": "a" * 60 + "!"}, id="alternatives"
    ),
    pytest.param(
        {"propertyNames": {"pattern": r"(a|a)" * 60 + r"\b"}}, {"a" * 60 + "b": 1}, id="many alternatives"
    ),
    pytest.param(DOUBLING, {}, id="doubling references"),
    pytest.param({"$schema": "http://json-schema.org/draft-07/schema#", **DOUBLING}, {}, id="in a dialect"),
]


def check(schema: Any, document: Any, seconds: float = 0.5) -> list[Any]:
    return list(compile_schema("s.json", {"s.json": schema}.get, seconds)(ENTITY, document))


@pytest.mark.sweep(2)
@pytest.mark.parametrize(("schema", "document"), SLOW)
def test_a_check_that_would_not_end_is_broken_off(schema: Any, document: Any) -> None:
    started = time.monotonic()
    with pytest.raises(ValidationTooLong) as refused:
        check(schema, document)
    assert time.monotonic() - started < 60
    assert refused.value.context["entity"] == "category/Person"
    assert (refused.value.code, refused.value.exit_code) == ("validation-too-long", 23)


@pytest.mark.sweep(1)
@pytest.mark.parametrize(("schema", "document"), SLOW)
def test_in_a_thread_a_process_is_killed_for_it(schema: Any, document: Any) -> None:
    checkers = Checkers(1, compile_schema)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with checked_by(checkers):
                check(schema, document, 2)
        except ValidationTooLong as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    checkers.close()
    assert not thread.is_alive()
    assert [type(error) for error in errors] == [ValidationTooLong]


@pytest.mark.long
def test_a_process_says_the_same_of_a_large_document() -> None:
    schema = {"properties": {"items": {"items": {"$ref": "other.json"}}}}
    schemas = {"s.json": schema, "other.json": {"type": "integer"}}
    document = {"items": [*range(30_000), "x"]}
    here = list(compile_schema("s.json", schemas.get, 300)(ENTITY, document))
    checkers, found = Checkers(1, compile_schema), []

    def work() -> None:
        with checked_by(checkers):
            for _ in range(2):  # the second time by the same process
                found.append(list(compile_schema("s.json", schemas.get, 300)(ENTITY, document)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    checkers.close()
    assert found == [here, here]
    assert [violation.pointer for violation in here] == ["/items/30000"]


def test_many_unique_items_are_looked_at_once() -> None:
    document = {"items": [{"n": n, "half": n / 2, "tags": [n, "x"]} for n in range(20_000)]}
    schema = {"properties": {"items": {"uniqueItems": True}}}
    assert check(schema, document, 30) == []  # seconds: pair by pair it takes minutes
    document["items"].append(dict(document["items"][0]))
    assert [violation.rule for violation in check(schema, document, 10)] == ["schema/uniqueItems"]


@pytest.mark.parametrize(
    ("items", "is_unique"),
    [
        ([1, True], True),
        ([0, False], True),
        ([1, 1.0], False),
        ([[1], [1.0]], False),
        ([{"a": 1, "b": 2}, {"b": 2.0, "a": 1}], False),
        (["1", 1], True),
        ([None, "null"], True),
        ([[], {}], True),
        ([1e300, int(1e300)], False),
        ([-0.0, 0], False),
        (["a", "b", "a"], False),
        ([[1, 2], [2, 1]], True),
        ([{"a": [True]}, {"a": [1]}], True),
    ],
)
def test_items_are_equal_as_json_schema_has_it(items: list[Any], is_unique: bool) -> None:
    assert has_unique_items(items) is is_unique
    assert Draft202012Validator({"uniqueItems": True}).is_valid(items) is is_unique


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        ({"pattern": "^a+$"}, "b" * 300),
        ({"patternProperties": {"^x": {"type": "integer"}}}, {"x1": "a", "y": 1}),
        ({"patternProperties": {"^x": True}, "additionalProperties": False}, {"x1": 1, "y": 1, "z": 2}),
        ({"properties": {"a": True}, "additionalProperties": False}, {"b": 1}),
        ({"additionalProperties": {"type": "integer"}}, {"b": "x"}),
        ({"uniqueItems": True}, [1, 1]),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "additionalProperties": False}, {"b": 1}),
    ],
)
def test_what_is_done_otherwise_says_what_jsonschema_says(schema: Any, document: Any) -> None:
    def said(validator: Any) -> list[tuple[str, str, list[Any]]]:
        return [(e.validator, e.message, list(e.absolute_path)) for e in validator.iter_errors(document)]

    assert said(bounded(Draft202012Validator)(schema)) == said(Draft202012Validator(schema)) != []


@pytest.mark.parametrize(
    "pattern", [r"^(a|aa)+$", r"^(\w+\s?)*$", r"(x+x+)+y", r"^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_a_pattern_that_has_a_linear_twin_takes_no_time(pattern: str) -> None:
    text = "x" * 5000 + "!"
    started = time.monotonic()
    assert finds(pattern, text) is False
    assert time.monotonic() - started < 60  # not the time of the universe


@pytest.mark.parametrize("pattern", [r"^(a|a)*$", r"^(a|a)+b", "(a|a)" * 40 + "b", r"^(a|aa)*$"])
def test_a_short_text_can_take_for_ever_too(pattern: str) -> None:
    text = "a" * 60 + "!"
    assert finds(pattern, text, may_block=False) is False  # or the universe ends first


@pytest.mark.parametrize(
    "pattern", [r"^Q[1-9][0-9]*$", r"a+b+$", r"(?<!x)y", r"^\d{4}-\d\d$", r"[^\W_]+-\w+"]
)
@pytest.mark.parametrize("text", ["Q42", "Q42\n", "aabb", "zy", "xy", "2020-01\n", "é-ü", "b" * 300])
def test_a_pattern_finds_what_python_finds(pattern: str, text: str) -> None:
    assert finds(pattern, text) is (re.search(pattern, text) is not None)


@pytest.fixture
def slow(sandbox: Sandbox) -> Sandbox:
    """A repository in which a long label of category takes for ever to judge."""
    sandbox.write(
        "categories/_schema.json",
        json.dumps({"type": "object", "properties": {"label": {"pattern": BACKTRACKING[:-1]}}}),
    )
    sandbox.write("gitdraft.yaml", f"{CONFIGURATION}limits: {{validation_seconds: 0.5}}\n")
    sandbox.commit("Slow")
    return sandbox


def test_an_edit_that_cannot_be_judged_is_refused(slow: Sandbox) -> None:
    slow.run("new", "Fix", "--id", "fix")
    before = slow.refs()
    said = slow.run("-o", "json", "set", "category/Person", "/label", "a" * 60 + "!", "--allow-invalid")
    assert said.code == 23
    error = json.loads(said.err)
    assert (error["code"], error["context"]["entity"]) == ("validation-too-long", "category/Person")
    assert slow.refs() == before


def test_a_rebase_leaves_what_it_cannot_judge_and_calls_it_unknown(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = sandbox.library
    library.drafts.new("Slow", draft_id="slow").set("category/Person", "/label", "a" * 60 + "!")
    library.drafts.new("Quick", draft_id="quick").set("category/Agent", "/label", "short")
    sandbox.write(
        "categories/_schema.json",
        json.dumps({"type": "object", "properties": {"label": {"pattern": BACKTRACKING[:-1]}}}),
    )
    sandbox.write("gitdraft.yaml", f"{CONFIGURATION}limits: {{validation_seconds: 0.5}}\n")
    sandbox.commit("Slow")
    tip = sandbox.refs()["refs/heads/draft/slow"]
    said = sandbox.run("-o", "json", "rebase")
    counts = said.json["counts"]
    assert (said.code, counts["unknown"], counts["rebased"]) == (1, 1, 1)
    statuses = {draft["id"]: draft["status"] for draft in said.json["drafts"]}
    assert statuses == {
        "slow": "unknown",
        "quick": "clean",
    }  # canonical's label there breaks the pattern already
    assert sandbox.refs()["refs/heads/draft/slow"] == tip
    assert "category/Person" in next(d["reason"] for d in said.json["drafts"] if d["id"] == "slow")


def test_the_budget_is_read_from_the_configuration(sandbox: Sandbox) -> None:
    for text, code in (("3601", 20), ("0", 20), ("true", 20), ("2.5", 0)):
        sandbox.write("gitdraft.yaml", f"{CONFIGURATION}limits: {{validation_seconds: {text}}}\n")
        sandbox.commit("Limits")
        assert sandbox.run("config", "show").code == code
