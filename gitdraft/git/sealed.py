"""The environment and the settings with which every git runs: no hooks, no pager, nothing that points elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType

KEPT = (
    "PATH",
    "HOME",
    "TMPDIR",
    "SYSTEMROOT",
    "SUDO_UID",  # whose repositories root may open
    "XDG_CONFIG_HOME",
)
# the files of the configuration, and what `git -c` and GIT_CONFIG_COUNT set; not GIT_CONFIG, which other programs set
OF_CONFIGURATION = ("GIT_CONFIG_",)
SEALED = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # libgit2 knows none
}
SETTINGS = {"core.hooksPath": "/dev/null", "gc.auto": "0", "maintenance.auto": "false"}


def sealed(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment in which git runs: nothing in it points elsewhere, but for what ``environment`` sets."""
    kept = {
        name: value for name, value in os.environ.items() if name in KEPT or name.startswith(OF_CONFIGURATION)
    }
    return kept | SEALED | dict(environment)


def git_command(arguments: Sequence[str], settings: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Returns the words that start git with these settings."""
    options = [part for name, value in {**SETTINGS, **settings}.items() for part in ("-c", f"{name}={value}")]
    return ["git", *options, *arguments]
