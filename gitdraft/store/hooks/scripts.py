"""The scripts that git runs: which hooks there are, what their lines are, and those lines as a block in another script.

The block is put into a script of somebody else's, and taken out again without a trace.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from gitdraft.lazy_regex import regex

CLIENT = (
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "post-commit",
    "post-merge",
    "post-rewrite",
    "post-checkout",
)
SERVER = ("pre-receive", "post-receive")
FOLLOWING = ("post-commit", "post-merge", "post-rewrite", "post-checkout")
READING_INPUT = ("pre-push", "post-rewrite", *SERVER)
SAME = {"pre-merge-commit": "pre-commit"} | dict.fromkeys(FOLLOWING, "follow")

BEGIN = "# >>> gitdraft >>> `gitdraft hooks uninstall` takes this out, up to the line with <<<\n"
END = "# <<< gitdraft <<<\n"
SHEBANG = "#!/bin/sh\n"

CHAIN = """\
if [ "${{GITDRAFT_CHAINED-}}" = {name} ]; then
  unset GITDRAFT_CHAINED
else
  code=0
  GITDRAFT_CHAINED={name} "$0" "$@" || code=$?
{refusal}  ( {body} ) || code=$?
  exit "$code"
fi
"""
CHAIN_WITH_INPUT = """\
if [ "${{GITDRAFT_CHAINED-}}" = {name} ]; then
  unset GITDRAFT_CHAINED
else
  code=0
  input=$(cat; echo .)
  printf %s "${{input%.}}" | GITDRAFT_CHAINED={name} "$0" "$@" || code=$?
{refusal}  printf %s "${{input%.}}" | ( {body} ) || code=$?
  exit "$code"
fi
"""
REFUSAL = '  [ "$code" = 0 ] || exit "$code"\n'

POSIX_SHELL = regex(
    rb"#![ \t]*(?:/usr/bin/env[ \t]+(?:-S[ \t]*)?)?(?:\S*/)?(?:ba|da|k|mk|z|a)?sh(?:[ \t][^\n]*)?\n"
)
BLOCK = regex(re.escape(BEGIN.encode()) + rb".*?" + re.escape(END.encode()), re.DOTALL)


def script_folder() -> Path:
    """Returns the folder of the scripts: in the wheel beside the modules, in a checkout beside the package."""
    package = Path(str(files("gitdraft")))
    return package / "hook_scripts" if (package / "hook_scripts").is_dir() else package.parent / "hooks"


def body(name: str) -> str:
    """Returns what the hook does, as POSIX shell."""
    parts = (script_folder() / f"{part}.sh" for part in ("start", SAME.get(name, name)))
    return f"hook={name}\n" + "".join(part.read_text("utf-8") for part in parts)


def block(name: str, *, chained: bool) -> bytes:
    """Returns the marked lines of a hook's script. ``chained``: the rest of the script runs first, as a run of its own,
    so that an `exit` or `exec` there ends that alone; its exit code counts."""
    text = body(name)
    if chained:
        template = CHAIN_WITH_INPUT if name in READING_INPUT else CHAIN
        refusal = REFUSAL if name.startswith("pre-") else ""
        text = template.format(name=name, refusal=refusal, body=f"\n{text}  ")
    else:
        text = f"(\n{text}) || exit\n"
    return f"{BEGIN}{text}{END}".encode()


def takes_block(script: bytes) -> bool:
    """Returns whether lines can be put into the script: a POSIX shell reads it."""
    return POSIX_SHELL.match(script) is not None


def with_block(script: bytes, lines: bytes) -> bytes:
    """Returns the script with the lines of a block as its first lines, in place of the block that it may have."""
    script = without_block(script)
    shebang = script.index(b"\n") + 1
    return script[:shebang] + lines + script[shebang:]


def has_block(script: bytes) -> bool:
    """Returns whether a block of ours is in it, of whatever version."""
    return BLOCK.search(script) is not None


def without_block(script: bytes) -> bytes:
    """Returns the script as it was before the block was put in."""
    return BLOCK.sub(b"", script, count=1)


def is_ours(script: bytes) -> bool:
    """Returns whether the script holds nothing but the block."""
    return has_block(script) and without_block(script) == SHEBANG.encode()
