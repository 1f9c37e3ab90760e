"""The derived index: verified, and rebuilt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.progress import Progress, silent

if TYPE_CHECKING:
    from gitdraft.index.verify import Comparison


@dataclass(frozen=True, slots=True)
class DerivedIndex:
    """The index, which is derived from git and can be deleted at any time."""

    session: Session

    def verify(self, *, progress: Progress = silent) -> list[Comparison]:
        """Returns how the index compares, row by row, with one that is built beside it."""
        from gitdraft.index.verify import verify_index

        return verify_index(self.session.store, progress)

    def rebuild(self, *, progress: Progress = silent) -> dict[str, int]:
        """Deletes the index and builds it again; returns how many rows it holds by what they are about. Raises
        RepositoryError (``unwritable``)."""
        from gitdraft.index.verify import rebuild_index

        return rebuild_index(self.session.store, progress)
