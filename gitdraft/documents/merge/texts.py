"""Strings declared `text` merge by lines (R9)."""

from __future__ import annotations

import re

from gitdraft.documents.merge.context import MergeContext
from gitdraft.documents.merge.ordered_lists import merge_ordered
from gitdraft.documents.pointers import Tokens
from gitdraft.model.values import Maybe

LINE = re.compile(r"[^\n]*\n|[^\n]+")


def merge_texts(context: MergeContext, path: Tokens, base: str, draft: str, canonical: str) -> Maybe:
    """The merged text; any conflict of lines is one `modify/modify` at the string."""
    part = MergeContext(context.merge_node)
    sides = (LINE.findall(side) for side in (base, draft, canonical))
    lines = merge_ordered(part, (), path, *sides)
    if part.conflicts:
        return context.conflict(path, "modify/modify", base, draft, canonical)
    return "".join(lines)
