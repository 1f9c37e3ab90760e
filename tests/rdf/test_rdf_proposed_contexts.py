"""`init --rdf`: contexts proposed for the types of the sample, and for types that `init` sees."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph
import pytest
from sandbox import Sandbox

from gitdraft.formats.configuration import parse_configuration

SKOS = "http://www.w3.org/2004/02/skos/core#"
OWL = "http://www.w3.org/2002/07/owl#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SITE = "https://example.org/"
OF_SNAKS = "does not know the member 'mainsnak' in 'claims' of item"  # too deep for a proposal


def facts(sandbox: Sandbox) -> set[tuple[str, str, str]]:
    answer = sandbox.run("export", "rdf", "--check")
    notes = [note for note in answer.err.splitlines() if OF_SNAKS not in note]
    assert (answer.code, notes) == (0, [])
    quads = pyoxigraph.parse(answer.out.encode(), format=pyoxigraph.RdfFormat.N_TRIPLES)
    return {(str(q.subject.value), q.predicate.value, str(q.object.value)) for q in quads}


@pytest.fixture
def sample(tmp_path: Path) -> Sandbox:
    """The sample that `gitdraft demo` makes."""
    folder = tmp_path / "sample"
    assert Sandbox(tmp_path).run("demo", str(folder)).code == 0
    return Sandbox(folder)


def test_the_sample_as_skos(sample: Sandbox) -> None:
    before = (sample.path / "gitdraft.yaml").read_text()
    dry = sample.run("init", "--rdf", "skos", "--dry-run")
    assert "# contexts/category.jsonld:" in dry.out
    assert (sample.path / "gitdraft.yaml").read_text() == before
    answer = sample.run("-o", "json", "init", "--rdf", "skos")
    assert sorted(answer.json["contexts"]) == [
        f"contexts/{name}.jsonld" for name in ("category", "item", "module", "property", "subobject")
    ]
    after = (sample.path / "gitdraft.yaml").read_text()
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert sample.run("validate", "--canonical").out.startswith("main: sound")
    said = facts(sample)
    agent, scheme = f"{SITE}category/Agent", f"{SITE}category"
    assert {
        (agent, TYPE, SKOS + "Concept"),
        (agent, SKOS + "inScheme", scheme),
        (scheme, TYPE, SKOS + "ConceptScheme"),
        (agent, SKOS + "broader", f"{SITE}category/Entity"),
        (agent, SKOS + "prefLabel", "Responsible agent"),
        (f"{SITE}category/Entity", SKOS + "topConceptOf", scheme),
        (f"{SITE}item/Q1", SKOS + "prefLabel", "Mensch"),
        (f"{SITE}item/Q1", SKOS + "altLabel", "human being"),
    } <= said
    assert (agent, SKOS + "topConceptOf", scheme) not in said
    context = json.loads((sample.path / "contexts/category.jsonld").read_text())["@context"]
    assert context["@language"] == "en"
    assert context["exactMatch"] == {"@id": "skos:exactMatch", "@type": "@id"}
    assert sample.run("-o", "json", "init", "--rdf", "owl").json["contexts"] == {}


def test_the_sample_as_owl(sample: Sandbox) -> None:
    assert sample.run("init", "--rdf", "owl").code == 0
    said = facts(sample)
    author = f"{SITE}property/author"
    assert {
        (f"{SITE}category/Agent", TYPE, OWL + "Class"),
        (f"{SITE}category/Agent", RDFS + "subClassOf", f"{SITE}category/Entity"),
        (author, TYPE, OWL + "ObjectProperty"),
        (author, RDFS + "range", f"{SITE}category/Person"),
        (f"{SITE}property/birth_date", TYPE, OWL + "DatatypeProperty"),
        (f"{SITE}item/Q1", TYPE, OWL + "NamedIndividual"),
    } <= said
    context = json.loads((sample.path / "contexts/property.jsonld").read_text())["@context"]
    assert context["domain"] == {"@id": "rdfs:domain", "@type": "@id"}


def test_types_that_init_sees(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "concepts").mkdir(parents=True)
    documents = {
        "city": {"id": "city", "prefLabel": {"en": "city", "de": "Stadt"}, "exactMatch": ["http://a.org/1"]},
        "port": {"id": "port", "prefLabel": {"en": "port"}, "broader": ["city"], "size": 1.10},
    }
    for key, document in documents.items():
        (folder / f"concepts/{key}.json").write_text(json.dumps(document))
    sandbox = Sandbox(folder)
    sandbox.git("init", "--quiet", "--initial-branch=main")
    sandbox.git("add", ".")
    sandbox.git("commit", "--quiet", "--message=concepts")
    assert sandbox.run("init", "--rdf", "skos").code == 0
    assert {
        (f"{SITE}concept/port", SKOS + "broader", f"{SITE}concept/city"),
        (f"{SITE}concept/city", SKOS + "exactMatch", "http://a.org/1"),
        (f"{SITE}concept/city", SKOS + "prefLabel", "Stadt"),
        (f"{SITE}concept/port", f"{SITE}vocabulary#size", "1.1"),
    } <= facts(sandbox)


WRITTEN = [
    "entities:\n  a:\n    path: a/{key}.json\n    id: /id  # the key\n",
    "entities:\n  a: {path: 'a/{key}.json', id: /id}\n",
    "entities: {a: {path: 'a/{key}.json'}}",
    "entities:\n  a:\n    id: /id\n    path: a/{key}.json",
    "entities:\n      a:\n            path:\n                a/{key}.json\n            id: /id\nversion: 1\n",
]


@pytest.mark.sweep(2)
@pytest.mark.parametrize("text", WRITTEN)
def test_a_configuration_keeps_what_it_says(sandbox: Sandbox, text: str) -> None:
    sandbox.git("rm", "-r", "--quiet", "categories", "properties")
    sandbox.write("gitdraft.yaml", text)
    sandbox.write("a/x.json", {"id": "x", "label": "X"})
    sandbox.commit("as somebody wrote it")
    assert sandbox.run("init", "--rdf", "skos", "--no-drivers").code == 0
    after = (sandbox.path / "gitdraft.yaml").read_text()
    configuration = parse_configuration(after.encode())
    mapping = configuration.entities["a"].rdf
    assert mapping is not None
    assert (mapping.own_class, mapping.scheme) == ("skos:Concept", f"{SITE}a")
    assert (f"{SITE}a/x", SKOS + "prefLabel", "X") in facts(sandbox)


def test_a_class_that_the_context_does_not_know_is_named(sandbox: Sandbox) -> None:
    sandbox.write("contexts/a.jsonld", {"@context": {"label": "http://a.org/label"}})
    sandbox.write(
        "gitdraft.yaml",
        "entities:\n  category:\n    path: categories/{key}.json\n"
        "    rdf: {context: contexts/a.jsonld, iri: 'http://a.org/{key}', type: Thing}\n",
    )
    sandbox.commit("a mistake")
    assert "does not know the type 'Thing'" in sandbox.run("export", "rdf").err
