"""Pages for people: who looks at them, where their links lead, what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias, get_args
from urllib.parse import quote, urlencode

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.tokens import Role


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page: the role of the token (``None``: there is none), the name of a named one, the draft of a
    capability. Who ``is_local`` has the repository, and looks at files, in which nothing can be done."""

    role: Role | None = None
    name: str | None = None
    draft: str | None = None
    is_local: bool = False

    @property
    def is_named(self) -> bool:
        """Whether other drafts, overlaps and names may be shown."""
        return self.role in ("maintainer", "contributor", "reader")

    @property
    def is_maintainer(self) -> bool:
        """Whether everything may be done."""
        return self.role == "maintainer"

    @property
    def may_start(self) -> bool:
        """Whether drafts may be started."""
        return self.role in ("maintainer", "contributor")

    def knows(self, draft_id: str) -> bool:
        """Returns whether a draft may be named to who looks: a capability knows of its own alone."""
        return self.is_named or self.is_local or self.draft == draft_id

    def may_edit(self, draft_id: str) -> bool:
        """Returns whether the draft may be edited, if its status lets anybody."""
        return self.is_maintainer or (self.role == "capability" and self.draft == draft_id)


@dataclass(frozen=True, slots=True)
class Site:
    """Where pages are, and what stands on each: ``root`` is put before each address."""

    viewer: Viewer = Viewer()
    root: str = "/"
    notice: str = ""
    reads_canonical: bool = True

    def drafts(self, **query: str) -> str:
        """Returns the address of the list of drafts."""
        return self.root + _query(query)

    def draft(self, draft_id: str, part: str = "", **query: str) -> str:
        """Returns the address of a draft, or of a ``part`` of its pages."""
        address = f"{self.root}drafts/{quote(draft_id, safe='')}{f'/{part}' if part else ''}"
        return address + _query(query)

    def entity(self, entity: EntityRef, draft_id: str | None = None) -> str:
        """Returns the address of an entity of canonical, or as a draft has it."""
        before = "" if draft_id is None else f"drafts/{quote(draft_id, safe='')}/"
        name = f"{quote(entity.type, safe='')}/{quote(entity.key, safe='/:@!$&()*+,;=')}"
        return f"{self.root}{before}entities/{name}"

    def has_entity(self, entity: EntityRef, draft_id: str | None) -> bool:  # noqa: ARG002 (by entity in files)
        """Returns whether an entity, of canonical or as a draft has it, has a page for who looks."""
        return self.reads_canonical or draft_id is not None

    def entity_part(self, entity: EntityRef, draft_id: str, part: str) -> str:
        """Returns the address of a ``part`` of the page of an entity as a draft has it."""
        return f"{self.entity(entity, draft_id)}/{part}"

    def entities(self, draft_id: str | None = None, **query: str) -> str:
        """Returns the address of the search, on canonical or as a draft has the entities."""
        before = self.root if draft_id is None else f"{self.draft(draft_id)}/"
        return f"{before}entities/{_query(query)}"

    def page(self, name: str) -> str:
        """Returns the address of a page that there is once."""
        return f"{self.root}{name}"


def _query(query: dict[str, str]) -> str:
    return f"?{urlencode(query)}" if query else ""


Shelf: TypeAlias = Literal["open", "draft", "validated", "submitted", "merged", "rejected", "withdrawn"]
DraftSort: TypeAlias = Literal["id", "updated", "created", "title", "status"]
SHELVES: tuple[Shelf, ...] = ("open", "draft", "validated", "submitted", "merged", "rejected", "withdrawn")
SORTS: tuple[DraftSort, ...] = ("updated", "created", "title", "status", "id")


class DraftsQuery(NamedTuple):
    """What is asked for: a status (``open``: any open one), those in conflict, those that can be merged, those of a mail,
    words of title, id or author, an order, and behind which draft the page begins."""

    status: Shelf = "open"
    conflict: bool = False
    ready: bool = False
    mine: bool = False
    words: str = ""
    sort: DraftSort = "updated"
    after: str = ""


Choice: TypeAlias = Literal["draft", "canonical", "value", "remove", "retarget", "retarget-keep"]
CHOICES: Mapping[str, Choice] = {choice: choice for choice in get_args(Choice)}


class ConflictChoice(NamedTuple):
    """An answer to a conflict that was typed: a side, another value (its ``text``: JSON, or a text where both sides have
    one), nothing at that place, or the move of the whole change to where canonical has the entity now, with the draft's values
    where the two differ, or (``retarget-keep``) with those that are there."""

    choice: Choice
    text: str = ""

    @property
    def is_move(self) -> bool:
        """Whether the whole change moves."""
        return self.choice in ("retarget", "retarget-keep")

    @property
    def side(self) -> Literal["draft", "canonical"]:
        """Of a move, whose value stands where the change and what is there differ."""
        return "canonical" if self.choice == "retarget-keep" else "draft"


class TypedRemark(NamedTuple):
    """A comment, or a verdict, as its form sent it: on the draft, or on an entity, or a place in it."""

    text: str = ""
    entity: str = ""
    pointer: str = ""
    reply_to: str = ""
    verdict: str = ""


NO_REMARK = TypedRemark(entity="?")  # what no form sends


class Unsaid(NamedTuple):
    """What was typed on the page of a draft and not taken, and why: the reason of a step, or a remark."""

    reason: str = ""
    remark: TypedRemark = NO_REMARK
    problem: str = ""


NOTHING_TYPED = Unsaid()


class TypedForm(NamedTuple):
    """What the form of an entity sent: the state that its page showed, the document of then and the one that the form was drawn
    of (JSON; empty: none, or the same), the step that was asked for, the fields by name, the text where the JSON was typed."""

    state: str = ""
    shown: str = ""
    drawn: str = ""
    step: str = ""
    fields: Mapping[str, str] = MappingProxyType({})
    text: str | None = None
