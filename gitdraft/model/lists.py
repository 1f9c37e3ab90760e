"""How the three-way merge treats the value at a declared path (``lists:`` in gitdraft.yaml).

What is not declared is an ordered list, an object merged member by member, or an atomic scalar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Ordered:
    """An array whose order matters and whose elements have no identity (rules L1 to L7): the default."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """An array of objects identified by the values of the members ``key`` (rules K1 to K8).

    With ``order="ignore"`` two different reorderings are no conflict: canonical's order stands (K4).
    """

    key: tuple[str, ...]
    order: Literal["keep", "ignore"] = "keep"


@dataclass(frozen=True, slots=True)
class SetOf:
    """An array of scalars whose membership alone matters (rule SET)."""


@dataclass(frozen=True, slots=True)
class Atomic:
    """A value that is never merged from within (rule R8)."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string merged by lines (rule R9)."""


ListRule: TypeAlias = Ordered | Keyed | SetOf | Atomic | Text

PathPattern: TypeAlias = tuple[str, ...]
"""Tokens of a JSON pointer, unescaped, where ``*`` stands for any one member or element."""

ListRules: TypeAlias = tuple[tuple[PathPattern, ListRule], ...]
"""The declarations of a type, in the order in which they are written; the first that matches a path holds."""
