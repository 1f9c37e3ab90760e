"""Changes of entities one after the other: what `new --from-file` reads.

A row names its entity and one change: `{"entity": "type/key", "patch": […]}` (RFC 6902), `{…, "create": {…}}`,
`{…, "delete": "reason"}`, `{…, "redirect": "type/key", "reason": "…"}` or `{…, "rename": "key"}`, with `"redirect": false` where
the old id is not to redirect, and with the `patch` that is made to the entity under its old id.
"""

from __future__ import annotations

from typing import Literal, get_args

from gitdraft.documents.parse import Limits, check_document, parse_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.entity_streams import Row
from gitdraft.formats.records import Record
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.values import JSON

RowKind = Literal["patch", "create", "delete", "redirect", "rename"]
KINDS: tuple[RowKind, ...] = get_args(RowKind)
LARGER = 8  # a row may spell every character as an escape


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of an import: the number of its row, the entity as the row names it, the kind and its ``value``.

    The value is a patch, a document, a reason, a new key, or the target of a redirect, which has its ``reason`` beside it. A
    renaming has its ``patch`` beside it, if any, and whether the old key ``redirects``.
    """

    number: int
    entity: str
    kind: RowKind
    value: JSON
    reason: str = ""
    patch: JSON = ()
    redirects: bool = True


def read_change_row(row: Row, limits: Limits) -> ChangeRow:
    """Returns the change in a row. Raises InvalidInput naming the member that is wrong."""
    if isinstance(row.content, InvalidInput):
        raise row.content
    bounds = Limits(limits.max_bytes * LARGER, limits.max_depth + 3, limits.max_integer_digits)
    record = Record(parse_json(row.content, limits=bounds, source="the row"), "the row")
    kinds = [kind for kind in KINDS if kind in record.members]
    if "rename" in kinds:
        return _renaming(row.number, record)
    if len(kinds) != 1:
        raise InvalidInput(f"expected one of {', '.join(KINDS)}, found {' and '.join(kinds) or 'none'}")
    kind = kinds[0]
    record.only(("entity", kind, *(("reason",) if kind == "redirect" else ())))
    value = record.members[kind]
    if kind == "create":
        check_document(value, limits=limits, source="the entity")
    if kind in ("delete", "redirect"):
        record.filled(kind)
    reason = record.text("reason", "") if kind == "redirect" else ""
    return ChangeRow(row.number, record.filled("entity"), kind, value, reason)


def _renaming(number: int, record: Record) -> ChangeRow:
    record.only(("entity", "rename", "patch", "redirect"))
    redirects = record.members.get("redirect", True)
    if not isinstance(redirects, bool):
        raise record.refused("redirect", "expected true or false")
    patch = record.members.get("patch", [])
    entity, key = record.filled("entity"), record.filled("rename")
    return ChangeRow(number, entity, "rename", key, patch=patch, redirects=redirects)
