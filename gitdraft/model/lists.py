"""How the three-way merge treats the value at a declared path (``lists:`` and ``together:`` in gitdraft.yaml).

What is not declared is an ordered list, an object merged member by member, or an atomic scalar.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Ordered:
    """An array whose order matters and whose elements have no identity (rules L1 to L8): the default."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """An array of objects identified by the values of the members ``key`` (rules K1 to K8).

    With ``order="ignore"`` two different reorderings are no conflict: canonical's order stands (K4). With
    ``order="sorted"`` new items go to their sorted place (K9): by the value that each item has at the tokens ``by``
    (``None``: by its key), text ``fold``ed or not (``None``: as the lists that are merged show).
    """

    key: tuple[str, ...]
    order: Literal["keep", "ignore", "sorted"] = "keep"
    by: tuple[str, ...] | None = None
    fold: bool | None = None


@dataclass(frozen=True, slots=True)
class SetOf:
    """An array of scalars whose membership alone matters (rule SET); ``order`` and ``fold`` as for keyed lists (K9)."""

    order: Literal["keep", "sorted"] = "keep"
    fold: bool | None = None


@dataclass(frozen=True, slots=True)
class Atomic:
    """A value that is never merged from within (rule R8)."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string merged by lines (rule R9)."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """A member that follows canonical: where both sides changed it, canonical's value stands (rule C1)."""


@dataclass(frozen=True, slots=True)
class Together:
    """Members of the object at the path that only make sense with one another (rule G1).

    ``list_path`` are the tokens of the ordered list that one of the path's `*` met: there the group is not held.
    """

    members: tuple[str, ...]
    list_path: tuple[str, ...] | None = None


ListRule: TypeAlias = Ordered | Keyed | SetOf | Atomic | Text | Canonical

PathPattern: TypeAlias = tuple[str, ...]
"""Tokens of a JSON pointer, unescaped, where ``*`` stands for any one member or element."""

ListRules: TypeAlias = tuple[tuple[PathPattern, ListRule], ...]
"""The ``lists:`` of a type, in the order in which they are written; the first that matches a path holds."""

Groups: TypeAlias = tuple[tuple[PathPattern, Together], ...]
"""The ``together:`` of a type, each by the path of the object that has its members."""

MergeRules: TypeAlias = tuple[tuple[PathPattern, ListRule | Together], ...]
"""All that a type declares about its merge: its lists, then its groups."""
