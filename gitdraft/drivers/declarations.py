"""What gitdraft.yaml declares for a path, without the time that reading YAML takes.

The declarations are kept as JSON in the git directory, with the oid of the gitdraft.yaml that they are from. Losing
that file loses nothing; where canonical has another gitdraft.yaml by now it is written anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitdraft.documents.merge.declarations import list_rules_json, parse_list_rules
from gitdraft.documents.parse import Limits
from gitdraft.drivers.git_fallback import git_answer
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.model.lists import ListRules

FILE = "gitdraft/drivers.json"
FORM = 1
WHERE = (
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)


@dataclass(frozen=True, slots=True)
class Declared:
    """How the lists of a file merge, and how large a document may be. ``problem`` says why gitdraft.yaml could not
    be read: then nothing is declared."""

    rules: ListRules = ()
    limits: Limits = Limits()
    problem: str | None = None


def declared_for(path: str) -> Declared:
    """What is declared for the file at ``path``, in the repository that git runs the driver in. A file that is no
    entity has no lists declared."""
    try:
        record = _record()
        limits = Limits(*record["limits"])
        for kind in record["types"]:
            if path != kind["schema"] and _is_of(kind, path):
                return Declared(parse_list_rules(kind["lists"]), limits)
    except GitdraftError as error:
        return Declared(problem=error.message)
    return Declared((), limits)


def _is_of(kind: Mapping[str, Any], path: str) -> bool:
    """Whether a file of the type can be there; that its name is a key's takes longer to know, and changes nothing."""
    folder, suffix = kind["folder"], kind["suffix"]
    if not (path.startswith(folder) and path.endswith(suffix)):
        return False
    levels = path.count("/", len(folder))
    return bool(levels >= kind["fanout"] if kind["nested"] else levels == kind["fanout"])


def _record() -> Mapping[str, Any]:
    common = os.path.abspath(git_answer("rev-parse", "--git-common-dir"))
    kept = _kept(common)
    if kept is not None:
        found = git_answer("rev-parse", "--verify", "--quiet", kept["revision"])
        if found == kept["configuration"]:
            return kept
    record = _read(git_answer("rev-parse", "--absolute-git-dir"))
    _keep(common, record)
    return record


def _read(git_dir: str) -> dict[str, Any]:
    from pathlib import Path

    from gitdraft.formats.configuration import parse_configuration
    from gitdraft.git.repository import head_commit
    from gitdraft.store.repository import open_store
    from gitdraft.store.snapshots import CONFIGURATION_PATH, file_oid

    store = open_store(Path(git_dir))
    tip = store.canonical_tip()
    commit = tip or head_commit(store.git)
    oid = (
        None
        if commit is None
        else file_oid(store.git, store.git.read_lineage(commit).tree, CONFIGURATION_PATH)
    )
    if oid is None:
        raise InvalidInput("canonical has none")
    configuration = parse_configuration(store.git.read_blob(oid))
    limits = configuration.limits
    return {
        "form": FORM,
        "revision": f"{store.canonical_ref if tip else 'HEAD'}:{CONFIGURATION_PATH}",
        "configuration": oid,
        "limits": [limits.max_bytes, limits.max_depth, limits.max_integer_digits],
        "types": [
            {
                "folder": f"{kind.path.folder}/" if kind.path.folder else "",
                "fanout": kind.path.fanout,
                "suffix": kind.path.suffix,
                "nested": kind.nested,
                "schema": kind.schema,
                "lists": list_rules_json(kind.lists),
            }
            for kind in configuration.entities.values()
        ],
    }


def _kept(common: str) -> dict[str, Any] | None:
    try:
        with open(f"{common}/{FILE}", "rb") as stream:
            record: dict[str, Any] = json.load(stream)
        return record if record["form"] == FORM else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(common: str, record: Mapping[str, Any]) -> None:
    """Written beside and put in place at once: git may run several drivers at a time."""
    file = f"{common}/{FILE}"
    temporary = f"{file}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as stream:
            json.dump(record, stream)
        os.replace(temporary, file)
    except OSError:  # a read-only git directory: it is read again for the next file
        return
