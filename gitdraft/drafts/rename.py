"""Renaming an entity in a draft: another key, whoever names it naming it so, and edits of what a draft calls otherwise.

The draft keeps the renaming with its edits under the old name, as canonical has the entity; people see and edit it under the
new one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from gitdraft.canonical.rename import require_renamable
from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.patch import apply_patch
from gitdraft.drafts.edit_functions import (
    EditFunction,
    EditResult,
    EditTarget,
    create_entity,
    drop_change,
    live_document,
    replace_document,
    repoint,
)
from gitdraft.lazy_dataclass import replace
from gitdraft.model.changes import Change, Delete, Patch, Redirect, Rename, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, EntityState, Live, Redirected
from gitdraft.model.values import JSON
from gitdraft.store.reference_edits import replace_references, under_new_name
from gitdraft.store.references import references_in
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.references import referrers_in


def renaming_edits(
    view: EffectiveView, source: EntityRef, target: EntityRef, *, redirect: bool
) -> Iterator[tuple[EntityRef, EditFunction]]:
    """Yields the edits that give ``source`` the name ``target`` in a draft: its own, those of the entities that name it, and of
    the draft's redirects to it.

    Raises what ``require_renamable`` does; a name that the entity has on canonical it may have again.
    """
    old = view.old_name(source)
    if target != old:
        require_renamable(view, source, target, redirect=redirect)
    yield from naming_edits(view, source, target, redirect=redirect)
    yield from following_edits(view, {source: target})


def naming_edits(
    view: EffectiveView,
    source: EntityRef,
    target: EntityRef,
    *,
    redirect: bool,
    name: Callable[[JSON], JSON] | None = None,
) -> Iterator[tuple[EntityRef, EditFunction]]:
    """Yields the edits that give ``source`` alone the name ``target``, which is free; ``name`` makes the document of it."""
    old = view.old_name(source)
    if old is None and not isinstance(view.canonical.state(source), Live):  # the draft creates it
        state = view.state(source)
        assert isinstance(state, Live)
        name = name or under_new_name(view.canonical.configuration, view.holds, source, target)
        yield source, drop_change()
        yield target, create_entity(name(state.document))
    else:
        yield old or source, rename_entity(target, redirect=redirect, name=name)


def dropping_edits(view: EffectiveView, entity: EntityRef) -> Iterator[tuple[EntityRef, EditFunction]]:
    """Yields the edits that take an entity out of a draft; with a renaming, those too that named it by its new name."""
    renamed = next((e for e in view.changed() if entity in (e, view.old_name(e))), None)
    old = None if renamed is None else view.old_name(renamed)
    if renamed is None or old is None:
        yield entity, drop_change()
    else:
        yield old, drop_change()
        yield from following_edits(view, {renamed: old})


def rename_entity(
    target: EntityRef, *, redirect: bool, name: Callable[[JSON], JSON] | None = None
) -> EditFunction:
    """Returns the edit that gives an entity of canonical, which may have another name in the draft, the name ``target``;
    ``name`` makes the document of it."""

    def make(current: EditTarget) -> EditResult:
        view, entity, patch = current.view, current.entity, None
        named: EntityRef = entity
        if isinstance(current.change, Rename):
            named, patch = current.change.target, current.change.patch
        elif isinstance(current.change, Update):
            patch = current.change.patch
        state = view.state(named)
        document = live_document(current) if not isinstance(state, Live) else state.document
        new = name or under_new_name(view.canonical.configuration, view.holds, named, target)
        return renaming_result(current, target, new(document), patch or (), redirect=redirect)

    return make


def renaming_result(
    current: EditTarget, target: EntityRef, document: JSON, patch: Patch, *, redirect: bool
) -> EditResult:
    """Returns the draft's change of an entity of canonical that is to be called ``target`` and to be ``document`` there. The
    ``patch`` is kept where it makes that document."""
    assert isinstance(current.canonical, Live)
    before, entity = current.canonical.document, current.entity
    if target == entity:
        patch = diff(before, document)
        change: Change | None = Update(entity, patch) if patch else None
        return EditResult(change, Live(document), change != current.change)
    rename = under_new_name(
        current.view.canonical.configuration, current.view.canonical.holds, entity, target
    )
    if not identical(rename(apply_patch(before, patch)), document):
        patch = diff(rename(before), document)
    change = Rename(entity, target, patch, redirect)
    state: EntityState = Redirected(target) if redirect else Absent()
    return EditResult(change, state, change != current.change, renamed=Live(document))


def under_old_name(current: EditTarget, result: EditResult) -> EditResult:
    """Returns what was done to an entity under the name that the draft gives it, as the change of the entity ``current`` that
    canonical has."""
    renaming = current.change
    assert isinstance(renaming, Rename)
    match result.change:
        case Delete() | Redirect():
            return replace(result, change=replace(result.change, entity=current.entity))
        case Update(patch=patch):
            pass
        case _:
            patch = ()
    assert isinstance(result.state, Live)
    target, document = renaming.target, result.state.document
    renamed = renaming_result(current, target, document, patch, redirect=renaming.redirect)
    return replace(renamed, places=result.places)


def following_edits(
    view: EffectiveView, names: Mapping[EntityRef, EntityRef], edited: Collection[EntityRef] = ()
) -> Iterator[tuple[EntityRef, EditFunction]]:
    """Yields the edits of who names, or is redirected to, in the draft, what is now called otherwise (old name to new one),
    those of ``edited`` left out."""
    referrers = {referrer for source in names for referrer in referrers_in(view, source)}
    for referrer in sorted(referrers.difference(edited)):
        state = view.state(referrer)
        assert isinstance(state, Live)
        yield referrer, replace_document(retargeted(view, names, state.document, referrer))
    for entity in view.changed():
        applied = view.applied_change(entity)
        change = None if applied is None else applied.change
        if isinstance(change, Redirect) and change.target in names and entity not in edited:
            yield entity, repoint(names[change.target])


def retargeted(
    view: EffectiveView, names: Mapping[EntityRef, EntityRef], document: JSON, referrer: EntityRef
) -> JSON:
    """Returns the document of ``referrer`` with references to the new names in place of the old ones."""
    new = frozenset(names.values())
    references = references_in(view.canonical.configuration.entities[referrer.type], document)
    named = {entity for reference in references for entity in reference.candidates}
    for source, target in [(source, names[source]) for source in names if source in named]:
        document = replace_references(
            view.canonical.configuration,
            lambda entity: entity in new or view.holds(entity),
            document,
            source,
            target,
            referrer,
        )
    return document
