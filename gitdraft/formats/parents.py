"""`.gitdraft/onto/parent.json`."""

from __future__ import annotations

from gitdraft.documents.serialise import dump_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.keys import check_draft_id
from gitdraft.formats.records import Record
from gitdraft.model.drafts import Parent


def read_parent(content: bytes, source: str = ".gitdraft/onto/parent.json") -> Parent:
    """Whom a stacked draft stands on. Raises InvalidInput naming the member that is wrong."""
    record = Record.parse(content, source)
    record.only(("draft", "base"))
    try:
        return Parent(check_draft_id(record.text("draft")), record.oid("base"))
    except InvalidInput as error:
        raise error if error.message.startswith(source) else record.refused("draft", error.message) from None


def write_parent(parent: Parent) -> bytes:
    """The file."""
    return dump_json({"draft": parent.draft, "base": parent.base})
