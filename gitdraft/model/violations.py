"""What validation finds."""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.model.entities import EntityRef


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One broken rule.

    ``pointer`` is the RFC 6901 pointer into the effective entity, "" for the whole of it. ``rule`` is stable:
    `schema/<keyword>`, `reference/missing`, `reference/deleted`, `identity/mismatch`, `json/invalid`,
    `schema/unusable`, `patch/broken`, `rebase/conflict`, `protection/<kind>`, `redirect/circular`,
    `redirect/double`, `tombstone/live`, `tombstone/stray`, `tombstone/erased`, `key/case`.
    """

    entity: EntityRef
    pointer: str
    rule: str
    message: str

    def as_json(self) -> dict[str, str]:
        """The violation as the reports print it."""
        return {
            "entity": str(self.entity),
            "path": self.pointer,
            "rule": self.rule,
            "message": self.message,
        }
