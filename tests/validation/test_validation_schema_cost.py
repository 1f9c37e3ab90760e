"""Schemas whose work is bounded go to the fast library; those that double it are judged where it can be broken off."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sandbox import Sandbox

from gitdraft.errors import ValidationTooLong
from gitdraft.model.entities import EntityRef
from gitdraft.validation import schemas
from gitdraft.validation.schemas import compile_schema

SELF: Any = {"$ref": "#"}
CHAIN = {
    "$defs": {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(30)} | {"d30": {}},
    "$ref": "#/$defs/d0",
}


def fast(schema: Any) -> bool:
    compiled = schemas._compile("s.json", lambda _: schema)
    assert not isinstance(compiled, str)
    return compiled.fast() is not None


@pytest.mark.parametrize(
    ("schema", "is_fast"),
    [
        ({"type": "object"}, True),
        ({"properties": {"left": SELF, "right": SELF}, "additionalProperties": SELF}, True),
        ({"items": SELF}, True),
        ({"anyOf": [{"type": "string"}, {"items": SELF}]}, True),
        ({"$defs": {"a": {"type": "string"}}, "allOf": [{"$ref": "#/$defs/a"}] * 5}, True),
        ({"properties": {"a": {"allOf": [SELF, SELF]}}}, False),
        ({"properties": {"a": SELF}, "patternProperties": {"a": SELF}}, False),
        ({"patternProperties": {"a": SELF, "b": SELF}}, False),
        ({"items": SELF, "contains": SELF}, False),
        ({"properties": {"a": {"if": SELF, "then": SELF}}}, False),
        ({"anyOf": [{"items": SELF}, {"items": SELF}]}, False),
        (
            {
                "$defs": {"x": {"items": {"$ref": "#/$defs/y"}}, "y": {"allOf": [{"$ref": "#/$defs/x"}] * 2}},
                "$ref": "#/$defs/x",
            },
            False,
        ),
        (CHAIN, False),
        ({"enum": list(range(20_000))}, False),
    ],
)
def test_only_what_has_an_end_is_fast(schema: Any, is_fast: bool) -> None:
    pytest.importorskip("jsonschema_rs")
    assert fast(schema) is is_fast


def test_a_hostile_entity_after_many_ends_in_time() -> None:
    schema = {"properties": {"a": {"allOf": [SELF, SELF]}, "b": {"type": "string"}}}
    check = compile_schema("s.json", lambda _: schema, 0.5)
    entity = EntityRef("category", "Person")
    for _ in range(schemas.MANY + 1):
        assert list(check(entity, {"a": {"b": "x"}})) == []
    document: Any = {}
    for _ in range(40):
        document = {"a": document}
    began = time.monotonic()
    with pytest.raises(ValidationTooLong):
        list(check(entity, document))
    assert time.monotonic() - began < 60


def test_the_command_line_ends_in_time(sandbox: Sandbox) -> None:
    configuration = (sandbox.path / "gitdraft.yaml").read_text()
    sandbox.write("gitdraft.yaml", f"{configuration}limits: {{validation_seconds: 1}}\n")
    sandbox.write("categories/_schema.json", {"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}})
    for number in range(schemas.MANY + 5):
        sandbox.write(f"categories/C{number:03}.json", {"id": f"C{number:03}"})
    document: Any = {}
    for _ in range(40):
        document = {"a": document}
    sandbox.write("categories/Z.json", {"id": "Z", **document})
    sandbox.commit()
    began = time.monotonic()
    answer = sandbox.run_process("validate", "--canonical")
    assert (answer.code, "category/Z" in answer.err) == (23, True)
    assert time.monotonic() - began < 120
