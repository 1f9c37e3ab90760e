"""Rebasing a patch, and a whole change, from the base it was made against onto what canonical has now.

The base is in git, so this is a true three-way merge, and its answer depends on the arguments alone. (Trying
to apply the patch, and calling an exception a conflict, silently loses updates: a patch has no memory.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.merge.context import MergeContext
from gitdraft.documents.merge.declarations import parse_list_rules
from gitdraft.documents.merge.nodes import in_order_of, merge_node
from gitdraft.documents.patch import UNBOUNDED, apply_patch, parse_patch
from gitdraft.documents.patch_guards import check_copies, check_guards
from gitdraft.errors import GitdraftError, InvalidInput, PatchDoesNotApply
from gitdraft.model.changes import Patch, PatchOp
from gitdraft.model.lists import ListRules
from gitdraft.model.merge import PatchKind, RebaseResult, Resolution
from gitdraft.model.values import ABSENT, JSON, Maybe


def rebase_patch(
    base: Maybe,
    canonical: Maybe,
    patch: Sequence[PatchOp],
    lists: Mapping[str, JSON] | ListRules | None = None,
    *,
    resolutions: Sequence[Resolution] = (),
) -> RebaseResult:
    """Rebase ``patch``, made against ``base``, onto ``canonical``. Nothing that comes in is changed.

    ``lists`` declares how lists merge, by pointer (`{"/items": {"type": "keyed", "key": ["id"]}}`); what is
    not declared is an ordered list. ``resolutions`` are answers to conflicts. ``canonical`` may be ``ABSENT``:
    the entity is gone (E1). Raises InvalidInput for a patch or a declaration that is malformed; a patch that
    does not apply to its base, or has none, is an answer, `broken`.
    """
    checked = parse_patch(list(patch), max_operations=None)
    rules = lists if isinstance(lists, tuple) else parse_list_rules(lists or {})
    if base is ABSENT:
        return RebaseResult(
            "broken", canonical, checked, "verbatim", reason="there is no base to apply it to"
        )
    try:
        draft = apply_patch(base, checked, limits=UNBOUNDED)
    except (PatchDoesNotApply, InvalidInput) as error:
        return RebaseResult("broken", canonical, checked, "verbatim", reason=error.message)
    if canonical is ABSENT:
        return _rebase_onto_nothing(base, draft, checked, resolutions)
    if identical(base, canonical):
        return RebaseResult("clean", in_order_of(draft, canonical), checked, "verbatim")  # R0
    context = MergeContext(merge_node, resolutions)
    merged = merge_node(context, rules, (), base, draft, canonical)
    guards = check_guards(context, base, canonical, checked, rules)
    check_copies(context, base, canonical, checked, rules)
    warnings = tuple(context.warnings)
    if context.conflicts:
        return RebaseResult("conflict", merged, checked, "verbatim", tuple(context.conflicts), warnings)
    has_tests = any(op["op"] == "test" for op in checked)
    if identical(merged, canonical) and not has_tests:
        return RebaseResult("clean", merged, (), "empty", (), warnings)
    if _makes(checked, canonical, merged):
        return RebaseResult("clean", merged, checked, "verbatim", (), warnings)
    rewritten = guards + diff(canonical, merged)
    if not _makes(rewritten, canonical, merged):
        raise AssertionError("a rewritten patch does not make the merged document")
    kind: PatchKind = "rewritten" if rewritten else "empty"
    return RebaseResult("clean", merged, rewritten, kind, (), warnings)


def _rebase_onto_nothing(
    base: JSON, draft: JSON, patch: Patch, resolutions: Sequence[Resolution]
) -> RebaseResult:
    """Canonical has no such entity (E1): nothing to do for an empty patch, else `modify/delete` of the whole."""
    if identical(base, draft):
        return RebaseResult("clean", ABSENT, (), "empty")
    context = MergeContext(merge_node, resolutions)
    answer = context.write_conflict((), base, draft, ABSENT)
    if context.conflicts:
        return RebaseResult("conflict", ABSENT, patch, "verbatim", tuple(context.conflicts))
    if answer is ABSENT:
        return RebaseResult("clean", ABSENT, (), "empty")
    return RebaseResult("clean", answer, ({"op": "add", "path": "", "value": answer},), "rewritten")


def _makes(patch: Patch, document: JSON, wanted: JSON) -> bool:
    try:
        return identical(apply_patch(document, patch, limits=UNBOUNDED), wanted)
    except GitdraftError:
        return False
