"""Values as people type them, and what became of the places that they were put at."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef

ValueForm: TypeAlias = Literal["fitting", "json", "string"]
"""How a typed value is read: by what fits at its place, as JSON, as the text it is."""

Operator: TypeAlias = Literal["=", "+=", "-="]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a person typed to change one place of an entity.

    ``place`` is an RFC 6901 pointer where ``is_pointer``, else the name of a member, dotted where it lies in another one.
    `=` puts the value there, `+=` adds it to the list there, `-=` takes it out of that list.
    """

    place: str
    operator: Operator
    text: str
    form: ValueForm = "fitting"
    is_pointer: bool = False


@dataclass(frozen=True, slots=True)
class EditedPlace:
    """What an edit did at one place of an entity.

    Of one that is `unchanged` the ``reason`` says why: the value is the `same`, the list has the element already
    (`present`), or has no such element (`missing`). ``near`` is the pointer of a member, present or declared, whose name
    looks like that of the one that was added.
    """

    entity: EntityRef
    pointer: str
    action: Literal["added", "replaced", "removed", "unchanged"]
    reason: Literal["same", "present", "missing"] | None = None
    near: str | None = None
