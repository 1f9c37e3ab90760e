"""What a gitdraft.yaml says: parsed once in a process, and in a repository.

To read YAML takes as long as everything else that a short command does. So what the file that counts says is kept as JSON in
the git directory, with the oid of the file. Losing that loses nothing; a file with a mistake is not kept.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from gitdraft.formats.configuration import (
    CONFIGURATION_PATH,
    Configuration,
    configuration_of,
    parse_configuration,
)
from gitdraft.formats.yaml_document import YamlDocument
from gitdraft.git.objects import ObjectSource
from gitdraft.git.repository import GitRepository
from gitdraft.model.names import Oid

FILE = "gitdraft/configuration.json"
FORM = 1  # another one whenever gitdraft reads YAML otherwise than before
MOST_REMEMBERED = 64
_remembered: dict[Oid, Configuration] = {}


def read_configuration(source: ObjectSource, oid: Oid) -> Configuration:
    """Returns what the gitdraft.yaml says that is this blob. Raises what ``parse_configuration`` does."""
    known = _remembered.get(oid)
    return _remember(oid, parse_configuration(source.read_blob(oid))) if known is None else known


def kept_configuration(git: GitRepository, oid: Oid) -> Configuration:
    """Returns the same of the file that counts in this repository, as it is kept."""
    known = _remembered.get(oid)
    if known is not None:
        return known
    file = git.common / FILE
    kept = _kept(file, oid)
    if kept is not None:
        return _remember(oid, configuration_of(YamlDocument(kept, {})))
    from gitdraft.formats.strict_yaml import parse_yaml

    document = parse_yaml(git.read_blob(oid), source=CONFIGURATION_PATH)
    configuration = configuration_of(document)
    _keep(file, oid, document.value)
    return _remember(oid, configuration)


def _remember(oid: Oid, configuration: Configuration) -> Configuration:
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[oid] = configuration
    return configuration


def _kept(file: Path, oid: Oid) -> Any:
    """Returns the value of the YAML; ``None`` where another one is kept, or none."""
    try:
        record = json.loads(file.read_bytes())
        return record["value"] if (record["form"], record["oid"]) == (FORM, oid) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(file: Path, oid: Oid, value: Any) -> None:
    """Written beside and put in place at once; where it cannot be written, the YAML is read the next time, too."""
    try:
        text = json.dumps({"form": FORM, "oid": oid, "value": value})
        if json.loads(text)["value"] != value:  # a key that is no text, a scalar that JSON does not have
            return
    except (TypeError, ValueError):
        return
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        beside.write_text(text, "utf-8")
        beside.replace(file)
