"""Migrations of canonical and of all open drafts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from gitdraft.api.history import CanonicalHistory
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.changes import PatchOp
from gitdraft.model.values import JSON

if TYPE_CHECKING:
    from gitdraft.model.canonical_reports import MigrationReport


@dataclass(frozen=True, slots=True)
class MigratableCanonical(CanonicalHistory):
    """Canonical, whose entities are migrated all at once."""

    def migrate(
        self,
        name: str,
        *,
        query: str = "",
        patch: Sequence[PatchOp] | JSON = None,
        transform: Callable[[str, JSON], JSON] | None = None,
        schemas: Mapping[str, bytes] = MappingProxyType({}),
        dry_run: bool = False,
    ) -> MigrationReport:
        """Runs one transformation over canonical and every open draft, as one operation: the ``patch`` on entities that the ``query``
        matches, or ``transform``, which gets `type/key` and the document and returns what it becomes. ``schemas`` are new
        schemas by type, in the same commit. A draft's change, which makes A of B, becomes what makes f(A) of f(B); drafts that
        cannot be migrated are listed with the reason.

        Raises InvalidInput (``migration-failed``) naming entity and draft, PolicyViolation, StateRefused
        (``nothing-to-migrate``): then nothing has changed.
        """
        from gitdraft.drafts.migrate import Migration, plan_migration

        value = list(patch) if isinstance(patch, tuple) else patch
        migration = Migration(name, query, value, transform, schemas)
        return self.session.run(
            "migrate", lambda transaction: plan_migration(transaction, migration), dry_run=dry_run
        )
