"""Text through the user's editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from gitdraft.errors import InvalidInput, NotFound


def edit_text(text: bytes, name: str) -> bytes:
    """Returns what the user makes of the text. Raises NotFound when there is no editor, InvalidInput when it fails."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="gitdraft-") as folder:
        file = Path(folder) / name
        file.write_bytes(text)
        try:
            done = subprocess.run([*shlex.split(command), str(file)], check=False)
        except FileNotFoundError:
            raise NotFound(f"no editor '{command}'", hint="set EDITOR, as in EDITOR=nano") from None
        if done.returncode:
            raise InvalidInput(f"the editor '{command}' failed with {done.returncode}; nothing was saved")
        return file.read_bytes()
