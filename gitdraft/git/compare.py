"""Whether rewritten commits differ from the old ones by what was to differ alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitdraft.git.commands import run_git
from gitdraft.git.filter import NAMED, Removal
from gitdraft.git.repository import GitRepository
from gitdraft.git.values import parse_lineage
from gitdraft.lazy_regex import regex
from gitdraft.model.names import Oid

PAIR = regex(r"[0-9a-f]{40} [0-9a-f]{40}\n")
LOST = regex(rb"\n(?:gpgsig|gpgsig-sha256|mergetag) [^\n]*(?:\n [^\n]*)*")


def unexpected_differences(
    git: GitRepository, copy: GitRepository, commits: Mapping[Oid, Oid], removal: Removal
) -> Iterator[str]:
    """Yields what is wrong with the commits of ``copy`` (``commits``: old id to new), one sentence each; nothing, when each
    has the old one's parents, author, committer, date, message and files, ids mapped and the removed files aside."""
    pairs = {}
    for old, new in commits.items():
        before, after = git.raw.read(old)[1], copy.raw.read(new)[1]
        one, other = parse_lineage(before), parse_lineage(after)
        if tuple(commits.get(parent, parent) for parent in one.parents) != other.parents:
            yield f"commit {old[:12]} has other parents"
        if not _is_same_text(_rest(before), _rest(after), commits):
            yield f"commit {old[:12]} has another author, date or message"
        pairs[one.tree, other.tree] = old
    for (tree, _), path, old_blob, new_blob in _differing_files(git, copy, list(pairs)):
        if path in removal.paths and new_blob is None:
            continue
        if path in removal.ids_in and old_blob is not None and new_blob is not None:
            pattern = removal.pattern(path)
            expected = pattern.sub(
                lambda match: match[1] + _mapped(match[2], commits), git.read_blob(old_blob)
            )
            if expected == copy.read_blob(new_blob):
                continue
        yield f"{path} of tree {tree[:12]} is another"


def _rest(raw: bytes) -> tuple[bytes, bytes]:
    """Returns a commit without tree, parents and signatures: the other header lines, and the message."""
    head, _, message = raw.partition(b"\n\n")
    lines = LOST.sub(b"", b"\n" + head).split(b"\n")
    return b"\n".join(line for line in lines if not line.startswith((b"tree ", b"parent "))), message


def _is_same_text(
    before: tuple[bytes, bytes], after: tuple[bytes, bytes], commits: Mapping[Oid, Oid]
) -> bool:
    """Returns the messages may differ in words that are ids of commits, whole or abbreviated."""
    if before[0] != after[0]:
        return False
    if before[1] == after[1]:
        return True
    words, others = NAMED.findall(before[1]), NAMED.findall(after[1])
    if NAMED.sub(b"", before[1]) != NAMED.sub(b"", after[1]) or len(words) != len(others):
        return False
    starts = {word for word, other in zip(words, others, strict=True) if word != other and len(word) < 40}
    known = {
        word: {new[: len(word)].encode() for old, new in commits.items() if old.encode().startswith(word)}
        for word in starts
    }
    return all(
        word == other or other in known.get(word, {_mapped(word, commits)})
        for word, other in zip(words, others, strict=True)
    )


def _mapped(oid: bytes, commits: Mapping[Oid, Oid]) -> bytes:
    old = Oid(oid.decode())
    return commits.get(old, old).encode()


def _differing_files(
    git: GitRepository, copy: GitRepository, pairs: list[tuple[Oid, Oid]]
) -> Iterator[tuple[tuple[Oid, Oid], str, Oid | None, Oid | None]]:
    """Yields for each pair of trees the paths that differ, with the old and the new object."""
    done = run_git(
        git.path,
        ["diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev"],
        stdin="".join(f"{old} {new}\n" for old, new in pairs).encode(),
        environment={
            "GIT_DIR": str(git.path),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(copy.common / "objects"),
        },
    )
    tokens = iter(done.stdout.decode("utf-8", "surrogateescape").split("\0"))
    pair = (Oid(""), Oid(""))
    for token in tokens:
        for header in PAIR.findall(token):
            pair = (Oid(header[:40]), Oid(header[41:81]))
        change = PAIR.sub("", token)
        if change:
            _, _, old, new, _ = change.split(" ")
            zero = "0" * 40
            yield pair, next(tokens), None if old == zero else Oid(old), None if new == zero else Oid(new)
