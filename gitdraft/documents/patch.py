"""JSON Patch, RFC 6902, applied by the jsonpatch library, whose exceptions are caught in this module alone."""

from __future__ import annotations

from types import MappingProxyType
from typing import TypeAlias

import jsonpatch
from jsonpointer import JsonPointerException

from gitdraft.documents.parse import Limits
from gitdraft.documents.patch_form import WITH_FROM
from gitdraft.documents.pointers import Tokens, format_pointer, get, parse_pointer
from gitdraft.documents.size_limits import RunningSize
from gitdraft.errors import InvalidInput, PatchDoesNotApply
from gitdraft.model.changes import Patch, PatchOp
from gitdraft.model.values import ABSENT, JSON, Maybe

MOST_COMPARED = 1000

Container: TypeAlias = "dict[str, JSON] | list[JSON]"
Own: TypeAlias = "dict[int, Container]"
"""Containers that were copied for the result and stand in it once, by identity: they are changed in place."""


def apply_patch(document: JSON, patch: Patch, *, limits: Limits = Limits()) -> JSON:
    """Returns what the patch makes of the document; neither is changed, and the result shares parts of both.

    Raises PatchDoesNotApply (``patch-target-not-found`` {path}, ``patch-test-failed`` {path, actual_value}), and
    InvalidInput (``patch-result-too-large``, ``patch-result-too-deep``) when the document outgrows ``limits``
    after any operation; its size is that of its compact text in UTF-8. An `add` of a new member puts it behind the
    one that it names in `after` (O1).
    """
    size = RunningSize(document)
    own: Own = {}
    for index, op in enumerate(patch):
        if op["op"] in WITH_FROM:
            own = {}  # what is copied or moved is shared, and has been measured
        for step in _steps(document, op, index):
            tokens = parse_pointer(step["path"])
            _check_size(size, document, step, tokens, index, limits)
            is_new = "after" in step and get(document, tokens) is ABSENT
            document = _apply(document, step, tokens, index, own)
            if is_new:
                _put_last_behind(get(document, tokens[:-1]), step["after"])
    return document


def _put_last_behind(members: Maybe, after: JSON) -> None:
    """Moves the last member, which was just added, behind the one that its operation names, ``None`` for the first place (O1);
    it stays last where that is none of the others."""
    if not isinstance(members, dict) or not (after is None or (isinstance(after, str) and after in members)):
        return
    names = list(members)
    place = 0 if after is None else names.index(after) + 1
    for later in names[place:-1]:
        members[later] = members.pop(later)


class _SharingAdd(jsonpatch.AddOperation):
    """`add` without the library's deep copy of the value: nothing that is shared is changed in place here, and a
    thousand copies of one large value cost no more than one."""

    def apply(self, obj: JSON) -> JSON:
        return self._add(obj, self.operation["value"])  # type: ignore[attr-defined]


class _SharingPatch(jsonpatch.JsonPatch):
    operations = MappingProxyType({**jsonpatch.JsonPatch.operations, "add": _SharingAdd})


def _steps(document: JSON, op: PatchOp, index: int) -> list[PatchOp]:
    """Returns the operation without `copy` and `move`: the one is an `add` of the value at ``from``, the other that after
    a `remove` (RFC 6902 sections 4.4 and 4.5)."""
    if op["op"] not in WITH_FROM:
        return [op]
    value = get(document, parse_pointer(op["from"]))
    if value is ABSENT:
        raise _not_found(document, op["from"], index)
    add = {"op": "add", "path": op["path"], "value": value}
    if op["op"] == "copy":
        return [add]
    return [] if op["from"] == op["path"] else [{"op": "remove", "path": op["from"]}, add]


def _check_size(
    size: RunningSize, document: JSON, op: PatchOp, tokens: Tokens, index: int, limits: Limits
) -> None:
    """Raises InvalidInput for an operation that makes the document larger or deeper than ``limits``."""
    levels = 0
    match op["op"]:
        case "add":
            levels = size.add(document, tokens, op["value"])
        case "replace":
            levels = size.replace(document, tokens, op["value"])
        case "remove":
            size.remove(document, tokens)
    if levels > limits.max_depth:
        raise _outgrown(index, f"nested deeper than {limits.max_depth} levels", code="patch-result-too-deep")
    if op["op"] in ("add", "replace") and size.bytes > limits.max_bytes:
        raise _outgrown(index, f"larger than {limits.max_bytes:,} bytes", code="patch-result-too-large")


def _apply(document: JSON, op: PatchOp, tokens: Tokens, index: int, own: Own) -> JSON:
    """Returns the document after one operation. Only the containers on its path are copied, so others may be shared."""
    document = _unshared(document, tokens, own)
    try:
        return _SharingPatch([op]).apply(document, in_place=True)
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError, ValueError) as error:
        actual = get(document, tokens)
        if isinstance(error, jsonpatch.JsonPatchTestFailed) and actual is not ABSENT:
            raise PatchDoesNotApply(
                f"operation {index}: the test of '{op['path']}' failed",
                code="patch-test-failed",
                context={"path": op["path"], "operation": index, "actual_value": actual},
            ) from error
        raise _not_found(document, op["path"], index) from error


def _unshared(document: JSON, tokens: Tokens, own: Own) -> JSON:
    """Returns the document with the containers from the root to the parent of the place copied, but those that are copies
    already, in ``own``."""
    if not isinstance(document, dict | list):
        return document
    root = parent = _copied(document, own)
    for token in tokens[:-1]:
        child = get(parent, (token,))
        if not isinstance(child, dict | list):
            break
        child = _copied(child, own)
        if isinstance(parent, list):
            parent[int(token)] = child
        else:
            parent[token] = child
        parent = child
    return root


def _copied(container: Container, own: Own) -> Container:
    if id(container) in own:
        return container
    copied = container.copy()
    own[id(copied)] = copied
    return copied


def _outgrown(index: int, why: str, *, code: str) -> InvalidInput:
    return InvalidInput(
        f"operation {index} makes the document {why}",
        code=code,
        context={"operation": index},
    )


def _not_found(document: JSON, path: str, index: int) -> PatchDoesNotApply:
    tokens = parse_pointer(path)
    above = next((n for n in range(len(tokens)) if get(document, tokens[: n + 1]) is ABSENT), len(tokens) - 1)
    parent = get(document, tokens[:above])
    missing = format_pointer(tokens[: above + 1])
    where = f"'{missing}' is not there"
    if isinstance(parent, list):
        where = f"'{missing}' is no place in an array of {len(parent)}"
    near = _near(tokens[above], parent) if isinstance(parent, dict) else None
    return PatchDoesNotApply(
        where if index == 0 else f"operation {index}: {where}",
        code="patch-target-not-found",
        context={"path": path, "operation": index},
        hint=f"did you mean '{format_pointer((*tokens[:above], near))}'?" if near else None,
    )


def _near(name: str, members: dict[str, JSON]) -> str | None:
    if len(members) > MOST_COMPARED or len(name) > MOST_COMPARED:
        return None
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, members, n=1)), None)
