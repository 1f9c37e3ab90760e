"""What the service answered to requests with an `Idempotency-Key`."""

from __future__ import annotations

from gitdraft.api.session import Session
from gitdraft.lazy_dataclass import dataclass
from gitdraft.store.answers import KeptAnswer, RequestId, open_answers

__all__ = ["Answers", "KeptAnswer", "RequestId"]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of a repository's service. Raises RepositoryError (``answers``) where they cannot be read or written."""

    session: Session

    def find(self, request: RequestId, content: bytes) -> KeptAnswer | None:
        """Returns the answer to the same request, within a day. Raises InvalidInput (``idempotency-key-reused``) where its key
        came with another ``content``."""
        with open_answers(self.session.store.git.common) as answers:
            return answers.find(request, content, self.session.clock().seconds)

    def keep(self, request: RequestId, content: bytes, answer: KeptAnswer) -> None:
        """Keeps an answer for a day."""
        with open_answers(self.session.store.git.common) as answers:
            answers.keep(request, content, answer, self.session.clock().seconds)
