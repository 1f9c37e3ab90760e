"""Each page as HTML: the template that shows it, its title, the addresses that lead on from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from gitdraft.documents.serialise import content_hash
from gitdraft.model.pages import SHELVES, SORTS, ConflictChoice, DraftsQuery, Site
from gitdraft.model.values import ABSENT, JSON
from gitdraft.model.view_reports import AuditEntry
from gitdraft.review.conflicts import ConflictsPage
from gitdraft.review.draft import A_PAGE, DraftPage
from gitdraft.review.drafts import DraftsPage
from gitdraft.review.edit_page import EditPage
from gitdraft.review.entity import EntitiesPage, EntityPage
from gitdraft.review.render import Template, render
from gitdraft.review.since import Moment, SincePage


def drafts_html(site: Site, page: DraftsPage) -> str:
    """Returns the list of drafts."""
    asked = query_of(page.query)
    more = "" if page.next is None else site.drafts(**(asked | {"after": page.next}))
    values = {
        "page": page,
        "shelves": SHELVES,
        "sorts": SORTS,
        "more": more,
        "first": site.drafts(**asked),
    }
    return render(site, Template("drafts", "Drafts", values))


def query_of(query: DraftsQuery) -> dict[str, str]:
    """Returns what was asked for as the query of an address, without the place in the list."""
    asked = {
        "status": "" if query.status == "open" else query.status,
        "conflict": "1" if query.conflict else "",
        "ready": "1" if query.ready else "",
        "mine": "1" if query.mine else "",
        "q": query.words,
        "sort": "" if query.sort == "updated" else query.sort,
    }
    return {name: value for name, value in asked.items() if value}


def draft_html(site: Site, page: DraftPage, reason: str = "", problem: str = "") -> str:
    """Returns the page of a draft; ``reason`` is what was typed and not taken, ``problem`` why."""
    page_link = page_links(site, page.id)

    def page_of(anchor: str) -> str:
        number = (int(anchor.removeprefix("change-")) - 1) // A_PAGE + 1
        return "" if number == page.number else page_link(number)

    values = {
        "page": page,
        "page_link": page_link,
        "page_of": page_of,
        "reason": reason,
        "problem": problem,
    }
    return render(site, Template("draft", page.details.header.title, values))


def page_links(site: Site, draft_id: str) -> Callable[[int], str]:
    """Returns the address of the n-th page of a draft's changes, by n."""
    return lambda number: site.draft(draft_id, page=str(number)) if number > 1 else site.draft(draft_id)


def since_html(site: Site, page: SincePage, then: Moment) -> str:
    """Returns what became of a draft since it was looked at ``then``."""

    def page_link(number: int, **more: str) -> str:
        return site.draft(page.id, "since", **then.query, page=str(number), **more)

    values = {"page": page, "page_link": page_link, "more": page_link(page.number, all="1")}
    return render(site, Template("since", f"Since you looked: {page.title}", values))


def sign_in_html(
    site: Site,
    *,
    heading: str = "Sign in",
    text: str = "",
    following: str = "",
    problem: str = "",
    kept: tuple[tuple[str, str], ...] = (),
) -> str:
    """Returns the page on which a token is typed."""
    values = {"heading": heading, "text": text, "next": following, "problem": problem, "kept": kept}
    return render(site, Template("sign_in", heading, values))


def message_html(
    site: Site,
    heading: str,
    message: str,
    code: str = "",
    kept: tuple[tuple[str, str], ...] = (),
) -> str:
    """Returns a page that says why there is no other; ``kept`` is what was typed."""
    back = site.drafts() if site.viewer.draft is None else site.draft(site.viewer.draft)
    values = {
        "heading": heading,
        "message": message,
        "code": code,
        "kept": kept,
        "back": back,
        "back_label": "All drafts" if site.viewer.draft is None else "Back to the draft",
    }
    return render(site, Template("message", heading, values))


def conflicts_html(site: Site, page: ConflictsPage, *, can_edit: bool, problem: str = "") -> str:
    """Returns the conflicts of a draft, with a choice each for who may answer them."""
    values = {
        "page": page,
        "can_edit": can_edit,
        "problem": problem,
        "previewed": choices_hash(page.choices),
    }
    return render(site, Template("conflicts", f"Conflicts of {page.title}", values))


def choices_hash(choices: Mapping[int, ConflictChoice]) -> str:
    """Returns what stands for answers that were shown with what they leave, before they are saved."""
    return content_hash([[number, *choices[number]] for number in sorted(choices)])


def new_html(site: Site, title: str = "", description: str = "", problem: str = "") -> str:
    """Returns the page on which a draft is started."""
    values = {"title": title, "description": description, "problem": problem}
    return render(site, Template("new", "New draft", values))


def edit_html(site: Site, page: EditPage, step: str = "") -> str:
    """Returns the page on which an entity is edited, after a step in its form."""
    shown = "" if page.shown is ABSENT else _sent(page.shown)
    drawn = _sent(page.drawn)
    values = {"page": page, "shown": shown, "drawn": "" if drawn == shown else drawn, "step": step}
    return render(site, Template("edit", f"Edit {page.named.entity}", values))


def _sent(document: JSON) -> str:
    """Returns a document as its page sends it on: plain letters survive every browser."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


FORMS = (("ttl", "text/turtle"), ("nt", "application/n-triples"), ("jsonld", "application/ld+json"))


def entity_html(site: Site, page: EntityPage, typed: Mapping[str, str], problem: str) -> str:
    """Returns the page of an entity, with the addresses of its data where it is canonical's, and what was ``typed`` to end
    it."""
    forms = FORMS if page.draft is None else ()
    values = {"page": page, "forms": forms, "typed": typed, "problem": problem}
    return render(site, Template("entity", str(page.named.entity), values))


def entities_html(site: Site, page: EntitiesPage, draft: str | None) -> str:
    """Returns the list of entities, of canonical or of a draft."""
    asked = {name: value for name, value in (("q", page.query), ("type", page.type)) if value}
    more = "" if page.next is None else site.entities(draft, **(asked | {"after": page.next}))
    return render(site, Template("entities", "Entities", {"page": page, "more": more, "draft": draft}))


def audit_html(site: Site, entries: Sequence[AuditEntry]) -> str:
    """Returns what was deleted and redirected."""
    return render(site, Template("audit", "Audit", {"entries": entries}))
