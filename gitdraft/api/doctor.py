"""`doctor`: what is wrong with a repository, and the way out."""

from __future__ import annotations

from gitdraft.api.doctor_clone import (
    check_diff,
    check_drivers,
    check_hooks,
    check_objects,
    check_prefix,
    check_signing,
    check_tokens,
)
from gitdraft.errors import GitdraftError, InvalidInput, StateRefused
from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.git.head import head_branch
from gitdraft.git.history import is_ancestor
from gitdraft.git.swap_history import require_no_interrupted_swap
from gitdraft.index.redirects import redirect_targets
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Redirected
from gitdraft.model.progress import reported
from gitdraft.model.view_reports import Finding
from gitdraft.store.drafts import read_draft
from gitdraft.store.drafts_on_canonical import drafts_on_canonical
from gitdraft.store.lost_branches import find_lost_branches
from gitdraft.store.operation_log import interrupted_entry, read_log
from gitdraft.store.redirects import tombstones
from gitdraft.store.repository import MEND, Store
from gitdraft.store.reviews import read_remarks
from gitdraft.store.snapshots import EmptyCanonical
from gitdraft.validation.commits import validate_canonical
from gitdraft.validation.subject import store_to_check
from gitdraft.views.draft_problems import all_problems
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.internal_ids import find_collisions, find_origin
from gitdraft.views.redirects import follow
from gitdraft.views.summaries import summarise_drafts


def diagnose(store: Store) -> list[Finding]:
    """Returns every check, in the order in which one would mend what they find; what cannot be checked because gitdraft.yaml
    cannot be read is said once."""
    checks = (
        _repository,
        _purge,
        _configuration,
        _canonical,
        _merges,
        _redirects,
        _internal_ids,
        _drafts,
        check_prefix,
        _plain_git,
        _operations,
        check_hooks,
        check_drivers,
        check_diff,
        check_signing,
        check_objects,
        check_tokens,
    )
    findings: list[Finding] = []
    for check in reported(checks, "looking for what is wrong"):
        try:
            findings.append(check(store))
        except GitdraftError as error:
            name = check.__name__.removeprefix("check").strip("_").replace("_", " ")
            message = "; ".join((error.message, *error.details))
            if not isinstance(error, InvalidInput) or all(f.message != message for f in findings):
                findings.append(Finding(name, False, message, error.hint))
    return findings


def _repository(store: Store) -> Finding:
    where = store.git.worktree or store.git.path
    branch = head_branch(store.git)
    on = branch.removeprefix("refs/heads/") if branch else "a detached HEAD"
    return Finding("repository", True, f"{where}, on {on}")


def _configuration(store: Store) -> Finding:
    try:
        store.configuration()
    except InvalidInput as error:
        error.hint = error.hint or MEND
        raise
    return Finding("configuration", True, f"{CONFIGURATION_PATH} can be read")


def _canonical(store: Store) -> Finding:
    store = store_to_check(store)
    if store.canonical_tip() is None:
        return Finding("canonical", True, f"{store.canonical_branch}: no commit yet")
    checked = validate_canonical(store)
    violations = [
        each for each in checked.violations if each.rule != "draft/on-canonical"
    ]  # `merges` says it
    if not violations:
        sound = "sound but for the draft there, see merges" if checked.violations else "all sound"
        return Finding("canonical", True, f"{store.canonical_branch}: {checked.count} entities, {sound}")
    return Finding(
        "canonical",
        False,
        f"{store.canonical_branch}: {len(violations)} violations in {checked.count} entities",
        "gitdraft validate --canonical lists them",
    )


def _merges(store: Store) -> Finding:
    drafts = drafts_on_canonical(store.canonical_or_empty())
    if not drafts:
        return Finding("merges", True, "none by plain git is unfinished")
    names = ", ".join(draft.id for draft in drafts)
    return Finding(
        "merges",
        False,
        f"merged by plain git, so that .gitdraft/ lies on {store.canonical_branch} (violation draft/on-canonical): {names}",
        f"gitdraft adopt {drafts[0].id} finishes the merge; gitdraft adopt {drafts[0].id} --take-out takes it out",
    )


def _redirects(store: Store) -> Finding:
    canonical = store.canonical_or_empty()
    if isinstance(canonical, EmptyCanonical):
        return Finding("redirects", True, "none")
    view = EffectiveView(store.git, canonical)
    total = 0
    wrong: list[tuple[EntityRef, EntityRef]] = []
    for name in canonical.configuration.entities:
        targets = redirect_targets(canonical, name)
        total += len(targets)
        wrong += [
            (source, target)
            for source, target in targets.items()
            if target in targets and isinstance(view.state(target), Redirected)
        ]
    if not wrong:
        return Finding("redirects", True, f"{total}, none to a redirect")
    shown = ", ".join(f"{source} → {target}" for source, target in wrong[:5]) + (" …" if wrong[5:] else "")
    source, _ = wrong[0]
    try:
        end = follow(view, source)
        hint = f"gitdraft redirect create {source} {end} --repoint --reason 'flattened'"
    except StateRefused as error:
        hint = error.hint or "git revert the commit that made them"
    return Finding("redirects", False, f"{len(wrong)} to a redirect: {shown}", hint)


def _internal_ids(store: Store) -> Finding:
    canonical = store.canonical_or_empty()
    if isinstance(canonical, EmptyCanonical):
        return Finding("internal ids", True, "none")
    gone = (entity for name in canonical.configuration.entities for entity, _ in tombstones(canonical, name))
    entities = {*(entity for entity, _ in canonical.entities()), *gone}
    collisions = find_collisions(find_origin(store), entities)
    if not collisions:
        return Finding("internal ids", True, f"{len(entities)}, all different")
    shown = ", ".join(f"{one} and {other}" for one, other in collisions[:5])
    return Finding(
        "internal ids",
        False,
        f"the same integer: {shown}",
        f"gitdraft redirect create {collisions[0][1]} OTHER gives the entity another key",
    )


def _drafts(store: Store) -> Finding:
    summaries = summarise_drafts(store)
    broken = [summary for summary in summaries if summary.header is None]
    if broken:
        shown = ", ".join(f"{summary.id} ({summary.reason})" for summary in broken[:5])
        return Finding(
            "drafts",
            False,
            f"{len(broken)} cannot be read: {shown}",
            _mend_broken(store, [summary.id for summary in broken]),
        )
    tip = store.canonical_tip()
    rootless = [s.id for s in summaries if s.base and tip and not is_ancestor(store.git, s.base, tip)]
    if rootless:
        return Finding(
            "drafts",
            False,
            f"based on a commit that is no longer canonical's: {', '.join(rootless)}",
            f"gitdraft rebase {' '.join(rootless)}",
        )
    for summary in reported(summaries, "reading drafts"):
        draft = read_draft(store.git, summary.id, store.draft_ref(summary.id), summary.tip)
        for file in read_remarks(store.git, draft).unreadable:
            return Finding(
                "drafts",
                False,
                f"{summary.id}: what is said of it cannot all be read: {file.path}: {file.reason}",
                f"git log --stat draft/{summary.id} shows who put it there; it counts for nothing",
            )
    return Finding("drafts", True, f"{len(summaries)} open")


def _mend_broken(store: Store, broken: list[str]) -> str:
    """Returns how a draft comes back to where the operation log has it, where that knows one; else what shows its commits."""
    prefix = store.drafts_ref.removeprefix("refs/heads/")
    whole = {name: tip for name, tip in store.open_drafts().items() if name not in broken}
    for lost in find_lost_branches(store.git, (store.drafts_ref,), {**whole, **store.closed_drafts()}, None):
        if lost.id in broken:
            return f"git branch -D {prefix}{lost.id} && gitdraft reopen {lost.id} restores what the operation log has of it"
    if not store.git.has(store.open_drafts()[broken[0]]):
        ref = store.draft_ref(broken[0])
        return f"git fetch REMOTE +{ref}:{ref} from where it is whole; git update-ref -d {ref} drops it"
    return f"git log --stat {prefix}{broken[0]} shows its commits"


def _purge(store: Store) -> Finding:
    require_no_interrupted_swap(store.git)
    return Finding("purge", True, "none was interrupted")


def _plain_git(store: Store) -> Finding:
    problems = all_problems(store)
    if not problems:
        return Finding("plain git", True, "no draft was edited, taken back or deleted beside gitdraft")
    shown = [f"{problem.draft} {problem.code}: {problem.message}" for problem in problems[:5]]
    more = [f"{len(problems) - 5} more"] if problems[5:] else []
    return Finding("plain git", False, "; ".join(shown + more), problems[0].hint)


def _operations(store: Store) -> Finding:
    pending = interrupted_entry(store.git)
    if pending is not None:
        return Finding(
            "operations",
            False,
            f"interrupted: {pending.operation.summary}",
            "gitdraft rebase finishes it, as any command that writes does",
        )
    return Finding("operations", True, f"{sum(1 for _ in read_log(store.git))} in the log")
