"""All that is wrong with a payload, at once: each mistake with its code, the pointer to it, its index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a payload: the pointer to it, and why. ``index`` is that of its change."""

    path: str
    error: GitdraftError
    index: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Returns the mistake with its code, as errors list it."""
        index = {} if self.index is None else {"index": self.index}
        hint = {} if self.error.hint is None else {"hint": self.error.hint}
        facts = {name: value for name, value in self.error.context.items() if name not in ("path", "source")}
        return {
            **index,
            "path": self.path,
            "code": self.error.code,
            "message": self.error.message,
            **hint,
            **facts,
        }


def require_no_mistakes(mistakes: Sequence[Mistake]) -> None:
    """Raises an error where there are mistakes: a single one as itself, several as InvalidInput (``invalid-payload``).

    The context lists all of them (``errors``), each with its code, its pointer (``path``) and, where it is about a
    change, the ``index`` of that.
    """
    if not mistakes:
        return
    ordered = sorted(mistakes, key=lambda mistake: -1 if mistake.index is None else mistake.index)
    errors = [mistake.as_json() for mistake in ordered]
    if len(ordered) == 1:
        only, error = ordered[0], ordered[0].error
        index = {} if only.index is None else {"index": only.index}
        raise type(error)(
            error.message,
            code=error.code,
            context={**error.context, "path": only.path, **index, "errors": errors},
            hint=error.hint,
            details=[f"at {only.path or 'the top'}", *error.details],
        )
    raise InvalidInput(
        f"the payload has {len(ordered):,} mistakes: nothing was made",
        code="invalid-payload",
        context={"errors": errors},
        details=[
            f"{m.path or '(top)'}: {m.error.message}{f' ({m.error.hint})' if m.error.hint else ''}"
            for m in ordered
        ],
    )
