"""How many open drafts have which status; a header is read once for each tip."""

from __future__ import annotations

from collections import Counter

from gitdraft.api.drafts import Drafts
from gitdraft.model.names import Oid


class StatusCounts:
    """Remembers the status of the drafts by their tips."""

    def __init__(self) -> None:
        self._known: dict[Oid, str] = {}

    def count(self, drafts: Drafts) -> Counter[str]:
        """Returns the number of open drafts by status; `malformed` are branches that are no draft."""
        tips = set(drafts.open_tips().values())
        self._known = {tip: self._known.get(tip) or drafts.status_at(tip) for tip in tips}
        return Counter(self._known.values())
