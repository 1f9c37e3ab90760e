"""JSON Schema: what jsonschema says, also where jsonschema-rs passes most of the documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitdraft.formats.schemas import load_schema, schema_folder
from gitdraft.model.entities import EntityRef
from gitdraft.model.violations import Violation
from gitdraft.store.schema_files import uri_of
from gitdraft.validation import schemas
from gitdraft.validation.fast_schemas import fast_verdict
from gitdraft.validation.schemas import compile_schema

ENTITY = EntityRef("thing", "A")
SUITE = Path(__file__).parent.parent / "cases" / "json_schema_test_suite.jsonl"
SAMPLES = Path(__file__).parent.parent.parent / "sample-repo"
OURS = sorted(file.name.removesuffix(".schema.json") for file in schema_folder().glob("*.schema.json"))
DIALECTS = ["Draft6Validator", "Draft7Validator", "Draft201909Validator", "Draft202012Validator"]

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["", "A", "Q1", "P1", "name", "en", 1.0, 2.5]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "label", "labels", "parents", "value", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def cases(dialect: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in SUITE.read_text().splitlines()[1:]]
    return [line for line in lines if line["dialect"] == dialect]


def check(files: dict[str, Any], document: Any, *, path: str = "a.json") -> list[Violation]:
    return list(compile_schema(path, files.get)(ENTITY, document))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_fast_verdict_is_jsonschemas_on_the_official_test_suite(dialect: str) -> None:
    pytest.importorskip("jsonschema_rs", reason="the extra `fast` is not installed")
    uri, taken = uri_of("a.json"), 0
    for case in cases(dialect):
        fast = fast_verdict(dialect, uri, {uri: case["schema"]}.get)
        if fast is None:
            continue
        taken += 1
        reference = getattr(jsonschema, dialect)(case["schema"])
        for document, _ in case["tests"]:
            assert fast(document) == reference.is_valid(document), (case["file"], case["about"], document)
    assert taken > len(cases(dialect)) * 2 / 3


@pytest.mark.parametrize("dialect", DIALECTS)
def test_violations_are_the_same_with_and_without_it_on_the_official_test_suite(
    dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for case in cases(dialect):
        schema = case["schema"]
        if isinstance(schema, dict):
            schema = {"$schema": getattr(jsonschema, dialect).META_SCHEMA["$schema"], **schema}
        if json.dumps(schema).count("http") > 1:
            continue  # of another dialect, or refers to what is not in the repository
        found = {}
        for many in (1, 0):
            monkeypatch.setattr(schemas, "MANY", many)
            compiled = compile_schema("a.json", {"a.json": schema}.get)
            found[many] = [[*compiled(ENTITY, document)] for document, _ in case["tests"]]
        assert found[1] == found[0], case["about"]


@pytest.fixture(params=[*OURS, *sorted(str(p.relative_to(SAMPLES)) for p in SAMPLES.rglob("_schema.json"))])
def shipped(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """A schema of gitdraft's own formats or of the sample repository."""
    name = request.param
    schema = load_schema(name) if name in OURS else json.loads((SAMPLES / name).read_text())
    return {"a.json": schema}.get


def test_every_schema_of_ours_is_taken_by_the_fast_library(shipped: Callable[[str], Any]) -> None:
    pytest.importorskip("jsonschema_rs", reason="the extra `fast` is not installed")
    schema = {key: value for key, value in shipped("a.json").items() if key != "$id"}
    assert fast_verdict("Draft202012Validator", uri_of("a.json"), {uri_of("a.json"): schema}.get) is not None


@pytest.mark.sweep(4)
def test_every_schema_of_ours_gives_the_same_violations_with_and_without_it(
    shipped: Callable[[str], Any],
) -> None:
    schema = {key: value for key, value in shipped("a.json").items() if key != "$id"}
    fast = compile_schema("a.json", {"a.json": schema}.get)
    fast._checked = schemas.MANY - 1  # type: ignore[attr-defined]
    plain = compile_schema("a.json", {"a.json": schema}.get)
    examples = [*schema.get("examples", []), {}, None]

    @settings(deadline=None)  # the first call compiles
    @given(st.sampled_from(examples), JSON_VALUES, st.randoms(use_true_random=False))
    def holds(example: Any, value: Any, random: Any) -> None:
        document = json.loads(json.dumps(example))
        if isinstance(document, dict) and document:
            document[random.choice([*document, "x"])] = value
        else:
            document = value
        plain._checked = 0  # type: ignore[attr-defined]
        assert [*fast(ENTITY, document)] == [*plain(ENTITY, document)]

    holds()


def test_a_reference_to_another_file_is_resolved_beside_the_schema() -> None:
    files = {
        "types/a.json": {"properties": {"x": {"$ref": "parts/x.json"}}},
        "types/parts/x.json": {"type": "string"},
    }
    assert check(files, {"x": "text"}, path="types/a.json") == []
    assert [v.rule for v in check(files, {"x": 1}, path="types/a.json")] == ["schema/type"]


def test_references_are_resolved_as_links_are_also_with_spaces_and_from_the_root() -> None:
    files = {
        "my types/a.json": {
            "properties": {"x": {"$ref": "../my%20parts/x.json"}, "y": {"$ref": "/y.json#/$defs/y"}}
        },
        "my parts/x.json": {"type": "string"},
        "y.json": {"$defs": {"y": {"const": 1}}},
    }
    found = check(files, {"x": 1, "y": 2}, path="my types/a.json")
    assert [(v.pointer, v.rule) for v in found] == [("/x", "schema/type"), ("/y", "schema/const")]


@pytest.mark.parametrize("many", [0, 1])
def test_a_reference_out_of_the_repository_is_never_followed(
    many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schemas, "MANY", many)
    (found,) = check({"a.json": {"$ref": "https://example.org/schema.json"}}, {})
    assert found.rule == "schema/unusable"


@pytest.mark.parametrize("many", [0, 1])
@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"$ref": "#"}, "refers to itself without end"),
        (
            {"anyOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"not": {"$ref": "#"}}}},
            "refers to itself without end",
        ),
        (
            {"allOf": [{"$ref": "b.json"}], "$defs": {"a": {"$ref": "a.json"}}},
            "refers to itself without end",
        ),
        (
            {"unevaluatedProperties": False, "$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#"}}},
            "refers to itself without end",
        ),
        (
            {"properties": {"x": {"pattern": "("}}},
            "is not valid at '/properties/x/pattern': '(' is not a 'regex'",
        ),
        ({"$ref": "#/$defs/missing"}, "refers to '/$defs/missing', which is not in the repository"),
    ],
)
def test_a_schema_that_cannot_be_used_is_told_and_never_passed_over(
    schema: Any, why: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schemas, "MANY", many)
    (found,) = check({"a.json": schema, "b.json": {"$ref": "a.json#/$defs/a"}}, {"x": "text"})
    assert (found.rule, found.message) == ("schema/unusable", f"schema a.json {why}")


def test_a_schema_that_holds_itself_further_down_is_taken() -> None:
    tree = {"type": "object", "properties": {"children": {"items": {"$ref": "#"}}, "x": {"const": 1}}}
    compiled = compile_schema("a.json", {"a.json": tree}.get)
    compiled._checked = schemas.MANY - 1  # type: ignore[attr-defined]
    assert [*compiled(ENTITY, {"children": [{"x": 1}]})] == []
    assert [v.pointer for v in compiled(ENTITY, {"children": [{"children": [{"x": 2}]}]})] == [
        "/children/0/children/0/x"
    ]
