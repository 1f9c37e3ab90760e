"""The form of a JSON Patch (RFC 6902 section 4), which is checked before any is applied."""

from __future__ import annotations

from gitdraft.documents.parse import Limits, check_value
from gitdraft.documents.pointers import parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.model.changes import Patch
from gitdraft.model.values import JSON

MAX_OPERATIONS = 1000
WITH_VALUE = ("add", "replace", "test")
WITH_FROM = ("move", "copy")
OPERATIONS = (*WITH_VALUE, *WITH_FROM, "remove")
UNBOUNDED = Limits(max_bytes=1 << 26, max_depth=200)
"""Beyond what any configuration allows a document; a patch that copies its own copies still ends here."""


def parse_patch(value: JSON, *, max_operations: int | None = MAX_OPERATIONS) -> Patch:
    """Returns the patch, its form checked (RFC 6902 section 4).

    Raises InvalidInput, its context's ``path`` the pointer into the patch of what is wrong (`/3/op`). Members
    that the RFC does not know are kept and ignored, as it says.
    """
    if not isinstance(value, list | tuple):
        raise InvalidInput("a patch is an array of operations", code="invalid-patch", context={"path": ""})
    if max_operations is not None and len(value) > max_operations:
        raise InvalidInput(
            f"a patch of {len(value):,} operations, more than {max_operations:,}",
            code="invalid-patch",
            context={"path": ""},
        )
    check_value(list(value), limits=UNBOUNDED, source="patch")
    for index, op in enumerate(value):
        _check_form(op, index)
    return tuple(value)


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
    if op["op"] in WITH_VALUE and "value" not in op:
        raise refused("value", "it is missing")
    if op["op"] == "move" and op["path"].startswith(op["from"] + "/"):
        raise refused("path", "a value cannot be moved into itself")
    if op["op"] == "remove" and op["path"] == "":
        raise refused("path", "the whole document cannot be removed")
