"""Releases and changelogs as JSON, Markdown and HTML, and the message of a release's tag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from html import escape
from itertools import groupby

from gitdraft.documents.serialise import dump_compact
from gitdraft.formats.reports import Record
from gitdraft.formats.trailers import append_trailers
from gitdraft.model.bundles import Bundle, BundledEntity
from gitdraft.model.entities import EntityRef
from gitdraft.model.impacts import IMPACTS, Reason
from gitdraft.model.releases import (
    CHANGE_KINDS,
    ChangeKind,
    Changelog,
    EntityChange,
    MemberChange,
    Release,
    ReleaseReport,
    State,
)
from gitdraft.model.values import ABSENT, Maybe

MOST_IN_TAG = 100
LONGEST_VALUE = 60
MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#~"})


def changelog_json(log: Changelog) -> Record:
    """Returns the net changes from one state to another."""
    return {
        "from": _state_json(log.before),
        "to": _state_json(log.after),
        "impact": log.impact,
        "step": log.step,
        "counts": {kind: sum(c.kind == kind for c in log.changes) for kind in CHANGE_KINDS},
        "changes": [_change_json(change) for change in log.changes],
        "schemas": [reason.as_json() for reason in log.general],
        "drafts": [{"id": d.id, "title": d.title, "author": d.author} for d in log.drafts],
        "authors": list(log.authors),
    }


def advice_json(log: Changelog) -> Record:
    """Returns what a step means: as a whole, by type, by module, and entity by entity with the reasons."""
    return {
        "impact": log.impact,
        "step": log.step,
        "counts": _weights(log.changes),
        "types": _by(log.changes, lambda change: change.entity.type),
        "modules": _modules(log.changes),
        "entities": [
            {
                "entity": str(change.entity),
                "kind": change.kind,
                "impact": change.impact,
                "reasons": [_reason_json(reason) for reason in change.reasons],
            }
            for change in log.changes
        ],
        "schemas": [_reason_json(reason) for reason in log.general],
    }


def release_json(release: Release) -> Record:
    """Returns a release."""
    return {
        "version": release.version,
        "tag": release.tag,
        "commit": release.commit,
        "at": release.at,
        **({"by": release.by} if release.by else {}),
    }


def release_report_json(report: ReleaseReport) -> Record:
    """Returns a release that was made, or would be; ``proposed`` is the version that the step asks for."""
    previous = report.previous
    return {
        "version": report.version,
        "tag": report.tag,
        "commit": report.commit,
        "proposed": report.proposed,
        **({} if previous is None else {"previous": release_json(previous)}),
        "advice": advice_json(report.changelog),
    }


def bundle_json(bundle: Bundle) -> Record:
    """Returns a module with everything that it needs."""
    return {
        "module": str(bundle.module),
        "commit": bundle.commit,
        **({} if bundle.draft is None else {"draft": bundle.draft}),
        "entities": [_bundled_json(one) for one in bundle.entities],
        "redirects": [{"from": str(source), "to": str(target)} for source, target in bundle.redirects],
        "missing": [
            {"entity": str(lack.entity), "path": lack.pointer, "names": lack.names, "status": lack.status}
            for lack in bundle.missing
        ],
    }


def _bundled_json(one: BundledEntity) -> Record:
    record: Record = {"entity": str(one.entity), "document": one.document}
    if one.members is not None:
        record["members"] = [member._asdict() | {"source": str(member.source)} for member in one.members]
    return record


def tag_message(report: ReleaseReport, operation: str) -> str:
    """Returns the message of a release's tag: what the step from the last release means, by weight, type, module and entity."""
    log = report.changelog
    lines = [f"Release {report.version}", ""]
    weights = _weights(log.changes)
    since = "" if report.previous is None else f" since {report.previous.version}"
    lines.append(f"{', '.join(f'{n} {weight}' for weight, n in weights.items()) or 'no changes'}{since}")
    for name, counts in {**_by(log.changes, lambda c: c.entity.type), **_modules(log.changes)}.items():
        lines.append(f"{name}: {', '.join(f'{n} {weight}' for weight, n in counts.items())}")
    lines.append("")
    ordered = sorted(log.changes, key=lambda c: IMPACTS.index(c.impact) if c.impact else len(IMPACTS))
    lines += [
        f"{change.impact or 'none'} {change.kind} {change.entity}{_target(change)}"
        for change in ordered[:MOST_IN_TAG]
    ]
    if len(ordered) > MOST_IN_TAG:
        lines.append(f"and {len(ordered) - MOST_IN_TAG:,} more")
    return append_trailers("\n".join(lines), {"Gitdraft-Operation": operation})


def changelog_markdown(log: Changelog) -> Iterator[str]:
    """Yields the lines of a changelog in Markdown: by module and type, what was added, changed and so on."""
    yield f"# {_markdown(log.after.name)}"
    yield ""
    yield f"Since {_markdown(log.before.name)}: {_summary(log)}"
    for place, changes in _grouped(log.changes):
        yield ""
        yield f"## {_markdown(place)}"
        for kind, those in _by_kind(changes):
            yield ""
            yield f"### {kind.capitalize()}"
            yield ""
            for change in those:
                yield f"- {_named(change, _markdown, '`')}"
                yield from (f"  - {_member_text(member, _markdown, '`')}" for member in change.members)
    if log.general:
        yield from ("", "## Schemas", "")
        yield from (f"- {_markdown(r.entity.key)} `{r.pointer}`: {_markdown(r.message)}" for r in log.general)
    yield from _credit_lines(log)


def changelog_html(log: Changelog) -> Iterator[str]:
    """Yields the lines of a changelog as a page: the same as in Markdown."""
    title = escape(log.after.name)
    yield f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body>'
    yield f"<h1>{title}</h1>\n<p>Since {escape(log.before.name)}: {escape(_summary(log))}</p>"
    for place, changes in _grouped(log.changes):
        yield f"<h2>{escape(place)}</h2>"
        for kind, those in _by_kind(changes):
            yield f"<h3>{kind.capitalize()}</h3>\n<ul>"
            for change in those:
                yield f"<li>{_named(change, escape, '')}"
                if change.members:
                    inner = "".join(f"<li>{_member_text(m, escape, '')}</li>" for m in change.members)
                    yield f"<ul>{inner}</ul>"
                yield "</li>"
            yield "</ul>"
    if log.general:
        items = "".join(f"<li>{escape(f'{r.entity.key} {r.pointer}: {r.message}')}</li>" for r in log.general)
        yield f"<h2>Schemas</h2>\n<ul>{items}</ul>"
    for heading, names in (
        ("Drafts", [f"{d.title} ({d.author})" for d in log.drafts]),
        ("Authors", log.authors),
    ):
        if names:
            items = "".join(f"<li>{escape(name)}</li>" for name in names)
            yield f"<h2>{heading}</h2>\n<ul>{items}</ul>"
    yield "</body></html>"


def _credit_lines(log: Changelog) -> Iterator[str]:
    if log.drafts:
        yield from ("", "## Drafts", "")
        yield from (f"- {_markdown(d.title)} ({_markdown(d.author)})" for d in log.drafts)
    if log.authors:
        yield from ("", "## Authors", "")
        yield from (f"- {_markdown(author)}" for author in log.authors)


def _state_json(state: State) -> Record:
    return {"name": state.name, **({} if state.commit is None else {"commit": state.commit})}


def _change_json(change: EntityChange) -> Record:
    return {
        "entity": str(change.entity),
        "type": change.entity.type,
        "kind": change.kind,
        "impact": change.impact,
        **({} if change.label is None else {"label": change.label}),
        **({} if change.target is None else {"target": str(change.target)}),
        **({} if not change.reason else {"reason": change.reason}),
        **({} if change.module is None else {"module": str(change.module)}),
        "members": [_member_json(member) for member in change.members],
    }


def _member_json(member: MemberChange) -> Record:
    sides = {"before": member.before, "after": member.after}
    present = {name: value for name, value in sides.items() if value is not ABSENT}
    return {"path": member.pointer, "kind": member.kind, **present}


def _reason_json(reason: Reason) -> dict[str, str]:
    return {name: value for name, value in reason.as_json().items() if name != "entity"}


def _weights(changes: Iterable[EntityChange]) -> dict[str, int]:
    counted = Counter(change.impact for change in changes)
    return {weight: counted[weight] for weight in IMPACTS if counted[weight]}


def _by(
    changes: Iterable[EntityChange], name_of: Callable[[EntityChange], str | None]
) -> dict[str, dict[str, int]]:
    named = [(name, change) for change in changes if (name := name_of(change)) is not None]
    names = sorted({name for name, _ in named})
    return {name: _weights(change for other, change in named if other == name) for name in names}


def _modules(changes: Iterable[EntityChange]) -> dict[str, dict[str, int]]:
    return _by(changes, lambda change: None if change.module is None else str(change.module))


def _grouped(changes: Iterable[EntityChange]) -> Iterator[tuple[str, list[EntityChange]]]:
    """Yields the changes of each module and type, those without a module last."""

    def place(change: EntityChange) -> tuple[bool, EntityRef, str]:
        return (change.module is None, change.module or EntityRef("", ""), change.entity.type)

    for (_, module, kind), those in groupby(sorted(changes, key=place), place):
        yield (f"{module.key}: {kind}" if module.key else kind), list(those)


def _by_kind(changes: Iterable[EntityChange]) -> Iterator[tuple[ChangeKind, list[EntityChange]]]:
    kept = list(changes)
    for kind in CHANGE_KINDS:
        those = [change for change in kept if change.kind == kind]
        if those:
            yield kind, those


def _summary(log: Changelog) -> str:
    counted = [(kind, sum(c.kind == kind for c in log.changes)) for kind in CHANGE_KINDS]
    said = ", ".join(f"{number} {kind}" for kind, number in counted if number)
    return f"{said or 'nothing'}; {log.impact}" if log.impact else "nothing changed"


def _target(change: EntityChange) -> str:
    return "" if change.target is None else f" -> {change.target}"


def _named(change: EntityChange, safe: Callable[[str], str], mark: str) -> str:
    label = "" if change.label is None else f" {safe(change.label)}"
    target = "" if change.target is None else f" → {safe(str(change.target))}"
    reason = f": {safe(' '.join(change.reason.split()))}" if change.reason else ""
    breaking = " (breaking)" if change.impact == "breaking" else ""
    return f"{mark}{_plain(str(change.entity), safe, mark)}{mark}{label}{target}{reason}{breaking}"


def _member_text(member: MemberChange, safe: Callable[[str], str], mark: str) -> str:
    pointer = f"{mark}{_plain(member.pointer or '/', safe, mark)}{mark}"
    match member.kind:
        case "added":
            return f"{pointer}: {safe(_shown(member.after))} added"
        case "removed":
            return f"{pointer}: {safe(_shown(member.before))} removed"
        case "reordered":
            return f"{pointer}: another order"
        case "changed":
            return f"{pointer}: {safe(_shown(member.before))} → {safe(_shown(member.after))}"


def _plain(text: str, safe: Callable[[str], str], mark: str) -> str:
    return text.replace("`", "'") if mark else safe(text)


def _shown(value: Maybe) -> str:
    text = "nothing" if value is ABSENT else dump_compact(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _markdown(text: str) -> str:
    return " ".join(text.translate(MARKDOWN).split())
