"""What plain git has done to a draft, and the way out."""

from __future__ import annotations

from typing import NamedTuple


class DraftProblem(NamedTuple):
    """What is wrong with a draft: ``code`` is stable, ``hint`` a command, ``paths`` the files that it is about. (A tuple,
    because `status` loads it.)"""

    draft: str
    code: str
    message: str
    hint: str
    paths: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Returns the problem as the reports have it."""
        paths = {"paths": list(self.paths)} if self.paths else {}
        return {"draft": self.draft, "code": self.code, "message": self.message, "hint": self.hint, **paths}
