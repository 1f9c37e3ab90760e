"""How a draft stands on canonical's tip, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitdraft.cli.text import count, status

if TYPE_CHECKING:
    from gitdraft.model.rebase_states import RebaseState


def rebase_state_text(how: RebaseState) -> str:
    """Returns how the draft stands: `clean`, `conflict (2 conflicts since 2026-01-24)`; nothing for a closed draft."""
    if how.status == "closed":
        return ""
    since = "" if how.conflict_since is None else f" since {how.conflict_since[:10]}"
    number = f" ({count(how.conflict_count, 'conflict')}{since})" if how.conflict_count else ""
    return status(how.status) + number
