"""The pages for people: what the library knows of a thing, for who looks at it, as HTML. Needs the extra `serve`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gitdraft.api.conflicts import Answer, Resolution, ResolveOptions, resolve
from gitdraft.api.session import Session
from gitdraft.api.views import look_up, open_effective
from gitdraft.errors import Moved
from gitdraft.model.merge import Conflict
from gitdraft.model.pages import ConflictChoice, DraftsQuery, Site
from gitdraft.model.values import ABSENT, Maybe
from gitdraft.review.conflicts import ConflictCard, answer_of, conflicts_page
from gitdraft.review.draft import draft_page, is_editable, view_for_ever
from gitdraft.review.drafts import drafts_page
from gitdraft.review.entity import audit_page, entities_page, entity_page
from gitdraft.review.pages import (
    audit_html,
    choices_hash,
    conflicts_html,
    draft_html,
    drafts_html,
    entities_html,
    entity_html,
    message_html,
    new_html,
    sign_in_html,
)
from gitdraft.review.render import policy as page_policy
from gitdraft.review.state import state_of
from gitdraft.review.text import visible

__all__ = ["Review", "choices_hash", "message_html", "page_policy", "sign_in_html", "visible"]


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

    def conflicts(
        self, site: Site, draft_id: str, choices: Mapping[int, ConflictChoice], problem: str = ""
    ) -> str:
        """Returns the conflicts of a draft, side by side, with what the answers typed so far (by number, from 1) leave."""
        page = conflicts_page(self.session.store, draft_id, choices)
        return conflicts_html(site, page, can_edit=site.viewer.may_edit(draft_id), problem=problem)

    def answer(self, draft_id: str, seen: str, choices: Mapping[int, ConflictChoice]) -> None:
        """Resolves the conflicts of a draft by the answers, entity by entity; the draft moves to canonical's tip with the
        last. Raises Moved (``page-outdated``) where it is not any more as a page showed it, InvalidInput for a value that
        is not JSON, and as ``Draft.resolve``."""
        cards = conflicts_page(self.session.store, draft_id, choices).cards
        self.require_state(draft_id, seen)
        session = replace(self.session, precondition=lambda: self.require_state(draft_id, seen))
        for entity in dict.fromkeys(card.named.entity for card in cards):
            own = [card for card in cards if card.named.entity == entity]
            for pointer, choose, retarget in _answers(own):
                resolution = Resolution(choose=None if retarget else choose)
                resolve(session, draft_id, str(entity), pointer, resolution, ResolveOptions(retarget))
                session = self.session

    def entity(self, site: Site, entity: str, draft_id: str | None = None, *, whole: bool = False) -> str:
        """Returns an entity as canonical, or a draft, has it: members, what it inherits, references, history. Raises
        NotFound."""
        store = self.session.store
        lookup = look_up(store, entity, draft_id)
        can_edit = draft_id is not None and is_editable(store, draft_id) and site.viewer.may_edit(draft_id)
        page = entity_page(store, lookup.effective, lookup.entity, draft_id, whole=whole, can_edit=can_edit)
        return entity_html(site, page)

    def entities(self, site: Site, query: str = "", entity_type: str = "", after: str = "") -> str:
        """Returns the entities of canonical that a query matches, 100 a page, from behind one of them."""
        return entities_html(
            site, entities_page(open_effective(self.session.store), query, entity_type, after)
        )

    def audit(self, site: Site) -> str:
        """Returns what was deleted and redirected on canonical, and what took it back."""
        return audit_html(site, audit_page(self.session.store))

    def new(self, site: Site, title: str = "", description: str = "", problem: str = "") -> str:
        """Returns the page on which a draft is started, with what was typed there and what is wrong with it."""
        return new_html(site, title, description, problem)

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


def _answers(cards: Sequence[ConflictCard]) -> Iterator[tuple[str | None, Answer, bool]]:
    """Yields how the conflicts of one entity are resolved: at once where each has an answer, else one by one."""
    answered = {(card.conflict.path, card.conflict.type): card for card in cards if card.answer is not None}
    if any(card.answer is not None and card.answer.choice == "retarget" for card in cards):
        yield None, lambda _: ABSENT, True
        return

    def choose(conflict: Conflict) -> Maybe:
        answer = answered[conflict.path, conflict.type].answer
        assert answer is not None
        return answer_of(conflict, answer)

    if len(answered) == len(cards):
        yield None, choose, False
    else:
        yield from ((card.conflict.path, choose, False) for card in answered.values())
