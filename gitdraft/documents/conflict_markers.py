"""git's conflict markers around the lines in which two versions of a file differ (git-merge, "How conflicts are
presented"), and the versions read back from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitdraft.documents.alignment import align, runs
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex

MARKER = regex(rb"([<|=>])\1*(?= |\r?$)(?: ([^\r]*))?\r?")
SHORTEST = 3
SIDES = {b"|": "base", b"=": "theirs"}


class MarkerForm(NamedTuple):
    """How conflicts are presented: the length of a marker, whether the base is shown, the names of the versions."""

    size: int = 7
    shows_base: bool = False
    ours: str = "ours"
    base: str = "base"
    theirs: str = "theirs"


class Block(NamedTuple):
    """The lines between two markers, without the ends of the lines."""

    ours: tuple[bytes, ...]
    theirs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class MarkedFile:
    """A file with conflict markers: ``ours`` is the file as our version has it, ``form`` how its first block is
    presented."""

    ours: bytes
    blocks: tuple[Block, ...]
    form: MarkerForm


def mark_lines(ours: bytes, base: bytes, theirs: bytes, form: MarkerForm) -> bytes:
    """Returns the lines of ``ours`` with each run in which ``theirs`` differs as a conflict: outside of the markers is
    what both have, so either file can be had again. Equal files have no conflict."""
    lines, base_lines, their_lines = (_lines(version) for version in (ours, base, theirs))
    in_base = dict(align(lines, base_lines))
    end_of_line = b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"
    out: list[bytes] = []
    position = base_position = 0
    for run in runs(align(lines, their_lines), len(lines), len(their_lines)):
        out += lines[position : run.old_start]
        before = next((in_base[i] + 1 for i in range(run.old_start - 1, -1, -1) if i in in_base), 0)
        after = next((in_base[i] for i in range(run.old_end, len(lines)) if i in in_base), len(base_lines))
        start = max(before, base_position)
        base_position = max(after, start)
        out.append(_marker(b"<", form.size, form.ours) + end_of_line)
        out += _ended(lines[run.old_start : run.old_end], end_of_line)
        if form.shows_base:
            out.append(_marker(b"|", form.size, form.base) + end_of_line)
            out += _ended(base_lines[start:base_position], end_of_line)
        out.append(_marker(b"=", form.size, "") + end_of_line)
        out += _ended(their_lines[run.new_start : run.new_end], end_of_line)
        out.append(_marker(b">", form.size, form.theirs) + end_of_line)
        position = run.old_end
    return b"".join([*out, *lines[position:]])


def read_markers(content: bytes) -> MarkedFile | None:
    """Returns what stands in a file with conflict markers, ``None`` when they do not pair up. A file without any is its
    own ours. No line of JSON can begin like a marker."""
    ours: list[bytes] = []
    blocks: list[Block] = []
    sides: dict[str, list[bytes]] = {}
    side, form = "", MarkerForm()
    for line in _lines(content):
        marker = _marker_of(line)
        if marker is None:
            if side:
                sides[side].append(line.rstrip(b"\r\n"))
            if side in ("", "ours"):
                ours.append(line)
            continue
        sign, size, label = marker
        expected = {"": b"<", "ours": b"|=", "base": b"=", "theirs": b">"}[side]
        if sign not in expected or (blocks and size != form.size):
            return None
        if not blocks:
            form = _learned(form, sign, size, label)
        if sign == b"<":
            side, sides = "ours", {"ours": [], "base": [], "theirs": []}
        elif sign == b">":
            blocks.append(Block(tuple(sides["ours"]), tuple(sides["theirs"])))
            side = ""
        else:
            side = SIDES[sign]
    return None if side else MarkedFile(b"".join(ours), tuple(blocks), form)


def _learned(form: MarkerForm, sign: bytes, size: int, label: str) -> MarkerForm:
    match sign:
        case b"<":
            return form._replace(size=size, ours=label)
        case b"|":
            return form._replace(shows_base=True, base=label)
        case b">":
            return form._replace(theirs=label)
        case _:
            return form


def _marker_of(line: bytes) -> tuple[bytes, int, str] | None:
    matched = MARKER.fullmatch(line.rstrip(b"\n"))
    if matched is None:
        return None
    length = len(matched[0].split(b" ")[0].rstrip(b"\r"))
    if length < SHORTEST:
        return None
    return matched[1], length, (matched[2] or b"").decode("utf-8", "surrogateescape")


def _marker(sign: bytes, size: int, label: str) -> bytes:
    return sign * size + (b" " + label.encode("utf-8", "surrogateescape") if label else b"")


def _lines(content: bytes) -> list[bytes]:
    """Returns the lines as git has them: they end with a line feed alone."""
    *whole, last = content.split(b"\n")
    return [line + b"\n" for line in whole] + ([last] if last else [])


def _ended(lines: list[bytes], end_of_line: bytes) -> Iterator[bytes]:
    """Yields the lines, the last of a file ended where it is not: a marker follows it."""
    for line in lines:
        yield line if line.endswith(b"\n") else line + end_of_line
