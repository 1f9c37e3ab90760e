"""What the files of a folder say of themselves: which member is the key, which lists have one, whether they are Wikibase's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from gitdraft.documents.pointers import Tokens, format_pointer
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.lazy_regex import regex
from gitdraft.model.values import JSON

NEARLY_ALWAYS = 0.95
FEW = 20  # files, of which each has to agree
MOST_NAMES = 8  # of an object whose names are declared; one with more may be a mapping
MANY_NAMES = 30  # more than an object has that is declared
MOST_LISTS = 2000  # of a place
MANY_LISTS = 3  # with several elements, in which a member whose name says nothing tells them apart
ID_MEMBERS = ("id", "@id", "key", "entity_key", "name", "slug", "code")
ELEMENT_KEYS = ("id", "@id", "key", "hash", "uuid", "name", "slug", "code", "property", "url")
IDENTIFIER = regex(r"[^\W\d][\w.:/@$-]{0,199}")
WIKIBASE_ID = regex(r"[QPL][1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class IdMember:
    """The member that holds the key: its pointer, and in how many of the files it does."""

    pointer: str
    agreeing: int
    looked_at: int


def id_member(documents: Mapping[str, JSON]) -> IdMember | None:
    """Returns the member that equals the key in nearly all of the documents, by key; ``None`` where there is none."""
    equal = Counter(
        name
        for key, document in documents.items()
        if isinstance(document, dict)
        for name, value in document.items()
        if value == key
    )
    needed = len(documents) if len(documents) < FEW else NEARLY_ALWAYS * len(documents)
    order = {name: place for place, name in enumerate(ID_MEMBERS)}
    ranked = sorted(equal, key=lambda name: (-equal[name], order.get(name, len(order)), name))
    if not ranked or equal[ranked[0]] < needed:
        return None
    return IdMember(format_pointer((ranked[0],)), equal[ranked[0]], len(documents))


def usual_members(documents: Collection[JSON]) -> frozenset[str]:
    """Returns the members that most of the documents have."""
    counts = Counter(name for document in documents if isinstance(document, dict) for name in document)
    return frozenset(name for name, number in counts.items() if number * 2 > len(documents))


def unwrapped(document: JSON) -> JSON:
    """Returns the entity in what Wikibase's `Special:EntityData` gives of it; any other document as it is."""
    match document:
        case {"entities": dict(entities)} if len(document) == len(entities) == 1:
            return next(iter(entities.values()))
    return document


def wikibase_letters(documents: Mapping[str, JSON]) -> set[str]:
    """Returns the letters with which the ids begin (`Q`, `P`, `L`) where nearly all documents are entities of Wikibase."""
    letters = [
        document["id"][0]
        for document in documents.values()
        if isinstance(document, dict)
        and isinstance(document.get("claims"), dict | list)
        and isinstance(document.get("id"), str)
        and WIKIBASE_ID.fullmatch(document["id"])
    ]
    is_wikibase = bool(letters) and len(letters) >= NEARLY_ALWAYS * len(documents)
    return set(letters) if is_wikibase else set()


def keyed_lists(documents: Sequence[JSON]) -> dict[str, str]:
    """Returns the pointers (`*` for any token) of lists whose elements are objects that a member tells apart, in every list
    there, each with that member."""
    root = _Shape()
    for document in documents:
        root.add(document)
    return {format_pointer(pattern): key for pattern, key in root.keyed(())}


@dataclass(slots=True)
class _Shape:
    """What stands at one place of all documents: how many objects, what below each of their names, and the lists."""

    objects: int = 0
    kinds: set[type] = field(default_factory=set)
    members: dict[str, _Shape] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    element: _Shape | None = None
    lists: list[list[JSON]] = field(default_factory=list)

    def add(self, value: JSON) -> None:
        """Adds a value that stands at the place."""
        self.kinds.add(type(value))
        if isinstance(value, dict):
            self.objects += 1
            self.seen.update(value.keys())
            for name, inner in value.items():
                self.members.setdefault(name, _Shape()).add(inner)
        elif isinstance(value, list) and value:
            self.element = self.element or _Shape()
            if len(self.lists) < MOST_LISTS:
                self.lists.append(value)
            for inner in value:
                self.element.add(inner)

    def take_in(self, other: _Shape) -> None:
        """Adds all that stands at another place."""
        self.objects += other.objects
        self.kinds |= other.kinds
        self.seen += other.seen
        self.lists += other.lists[: MOST_LISTS - len(self.lists)]
        for name, shape in other.members.items():
            self.members.setdefault(name, _Shape()).take_in(shape)
        if other.element is not None:
            self.element = self.element or _Shape()
            self.element.take_in(other.element)

    def keyed(self, above: Tokens) -> Iterator[tuple[Tokens, str]]:
        """Yields the keyed lists at this place and below it, with their key."""
        key = _element_key(self.lists)
        if key is not None:
            yield above, key
        below = dict(self.members)
        if self.is_mapping():
            any_name = _Shape()
            for shape in self.members.values():
                any_name.take_in(shape)
            below = {"*": any_name}
        if self.element is not None:
            below["*"] = self.element
        for token, shape in below.items():
            yield from shape.keyed((*above, token))

    def is_mapping(self) -> bool:
        """Returns whether the names at the place are data: many, most of them rare, with values of one kind."""
        if len(self.seen) <= MOST_NAMES:
            return False
        usual = sorted(self.seen.values())[len(self.seen) // 2]
        kinds = {kind for shape in self.members.values() for kind in shape.kinds}
        return len(kinds) == 1 and (usual * 2 < self.objects or len(self.seen) > MANY_NAMES)


def _element_key(lists: Sequence[Sequence[JSON]]) -> str | None:
    """Returns the member that tells the elements of each list apart; ``None`` where none does, or where too few elements
    say so."""
    elements = [element for each in lists for element in each]
    longer = [len(each) for each in lists if len(each) > 1]
    if not all(isinstance(element, dict) for element in elements) or (
        len(longer) < 2 and max(longer or (0,)) < 3
    ):
        return None
    order = {name: place for place, name in enumerate(ELEMENT_KEYS)}
    known: list[str] = sorted(
        (name for name in elements[0] if _is_key_name(name)), key=lambda n: order.get(n, 99)
    )
    others: list[str] = (
        [name for name in elements[0] if name not in known] if len(longer) >= MANY_LISTS else []
    )
    for name in known + others:
        values = [element.get(name) for element in elements]
        is_key = _can_be_key if name in known else _is_identifier
        if all(map(is_key, values)) and all(len({e[name] for e in each}) == len(each) for each in lists):
            return name
    return None


def _is_key_name(name: str) -> bool:
    return name in ELEMENT_KEYS or name.casefold().endswith(("id", "_key", "_code"))


def _can_be_key(value: JSON) -> bool:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return is_number or (isinstance(value, str) and 0 < len(value) <= 200)


def _is_identifier(value: JSON) -> bool:
    return isinstance(value, str) and IDENTIFIER.fullmatch(value) is not None
