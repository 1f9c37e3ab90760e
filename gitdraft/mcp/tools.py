"""Each tool: what it takes and answers, what it does to the repository, and the function that calls the api."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from gitdraft.errors import NotFound, StateRefused
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.canonical import entity_report_json
from gitdraft.formats.reports.conflicts import entity_conflicts_json
from gitdraft.formats.reports.drafts import (
    edit_report_json,
    merge_report_json,
    new_json,
    status_report_json,
    summary_json,
)
from gitdraft.formats.reports.entities import match_json, revision_json
from gitdraft.formats.reports.reviews import comment_json
from gitdraft.formats.reports.validation import validation_json
from gitdraft.mcp.answers import LARGEST_PAGE, value_members
from gitdraft.mcp.calls import Call, Right
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.values import ABSENT, JSON

Effect = Literal["reads", "proposes", "changes", "destroys"]
"""Reads; adds to drafts; changes canonical so that it can be taken back; destroys."""
LONGEST_TEXT = 10_000
LONGEST_NAME = 300
REFUSAL: dict[str, JSON] = {
    "code": {"type": "string"},
    "message": {"type": "string"},
    "context": {"type": "object"},
    "hint": {"type": "string"},
}
TEXT: Record = {"type": "string"}
NUMBER: Record = {"type": "integer"}
OBJECTS: Record = {"type": "array", "items": {"type": "object"}}
TEXTS: Record = {"type": "array", "items": {"type": "string"}}
ENTITY: Record = {"type": "string", "maxLength": LONGEST_NAME, "description": "`type/key`."}
DRAFT: Record = {"type": "string", "maxLength": 63, "description": "The id of a draft."}
IN_DRAFT: Record = {**DRAFT, "description": "As this draft would have it; canonical otherwise."}
CURSOR: Record = {"type": "string", "maxLength": 20, "description": "`next` of the answer before."}
LIMIT: Record = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}
PAGED: dict[str, Record] = {"limit": LIMIT, "cursor": CURSOR}
POINTER: Record = {"type": "string", "maxLength": 2000, "description": "RFC 6901, as in `/label/en`."}


def _text(description: str, longest: int = LONGEST_TEXT) -> Record:
    return {"type": "string", "maxLength": longest, "description": description}


class Tool(NamedTuple):
    """A tool. ``takes`` are its arguments, of which ``needs`` have to be there, ``gives`` the members of its answer, all but
    those of ``may_give`` in each; ``allow`` is the word by which an operator adds it (``None``: it is always there)."""

    name: str
    title: str
    description: str
    act: Callable[[Call], Record]
    takes: dict[str, Record]
    needs: tuple[str, ...]
    gives: dict[str, Record]
    may_give: tuple[str, ...] = ()
    right: Right = "read"
    effect: Effect = "reads"
    allow: str | None = None

    @property
    def input_schema(self) -> Record:
        """The JSON Schema of its arguments."""
        return {
            "type": "object",
            "properties": self.takes,
            "required": list(self.needs),
            "additionalProperties": False,
        }

    @property
    def output_schema(self) -> Record:
        """The JSON Schema of every answer: what it gives, or a refusal."""
        always = [name for name in self.gives if name not in self.may_give]
        return {
            "type": "object",
            "properties": {**self.gives, **REFUSAL, "notices": TEXTS, "next": TEXT},
            "anyOf": [{"required": always}, {"required": ["code", "message"]}],
        }


def _search(call: Call) -> Record:
    matches = call.repository.search(call.text("query"), call.maybe("type"), call.seen_draft())
    return call.page().members("entities", map(match_json, matches))


def _get(call: Call) -> Record:
    named = call.repository.find(call.text("entity"), call.seen_draft())
    lookup = named.follow()
    if lookup.is_deleted():
        raise lookup.deletion()
    pointer = call.maybe("pointer") or ""
    value = lookup.value_at(pointer)
    if value is ABSENT:
        raise NotFound(f"{lookup.entity} has nothing there", context={"path": pointer})
    view = lookup.show()
    record: Record = {
        "entity": str(lookup.entity),
        "change_status": view.status.value,
        "pointer": pointer,
        **value_members(value, pointer, call.page()),
    }
    if lookup.entity != named.entity:
        record["redirected_from"] = str(named.entity)
    if view.conflicts:
        record["conflict_count"] = len(view.conflicts)
    return record


def _history(call: Call) -> Record:
    known = call.repository.canonical.revisions(call.text("entity"))
    name = str(call.repository.find(call.text("entity")).entity)
    return {"entity": name, **call.page().members("revisions", map(revision_json, reversed(known)))}


def _drafts(call: Call) -> Record:
    status = call.maybe("status")
    summaries: Iterable[Record] = map(
        summary_json, call.repository.drafts.summaries(None if status is None else DraftStatus(status))
    )
    if call.grant is not None and call.grant.role == "capability":
        summaries = (record for record in summaries if record["id"] == call.grant.draft)
    return call.page().members("drafts", summaries)


def _create(call: Call) -> Record:
    draft = call.repository.drafts.new(
        call.text("title"), description=call.maybe("description") or "", source="mcp"
    )
    assert draft.created is not None
    return new_json(draft.created)


def _patch(call: Call) -> Record:
    draft, entity, patch = call.own_draft(), call.text("entity"), call.arguments["patch"]
    whole = patch[0] if isinstance(patch, list) and len(patch) == 1 else None
    if isinstance(whole, dict) and whole.get("op") == "add" and whole.get("path") == "" and "value" in whole:
        try:
            call.repository.find(entity, draft)
        except NotFound:
            return edit_report_json(draft.create(entity, whole["value"], message=call.maybe("message")))
    return edit_report_json(draft.patch(entity, patch, message=call.maybe("message")))


def _validate(call: Call) -> Record:
    record = validation_json(call.draft().validate())
    violations = record.pop("violations")
    return {**record, "violation_count": len(violations), **call.page().members("violations", violations)}


def _conflicts(call: Call) -> Record:
    draft = call.draft()
    known = entity_conflicts_json(draft.conflicts(), draft=draft.id)
    return {"id": draft.id, "conflict_count": len(known), **call.page().members("conflicts", known)}


def _submit(call: Call) -> Record:
    return status_report_json(call.own_draft().submit(call.maybe("text")))


def _comment(call: Call) -> Record:
    draft = call.draft()
    comment = draft.comment(call.text("text"), call.maybe("entity"), call.maybe("pointer"))
    return {"draft": draft.id, "comment": comment_json(comment)}


def _merge(call: Call) -> Record:
    return merge_report_json(call.draft().merge())


def _delete(call: Call) -> Record:
    return entity_report_json(call.repository.canonical.delete(call.text("entity"), call.text("text")))


def _purge(call: Call) -> Record:
    if call.grant is not None:
        raise StateRefused(
            "a purge gives every commit another id: it is for whoever is on this machine",
            code="permission-denied",
            context={"role": call.grant.role},
        )
    report = call.repository.canonical.purge(call.text("entity"), call.text("text"))
    return {"entity": str(report.entity), "rewritten": report.commits}


CHANGED: dict[str, Record] = {"draft": TEXT, "tip": TEXT, "changes": OBJECTS, "violations": OBJECTS}
TOOLS = (
    Tool(
        "search_entities",
        "Search entities",
        "Find entities: words that must all occur, /pointer=value, type:NAME, - before one for not.",
        _search,
        {
            "query": _text("What to look for.", 2000),
            "type": _text("Of this type alone.", 64),
            "draft": IN_DRAFT,
            **PAGED,
        },
        ("query",),
        {"entities": OBJECTS},
    ),
    Tool(
        "get_entity",
        "Read an entity",
        "An entity, or what stands at a pointer in it; what is large comes in parts, each with its pointer. A redirect is followed.",
        _get,
        {"entity": ENTITY, "draft": IN_DRAFT, "pointer": POINTER, "cursor": CURSOR},
        ("entity",),
        {
            "entity": TEXT,
            "change_status": TEXT,
            "pointer": TEXT,
            "value": {},
            "parts": OBJECTS,
            "redirected_from": TEXT,
            "conflict_count": NUMBER,
        },
        ("value", "parts", "redirected_from", "conflict_count"),
    ),
    Tool(
        "get_history",
        "History of an entity",
        "The revisions of an entity on canonical, the latest first.",
        _history,
        {"entity": ENTITY, **PAGED},
        ("entity",),
        {"entity": TEXT, "revisions": OBJECTS},
    ),
    Tool(
        "list_drafts",
        "List drafts",
        "The open drafts, or those of a status, with how they stand on canonical.",
        _drafts,
        {"status": {"type": "string", "enum": [s.value for s in DraftStatus], "maxLength": 20}, **PAGED},
        (),
        {"drafts": OBJECTS},
    ),
    Tool(
        "create_draft",
        "Start a draft",
        "Start a draft, to which changes are added; people review and merge it.",
        _create,
        {"title": _text("What it is about, one line.", 200), "description": _text("Why.")},
        ("title",),
        {"id": TEXT, "base": TEXT, "tip": TEXT},
        right="start",
        effect="proposes",
    ),
    Tool(
        "patch_entity",
        "Change an entity in a draft",
        "Apply an RFC 6902 patch to an entity as the draft has it. One `add` at the empty path makes an entity that is not there.",
        _patch,
        {
            "draft": DRAFT,
            "entity": ENTITY,
            "patch": {"type": "array", "items": {"type": "object"}, "description": "RFC 6902."},
            "message": _text("The commit's message."),
        },
        ("draft", "entity", "patch"),
        CHANGED,
        right="edit",
        effect="proposes",
    ),
    Tool(
        "validate_draft",
        "Validate a draft",
        "What is wrong with a draft by schemas, references and rules. Nothing is written.",
        _validate,
        {"draft": DRAFT, **PAGED},
        ("draft",),
        {"id": TEXT, "status": TEXT, "checked": NUMBER, "violation_count": NUMBER, "violations": OBJECTS},
    ),
    Tool(
        "get_conflicts",
        "Conflicts of a draft",
        "Where a draft and canonical wrote the same place, with base, canonical and draft.",
        _conflicts,
        {"draft": DRAFT, **PAGED},
        ("draft",),
        {"id": TEXT, "conflict_count": NUMBER, "conflicts": OBJECTS},
    ),
    Tool(
        "submit_draft",
        "Hand a draft in",
        "Hand a draft in for review. People merge it.",
        _submit,
        {"draft": DRAFT, "text": _text("What there is to say.")},
        ("draft",),
        {"id": TEXT, "status": TEXT, "before": TEXT, "tip": TEXT},
        right="edit",
        effect="proposes",
    ),
    Tool(
        "add_comment",
        "Comment on a draft",
        "Say something of a draft, of one of its entities, or of a place in it.",
        _comment,
        {"draft": DRAFT, "text": _text("The comment."), "entity": ENTITY, "pointer": POINTER},
        ("draft", "text"),
        {"draft": TEXT, "comment": {"type": "object"}},
        right="edit",
        effect="proposes",
    ),
    Tool(
        "merge_draft",
        "Merge a draft",
        "Merge a draft that was handed in into canonical.",
        _merge,
        {"draft": DRAFT},
        ("draft",),
        {"draft": TEXT, "commit": TEXT, "entities": OBJECTS, "rebase": {"type": "object"}},
        right="maintain",
        effect="changes",
        allow="merge",
    ),
    Tool(
        "delete_entity",
        "Delete an entity",
        "Delete an entity of canonical; it can be brought back.",
        _delete,
        {"entity": ENTITY, "text": _text("Why.")},
        ("entity", "text"),
        {"entity": TEXT},
        right="maintain",
        effect="destroys",
        allow="delete",
    ),
    Tool(
        "purge_entity",
        "Purge an entity",
        "Take an entity out of all history. It cannot be undone.",
        _purge,
        {"entity": ENTITY, "text": _text("Why; it must not tell what is purged.")},
        ("entity", "text"),
        {"entity": TEXT, "rewritten": NUMBER},
        right="maintain",
        effect="destroys",
        allow="purge",
    ),
)
ALLOWED = tuple(tool.allow for tool in TOOLS if tool.allow is not None)


def offered(allowed: Iterable[str]) -> dict[str, Tool]:
    """Returns the tools by their names: those that are always there, and those that the operator adds by a word."""
    words = frozenset(allowed)
    return {tool.name: tool for tool in TOOLS if tool.allow is None or tool.allow in words}
