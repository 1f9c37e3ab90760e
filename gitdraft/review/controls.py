"""A document as a form: a control for each of its places, as the type's JSON Schema says what may stand there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from gitdraft.documents.equality import identical
from gitdraft.documents.pointers import Tokens, format_pointer, parse_pointer
from gitdraft.documents.serialise import dump_compact
from gitdraft.formats.configuration import EntityType
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.review.compare import Place
from gitdraft.review.names import Names
from gitdraft.review.text import LINE_END, UNSEEN, escaped_json
from gitdraft.review.values import Named, indented
from gitdraft.validation.schema_places import Kinds, SchemaPlaces, blank, schema_places

MOST_PARTS = 600  # of a form; what is beyond is left as it is
DEEPEST = 8
MOST_CHOICES = 200
LONGEST_LINE = 80  # characters of a text on one line
SHORT = 200  # a text of at most so many characters, by its schema, is on one line

ControlKind: TypeAlias = Literal["line", "text", "number", "choice", "reference", "json", "fixed"]
PartKind: TypeAlias = Literal["value", "object", "list"]
State: TypeAlias = Literal["value", "empty", "null", "absent"]
STATES: dict[State, str] = {"value": "a value", "empty": "empty text", "null": "null", "absent": "not there"}


class Option(NamedTuple):
    """One of several that can be chosen."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Control:
    """How a value is typed. ``text`` is what stands there before anybody types, ``state`` whether that is a value at all;
    ``states`` are those that can be chosen where a text alone does not say it. ``types`` are those of a reference, ``named`` the
    entity that it names."""

    kind: ControlKind
    text: str = ""
    state: State = "value"
    options: tuple[Option, ...] = ()
    states: tuple[Option, ...] = ()
    types: tuple[str, ...] = ()
    named: Named | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A place of a document in its form: a value with its control, or an object or a list with its ``parts``."""

    tokens: Tokens
    title: str
    hint: str
    kind: PartKind
    is_required: bool
    is_there: bool
    control: Control = Control("fixed")
    parts: tuple[Part, ...] = ()
    is_element: bool = False
    takes_members: bool = False

    @property
    def pointer(self) -> str:
        """The pointer to the place."""
        return format_pointer(self.tokens)

    def walk(self) -> Iterator[Part]:
        """Yields the part and all below it."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(slots=True)
class Drawing:
    """What draws a document of a type. A schema that says nothing of a place leaves it to what stands there."""

    names: Names
    type: EntityType
    schema: SchemaPlaces | None = field(init=False)
    identity: Tokens = field(init=False)
    _named: Place = field(default=lambda _: None)
    _left: int = MOST_PARTS

    def __post_init__(self) -> None:
        self.schema = schema_places(self.names.view.canonical, self.type.name)
        self.identity = parse_pointer(self.type.id_pointer or "")

    def draw(self, document: JSON) -> Part:
        """Returns the form of a document."""
        self._left, self._named = MOST_PARTS, self.names.places(EntityRef(self.type.name, ""), document)
        return self._part((), document, is_required=True, is_element=False)

    def kinds(self, tokens: Tokens) -> Kinds:
        """Returns the kinds of value that may stand at a place; ``None`` where nothing is said of it."""
        return None if self.schema is None else self.schema.kinds(tokens)

    def blank(self, tokens: Tokens, alike: Maybe = ABSENT) -> JSON:
        """Returns an empty value for a place: of a kind that the schema allows, else of that of a value ``alike``."""
        kinds = self.kinds(tokens)
        value = blank(kinds)
        if kinds is None:
            value = type(alike)() if isinstance(alike, dict | list | int | float) else ""
        if isinstance(value, dict) and self.schema is not None:
            return {name: blank(self.kinds((*tokens, name))) for name in self.schema.required(tokens)}
        return value

    def types_at(self, tokens: Tokens) -> tuple[str, ...]:
        """Returns the types of which a text at the place names an entity; none where it names none."""
        for rule in self.type.references:
            pairs = zip(rule.pattern, tokens, strict=False)
            if len(rule.pattern) == len(tokens) and all(part in ("*", token) for part, token in pairs):
                return () if rule.members else rule.types
        return ()

    def _part(self, tokens: Tokens, value: Maybe, *, is_required: bool, is_element: bool) -> Part:
        self._left -= 1
        kinds = self.kinds(tokens) or frozenset()
        is_there = value is not ABSENT
        kind: PartKind = "value"
        if isinstance(value, dict) or (not is_there and kinds and kinds <= {"object", "null"}):
            kind = "object"
        elif isinstance(value, list) or (not is_there and kinds and kinds <= {"array", "null"}):
            kind = "list"
        title, hint = self.names.title(self.type.name, tokens), self._hint(tokens)
        part = Part(tokens, title, hint, kind, is_required, is_there, is_element=is_element)
        if kind == "value" or self._left < 0 or len(tokens) > DEEPEST:
            return replace(part, kind="value", control=self._control(tokens, value, is_required=is_required))
        takes_members = kind == "object" and is_there and self._takes_members(tokens)
        return replace(part, parts=tuple(self._below(tokens, value)), takes_members=takes_members)

    def _below(self, tokens: Tokens, value: Maybe) -> Iterator[Part]:
        if isinstance(value, list):
            for index, element in enumerate(value):
                yield self._part((*tokens, str(index)), element, is_required=True, is_element=True)
        if not isinstance(value, dict):
            return
        declared = [] if self.schema is None else list(self.schema.members(tokens))
        required = [] if self.schema is None else self.schema.required(tokens)
        for name in (*value, *(name for name in declared if name not in value)):
            yield self._part(
                (*tokens, name), value.get(name, ABSENT), is_required=name in required, is_element=False
            )

    def _takes_members(self, tokens: Tokens) -> bool:
        words = [] if self.schema is None else list(self.schema.words(tokens))
        return not any(each.get("additionalProperties") is False for each in words)

    def _hint(self, tokens: Tokens) -> str:
        words = [] if self.schema is None or not tokens else self.schema.words(tokens)
        return next((text for each in words if isinstance(text := each.get("description"), str)), "")

    def _control(self, tokens: Tokens, value: Maybe, *, is_required: bool) -> Control:
        if tokens == self.identity or isinstance(value, dict | list):
            return Control("fixed", value if isinstance(value, str) else indented(value))
        kinds = self.kinds(tokens)
        choices = None if self.schema is None else self.schema.choices(tokens)
        if choices is None and (isinstance(value, bool) or kinds == frozenset(("boolean",))):
            choices = [True, False]
        if choices is not None and len(choices) <= MOST_CHOICES:
            return _choice(choices, value, is_required=is_required)
        kind, text = self._kind_and_text(tokens, value, kinds)
        state: State = "absent" if value is ABSENT else "null" if value is None else "value"
        if value == "":
            state = "empty"
        states = _states(state, kinds, is_required=is_required)
        return Control(kind, text, state, (), states, self.types_at(tokens), self._named(tokens))

    def _kind_and_text(self, tokens: Tokens, value: Maybe, kinds: Kinds) -> tuple[ControlKind, str]:
        is_nothing = value is ABSENT or value is None
        if isinstance(value, int | float) or (
            is_nothing and kinds is not None and kinds <= {"number", "null"}
        ):
            return "number", "" if is_nothing else dump_compact(value)
        if not isinstance(value, str) and not (is_nothing and (kinds is None or "string" in kinds)):
            return "json", "" if is_nothing else dump_compact(value)
        if is_nothing and kinds is None:
            return "json", ""
        text = value if isinstance(value, str) else ""
        if UNSEEN.search(LINE_END.sub("\n", text)):
            return "json", escaped_json(dump_compact(text))
        if self.types_at(tokens):
            return "reference", text
        return ("line" if self._is_short(tokens, text) else "text"), text

    def _is_short(self, tokens: Tokens, text: str) -> bool:
        if LINE_END.search(text) or len(text) > LONGEST_LINE:
            return False
        words = [] if self.schema is None else list(self.schema.words(tokens))
        lengths = [each["maxLength"] for each in words if isinstance(each.get("maxLength"), int)]
        has_form = any("pattern" in each or "format" in each for each in words)
        return bool(text) or has_form or any(length <= SHORT for length in lengths)


def _choice(choices: Sequence[JSON], value: Maybe, *, is_required: bool) -> Control:
    shown = [*choices]
    if value is not ABSENT and not any(identical(value, choice) for choice in choices):
        shown.insert(0, value)
    options = [Option(dump_compact(choice), _label(choice)) for choice in shown]
    if value is ABSENT or not is_required:
        options.insert(0, Option("", STATES["absent"]))
    return Control(
        "choice",
        "" if value is ABSENT else dump_compact(value),
        "absent" if value is ABSENT else "value",
        tuple(options),
    )


def _label(choice: JSON) -> str:
    words: dict[JSON, str] = {None: "null", True: "yes", False: "no"}
    if choice is None or isinstance(choice, bool):
        return words[choice]
    return choice if isinstance(choice, str) and choice else dump_compact(choice)


def _states(state: State, kinds: Kinds, *, is_required: bool) -> tuple[Option, ...]:
    """Returns what can be chosen beside a text; nothing where clearing the text says it."""
    if state not in ("null", "empty") and not (kinds is not None and "null" in kinds):
        return ()
    takes_text = kinds is None or "string" in kinds
    offered: Iterable[tuple[State, bool]] = (
        ("value", True),
        ("empty", takes_text or state == "empty"),
        ("null", state == "null" or (kinds is not None and "null" in kinds)),
        ("absent", state == "absent" or not is_required),
    )
    return tuple(Option(name, STATES[name]) for name, is_offered in offered if is_offered)
