"""Text out of data for a forge: it mentions nobody, closes nothing, links nowhere, is no markup, and can still be read.

Titles, statuses and commit messages are plain text (``plain``), comments and bodies Markdown (``prose``, ``code``). Where
there is no code span, U+200B stands after `@` and `#` and inside `://` and `</`, by which the forges know mentions, issues,
links and tags.
"""

from __future__ import annotations

from gitdraft.lazy_regex import regex
from gitdraft.review.text import visible

BREAK = "\u200b"
LONGEST_TITLE = 250
SPECIAL = regex(r"([\\`*_{}\[\]()<>|~!#+$&%=^-])")
REFERENCES = regex(r"(?i)@|#|\b(?:gh|www)(?=[-.]\w)|:(?=//)|<(?=[/!])|(?<=\w)(?=!\d)")
CLOSING = regex(
    r"(?i)\b(clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?)(?=:?\s+\S*(?:#|://|GH-|!\d))"
)
UNFINISHED = regex(r"(?i)^\W*(?:wip|draft)\b")
TICKS = regex(r"`+")


def plain(text: str) -> str:
    """Returns a text as one line that a forge shows as it is."""
    return REFERENCES.sub(lambda match: match[0] + BREAK, " ".join(visible(text).split()))


def plain_lines(text: str) -> str:
    """Returns a text of several lines, each as ``plain`` has it: the message of a commit."""
    return "\n".join(plain(line) for line in text.splitlines()).strip()


def title_of(text: str, most: int = LONGEST_TITLE) -> str:
    """Returns a title of at most so many characters; one that begins like that of an unfinished pull request does so no
    more."""
    title = UNFINISHED.sub(lambda match: match[0][:-1] + BREAK + match[0][-1], plain(text)) or "(no title)"
    return title if len(title) <= most else title[: most - 1] + "…"


def prose(text: str) -> str:
    """Returns a text as one line of Markdown without markup."""
    escaped = SPECIAL.sub(r"\\\1", " ".join(visible(text).split()))
    return REFERENCES.sub(lambda match: match[0] + BREAK, escaped)


def quote(text: str) -> str:
    """Returns a text of several lines as a quotation."""
    return "\n>\n".join(f"> {prose(line)}" for line in text.splitlines() if line.strip())


def code(text: str) -> str:
    """Returns a text as a code span that may stand in a table; a closing word before a reference is none any more, since
    some forges look into code spans for them."""
    shown = visible(text).replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    shown = CLOSING.sub(rf"\1{BREAK}", shown).replace("<!--", f"<{BREAK}!--").replace("|", "\\|")
    if not shown.strip():
        return "` `" if not shown else f"` {shown} `"
    ticks = "`" * (max(map(len, TICKS.findall(shown)), default=0) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"
