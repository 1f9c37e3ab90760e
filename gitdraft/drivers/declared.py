"""What gitdraft.yaml declares for a path, without the time that reading YAML takes.

The declarations are kept as JSON in the git directory, with the oid of the gitdraft.yaml that they are from. Losing
that file loses nothing; where canonical has another gitdraft.yaml by now it is written anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitdraft.documents.merging.declarations import list_rules_json, parse_list_rules
from gitdraft.documents.parsing import Limits
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.formats.paths import parse_template
from gitdraft.git.commands import run_git
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
            template = parse_template(kind["path"], nested=kind["nested"])
            if path != kind["schema"] and template.key_of(path) is not None:
                return Declared(parse_list_rules(kind["lists"]), limits)
    except GitdraftError as error:
        return Declared(problem=error.message)
    return Declared((), limits)


def _record() -> Mapping[str, Any]:
    common = Path(_git("rev-parse", "--git-common-dir")).absolute()
    kept = _kept(common)
    if kept is not None and kept["configuration"] == _git(
        "rev-parse", "--verify", "--quiet", kept["revision"]
    ):
        return kept
    record = _read(_git("rev-parse", "--absolute-git-dir"))
    _keep(common, record)
    return record


def _oid(revision: str) -> str:
    return _git("rev-parse", "--verify", "--quiet", revision, accept=(0, 1, 128))


def _git(*arguments: str, accept: tuple[int, ...] = (0,)) -> str:
    environment = {name: os.environ[name] for name in WHERE if name in os.environ}
    done = run_git(Path.cwd(), arguments, environment=environment, accept=accept)
    return os.fsdecode(done.stdout).removesuffix("\n")


def _read(git_dir: str) -> dict[str, Any]:
    from gitdraft.formats.configuration import parse_configuration
    from gitdraft.git.opening import head_commit
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
                "path": kind.path.text,
                "nested": kind.nested,
                "schema": kind.schema,
                "lists": list_rules_json(kind.lists),
            }
            for kind in configuration.entities.values()
        ],
    }


def _kept(common: Path) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads((common / FILE).read_bytes())
        return record if record["form"] == FORM else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(common: Path, record: Mapping[str, Any]) -> None:
    """Written beside and put in place at once: git may run several drivers at a time."""
    file = common / FILE
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(exist_ok=True)
        temporary.write_text(json.dumps(record), "utf-8")
        temporary.replace(file)
    except OSError:  # a read-only git directory: it is read again for the next file
        return
