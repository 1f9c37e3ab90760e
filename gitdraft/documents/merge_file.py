"""Merging files as the documents that they hold; the merged file is formatted as ours is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from gitdraft.documents.conflict_markers import MarkerForm, mark_lines
from gitdraft.documents.edit import edit_json
from gitdraft.documents.merge.three_way import MergedDocument, merge_documents
from gitdraft.documents.parse import Limits, parse_json
from gitdraft.documents.serialise import dump_json
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.lists import MergeRules
from gitdraft.model.merge import Resolution
from gitdraft.model.values import ABSENT, JSON, Maybe

MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Versions:
    """The three versions of a file that two sides changed, as documents; :data:`ABSENT` where there is none.
    ``ours_text`` and ``theirs_text`` are those files as they are written. ``theirs_leads`` where theirs is what canonical
    has (`git merge main` on another branch): members that follow canonical (C1) have its value."""

    base: Maybe
    ours: Maybe
    theirs: Maybe
    ours_text: bytes | None
    theirs_text: bytes | None = None
    theirs_leads: bool = False

    def merged(self, rules: MergeRules, resolutions: Sequence[Resolution] = ()) -> MergedDocument:
        """Returns what ours and theirs make of the base together."""
        return merge_documents(
            self.base, self.ours, self.theirs, rules, resolutions, theirs_leads=self.theirs_leads
        )

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

    return Versions(document("base", base), document("ours", ours), document("theirs", theirs), ours, theirs)


def present_conflicts(
    versions: Versions,
    rules: MergeRules,
    form: MarkerForm,
    resolutions: Sequence[Resolution] = (),
    current: tuple[bytes, JSON] | None = None,
) -> bytes:
    """Returns our file with what merged cleanly, and git's conflict markers around the members in conflict.

    ``resolutions`` are the conflicts that have an answer. ``current`` is the file with its document as it is by now,
    with edits made since: what was edited in place of a conflict stays without markers.
    """
    merged = versions.merged(rules, resolutions).document
    if current is None:
        text, document = versions.written(merged) or b"", merged
    else:
        text, document = current
    sides = []
    for side in ("base", "draft"):
        answered = _answered(versions, rules, resolutions, side)
        value = merge_documents(merged, document, answered, rules).document
        sides.append(b"" if value is ABSENT else edit_json(text, value))
    marked = mark_lines(text, sides[0], sides[1], form)
    if (
        marked == text and current is None
    ):  # nothing that can be seen member by member: the whole file is in conflict
        return mark_lines(versions.ours_text or b"", b"", versions.theirs_text or b"", form)
    return marked


def _answered(
    versions: Versions, rules: MergeRules, resolutions: Sequence[Resolution], side: Literal["base", "draft"]
) -> Maybe:
    """Returns the merge with one side's value for each open conflict; an answer may open another conflict."""
    answers = tuple(resolutions)
    merged = versions.merged(rules, answers)
    for _ in range(MOST_ROUNDS):
        if not merged.conflicts:
            break
        answers += tuple(
            Resolution(c.path, c.type, c.canonical, c.draft, c.draft if side == "draft" else c.base)
            for c in merged.conflicts
        )
        merged = versions.merged(rules, answers)
    return merged.document


def mark_conflicts(versions: Versions, rules: MergeRules, merged: MergedDocument) -> MergedDocument:
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
