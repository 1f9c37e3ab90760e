"""A repository as wikis push to it, and payloads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sandbox import Sandbox

from gitdraft.formats.schemas import load_schema

EXAMPLE: dict[str, Any] = load_schema("mediawiki-import")["examples"][0]
PERSON = {"entity_key": "Person", "label": "Person", "description": "A human being"}
CONFIGURATION = """\
entities:
  category:
    path: categories/{key}.json
    schema: category.json
    id: /entity_key
    references: {/properties/*: property}
  property:
    path: properties/{key}.json
    id: /entity_key
"""


def make_wiki(sandbox: Sandbox) -> Sandbox:
    """Two types whose entities say their key as `entity_key`, Person and three properties."""
    sandbox.git("rm", "-r", "--quiet", "categories", "properties")
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.write(
        "category.json",
        {
            "type": "object",
            "required": ["entity_key", "label"],
            "properties": {"label": {"type": "string"}, "description": {"type": "string"}},
        },
    )
    sandbox.write("categories/Person.json", PERSON)
    sandbox.write("categories/Agent.json", {"entity_key": "Agent", "label": "Agent", "properties": ["name"]})
    for key in ("name", "deprecated_field", "unused"):
        sandbox.write(f"properties/{key}.json", {"entity_key": key, "label": key})
    sandbox.commit("as the wiki has it")
    return sandbox


def push(*changes: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A payload of these changes."""
    return {**EXAMPLE, "changes": list(changes), **members}


def modify(key: str = "Person", *, kind: str = "category", **members: Any) -> dict[str, Any]:
    """A change that sets members."""
    patch = [{"op": "add", "path": f"/{name}", "value": value} for name, value in members.items()]
    patch = patch or [{"op": "add", "path": "/description", "value": "Somebody"}]
    return {"action": "modify", "entity_type": kind, "entity_key": key, "patch": patch}


def create(key: str, kind: str = "property", **members: Any) -> dict[str, Any]:
    """A change that makes an entity."""
    entity = {"entity_key": key, "label": key, **members}
    return {"action": "create", "entity_type": kind, "entity_key": key, "entity": entity}


def delete(key: str, kind: str = "property") -> dict[str, Any]:
    """A change that takes an entity away."""
    return {"action": "delete", "entity_type": kind, "entity_key": key}


def written(folder: Path, payload: Any) -> str:
    """The payload in a file."""
    file = folder / "push.json"
    file.write_bytes(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    return str(file)
