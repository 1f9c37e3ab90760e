"""The forges' own descriptions of their APIs, where they lie beside the project: what is asked and answered is judged by them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DESCRIPTIONS = Path(__file__).parents[2] / "shared/cases/forge"
SAMPLES = {"integer": 1, "number": 1, "boolean": False, "string": "x"}
FORMATS = {"uri": "https://forge.example/x", "date-time": "2026-01-02T03:04:05Z"}
CHOICES = ("oneOf", "anyOf")


@cache
def description(kind: str) -> Any:
    """The forge's own description of its API, with nullable types as JSON Schema has them; ``None`` where it is not there."""
    file = DESCRIPTIONS / f"{kind}.cut.json"
    if not file.exists():
        return None
    return _as_json_schema(json.loads(file.read_text()))


def _as_json_schema(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    done = {name: _as_json_schema(each) for name, each in value.items()}
    if done.pop("nullable", False) is True and isinstance(done.get("type"), str):
        done["type"] = [done["type"], "null"]
        if "enum" in done:
            done["enum"] = [*done["enum"], None]
    done.pop("example", None)
    return done


def _operation(kind: str, method: str, path: str) -> tuple[str, Any] | None:
    paths = description(kind)["paths"]
    for template, methods in sorted(paths.items(), key=lambda item: item[0].count("{")):
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in methods:
            return template, methods[method.lower()]
    return None


def _resolved(kind: str, value: Any) -> Any:
    while isinstance(value, dict) and "$ref" in value:
        target = description(kind)
        for name in value["$ref"].split("/")[1:]:
            target = target[name]
        value = target
    return value


def _errors(kind: str, schema: Any, value: Any) -> list[str]:
    document = description(kind)
    registry: Registry[Any] = Registry().with_resource(
        "urn:api", Resource.from_contents(document, DRAFT202012)
    )

    def absolute(node: Any) -> Any:
        if isinstance(node, list):
            return [absolute(each) for each in node]
        if isinstance(node, dict):
            return {
                name: f"urn:api{each}" if name == "$ref" and isinstance(each, str) else absolute(each)
                for name, each in node.items()
            }
        return node

    validator = Draft202012Validator(absolute(schema), registry=registry)
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(value)]


def check_request(kind: str, method: str, path: str, query: dict[str, str], body: Any) -> list[str]:
    """What of a request the forge's description does not have, or misses."""
    if description(kind) is None:
        return []
    known = _operation(kind, method, path)
    if known is None:
        return [f"{method} {path}: no such operation"]
    operation = known[1]
    shared = description(kind)["paths"][known[0]].get("parameters", [])
    parameters = [_resolved(kind, each) for each in (*operation.get("parameters", []), *shared)]
    asked = {each["name"]: each for each in parameters if each["in"] == "query"}
    wrong = [f"no parameter {name}" for name in query if name not in asked]
    wrong += [f"lacks {name}" for name, each in asked.items() if each.get("required") and name not in query]
    for name in query.keys() & asked.keys():
        schema = asked[name].get("schema", {k: v for k, v in asked[name].items() if k in ("type", "enum")})
        value = (
            int(query[name]) if query[name].isdecimal() and schema.get("type") == "integer" else query[name]
        )
        wrong += [f"parameter {name}: {error}" for error in _errors(kind, schema, value)]
    schema = next((each["schema"] for each in parameters if each["in"] == "body"), None)
    if "requestBody" in operation:
        schema = next(iter(_resolved(kind, operation["requestBody"])["content"].values()))["schema"]
    if body is not None and schema is None:
        wrong.append("takes no body")
    elif body is not None:
        members = _resolved(kind, schema).get("properties")
        wrong += [f"no member {name}" for name in body if members is not None and name not in members]
        wrong += _errors(kind, schema, body)
    return [f"{method} {path}: {each}" for each in wrong]


def answer_schema(kind: str, method: str, path: str, status: int) -> Any:
    """What the description says of an answer: ``None`` for an operation that it does not have, an empty one for an answer
    without content. Raises AssertionError for a status that it does not have."""
    known = None if description(kind) is None else _operation(kind, method, path)
    if known is None:
        return None
    answers = known[1]["responses"]
    assert str(status) in answers, f"{method} {path}: no status {status}"
    answer = _resolved(kind, answers[str(status)])
    content: list[Any] = list(answer.get("content", {}).values())
    return answer.get("schema") or (content[0].get("schema") if content else None) or {}


def check_answer(kind: str, schema: Any, body: Any) -> list[str]:
    """What of an answer the description does not have, or misses. Swagger 2 has no word for null, which Gitea sends where
    nothing is set: an answer may have it there, a request may not."""
    if not schema or body is None:
        return []
    has_no_null = "swagger" in description(kind)
    return [e for e in _errors(kind, schema, body) if not (has_no_null and ": None is not of type" in e)]


def completed(kind: str, schema: Any, value: Any) -> Any:
    """An answer with the members that the description requires, beside those that it has."""
    schema = _resolved(kind, schema)
    if isinstance(value, list):
        return [completed(kind, schema.get("items", {}), each) for each in value]
    if not isinstance(value, dict):
        return value
    done = dict(value)
    for part in (schema, *schema.get("allOf", []), *(schema[name][0] for name in CHOICES if name in schema)):
        whole = _resolved(kind, part)
        for name, member in whole.get("properties", {}).items():
            if name in done:
                done[name] = completed(kind, member, done[name])
            elif name in whole.get("required", ()):
                done[name] = _sample(kind, member)
    return done


def _sample(kind: str, schema: Any) -> Any:
    """A value that a schema takes, null where it may be."""
    schema = _resolved(kind, schema)
    types = schema.get("type")
    if "null" in (types if isinstance(types, list) else [types]) or schema.get("nullable"):
        return None
    if "enum" in schema:
        return schema["enum"][0]
    for name in (*CHOICES, "allOf"):
        if name in schema and types is None:
            return _sample(kind, schema[name][0])
    if types == "array":
        return []
    if types == "object" or "properties" in schema:
        return completed(kind, schema, {})
    return FORMATS.get(schema.get("format", ""), SAMPLES.get(types, "x"))
