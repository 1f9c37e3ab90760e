"""The reports of commands that write or check the files of a worktree."""

from __future__ import annotations

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict


@dataclass(frozen=True, slots=True)
class CheckoutReport:
    """The files of the entities that the draft changes, and the others that are as canonical has them again; entities in
    conflict are as canonical has them.

    ``commit`` is what is checked out, ``left`` one made by hand that was thrown away, ``notices`` what the user should
    know besides (an interrupted operation was finished).
    """

    draft: str | None
    written: tuple[str, ...]
    restored: tuple[str, ...]
    in_conflict: tuple[str, ...] = ()
    commit: str | None = None
    left: str | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class FileProblem:
    """What is wrong with a file: in which line (from 1; 0 where the file is gone), at which pointer into the
    entity ("" for all of it), by which rule, as violations name them, or which error code."""

    line: int
    pointer: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """An entity file that differs from what was checked out (``is_edited``), or does not any more."""

    path: str
    is_edited: bool
    problems: tuple[FileProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class UnmergedFile:
    """An unmerged file and its open conflicts, in which ``canonical`` is ours and ``draft`` is theirs. ``reason``
    says why it has no pointers: a side is no JSON."""

    path: str
    entity: EntityRef | None
    conflicts: tuple[Conflict, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FileResolveReport:
    """The conflicts answered and those that remain; with none left the file is recorded as ``merged``."""

    path: str
    resolved: tuple[Conflict, ...]
    remaining: tuple[Conflict, ...]

    @property
    def merged(self) -> bool:
        """Whether the path is no longer unmerged."""
        return not self.remaining
