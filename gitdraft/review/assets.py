"""The style sheets and the script of the pages, as files of the package."""

from __future__ import annotations

from importlib.resources import files

STYLE_SHEETS = ("palette.css", "page.css", "graph.css")


def asset(name: str) -> str:
    """Returns the text of a style sheet or of the script."""
    return files("gitdraft.review").joinpath(name).read_text("utf-8")


def style_sheet(*names: str) -> str:
    """Returns style sheets as one: all that a page has, or those of these names."""
    return "".join(asset(name) for name in names or STYLE_SHEETS)
