"""Effective members: what an entity has through its parents, theirs, and so on.

Nearest wins: a member is that of the source with the fewest steps. Of several at one depth one that requires it wins,
since what is below all of them has to satisfy all of them; else the first in the order of the parents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from gitdraft.documents.cycles import Way, cycles
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, ChangeStatus, Deleted, Redirected

Requirement = Literal["required", "optional"]
Loss = Literal["deleted", "missing", "unreadable", "circular redirect"]


@dataclass(frozen=True, slots=True)
class Declared:
    """What a live entity declares itself: the parents that it names, its own members."""

    parents: tuple[EntityRef, ...] = ()
    members: tuple[tuple[str, Requirement], ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The entity's file is no document."""


Node: TypeAlias = Declared | Redirected | Deleted | Absent | Unreadable
ReadNode: TypeAlias = Callable[[EntityRef], Node]


@dataclass(frozen=True, slots=True)
class Member:
    """A member, the entity that declares it, and how many parents away that is (0: the entity itself)."""

    name: str
    requirement: Requirement
    source: EntityRef
    depth: int


@dataclass(frozen=True, slots=True)
class LostParent:
    """A parent that an entity names and that gives nothing, with the reason."""

    entity: EntityRef
    parent: EntityRef
    reason: Loss


@dataclass(frozen=True, slots=True)
class FollowedRedirect:
    """A parent that an entity names and that is redirected to another one, which is inherited from."""

    entity: EntityRef
    parent: EntityRef
    target: EntityRef


@dataclass(frozen=True, slots=True)
class Effective:
    """The members of an entity, nearest first, and what the walk to them met.

    ``cycles`` are the circles above the entity, each from an entity back to it; none is walked twice.
    """

    members: tuple[Member, ...] = ()
    redirects: tuple[FollowedRedirect, ...] = ()
    lost: tuple[LostParent, ...] = ()
    cycles: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A member before and after; ``None`` where it is not there."""

    name: str
    before: Member | None
    after: Member | None

    @property
    def shown(self) -> Member:
        """The member as it is now, or was where it is gone."""
        shown = self.after or self.before
        assert shown is not None
        return shown

    @property
    def status(self) -> ChangeStatus:
        """A member that comes from the same entity as before is unchanged, however many parents away that is."""
        if self.before is None:
            return ChangeStatus.ADDED
        if self.after is None:
            return ChangeStatus.DELETED
        is_same = (self.before.requirement, self.before.source) == (self.after.requirement, self.after.source)
        return ChangeStatus.UNCHANGED if is_same else ChangeStatus.MODIFIED


@dataclass(frozen=True, slots=True)
class EffectiveMembers:
    """The effective members of an entity, nearest first, each as canonical and as the view has it.

    Members that the draft removes come last. ``redirects`` are the parents that are redirected, ``lost`` those that
    contribute nothing, with the reason, ``cycles`` the cycles of inheritance.
    """

    entity: EntityRef
    members: tuple[MemberChange, ...]
    redirects: tuple[FollowedRedirect, ...]
    lost: tuple[LostParent, ...]
    cycles: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class AffectedEntity:
    """An entity whose effective members a draft changes.

    ``status`` is the draft's change of the entity itself, ``changes`` those of its members, ``way`` the path from an
    entity that the draft changes through its heirs to this one.
    """

    entity: EntityRef
    status: ChangeStatus
    changes: tuple[MemberChange, ...]
    way: Way


@dataclass(frozen=True, slots=True)
class InheritanceImpact:
    """The entities whose effective members a draft changes, each after the entity through which it is affected."""

    draft: str
    entities: tuple[AffectedEntity, ...]


def effective_members(entity: EntityRef, read: ReadNode) -> Effective:
    """Returns the members of the entity; none of one that is not live."""
    walk = _Walk(read)
    depth, level = 0, walk.begin(entity)
    while level:
        level = walk.climb(level, depth)
        depth += 1
    return Effective(
        tuple(walk.members.values()),
        tuple(walk.redirects),
        tuple(walk.lost),
        tuple(cycles(walk.parents)) if walk.turns_back else (),
    )


def compare(before: Effective, after: Effective) -> list[MemberChange]:
    """Returns every member of one of the two: those of ``after`` in their order, then those that are gone."""
    old = {member.name: member for member in before.members}
    new = {member.name: member for member in after.members}
    return [MemberChange(name, old.get(name), new.get(name)) for name in {**new, **old}]


def heirs(start: Iterable[EntityRef], children: Callable[[EntityRef], Iterable[EntityRef]]) -> set[EntityRef]:
    """Returns the entities and all that inherit from them; ``children`` are those that name one as a parent, or that
    redirect to it."""
    below = set(start)
    waiting = list(below)
    while waiting:
        for child in children(waiting.pop()):
            if child not in below:
                below.add(child)
                waiting.append(child)
    return below


def named_by(node: Node) -> tuple[EntityRef, ...]:
    """Returns the entities on whose members those of an entity depend directly."""
    match node:
        case Declared(parents=parents):
            return parents
        case Redirected(target=target):
            return (target,)
        case Deleted() | Absent() | Unreadable():
            return ()


@dataclass(slots=True)
class _Walk:
    """The walk up, level by level. ``turns_back`` tells that an edge led to no deeper level, as one of every
    circle does."""

    read: ReadNode
    members: dict[str, Member] = field(default_factory=dict)
    redirects: list[FollowedRedirect] = field(default_factory=list)
    lost: list[LostParent] = field(default_factory=list)
    parents: dict[EntityRef, list[EntityRef]] = field(default_factory=dict)
    turns_back: bool = False
    _depths: dict[EntityRef, int] = field(default_factory=dict)

    def begin(self, entity: EntityRef) -> list[tuple[EntityRef, Declared]]:
        node = self.read(entity)
        self._depths[entity] = 0
        return [(entity, node)] if isinstance(node, Declared) else []

    def climb(self, level: list[tuple[EntityRef, Declared]], depth: int) -> list[tuple[EntityRef, Declared]]:
        """Takes the members that the entities of a level declare. Returns the next level."""
        deeper: list[tuple[EntityRef, Declared]] = []
        members: dict[str, Member] = {}
        for source, declared in level:
            for name, requirement in declared.members:
                known = self.members.get(name) or members.get(name)
                if known is None:
                    members[name] = Member(name, requirement, source, depth)
                elif name in members and known.requirement == "optional" and requirement == "required":
                    del members[name]  # it moves to where its source stands
                    members[name] = Member(name, requirement, source, depth)
            deeper += self._above(source, declared, depth)
        self.members.update(members)
        return deeper

    def _above(
        self, source: EntityRef, declared: Declared, depth: int
    ) -> Iterable[tuple[EntityRef, Declared]]:
        known = self.parents.setdefault(source, [])
        for named in declared.parents:
            parent, node = self._follow(named)
            if not isinstance(node, Declared):
                self.lost.append(LostParent(source, named, _loss(node)))
                continue
            if parent != named:
                self.redirects.append(FollowedRedirect(source, named, parent))
            known.append(parent)
            if parent not in self._depths:
                self._depths[parent] = depth + 1
                yield parent, node
            elif self._depths[parent] <= depth:
                self.turns_back = True

    def _follow(self, named: EntityRef) -> tuple[EntityRef, Node]:
        """Returns the entity at which the redirects from a parent end; a redirect, where they lead in a circle."""
        entity, node = named, self.read(named)
        seen = {named}
        while isinstance(node, Redirected) and node.target not in seen:
            entity = node.target
            seen.add(entity)
            node = self.read(entity)
        return entity, node


def _loss(node: Redirected | Deleted | Absent | Unreadable) -> Loss:
    match node:
        case Redirected():
            return "circular redirect"
        case Deleted():
            return "deleted"
        case Absent():
            return "missing"
        case Unreadable():
            return "unreadable"
