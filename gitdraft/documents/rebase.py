"""Rebasing a patch from the base it was made against onto what canonical has now.

The base is in git, so this is a true three-way merge, and its answer depends on the arguments alone. (Trying to apply
the patch, and calling an exception a conflict, silently loses updates: a patch has no memory.)

With B the base, P the patch and T canonical's document, :func:`rebase_patch` is::

    B ≡ T                                -> clean, P verbatim (R0)
    O = apply(P, B)                      fails -> broken
    M, C = merge(B, O, T)                C also holds every broken read guard (P3)
    C not empty                          -> conflict
    M ≡ T and P has no test operations   -> clean, empty: canonical already has it
    apply(P, T) ≡ M, in M's order (O1)   -> clean, P verbatim
    otherwise                            -> clean, P' = kept guards + diff(T, M)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical, in_same_order
from gitdraft.documents.merge.context import MergeContext, MergePath
from gitdraft.documents.merge.declarations import parse_merge_rules
from gitdraft.documents.merge.followers import follow_canonical
from gitdraft.documents.merge.member_order import hinted_members
from gitdraft.documents.merge.objects import in_order_of
from gitdraft.documents.merge.three_way import merge_node
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.patch_form import UNBOUNDED, parse_patch
from gitdraft.documents.patch_guards import check_copies, check_guards
from gitdraft.errors import GitdraftError, InvalidInput, PatchDoesNotApply
from gitdraft.model.changes import Patch, PatchOp
from gitdraft.model.lists import MergeRules
from gitdraft.model.merge import MergeStep, MergeWarning, RebaseResult, Resolution
from gitdraft.model.values import ABSENT, JSON, Maybe


def rebase_patch(
    base: Maybe,
    canonical: Maybe,
    patch: Sequence[PatchOp],
    lists: Mapping[str, JSON] | MergeRules | None = None,
    *,
    together: Sequence[Sequence[str]] | None = None,
    resolutions: Sequence[Resolution] = (),
) -> RebaseResult:
    """Rebases ``patch``, made against ``base``, onto ``canonical``. Its arguments are not changed.

    ``lists`` declares how lists merge, by pointer (`{"/items": {"type": "keyed", "key": ["id"]}}`); what is not declared
    is an ordered list. ``together`` are the groups of members that belong together (`[["/version", "/url"]]`).
    ``resolutions`` are answers to conflicts. ``canonical`` may be ``ABSENT``: the entity is gone
    (E1). A patch that does not apply to its base, or has none, is an answer, `broken`.

    Raises InvalidInput for a patch or a declaration that is malformed.
    """
    checked = parse_patch(list(patch), max_operations=None)
    rules = lists if isinstance(lists, tuple) else parse_merge_rules(lists, together)
    return _rebase(MergeContext(merge_node, resolutions), base, canonical, checked, rules)


def explain_patch(
    base: Maybe,
    canonical: Maybe,
    patch: Sequence[PatchOp],
    lists: Mapping[str, JSON] | MergeRules | None = None,
    together: Sequence[Sequence[str]] | None = None,
) -> tuple[RebaseResult, tuple[MergeStep, ...]]:
    """Returns what :func:`rebase_patch` does, and what each rule did, place by place."""
    checked = parse_patch(list(patch), max_operations=None)
    rules = lists if isinstance(lists, tuple) else parse_merge_rules(lists, together)
    steps: list[MergeStep] = []
    result = _rebase(MergeContext(merge_node, steps=steps), base, canonical, checked, rules)
    return result, tuple(steps)


def _rebase(
    context: MergeContext, base: Maybe, canonical: Maybe, checked: Patch, rules: MergeRules
) -> RebaseResult:
    """Returns the answer to a patch and declarations whose form was checked."""
    if base is ABSENT:
        reason = "there is no base to apply it to"
        return RebaseResult("broken", canonical, checked, "verbatim", reason=reason)
    try:
        draft = apply_patch(base, checked, limits=UNBOUNDED)
    except (PatchDoesNotApply, InvalidInput) as error:
        return RebaseResult("broken", canonical, checked, "verbatim", reason=error.message)
    if canonical is ABSENT:
        return _rebase_onto_nothing(context, base, draft, checked, rules)
    context.hints = hinted_members(base, draft, checked)
    if identical(base, canonical):
        context.note("R0", (), "canonical did not change the document: the patch stays as it is")
        return RebaseResult("clean", in_order_of(context, (), draft, canonical), checked, "verbatim")  # R0
    merged = merge_node(context, MergePath((), rules), base, draft, canonical)
    guards = check_guards(context, base, canonical, checked, rules)  # P3
    check_copies(context, base, canonical, checked, rules)  # P2
    warnings = tuple(context.warnings)
    if context.conflicts:
        return RebaseResult("conflict", merged, checked, "verbatim", tuple(context.conflicts), warnings)
    return _clean_result(checked, guards, canonical, merged, warnings)


def _rebase_onto_nothing(
    context: MergeContext, base: JSON, draft: JSON, patch: Patch, rules: MergeRules
) -> RebaseResult:
    """Returns the answer where canonical has no such entity (E1): an empty patch is absorbed, and one of members alone
    that follow canonical (C1); any other is `modify/delete` of the whole."""
    if identical(base, draft):
        return RebaseResult("clean", ABSENT, (), "empty")
    path = MergePath((), rules)
    if path.has_followers and follow_canonical(context, path, base, draft, ABSENT) is ABSENT:
        return RebaseResult("clean", ABSENT, (), "empty", (), tuple(context.warnings))
    answer = context.write_conflict((), base, draft, ABSENT, rule="E1")
    if context.conflicts:
        return RebaseResult("conflict", ABSENT, patch, "verbatim", tuple(context.conflicts))
    if answer is ABSENT:
        return RebaseResult("clean", ABSENT, (), "empty")
    return RebaseResult("clean", answer, ({"op": "add", "path": "", "value": answer},), "rewritten")


def _clean_result(
    patch: Patch, guards: Patch, canonical: JSON, merged: JSON, warnings: tuple[MergeWarning, ...]
) -> RebaseResult:
    """Returns the clean answer with the patch that makes ``merged`` of canonical: empty, verbatim or rewritten, in
    this order of preference."""
    has_tests = any(op["op"] == "test" for op in patch)
    if identical(merged, canonical) and not has_tests:
        return RebaseResult("clean", merged, (), "empty", (), warnings)
    if _produces(patch, canonical, merged):
        return RebaseResult("clean", merged, patch, "verbatim", (), warnings)
    rewritten = guards + diff(canonical, merged)
    # a patch cannot say that members which stay change places (a whole value of the draft's may have them otherwise)
    document = apply_patch(canonical, rewritten, limits=UNBOUNDED)
    if not identical(document, merged):
        raise AssertionError("a rewritten patch does not make the merged document")
    return RebaseResult("clean", document, rewritten, "rewritten" if rewritten else "empty", (), warnings)


def _produces(patch: Patch, document: JSON, expected: JSON) -> bool:
    """Whether the patch applies to the document and makes the expected one of it, members in its order (O1)."""
    try:
        applied = apply_patch(document, patch, limits=UNBOUNDED)
        return identical(applied, expected) and in_same_order(applied, expected)
    except GitdraftError:
        return False
