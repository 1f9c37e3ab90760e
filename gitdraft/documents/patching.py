"""JSON Patch, RFC 6902, carried out by the jsonpatch library; its exceptions end here."""

from __future__ import annotations

import json
from difflib import get_close_matches

import jsonpatch
from jsonpointer import JsonPointerException

from gitdraft.documents.parsing import Limits, check_value
from gitdraft.documents.pointers import Tokens, format_pointer, get, parse_pointer
from gitdraft.errors import InvalidInput, PatchDoesNotApply
from gitdraft.model.changes import Patch, PatchOp
from gitdraft.model.values import ABSENT, JSON

MAX_OPERATIONS = 1000
WITH_VALUE = ("add", "replace", "test")
WITH_FROM = ("move", "copy")
OPERATIONS = (*WITH_VALUE, *WITH_FROM, "remove")
PATCH_LIMITS = Limits(max_bytes=1 << 26, max_depth=200)


def parse_patch(value: JSON, *, max_operations: int | None = MAX_OPERATIONS) -> Patch:
    """The patch, its form checked (RFC 6902 section 4). Raises InvalidInput naming the operation.

    Members that the RFC does not know are kept and ignored, as it says.
    """
    if not isinstance(value, list | tuple):
        raise InvalidInput("a patch is an array of operations", code="invalid-patch")
    if max_operations is not None and len(value) > max_operations:
        raise InvalidInput(
            f"a patch of {len(value):,} operations, more than {max_operations:,}", code="invalid-patch"
        )
    for index, op in enumerate(value):
        _check_form(op, index)
    return tuple(value)


def apply_patch(document: JSON, patch: Patch, *, limits: Limits = Limits()) -> JSON:
    """What the patch makes of the document; neither is changed, and the result may share parts of both.

    Raises PatchDoesNotApply (``patch-target-not-found`` {path}, ``patch-test-failed`` {path, actual_value}) and
    InvalidInput (``patch-result-too-large``) when the document outgrows ``limits`` after any operation.
    """
    room = limits.max_bytes - _size(document)
    for index, op in enumerate(patch):
        room -= _growth(document, op)
        if room < 0 and (room := limits.max_bytes - _size(document) - _growth(document, op)) < 0:
            raise InvalidInput(
                f"operation {index} makes the document larger than {limits.max_bytes:,} bytes",
                code="patch-result-too-large",
                context={"operation": index},
            )
        document = _apply(document, op, index)
    if patch:
        check_value(document, limits=limits, source="the patched document")
    return document


def _check_form(op: JSON, index: int) -> None:
    def refused(member: str, why: str) -> InvalidInput:
        path = f"/{index}/{member}" if member else f"/{index}"
        return InvalidInput(f"patch {path}: {why}", code="invalid-patch", context={"path": path})

    if not isinstance(op, dict):
        raise refused("", "expected an operation, an object")
    if op.get("op") not in OPERATIONS:
        raise refused("op", f"expected one of {', '.join(OPERATIONS)}")
    for member in ("path", "from") if op["op"] in WITH_FROM else ("path",):
        if member not in op:
            raise refused(member, "it is missing")
        try:
            parse_pointer(op[member])
        except InvalidInput as error:
            raise refused(member, error.message) from error
    if op["op"] in WITH_VALUE:
        if "value" not in op:
            raise refused("value", "it is missing")
        check_value(op["value"], limits=PATCH_LIMITS, source=f"patch /{index}/value")
    if op["op"] == "move" and op["path"].startswith(op["from"] + "/"):
        raise refused("path", "a value cannot be moved into itself")
    if op["op"] == "remove" and op["path"] == "":
        raise refused("path", "the whole document cannot be removed")


def _apply(document: JSON, op: PatchOp, index: int) -> JSON:
    """The document after one operation. Only the containers on its way are copied, so others may be shared."""
    document = _unshared(document, parse_pointer(op["path"]))
    if op["op"] == "move":
        document = _unshared(document, parse_pointer(op["from"]))
    try:
        return jsonpatch.JsonPatch([op]).apply(document, in_place=True)
    except jsonpatch.JsonPatchTestFailed as error:
        raise _test_failed(document, op, index) from error
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError, ValueError) as error:
        raise _not_found(document, op, index) from error


def _unshared(document: JSON, tokens: Tokens) -> JSON:
    if not isinstance(document, dict | list):
        return document
    root = document.copy()
    here = root
    for token in tokens[:-1]:
        inner = get(here, (token,))
        if not isinstance(inner, dict | list):
            break
        inner = inner.copy()
        if isinstance(here, list):
            here[int(token)] = inner
        else:
            here[token] = inner
        here = inner
    return root


def _size(document: JSON) -> int:
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def _growth(document: JSON, op: PatchOp) -> int:
    if op["op"] in ("add", "replace"):
        return _size(op["value"]) + len(op["path"])
    if op["op"] == "copy":
        source = get(document, parse_pointer(op["from"]))
        return 0 if source is ABSENT else _size(source) + len(op["path"])
    return len(op["path"]) if op["op"] == "move" else 0


def _test_failed(document: JSON, op: PatchOp, index: int) -> PatchDoesNotApply:
    actual = get(document, parse_pointer(op["path"]))
    there = {} if actual is ABSENT else {"actual_value": actual}
    return PatchDoesNotApply(
        f"operation {index}: the test of '{op['path']}' failed",
        code="patch-test-failed",
        context={"path": op["path"], "operation": index, **there},
    )


def _not_found(document: JSON, op: PatchOp, index: int) -> PatchDoesNotApply:
    member = (
        "from" if op["op"] in WITH_FROM and get(document, parse_pointer(op["from"])) is ABSENT else "path"
    )
    tokens = parse_pointer(op[member])
    above = next((n for n in range(len(tokens)) if get(document, tokens[: n + 1]) is ABSENT), len(tokens) - 1)
    parent = get(document, tokens[:above])
    missing = format_pointer(tokens[: above + 1])
    where = f"'{missing}' is not there"
    if isinstance(parent, list):
        where = f"'{missing}' is no place in an array of {len(parent)}"
    near = _near(tokens[above], parent) if isinstance(parent, dict) else None
    return PatchDoesNotApply(
        f"operation {index} ({op['op']}): {where}",
        code="patch-target-not-found",
        context={"path": op[member], "operation": index},
        hint=f"did you mean '{format_pointer((*tokens[:above], near))}'?" if near else None,
    )


def _near(name: str, members: dict[str, JSON]) -> str | None:
    return next(iter(get_close_matches(name, members, n=1)), None)
