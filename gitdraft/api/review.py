"""The pages for people: what the library knows of a thing, for who looks at it, as HTML. Needs the extra `serve`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gitdraft.api.session import Session
from gitdraft.errors import Moved
from gitdraft.model.pages import DraftsQuery, Site
from gitdraft.review.draft import draft_page, view_for_ever
from gitdraft.review.drafts import drafts_page
from gitdraft.review.pages import draft_html, drafts_html, message_html, sign_in_html
from gitdraft.review.render import policy as page_policy
from gitdraft.review.state import state_of

__all__ = ["Review", "message_html", "page_policy", "sign_in_html"]


@dataclass(frozen=True, slots=True)
class Review:
    """The pages of a repository. Each takes the ``site``: who looks at it, where its links lead."""

    session: Session

    def drafts(
        self, site: Site, query: DraftsQuery, mail: str | None = None, only: Collection[str] | None = None
    ) -> str:
        """Returns the list of drafts that match a query; `mine` are those of ``mail``, and of others than ``only`` nothing
        is said. Raises NotFound for a place that the list does not have."""
        return drafts_html(site, drafts_page(self.session.store, query, mail, only))

    def draft(
        self, site: Site, draft_id: str, number: int = 1, *, whole: bool = False, reason: str = ""
    ) -> str:
        """Returns the ``number``-th page of a draft, 50 changes each, long values cut where not ``whole``; ``reason`` is what
        was typed and not taken. Raises NotFound."""
        page = draft_page(self.session.store, draft_id, site.viewer, number, whole=whole)
        return draft_html(site, page, reason)

    def state(self, draft_id: str) -> str:
        """Returns the state that the page of a draft shows now. Raises NotFound."""
        draft = self.session.store.find_draft(draft_id)
        view = view_for_ever(self.session.store, draft)
        return state_of(draft.tip, view.canonical, view.changed())

    def require_state(self, draft_id: str, seen: str) -> None:
        """Raises Moved (``page-outdated``) where a draft, or canonical at what it changes, is not any more as a page showed
        it."""
        if self.state(draft_id) != seen:
            raise Moved(
                f"draft '{draft_id}' is not any more as the page showed it",
                code="page-outdated",
                context={"draft": draft_id},
            )
