"""Printing: as click does it, which is loaded only where it has something to decide."""

from __future__ import annotations

import os
import re
import sys

ANSI = r"\033\[[0-?]*[ -/]*[@-~]"


def echo(text: str, *, nl: bool = True, err: bool = False, color: bool | None = None) -> None:
    """Prints a line, without its colours where they are not wanted or nobody sees them, unless ``color`` says which."""
    stream = sys.stderr if err else sys.stdout
    if "click" in sys.modules or (stream.encoding or "").lower() != "utf-8":
        import click

        click.echo(text, nl=nl, err=err, color=color)
        return
    is_coloured = color
    if color is None:
        is_coloured = stream.isatty() and not os.environ.get("NO_COLOR")
    stream.write((text if is_coloured else unstyled(text)) + ("\n" if nl else ""))
    stream.flush()


def styled(text: str, *codes: int) -> str:
    """Returns the text in a colour, or bold, dimmed: the codes of ECMA-48's SGR."""
    return "".join(f"\033[{code}m" for code in codes) + text + "\033[0m"


def unstyled(text: str) -> str:
    """Returns the text without colours."""
    return re.sub(ANSI, "", text) if "\033" in text else text
