"""A gitdraft.yaml proposed from the entities that a repository already holds."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from gitdraft.documents.parse import parse_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.keys import normalise_key
from gitdraft.formats.paths import RESERVED_FOLDERS
from gitdraft.model.common_changes import CommonChanges
from gitdraft.model.values import JSON

SAMPLES = 50
ID_MEMBERS = ("id", "key", "entity_key", "name", "@id")
NO_ENTITIES = ("package.json", "package-lock.json", "tsconfig.json", "composer.json", "_schema.json")
SHOWN = 10


@dataclass(slots=True)
class Folder:
    """A top-level folder's JSON files: those that can be entities by key, and those that cannot."""

    entities: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    schema: str | None = None

    @property
    def is_nested(self) -> bool:
        """Whether an entity lies below a folder of the folder."""
        return any("/" in key for key in self.entities)


def propose_configuration(
    paths: Sequence[str],
    read: Callable[[str], bytes],
    canonical: str = "main",
    together: Mapping[str, Sequence[CommonChanges]] = MappingProxyType({}),
) -> str:
    """Returns the text of a gitdraft.yaml for a repository with these files, a type for each top-level folder of JSON
    files. ``read`` gives a file's content. ``together`` are groups of members by type, which stand in it as comments:
    whether they belong together is for people to say."""
    lines = _head(canonical)
    names: set[str] = set()
    for name, folder in sorted(_folders(paths).items()):
        if not folder.entities:
            continue
        type_name = _type_name(name, names)
        names.add(type_name)
        lines += [f"  {type_name}:", f"    path: {_quoted(name + '/{key}.json')}"]
        lines += ["    nested: true"] if folder.is_nested else []
        lines += [f"    schema: {_quoted(folder.schema)}"] if folder.schema else []
        pointer = _id_pointer(folder, read)
        lines += [f"    id: {pointer}"] if pointer else []
        lines += _group_lines(together.get(type_name, ()))
        lines += [f"    # not an entity, its name cannot be a key: {path}" for path in folder.others[:SHOWN]]
    if not names:
        lines[-1] = "entities: {}"
    return "\n".join(lines) + "\n"


def default_configuration(types: Sequence[str], canonical: str = "main") -> str:
    """Returns the text of a gitdraft.yaml for these types, before there are entities."""
    lines = _head(canonical)
    for name in types:
        folder = "entities" if name == "entity" else name
        lines += [f"  {name}:", f"    path: {folder}/{{key}}.json", "    id: /id"]
    return "\n".join(lines) + "\n"


def _group_lines(groups: Sequence[CommonChanges]) -> list[str]:
    if not groups:
        return []
    listed = ", ".join(f"[{', '.join(map(_quoted_pointer, group.pointers))}]" for group in groups)
    shown = [
        f"    #   {', '.join(group.pointers)}: in {group.common} of {group.changes} changes of either"
        for group in groups
    ]
    return [
        "    # changed together so far; keep the line below if one makes no sense without the others:",
        *shown,
        f"    # together: [{listed}]",
    ]


def _head(canonical: str) -> list[str]:
    return [
        "# How gitdraft reads this repository. All keys: docs/reference/configuration.md",
        "version: 1",
        f"canonical: {_quoted(canonical)}",
        "drafts: draft/",
        "entities:",
    ]


def _folders(paths: Sequence[str]) -> dict[str, Folder]:
    folders: defaultdict[str, Folder] = defaultdict(Folder)
    for path in paths:
        top, slash, rest = path.partition("/")
        if not slash or not rest.endswith(".json") or top.startswith(".") or top in RESERVED_FOLDERS:
            continue
        name = rest.rpartition("/")[2]
        if rest == "_schema.json":
            folders[top].schema = path
        elif name not in NO_ENTITIES:
            key = rest.removesuffix(".json")
            if _is_key(key):
                folders[top].entities[key] = path
            else:
                folders[top].others.append(path)
    return folders


def _is_key(text: str) -> bool:
    try:
        return normalise_key(text, nested=True) == text
    except InvalidInput:
        return False


def _id_pointer(folder: Folder, read: Callable[[str], bytes]) -> str | None:
    """Returns the member that holds the key in each file that was looked at."""
    keys = list(folder.entities)
    sample = keys[:: max(1, len(keys) // SAMPLES)]
    candidates = list(ID_MEMBERS)
    for key in sample:
        try:
            document: JSON = parse_json(read(folder.entities[key]))
        except InvalidInput:
            continue
        members = document if isinstance(document, dict) else {}
        candidates = [name for name in candidates if members.get(name) == key]
    return f"/{candidates[0]}" if candidates else None


def _type_name(folder: str, taken: set[str]) -> str:
    """Returns the folder's name in the singular, in the form of a type."""
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.lower()).strip("-_0123456789")[:60] or "entity"
    for ending, singular in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if (
            name.endswith(ending)
            and len(name) > len(ending) + 2
            and not name.endswith(("ss", "us", "is", "css"))
        ):
            name = name.removesuffix(ending) + singular
            break
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next(free for free in (name, *numbered) if free not in taken)


def _quoted_pointer(pointer: str) -> str:
    return (
        pointer if re.fullmatch(r"(/[A-Za-z0-9_-]+)+", pointer) else json.dumps(pointer, ensure_ascii=False)
    )


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*", text.replace("{key}", "key"))
    surprising = text.lower() in ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
    return text if plain and not surprising else json.dumps(text, ensure_ascii=False)
