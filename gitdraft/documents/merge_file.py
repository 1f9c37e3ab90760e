"""Merging files as the documents that they hold; the merged file is formatted as ours is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gitdraft.documents.edit import edit_json
from gitdraft.documents.merge.three_way import MergedDocument, merge_documents
from gitdraft.documents.parse import Limits, parse_json
from gitdraft.documents.serialise import dump_json
from gitdraft.model.lists import ListRules
from gitdraft.model.merge import Resolution
from gitdraft.model.values import ABSENT, Maybe


@dataclass(frozen=True, slots=True)
class Versions:
    """The three versions of a file that two sides changed, as documents; :data:`ABSENT` where there is none.
    ``ours_text`` is our file as it is written."""

    base: Maybe
    ours: Maybe
    theirs: Maybe
    ours_text: bytes | None

    def merged(self, rules: ListRules, resolutions: Sequence[Resolution] = ()) -> MergedDocument:
        """Returns what ours and theirs make of the base together."""
        return merge_documents(self.base, self.ours, self.theirs, rules, resolutions)

    def written(self, document: Maybe) -> bytes | None:
        """Returns the document as our file would hold it; ``None`` for no file."""
        if document is ABSENT:
            return None
        return dump_json(document) if self.ours_text is None else edit_json(self.ours_text, document)


def parse_versions(
    base: bytes | None, ours: bytes | None, theirs: bytes | None, limits: Limits = Limits()
) -> Versions:
    """Returns the versions of a file. Raises InvalidInput naming the side that is no JSON within ``limits``."""

    def document(side: str, content: bytes | None) -> Maybe:
        return ABSENT if content is None else parse_json(content, limits=limits, source=side)

    return Versions(document("base", base), document("ours", ours), document("theirs", theirs), ours)


def mark_conflicts(versions: Versions, rules: ListRules, merged: MergedDocument) -> MergedDocument:
    """Returns the merge with a value at each conflict that neither side has.

    For a base that is itself a merge: a side that kept or took back one of its values must meet the conflict again.
    """
    marked = [
        Resolution(
            c.path,
            c.type,
            c.canonical,
            c.draft,
            {"<<<<<<< ours": _shown(c.canonical), ">>>>>>> theirs": _shown(c.draft)},
        )
        for c in merged.conflicts
    ]
    return replace(versions.merged(rules, marked), conflicts=merged.conflicts)


def _shown(value: Maybe) -> Maybe:
    return [] if value is ABSENT else [value]
