"""What `doctor` looks at in this clone: what git itself runs, and what can be dead without a word."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from gitdraft.api.init import missing_attributes
from gitdraft.errors import InvalidInput
from gitdraft.formats.attributes import ATTRIBUTES_PATH, driven_types
from gitdraft.formats.drafts import read_draft_header
from gitdraft.formats.keys import slug
from gitdraft.git.drivers import DRIVER, PROGRAM, drivers_status, merge_drivers
from gitdraft.git.head import head_branch
from gitdraft.git.hook_folders import hook_folder, is_committable
from gitdraft.git.known_refs import list_refs
from gitdraft.git.promised import REFETCH, promisor_remotes
from gitdraft.git.settings import remote_names
from gitdraft.git.signing import Signer, signing_settings
from gitdraft.git.trees import find
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.drafts import DraftHeader, is_same_draft
from gitdraft.model.names import Oid, RefName
from gitdraft.model.view_reports import Finding
from gitdraft.store.drafts import HEADER_PATH
from gitdraft.store.hooks.install import hook_states
from gitdraft.store.hooks.settings import read_settings
from gitdraft.store.operation_log import read_log
from gitdraft.store.repository import Store
from gitdraft.store.tokens import FILE as TOKENS_FILE

BRANCHES = "refs/heads/"
UNSPECIFIED = "unspecified"  # no attribute (git-check-attr)


def check_hooks(store: Store) -> Finding:
    """Finds hooks that were installed and that git does not run."""
    hooks = hook_states(store.git).hooks
    states = {hook.state for hook in hooks}
    if states == {"installed"}:
        return Finding("hooks", True, f"{len(hooks)} installed")
    folder = hook_folder(store.git)
    install = "gitdraft hooks install" + (
        " --tracked" if is_committable(store.git, folder / "pre-commit") else ""
    )
    if read_settings(store.git) is None:
        return Finding(
            "hooks", True, "not installed, so drafts follow with the next command", "gitdraft hooks install"
        )
    missing = ", ".join(hook.name for hook in hooks if hook.state != "installed")
    if folder.exists() and not folder.is_dir():
        message = f"installed, but core.hooksPath is {folder}, where there can be none"
        return Finding(
            "hooks", False, message, "git config --show-origin core.hooksPath says where to take that out"
        )
    if "installed" in states or "outdated" in states:
        return Finding("hooks", False, f"missing or of another version: {missing}", install)
    return Finding("hooks", False, f"installed, but git runs those in {folder}, without: {missing}", install)


def check_drivers(store: Store) -> Finding:
    """Finds a merge driver that canonical's .gitattributes names and that this clone does not have."""
    if store.git.worktree is None:
        return Finding("drivers", True, "git merges nothing in a bare repository")
    status = drivers_status(store.git)
    by_lines = "so git merges entities by lines"
    if status.missing and f"merge={DRIVER}".encode() not in _attributes(store):
        message = f"not asked for by any .gitattributes, {by_lines}"
        return Finding("drivers", True, message, "gitdraft init")
    if status.missing:
        message = f"not configured in this clone, or not as this version does, {by_lines}"
        return Finding("drivers", False, message, "gitdraft init")
    if status.program is None:
        where = f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH"
        return Finding("drivers", False, f"{PROGRAM} is not on the PATH, {by_lines}", where)
    if missing_attributes(store.canonical_or_empty()):
        message = f".gitattributes on {store.canonical_branch} lacks a type of entity, {by_lines}"
        return Finding("drivers", False, message, "gitdraft init")
    return _overridden(store) or Finding("drivers", True, "git merges entities member by member")


def _overridden(store: Store) -> Finding | None:
    """Finds types that canonical's .gitattributes gives to the driver, and git in this worktree does not: by a later line, or by
    another file of attributes."""
    configuration = store.canonical_or_empty().configuration
    named = driven_types(_attributes(store), configuration)
    samples = {name: configuration.entities[name].path.path_of("key") for name in named}
    drivers = merge_drivers(store.git, tuple(samples.values()))
    is_canonical = head_branch(store.git) == store.canonical_ref  # another branch may not have the lines yet
    others = {
        name: path
        for name, path in samples.items()
        if drivers[path] != DRIVER and (is_canonical or drivers[path] != UNSPECIFIED)
    }
    if not others:
        return None
    shown = ", ".join(f"{name} (merge: {drivers[path]})" for name, path in others.items())
    return Finding(
        "drivers",
        False,
        f"attributes override .gitattributes of {store.canonical_branch}, so git merges otherwise: {shown}",
        f"git check-attr merge {shlex.quote(next(iter(others.values())))} after each change of .gitattributes, "
        ".git/info/attributes or what core.attributesFile names",
    )


def check_diff(store: Store) -> Finding:
    """Says whether the patches of git's diffs can be applied."""
    if store.git.worktree is not None and drivers_status(store.git).shows_pointers:
        message = (
            "git diff shows a line a pointer; such a patch cannot be applied (git diff --no-textconv can)"
        )
        return Finding("diff", True, message, "gitdraft init --no-diff has git show the files as they are")
    return Finding("diff", True, "git diff shows entities as they are written")


def check_prefix(store: Store) -> Finding:
    """Finds drafts under a prefix that gitdraft.yaml does not name any more, here and on the remotes as last fetched."""
    old = sorted(_drafts_elsewhere(store), key=lambda each: (each.remote is not None, each.branch))
    if not old:
        return Finding("prefix", True, f"drafts are branches below {store.drafts_ref.removeprefix(BRANCHES)}")
    first = old[0]
    target = store.drafts_ref.removeprefix(BRANCHES) + first.branch.rpartition("/")[2]
    names = ", ".join(each.name for each in old[:5]) + (" …" if old[5:] else "")
    move = f"git branch -m {shlex.quote(first.branch)} {shlex.quote(target)}"
    if first.remote is not None:
        specs = f"{first.ref}:{BRANCHES}{target} :{BRANCHES}{first.branch}"
        move = f"git push {shlex.quote(first.remote)} {' '.join(map(shlex.quote, specs.split(' ')))}"
    return Finding(
        "prefix",
        False,
        f"drafts under another prefix than gitdraft.yaml names, so that no command sees them: {names}",
        move,
    )


@dataclass(frozen=True, slots=True)
class _Branch:
    """A branch, here or (``remote``) as last seen there by the ``ref``."""

    ref: RefName
    branch: str
    remote: str | None = None

    @property
    def name(self) -> str:
        """What git calls it."""
        return self.branch if self.remote is None else f"{self.remote}/{self.branch}"


def _drafts_elsewhere(store: Store) -> Iterator[_Branch]:
    """Yields the branches that hold a draft and are neither canonical nor below the drafts' prefix. A branch holds a draft
    where its last commits are of the draft by whose name it goes, or the operation log knows it as one's; one that lives
    below the prefix too was only copied."""
    prefix, known = store.drafts_ref.removeprefix(BRANCHES), {**store.open_drafts(), **store.closed_drafts()}
    logged: set[str] | None = None
    for branch, tip in _branches(store):
        if branch.branch == store.canonical_branch or branch.branch.startswith(prefix):
            continue
        header = _header(store, tip)
        if header is None:
            continue
        name = branch.branch.rpartition("/")[2]
        original = _header(store, known[name]) if name in known else None
        if original is not None and is_same_draft(original, header):
            continue
        if (header.id or slug(header.title)) != name:
            if logged is None:
                logged = {move.name for entry in read_log(store.git) for move in entry.operation.moves}
            if branch.ref not in logged:
                continue
        yield branch


def _branches(store: Store) -> Iterator[tuple[_Branch, Oid]]:
    for ref, tip in list_refs(store.git, BRANCHES).items():
        yield _Branch(ref, ref.removeprefix(BRANCHES)), tip
    for remote in remote_names(store.git):
        prefix = f"refs/remotes/{remote}/"
        for ref, tip in list_refs(store.git, prefix).items():
            yield _Branch(ref, ref.removeprefix(prefix), remote), tip


def _header(store: Store, tip: Oid) -> DraftHeader | None:
    entry = find(store.git, store.git.read_lineage(tip).tree, HEADER_PATH)
    if entry is None or not entry.is_file:
        return None
    try:
        return read_draft_header(store.git.read_blob(entry.oid), source=HEADER_PATH)
    except InvalidInput:
        return None


def check_tokens(store: Store) -> Finding:
    """Finds a file of tokens that has lost them."""
    file = store.git.common / TOKENS_FILE
    if not file.exists():
        return Finding("tokens", True, "none, so the service lets nobody in")
    lost = f"rm {shlex.quote(str(file))}; gitdraft token create NAME --role maintainer; or restore the file from a backup"
    if file.stat().st_size == 0:
        return Finding("tokens", False, f"{file} is empty: the tokens that were in it are lost", lost)
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            (number,) = connection.execute("SELECT count(*) FROM tokens WHERE revoked_at IS NULL").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        return Finding("tokens", False, f"{file} cannot be read: {error}", lost)
    return Finding("tokens", True, f"{number} not revoked")


def check_signing(store: Store) -> Finding:
    """Finds a program or a key that is missing where git is told to sign."""
    settings = signing_settings(store.git)
    if settings is None:
        return Finding("signing", True, "git does not sign commits here")
    if shutil.which(settings.program) is None:
        message = f"commits are to be signed ({settings.format}), and there is no {settings.program}"
        return Finding("signing", False, message, "git config commit.gpgsign false; or install it")
    if settings.format == "ssh":
        key = settings.key
        if not key and not settings.key_command:
            message = "commits are to be signed (ssh), and there is no user.signingkey"
            return Finding("signing", False, message, "git config user.signingkey ~/.ssh/id_ed25519.pub")
        folder = store.git.worktree or store.git.path
        if key and not key.startswith(("key::", "ssh-")) and not (folder / Path(key).expanduser()).exists():
            message = f"commits are to be signed (ssh), and there is no key {key}"
            return Finding("signing", False, message, "git config user.signingkey ~/.ssh/id_ed25519.pub")
    if Signer(store.git).lacks_key():
        message = f"commits are to be signed ({settings.format}), and there is no secret key '{settings.key}'"
        return Finding(
            "signing",
            False,
            message,
            f"{settings.program} --list-secret-keys names those there are; git config user.signingkey",
        )
    return Finding("signing", True, f"what lands on {store.canonical_branch} is signed ({settings.format})")


def check_objects(store: Store) -> Finding:
    """Says whether this is a partial clone."""
    remotes = promisor_remotes(store.git.common)
    if not remotes:
        return Finding("objects", True, "nothing is left to fetch: no partial clone")
    return Finding(
        "objects",
        True,
        f"a partial clone: what is missing is fetched from {remotes[0]} when it is read",
        f"{REFETCH} {remotes[0]}",
    )


def _attributes(store: Store) -> bytes:
    """The content of canonical's .gitattributes."""
    canonical = store.canonical_or_empty()
    entry = find(canonical.source, canonical.tree, ATTRIBUTES_PATH)
    return canonical.source.read_blob(entry.oid) if entry is not None and entry.is_file else b""
