"""Members of entities that history shows to change together."""

from __future__ import annotations

from gitdraft.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class CommonChanges:
    """The pointers of members that changed together in ``common`` of the ``changes`` in which any of them did, for the two
    of them that did so least."""

    pointers: tuple[str, ...]
    common: int
    changes: int
