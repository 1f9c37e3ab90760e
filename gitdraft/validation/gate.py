"""The gate of canonical: a step that breaks what was sound is refused, but for what a person has allowed.

Every verb that commits on canonical goes through it, whatever it refuses by itself before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.violations import Violation
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot
from gitdraft.validation.step import check_step
from gitdraft.validation.validator import is_unchecked, require_no_violations

HINT = "docs/reference/rules.md says what each rule asks for, and which can be set in gitdraft.yaml"


def _nothing(_: Violation) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Gate:
    """What a step may break (``allows``), and the entities whose documents were held to their schema already
    (``is_checked``)."""

    allows: Callable[[Violation], bool] = _nothing
    is_checked: Callable[[EntityRef], bool] = is_unchecked


STRICT = Gate()


def allowing(rules: Collection[str]) -> Gate:
    """Returns a gate that lets these rules be broken."""
    return Gate(lambda violation: violation.rule in rules)


def allowing_of(entity: EntityRef) -> Gate:
    """Returns a gate that lets this entity be as it is."""
    return Gate(lambda violation: violation.entity == entity)


def require_sound_step(store: Store, before: Snapshot, after: Snapshot, gate: Gate = STRICT) -> None:
    """Raises PolicyViolation, which lists the violations, where the step to ``after`` breaks what the gate does not allow."""
    checked = check_step(store, before, after, is_checked=gate.is_checked)
    require_no_violations([each for each in checked.violations if not gate.allows(each)], HINT)
