"""What there is to see of tombstones: the redirects, where they lead, their sums, what was deleted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gitdraft.errors import StateRefused
from gitdraft.index.redirects import redirect_sources
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, Redirected
from gitdraft.model.tombstones import DeletedTombstone, RedirectTombstone
from gitdraft.store.redirects import redirects, tombstones
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import find_entity, unknown_entity
from gitdraft.views.guards import entity_deleted

Listed = list[tuple[EntityRef, EntityRef, RedirectTombstone]]


@dataclass(frozen=True, slots=True)
class RedirectCounts:
    """Redirects in all, by type, by month (`2026-01`, oldest first, months without any included), and the
    entities that most lead to."""

    total: int
    by_type: tuple[tuple[str, int], ...]
    by_month: tuple[tuple[str, int], ...]
    most: tuple[tuple[EntityRef, int], ...]


def list_redirects(canonical: Snapshot, types: tuple[str, ...], target: EntityRef | None = None) -> Listed:
    """Canonical's redirects with their targets, those to ``target`` alone where one is given; sorted."""
    if target is not None:
        found = ((source, canonical.tombstone(source)) for source in redirect_sources(canonical, target))
        return [(source, target, tomb) for source, tomb in found if isinstance(tomb, RedirectTombstone)]
    return [
        (source, EntityRef(name, tombstone.redirects_to), tombstone)
        for name in types
        for source, tombstone in redirects(canonical, name).items()
    ]


def list_tombstones(canonical: Snapshot, types: tuple[str, ...]) -> list[tuple[EntityRef, str]]:
    """What canonical redirects (`redirected`) or has softly deleted (`deleted`), sorted. What was erased is hidden."""
    words = {RedirectTombstone: "redirected", DeletedTombstone: "deleted"}
    return [
        (entity, words[type(tombstone)])
        for name in types
        for entity, tombstone in tombstones(canonical, name)
        if type(tombstone) in words
    ]


def resolve_redirect(view: EffectiveView, text: str) -> EntityRef:
    """Where the entity that the user named leads in the end, if that is live. Raises NotFound, StateRefused."""
    end = follow(view, find_entity(view, text))
    match view.state(end):
        case Deleted():
            raise entity_deleted(end, view.canonical.tombstone(end))
        case Absent():
            raise unknown_entity(view, end)
    return end


def count_redirects(found: Listed, most: int) -> RedirectCounts:
    """The sums of a list, with the ``most`` redirected-to entities."""
    months = Counter(tombstone.at[:7] for _, _, tombstone in found)
    targets = Counter(target for _, target, _ in found)
    by_count = sorted(targets.items(), key=lambda item: (-item[1], item[0]))
    return RedirectCounts(
        len(found),
        tuple(sorted(Counter(source.type for source, _, _ in found).items())),
        tuple((month, months[month]) for month in _months(sorted(months))),
        tuple(by_count[:most]),
    )


def _months(known: list[str]) -> list[str]:
    """All months from the first to the last."""
    if not known:
        return []
    found = [known[0]]
    while found[-1] < known[-1]:
        year, month = int(found[-1][:4]), int(found[-1][5:])
        found.append(f"{year + month // 12:04}-{month % 12 + 1:02}")
    return found


MOST_HOPS = 100


def follow(view: EffectiveView, entity: EntityRef) -> EntityRef:
    """Where the redirects from ``entity`` end in this view: itself when it is none; what stands there may be
    live, deleted or nothing; a file there is not read.

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
