"""Many files into a tree at once, by `git fast-import`.

It works in a git directory of its own, with the repository's objects as an alternate, so whatever happens the
repository has all of its work or nothing: the packs are moved in when they are whole. Of one that was killed a folder
`tmp_objdir-…` is left, which `git gc` removes.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitdraft.git.commands import FedGit, fed_git
from gitdraft.git.known_refs import read_ref_file
from gitdraft.git.objects import unwritable
from gitdraft.git.packs import take_packs
from gitdraft.git.repository import GitRepository
from gitdraft.git.trees import check_name
from gitdraft.git.values import encode_text
from gitdraft.model.names import Oid

BRANCH = "refs/heads/tree"
PREFIX = "tmp_objdir-import-"  # git's own word for such a folder: `git prune` knows it
SETTINGS = {
    "fastimport.unpackLimit": "0",  # always a pack
    "core.fsync": "pack,pack-metadata",
    "core.logAllRefUpdates": "false",
}
# the commit carries the tree, and nobody will ever see it
HEADER = b"commit %s\ncommitter gitdraft <> 0 +0000\ndata 0\nfrom %s\n"


class BulkTree:
    """The tree of a commit, with files that come and go."""

    def __init__(self, git: GitRepository, folder: Path, fed: FedGit, start: Oid) -> None:
        self._git, self._folder, self._fed, self._start = git, folder, fed, start
        fed.write(HEADER % (BRANCH.encode(), start.encode()))

    def put(self, path: str, content: bytes) -> None:
        """Puts the file at ``path`` with this content. Raises RepositoryError when git has stopped."""
        self._fed.write(b"M 100644 inline %s\ndata %d\n%s\n" % (_quoted(path), len(content), content))

    def restore(self, path: str, blob: Oid | None) -> None:
        """Puts the file at ``path`` back as it was: a blob of the repository, or none."""
        if blob is None:
            self._fed.write(b"D %s\n" % _quoted(path))
        else:
            self._fed.write(b"M 100644 %s %s\n" % (blob.encode(), _quoted(path)))

    def finish(self) -> Oid:
        """Returns the tree, written and synced, unreachable as yet. Raises RepositoryError."""
        self._fed.write(b"\ndone\n")
        self._fed.end()
        commit = read_ref_file(self._folder / BRANCH)
        assert commit is not None
        try:
            take_packs(self._git.common, self._folder)
        except OSError as error:
            raise unwritable(f"{error.filename}: {error.strerror}", self._git.common) from error
        self._git.reopen()
        return self._git.read_lineage(commit).tree


@contextmanager
def bulk_tree(git: GitRepository, start: Oid) -> Iterator[BulkTree]:
    """Yields a tree to be made from that of the commit ``start``; what is not finished at the end is thrown away."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=git.common / "objects"))
        (folder / "refs").mkdir()
        (folder / "objects/info").mkdir(parents=True)
        (folder / "HEAD").write_text(f"ref: {BRANCH}\n", "utf-8")
        (folder / "objects/info/alternates").write_bytes(
            _alternate((git.common / "objects").resolve()) + b"\n"
        )
    except OSError as error:
        raise unwritable(f"{error.filename}: {error.strerror}", git.common) from error
    try:
        with fed_git(folder, ["fast-import", "--quiet", "--done"], settings=SETTINGS) as fed:
            yield BulkTree(git, folder, fed, start)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _alternate(objects: Path) -> bytes:
    """Returns the folder as a line of `objects/info/alternates`, which may be quoted."""
    path = bytes(objects)
    return _c_quoted(path) if path[:1] in b'"#' or b"\n" in path else path


def _quoted(path: str) -> bytes:
    for name in path.split("/"):
        check_name(name)
    return _c_quoted(encode_text(path))


def _c_quoted(path: bytes) -> bytes:
    return b'"%s"' % path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
