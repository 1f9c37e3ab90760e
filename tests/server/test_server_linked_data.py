"""Linked data over HTTP: addresses, suffixes, negotiation, redirects, who may."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pyoxigraph
import pytest
from sandbox import Sandbox
from wikibase_items import CONFIGURATION, amount, item

from gitdraft.server.media_types import choose

DATA = "/wiki/Special:EntityData"
WD = "http://example.org/entity/"
SAME = f"<{WD}Q1> <http://www.w3.org/2002/07/owl#sameAs> <{WD}Q2> ."
VERSION = "<http://schema.org/version>"


@pytest.fixture
def client(sandbox: Sandbox, serving: Callable[..., Any]) -> httpx.Client:
    """A client of a service in which everybody may read two items, one with a name that ends like a file."""
    configuration = CONFIGURATION.replace("  property_types: property_types.json\n", "")
    sandbox.write("gitdraft.yaml", configuration.replace("  sites: sites.json\n", ""))
    sandbox.write("items/Q1.json", item("Q1", "One", amount("+5", "Q1$A")))
    sandbox.write("items/Q2.json", item("Q2", "Two", amount("+5", "Q2$A")))
    sandbox.write("notes/a.json", {"text": "a"})
    sandbox.write("notes/a.ttl.json", {"text": "\u202ea.ttl<b>"})
    sandbox.commit("a wikibase")
    made: httpx.Client = serving(public_reading=True).client()
    return made


def lines(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return set(answer.text.splitlines())


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "a/x"),
        ("", "a/x"),
        ("*/*", "a/x"),
        ("b/y", "b/y"),
        ("B/Y;q=0.5, a/*;q=0.4", "b/y"),
        ("a/x;q=0.4, */*;q=0.8", "b/y"),
        ("a/x;q=0, */*", "b/y"),
        ("c/z", None),
        ("*/*;q=0", None),
        ("b/y;level=1;q=0.2,a/*;q=0.1", "b/y"),
    ],
)
def test_the_best_media_type_is_chosen(accept: str | None, expected: str | None) -> None:
    assert choose(accept, ["a/x", "b/y"]) == expected


def test_the_address_of_an_entity_leads_to_its_document(client: httpx.Client) -> None:
    answer = client.get("/entity/Q1")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{DATA}/Q1")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert client.get("/entity/q2").headers["location"] == f"{DATA}/Q2"
    assert client.get("/entity/Q99").status_code == 404


SUFFIXES = [
    ("ttl", "text/turtle; charset=utf-8", pyoxigraph.RdfFormat.TURTLE),
    ("nt", "application/n-triples", pyoxigraph.RdfFormat.N_TRIPLES),
    ("jsonld", "application/ld+json", pyoxigraph.RdfFormat.JSON_LD),
    ("rdf", "application/rdf+xml", pyoxigraph.RdfFormat.RDF_XML),
]


@pytest.mark.sweep(2)
@pytest.mark.parametrize("address", [f"{DATA}/Q1", "/entities/item/Q1"])
@pytest.mark.parametrize(("suffix", "media_type", "form"), SUFFIXES)
def test_each_syntax_by_suffix_and_by_accept(
    client: httpx.Client, address: str, suffix: str, media_type: str, form: pyoxigraph.RdfFormat
) -> None:
    named = client.get(f"{address}.{suffix}")
    chosen = client.get(address, headers={"Accept": media_type.partition(";")[0]})
    assert named.content == chosen.content
    assert named.headers["content-type"] == media_type
    assert (named.headers.get("vary"), chosen.headers.get("vary")) == (None, "Accept")
    whole = pyoxigraph.parse(client.get(f"{address}.nt").content, format=pyoxigraph.RdfFormat.N_TRIPLES)
    assert {str(q) for q in pyoxigraph.parse(named.content, format=form)} == {str(q) for q in whole}
    assert client.head(f"{address}.{suffix}").headers["etag"] == named.headers["etag"]


def test_what_nobody_serves_is_not_acceptable(client: httpx.Client) -> None:
    answer = client.get(f"{DATA}/Q1", headers={"Accept": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
    assert client.get(f"{DATA}/Q1.png").status_code == 404


def test_a_request_is_conditional(client: httpx.Client) -> None:
    first = client.get(f"{DATA}/Q1.ttl")
    again = client.get(f"{DATA}/Q1.ttl", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["access-control-allow-origin"] == "*"
    other = client.get(f"{DATA}/Q1.nt", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_the_json_is_as_wikibase_gives_it(client: httpx.Client) -> None:
    answer = client.get(f"{DATA}/Q1.json").json()
    assert list(answer["entities"]) == ["Q1"]
    assert answer["entities"]["Q1"]["labels"]["en"]["value"] == "One"


def test_a_flavor_is_more_or_less(client: httpx.Client) -> None:
    full, simple = (lines(client.get(f"{DATA}/Q1.nt", params={"flavor": f})) for f in ("full", "simple"))
    assert simple < full
    assert not [line for line in simple if "/statement/" in line]
    assert lines(client.get("/entities/item/Q1.nt", params={"flavour": "truthy"})) == simple
    assert client.get(f"{DATA}/Q1.nt", params={"flavor": "sweet"}).status_code == 400


def test_what_an_entity_inherits_on_request(sandbox: Sandbox, serving: Callable[..., Any]) -> None:
    sandbox.write("contexts/c.jsonld", {"@context": {"has": {"@id": "http://a.org/has", "@type": "@id"}}})
    sandbox.write(
        "gitdraft.yaml",
        "entities:\n  category:\n    path: categories/{key}.json\n"
        "    references: {/parents/*: category, /has/*: category}\n"
        "    inherits: {parents: /parents, members: {/has: required}}\n"
        "    rdf: {context: contexts/c.jsonld, iri: 'http://a.org/{key}'}\n",
    )
    sandbox.write("categories/A.json", {"has": ["B"]})
    sandbox.write("categories/B.json", {"parents": ["A"]})
    sandbox.commit("inherits")
    client = serving(public_reading=True).client()
    for effective, expected in (
        ("true", {"<http://a.org/B> <http://a.org/has> <http://a.org/B> ."}),
        ("", set()),
    ):
        query = {"effective": effective} if effective else {}
        assert lines(client.get("/entities/category/B.nt", params=query)) == expected
    assert client.get("/entities/category/B.nt", params={"effective": "perhaps"}).status_code == 400


def redirect(sandbox: Sandbox) -> None:
    assert sandbox.run("redirect", "create", "item/Q1", "item/Q2", "--reason", "same").code == 0


def test_a_redirect_over_entity_data_is_wikibases(client: httpx.Client, sandbox: Sandbox) -> None:
    redirect(sandbox)
    source, target = lines(client.get(f"{DATA}/Q1.nt")), lines(client.get(f"{DATA}/Q2.nt"))
    assert SAME in source & target
    versions = [line for line in source if "EntityData/Q1>" in line and VERSION in line]
    assert target < source
    assert len(versions) == 1
    dump = lines(client.get(f"{DATA}/Q1.nt", params={"flavor": "dump"}))
    assert dump == {line for line in source if "EntityData/Q1>" in line} | {SAME}
    assert lines(client.get(f"{DATA}/Q2.nt", params={"flavor": "dump"})) == target - {SAME}
    assert list(client.get(f"{DATA}/Q1.json").json()["entities"]) == ["Q2"]
    assert client.get("/entity/Q1").headers["location"] == f"{DATA}/Q1"
    assert sandbox.run("redirect", "revert", "item/Q1", "--reason", "not").code == 0
    assert SAME not in lines(client.get(f"{DATA}/Q2.nt"))
    assert SAME not in lines(client.get(f"{DATA}/Q1.nt"))


def test_a_redirect_of_an_entity_is_for_now(client: httpx.Client, sandbox: Sandbox) -> None:
    redirect(sandbox)
    answer = client.get("/entities/item/Q1.ttl")
    assert (answer.status_code, answer.headers["location"]) == (307, "/entities/item/Q2.ttl")
    assert answer.headers["cache-control"] == "no-cache"
    assert client.get("/entities/item/Q1").headers["location"] == "/entities/item/Q2"


def test_what_is_deleted_is_gone(client: httpx.Client, sandbox: Sandbox) -> None:
    assert sandbox.run("entity", "delete", "item/Q1", "--reason", "gone").code == 0
    for address in (f"{DATA}/Q1.ttl", "/entities/item/Q1.ttl"):
        answer = client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (410, "entity-deleted")


def test_a_key_wins_over_a_suffix(client: httpx.Client) -> None:
    page = client.get("/entities/note/a.ttl", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<span class="escape">\\u202e</span>a.ttl&lt;b&gt;' in page.text
    assert "\u202e" not in page.text
    answer = client.get("/entities/note/a.nt")
    assert (answer.status_code, answer.json()["code"]) == (400, "no-rdf-mapping")


def test_a_browser_gets_a_page(client: httpx.Client) -> None:
    accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = client.get(f"{DATA}/Q1", headers=accept)
    assert (answer.status_code, answer.headers["location"]) == (303, "/entities/item/Q1")
    assert answer.headers["vary"] == "Accept"
    page = client.get("/entities/item/Q1", headers=accept)
    assert "item/Q1" in page.text
    assert 'href="/entities/item/Q1.ttl"' in page.text
    assert page.text.count("<script") == 1  # the pages' own, which the policy names by its hash
    policy = page.headers["content-security-policy"]
    assert "script-src 'sha256-" in policy
    assert "unsafe" not in policy


def test_the_data_set_is_described(client: httpx.Client) -> None:
    answer = client.get("/.well-known/void")
    assert answer.headers["content-type"].startswith("text/turtle")
    parsed = {str(q.triple) for q in pyoxigraph.parse(answer.content, format=pyoxigraph.RdfFormat.TURTLE)}
    assert any("void#exampleResource" in line and f"<{WD}Q1>" in line for line in parsed)
    assert any("void#entities" in line and '"2"' in line for line in parsed)


@pytest.mark.parametrize(
    ("address", "status", "accept"),
    [
        ("/entities/item/Q99.ttl", 404, "text/turtle"),
        ("/entities/item/Q1", 406, "image/png"),
        (f"{DATA}/Q99.ttl", 404, "text/turtle"),
        (f"{DATA}/Q1", 406, "image/png"),
        (f"{DATA}/Q1.ttl?flavor=none", 400, "text/turtle"),
        ("/entity/Q99", 404, "text/turtle"),
    ],
)
def test_the_pages_of_all_origins_read_why_nothing_is_shown(
    client: httpx.Client, address: str, status: int, accept: str
) -> None:
    answer = client.get(address, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, "*")


def test_a_page_of_another_origin_may_ask_whether_what_it_has_is_fresh(client: httpx.Client) -> None:
    asked = {"Origin": "https://a.example.org", "Access-Control-Request-Method": "GET"}
    asked["Access-Control-Request-Headers"] = "if-none-match"
    answer = client.options("/entities/item/Q1.ttl", headers=asked)
    assert answer.status_code == 204
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]
    assert client.options("/entities/item/Q1.ttl").status_code == 405
    assert "access-control-allow-origin" not in client.options("/api/v2/drafts", headers=asked).headers


def test_without_public_reading_a_token_is_needed(client: httpx.Client, serving: Callable[..., Any]) -> None:
    closed = serving()
    for address in ("/entity/Q1", f"{DATA}/Q1.ttl", "/entities/item/Q1.ttl", "/.well-known/void"):
        assert closed.client().get(address).status_code == 401
        answer = closed.of("contributor").get(address)
        assert answer.status_code in (200, 303)
        assert "access-control-allow-origin" not in answer.headers
    assert json.loads(closed.client().get("/entity/Q99").text)["code"] == "no-token"
