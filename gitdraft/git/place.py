"""Where an ordinary repository lies: known from its files alone, since to load libgit2 takes longer than to read a few objects.

What is not plainly ordinary (bare, a linked worktree, a setting that says where things are, another owner) is for libgit2
to find: nothing is guessed here. Paths are texts: pathlib takes longer to load than this to answer.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as mypy has it: `typing` is loaded where it is needed

if TYPE_CHECKING:
    from collections.abc import Collection

ODD_SECTIONS = ("[extensions", "[include")
USUAL = {"bare": "false", "repositoryformatversion": "0"}
KIND, FOLDER, REGULAR = 0o170000, 0o040000, 0o100000  # of st_mode


def ordinary_place(start: str | os.PathLike[str], ceilings: Collection[str] = ()) -> tuple[str, str] | None:
    """Returns the git directory of the repository that holds ``start``, looked for below the ``ceilings``, and the folder around it with
    the files; ``None`` where there is no ordinary one."""
    folder = os.path.realpath(start)
    try:
        device = os.stat(folder).st_dev
        while not os.path.lexists(f"{folder}/.git"):
            above = os.path.dirname(folder)
            is_odd = os.path.lexists(f"{folder}/HEAD") or os.stat(above).st_dev != device
            if above == folder or above in ceilings or is_odd:
                return None
            folder = above
        git_dir = f"{folder}/.git"
        return (git_dir, folder) if _is_ordinary(folder, git_dir) else None
    except OSError:
        return None


def _is_ordinary(folder: str, git_dir: str) -> bool:
    whole = [os.lstat(git_dir), *(os.stat(f"{git_dir}/{name}") for name in ("objects", "refs"))]
    return (
        all(status.st_mode & KIND == FOLDER for status in whole)
        and os.lstat(f"{git_dir}/HEAD").st_mode & KIND == REGULAR
        and whole[0].st_uid == os.stat(folder).st_uid == os.geteuid()
        and not any(os.path.lexists(f"{git_dir}/{name}") for name in ("commondir", "config.worktree"))
        and _has_usual_settings(f"{git_dir}/config")
    )


def _has_usual_settings(file: str) -> bool:
    with open(file, encoding="utf-8", errors="replace") as stream:
        lines = [line.strip().lower() for line in stream]
    for line in lines:
        name, _, value = line.partition("=")
        name = name.rpartition("]")[2].strip()
        is_broken = line.startswith("[") and "]" not in line
        if is_broken or line.startswith(ODD_SECTIONS) or name == "worktree":
            return False
        if value.strip() != USUAL.get(name, value.strip()):
            return False
    return True
