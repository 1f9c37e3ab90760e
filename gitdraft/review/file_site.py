"""The pages as files: read only, with relative links; what a page links to is written next, so no link leads nowhere."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple, cast

from gitdraft.errors import GitdraftError
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Live
from gitdraft.model.pages import DraftsQuery, Shelf, Site, Viewer
from gitdraft.review.conflicts import conflicts_page
from gitdraft.review.draft import draft_page
from gitdraft.review.drafts import drafts_page
from gitdraft.review.entity import audit_page, entity_page
from gitdraft.review.pages import audit_html, conflicts_html, draft_html, drafts_html, entity_html
from gitdraft.store.repository import Store
from gitdraft.views.change_hash import looked_at
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.reviews import Given

FIRST = "index.html"


class PageFile(NamedTuple):
    """A page that is to be written: of which kind it is, the draft and the entity it is about, the query of its address."""

    kind: str
    draft: str = ""
    entity: EntityRef | None = None
    query: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FileSite(Site):
    """The site of files. ``at`` is the file of the page that is made, ``asked`` the pages that were linked to, by file,
    ``entities_of`` the entities that have pages, by draft, and ``views`` the latest draft's view: many pages ask for all that is in it."""

    at: str = FIRST
    asked: dict[str, PageFile] = field(default_factory=dict)
    entities_of: dict[str, frozenset[EntityRef]] = field(default_factory=dict)
    views: dict[str, EffectiveView] = field(default_factory=dict)

    def drafts(self, **query: str) -> str:
        """Returns where the list of drafts is."""
        named = "-".join(value for name, value in sorted(query.items(), reverse=True) if value != "open")
        return self._link(f"drafts-{named}.html" if named else FIRST, PageFile("drafts", query=query))

    def draft(self, draft_id: str, part: str = "", **query: str) -> str:
        """Returns where a draft is, or its conflicts."""
        named = "-".join((*(["all"] if query.get("all") else []), query.get("page", "1")))
        name = part or ("index" if named == "1" else named)
        return self._link(f"drafts/{draft_id}/{name}.html", PageFile(part or "draft", draft_id, None, query))

    def entity(self, entity: EntityRef, draft_id: str | None = None) -> str:
        """Returns where an entity of a draft is."""
        name = sha256(str(entity).encode()).hexdigest()[:16]
        page = PageFile("entity", draft_id or "", entity)
        return self._link(f"drafts/{draft_id}/entities/{name}.html", page)

    def has_entity(self, entity: EntityRef, draft_id: str | None) -> bool:
        """Whether an entity has a page: those that drafts change have."""
        return draft_id is not None and entity in self.entities_of.get(draft_id, ())

    def page(self, name: str) -> str:
        """Returns where a page is that there is once."""
        return self._link(f"{name}.html", PageFile(name))

    def _link(self, path: str, page: PageFile) -> str:
        self.asked.setdefault(path, page)
        return relative_to(self.at, path)


def relative_to(page: str, path: str) -> str:
    """Returns the link from a page to a file, both by their paths."""
    return posixpath.relpath(path, posixpath.dirname(page) or ".")


def page_files(store: Store, given: Given | None = None) -> Iterator[tuple[str, bytes]]:
    """Yields every page as its file, by the path below the folder: the lists, each draft, open or closed, its conflicts, the
    entities that it changes, the audit."""
    site = FileSite(Viewer(is_local=True), "", reads_canonical=False)
    site.drafts()
    written: set[str] = set()
    while waiting := [path for path in site.asked if path not in written]:
        for path in waiting:
            written.add(path)
            known = set(site.asked)
            html = _page(store, replace(site, at=path), site.asked[path], given)
            for other in site.asked.keys() - known:
                if f'href="{relative_to(path, other)}' not in html:  # an address that the page did not use
                    del site.asked[other]
            yield path, html.encode("utf-8", "replace")


def _page(store: Store, site: FileSite, page: PageFile, given: Given | None) -> str:
    match page.kind:
        case "drafts":
            query = page.query
            asked = DraftsQuery(cast(Shelf, query.get("status", "open")), after=query.get("after", ""))
            return drafts_html(site, drafts_page(store, asked, None))
        case "conflicts":
            return conflicts_html(site, conflicts_page(store, page.draft, {}, whole=True), can_edit=False)
        case "audit":
            return audit_html(site, audit_page(store))
        case "entity" if page.entity is not None:
            view = _view(store, site, page.draft)
            shown = entity_page(store, view, page.entity, page.draft, whole=True)
            return entity_html(site, shown, {}, "")
    site.entities_of.setdefault(page.draft, _entities(store, page.draft))
    number, whole = int(page.query.get("page", "1")), bool(page.query.get("all"))
    shown_draft = draft_page(store, page.draft, site.viewer, number, whole=whole, given=given)
    return draft_html(site, shown_draft)


def _view(store: Store, site: FileSite, draft_id: str) -> EffectiveView:
    if draft_id not in site.views:
        site.views.clear()
        site.views[draft_id] = open_view(store, store.find_draft(draft_id))
    return site.views[draft_id]


def _entities(store: Store, draft_id: str) -> frozenset[EntityRef]:
    """Returns the entities that a draft changes and has; of a closed one none, as its page shows what it did."""
    draft = store.find_draft(draft_id)
    if store.is_closed(draft):
        return frozenset()
    view = looked_at(store, draft)
    return frozenset(entity for entity in view.changed() if _is_live(view, entity))


def _is_live(view: EffectiveView, entity: EntityRef) -> bool:
    try:
        return isinstance(view.state(entity), Live)
    except GitdraftError:
        return False
