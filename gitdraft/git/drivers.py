"""The drivers in git's configuration: how git merges the files that .gitattributes gives to `gitdraft`, and how it
shows what changed in them.

.gitattributes is content of the repository and names the driver alone; what runs comes from the configuration of
this clone. Each command looks for `gitdraft-driver` on the PATH, as hooks do, so that a virtual environment may move;
where there is none, git's own text merge and the file as it is take its place.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from gitdraft.git.commands import run_git
from gitdraft.git.layout import local_settings
from gitdraft.git.locks import locking_git
from gitdraft.git.repository import GitRepository
from gitdraft.lazy_dataclass import dataclass

DRIVER = "gitdraft"
PROGRAM = "gitdraft-driver"
SECTIONS = (
    "merge.gitdraft",
    "merge.gitdraft-base",
    "diff.gitdraft",
    "difftool.gitdraft",
    "mergetool.gitdraft",
)
THERE = f"command -v {PROGRAM} >/dev/null"
TEXT_MERGE = "git merge-file --marker-size=%L -L ours -L base -L theirs %A %O %B || exit 1"


def _merge(verb: str, labels: str = "") -> str:
    absent = f"echo {PROGRAM} is not on PATH, so this is a merge by lines: %P >&2; {TEXT_MERGE}"
    return f"if {THERE}; then {PROGRAM} {verb} %O %A %B %L %P{labels}; else {absent}; fi"


DRIVER_SETTINGS = {
    "merge.gitdraft.name": "JSON entities, member by member",
    "merge.gitdraft.driver": _merge("merge", " %X %S %Y"),
    "merge.gitdraft.recursive": "gitdraft-base",
    "merge.gitdraft-base.name": "JSON entities, the common base of a merge that has several",
    "merge.gitdraft-base.driver": _merge("merge-base"),
    "difftool.gitdraft.cmd": f'{PROGRAM} diff "$LOCAL" "$REMOTE"',
    "mergetool.gitdraft.cmd": 'gitdraft resolve --file "$MERGED" --edit',
    "mergetool.gitdraft.trustExitCode": "true",
}
"""What :func:`install_drivers` writes. In a merge with several bases git first merges those (``recursive``)."""

DIFF_SETTING = "diff.gitdraft.textconv"
CACHE_SETTING = "diff.gitdraft.cachetextconv"  # in refs/notes/textconv/gitdraft, which a purge drops
DIFF_COMMAND = f'show() {{ {PROGRAM} show "$1" 2>/dev/null || cat "$1"; }}; show'
"""What makes `git diff` and `git log -p` show a line a pointer. A patch of such lines cannot be applied, so it is written
only where somebody asks for it."""


@dataclass(frozen=True, slots=True)
class DriversStatus:
    """``missing`` are the settings that are not as :func:`install_drivers` writes them, ``program`` is where git
    finds the driver, ``None`` when it is not on the PATH. ``shows_pointers`` says whether git's diffs are lines a
    pointer, which no `git apply` takes."""

    missing: tuple[str, ...]
    program: str | None
    shows_pointers: bool = False

    @property
    def installed(self) -> bool:
        """Whether git merges and shows entity files by gitdraft's rules in this clone."""
        return not self.missing and self.program is not None


def drivers_status(git: GitRepository) -> DriversStatus:
    """Returns how git is configured here, by this repository or for this user."""
    pattern = r"^(merge|diff|mergetool|difftool)\.gitdraft"
    done = run_git(
        git.path,
        ["config", "--null", "--get-regexp", pattern],
        environment={"GIT_DIR": str(git.path)},
        accept=(0, 1),
    )
    records = [record.partition("\n") for record in done.stdout.decode("utf-8", "replace").split("\0")]
    configured = {
        name: value for name, _, value in records
    }  # git gives the names in lower case, the last value last
    missing = [name for name, value in DRIVER_SETTINGS.items() if configured.get(name.lower()) != value]
    return DriversStatus(tuple(missing), shutil.which(PROGRAM), DIFF_SETTING in configured)


def merge_drivers(git: GitRepository, paths: Sequence[str]) -> dict[str, str]:
    """Returns which driver git merges each path by in this worktree, as all its files of attributes together say."""
    assert git.worktree is not None
    done = run_git(
        git.worktree,
        ["check-attr", "-z", "--stdin", "merge"],
        stdin=b"".join(os.fsencode(path) + b"\0" for path in paths),
        environment={"GIT_DIR": str(git.path), "GIT_WORK_TREE": str(git.worktree)},
    )
    fields = os.fsdecode(done.stdout).split("\0")
    return dict(zip(fields[::3], fields[2::3], strict=False))


def install_drivers(git: GitRepository, *, diff: bool | None = None) -> bool:
    """Writes the settings into the repository's own configuration; ``False`` when there was nothing to write.

    ``diff`` has git's diffs show a line a pointer, or no longer; ``None`` leaves that as it is.
    """
    status = drivers_status(git)
    for name in status.missing:
        _configure(git, "--replace-all", name, DRIVER_SETTINGS[name])
    turns = diff is not None and diff != status.shows_pointers
    if diff and turns:
        _configure(git, "--replace-all", DIFF_SETTING, DIFF_COMMAND)
        _configure(git, "--replace-all", CACHE_SETTING, "true")
    elif turns:
        for name in {DIFF_SETTING, CACHE_SETTING}.intersection(local_settings(git.common)):
            _configure(git, "--unset-all", name)
    return bool(status.missing) or turns


def uninstall_drivers(git: GitRepository) -> bool:
    """Takes the settings out of the repository's own configuration; ``False`` when there were none."""
    configured = {name.rpartition(".")[0] for name in local_settings(git.common)}
    sections = [section for section in SECTIONS if section in configured]
    for section in sections:
        _configure(git, "--remove-section", section)
    return bool(sections)


def _configure(git: GitRepository, *arguments: str) -> None:
    with locking_git(git, git.common / "config.lock"):
        run_git(git.path, ["config", "--local", *arguments], environment={"GIT_DIR": str(git.path)})
