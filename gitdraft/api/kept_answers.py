"""The last answer of `status`, given again as long as nothing has moved that it was made of.

It is asked by prompts and scripts, again and again, and Python takes several times longer to load what makes the answer
than to look whether it still holds. Losing the file loses nothing.
"""

from __future__ import annotations

import os

from gitdraft.git.unmoved import state_here

TYPE_CHECKING = False  # as mypy has it: `typing` is loaded where it is needed

if TYPE_CHECKING:
    from gitdraft.api.repository import Repository
    from gitdraft.api.views import CurrentStatus

FORM = "gitdraft status 1"


class KeptAnswer:
    """The answer of `status` in one form (text, json) for the repository around the working directory."""

    def __init__(self, form: str) -> None:
        own = os.stat(__file__)  # another release may say it in another way
        self._head = f"{FORM}\n{__file__} {own.st_mtime_ns} {own.st_size}\n"
        self._form = form
        self._state = state_here()

    def known(self) -> str | None:
        """Returns the answer; ``None`` where there is none that holds."""
        if self._state is None:
            return None
        git_dir, state = self._state
        try:
            with open(self._file(git_dir), encoding="utf-8", errors="surrogateescape", newline="") as stream:
                kept = stream.read()
        except (OSError, ValueError):
            return None
        before = self._before(state)
        return kept[len(before) :] if kept.startswith(before) else None

    def keep(self, answer: str, repository: Repository, status: CurrentStatus) -> None:
        """Keeps the answer, where all of it is known and nothing has moved while it was made."""
        if self._state is None or not _is_known(repository, status) or self._state != state_here():
            return
        git_dir, state = self._state
        temporary = f"{self._file(git_dir)}.{os.getpid()}"
        try:
            os.makedirs(f"{git_dir}/gitdraft", exist_ok=True)
            with open(temporary, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
                stream.write(self._before(state) + answer)
            os.replace(temporary, self._file(git_dir))
        except OSError:  # a git directory that cannot be written
            return

    def _file(self, git_dir: str) -> str:
        return f"{git_dir}/gitdraft/status.{self._form}"

    def _before(self, state: str) -> str:
        return f"{self._head}{state}\n"


def _is_known(repository: Repository, current: CurrentStatus) -> bool:
    """Returns whether nothing would change the answer that moves nothing: the end of who writes now, or what another command
    learns of drafts that nobody has judged yet."""
    from gitdraft.store.operation_log import pending_entry

    status = current.repository
    is_judged = not status.open or (status.counts is not None and "unknown" not in status.counts)
    is_counted = status.overlapping is not None or current.current_draft is None or status.open < 2
    return is_judged and is_counted and pending_entry(repository.store.git) is None
