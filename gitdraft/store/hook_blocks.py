"""A block of our own lines in a script of somebody else's: put in, taken out again without a trace."""

from __future__ import annotations

import re

from gitdraft.store.hook_scripts import BEGIN, END, SHEBANG

POSIX_SHELL = re.compile(
    rb"#![ \t]*(?:/usr/bin/env[ \t]+(?:-S[ \t]*)?)?(?:\S*/)?(?:ba|da|k|mk|z|a)?sh(?:[ \t][^\n]*)?\n"
)
BLOCK = re.compile(re.escape(BEGIN.encode()) + rb".*?" + re.escape(END.encode()), re.DOTALL)


def takes_block(script: bytes) -> bool:
    """Whether lines can be put into the script: a POSIX shell reads it."""
    return POSIX_SHELL.match(script) is not None


def with_block(script: bytes, block: bytes) -> bytes:
    """The script with the block as its first lines, in place of the block that it may have."""
    script = without_block(script)
    shebang = script.index(b"\n") + 1
    return script[:shebang] + block + script[shebang:]


def has_block(script: bytes) -> bool:
    """Whether a block of ours is in it, of whatever version."""
    return BLOCK.search(script) is not None


def without_block(script: bytes) -> bytes:
    """The script as it was before the block was put in."""
    return BLOCK.sub(b"", script, count=1)


def is_ours(script: bytes) -> bool:
    """Whether the script holds nothing but the block."""
    return has_block(script) and without_block(script) == SHEBANG.encode()
