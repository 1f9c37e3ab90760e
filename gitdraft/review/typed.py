"""What was typed into a form: the document that it makes, with the mistakes in it. What was not touched is not changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import TypeAlias

from gitdraft.documents.alignment import align
from gitdraft.documents.parse import parse_json
from gitdraft.documents.pointers import Tokens, format_pointer, get, parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.review.controls import Control, Drawing, Part
from gitdraft.review.text import LINE_END

VALUE, STATE, MEMBER = (
    "value",
    "state",
    "member",
)  # what the names of a form's fields begin with, before the pointer


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A text that is no value of its place, and why."""

    text: str
    problem: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A document as typed, and the places, by pointer, where what was typed is not in it."""

    document: JSON
    mistakes: Mapping[str, Mistyped] = field(default_factory=dict)
    focus: str = ""


def read_typed(form: Part, document: JSON, fields: Mapping[str, str]) -> Typed:
    """Returns what the fields make of the document that the form was drawn of."""
    edited = deepcopy(document)
    mistakes: dict[str, Mistyped] = {}
    for part in form.walk():
        text = fields.get(f"{VALUE}{part.pointer}")
        if part.kind != "value" or part.control.kind == "fixed" or text is None:
            continue
        now = get(document, part.tokens)
        try:
            value = typed_value(part, now, text, fields.get(f"{STATE}{part.pointer}"))
        except InvalidInput as error:
            mistakes[part.pointer] = Mistyped(text, error.message)
            continue
        if value is not now:
            put(edited, part.tokens, value)
    return Typed(edited, mistakes)


def typed_value(part: Part, now: Maybe, text: str, state: str | None) -> Maybe:
    """Returns the value that was typed in place of ``now``; ``now`` itself where nothing was touched. Raises InvalidInput."""
    control = part.control
    text = LINE_END.sub("\n", text)
    is_touched = text != LINE_END.sub("\n", control.text)
    if state is not None and state != control.state:
        if state != "value":
            return {"null": None, "empty": "", "absent": ABSENT}.get(state, now)
        return _parsed(control, now, text, is_text_meant=True)
    if not is_touched:
        return now
    if not (text.strip() if control.kind in ("number", "json") else text):
        if not part.is_required:
            return ABSENT
        if control.kind in ("number", "json"):
            raise InvalidInput("a value is needed here")
    return _parsed(control, now, text, is_text_meant=False)


def _parsed(control: Control, now: Maybe, text: str, *, is_text_meant: bool) -> Maybe:
    if control.kind == "choice":
        return parse_json(text.encode(), source="the choice") if text else ABSENT
    if control.kind in ("number", "json"):
        value = parse_json(text.strip().encode(), source="what was typed")
        if control.kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise InvalidInput("this is not a number")
        return value
    if not text and is_text_meant:
        return ""
    return with_line_ends_of(now, text) if isinstance(now, str) else text


def with_line_ends_of(old: str, text: str) -> str:
    """Returns a text, typed with line feeds, with the line ends that the old one has: each line that stays keeps its own, new
    ones get the usual."""
    parts = LINE_END.split(old)
    lines, ends = parts[::2], parts[1::2]
    usual = Counter(ends).most_common(1)[0][0] if ends else "\n"
    typed = text.split("\n")
    kept = {j: ends[i] for i, j in align(lines, typed) if i < len(ends)}
    return "".join(line + kept.get(j, usual) for j, line in enumerate(typed[:-1])) + typed[-1]


Step: TypeAlias = Callable[[Drawing, Typed, Tokens, Mapping[str, str]], Typed]
"""A step that changes which places a form has: of the drawing, what was typed, the place, the fields."""


def _add(drawing: Drawing, typed: Typed, tokens: Tokens, fields: Mapping[str, str]) -> Typed:
    """Adds an element to the list at a place, or makes the place."""
    document, now = deepcopy(typed.document), get(typed.document, tokens)
    if isinstance(now, list):
        place = (*tokens, str(len(now)))
        put(document, tokens, [*now, drawing.blank((*tokens, "-"), now[-1] if now else ABSENT)])
        return replace(typed, document=document, focus=format_pointer(place))
    value = drawing.blank(tokens)
    put(document, tokens, value)
    typed = replace(typed, document=document, focus=format_pointer(tokens))
    return _add(drawing, typed, tokens, fields) if value == [] else typed


def _add_member(drawing: Drawing, typed: Typed, tokens: Tokens, fields: Mapping[str, str]) -> Typed:
    """Adds the member that was named to the object at a place."""
    name = fields.get(f"{MEMBER}{format_pointer(tokens)}", "")
    now = get(typed.document, tokens)
    if not isinstance(now, dict) or not name or name in now:
        return replace(typed, focus=format_pointer((*tokens, name)))
    document = deepcopy(typed.document)
    alike = next(reversed(now.values()), ABSENT)
    put(document, (*tokens, name), drawing.blank((*tokens, name), alike))
    return replace(typed, document=document, focus=format_pointer((*tokens, name)))


def _remove(_: Drawing, typed: Typed, tokens: Tokens, __: Mapping[str, str]) -> Typed:
    """Takes away what is at a place."""
    if get(typed.document, tokens) is ABSENT or not tokens:
        return typed
    *above, last = tokens
    now = get(typed.document, tuple(above))
    if isinstance(now, list):
        return _ordered(typed, tuple(above), [n for n in range(len(now)) if n != int(last)])
    document = deepcopy(typed.document)
    put(document, tokens, ABSENT)
    mistakes = {p: m for p, m in typed.mistakes.items() if parse_pointer(p)[: len(tokens)] != tokens}
    return Typed(document, mistakes, format_pointer(above))


def _move_up(_: Drawing, typed: Typed, tokens: Tokens, __: Mapping[str, str]) -> Typed:
    """Moves an element before the one that stands before it."""
    now = get(typed.document, tokens[:-1])
    if not isinstance(now, list) or get(now, tokens[-1:]) is ABSENT or tokens[-1] == "0":
        return typed
    index = int(tokens[-1])
    order = [*range(index - 1), index, index - 1, *range(index + 1, len(now))]
    moved = _ordered(typed, tokens[:-1], order)
    return replace(moved, focus=format_pointer((*tokens[:-1], str(index - 1))))


STEPS: Mapping[str, Step] = {"add": _add, "member": _add_member, "remove": _remove, "up": _move_up}


def take_step(drawing: Drawing, typed: Typed, step: str, fields: Mapping[str, str]) -> Typed:
    """Returns what was typed after a step (`add:/parents`). Raises InvalidInput for what is no place."""
    word, _, pointer = step.partition(":")
    act, tokens = STEPS.get(word), parse_pointer(pointer)
    if act is None or (not tokens and word != "member"):
        return typed
    return act(drawing, typed, tokens, fields)


def _ordered(typed: Typed, tokens: Tokens, order: list[int]) -> Typed:
    """Returns what was typed with the elements of a list in another order, or without those that it leaves out."""
    document = deepcopy(typed.document)
    elements: JSON = get(document, tokens)
    elements[:] = [elements[index] for index in order]
    places = {str(old): str(new) for new, old in enumerate(order)}
    mistakes: dict[str, Mistyped] = {}
    for pointer, mistyped in typed.mistakes.items():
        place, depth = parse_pointer(pointer), len(tokens)
        if place[:depth] != tokens or len(place) == depth:
            mistakes[pointer] = mistyped
        elif place[depth] in places:
            mistakes[format_pointer((*tokens, places[place[depth]], *place[depth + 1 :]))] = mistyped
    return Typed(document, mistakes, format_pointer(tokens))


def put(document: JSON, tokens: Tokens, value: Maybe) -> None:
    """Puts a value at a place of a document, in place; ABSENT takes away what is there."""
    *above, last = tokens
    container = get(document, tuple(above))
    if isinstance(container, list) and value is ABSENT:
        del container[int(last)]
    elif isinstance(container, list):
        container[int(last)] = value
    elif isinstance(container, dict) and value is ABSENT:
        container.pop(last, None)
    elif isinstance(container, dict):
        container[last] = value
