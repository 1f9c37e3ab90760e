"""The files about a draft itself: `.gitdraft/draft.json`, and `.gitdraft/onto/parent.json` of a stacked one."""

from __future__ import annotations

from gitdraft.documents.serialise import dump_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.keys import check_draft_id
from gitdraft.formats.records import Record
from gitdraft.model.drafts import DraftHeader, DraftStatus, Parent, StatusChange

MEMBERS = (
    "id",
    "title",
    "description",
    "author",
    "source",
    "status",
    "created_at",
    "created_from",
    "history",
)
STEP = ("status", "at", "by", "reason")


def read_draft_header(content: bytes, source: str = ".gitdraft/draft.json") -> DraftHeader:
    """Returns the header. Raises InvalidInput naming the member that is wrong."""
    record = Record.parse(content, source)
    return DraftHeader(
        title=record.filled("title"),
        description=record.text("description", ""),
        author=record.filled("author"),
        source=record.filled("source"),
        status=_status(record),
        created_at=record.time("created_at"),
        created_from=record.oid("created_from"),
        history=tuple(_step(step) for step in record.records("history")),
        id=_id(record),
        others=record.others(MEMBERS),
    )


def write_draft_header(header: DraftHeader) -> bytes:
    """Returns the file."""
    return dump_json(
        {
            **({} if header.id is None else {"id": header.id}),
            "title": header.title,
            "description": header.description,
            "author": header.author,
            "source": header.source,
            "status": header.status.value,
            "created_at": header.created_at,
            "created_from": header.created_from,
            "history": [
                {**step, **change.others}
                for step, change in zip(history_json(header), header.history, strict=True)
            ],
            **header.others,
        }
    )


def history_json(header: DraftHeader) -> list[dict[str, str]]:
    """Returns the steps of a draft, the oldest first."""
    return [
        {
            "status": step.status.value,
            "at": step.at,
            "by": step.by,
            **({} if step.reason is None else {"reason": step.reason}),
        }
        for step in header.history
    ]


def read_parent(content: bytes, source: str = ".gitdraft/onto/parent.json") -> Parent:
    """Returns the parent of a stacked draft. Raises InvalidInput naming the member that is wrong."""
    record = Record.parse(content, source)
    try:
        draft = check_draft_id(record.text("draft"))
        return Parent(draft, record.oid("base"), record.others(("draft", "base")))
    except InvalidInput as error:
        raise error if error.message.startswith(source) else record.refused("draft", error.message) from None


def write_parent(parent: Parent) -> bytes:
    """Returns the file."""
    return dump_json({"draft": parent.draft, "base": parent.base, **parent.others})


def _step(record: Record) -> StatusChange:
    return StatusChange(
        _status(record),
        record.time("at"),
        record.filled("by"),
        record.optional_text("reason"),
        record.others(STEP),
    )


def _id(record: Record) -> str | None:
    draft_id = record.optional_text("id")
    if draft_id is None:
        return None
    try:
        return check_draft_id(draft_id)
    except InvalidInput as error:
        raise record.refused("id", error.message) from None


def _status(record: Record) -> DraftStatus:
    try:
        return DraftStatus(record.text("status"))
    except ValueError:
        raise record.refused(
            "status", f"expected one of {', '.join(status.value for status in DraftStatus)}"
        ) from None
