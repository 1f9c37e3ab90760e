"""What a mapping gets of an entity, and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol, TypeAlias

from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import EntityState
from gitdraft.rdf.terms import Term, Triple

Flavour: TypeAlias = Literal["full", "truthy", "simple"]
"""All statements, the best values alone, or those with the sitelinks of a Wikibase."""


class Version(NamedTuple):
    """The number of an entity's latest revision, and when it was committed (RFC 3339, UTC)."""

    number: int
    at: str


@dataclass(frozen=True, slots=True)
class Subject:
    """An entity as it is to be written: its state, its latest revision on canonical (``None``: it has none yet), the entities
    that are redirected to it, where those are asked for, its file (``None``: it is not live), and the lists, by pointer, that
    stand in it with what it inherits."""

    entity: EntityRef
    state: EntityState
    version: Version | None = None
    incoming: tuple[EntityRef, ...] = ()
    content: bytes | None = None
    inherited: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Mistake(NamedTuple):
    """A value that cannot be said in RDF: where, and why. ``pointer`` is RFC 6901."""

    entity: EntityRef
    pointer: str
    message: str

    @property
    def place(self) -> str:
        """The entity, and where in it."""
        return f"{self.entity} {self.pointer}".rstrip()


@dataclass(slots=True)
class Mapped:
    """The triples of one entity, sorted, each once, the graph that they belong to, and what could not be said."""

    entity: EntityRef
    document: Term
    triples: list[Triple]
    mistakes: list[Mistake] = field(default_factory=list)


class EntityMapping(Protocol):
    """How the entities of a type become RDF. ``needs_version`` says whether a document says its version itself."""

    def subject(self, entity: EntityRef) -> Term:
        """Returns the term of the entity."""
        ...

    def needs_version(self, subject: Subject) -> bool:
        """Returns whether the revision of the entity is to be looked up for it."""
        ...

    def map(self, subject: Subject, flavour: Flavour) -> Mapped:
        """Returns the triples of the entity."""
        ...

    def is_shared(self, triple: Triple) -> bool:
        """Returns whether several entities may say this triple; each says alone what its own nodes are."""
        ...

    def is_read_by_others(self, old: EntityState, new: EntityState) -> bool:
        """Returns whether the triples of other entities depend on how an entity differs between two states."""
        ...

    def notes(self) -> list[str]:
        """Returns what there is to know of all that was mapped, one sentence each."""
        ...

    @property
    def prefixes(self) -> dict[str, str]:
        """The prefixes for the syntaxes that have some."""
        ...


Mappings: TypeAlias = "dict[str, EntityMapping]"
"""The mapping of each type that has one."""
