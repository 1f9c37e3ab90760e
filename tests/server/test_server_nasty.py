"""Hostile inputs over HTTP: the expected answer, never a 5xx, and nothing moves that was refused."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sandbox import Sandbox

pytestmark = pytest.mark.long
CASES = json.loads((Path(__file__).parents[1] / "cases/nasty_inputs.json").read_text())
PERSON = {"entity_key": "Person", "label": "Person", "count": 1, "aliases": ["a", "b"], "nested": {"x": 1}}
CONFIGURATION = (
    "entities:\n  category:\n    path: categories/{key}.json\n    schema: schema.json\n    id: /entity_key\n"
)
SCHEMA = {"type": "object", "required": ["entity_key", "label"], "properties": {"label": {"type": "string"}}}
PATCH_TYPE = {"Content-Type": "application/json-patch+json"}


@pytest.fixture
def holder(sandbox: Sandbox, serving: Callable[..., Any]) -> httpx.Client:
    """A maintainer of a service with a draft `fix`."""
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.write("schema.json", SCHEMA)
    sandbox.git("rm", "-r", "--quiet", "categories", "properties")
    sandbox.write("categories/Person.json", PERSON)
    sandbox.commit("a type with an entity_key")
    client: httpx.Client = serving().of("maintainer")
    assert client.post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"}).status_code == 201
    return client


def cases(surface: str) -> list[tuple[dict[str, Any], Any]]:
    """The rows of a surface whose input is text or JSON, each with the input."""
    rows = [case for case in CASES if case["surface"] == surface and case["encoding"] != "base64"]
    joined = (
        "".join(text * times for text, times in case["input"])
        if case["encoding"] == "repeat"
        else case["input"]
        for case in rows
    )
    return list(zip(rows, joined, strict=True))


def differing(
    sandbox: Sandbox, surface: str, ask: Callable[[dict[str, Any], Any], httpx.Response | None]
) -> list[str]:
    """The rows that are answered otherwise than expected, or move a ref though they are refused."""
    wrong = []
    for case, value in cases(surface):
        before = sandbox.refs()
        answer = ask(case, value)
        if answer is None:
            continue
        is_refused = 400 <= answer.status_code < 500
        if answer.status_code >= 500 or is_refused != (case["expect"] == "reject"):
            wrong.append(f"{case['name']}: {answer.status_code} {answer.text[:200]}")
        if is_refused and sandbox.refs() != before:
            wrong.append(f"{case['name']}: refused, and something moved")
        if is_refused and "code" not in answer.json():
            wrong.append(f"{case['name']}: {answer.text[:200]}")
    return wrong


def sent(
    client: httpx.Client, method: str, path: str, content: str | bytes, kind: str = "application/json"
) -> httpx.Response:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    return client.request(method, path, content=raw, headers={"Content-Type": kind})


def drop(client: httpx.Client, key: str = "Person") -> None:
    client.delete(f"/api/v2/drafts/fix/changes/category/{quote(key, safe='')}")


def test_keys(sandbox: Sandbox, holder: httpx.Client) -> None:
    def ask(case: dict[str, Any], key: Any) -> httpx.Response | None:
        if not isinstance(key, str) or key == "Person":
            return None
        stored = unicodedata.normalize("NFC", key)
        text = json.dumps(
            {
                "entity": f"category/{key}",
                "action": "create",
                "document": {"entity_key": stored, "label": "x"},
            }
        )
        answer = sent(holder, "POST", "/api/v2/drafts/fix/changes", text)
        if answer.is_success:
            drop(holder, key)
        elif set(key) - {"."}:  # which the client takes for folders
            named = holder.get(
                f"/api/v2/entities/category/{quote(key.encode('utf-8', 'surrogatepass'), safe='')}"
            )
            assert 400 <= named.status_code < 500, (case["name"], named.status_code)
        return answer

    assert differing(sandbox, "entity_key", ask) == []


def test_draft_ids(sandbox: Sandbox, holder: httpx.Client) -> None:
    def ask(case: dict[str, Any], name: Any) -> httpx.Response:
        return sent(holder, "POST", "/api/v2/drafts", json.dumps({"title": "T", "draft_id": name}))

    assert differing(sandbox, "draft_id", ask) == []


def test_patches(sandbox: Sandbox, holder: httpx.Client) -> None:
    def ask(case: dict[str, Any], patch: Any) -> httpx.Response:
        text = patch if isinstance(patch, str) and case["encoding"] == "repeat" else json.dumps(patch)
        answer = sent(
            holder, "PATCH", "/api/v2/drafts/fix/changes/category/Person", text, PATCH_TYPE["Content-Type"]
        )
        if answer.is_success:
            drop(holder)
        return answer

    assert differing(sandbox, "json_patch", ask) == []


def test_documents(sandbox: Sandbox, holder: httpx.Client) -> None:
    def ask(case: dict[str, Any], text: Any) -> httpx.Response | None:
        if case["name"] in ("nfd_entity_key", "size_2MB_whitespace"):  # blanks of a body are not the entity's
            return None
        whole = f'{{"entity": "category/Person", "action": "create", "document": {text}}}'
        answer = sent(holder, "POST", "/api/v2/drafts/fix/changes", whole)
        if answer.is_success:
            drop(holder)
        return answer

    (sandbox.path / "categories/Person.json").unlink()
    sandbox.commit("Person goes")
    assert differing(sandbox, "json_document", ask) == []


def test_redirects(sandbox: Sandbox, holder: httpx.Client) -> None:
    for _, row in cases("redirect"):
        answer = sent(holder, "POST", "/api/v2/entities/redirects", json.dumps(row))
        assert answer.status_code < 500, (row, answer.text)
