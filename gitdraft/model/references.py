"""How a type names other entities (`references:` in gitdraft.yaml), and one such place in a document."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import PathPattern

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ReferenceRule:
    """One declared place of references.

    ``types`` are looked for in this order. With ``prefixes`` the start of the text says which type it is, the longest
    one that fits. With ``members`` the names of the members there are the references, not the value. ``when`` are
    conditions on other members of the entity: each `*` in them stands for the token that it has in ``pattern``.
    """

    pattern: PathPattern
    types: tuple[str, ...]
    prefixes: tuple[tuple[str, str], ...] = ()
    members: bool = False
    when: tuple[tuple[PathPattern, Scalar], ...] = ()

    def candidates(self, text: str) -> tuple[EntityRef, ...]:
        """Returns the entities that the text may stand for, in the order in which they are looked for."""
        if not self.prefixes:
            return tuple(EntityRef(name, text) for name in self.types)
        starts = [(start, name) for start, name in self.prefixes if text.startswith(start)]
        return tuple(EntityRef(name, text) for _, name in sorted(starts, key=_length)[-1:])


class Reference(NamedTuple):
    """A place where a document names another entity: the text there, and the rule that says what it stands for."""

    rule: ReferenceRule
    text: str
    tokens: tuple[str, ...]

    @property
    def candidates(self) -> tuple[EntityRef, ...]:
        """The entities that the text may stand for; none where no type is declared for it."""
        return self.rule.candidates(self.text)


def _length(prefix: tuple[str, str]) -> int:
    return len(prefix[0])
