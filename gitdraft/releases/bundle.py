"""A module with everything that it needs: whom it names as members, whom these refer to and inherit from, and so on."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.documents.inheritance import Effective
from gitdraft.documents.pointers import format_pointer
from gitdraft.errors import NotFound
from gitdraft.model.bundles import Bundle, BundledEntity, EffectiveMember, Lack
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Live, Redirected
from gitdraft.releases.modules import named_members
from gitdraft.store.inheritance import declared_in
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import find_entity
from gitdraft.views.inheritance import effective_of
from gitdraft.views.redirects import resolve_redirect
from gitdraft.views.references import state_of, targets_of


def bundle(view: EffectiveView, text: str) -> Bundle:
    """Returns the module that ``text`` names, by its key or as `type/key`, with everything that it needs; any other entity is
    taken as a module of itself. A redirect is followed.

    Raises NotFound, StateRefused for one that is deleted, InvalidInput for a needed file that is no document.
    """
    module = resolve_redirect(view, _qualified(view, text))
    documents, redirects, missing = {}, [], []
    known, waiting = {module}, [module]
    while waiting:
        entity = waiting.pop()
        state = view.state(entity)
        if isinstance(state, Live):
            documents[entity] = state.document
        elif isinstance(state, Redirected):
            redirects.append((entity, state.target))
        for candidates, pointer in _needs(view, entity):
            target = candidates[0]
            match state_of(view, target):
                case "deleted" | "missing" as status:
                    named = str(target) if len(candidates) == 1 else target.key
                    missing.append(Lack(entity, pointer, named, status))
                case _ if target not in known:
                    known.add(target)
                    waiting.append(target)
    effective = effective_of(view, documents)
    entities = [BundledEntity(e, d, _members(effective.get(e))) for e, d in sorted(documents.items())]
    draft = None if view.draft is None else view.draft.id
    lacking = tuple(sorted(set(missing)))
    return Bundle(module, view.canonical.commit, draft, tuple(entities), tuple(sorted(redirects)), lacking)


def _qualified(view: EffectiveView, text: str) -> str:
    """Returns the text with the type of modules before it, where there is such a module."""
    rule = view.canonical.configuration.modules
    if rule is None or text.partition("/")[0] in view.canonical.configuration.entities:
        return text
    try:
        return str(find_entity(view, f"{rule.type}/{text}"))
    except NotFound:
        return text


def _needs(view: EffectiveView, entity: EntityRef) -> Iterator[tuple[tuple[EntityRef, ...], str]]:
    """Yields what an entity names, with the place: the entity, or those that it may be where none of them is there."""
    state = view.state(entity)
    if isinstance(state, Redirected):
        yield (state.target,), ""
    if not isinstance(state, Live):
        return
    entity_type = view.canonical.configuration.entities[entity.type]
    targets = targets_of(view, entity)
    for target, pointer, _ in targets:
        yield (target,), pointer
    if entity_type.inherits is not None:
        referred = {target for target, _, _ in targets}
        for parent in declared_in(entity_type, state.document).parents:
            if parent not in referred:
                yield (parent,), entity_type.inherits.parents
    for candidates, tokens in named_members(view, entity):
        yield candidates, format_pointer(tokens)


def _members(effective: Effective | None) -> tuple[EffectiveMember, ...] | None:
    if effective is None:
        return None
    return tuple(EffectiveMember(m.name, m.requirement, m.source, m.depth) for m in effective.members)
