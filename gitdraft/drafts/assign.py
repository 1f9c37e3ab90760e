"""Edits as people type them: values that keep the kind that their place has, members by dotted names, lists that grow and
shrink by an element.

A typed value that is a JSON string is that string. Where only text may stand, or text stands there now, any other value is
the text that was typed (`2.40`, `true`); elsewhere it is JSON, and text where it is none. What may stand there is what the
type's schema says, else what is there; of a list that the schema does not know, its elements say it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import accumulate
from shlex import quote

from gitdraft.documents.equality import identical
from gitdraft.documents.merge.member_order import place_of
from gitdraft.documents.parse import READABLE, parse_json
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.pointers import Tokens, format_pointer, get, parse_pointer
from gitdraft.documents.serialise import dump_compact
from gitdraft.drafts.edit_functions import EditFunction, EditResult, EditTarget, live_document, patch_result
from gitdraft.errors import InvalidInput, PatchDoesNotApply
from gitdraft.model.assignments import Assignment, EditedPlace
from gitdraft.model.changes import PatchOp
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.validation.schema_places import Kinds, SchemaPlaces, kind_of, schema_places

LOOKS_ALIKE = 0.8
MOST_COMPARED = 1000
JSON_BEGINS = tuple('{["')
NO_NUMBERS = ("NaN", "Infinity", "-Infinity")


def assign(assignments: Sequence[Assignment]) -> EditFunction:
    """Returns the edit that carries out what was typed, in its order, as one patch.

    It raises InvalidInput for a value that is not the JSON it has to be, PatchDoesNotApply for a place that is not there,
    or is no list where one is added to.
    """

    def make(current: EditTarget) -> EditResult:
        work = _Work(current)
        for assignment in assignments:
            work.carry_out(assignment)
        return work.result()

    return make


def set_value(pointer: str, value: JSON) -> EditFunction:
    """Returns the edit that puts a value at a pointer: replaced where there is one, else added (`-` appends)."""
    tokens = parse_pointer(pointer)

    def make(current: EditTarget) -> EditResult:
        work = _Work(current)
        work.put(tokens, value)
        return work.result()

    return make


def unset_value(pointer: str) -> EditFunction:
    """Returns the edit that removes the value at a pointer."""
    parse_pointer(pointer)

    def make(current: EditTarget) -> EditResult:
        place = EditedPlace(current.entity, pointer, "removed")
        return patch_result(current, ({"op": "remove", "path": pointer},), (place,))

    return make


class _Work:
    """An entity that is being edited: its document as it is by now, and the patch and the places that led there."""

    def __init__(self, current: EditTarget) -> None:
        self.current = current
        self.entity: EntityRef = current.entity
        self.document = live_document(current)
        self.schema: SchemaPlaces | None = schema_places(current.view.canonical, current.entity.type)
        self.patch: list[PatchOp] = []
        self.places: list[EditedPlace] = []

    def result(self) -> EditResult:
        """Returns what became of the entity."""
        return patch_result(self.current, tuple(self.patch), tuple(self.places))

    def carry_out(self, assignment: Assignment) -> None:
        """Does what was typed."""
        named = not assignment.is_pointer
        tokens = self.named(assignment.place) if named else parse_pointer(assignment.place)
        match assignment.operator:
            case "=":
                value = self.typed(tokens, assignment)
                place, value = self.with_parents(tokens, value, always=named)
                self.require_list(place, value)
                self.put(place, value)
            case "+=":
                self.add(tokens, assignment)
            case "-=":
                self.remove(tokens, assignment)

    def put(self, tokens: Tokens, value: JSON) -> None:
        """Puts a value at a place, ``-`` at the end being the one after a list's last element."""
        now, parent = get(self.document, tokens), get(self.document, tokens[:-1])
        pointer = format_pointer(tokens)
        op: PatchOp = {"op": "add" if now is ABSENT else "replace", "path": pointer, "value": value}
        if now is not ABSENT and identical(now, value):
            self.places.append(EditedPlace(self.entity, pointer, "unchanged", "same"))
        elif now is not ABSENT:
            self.note(EditedPlace(self.entity, pointer, "replaced"), op)
        elif isinstance(parent, list) and tokens[-1] == "-":
            added = format_pointer((*tokens[:-1], str(len(parent))))
            self.note(EditedPlace(self.entity, added, "added"), op)
        else:
            op |= place_of(parent, tokens[-1]) if tokens else {}
            self.note(EditedPlace(self.entity, pointer, "added", near=self.near(tokens, parent)), op)

    def add(self, tokens: Tokens, assignment: Assignment) -> None:
        """Adds an element to the list at a place, unless it has it; a list that is not there is made."""
        elements = get(self.document, tokens)
        value = self.typed((*tokens, "-"), assignment)
        if isinstance(elements, list):
            index = next((i for i, element in enumerate(elements) if identical(element, value)), None)
            if index is None:
                self.put((*tokens, "-"), value)
            else:
                pointer = format_pointer((*tokens, str(index)))
                self.places.append(EditedPlace(self.entity, pointer, "unchanged", "present"))
        elif elements in (ABSENT, None) and self.may_be(tokens, "array"):
            self.put(*self.with_parents(tokens, [value], always=True))
        else:
            raise self.no_list(tokens, elements, "+=")

    def remove(self, tokens: Tokens, assignment: Assignment) -> None:
        """Takes an element out of the list at a place, wherever it stands in it."""
        elements = get(self.document, tokens)
        if not isinstance(elements, list) and elements is not ABSENT and elements is not None:
            raise self.no_list(tokens, elements, "-=")
        value = self.typed((*tokens, "-"), assignment)
        listed = elements if isinstance(elements, list) else []
        at = [index for index, element in enumerate(listed) if identical(element, value)]
        if not at:
            self.places.append(EditedPlace(self.entity, format_pointer(tokens), "unchanged", "missing"))
        for index in reversed(at):
            pointer = format_pointer((*tokens, str(index)))
            self.note(EditedPlace(self.entity, pointer, "removed"), {"op": "remove", "path": pointer})

    def note(self, place: EditedPlace, op: PatchOp) -> None:
        """Does one step of the patch."""
        self.places.append(place)
        self.patch.append(op)
        self.document = apply_patch(self.document, (op,), limits=READABLE)

    def typed(self, tokens: Tokens, assignment: Assignment) -> JSON:
        """Returns the value that was typed for a place. Raises InvalidInput for what is to be JSON and is not."""
        text = assignment.text
        if assignment.form == "string":
            return text
        kinds, now = self.kinds(tokens), get(self.document, tokens)
        try:
            value: Maybe = parse_json(text.encode(), limits=READABLE, source="VALUE")
        except InvalidInput:
            looks_like_json = text.lstrip()[:1] in JSON_BEGINS or text.strip() in NO_NUMBERS
            if assignment.form == "json" or (
                looks_like_json and not self.is_text(tokens, kinds, now, ABSENT)
            ):
                raise
            return text
        if isinstance(value, str) or assignment.form == "json":
            return value
        return text if self.is_text(tokens, kinds, now, value) else value

    def is_text(self, tokens: Tokens, kinds: Kinds, now: Maybe, value: Maybe) -> bool:
        """Returns whether what was typed for a place is text, though it is the JSON ``value``."""
        if kinds is None:
            siblings = get(self.document, tokens[:-1]) if now is ABSENT and tokens else ABSENT
            is_list_of_text = isinstance(siblings, list) and all(isinstance(each, str) for each in siblings)
            return isinstance(now, str) or (is_list_of_text and bool(siblings))
        if "string" not in kinds:
            return False
        if len(kinds) == 1 or value is ABSENT or kind_of(value) not in kinds:
            return True
        return isinstance(now, str) and value is not None

    def kinds(self, tokens: Tokens) -> Kinds:
        """Returns the kinds that the schema allows at a place."""
        return None if self.schema is None else self.schema.kinds(tokens)

    def may_be(self, tokens: Tokens, kind: str) -> bool:
        """Returns whether the schema does not forbid that kind at a place."""
        kinds = self.kinds(tokens)
        return kinds is None or kind in kinds

    def with_parents(self, tokens: Tokens, value: JSON, *, always: bool) -> tuple[Tokens, JSON]:
        """Returns the place to put a value at, and the value, with the lists and objects around it that are not there: those
        that the schema declares, and objects ``always`` where it does not forbid them."""
        while tokens and get(self.document, tokens[:-1]) in (ABSENT, None):
            kinds = self.kinds(tokens[:-1])
            if kinds is not None and "array" in kinds and tokens[-1] in ("-", "0"):
                value = [value]
            elif (kinds is None and always) or (kinds is not None and "object" in kinds):
                value = {tokens[-1]: value}
            else:
                break
            tokens = tokens[:-1]
        return tokens, value

    def named(self, name: str) -> Tokens:
        """Returns the place that a dotted name means: a member that has it literally wins, the longest first."""
        return tuple(self.steps(self.document, name, ()))

    def steps(self, container: Maybe, name: str, above: Tokens) -> Iterator[str]:
        """Yields the tokens that lead from a container to what a dotted name means in it."""
        declared = {} if self.schema is None else self.schema.members(above)
        parts = name.split(".")
        if len(parts) == 1 or "" in parts or name in declared or get(container, (name,)) is not ABSENT:
            yield name
            return
        heads = list(accumulate(parts[:-1], lambda head, part: f"{head}.{part}"))
        inner = (head for head in reversed(heads) if isinstance(get(container, (head,)), dict | list))
        head = next(inner, None) or next((head for head in reversed(heads) if head in declared), heads[0])
        yield head
        yield from self.steps(get(container, (head,)), name[len(head) + 1 :], (*above, head))

    def near(self, tokens: Tokens, parent: Maybe) -> str | None:
        """Returns the pointer of a member whose name looks like that of the one that is added; ``None`` where the schema has
        the added one."""
        name, above = tokens[-1], tokens[:-1]
        declared = {} if self.schema is None else self.schema.members(above)
        names = [*(parent if isinstance(parent, dict) else ()), *declared]
        if name in declared or len(names) > MOST_COMPARED or len(name) > MOST_COMPARED:
            return None
        by_folded = {other.casefold(): other for other in reversed(names)}
        alike = get_close_matches(name.casefold(), by_folded, n=1, cutoff=LOOKS_ALIKE)
        return format_pointer((*above, by_folded[alike[0]])) if alike else None

    def require_list(self, tokens: Tokens, value: JSON) -> None:
        """Raises PatchDoesNotApply for an element of a list that is not there, and that no schema declares."""
        if tokens and tokens[-1] == "-" and get(self.document, tokens[:-1]) is ABSENT:
            above = format_pointer(tokens[:-1])
            raise PatchDoesNotApply(
                f"'{above}' of '{self.entity}' is not there, and no schema says that it is a list",
                context={"path": format_pointer(tokens)},
                hint=f"gitdraft set {self.entity} {above} {quote(dump_compact([value]))} makes it",
            )

    def no_list(self, tokens: Tokens, value: Maybe, operator: str) -> PatchDoesNotApply:
        """Returns the error for a place that is no list, or may not be one."""
        pointer = format_pointer(tokens)
        what = (
            "may not be a list" if value in (ABSENT, None) else f"is {KIND_NAMES[kind_of(value)]}, not a list"
        )
        return PatchDoesNotApply(
            f"'{pointer}' of '{self.entity}' {what}: {operator} is for the elements of one",
            context={"path": pointer},
            hint=f"gitdraft set {self.entity} {pointer} VALUE replaces it",
        )


KIND_NAMES = {
    "null": "null",
    "boolean": "true or false",
    "number": "a number",
    "string": "a text",
    "array": "a list",
    "object": "an object",
}
