"""The pages for people: what the library knows of a thing, for who looks at it, as HTML. Needs the extra `serve`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from gitdraft.api.conflicts import Resolution, ResolveOptions, resolve
from gitdraft.api.draft import Draft
from gitdraft.api.edits import EditOptions
from gitdraft.api.session import Session
from gitdraft.api.views import look_up, open_effective
from gitdraft.documents.serialise import dump_json
from gitdraft.drafts.resolve import GivenAnswer, plan_resolve
from gitdraft.errors import GitdraftError, InvalidInput, Moved
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.merge import Conflict
from gitdraft.model.pages import NOTHING_TYPED, ConflictChoice, DraftsQuery, Site, TypedForm, Unsaid
from gitdraft.model.progress import Progress, silent
from gitdraft.model.values import Maybe
from gitdraft.review.conflicts import answer_of, conflicts_page
from gitdraft.review.draft import draft_page
from gitdraft.review.drafts import drafts_page
from gitdraft.review.edit_page import edit_page, refused, state_in, suggestions
from gitdraft.review.entity import audit_page, entities_page, entity_page
from gitdraft.review.file_site import page_files
from gitdraft.review.names import Names
from gitdraft.review.pages import (
    audit_html,
    choices_hash,
    conflicts_html,
    draft_html,
    drafts_html,
    edit_html,
    entities_html,
    entity_html,
    message_html,
    new_html,
    sign_in_html,
    since_html,
)
from gitdraft.review.render import policy as page_policy
from gitdraft.review.since import Moment, since_page
from gitdraft.review.state import state_of
from gitdraft.review.text import visible
from gitdraft.views.change_hash import looked_at
from gitdraft.views.entity_names import parse_entity

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
        self,
        site: Site,
        draft_id: str,
        number: int = 1,
        *,
        whole: bool = False,
        typed: Unsaid = NOTHING_TYPED,
    ) -> str:
        """Returns the ``number``-th page of a draft, 50 changes each, long values cut where not ``whole``, with what was
        ``typed`` there and not taken. Raises NotFound."""
        given = self.session.given_verdicts()
        page = draft_page(self.session.store, draft_id, site.viewer, number, whole=whole, given=given)
        return draft_html(site, replace(page, typed=typed.remark), typed.reason, typed.problem)

    def since(
        self,
        site: Site,
        draft_id: str,
        commit: str,
        canonical: str = "",
        number: int = 1,
        *,
        whole: bool = False,
    ) -> str:
        """Returns what became of a draft since a state of it: its branch at ``commit``, shown on canonical at ``canonical`` (where
        that is empty, at what it was made on); the ``number``-th page, 50 entities each. Raises NotFound for a state that it
        never had, or that is not kept any more."""
        then = Moment(commit, canonical)
        page = since_page(self.session.store, draft_id, then, number, whole=whole)
        return since_html(site, page, then)

    def rendered(self, site: Site, draft_id: str) -> str:
        """Returns the first page of a draft with nothing on it that can be done. Raises NotFound."""
        return self.draft(replace(site, viewer=replace(site.viewer, role=None, is_local=True)), draft_id)

    def conflicts(
        self,
        site: Site,
        draft_id: str,
        choices: Mapping[int, ConflictChoice],
        problem: str = "",
        *,
        whole: bool = False,
    ) -> str:
        """Returns the conflicts of a draft, side by side, long values cut where not ``whole``, with what the answers typed so
        far (by number, from 1) leave."""
        page = conflicts_page(self.session.store, draft_id, choices, whole=whole)
        return conflicts_html(site, page, can_edit=site.viewer.may_edit(draft_id), problem=problem)

    def answer(self, draft_id: str, seen: str, choices: Mapping[int, ConflictChoice]) -> None:
        """Resolves the conflicts of a draft by the answers, as one operation; changes that are to move to where canonical has
        their entity now follow, one by one. Raises Moved (``page-outdated``) where the draft is not any more as a page showed
        it, InvalidInput for a value that is not JSON, and as ``Draft.resolve``."""
        cards = conflicts_page(self.session.store, draft_id, choices).cards
        self.require_state(draft_id, seen)
        session = replace(self.session, precondition=lambda: self.require_state(draft_id, seen))
        answered = {card.named.entity: card for card in cards if card.answer is not None}
        moving = {e: card.answer for e, card in answered.items() if card.answer and card.answer.is_move}
        answers = [
            GivenAnswer(card.named.entity, card.conflict.pointers[0], partial(_value, card.answer))
            for card in cards
            if card.answer is not None and card.named.entity not in moving
        ]
        if answers:
            session.run("resolve", lambda transaction: plan_resolve(transaction, draft_id, answers))
            session = self.session
        for entity, choice in moving.items():
            side = Resolution(choice.side)
            resolve(session, draft_id, str(entity), None, side, ResolveOptions(retarget=True))
            session = self.session

    def entity(
        self,
        site: Site,
        entity: str,
        draft_id: str | None = None,
        *,
        whole: bool = False,
        typed: Mapping[str, str] = MappingProxyType({}),
        problem: str = "",
    ) -> str:
        """Returns an entity as canonical, or a draft, has it: members, what it inherits, references, history; with what was
        ``typed`` there and not taken, and why. Raises NotFound."""
        store = self.session.store
        lookup = look_up(store, entity, draft_id)
        page = entity_page(store, lookup.effective, lookup.entity, draft_id, whole=whole)
        return entity_html(site, page, typed, problem)

    def edit_address(self, site: Site, entity: str, draft_id: str) -> str:
        """Returns where an entity, existing or not, is edited. Raises InvalidInput for a bad key, NotFound for an unknown
        type."""
        configuration = self.session.store.snapshot().configuration
        return site.entity_part(parse_entity(configuration, entity), draft_id, "edit")

    def edit(
        self,
        site: Site,
        draft_id: str,
        entity: str,
        typed: TypedForm | None = None,
        error: GitdraftError | None = None,
    ) -> str:
        """Returns the page on which an entity is edited, a new one where the draft has none of that name, with what was typed so
        far and why it was not saved. Raises NotFound, StateRefused where there is nothing to edit."""
        page = edit_page(self.session.store, draft_id, entity, typed)
        step = "" if typed is None else typed.step
        return edit_html(site, page if error is None else refused(page, error), step)

    def save_entity(self, draft_id: str, entity: str, typed: TypedForm) -> bool:
        """Saves what was typed, and returns whether that changed anything; with the step `save-broken` even where it breaks rules.
        Raises Moved (``page-outdated``) where the entity is not any more as its page showed it, InvalidInput for what is no
        value of its place, and as ``Draft.edit`` and ``Draft.create``."""
        page = edit_page(self.session.store, draft_id, entity, typed)
        name = str(page.named.entity)
        self.require_entity(draft_id, name, typed.state)
        if page.mistakes:
            raise InvalidInput("What is marked is no value of its place.", code="invalid-value")
        session = replace(self.session, precondition=lambda: self.require_entity(draft_id, name, typed.state))
        draft, options = Draft(session, draft_id), EditOptions(allow_invalid=typed.step == "save-broken")
        if page.is_new:
            draft.create(name, page.drawn, **options)
            return True
        report = draft.edit(name, dump_json(page.shown), dump_json(page.drawn), **options)
        return bool(report.changed)

    def suggest(self, draft_id: str, types: Collection[str], query: str) -> list[list[str]]:
        """Returns the keys, and the labels, of entities of these types that match a query, as the draft has them."""
        view = open_effective(self.session.store, draft_id)
        known = tuple(name for name in types if name in view.canonical.configuration.entities)
        try:
            entities = suggestions(view, Names(view), known, query)
        except InvalidInput:
            return []
        return [[named.entity.key, visible(named.label or "")] for named in entities]

    def require_entity(self, draft_id: str, entity: str, seen: str) -> None:
        """Raises Moved (``page-outdated``) where an entity is not any more as a page of the draft showed it."""
        if state_in(self.session.store, draft_id, entity) != seen:
            raise Moved(
                f"'{entity}' is not any more as the page showed it",
                code="page-outdated",
                context={"draft": draft_id, "entity": entity},
            )

    def entities(
        self,
        site: Site,
        query: str = "",
        entity_type: str = "",
        after: str = "",
        draft_id: str | None = None,
    ) -> str:
        """Returns the entities of canonical, or of a draft, that a query matches, 100 a page, from behind one of them."""
        view = open_effective(self.session.store, draft_id)
        return entities_html(site, entities_page(view, query, entity_type, after), draft_id)

    def export(self, folder: Path, *, progress: Progress = silent) -> int:
        """Writes the pages as files with relative links, read only, `index.html` first, below a new or empty folder; returns how
        many. Raises AlreadyExists where something is in it."""
        from gitdraft.transfer.export import write_files

        return write_files(folder, page_files(self.session.store, self.session.given_verdicts()), progress)

    def audit(self, site: Site) -> str:
        """Returns what was deleted and redirected on canonical, and what took it back."""
        return audit_html(site, audit_page(self.session.store))

    def new(self, site: Site, title: str = "", description: str = "", problem: str = "") -> str:
        """Returns the page on which a draft is started, with what was typed there and what is wrong with it."""
        return new_html(site, title, description, problem)

    def state(self, draft_id: str) -> str:
        """Returns the state that the page of a draft shows now. Raises NotFound."""
        draft = self.session.store.find_draft(draft_id)
        return state_of(looked_at(self.session.store, draft))

    def require_state(self, draft_id: str, seen: str) -> None:
        """Raises Moved (``page-outdated``) where a draft, or canonical at what it changes, is not any more as a page showed
        it."""
        if self.state(draft_id) != seen:
            raise Moved(
                f"draft '{draft_id}' is not any more as the page showed it",
                code="page-outdated",
                context={"draft": draft_id},
            )


def _value(choice: ConflictChoice, conflict: Conflict) -> Maybe:
    return answer_of(conflict, choice)
