"""What people say of a draft: comments, and verdicts on its changes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitdraft.api.edits import EditableDraft
from gitdraft.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from gitdraft.model.reviews import Comment, Remarks, Review, ReviewState, Verdict

ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class ReviewedDraft(EditableDraft):
    """A draft, by its id, and what people say of it. Whoever says it is who acts, or ``by`` (`Name <mail>`, or a name)."""

    def comment(
        self,
        text: str,
        entity: str | None = None,
        pointer: str | None = None,
        *,
        reply_to: str | None = None,
        by: str | None = None,
        dry_run: bool = False,
    ) -> Comment:
        """Comments on the draft, open or closed, on one of its entities, or on a place in it; ``reply_to`` is the id of the
        comment that is answered. Raises NotFound, InvalidInput for a text that is blank or too long, or a wrong pointer."""
        from gitdraft.drafts.reviews import plan_comment
        from gitdraft.model.reviews import Comment

        metadata = self.session.metadata()
        comment = Comment(
            os.urandom(ID_BYTES).hex(),
            by or metadata.actor.text,
            metadata.at,
            text,
            entity,
            pointer,
            reply_to,
        )
        return self.session.run(
            "comment", lambda transaction: plan_comment(transaction, self.id, comment), dry_run=dry_run
        )

    def approve(
        self, text: str | None = None, *, of: str | None = None, by: str | None = None, dry_run: bool = False
    ) -> Review:
        """Approves the draft's changes: those whose ``change_hash`` is ``of``, or those that it has now. Raises Moved
        (``changes-moved``) where it has others."""
        return self._review("approve", text, of, by, dry_run=dry_run)

    def request_changes(
        self, text: str | None = None, *, of: str | None = None, by: str | None = None, dry_run: bool = False
    ) -> Review:
        """Asks for other changes than those whose ``change_hash`` is ``of``, or than those that the draft has now. Raises
        Moved (``changes-moved``)."""
        return self._review("request-changes", text, of, by, dry_run=dry_run)

    def remarks(self) -> Remarks:
        """Returns all comments and verdicts, the oldest first, and the files among them that cannot be read."""
        from gitdraft.store.reviews import read_remarks

        return read_remarks(self.session.store.git, self.session.store.find_draft(self.id))

    def review(self) -> ReviewState:
        """Returns how far the draft is reviewed, and what merging still needs."""
        from gitdraft.views.reviews import review_of

        store = self.session.store
        return review_of(store, store.find_draft(self.id), self.session.given_verdicts())

    def _review(
        self, verdict: Verdict, text: str | None, of: str | None, by: str | None, *, dry_run: bool
    ) -> Review:
        from gitdraft.drafts.reviews import plan_review
        from gitdraft.model.reviews import Review
        from gitdraft.store.service_state import open_service_state
        from gitdraft.store.verdicts import note_verdict

        metadata = self.session.metadata()
        review = Review(
            os.urandom(ID_BYTES).hex(),
            by or metadata.actor.text,
            metadata.at,
            verdict,
            self.review().change_hash if of is None else of,
            text,
        )
        kept = self.session.run(
            verdict, lambda transaction: plan_review(transaction, self.id, review), dry_run=dry_run
        )
        if self.session.is_service and not dry_run:
            with open_service_state(self.session.store.git.common) as connection:
                note_verdict(connection, self.id, kept)
        return kept
