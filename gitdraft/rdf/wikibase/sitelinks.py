"""Sitelinks as RDF: an article a link, of a site, in its language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from gitdraft.model.values import JSON
from gitdraft.rdf.terms import SCHEMA, Term, Triple, clean_iri, iri, is_tag, literal, tagged, triple
from gitdraft.rdf.wikibase.languages import canonical_tag
from gitdraft.rdf.wikibase.values import url_encode
from gitdraft.rdf.wikibase.vocabulary import TYPE, Vocabulary, ontology

ARTICLE, ABOUT = iri(SCHEMA + "Article"), iri(SCHEMA + "about")
IN_LANGUAGE, PART_OF, NAME = (iri(SCHEMA + name) for name in ("inLanguage", "isPartOf", "name"))
BADGE, GROUP = ontology("badge"), ontology("wikiGroup")
NO_GROUP = "none"


class Site(NamedTuple):
    """A site: the code of its language, the address of a page with `$1` for its title, its group."""

    language: str
    link: str
    group: str = NO_GROUP


def read_sites(table: JSON) -> dict[str, Site]:
    """Returns the sites of a table, by their names. What is no site is left out."""
    if not isinstance(table, dict):
        return {}
    return {
        name: Site(row["language"], row["link"], row.get("group") or NO_GROUP)
        for name, row in table.items()
        if isinstance(row, dict) and isinstance(row.get("language"), str) and isinstance(row.get("link"), str)
    }


def write_sitelinks(
    vocabulary: Vocabulary, sites: dict[str, Site], subject: Term, links: Any
) -> Iterator[Triple]:
    """Yields the triples of an entity's sitelinks; those of a site that is not in the table are left out, as Wikibase does."""
    if not isinstance(links, dict):
        return
    for name, link in links.items():
        site = sites.get(link.get("site") or name)
        if site is None:
            continue
        title = link["title"]
        place = site.link.replace("$1", url_encode(title.replace(" ", "_")))
        page = clean_iri(place if urlsplit(place).scheme else f"http:{place}")
        if page is None:
            continue
        article, parts = iri(page), urlsplit(page)
        home = iri(f"{parts.scheme}://{parts.hostname or ''}/")
        tag = canonical_tag(site.language)
        yield triple(article, TYPE, ARTICLE)
        yield triple(article, ABOUT, subject)
        yield triple(article, IN_LANGUAGE, literal(tag))
        yield triple(article, PART_OF, home)
        yield triple(article, NAME, tagged(title, tag) if is_tag(tag) else literal(title))
        for badge in link.get("badges") or ():
            yield triple(article, BADGE, vocabulary.entity(badge))
        yield triple(home, GROUP, literal(site.group))
