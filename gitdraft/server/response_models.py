"""The answers, as the OpenAPI document has them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gitdraft.model.names import Oid

Pointer = Annotated[str, Field(description="RFC 6901.")]
Time = Annotated[str, Field(description="RFC 3339, UTC.")]
ChangeWord = Literal["added", "modified", "deleted", "redirected", "unchanged"]
StatusWord = Literal["draft", "validated", "submitted", "merged", "rejected", "withdrawn"]
RebaseStatusWord = Literal["clean", "conflict", "invalid", "broken", "unknown", "closed"]
OutcomeWord = Literal["clean", "conflict", "invalid", "broken", "unknown"]


class Answer(BaseModel):
    """What the service answers; more members may come."""

    model_config = ConfigDict(extra="allow")


class Paged(Answer):
    """`next` is what to send as `after` for more; without it there is no more."""

    next: str | None = None


class Error(Answer):
    code: str
    message: str
    context: dict[str, Any]
    hint: str | None = None


class Made(Answer):
    """A draft made. The URL is shown this once: its fragment is the token."""

    draft_id: str
    capability_url: str
    change_count: int
    expires_at: Time


class Step(Answer):
    status: StatusWord
    at: Time
    by: str
    reason: str | None = None


class Conflict(Answer):
    """The values that exist: `base`, `canonical`, `draft`."""

    path: Pointer
    type: str


class EntityConflict(Conflict):
    draft_id: str
    entity: str


class ChangeFate(Answer):
    """How a change stands on canonical's tip."""

    entity: str
    status: OutcomeWord
    patch: Literal["verbatim", "rewritten", "empty"]
    change_status: Annotated[ChangeWord, Field(alias="_change_status")]


class Approvals(Answer):
    """What merging needs, what is there, and who may give it (without `by`, anybody but the author)."""

    needed: int
    given: int
    approved_by: list[str]
    refused_by: list[str]
    by: list[str] | None = None


class DraftLine(Answer):
    """A draft, and how it stands on canonical's tip: `unknown` where that was not judged yet. A malformed branch has a
    `reason` instead of what it says of itself."""

    id: str
    tip: Oid
    change_count: int
    change_hash: str | None = None
    comment_count: int | None = None
    approvals: Approvals | None = None
    rebase_status: RebaseStatusWord
    conflict_count: int
    conflict_since: Time | None = None


class Block(Answer):
    """What keeps an open draft from being merged: the code that merging would end with."""

    code: str
    message: str


class Lower(Answer):
    """The draft that another one stands on; `behind`: it was edited since that one followed it."""

    draft: str
    status: StatusWord | Literal["gone"]
    behind: bool


class Draft(DraftLine):
    base: str
    title: str
    description: str
    author: str
    source: str
    status: StatusWord
    created_at: Time
    created_from: str
    history: list[Step]
    blocked_by: list[Block]
    conflicts: list[EntityConflict]
    changes: list[ChangeFate]
    onto: Lower | None = None


class DraftLines(Paged):
    drafts: list[DraftLine]


class Alone(Answer):
    """A draft that stands on canonical alone."""

    draft: str
    tip: Oid


class Change(Answer):
    """A change as it is kept; a malformed one has an `error`."""

    entity: str
    action: Literal["modify", "create", "delete", "redirect", "rename"]


class Changes(Paged):
    draft: str
    changes: list[Change]


class Violation(Answer):
    entity: str
    path: Pointer
    rule: str
    message: str
    severity: Literal["error", "warning"]


class Edited(Answer):
    draft: str
    tip: Oid
    replayed: bool
    changes: list[ChangedEntity]
    violations: list[Violation]


class ChangedEntity(Answer):
    entity: str
    change_status: Annotated[ChangeWord, Field(alias="_change_status")]


class EntityDiff(ChangedEntity):
    path: str
    patch: list[dict[str, Any]]


class Diff(Paged):
    draft: str
    changes: list[EntityDiff]


class Conflicts(Paged):
    draft: str
    conflicts: list[EntityConflict]


class Place(Answer):
    entity: str
    path: Pointer


class Resolved(Answer):
    draft: str
    tip: Oid
    moved: bool
    resolved: list[Place]
    remaining: list[EntityConflict]
    violations: list[Violation]


class Validated(Answer):
    id: str
    status: StatusWord
    checked: int
    violations: list[Violation]


class StatusAnswer(Answer):
    id: str
    status: StatusWord
    before: StatusWord
    tip: Oid


class Counts(Answer):
    open: int
    unaffected: int
    rebased: int
    conflict: int
    invalid: int
    broken: int
    unknown: int


class Rebase(Answer):
    to: str
    counts: Counts
    drafts: list[dict[str, Any]]


class Merged(Answer):
    draft: str
    commit: Oid
    entities: list[ChangedEntity]
    rebase: Rebase


class Adopted(Merged):
    """A draft that plain git had merged; its `branch` is `closed`, still `open`, or `restored`."""

    taken_out: bool
    branch: str
    remaining: list[str]


class Undone(Answer):
    """The operation that was taken back; the `commit` that reverts it, and the drafts that are `reopened`."""

    undone: str
    summary: str
    refs: list[str]
    commit: Oid | None = None
    reopened: list[str] = []


class Revoked(Answer):
    draft: str
    revoked: int


class EntityLine(Answer):
    entity: str
    type: str
    key: str
    change_status: Annotated[ChangeWord, Field(alias="_change_status")]


class Renamed(Answer):
    """The entity under its new name `to`, and the entities and redirects that lead there now."""

    entity: str
    to: str
    redirect: bool
    retargeted: list[str]
    revision: str


class Match(Answer):
    entity: str
    type: str
    label: str | None = None


class Matches(Paged):
    kind: str
    entities: list[Match]


class EntityLines(Paged):
    entities: list[EntityLine]


class Entity(ChangedEntity):
    """An entity: its `document`, or where it `redirects_to`, or its `tombstone`."""

    revision: str
    revision_id: Annotated[int, Field(ge=0)]


class RevisionLine(Answer):
    revision_id: int
    revision: str
    created_at: Time
    created_by: str
    edit_type: str
    commit: Oid


class Revisions(Paged):
    entity: str
    revisions: list[RevisionLine]


class RevisionContent(Answer):
    """The envelope of a revision, as `gitdraft revision show` prints it."""

    entity: str
    commit: Oid
    revision: dict[str, Any]


class References(Paged):
    """The entities that it names, by which pointer, and those that name it."""

    entity: str
    names: list[Place]
    named_by: list[Place]
    redirects: list[str]


class Member(Answer):
    member: str
    requirement: str
    source: str
    depth: int
    change_status: Annotated[ChangeWord, Field(alias="_change_status")]


class Effective(Answer):
    """The members, the nearest first to define one; `cycles` are circles of parents, which are not followed."""

    entity: str
    members: list[Member]
    cycles: list[list[str]]


class Redirected(Answer):
    redirect_from_id: str
    redirect_to_id: str
    redirect_from_internal_id: int
    redirect_to_internal_id: int
    created_by: str
    created_at: Time
    revision_id: int
    revision: str


class EntityDone(Answer):
    """What became of an entity; `changed` is false when it was so already. `id` is as it was sent."""

    id: str
    entity: str
    edit_type: str
    changed: bool
    revision_id: int
    revision: str


class EntityDeleted(EntityDone):
    delete_type: Literal["soft", "hard"]
    deleted: Literal[True]
    deleted_at: Time
    deletion_reason: str
    deleted_by: str


class Received(Answer):
    """What a webhook led to: nothing for another event or branch, else where canonical is, and the rebase."""

    event: str
    canonical: str | None = None


class Heard(Answer):
    """What an event of a forge is about: the drafts that are synced now, none for what is of no matter."""

    event: str
    drafts: list[str]


class Alive(Answer):
    status: Literal["ok"]
