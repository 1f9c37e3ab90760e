"""Containers, scoped contexts and keywords of JSON-LD 1.1: an entity says what pyoxigraph reads in the same document."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat
from sandbox import Sandbox

L: dict[str, Any] = {"@id": "http://a.org/l"}
N, T = "http://a.org/n", "http://a.org/T"
INNER = {"n": "http://inner.org/n"}
CASES: list[tuple[Any, dict[str, Any]]] = [
    ({"l": L | {"@container": "@language"}}, {"l": {"@none": "x", "en": None, "de": ["y", "z"]}}),
    ({"@language": "de", "l": L, "m": {"@id": N, "@language": None}}, {"l": ["x", "y"], "m": "z"}),
    ({"l": L | {"@container": "@list"}}, {"l": [["a"], ["b", "c"], []]}),
    ({"l": L | {"@container": "@list"}, "n": N}, {"l": [{"n": "a"}, {"n": "b"}]}),
    ({"l": L}, {"l": {"@list": ["a", "b"]}}),
    ({"l": L}, {"l": {"@set": ["a", {"@value": "b", "@type": T}]}}),
    ({"l": L | {"@container": "@index"}, "n": N}, {"l": {"a": {"n": "1"}, "b": [{"n": "2"}, "c"]}}),
    (
        {"l": L | {"@container": "@index", "@index": "role"}, "role": "http://a.org/role", "n": N},
        {"l": {"a": {"n": "1"}}},
    ),
    (
        {"b": "http://b.org/", "l": L | {"@container": "@id"}, "n": N},
        {"l": {"b:1": {"n": "1"}, "http://b.org/2": [{"n": "2"}, {"n": "3"}], "@none": {"n": "4"}}},
    ),
    (
        {"l": L | {"@container": "@type"}, "n": N, "T": {"@id": T, "@context": {"x": "http://t.org/x"}}},
        {"l": {"T": {"n": "1", "x": "y"}}},
    ),
    ({"l": L | {"@container": "@type", "@type": "@id"}, "T": T}, {"l": {"T": "http://b.org/1"}}),
    (
        {"l": L | {"@container": "@type"}, "T": T, "U": N, "n": N},
        {"l": {"T": {"n": "1"}, "U": [{"n": "2"}, {"l": {"T": {"n": "3"}}}]}},
    ),
    ({"l": L | {"@context": INNER}, "n": N}, {"n": "o", "l": {"n": "i", "l": {"n": "ii"}}}),
    ({"l": L | {"@context": INNER}, "m": "http://a.org/m"}, {"l": {"n": "i", "m": {"m": "z"}}}),
    (
        {"l": L | {"@context": INNER | {"@propagate": False}}, "n": N, "m": "http://a.org/m"},
        {"l": {"n": "i", "m": {"n": "ii"}}},
    ),
    ({"l": L | {"@context": [None, INNER]}, "m": N}, {"l": {"n": "i", "m": "z"}}),
    (
        {"T": {"@id": T, "@context": INNER}, "kind": "@type", "l": L},
        {"n": "x", "kind": "T", "l": {"n": "lost", "l": {"n": "y", "kind": ["T"]}}},
    ),
    (
        {"T": {"@id": T, "@context": INNER | {"@propagate": True}}, "kind": "@type", "l": L},
        {"n": "x", "kind": "T", "l": {"n": "y"}},
    ),
    ({"@base": "http://base.org/x/", "l": L | {"@type": "@id"}}, {"l": ["rel", "../up", "http://b.org/"]}),
    ({"@vocab": "http://v.org/", "l": {"@type": "@vocab"}, "w": N}, {"l": ["w", "x"], "b": "é"}),
    ({"of": {"@reverse": "http://a.org/has", "@type": "@id"}}, {"of": ["http://b.org/1", "http://b.org/2"]}),
    ({"of": {"@reverse": "http://a.org/has"}, "n": N}, {"of": {"n": "x"}}),
    ({"l": L | {"@type": "@json"}}, {"l": {"b": [1, None], "a": "é\u2028"}}),
    ({"meta": "@nest", "n": N, "m": {"@id": T, "@nest": "meta"}}, {"meta": {"n": "1", "m": "2"}}),
    ({"inc": "@included", "n": N}, {"n": "1", "inc": [{"n": "2"}]}),
    ([{"n": N}, {"m": "n"}], {"n": "1", "m": "2"}),
    ({"@vocab": "http://v.org/", "secret": None}, {"secret": "x", "open": "y"}),
    ({"l": L, "n": N}, {"@type": T, "l": {"@type": ["http://b.org/T"], "@id": "http://b.org/1", "n": "x"}}),
    ({"l": L, "n": N, "id": "@id"}, {"@included": {"id": "http://b.org/1", "n": "x"}, "l": "y"}),
    ({"l": L}, {"l": ["\u0000", "\u0085", "a\nb", "\u2028", "\U0001f600", "\\u0041"]}),
]


def canonical(quads: list[Quad]) -> set[str]:
    dataset = Dataset(Quad(q.subject, q.predicate, q.object) for q in quads)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return set(map(str, dataset))


def test_an_entity_says_what_its_document_says(sandbox: Sandbox) -> None:
    types = []
    for number, (context, document) in enumerate(CASES):
        sandbox.write(f"c/{number}.jsonld", {"@context": context})
        sandbox.write(f"t{number}/a.json", document)
        types.append(
            f"  t{number}:\n    path: t{number}/{{key}}.json\n"
            f"    rdf: {{context: c/{number}.jsonld, iri: 'http://e.org/{number}/{{key}}'}}\n"
        )
    sandbox.write("gitdraft.yaml", "entities:\n" + "".join(types))
    sandbox.commit("contexts")
    answer = sandbox.run("export", "rdf")
    assert answer.code == 0, answer.err
    assert "yields no triple" not in answer.err
    quads = list(pyoxigraph.parse(answer.out, format=RdfFormat.N_TRIPLES))
    expected: list[Quad] = []
    for number, (context, document) in enumerate(CASES):
        body = json.dumps({"@context": context, "@id": f"http://e.org/{number}/a", **document}).encode()
        form = RdfFormat.JSON_LD
        expected += pyoxigraph.parse(body, format=form, rename_blank_nodes=True)
    assert {q for q in canonical(quads) if "_:" not in q} == {q for q in canonical(expected) if "_:" not in q}
    assert canonical(quads) == canonical(expected)
    assert sandbox.run("export", "rdf").out == answer.out


def test_a_key_that_is_no_address_is_named_in_a_map_of_them(sandbox: Sandbox) -> None:
    sandbox.write("c.jsonld", {"@context": {"l": L | {"@container": "@id"}, "n": N}})
    sandbox.write(
        "gitdraft.yaml",
        "entities:\n  t:\n    path: t/{key}.json\n    rdf: {context: c.jsonld, iri: 'http://e.org/{key}'}\n",
    )
    sandbox.write("t/a.json", {"l": {"no address": {"n": "1"}, "http://b.org/2": {"n": "2"}}})
    sandbox.commit("a map")
    answer = sandbox.run("export", "rdf")
    assert answer.out.splitlines() == [
        '<http://b.org/2> <http://a.org/n> "2" .',
        "<http://e.org/a> <http://a.org/l> <http://b.org/2> .",
    ]
    assert 't/a /l/no address: "no address" is no address; left out' in answer.err


SILENT: list[tuple[Any, dict[str, Any], list[str]]] = [
    ({"l": L, "q": {"@id": "no address"}}, {"l": {"q": "x"}}, ["/l/q: yields no triple"]),
    (
        {"l": L, "q": {"@id": "relative"}, "n": N},
        {"l": [{"n": "1", "q": "x"}, {"n": "2"}, {"q": {"q": "y"}}]},
        ["/l/0/q: yields no triple", "/l/2/q: yields no triple"],
    ),
    ({"l": L, "q": N, "n": N}, {"q": "1", "l": {"n": {"@value": None}}}, ["/l/n: yields no triple"]),
    ({"l": L, "q": {"@id": N, "@language": "en_US"}}, {"l": {"q": "x"}}, ["/l/q: yields no triple"]),
    (
        {"l": L | {"@context": {"q": {"@id": "relative"}}}, "q": N},
        {"q": "1", "l": {"q": "x"}},
        ["/l/q: yields no triple"],
    ),
    (
        {"l": L | {"@container": "@index"}, "q": {"@id": "relative"}, "n": N},
        {"l": {"a": {"q": "x", "n": "1"}, "b": [{"q": "y"}]}},
        ["/l/a/q: yields no triple", "/l/b/0/q: yields no triple"],
    ),
    (
        {"l": L | {"@container": "@id"}, "q": {"@id": "relative"}, "n": N},
        {"l": {"http://b.org/1": {"q": "x", "n": "1"}}},
        ["/l/http:~1~1b.org~11/q: yields no triple"],
    ),
    (
        {"l": L | {"@container": "@type"}, "q": {"@id": "relative"}, "T": T, "n": N},
        {"l": {"T": {"q": "x", "n": "1"}}},
        ["/l/T/q: yields no triple"],
    ),
    (
        {"meta": "@nest", "q": {"@id": "relative"}, "n": N},
        {"meta": {"q": "x", "n": "1"}},
        ["/meta/q: yields no triple"],
    ),
    ({"q": {"@id": "relative"}, "n": N}, {"q": {"q": {"n": "x"}}, "n": "1"}, ["/q: yields no triple"]),
    (
        {"l": L},
        {"l": ["x", {"@value": "y", "@language": "en_US"}]},
        ["/l/1/@language: 'en_US' is no language tag"],
    ),
    (
        {"l": L},
        {"l": ["x", {"@value": "y", "@type": "no address"}]},
        ['/l/1/@type: "no address" is no address'],
    ),
    (
        {"l": L | {"@container": "@type"}, "n": N, "T": {"@id": T, "@context": {"x": "http://t.org/x"}}},
        {"l": {"T": {"@id": "http://b.org/1", "n": "1", "x": "y"}}},
        ["/l/T: has an address in a map by type with a context of its own"],
    ),
]


def test_a_member_of_which_nothing_is_said_is_named_wherever_it_is(sandbox: Sandbox) -> None:
    types = []
    for number, (context, document, _) in enumerate(SILENT):
        sandbox.write(f"c/{number}.jsonld", {"@context": context})
        sandbox.write(f"t{number:02}/a.json", document)
        types.append(
            f"  t{number:02}:\n    path: t{number:02}/{{key}}.json\n"
            f"    rdf: {{context: c/{number}.jsonld, iri: 'http://e.org/{number}/{{key}}'}}\n"
        )
    sandbox.write("gitdraft.yaml", "entities:\n" + "".join(types))
    sandbox.commit("contexts")
    notes = sandbox.run("export", "rdf").err.splitlines()
    expected = [f"t{n:02}/a {note}; left out" for n, (*_, notes) in enumerate(SILENT) for note in notes]
    assert [note for note in notes if "/a " in note] == expected
    warned = json.loads(sandbox.run("-o", "json", "validate", "--canonical").out)["violations"]
    assert [f"{one['entity']} {one['path']}: {one['message']}" for one in warned] == [
        f"t{n:02}/a {note.replace(': ', ': RDF: ', 1)}"
        for n, (*_, said) in enumerate(SILENT)
        for note in said
    ]
