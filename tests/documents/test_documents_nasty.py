"""Hostile documents and patches get their expected answer, and never another exception."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from gitdraft.documents.parse import Limits, parse_document, parse_json
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.patch_form import parse_patch
from gitdraft.errors import InvalidInput, PatchDoesNotApply

CASES = json.loads((Path(__file__).parents[1] / "cases/nasty_inputs.json").read_text())
DOCUMENT = {
    "entity_key": "Person",
    "label": "Person",
    "count": 1,
    "aliases": ["a", "b"],
    "nested": {"x": 1},
}
JUDGED_WITH_THE_ENTITY = {  # they need a schema, a key or another entity: tests/cli/test_cli_nasty.py
    "key_mismatch",
    "label_not_string",
    "label_to_object",
    "remove_required",
    "entity_key_change",
    "entity_key_remove",
    "missing_label",
    "missing_key",
    "extra_property",
}


def raw(case: dict[str, Any]) -> bytes:
    text: str
    match case["encoding"]:
        case "base64":
            return base64.b64decode(case["input"])
        case "repeat":
            return "".join(piece * times for piece, times in case["input"]).encode("utf-8", "surrogatepass")
        case _:
            text = case["input"]
            return text.encode("utf-8", "surrogatepass")


def rows(surface: str) -> list[Any]:
    return [
        pytest.param(case, id=case["name"])
        for case in CASES
        if case["surface"] == surface and case["name"] not in JUDGED_WITH_THE_ENTITY
    ]


@pytest.mark.parametrize("case", rows("json_document"))
def test_documents(case: dict[str, Any]) -> None:
    if case["expect"] == "reject":
        with pytest.raises(InvalidInput) as refused:
            parse_document(raw(case))
        assert "input" in refused.value.message
    else:
        assert isinstance(parse_document(raw(case)), dict)


@pytest.mark.parametrize("case", rows("json_patch"))
def test_patches(case: dict[str, Any]) -> None:
    def attempt() -> Any:
        if case["encoding"] == "json":
            value = case["input"]
        else:
            value = parse_json(raw(case), limits=Limits(max_bytes=1 << 24))
        patched = apply_patch(DOCUMENT, parse_patch(value))
        if not isinstance(patched, dict):
            raise InvalidInput("an entity is an object")
        return patched

    before = json.dumps(DOCUMENT)
    if case["expect"] == "reject":
        with pytest.raises((InvalidInput, PatchDoesNotApply)):
            attempt()
    else:
        assert isinstance(attempt(), dict)
    assert json.dumps(DOCUMENT) == before
