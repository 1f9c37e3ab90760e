"""Canonical's redirects and tombstones: listed, counted, followed."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from gitdraft.errors import StateRefused
from gitdraft.index.redirects import redirect_sources
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, Redirected
from gitdraft.model.tombstones import DeletedTombstone, RedirectTombstone
from gitdraft.model.view_reports import RedirectCounts
from gitdraft.store.redirects import redirects, tombstones
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import find_entity, unknown_entity
from gitdraft.views.guards import entity_deleted

MOST_HOPS = 100


class ListedRedirect(NamedTuple):
    """A redirect of canonical, with its tombstone."""

    source: EntityRef
    target: EntityRef
    tombstone: RedirectTombstone


def list_redirects(
    canonical: Snapshot, types: tuple[str, ...], target: EntityRef | None = None
) -> list[ListedRedirect]:
    """Returns canonical's redirects of these types, or only those to ``target``, sorted."""
    if target is not None:
        pairs = ((source, canonical.tombstone(source)) for source in redirect_sources(canonical, target))
        return [ListedRedirect(s, target, tomb) for s, tomb in pairs if isinstance(tomb, RedirectTombstone)]
    return [
        ListedRedirect(source, EntityRef(name, tombstone.redirects_to), tombstone)
        for name in types
        for source, tombstone in redirects(canonical, name).items()
    ]


def list_tombstones(canonical: Snapshot, types: tuple[str, ...]) -> list[tuple[EntityRef, str]]:
    """Returns the entities that canonical has `redirected` or softly `deleted`, sorted; erased ones are hidden."""
    words = {RedirectTombstone: "redirected", DeletedTombstone: "deleted"}
    return [
        (entity, words[type(tombstone)])
        for name in types
        for entity, tombstone in tombstones(canonical, name)
        if type(tombstone) in words
    ]


def resolve_redirect(view: EffectiveView, text: str) -> EntityRef:
    """Returns where the redirects from the entity named ``text`` end. Raises NotFound, StateRefused when it is gone."""
    end = follow(view, find_entity(view, text))
    match view.state(end):
        case Deleted():
            raise entity_deleted(end, view.canonical.tombstone(end))
        case Absent():
            raise unknown_entity(view, end)
    return end


def count_redirects(listed: list[ListedRedirect], most: int) -> RedirectCounts:
    """Returns the counts of the listed redirects, with at most ``most`` targets."""
    months = Counter(redirect.tombstone.at[:7] for redirect in listed)
    targets = Counter(redirect.target for redirect in listed)
    by_count = sorted(targets.items(), key=lambda item: (-item[1], item[0]))
    return RedirectCounts(
        len(listed),
        tuple(sorted(Counter(redirect.source.type for redirect in listed).items())),
        tuple((month, months[month]) for month in _months(sorted(months))),
        tuple(by_count[:most]),
    )


def _months(known: list[str]) -> list[str]:
    """Returns all months from the first to the last of the sorted ``known``."""
    if not known:
        return []
    months = [known[0]]
    while months[-1] < known[-1]:
        year, month = int(months[-1][:4]), int(months[-1][5:])
        months.append(f"{year + month // 12:04}-{month % 12 + 1:02}")
    return months


def follow(view: EffectiveView, entity: EntityRef) -> EntityRef:
    """Returns where the redirects from ``entity`` end in this view: itself when it is not redirected.

    The end may be live, deleted or absent; its file is not read.

    Raises StateRefused: ``circular-redirect`` when they lead back, ``redirect-chain-too-long`` after
    ``MOST_HOPS`` (gitdraft writes no chain; somebody made this one by hand).
    """
    seen = [entity]
    while not view.is_live(seen[-1]) and isinstance(state := view.state(seen[-1]), Redirected):
        if state.target in seen:
            raise StateRefused(
                f"the redirects from '{entity}' lead back to '{state.target}'",
                code="circular-redirect",
                context={"entity": str(entity), "chain": [str(step) for step in seen]},
                hint=f"gitdraft redirect revert {state.target} --reason REASON",
            )
        if len(seen) > MOST_HOPS:
            raise StateRefused(
                f"the redirects from '{entity}' take more than {MOST_HOPS} steps",
                code="redirect-chain-too-long",
                context={"entity": str(entity)},
                hint="gitdraft doctor lists redirects to redirects",
            )
        seen.append(state.target)
    return seen[-1]
