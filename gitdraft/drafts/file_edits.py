"""Entity files that were edited with any tool, as edits of a draft: minimal patches, and where a file was moved, the entity's
other name.

Git has no word for a moved file, so the two files say it (:func:`_names`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gitdraft.canonical.rename import require_renamable
from gitdraft.documents.equality import fingerprint
from gitdraft.documents.merge.renames import find_renames
from gitdraft.documents.parse import read_document
from gitdraft.documents.pointers import Tokens, get, parse_pointer
from gitdraft.drafts.edit import Edit
from gitdraft.drafts.edit_functions import create_entity, delete_entity, edit_document, merge_edit
from gitdraft.drafts.rename import following_edits, naming_edits, retargeted
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.formats.keys import fold_key
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Live
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.store.reference_edits import under_new_name
from gitdraft.store.renamed_entities import without_id
from gitdraft.views.effective_view import EffectiveView


@dataclass(frozen=True, slots=True)
class FileEdit:
    """An entity file that was edited: its text as it was, and as it is now (``None``: no file)."""

    path: str
    before: bytes | None
    now: bytes | None


class _Sides(NamedTuple):
    """The document of an entity file as it was, and as it is now; ``ABSENT`` where there is no file, or it was no document."""

    before: Maybe
    now: Maybe


Names = Mapping[EntityRef, EntityRef]
"""Entities whose files were moved, with the names that they have now."""


def edits_of_files(
    view: EffectiveView, files: Sequence[FileEdit], message: str | None, *, renames: bool = True
) -> list[Edit]:
    """Returns the edits of the draft that edited files make; ``message`` is the reason of deletions.

    A file that was moved is its entity under another name, unless ``renames`` is false: who names it follows, and the old
    name redirects to the new one. What the draft changed meanwhile is merged. Raises InvalidInput for a file that is no
    document.
    """
    sides = dict(_read(view, file) for file in files)
    names = _names(view, sides) if renames else {}
    edits = [edit for source in names for edit in _moved(view, names, sides, source)]
    others = [entity for entity in sides if entity not in names and entity not in names.values()]
    edits += [_edit(view, names, entity, sides[entity], message) for entity in others]
    return edits + [Edit(*edit) for edit in following_edits(view, names, sides)]


def _read(view: EffectiveView, file: FileEdit) -> tuple[EntityRef, _Sides]:
    entity = view.canonical.configuration.entity_at(file.path)
    assert entity is not None
    limits = view.canonical.configuration.limits
    before = now = ABSENT
    if file.now is not None:
        now = read_document(file.now, limits=limits, source=file.path)
    if file.before is not None:
        try:
            before = read_document(file.before, limits=limits, source=file.path)
        except InvalidInput:
            if file.now is not None:
                raise
    return entity, _Sides(before, now)


def _edit(view: EffectiveView, names: Names, entity: EntityRef, sides: _Sides, message: str | None) -> Edit:
    if sides.now is ABSENT:
        return Edit(entity, delete_entity(message or "deleted in the worktree"))
    document = retargeted(view, names, sides.now, entity)
    if sides.before is ABSENT:
        return Edit(entity, create_entity(document))
    return Edit(entity, edit_document(sides.before, document))


def _moved(
    view: EffectiveView, names: Names, sides: Mapping[EntityRef, _Sides], source: EntityRef
) -> Iterator[Edit]:
    """Yields the edits that rename an entity and make it what its file is now."""
    target, configuration = names[source], view.canonical.configuration
    under = under_new_name(configuration, view.holds, source, target)

    def named(document: JSON) -> JSON:
        return retargeted(view, names, under(document), target)

    def make(current: JSON) -> JSON:
        before, now = sides[source].before, sides[target].now
        return merge_edit(
            target, named(current), named(before), named(now), configuration.entities[target.type].merge_rules
        )

    redirect = fold_key(source.key) != fold_key(target.key)
    return (Edit(*edit) for edit in naming_edits(view, source, target, redirect=redirect, name=make))


def _names(view: EffectiveView, sides: Mapping[EntityRef, _Sides]) -> Names:
    """Returns the entities whose files were moved.

    A file that is gone and a new one of the same type are one where the new one still has the old id; otherwise, ids aside,
    where they are equal, or are one renamed object by R10's measure (over half of their leaves alike, as git's own). Each
    pairs with the other alone, and the new name is free.
    """
    gone = {
        e: s.before
        for e, s in sides.items()
        if s.now is ABSENT and s.before is not ABSENT and _is_live(view, e)
    }
    new = {e: s.now for e, s in sides.items() if s.before is ABSENT and s.now is not ABSENT}
    names: dict[EntityRef, EntityRef] = {}
    for entity_type in {entity.type for entity in gone}:
        id_pointer = view.canonical.configuration.entities[entity_type].id_pointer
        tokens = parse_pointer(id_pointer) if id_pointer else ()
        removed = {entity.key: document for entity, document in gone.items() if entity.type == entity_type}
        added = {entity.key: document for entity, document in new.items() if entity.type == entity_type}
        names |= {
            EntityRef(entity_type, old): EntityRef(entity_type, key)
            for old, key in _moved_keys(removed, added, tokens).items()
        }
    return {source: target for source, target in names.items() if _is_renamable(view, source, target)}


def _moved_keys(removed: dict[str, JSON], added: dict[str, JSON], tokens: Tokens) -> dict[str, str]:
    """Returns the old keys of what was moved, with the new ones; ``tokens`` lead to the id (empty: there is none)."""
    keys: dict[str, str] = {}
    if tokens:
        ids = {key: get(document, tokens) for key, document in added.items()}
        keys = _unique(
            [(named, key) for key, named in ids.items() if isinstance(named, str) and named in removed]
        )
        added = {key: document for key, document in added.items() if ids[key] == key}
    old = {key: without_id(document, tokens) for key, document in removed.items() if key not in keys}
    new = {key: without_id(document, tokens) for key, document in added.items() if key not in keys.values()}
    texts = {key: fingerprint(document) for key, document in new.items()}
    alike: dict[object, list[str]] = {}
    for key, text in texts.items():
        alike.setdefault(text, []).append(key)
    equal = _unique(
        [(one, key) for one, document in old.items() for key in alike.get(fingerprint(document), ())]
    )
    old = {key: document for key, document in old.items() if key not in equal}
    new = {key: document for key, document in new.items() if key not in equal.values()}
    return keys | equal | find_renames(old, new)


def _unique(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Returns the pairs whose sides are in no other pair."""
    olds, news = Counter(old for old, _ in pairs), Counter(new for _, new in pairs)
    return {old: new for old, new in pairs if olds[old] == 1 and news[new] == 1}


def _is_live(view: EffectiveView, entity: EntityRef) -> bool:
    return isinstance(view.state(entity), Live)


def _is_renamable(view: EffectiveView, source: EntityRef, target: EntityRef) -> bool:
    if view.old_name(source) == target:
        return True
    try:
        require_renamable(view, source, target, redirect=False)
    except GitdraftError:
        return False
    return True
