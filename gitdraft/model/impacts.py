"""What a change of entities means to those who use them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef

Impact: TypeAlias = Literal["breaking", "additive", "cosmetic"]
IMPACTS: tuple[Impact, ...] = ("breaking", "additive", "cosmetic")
Step: TypeAlias = Literal["major", "minor", "patch", "none"]
STEPS: dict[Impact, Step] = {"breaking": "major", "additive": "minor", "cosmetic": "patch"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a change has the impact that it has: the entity, the pointer into it ("" for all of it), and what became
    of it, by a rule where one is about just that."""

    impact: Impact
    entity: EntityRef
    pointer: str
    message: str
    rule: str | None = None

    def as_json(self) -> dict[str, str]:
        """Returns the reason as the reports print it."""
        record = {
            "impact": self.impact,
            "entity": str(self.entity),
            "path": self.pointer,
            "message": self.message,
        }
        return record if self.rule is None else {**record, "rule": self.rule}


def worst(reasons: Iterable[Reason]) -> Impact | None:
    """Returns the impact of all of them together; ``None`` where there are none."""
    impacts = {reason.impact for reason in reasons}
    return next((impact for impact in IMPACTS if impact in impacts), None)


def step_of(impact: Impact | None) -> Step:
    """Returns the step of a semantic version (https://semver.org, 2.0.0) that says so."""
    return "none" if impact is None else STEPS[impact]
