"""Members that history shows to change together: what `init` proposes as groups (G1)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise

from gitdraft.documents.equality import identical
from gitdraft.documents.parse import parse_json
from gitdraft.documents.pointers import Tokens, format_pointer
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration
from gitdraft.git.history import first_parents
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import changed_files
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.common_changes import CommonChanges
from gitdraft.model.names import Oid
from gitdraft.model.values import ABSENT, JSON

FEWEST_COMMITS = 20
SHARE = 0.95
MOST_COMMITS = 5_000
MOST_CHANGES = 4_000
MOST_BYTES = 24 * 1024 * 1024
MOST_MEMBERS = 20
"""A change of more members of one object is a rewriting, which shows nothing."""
DEEPEST = 3


@dataclass(slots=True)
class _Object:
    """How often the members of the object at one path changed, and which two in the same change of a file."""

    changes: Counter[str] = field(default_factory=Counter)
    common: Counter[tuple[str, str]] = field(default_factory=Counter)
    commits: defaultdict[tuple[str, str], set[Oid]] = field(default_factory=lambda: defaultdict(set))
    places: set[Tokens] = field(default_factory=set)

    def add(self, names: list[str], commit: Oid, place: Tokens) -> None:
        self.places.add(place)
        self.changes.update(names)
        for pair in combinations(names, 2):
            self.common[pair] += 1
            if len(self.commits[pair]) < FEWEST_COMMITS:
                self.commits[pair].add(commit)

    def share(self, pair: tuple[str, str]) -> tuple[int, int]:
        """Returns in how many changes both changed, and in how many either did."""
        common = self.common[pair]
        return common, self.changes[pair[0]] + self.changes[pair[1]] - common

    def groups(self) -> Iterator[tuple[str, ...]]:
        """Yields the names that changed together, each pair of them; a name is in one group alone."""
        shown = {pair for pair in self.common if self._is_shown(pair)}
        grouped: list[list[str]] = []
        for name in sorted({name for pair in shown for name in pair}):
            group = next((g for g in grouped if all((other, name) in shown for other in g)), None)
            if group is None:
                grouped.append([name])
            else:
                group.append(name)
        yield from (tuple(group) for group in grouped if len(group) > 1)

    def _is_shown(self, pair: tuple[str, str]) -> bool:
        common, either = self.share(pair)
        return len(self.commits[pair]) >= FEWEST_COMMITS and common >= SHARE * either


def common_changes(
    source: ObjectSource, tip: Oid, configuration: Configuration
) -> Mapping[str, tuple[CommonChanges, ...]]:
    """Returns the members of the entities that changed together in at least :data:`FEWEST_COMMITS` commits, and in
    :data:`SHARE` of the changes of either, by type.

    History is read from ``tip`` back by first parents, as far as the bounds go: commits, changed files, bytes.
    """
    objects: defaultdict[tuple[str, Tokens], _Object] = defaultdict(_Object)
    for type_name, commit, old, new in _changes(source, tip, configuration):
        for place, names in _changed_members(old, new, ()):
            objects[type_name, place].add(names, commit, place)
            if place:
                objects[type_name, (*place[:-1], "*")].add(names, commit, place)
    by_type: defaultdict[str, list[CommonChanges]] = defaultdict(list)
    for (type_name, pattern), members in sorted(objects.items()):
        if pattern and (pattern[-1] == "*") != (len(objects[type_name, (*pattern[:-1], "*")].places) > 1):
            continue  # one place is named as it is, several by what they have in common
        for group in members.groups():
            common, changes = min(
                (members.share(pair) for pair in combinations(group, 2)), key=lambda s: s[0] / s[1]
            )
            pointers = tuple(format_pointer((*pattern, name)) for name in group)
            by_type[type_name].append(CommonChanges(pointers, common, changes))
    return {name: tuple(groups) for name, groups in by_type.items()}


def _changes(
    source: ObjectSource, tip: Oid, configuration: Configuration
) -> Iterator[tuple[str, Oid, JSON, JSON]]:
    """Yields the changes of entity files: the type, the commit, the entity before and after; newest first."""
    left, size = MOST_CHANGES, 0
    newer: dict[str, tuple[Oid, JSON]] = {}  # what the next older change of a file made of it
    for number, (commit, parent) in enumerate(pairwise(first_parents(source, tip))):
        if number >= MOST_COMMITS:
            return
        for change in changed_files(source, parent.tree, commit.tree):
            entity = configuration.entity_at(change.path)
            if entity is None or change.old is None or change.new is None:
                continue
            known = newer.pop(change.path, None)
            try:
                content = source.read_blob(change.old)
                size += len(content)
                old = parse_json(content, source=change.path)
                if known is None or known[0] != change.new:
                    content = source.read_blob(change.new)
                    size += len(content)
                    known = change.new, parse_json(content, source=change.path)
            except InvalidInput:
                continue
            newer[change.path] = change.old, old
            left -= 1
            if left < 0 or size > MOST_BYTES:
                return
            yield entity.type, commit.oid, old, known[1]


def _changed_members(old: JSON, new: JSON, above: Tokens) -> Iterator[tuple[Tokens, list[str]]]:
    """Yields each object that both have, by its path, with the sorted names of its members that differ."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return
    names = sorted(
        name
        for name in old.keys() | new.keys()
        if not identical(old.get(name, ABSENT), new.get(name, ABSENT))
    )
    if len(names) <= MOST_MEMBERS:
        yield above, names
    if len(above) < DEEPEST:
        for name in names:
            yield from _changed_members(old.get(name), new.get(name), (*above, name))
