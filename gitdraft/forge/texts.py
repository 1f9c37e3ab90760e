"""What a pull request says of a draft: title, body, the comment on what is in the way, the status of its head.

The body is between two markers: what a person writes outside of them stays. It ends within the forge's limit, whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote as quote_url

from gitdraft.drafts.details import draft_details
from gitdraft.drafts.impact import Classification, classify
from gitdraft.errors import GitdraftError
from gitdraft.forge.markdown import code, plain, prose, quote, title_of
from gitdraft.forge.port import LONGEST_CHECK
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.pull_requests import CheckState, CommitCheck, Problem, PullText
from gitdraft.model.reports import DraftDetails
from gitdraft.model.violations import Violation
from gitdraft.review.changes import EntityChange, Field, show_change
from gitdraft.review.names import Names
from gitdraft.review.text import cut
from gitdraft.review.values import ShownValue, show_value
from gitdraft.store.repository import Store
from gitdraft.views.change_hash import looked_at
from gitdraft.views.inheritance import inheritance_impact

BEGIN, END = "<!-- gitdraft:begin -->", "<!-- gitdraft:end -->"
STICKY = "<!-- gitdraft:notice -->"
LONGEST_VALUE = 300  # bytes of a value in a table
LONGEST_TABLE = 15_000  # characters of the fields of one entity
LONGEST_DESCRIPTION = 4000  # bytes
LONGEST_SENTENCE = 300  # bytes of what is said of a place
MOST_SHOWN = 200  # entities in a body
MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class DraftText:
    """What a pull request says of a draft. ``parts`` are pieces of the body, each whole, the last ones the first to be left
    out."""

    details: DraftDetails
    title: str
    head: str
    parts: tuple[str, ...]
    tail: str
    conflicts: tuple[tuple[EntityRef, Conflict], ...]

    def pull_text(self, known: str, limit: int) -> PullText:
        """Returns title, body and draft state, with what a person wrote around our part of a ``known`` body."""
        is_draft = self.details.header.status is not DraftStatus.SUBMITTED
        return PullText(self.title, around(known, self._body, limit), is_draft)

    def _body(self, limit: int) -> str:
        """Returns our part of the body, of at most so many characters."""
        left = limit - len(self.head) - len(self.tail) - 200
        chosen: list[str] = []
        for part in self.parts:
            if len(part) + 2 > left:
                break
            chosen.append(part)
            left -= len(part) + 2
        omitted = len(self.parts) - len(chosen)
        more = [f"*… and {omitted:,} more, which are too long to be shown.*"] if omitted else []
        return "\n\n".join([self.head, *chosen, *more, self.tail])


def draft_text(store: Store, draft_id: str, site: str | None) -> DraftText:
    """Returns what there is to say of a draft. Raises NotFound."""
    draft = store.find_draft(draft_id)
    details = draft_details(store, draft_id)
    view = looked_at(store, draft)
    names = Names(view)
    changes = [
        show_change(view, names, report, number)
        for number, (report, _) in enumerate(details.changes[:MOST_SHOWN], 1)
    ]
    parts = [_entity_part(change) for change in changes]
    if len(details.changes) > MOST_SHOWN:
        parts.append(f"*… and {len(details.changes) - MOST_SHOWN:,} more entities.*")
    head = [f"Draft {code(draft_id)} by {prose(details.header.author.partition(' <')[0])}"]
    if details.header.description.strip():
        head.append(quote(cut(details.header.description, LONGEST_DESCRIPTION)))
    head += _checked(details)
    try:
        head += _meaning(classify(view))
        head += _affected([each.entity for each in inheritance_impact(view).entities])
    except (GitdraftError, KeyError):
        head.append("What it means to others could not be worked out while it does not apply.")
    return DraftText(
        details,
        title_of(details.header.title),
        "\n\n".join(head),
        tuple(parts),
        _tail(draft_id, site),
        details.conflicts,
    )


def around(known: str, write: Callable[[int], str], limit: int) -> str:
    """Returns a body whose part between the markers is what ``write`` returns for the characters that are left."""
    before, begin, rest = known.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin:
        before, after = (f"{known.rstrip()}\n\n" if known.strip() else ""), ""
    elif not end:
        after = ""
    left = limit - len(before) - len(after) - len(BEGIN) - len(END) - 2
    return f"{before}{BEGIN}\n{write(max(left, 0))}\n{END}{after}"


def check_of(store: Store, text: DraftText, moved: tuple[str, ...]) -> CommitCheck:
    """Returns the status of the branch's head: what keeps it from being merged first; ``moved`` are the entities on which
    canonical has moved on."""
    state, canonical = text.details.rebase_state.status, store.canonical_branch
    errors = [v for report, _ in text.details.changes for v in report.violations if v.severity == "error"]
    errors += [v for v in text.details.violations if v.severity == "error"]
    match state:
        case "conflict":
            entities = ", ".join(dict.fromkeys(str(entity) for entity, _ in text.conflicts))
            return check("failure", f"in conflict with {canonical}: {entities}")
        case "invalid":
            first = (
                f"{errors[0].entity}{errors[0].pointer}: {errors[0].message}"
                if errors
                else "it breaks a rule"
            )
            return check("failure", f"{len(errors) or 1} violation{'s' * (len(errors) != 1)}: {first}")
        case "broken":
            return check("failure", "a change does not apply")
    if moved:
        return check("pending", f"{canonical} has moved on {', '.join(moved)}: update the branch")
    if not text.details.changes:
        return check("failure", "it changes nothing")
    number = len(text.details.changes)
    return check("success", f"{number} {'entity' if number == 1 else 'entities'} sound on {canonical}")


def check(state: CheckState, description: str) -> CommitCheck:
    """Returns a status whose description fits."""
    said = plain(description)
    said = said if len(said) <= LONGEST_CHECK else said[: LONGEST_CHECK - 1] + "…"
    return CommitCheck(state, said)


def notice(store: Store, text: DraftText, problems: Iterable[Problem]) -> str | None:
    """Returns the comment that says what a person has to do; ``None`` where there is nothing."""
    lines: list[str] = []
    for problem in problems:
        lines.append(f"- {prose(problem.message)}")
        lines += [f"  - {code(place)}" for place in problem.places[:MOST_LISTED]]
    if text.conflicts:
        canonical = code(store.canonical_branch)
        lines += [
            f"{canonical} and this draft both changed:",
            "",
            "| where | base | " + canonical + " | draft |",
            "|---|---|---|---|",
        ]
        for entity, conflict in text.conflicts[:MOST_LISTED]:
            values = (conflict.base, conflict.canonical, conflict.draft)
            cells = " | ".join(_value(show_value(value)) for value in values)
            lines.append(f"| {code(f'{entity} {conflict.path}'.strip())} | {cells} |")
        if len(text.conflicts) > MOST_LISTED:
            lines.append(f"\n… and {len(text.conflicts) - MOST_LISTED:,} more.")
        lines += [
            "",
            f"To resolve them: {code(f'gitdraft conflicts {text.details.id}')}, or merge {canonical} into this branch.",
        ]
    return None if not lines else f"{STICKY}\n" + "\n".join(lines)


def resolved_notice() -> str:
    """Returns what the comment says once nothing is in the way any more."""
    return f"{STICKY}\nNothing is in the way any more."


def is_ours(text: str) -> bool:
    """Returns whether a comment is one of gitdraft's."""
    return text.lstrip().startswith("<!-- gitdraft:")


def _entity_part(change: EntityChange) -> str:
    label = f" {prose(change.named.label)}" if change.named.label else ""
    lines = [f"### {code(str(change.entity))}{label}: {change.word}"]
    if change.target is not None:
        lines.append(f"Leads to {code(str(change.target.entity))}.")
    if change.reason:
        lines.append(f"Reason: {prose(change.reason)}")
    if change.problem:
        lines.append(f"**{prose(change.problem)}**")
    if change.fields:
        rows = ["| pointer | before | after |", "|---|---|---|"]
        for field in change.fields:
            if sum(map(len, rows)) > LONGEST_TABLE:
                break
            rows.append(_row(field))
        left_out = change.left_out + len(change.fields) + 2 - len(rows)
        lines.append("\n".join(rows))
        if left_out:
            lines.append(f"*… and {left_out:,} more fields.*")
    lines += [f"- {_violation(violation)}" for violation in change.violations]
    return "\n\n".join(lines)


def _row(field: Field) -> str:
    return f"| {code(field.change.pointer or '(all of it)')} | {_value(field.change.before)} | {_value(field.change.after)} |"


def _value(value: ShownValue) -> str:
    if value.kind == "absent":
        return "—"
    if value.kind == "empty":
        return f"*{value.text}*"
    shown = cut(value.text, LONGEST_VALUE)
    more = len(value.text) - len(shown) + value.left_out
    return code(shown) + (f" … {more:,} characters more" if more else "")


def _checked(details: DraftDetails) -> Iterator[str]:
    violations = [v for report, _ in details.changes for v in report.violations] + list(details.violations)
    if details.rebase_state.status == "conflict":
        yield f"**In conflict** in {details.rebase_state.conflict_count:,} places."
    if not violations:
        yield "Validation: nothing is wrong."
        return
    lines = [f"Validation: **{len(violations):,}** to look at.", ""]
    lines += [f"- {_violation(violation)}" for violation in violations[:MOST_LISTED]]
    if len(violations) > MOST_LISTED:
        lines.append(f"- … and {len(violations) - MOST_LISTED:,} more")
    yield "\n".join(lines)


def _violation(violation: Violation) -> str:
    place = f"{violation.entity}{violation.pointer}" if violation.entity.type else violation.entity.key
    return f"{violation.severity} {code(place)} {prose(cut(violation.message, LONGEST_SENTENCE))} ({code(violation.rule)})"


def _meaning(classification: Classification) -> Iterator[str]:
    if classification.impact is None:
        return
    lines = [f"Merging it is **{classification.impact}**:", ""]
    reasons = classification.reasons
    lines += [
        f"- {reason.impact} {code(f'{reason.entity}{reason.pointer}')} {prose(cut(reason.message, LONGEST_SENTENCE))}"
        for reason in reasons[:MOST_LISTED]
    ]
    if len(reasons) > MOST_LISTED:
        lines.append(f"- … and {len(reasons) - MOST_LISTED:,} more")
    yield "\n".join(lines)


def _affected(entities: list[EntityRef]) -> Iterator[str]:
    if entities:
        shown = ", ".join(code(str(entity)) for entity in entities[:MOST_LISTED])
        more = f" and {len(entities) - MOST_LISTED:,} more" if len(entities) > MOST_LISTED else ""
        yield f"It affects what {shown}{more} inherit{'s' * (len(entities) == 1)}."


def _tail(draft_id: str, site: str | None) -> str:
    if site:
        return f"[All of it on its review page]({site.rstrip('/')}/drafts/{quote_url(draft_id)})"
    return f"{code(f'gitdraft show {draft_id}')} shows all of it."
