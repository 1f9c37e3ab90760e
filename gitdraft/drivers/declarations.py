"""What gitdraft.yaml declares for a path, without the time that reading YAML takes.

The declarations are kept as JSON in the git directory, with the oid of the gitdraft.yaml that they are from. Losing
that file loses nothing; where canonical has another gitdraft.yaml by now it is written again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gitdraft.documents.merge.declarations import merge_rules_json, parse_merge_rules
from gitdraft.documents.parse import Limits
from gitdraft.drivers.git_fallback import git_answer
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.lists import MergeRules

FILE = "gitdraft/drivers.json"
FORM = 3


@dataclass(frozen=True, slots=True)
class Declared:
    """How a file merges, how large a document may be, and the ref of canonical. ``problem`` says why gitdraft.yaml
    could not be read: then nothing is declared."""

    rules: MergeRules = ()
    limits: Limits = Limits()
    problem: str | None = None
    canonical: str = "HEAD"


def declared_for(path: str) -> Declared:
    """Returns what is declared for the file at ``path``, in the repository that git runs the driver in. A file that is no
    entity has no lists declared."""
    try:
        record = _record()
        limits = Limits(*record["limits"])
        for declared_type in record["types"]:
            if path != declared_type["schema"] and _may_hold(declared_type, path):
                canonical = record["revision"].partition(":")[0]
                return Declared(parse_merge_rules(*declared_type["rules"]), limits, canonical=canonical)
    except GitdraftError as error:
        return Declared(problem=error.message)
    return Declared((), limits)


def _may_hold(declared_type: Mapping[str, Any], path: str) -> bool:
    """Returns whether a file of the type can lie at the path; that its name is a key's takes longer to know, and changes
    nothing."""
    folder, suffix = declared_type["folder"], declared_type["suffix"]
    if not (path.startswith(folder) and path.endswith(suffix)):
        return False
    levels = path.count("/", len(folder))
    return bool(
        levels >= declared_type["fanout"] if declared_type["nested"] else levels == declared_type["fanout"]
    )


@lru_cache(1)  # this process merges one file, or those of one merge
def _record() -> Mapping[str, Any]:
    common = _common_dir()
    kept = _kept(common)
    if kept is not None:
        ref = kept["revision"].partition(":")[0]
        tip = _loose(common, ref)
        if tip is not None and tip == kept["tip"]:  # a commit has one gitdraft.yaml
            return kept
        if git_answer("rev-parse", "--verify", "--quiet", kept["revision"]) == kept["configuration"]:
            if tip is not None and _loose(common, ref) == tip:
                _keep(common, {**kept, "tip": tip})
            return kept
    record = _read(git_answer("rev-parse", "--absolute-git-dir"))
    _keep(common, record)
    return record


def _common_dir() -> str:
    """Returns the git directory that worktrees share; git is asked where it is not plainly `.git`."""
    git_dir = os.path.abspath(os.environ.get("GIT_DIR", ".git"))
    is_linked = "GIT_COMMON_DIR" in os.environ or os.path.lexists(f"{git_dir}/commondir")
    if os.path.isdir(f"{git_dir}/refs") and not is_linked:
        return git_dir
    return os.path.abspath(git_answer("rev-parse", "--git-common-dir"))


def _loose(common: str, ref: str) -> str | None:
    """Returns the oid in a branch's own file; ``None`` where it has none, or is no branch."""
    if not ref.startswith("refs/"):
        return None
    try:
        with open(f"{common}/{ref}", encoding="ascii") as stream:
            oid = stream.read(100).strip()
            int(oid, 16)  # and not `ref:` to another
    except (OSError, ValueError):
        return None
    return oid


def _read(git_dir: str) -> dict[str, Any]:
    from operator import attrgetter
    from pathlib import Path

    from gitdraft.formats.configuration import CONFIGURATION_PATH, parse_configuration
    from gitdraft.git.head import head_commit
    from gitdraft.git.known_refs import read_ref
    from gitdraft.git.own_branch import BRANCHES, read_on_own_branch
    from gitdraft.git.repository import open_repository
    from gitdraft.git.trees import find
    from gitdraft.model.names import RefName

    git = open_repository(Path(git_dir))
    named = read_on_own_branch(
        git,
        CONFIGURATION_PATH,
        lambda oid: parse_configuration(git.read_blob(oid)),
        attrgetter("canonical"),
    )
    if named is None:
        raise InvalidInput(f"this repository has no {CONFIGURATION_PATH} on its canonical branch")
    canonical_ref = RefName(BRANCHES + named.canonical)
    tip = read_ref(git, canonical_ref)
    commit = tip or head_commit(git)
    entry = None if commit is None else find(git, git.read_lineage(commit).tree, CONFIGURATION_PATH)
    if entry is None or not entry.is_file:
        raise InvalidInput("canonical has none")
    configuration = parse_configuration(git.read_blob(entry.oid))
    limits = configuration.limits
    return {
        "form": FORM,
        "revision": f"{canonical_ref if tip else 'HEAD'}:{CONFIGURATION_PATH}",
        "tip": tip,
        "configuration": entry.oid,
        "limits": [limits.max_bytes, limits.max_depth, limits.max_integer_digits],
        "types": [
            {
                "folder": f"{entity_type.path.folder}/" if entity_type.path.folder else "",
                "fanout": entity_type.path.fanout,
                "suffix": entity_type.path.suffix,
                "nested": entity_type.nested,
                "schema": entity_type.schema,
                "rules": merge_rules_json(entity_type.merge_rules),
            }
            for entity_type in configuration.entities.values()
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
