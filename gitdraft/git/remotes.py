"""Other repositories, through the git command: their transports, credentials and hooks are git's.

Nothing here moves a ref of this repository but those that remember where a remote's refs are, as `git fetch` does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gitdraft.errors import RepositoryError, without_credentials
from gitdraft.git.commands import run_git, talk_git
from gitdraft.git.credentials import (
    Login,
    clone_environment,
    keep_address,
    login_environment,
    remote_environment,
)
from gitdraft.git.identity import config_values
from gitdraft.git.locks import locking_git
from gitdraft.git.progress import git_progress, without_progress
from gitdraft.git.repository import GitRepository
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.lazy_regex import regex
from gitdraft.model.names import Oid, RefName

PIECES = (50, 5, 1)  # refs a push: some hosts take no more than five
PATIENCE = 10  # refused one by one, with none taken before: the rest would be refused too
LOCAL = (  # where a repository is, as git's own `rev-parse --local-env-vars` lists them
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
)
LOCKED = regex(r"cannot lock ref '(\S+)': Unable to create '(.+?)': File exists")
NO_REWRITE = "[remote rejected] (non-fast-forward)"  # a rule of the remote's: git itself says `[rejected]`
RACES = (
    "stale info",
    "fetch first",
    "non-fast-forward",
    "lock",
    "failed to update ref",
    "old value",
    "exists",
)


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """A ref of the remote's to move: to ``new`` (``None``: it goes) if it stands at ``expected`` (``None``: it is
    not there). With ``forward`` it only ever moves to a descendant, wherever it stands."""

    ref: RefName
    new: Oid | None
    expected: str | None = None
    forward: bool = False


@dataclass(slots=True)
class Pushed:
    """What became of a push: the refs that moved, those that stood elsewhere, those refused with the remote's
    reason, and what the remote said to the user."""

    moved: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


def fetch_refs(git: GitRepository, remote: str, refspecs: Sequence[str], login: Login | None = None) -> None:
    """Brings the remote's refs; those that are gone there go. The ``login`` is for a git that has none of its own. Raises
    RepositoryError (``remote``)."""
    options = ["--prune", "--no-write-fetch-head", "--no-recurse-submodules"]
    targets = {spec.partition(":")[2].rpartition("/")[0] for spec in refspecs}
    with locking_git(git, *(git.common / target for target in targets), git.common / "packed-refs.lock"):
        _talk(
            git, remote, ["fetch", *options, "--", remote, *refspecs], f"fetching from {remote}", login=login
        )
    git.reopen()


def push_refs(
    git: GitRepository, remote: str, groups: Sequence[Sequence[RefUpdate]], login: Login | None = None
) -> Pushed:
    """Moves the remote's refs, those of a group together, in pieces that hosts take.

    Where a piece is refused as a whole it is tried in smaller ones. Raises RepositoryError (``remote``) when the
    remote cannot be reached or the connection breaks: which refs had moved by then the next fetch tells.
    """
    pushed = Pushed()
    with locking_git(git, git.common / f"refs/remotes/{remote}", git.common / "packed-refs.lock"):
        for piece in _pieces(groups, PIECES[0]):
            _push_piece(_Pusher(git, remote, login), piece, PIECES[1:], pushed)
    return pushed


def add_refspecs(git: GitRepository, remote: str, refspecs: Sequence[str]) -> tuple[str, ...]:
    """Has plain `git fetch` bring these too. Returns those that it did not bring before."""
    key = f"remote.{remote}.fetch"
    known = config_values(git, key)
    added = tuple(spec for spec in refspecs if not any(_covers(one, spec) for one in known))
    for spec in added:
        with locking_git(git, git.common / "config.lock"):
            run_git(git.path, ["config", "--add", key, spec], environment={"GIT_DIR": str(git.path)})
    return added


def clone_repository(url: str, start: Path, folder: Path) -> None:
    """Clones as `git clone` does in the folder ``start``. Raises RepositoryError (``remote``); nothing is left then."""
    address, environment = clone_environment(url)
    _translate(start, ["clone", "--", address, str(folder)], environment, "cloning")
    if address != url:
        keep_address(folder, url)


class _Pusher(NamedTuple):
    """Who pushes where, and as whom."""

    git: GitRepository
    remote: str
    login: Login | None


def _push_piece(
    pusher: _Pusher,
    groups: Sequence[Sequence[RefUpdate]],
    smaller: Sequence[int],
    pushed: Pushed,
) -> None:
    updates = [update for group in groups for update in group]
    done = _push(pusher, updates)
    pushed.said += [line for line in done.said if line not in pushed.said]
    whole = len(done.refused) == len(updates) and len(groups) > 1
    if not whole or not smaller:
        pushed.moved |= done.moved
        pushed.elsewhere |= done.elsewhere
        pushed.refused |= done.refused
        return
    for piece in _pieces(groups, smaller[0]):
        if not pushed.moved and len(pushed.refused) >= PATIENCE:
            reason = next(iter(pushed.refused.values()))
            pushed.refused |= {update.ref: reason for group in piece for update in group}
            continue
        _push_piece(pusher, piece, smaller[1:], pushed)


def _push(pusher: _Pusher, updates: Sequence[RefUpdate]) -> Pushed:
    git, remote, login = pusher
    leases = [f"--force-with-lease={u.ref}:{u.expected or ''}" for u in updates if not u.forward]
    specs = [f"{update.new or ''}:{update.ref}" for update in updates]
    arguments = ["push", "--porcelain", "--no-verify", *leases, "--", remote, *specs]
    done = _talk(git, remote, arguments, f"pushing to {remote}", (0, 1), login)
    lines = without_credentials(done[1]).splitlines()
    locked = {ref: os.path.normpath(lock) for ref, lock in LOCKED.findall(done[1])}
    pushed = Pushed(said=[line.removeprefix("remote: ").rstrip() for line in lines if line[:8] == "remote: "])
    for flag, ref, summary in _outcomes(done[0]):
        if flag != "!":
            pushed.moved.add(ref)
        elif ref in locked:
            pushed.refused[ref] = (
                f"{remote} has it locked: try again; if nobody is at work there, remove {locked[ref]}"
            )
        elif summary != NO_REWRITE and any(word in summary for word in RACES):
            pushed.elsewhere.add(ref)
        else:
            pushed.refused[ref] = summary.partition("(")[2].removesuffix(")") or summary
    untold = [u.ref for u in updates if u.ref not in pushed.moved | pushed.elsewhere | pushed.refused.keys()]
    if untold:
        last = [line for line in lines if line.startswith(("fatal: ", "error: "))]
        raise _unreached(
            last[0].partition(": ")[2] if last else f"{remote} did not say what became of {untold[0]}"
        )
    return pushed


def _outcomes(porcelain: str) -> Iterator[tuple[str, str, str]]:
    """Yields flag, ref and summary of each line of `git push --porcelain`."""
    for line in porcelain.splitlines():
        parts = line.split("\t")
        if len(parts) == 3 and len(parts[0]) == 1:
            yield parts[0], parts[1].rpartition(":")[2], parts[2]


def _pieces(groups: Sequence[Sequence[RefUpdate]], most: int) -> Iterator[list[Sequence[RefUpdate]]]:
    """Yields the groups in pieces of at most ``most`` refs, or of one group that has more."""
    piece: list[Sequence[RefUpdate]] = []
    for group in groups:
        if piece and sum(map(len, piece)) + len(group) > most:
            yield piece
            piece = []
        piece.append(group)
    if piece:
        yield piece


def _covers(known: str, requested: str) -> bool:
    """Returns whether the refspec ``known`` brings all that ``requested`` does, to the same place."""
    pairs = [spec.removeprefix("+").partition(":")[::2] for spec in (known, requested)]
    (source, target), (wanted_source, wanted_target) = pairs
    if not source.endswith("*"):
        return known.removeprefix("+") == requested.removeprefix("+")
    stem, rest = source.removesuffix("*"), wanted_source.removeprefix(source.removesuffix("*"))
    return wanted_source.startswith(stem) and wanted_target == target.removesuffix("*") + rest


def _talk(
    git: GitRepository,
    remote: str,
    arguments: Sequence[str],
    doing: str,
    accept: Sequence[int] = (0,),
    login: Login | None = None,
) -> tuple[str, str]:
    where = git.worktree or git.path  # what a remote's relative path starts from
    credentials = remote_environment(git.raw, remote) or login_environment(login)
    environment = {**credentials, "GIT_DIR": str(git.path)}
    return _translate(where, arguments, environment, doing, accept)


def _translate(
    folder: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    doing: str,
    accept: Sequence[int] = (0,),
) -> tuple[str, str]:
    mine = {name: value for name, value in os.environ.items() if name not in LOCAL}
    asking = {"GIT_TERMINAL_PROMPT": os.environ.get("GIT_TERMINAL_PROMPT", "1"), "LC_ALL": "C"}
    whole = {**mine, **asking, **environment}
    command, *options = arguments
    try:
        with git_progress(doing) as hear:
            if hear is None:
                # what the remote says on a push is for the user
                quiet = ["--quiet"] if command != "push" else []
                done = run_git(folder, [command, *quiet, *options], environment=whole, accept=accept)
            else:
                words = [command, "--progress", *options]
                done = talk_git(folder, words, hear, environment=whole, accept=accept)
    except RepositoryError as error:
        if error.code != "git" or "signal" in error.context:
            raise
        said = without_progress(error.context.get("stderr", ""))
        raise _unreached(error.message.partition(": ")[2], said) from error
    return done.stdout.decode("utf-8", "replace"), without_progress(done.stderr.decode("utf-8", "replace"))


def _unreached(sentence: str, said: str = "") -> RepositoryError:
    return RepositoryError(
        f"the remote: {sentence}",
        code="remote",
        context={"stderr": said} if said else {},
        hint="nothing is lost; run it again when the remote can be reached",
    )
