"""What `--version` and `--help` say, known without the libraries that would find it out."""

from __future__ import annotations

import os
import sys

HELP = f"{os.path.dirname(__file__)}/help.txt"  # noqa: PTH120 (pathlib takes longer to load than this to answer)
WIDEST = 80  # columns: as wide as click writes it on any terminal that has them


def installed_version() -> str | None:
    """Returns the version that is installed, by the name of the folder that says what is (PEP 376); ``None`` where there is not just
    one."""
    names = {
        entry.name
        for folder in sys.path
        if os.path.isdir(folder)  # noqa: PTH112 (the folders are texts)
        for entry in os.scandir(folder)
        if entry.name.startswith("gitdraft-") and entry.name.endswith(".dist-info")
    }
    return names.pop().removeprefix("gitdraft-").removesuffix(".dist-info") if len(names) == 1 else None


def written_help() -> str | None:
    """Returns what `--help` says on a terminal of the usual width; ``None`` for a narrower one. A test holds it to what click
    says."""
    import shutil

    if shutil.get_terminal_size().columns < WIDEST:
        return None
    with open(HELP, encoding="utf-8") as stream:  # noqa: PTH123
        return stream.read().removesuffix("\n")
