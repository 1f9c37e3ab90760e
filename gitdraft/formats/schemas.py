"""The JSON Schemas of the formats, shipped as package data for everybody else's tools.

gitdraft itself reads by hand (``formats/records.py``): every command reads such files, and importing jsonschema
takes longer than most commands. A test holds both to the same verdicts.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from gitdraft.errors import NotFound
from gitdraft.model.values import JSON


def schema_folder() -> Path:
    """Returns the folder of the schemas: in the wheel beside the modules, in a checkout beside the package."""
    package = Path(str(files("gitdraft")))
    return package / "schemas" if (package / "schemas").is_dir() else package.parent / "schemas"


def load_schema(name: str) -> JSON:
    """Returns the schema of a format (`draft`, `patch`, `tombstone`, …). Raises NotFound."""
    file = schema_folder() / f"{name}.schema.json"
    if not file.is_file():
        known = sorted(f.name.removesuffix(".schema.json") for f in schema_folder().glob("*.schema.json"))
        raise NotFound(f"no schema '{name}'", context={"schema": name}, hint=f"there are {', '.join(known)}")
    return json.loads(file.read_text("utf-8"))
