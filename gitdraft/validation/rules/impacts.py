"""The impact of a change of one entity on its users: breaking, additive or cosmetic, and why.

Without a declaration in gitdraft.yaml a removal or another value is breaking, an addition is additive, and a change of
text that is written for people, or of an order, is cosmetic, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gitdraft.documents.differences import Difference, differences
from gitdraft.documents.pointers import Tokens, format_pointer, parse_pointer
from gitdraft.documents.serialise import dump_compact
from gitdraft.formats.configuration import EntityType
from gitdraft.model.entities import EntityRef
from gitdraft.model.impacts import Impact, Reason
from gitdraft.model.lists import ListRules, PathPattern, SetOf
from gitdraft.model.outcomes import EntityState, Live
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.store.references import places
from gitdraft.validation.rules.transitions import check_transition

FOR_PEOPLE = frozenset(
    (
        *("alias", "aliases", "comment", "comments", "description", "descriptions", "documentation"),
        *("example", "examples", "help", "label", "labels", "note", "notes", "summary", "title"),
    )
)
SHOWN = 40


def impacts(
    entity_type: EntityType,
    entity: EntityRef,
    before: EntityState,
    after: EntityState,
    is_new: Callable[[EntityRef], bool],
) -> Iterator[Reason]:
    """Yields the reasons for the impact of the change from the state ``before`` to ``after``.

    ``is_new`` says of another entity whether the same change creates it.
    """
    by_rule = {
        (violation.pointer, violation.rule): Reason(
            "breaking", entity, violation.pointer, violation.message, violation.rule
        )
        for violation in check_transition(entity_type, entity, before, after, is_new)
        if violation.rule != "required/added"  # reported member by member below
    }
    yield from by_rule.values()
    match before, after:
        case Live(document=old), Live(document=new):
            reported = {pointer for pointer, _ in by_rule}
            for difference in differences(old, new, compared_lists(entity_type)):
                if format_pointer(difference.tokens) not in reported:
                    yield _reason(entity_type, entity, difference, old, new)
        case _, Live():
            yield Reason("additive", entity, "", "it is new")


def compared_lists(entity_type: EntityType) -> ListRules:
    """Returns the declared lists; those of parents and of inherited members are compared as sets."""
    if entity_type.inherits is None:
        return entity_type.lists
    pointers = (entity_type.inherits.parents, *(pointer for pointer, _ in entity_type.inherits.members))
    return (*entity_type.lists, *((parse_pointer(pointer), SetOf()) for pointer in pointers))


def _reason(
    entity_type: EntityType, entity: EntityRef, difference: Difference, old: JSON, new: JSON
) -> Reason:
    pointer = format_pointer(difference.tokens)
    impact: Impact | None = _declared(entity_type, difference.tokens)
    if impact is not None:
        return Reason(impact, entity, pointer, _message(difference))
    inherited = _inherited(entity_type, difference, old, new)
    if inherited is not None:
        impact, message = inherited
        rule = "required/added" if impact == "breaking" and difference.kind == "added" else None
        return Reason(impact, entity, pointer, message, rule)
    if difference.kind == "reordered" or FOR_PEOPLE.intersection(difference.tokens):
        return Reason("cosmetic", entity, pointer, _message(difference))
    return Reason(
        "additive" if difference.kind == "added" else "breaking", entity, pointer, _message(difference)
    )


def _declared(entity_type: EntityType, tokens: Tokens) -> Impact | None:
    """Returns what `impact:` declares for a place: that of the longest pointer to it or to what holds it."""
    fitting = [(len(pattern), impact) for pattern, impact in entity_type.impact if _leads_to(pattern, tokens)]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _inherited(
    entity_type: EntityType, difference: Difference, old: JSON, new: JSON
) -> tuple[Impact, str] | None:
    """Returns the impact of a change of the lists of inherited members (`inherits:`), with a message."""
    lists = (
        {parse_pointer(pointer): word for pointer, word in entity_type.inherits.members}
        if entity_type.inherits
        else {}
    )
    word = next((lists[p] for p in lists if difference.tokens[:-1] == p), None)
    name = difference.before if difference.after is ABSENT else difference.after
    if word is None or not isinstance(name, str) or difference.kind not in ("added", "removed"):
        return None
    others = {other for other, w in lists.items() if w != word}
    if difference.kind == "added":
        if word == "required":
            return "breaking", f"{name!r} is required now"
        was_member = _holds(old, others, name)
        return "additive", f"{name!r} is optional now" if was_member else f"{name!r} can be given now"
    if word == "required" and _holds(new, others, name):
        return "additive", f"{name!r} is no longer required"
    if word == "optional" and _holds(new, others, name):
        return "breaking", f"{name!r} is no longer optional"
    return "breaking", f"{name!r} is no member any more"


def _holds(document: JSON, lists: set[PathPattern], name: str) -> bool:
    return any(
        isinstance(value, list) and name in value
        for pattern in lists
        for _, value in places(document, pattern)
    )


def _leads_to(pattern: PathPattern, tokens: Tokens) -> bool:
    return len(pattern) <= len(tokens) and all(
        p in ("*", token) for p, token in zip(pattern, tokens, strict=False)
    )


def _message(difference: Difference) -> str:
    match difference.kind:
        case "added":
            return f"{_shown(difference.after)} is added"
        case "removed":
            return f"{_shown(difference.before)} is removed"
        case "reordered":
            return "the order is another"
        case "changed":
            return f"{_shown(difference.before)} becomes {_shown(difference.after)}"


def _shown(value: Maybe) -> str:
    text = dump_compact(value) if value is not ABSENT else "nothing"
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
