"""The page on which an entity is edited: the form that its schema makes, its JSON beside it, what was typed into either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import islice

from gitdraft.documents.diff import diff
from gitdraft.documents.edit import edit_json
from gitdraft.documents.parse import READABLE, parse_document, parse_json
from gitdraft.documents.pointers import Tokens, get, parse_pointer
from gitdraft.documents.rebase import rebase_patch
from gitdraft.documents.serialise import dump_compact, dump_json
from gitdraft.drafts.diff import entity_file
from gitdraft.drafts.edit_functions import no_document
from gitdraft.errors import GitdraftError, InvalidInput, StateRefused
from gitdraft.formats.configuration import EntityType
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Live
from gitdraft.model.pages import TypedForm
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.model.violations import Violation
from gitdraft.review.changes import Field, place_problems
from gitdraft.review.compare import Sides, compare
from gitdraft.review.controls import Drawing, Part
from gitdraft.review.entity import find_entities
from gitdraft.review.names import Names
from gitdraft.review.state import entity_state
from gitdraft.review.text import LINE_END, escaped_json
from gitdraft.review.typed import Mistyped, Typed, put, read_typed, take_step
from gitdraft.review.values import Named
from gitdraft.store.drafts import read_header
from gitdraft.store.repository import Store
from gitdraft.validation.schema_places import blank_document
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.entity_names import parse_entity

MOST_SUGGESTED = 200  # entities of a type that a form offers at once; a search offers others
LARGEST_EDITED = 400_000  # characters of a document that is sent to a browser and back
MOVED = "The entity is not any more as the page showed it."


@dataclass(frozen=True, slots=True)
class EditPage:
    """An entity that is being edited in a draft. ``shown`` is the document that the page began with (ABSENT: it is new), ``drawn``
    the one that its form is of; ``state`` is how the entity was then. ``text`` is its JSON, where that is edited.
    ``meanwhile`` is what somebody else changed since."""

    draft: str
    draft_title: str
    named: Named
    state: str
    shown: Maybe
    drawn: JSON
    form: Part | None
    text: str | None
    mistakes: Mapping[str, Mistyped] = field(default_factory=dict)
    focus: str = ""
    meanwhile: tuple[Field, ...] = ()
    suggested: Mapping[tuple[str, ...], Sequence[Named]] = field(default_factory=dict)
    problem: str = ""
    violations: tuple[Violation, ...] = ()
    is_touched: bool = False
    identity: Tokens = ()

    @property
    def is_new(self) -> bool:
        """Whether the draft does not have the entity yet."""
        return self.shown is ABSENT

    @property
    def is_outdated(self) -> bool:
        """Whether the entity is not any more as the page that was sent showed it."""
        return bool(self.meanwhile)

    @property
    def is_sound(self) -> bool:
        """Whether what was typed can be saved."""
        return not self.mistakes and not self.is_outdated and not self.problem

    def at(self, pointer: str) -> list[Violation]:
        """Returns the violations at a place of the form that no place below it shows."""
        return [violation for violation in self.violations if self._nearest(violation.pointer) == pointer]

    def _nearest(self, pointer: str) -> str:
        """The pointer of the place in the form that is nearest above, or at, a pointer."""
        places = {part.pointer for part in self.form.walk()} if self.form is not None else {""}
        while pointer not in places:
            pointer = pointer.rpartition("/")[0]
        return pointer


def edit_page(store: Store, draft_id: str, entity: str, typed: TypedForm | None = None) -> EditPage:
    """Returns the page with what was typed. Raises NotFound, StateRefused where there is nothing to edit."""
    draft = store.find_draft(draft_id)
    view = open_view(store, draft)
    ref = parse_entity(view.canonical.configuration, entity)
    now = _document(view, ref)
    names, entity_type = Names(view), view.canonical.configuration.entities[ref.type]
    drawing = Drawing(names, entity_type)
    shown, content = now, Typed(blank_document(view.canonical, ref) if now is ABSENT else now)
    is_json = False
    if typed is not None:
        shown = _sent(typed.shown) if typed.shown else ABSENT
        content, is_json = _read(drawing, typed, content.document if shown is ABSENT else shown)
    page = EditPage(
        draft_id,
        read_header(store.git, draft).title,
        names.entity(ref),
        entity_state(view.state(ref), ref),
        now,
        content.document,
        None,
        None,
        content.mistakes,
        content.focus,
        is_touched=typed is not None,
        identity=drawing.identity,
    )
    if typed is not None and typed.state != page.state:
        sides = Sides(names.places(ref, shown), names.places(ref, now))
        meanwhile = place_problems(names, ref, list(islice(compare(shown, now, sides), 500)), (), ())
        content = replace(content, document=_onto(shown, now, content.document, entity_type))
        page = replace(page, drawn=content.document, meanwhile=meanwhile, problem="" if meanwhile else MOVED)
    if is_json:
        text = (
            typed.text if typed is not None and "" in content.mistakes else _text(view, ref, content.document)
        )
        return replace(page, text=text)
    form = drawing.draw(content.document)
    types = dict.fromkeys(part.control.types for part in form.walk() if part.control.types)
    return replace(page, form=form, suggested={each: suggestions(view, names, each) for each in types})


def refused(page: EditPage, error: GitdraftError) -> EditPage:
    """Returns the page with why what was typed was not saved: beside the places where rules are broken, else at the top."""
    said = error.context.get("violations", ())
    violations = tuple(
        Violation(page.named.entity, each["path"], each["rule"], each["message"], each["severity"])
        for each in said
        if each.get("entity") == str(page.named.entity)
    )
    problem = "" if page.is_outdated else error.message
    if violations:
        problem = "It is not saved: it breaks rules, each shown at its place."
    return replace(page, violations=violations, problem=problem)


def state_in(store: Store, draft_id: str, entity: str) -> str:
    """Returns what stands for an entity as the page of a draft shows it now. Raises NotFound."""
    view = open_view(store, store.find_draft(draft_id))
    ref = parse_entity(view.canonical.configuration, entity)
    return entity_state(view.state(ref), ref)


def suggestions(
    view: EffectiveView, names: Names, types: tuple[str, ...], query: str = ""
) -> Sequence[Named]:
    """Returns the first of the entities that a reference to one of these types may name."""
    entities = (entity for each in types for entity in find_entities(view, query, each))
    return [names.entity(entity) for entity in islice(entities, MOST_SUGGESTED)]


def _document(view: EffectiveView, entity: EntityRef) -> Maybe:
    state = view.state(entity)
    match state:
        case Live(document=document):
            if len(dump_compact(document)) > LARGEST_EDITED:
                raise StateRefused(
                    f"'{entity}' is too large to be edited in a browser",
                    code="too-large",
                    context={"entity": str(entity)},
                )
            return document
        case Absent():
            return ABSENT
    file = None if view.draft is None else view.draft.file(entity)
    raise no_document(view, entity, state, deletes=file is not None and file.kind == "delete")


def _read(drawing: Drawing, typed: TypedForm, shown: JSON) -> tuple[Typed, bool]:
    """Returns what was typed into the form, or into the JSON, and whether the JSON is shown next."""
    drawn = _sent(typed.drawn) if typed.drawn else shown
    if typed.text is None:
        content = read_typed(drawing.draw(drawn), drawn, typed.fields)
        stepped = take_step(drawing, content, typed.step, typed.fields)
        return stepped, typed.step == "json" and not content.mistakes
    try:
        limits = drawing.names.view.canonical.configuration.limits
        content = Typed(parse_document(typed.text.encode(), limits=limits, source="the text"))
    except GitdraftError as error:
        return Typed(drawn, {"": Mistyped(typed.text, error.message)}), True
    return content, typed.step != "form"


def _sent(text: str) -> JSON:
    return parse_json(text.encode(), limits=READABLE, source="what the page sent")


def _onto(shown: Maybe, now: Maybe, typed: JSON, entity_type: EntityType) -> JSON:
    """Returns what was typed on the page of ``shown``, as edits of what is there ``now``; where both wrote a place it is as
    typed, for the person to see."""
    if not isinstance(shown, dict) or not isinstance(now, dict):
        return typed
    merged = rebase_patch(shown, now, diff(shown, typed), entity_type.merge_rules)
    if not merged.conflicts:
        return typed if merged.document is ABSENT else merged.document
    document = deepcopy(merged.document if isinstance(merged.document, dict) else now)
    for pointer in (pointer for conflict in merged.conflicts for pointer in conflict.pointers):
        try:
            tokens = parse_pointer(pointer)
            put(document, tokens, get(typed, tokens))
        except (InvalidInput, ValueError, IndexError):  # an element that is named by its key
            return typed
    return document


def _text(view: EffectiveView, entity: EntityRef, document: JSON) -> str:
    """Returns a document as the entity's file would have it, with nothing unseen in it."""
    try:
        file = entity_file(view, entity)
        text = dump_json(document) if file is None else edit_json(file, document)
    except (GitdraftError, RecursionError):
        text = dump_json(document)
    return LINE_END.sub("\n", escaped_json(text.decode()))
