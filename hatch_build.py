"""The man pages are made from the commands when the wheel is built, which installs them under share/man."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPages(BuildHookInterface[Any]):
    """Has the wheel install a page for each command."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Makes the pages. The commands need click alone to say what they are."""
        sys.path.insert(0, self.root)
        try:
            from gitdraft.cli.man_pages import write_man_pages
        finally:
            sys.path.remove(self.root)
        for file in write_man_pages(Path(self.root, "build", "man1")):
            build_data["shared_data"][str(file)] = f"share/man/man1/{file.name}"
