"""`release` and `modules` in gitdraft.yaml: how releases are called, and what belongs together."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from gitdraft.documents.pointers import parse_pointer
from gitdraft.formats.rdf_profile import Reader
from gitdraft.formats.yaml_document import shown
from gitdraft.lazy_regex import regex
from gitdraft.model.lists import PathPattern

Scheme = Literal["semver", "calendar"]
TAG = regex(r"([A-Za-z0-9_](\.?[A-Za-z0-9_/+-])*\.?)?\{version\}(\.?[A-Za-z0-9_/+-])*")


class ReleaseRule(NamedTuple):
    """How the tag of a version is called, and whether versions are semantic or dates."""

    tag: str = "v{version}"
    scheme: Scheme = "semver"


class ModuleRule(NamedTuple):
    """What a module is: an entity of this type, to which belong the entities that its ``members`` name, and those that these
    name."""

    type: str
    members: tuple[PathPattern, ...]


USUAL = ReleaseRule()


def read_release_rule(reader: Reader, declared: Any) -> ReleaseRule:
    """Returns the rule; mistakes are recorded."""
    given = reader.mapping(("release",), declared or {}, ("tag", "scheme"))
    tag, scheme = given.get("tag", USUAL.tag), given.get("scheme", USUAL.scheme)
    if not isinstance(tag, str) or not TAG.fullmatch(tag):
        reader.problem(("release", "tag"), f"expected a tag such as v{{version}}, found {shown(tag)}")
        tag = USUAL.tag
    if scheme not in ("semver", "calendar"):
        reader.problem(("release", "scheme"), f"expected semver or calendar, found {shown(scheme)}")
        scheme = USUAL.scheme
    return ReleaseRule(tag, scheme)


def read_module_rule(reader: Reader, declared: Any, types: tuple[str, ...]) -> ModuleRule | None:
    """Returns what a module is, ``None`` where gitdraft.yaml does not say; mistakes are recorded."""
    if declared is None:
        return None
    given = reader.mapping(("modules",), declared, ("type", "members"))
    kind, members = given.get("type"), given.get("members")
    if kind not in types:
        reader.problem(("modules", "type"), f"expected one of the types, found {shown(kind)}")
    if not isinstance(members, list) or not members:
        reader.problem(("modules", "members"), f"expected a list of pointers, found {shown(members)}")
        return None
    read = [reader.checked(("modules", "members"), pointer, parse_pointer) for pointer in members]
    patterns = tuple(pattern for pattern in read if pattern is not None)
    return ModuleRule(str(kind), patterns)
