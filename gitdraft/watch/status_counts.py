"""How many open drafts have which status; a header is read once for each tip."""

from __future__ import annotations

from collections import Counter

from gitdraft.errors import GitdraftError
from gitdraft.formats.drafts import read_draft_header
from gitdraft.model.names import Oid
from gitdraft.store.drafts import HEADER_PATH
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import file_oid


class StatusCounts:
    """Remembers the status of the drafts by their tips."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def take(self, store: Store) -> Counter[str]:
        """The number of open drafts by status; `malformed` are branches that are no draft."""
        tips = set(store.open_drafts().values())
        self._known = {tip: self._known.get(tip) or _status(store, tip) for tip in tips}
        return Counter(self._known.values())


def _status(store: Store, tip: Oid) -> str:
    try:
        oid = file_oid(store.git, store.git.read_lineage(tip).tree, HEADER_PATH)
        if oid is None:
            return "malformed"
        return read_draft_header(store.git.read_blob(oid), source=HEADER_PATH).status.value
    except GitdraftError:
        return "malformed"
