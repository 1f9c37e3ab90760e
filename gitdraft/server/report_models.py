"""The answers about redirects, checks and history, as the OpenAPI document has them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from gitdraft.model.names import Oid
from gitdraft.server import response_models
from gitdraft.server.response_models import Answer, ChangedEntity, Paged, Time, Violation


class RedirectLine(Answer):
    from_: Annotated[str, Field(alias="from")]
    to: str


class Redirects(Paged):
    redirects: list[RedirectLine]


class RedirectCounts(Answer):
    total: int
    by_type: dict[str, int]
    by_month: dict[str, int]


class Batch(Answer):
    """The redirects that were made, those that lead to a new target now, and those that were there already."""

    redirects: list[RedirectLine]
    flattened: list[RedirectLine]
    unchanged: list[RedirectLine]


class MergedEntities(Answer):
    source: str
    target: str


class Checked(Answer):
    """`sound`: no violation blocks."""

    target: str
    checked: int
    sound: bool
    violations: list[Violation]


class Overlaps(Paged):
    counts: dict[str, int]
    entities: list[dict[str, Any]]


class Impact(Paged):
    draft: str
    entities: list[ChangedEntity]


class Classified(Answer):
    """What the draft means to those who use the entities: the `step` of a semantic version that it asks for, and why."""

    draft: str
    impact: Literal["breaking", "additive", "cosmetic"] | None
    step: Literal["major", "minor", "patch", "none"]
    reasons: list[dict[str, str]]
    unjudged: list[str]


class Commit(Answer):
    commit: Oid
    author: str
    at: Time
    subject: str


class Commits(Paged):
    """The newest first."""

    draft: str
    commits: list[Commit]


class Status(Answer):
    """The branch `canonical` and its `tip`, the commit that the drafts were `rebased` on last, how many drafts are open and how
    they stand; what plain git did to drafts."""

    canonical: str
    tip: Oid | None = None
    rebased: Oid | None = None
    open: int
    counts: dict[str, int] | None = None
    rebase_needed: bool
    on_canonical: list[str] | None = None
    problems: list[dict[str, Any]] | None = None


class Configuration(Answer):
    """What gitdraft.yaml says, and its `text` where there is one."""

    version: int
    canonical: str
    drafts: str
    entities: dict[str, dict[str, Any]]
    limits: dict[str, int]
    text: str | None = None


class Imported(Answer):
    """How many entities were created, updated, there already, and left out, with the `rows` that were."""

    created: int
    updated: int
    unchanged: int
    left_out: int
    rows: list[dict[str, Any]]
    commit: Oid | None = None


class RevisionDiff(Answer):
    """What became of the entity's file, as RFC 6902 operations."""

    entity: str
    from_: response_models.RevisionLine = Field(alias="from")
    to: response_models.RevisionLine
    path: str
    patch: list[dict[str, Any]]


class Blame(Paged):
    entity: str
    places: list[dict[str, Any]]


class AuditLine(Answer):
    entity: str
    action: str
    at: Time
    by: str
    revision: str


class Audit(Paged):
    entries: list[AuditLine]


class ChangedState(Answer):
    name: str
    commit: str | None = None


class Changes(Paged):
    """The net changes between two states of canonical."""

    from_: ChangedState = Field(alias="from")
    to: ChangedState
    impact: str | None
    step: str
    counts: dict[str, int]
    changes: list[dict[str, Any]]
    schemas: list[dict[str, str]]
    drafts: list[dict[str, str]]
    authors: list[str]


class Bundle(Answer):
    """A module with everything that it needs."""

    module: str
    commit: Oid
    draft: str | None = None
    entities: list[dict[str, Any]]
    redirects: list[RedirectLine]
    missing: list[dict[str, str]]


class Operations(Answer):
    """Operations and moves of canonical, the oldest first; `next` is the cursor behind them, there is always one."""

    operations: list[dict[str, Any]]
    canonical_moved: list[dict[str, Any]]
    next: str


class Comment(Answer):
    id: str
    by: str
    at: Time
    text: str
    entity: str | None = None
    pointer: str | None = None
    reply_to: str | None = None


class Comments(Paged):
    """The oldest first."""

    draft: str
    comments: list[Comment]


class Review(Answer):
    """`holds`: it is on the changes as they are now; `counts`: merging counts it."""

    id: str
    by: str
    at: Time
    verdict: Literal["approve", "request-changes"]
    of: str
    text: str | None = None
    holds: bool
    counts: bool


class Reviews(Paged):
    """The oldest first. `approvals` where gitdraft.yaml says what merging needs."""

    draft: str
    change_hash: str
    comment_count: int
    approvals: response_models.Approvals | None = None
    reviews: list[Review]
