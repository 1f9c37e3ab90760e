"""What people say of a draft, where they say it: comments in threads, at fields, at entities, or on the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.reviews import Comment


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment and what answers it, directly or not, the oldest first."""

    first: Comment
    answers: tuple[Comment, ...] = ()

    @property
    def all(self) -> tuple[Comment, ...]:
        """Every comment of the thread."""
        return (self.first, *self.answers)


@dataclass(frozen=True, slots=True)
class Conversation:
    """All comments on a draft, the oldest first."""

    comments: Sequence[Comment]

    def threads(self) -> list[Thread]:
        """Returns the comments in threads; an answer to what is not there begins one."""
        known = {comment.id: comment for comment in self.comments}
        answers: dict[str, list[Comment]] = {}
        for comment in self.comments:
            answers.setdefault(_first(comment, known).id, []).append(comment)
        return [
            Thread(known[first], tuple(c for c in each if c.id != first)) for first, each in answers.items()
        ]

    def at(self, entity: EntityRef, pointers: Sequence[str]) -> dict[str, list[Thread]]:
        """Returns the threads at an entity, by the pointer among these of the field that shows them: the one at, above or
        below their place; those of no field are at the empty one."""
        placed: dict[str, list[Thread]] = {}
        for thread in self.threads():
            if thread.first.entity == str(entity):
                place = thread.first.pointer or ""
                near = [pointer for pointer in pointers if _touches(pointer, place)]
                placed.setdefault(near[0] if place and near else "", []).append(thread)
        return placed

    def elsewhere(self, entities: Iterable[EntityRef]) -> list[Thread]:
        """Returns the threads at none of these entities."""
        shown = {str(entity) for entity in entities}
        return [thread for thread in self.threads() if thread.first.entity not in shown]


NO_CONVERSATION = Conversation(())


def _first(comment: Comment, known: dict[str, Comment]) -> Comment:
    seen = {comment.id}
    while comment.reply_to in known and comment.reply_to not in seen:
        comment = known[comment.reply_to]
        seen.add(comment.id)
    return comment


def _touches(pointer: str, place: str) -> bool:
    return pointer == place or place.startswith(f"{pointer}/") or pointer.startswith(f"{place}/")
