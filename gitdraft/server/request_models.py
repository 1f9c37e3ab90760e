"""The bodies that clients send, as the OpenAPI document has them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, JsonValue, Tag

from gitdraft.server.response_models import Pointer

CALLER = "entity-api"  # who has done it, where a request does not say
OURS, CALLERS = "(change)", "(callers' change)"  # what errors of the body do not say
Text = Annotated[str, Field(min_length=1, max_length=2000)]
LongText = Annotated[str, Field(max_length=10_000)]
Person = Annotated[str, Field(min_length=1, max_length=255, description="`Name` or `Name <mail>`.")]
Id = Annotated[str, Field(min_length=1, max_length=300, description="`type/key`.")]


class Body(BaseModel):
    """What a client sends: nothing but these members."""

    model_config = ConfigDict(extra="forbid", strict=True)


DraftName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class NewDraftBody(Body):
    """`onto` is a draft on which this one stands; `from` a branch or commit whose entity files it takes, and then the `title`
    may be the commit's."""

    title: Text | None = None
    description: LongText = ""
    draft_id: DraftName | None = None
    onto: DraftName | None = None
    revision: Annotated[Text | None, Field(alias="from")] = None


class RowsOfChangesBody(Body):
    """A draft of changes, each `{entity}` with `patch`, `create`, `delete` (why) or `redirect` and `reason`."""

    title: Text
    description: LongText = ""
    draft_id: DraftName | None = None
    rows: Annotated[list[Any], Field(min_length=1)]


class RowsOfEntitiesBody(Body):
    """Entities, or `{entity, document}` each. `type` is that of those without an address, `key` a pointer to where their key
    is."""

    rows: Annotated[list[Any], Field(min_length=1)]
    type: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    key: Annotated[Pointer, Field(max_length=2000)] | None = None
    reason: LongText = ""
    skip_invalid: bool = False
    references: bool = True


class DescriptionBody(Body):
    title: Text | None = None
    description: LongText | None = None


class CommentBody(Body):
    """A comment on the draft, on an `entity` of it, or on a place (`pointer`) in that."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    entity: Id | None = None
    pointer: Annotated[Pointer, Field(max_length=2000)] | None = None
    reply_to: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class ReviewBody(Body):
    """A verdict on the changes whose `change_hash` is `of`: those that were looked at."""

    verdict: Literal["approve", "request-changes"]
    of: Annotated[str, Field(min_length=1, max_length=100)]
    text: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None


class RenameBody(Body):
    to: Text
    redirect: bool = True
    reason: LongText = ""


class ReasonBody(Body):
    reason: Text


class WhyBody(Body):
    reason: Text | None = None


class MergeBody(Body):
    message: Text | None = None


class AdoptBody(Body):
    """`take_out`: without its changes."""

    message: Text | None = None
    take_out: bool = False


class SaveBody(Body):
    """Without a `revision` it is the draft's own branch."""

    revision: Text | None = None
    message: Text | None = None


class ChangeContent(Body):
    """`modify` has a patch, `create` a document, `delete` a reason, `redirect` a reason and a target, `rename` another key (`to`),
    and `redirect: false` where the old one is not to redirect to it."""

    action: Literal["modify", "create", "delete", "redirect", "rename"]
    patch: list[Any] | None = None  # what is in them is judged where the edit is made, beside the event loop
    document: dict[str, Any] | None = None
    reason: Text | None = None
    redirects_to: Id | None = None
    to: Id | None = None
    redirect: bool | None = None


class ChangeBody(ChangeContent):
    entity: Id


class AssignmentBody(Body):
    """What `set` does with NAME=VALUE, NAME+=VALUE or NAME-=VALUE; the value is JSON."""

    name: Text
    operator: Literal["=", "+=", "-="] = "="
    value: JsonValue


class EditAllBody(Body):
    """Which entities to edit, as `search` takes it, and a `patch` (RFC 6902) of each, or `assignments`."""

    query: Text
    patch: list[Any] | None = None
    assignments: Annotated[list[AssignmentBody], Field(min_length=1, max_length=100)] | None = None


class CallersChangeBody(Body):
    """The same in the words of earlier callers: `update` has a patch, `create` a `replacement_json`, `delete` neither, and
    `redirect` a target."""

    change_type: Literal["create", "update", "delete", "redirect"]
    entity_type: Annotated[str, Field(min_length=1, max_length=64)]
    entity_key: Id
    patch: list[Any] | None = None
    replacement_json: dict[str, Any] | None = None
    redirects_to: Id | None = None
    reason: Text | None = None


def _words_of(body: Any) -> str:
    return CALLERS if isinstance(body, dict) and "change_type" in body else OURS


AnyChangeBody = Annotated[
    Annotated[ChangeBody, Tag(OURS)] | Annotated[CallersChangeBody, Tag(CALLERS)], Discriminator(_words_of)
]


class ResolveBody(Body):
    """An answer to a conflict, or to all of the entity: a side (`take`) or a `value`; or `retarget`: the change moves to where
    canonical redirects the entity, and `take` says whose value stands where the two differ."""

    entity: Id
    path: Pointer | None = None
    take: Literal["draft", "canonical"] | None = None
    value: JsonValue = None
    retarget: bool = False


class RedirectBody(Body):
    redirect_from_id: Id
    redirect_to_id: Id
    created_by: Person = CALLER
    reason: Text | None = None


class RedirectsBody(Body):
    """Redirects, each `{from, to, reason?}`; what is imported may have `by` and `at`."""

    redirects: list[Any]
    reason: Text | None = None


class MergeIntoBody(Body):
    """`keep` says whose value stands where the two differ, `retarget` lets what names the one name the other."""

    reason: Text | None = None
    keep: Literal["from", "to"] | None = None
    retarget: bool = False


class ValidateBody(Body):
    """`step`: two commits, `OLD..NEW`; without it all of canonical."""

    step: Annotated[str, Field(min_length=3, max_length=300)] | None = None


class RevertBody(Body):
    revert_to_revision_id: Annotated[int, Field(ge=1)]
    revert_reason: Text
    created_by: Person = CALLER


class DeleteBody(Body):
    delete_type: Literal["soft", "hard"] = "soft"
    deletion_reason: Text
    deleted_by: Person


class RebaseBody(Body):
    drafts: list[str] | None = None
