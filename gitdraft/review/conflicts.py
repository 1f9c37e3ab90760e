"""The conflicts of a draft with canonical: base, canonical and draft side by side, and what an answer leaves."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from gitdraft.documents.parse import parse_json
from gitdraft.documents.pointers import format_pointer, parse_pointer
from gitdraft.drafts.resolve import conflicts_of
from gitdraft.drafts.retarget import preview_retarget
from gitdraft.errors import GitdraftError
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.pages import ConflictChoice
from gitdraft.model.values import ABSENT, Maybe
from gitdraft.review.changes import MOST_FIELDS, Crumb, Field, crumbs_of, place_problems
from gitdraft.review.compare import Sides, compare
from gitdraft.review.names import Names
from gitdraft.review.state import state_of
from gitdraft.review.values import Named, ShownValue, indented, show_value
from gitdraft.store.drafts import read_header
from gitdraft.store.repository import Store
from gitdraft.views.effective_view import EffectiveView, open_view


@dataclass(frozen=True, slots=True)
class ConflictCard:
    """A conflict, by its number from 1: its sides, the answer that was typed, what that leaves (``result``) or what is wrong
    with it (``problem``); of a change that moves, what it makes of the entity it moves to (``moved``). ``is_text``: another value is typed as a text, not as JSON."""

    number: int
    named: Named
    conflict: Conflict
    crumbs: tuple[Crumb, ...]
    base: ShownValue
    canonical: ShownValue
    draft: ShownValue
    is_text: bool
    start: str
    moved_to: Named | None = None
    answer: ConflictChoice | None = None
    result: ShownValue | None = None
    problem: str = ""
    moved: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictsPage:
    """The conflicts of a draft. ``is_previewed``: answers were typed and can be saved."""

    id: str
    title: str
    state: str
    cards: tuple[ConflictCard, ...]
    choices: Mapping[int, ConflictChoice]

    @property
    def is_previewed(self) -> bool:
        """Whether each answer that was typed can be given."""
        return bool(self.choices) and not any(card.problem for card in self.cards)


def conflicts_page(
    store: Store, draft_id: str, choices: Mapping[int, ConflictChoice], *, whole: bool = False
) -> ConflictsPage:
    """Returns the conflicts of a draft with what the answers leave; values are cut where not ``whole``. Raises NotFound."""
    draft = store.find_draft(draft_id)
    view = open_view(store, draft)
    names = Names(view)
    cards = tuple(
        _moved(view, names, _card(names, number, entity, conflict, choices.get(number)))
        for number, (entity, conflict) in enumerate(conflicts_of(view), 1)
    )
    if whole:
        cards = tuple(_whole(card) for card in cards)
    title = read_header(store.git, draft).title
    return ConflictsPage(draft_id, title, state_of(view), cards, choices)


def answer_of(conflict: Conflict, choice: ConflictChoice) -> Maybe:
    """Returns the value that an answer puts in place of a conflict. Raises InvalidInput for a text that is not JSON."""
    if choice.choice == "draft":
        return conflict.draft
    if choice.choice == "canonical":
        return conflict.canonical
    if choice.choice == "remove":
        return ABSENT
    text = choice.text.replace("\r\n", "\n")
    return text if takes_text(conflict) else parse_json(text.encode(), source="the value")


def takes_text(conflict: Conflict) -> bool:
    """Returns whether another value is typed as a text: all sides that have a value have a text."""
    present = [value for value in (conflict.base, conflict.canonical, conflict.draft) if value is not ABSENT]
    return bool(present) and all(isinstance(value, str) for value in present)


def _card(
    names: Names, number: int, entity: EntityRef, conflict: Conflict, choice: ConflictChoice | None
) -> ConflictCard:
    moved_to = conflict.target or conflict.renamed_to
    tokens = parse_pointer(conflict.path)
    members = ", ".join(format_pointer((name,))[1:] for name in conflict.members)
    crumbs = crumbs_of(names, entity, tokens)
    card = ConflictCard(
        number,
        names.entity(entity),
        conflict,
        (*crumbs, Crumb(members, members)) if members else crumbs,
        show_value(conflict.base),
        show_value(conflict.canonical),
        show_value(conflict.draft),
        takes_text(conflict),
        _start(conflict),
        None if moved_to is None else names.entity(moved_to),
        choice,
    )
    if choice is None or choice.is_move:
        return card
    return _answered(card, choice)


def _moved(view: EffectiveView, names: Names, card: ConflictCard) -> ConflictCard:
    """Returns the card with what a change that is to move makes of the entity that it moves to."""
    choice = card.answer
    if choice is None or not choice.is_move or card.moved_to is None or view.draft is None:
        return card
    side, target = choice.side, card.moved_to.entity

    def answer(conflict: Conflict) -> Maybe:
        return conflict.canonical if side == "canonical" else conflict.draft

    try:
        documents = preview_retarget(view, view.draft, card.named.entity, answer)
    except GitdraftError as error:
        return replace(card, problem=error.message)
    if documents is None:
        return card
    before, after = documents
    sides = Sides(names.places(target, before), names.places(target, after))
    rows = list(islice(compare(before, after, sides), MOST_FIELDS))
    return replace(card, moved=place_problems(names, target, rows, (), ()))


def _whole(card: ConflictCard) -> ConflictCard:
    sides = (card.conflict.base, card.conflict.canonical, card.conflict.draft)
    base, canonical, draft = (show_value(value, whole=True) for value in sides)
    return replace(card, base=base, canonical=canonical, draft=draft)


def _answered(card: ConflictCard, choice: ConflictChoice) -> ConflictCard:
    try:
        return replace(card, result=show_value(answer_of(card.conflict, choice)))
    except GitdraftError as error:
        return replace(card, problem=error.message)


def _start(conflict: Conflict) -> str:
    """What another value begins with: the draft's, where it has one."""
    value = next((v for v in (conflict.draft, conflict.canonical, conflict.base) if v is not ABSENT), "")
    return value if takes_text(conflict) else indented(value)
