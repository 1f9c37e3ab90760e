"""`export rdf`: selections, drafts, commits, syntaxes, changes; repeatable byte for byte."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyoxigraph
import pytest
from sandbox import Sandbox
from wikibase_items import amount, item

SHARED = Path(__file__).parents[3] / "shared"
WD = "http://example.org/entity/"
SAME_AS = "<http://www.w3.org/2002/07/owl#sameAs>"
FORMATS = {
    "nt": pyoxigraph.RdfFormat.N_TRIPLES,
    "ttl": pyoxigraph.RdfFormat.TURTLE,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
    "rdfxml": pyoxigraph.RdfFormat.RDF_XML,
    "nq": pyoxigraph.RdfFormat.N_QUADS,
}


def export(sandbox: Sandbox, *arguments: str) -> str:
    answer = sandbox.run("export", "rdf", *arguments)
    assert answer.code == 0, answer.err
    return str(answer.out)


def triples(text: str) -> set[str]:
    return set(text.splitlines())


def subjects(text: str) -> list[str]:
    """The entities that a text is about, in order."""
    names = [line.split(" ")[0].removeprefix(f"<{WD}").removesuffix(">") for line in text.splitlines()]
    return list(dict.fromkeys(name for name in names if name[:1] in "QP" and "/" not in name))


def test_all_entities_with_a_mapping_are_exported_in_order(wikibase: Sandbox) -> None:
    text = export(wikibase)
    assert subjects(text) == ["Q1", "Q10", "Q2", "P9"]
    assert "not for the web" not in text
    assert subjects(export(wikibase, "property")) == ["P9"]
    assert subjects(export(wikibase, "item/Q2", "property", "item/Q2")) == ["Q2", "P9"]
    assert subjects(export(wikibase, "Q10")) == ["Q10"]
    assert f"<{WD}Q1> <http://example.org/prop/direct/P1> <http://a.example/> ." in triples(text)


def test_the_version_is_the_wikis_or_the_revision(wikibase: Sandbox) -> None:
    wikibase.change("items/Q1.json", label="first")
    wikibase.change("items/Q1.json", label="second")
    versions = [line for line in export(wikibase).splitlines() if "<http://schema.org/version>" in line]
    numbers = {line.split("EntityData/")[1].split(">")[0]: line.split('"')[1] for line in versions}
    assert numbers == {"Q1": "3", "Q2": "7", "Q10": "1", "P9": "1"}
    at = wikibase.git("log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "main")
    assert f'"{at[:10]}' in next(
        line for line in export(wikibase, "Q1").splitlines() if "dateModified" in line
    )


def test_two_exports_are_equal_and_every_syntax_says_the_same(wikibase: Sandbox, tmp_path: Path) -> None:
    expected = {str(q.triple) for q in pyoxigraph.parse(export(wikibase, "item"), format=FORMATS["nt"])}
    for form, syntax in FORMATS.items():
        files = [tmp_path / f"{number}.{form}" for number in range(2)]
        for file in files:
            export(wikibase, "item", "--format", form, "--check", "-O", str(file))
        assert files[0].read_bytes() == files[1].read_bytes()
        assert {str(q.triple) for q in pyoxigraph.parse(path=files[0], format=syntax)} == expected


def test_a_quad_stands_in_the_graph_of_its_document(wikibase: Sandbox) -> None:
    lines = export(wikibase, "Q2", "--format", "nq").splitlines()
    assert lines
    assert all(line.endswith(" <http://example.org/wiki/Special:EntityData/Q2> .") for line in lines)


def test_a_compressed_file_is_repeatable(wikibase: Sandbox, tmp_path: Path) -> None:
    for name in ("a.nt.gz", "b.nt.gz"):
        export(wikibase, "-O", str(tmp_path / name))
    assert (tmp_path / "a.nt.gz").read_bytes() == (tmp_path / "b.nt.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.nt.gz").read_bytes()).decode() == export(wikibase)
    assert sorted(path.name for path in tmp_path.iterdir() if "nt" in path.name) == ["a.nt.gz", "b.nt.gz"]


def test_a_redirect_is_same_as_and_gone_after_a_revert(wikibase: Sandbox) -> None:
    same = f"<{WD}Q1> {SAME_AS} <{WD}Q2> ."
    assert wikibase.run("redirect", "create", "item/Q1", "item/Q2", "--reason", "same").code == 0
    whole = export(wikibase)
    assert same in triples(whole)
    assert not [line for line in triples(whole) if "statement/Q1-" in line]
    assert '/Q1> <http://schema.org/version> "2"' in whole
    assert same in triples(export(wikibase, "Q2"))
    assert same in triples(export(wikibase, "Q1"))
    assert same not in triples(export(wikibase, "--at", "main~1"))
    assert wikibase.run("redirect", "revert", "item/Q1", "--reason", "not the same").code == 0
    assert "sameAs" not in export(wikibase)
    assert "sameAs" not in export(wikibase, "Q2")


def test_what_is_deleted_says_nothing(wikibase: Sandbox) -> None:
    assert wikibase.run("entity", "delete", "item/Q1", "--reason", "gone").code == 0
    assert "Q1>" not in export(wikibase)


def test_a_draft_is_exported_as_it_would_be_merged(wikibase: Sandbox) -> None:
    draft = wikibase.library.drafts.new("Fix", draft_id="fix")
    draft.patch("item/Q2", [{"op": "replace", "path": "/labels/en/value", "value": "Second"}])
    draft.create("item/Q11", item("Q11", "Eleven"))
    draft.redirect("item/Q10", "item/Q1", "same")
    text = export(wikibase, "--draft", "fix")
    assert subjects(text) == ["Q1", "Q10", "Q11", "Q2", "P9"]
    assert '"Second"@en' in text
    assert f"<{WD}Q10> {SAME_AS} <{WD}Q1> ." in triples(text)
    assert f"<{WD}Q10> {SAME_AS} <{WD}Q1> ." in triples(export(wikibase, "Q1", "--draft", "fix"))
    patch = export(wikibase, "--draft", "fix", "--format", "rdfpatch")
    assert applied(export(wikibase), patch) == triples(text)


def applied(text: str, patch: str) -> set[str]:
    """The triples after a patch."""
    lines = patch.splitlines()
    assert (lines[0], lines[-1]) == ("TX .", "TC .")
    removed = {line[2:] for line in lines if line.startswith("D ")}
    added = {line[2:] for line in lines if line.startswith("A ")}
    assert removed <= triples(text)
    assert not added & triples(text)
    return (triples(text) - removed) | added


def _edit(sandbox: Sandbox) -> None:
    sandbox.write("items/Q1.json", item("Q1", "One", amount("+6", "Q1$A")))


def _share_no_more(sandbox: Sandbox) -> None:
    _edit(sandbox)
    sandbox.write("items/Q2.json", item("Q2", "Two", amount("+6", "Q2$A")))


def _retype(sandbox: Sandbox) -> None:
    sandbox.write("property_types.json", {"P1": "string", "P2": "quantity"})


def _define(sandbox: Sandbox) -> None:
    sandbox.write("properties/P1.json", {"type": "property", "id": "P1", "datatype": "external-id"})


def _sites(sandbox: Sandbox) -> None:
    sandbox.write("sites.json", {})


def _remove(sandbox: Sandbox) -> None:
    (sandbox.path / "items/Q10.json").unlink()


def _rebase(sandbox: Sandbox) -> None:
    text = (sandbox.path / "gitdraft.yaml").read_text()
    sandbox.write("gitdraft.yaml", text.replace("http://example.org/entity/", "http://other.example/entity/"))


@pytest.mark.sweep(7)
@pytest.mark.parametrize("change", [_edit, _share_no_more, _retype, _define, _sites, _remove, _rebase])
@pytest.mark.parametrize("names", [(), ("item",), ("Q1",)], ids=["all", "a type", "an entity"])
def test_a_change_turns_one_export_into_the_other(
    wikibase: Sandbox, change: object, names: tuple[str, ...]
) -> None:
    before = export(wikibase, *names)
    assert callable(change)
    change(wikibase)
    wikibase.commit()
    patch = export(wikibase, *names, "--since", "HEAD~1", "--format", "rdfpatch")
    assert applied(before, patch) == triples(export(wikibase, *names))


def test_a_value_that_another_item_has_stays(wikibase: Sandbox) -> None:
    node = next(line for line in export(wikibase).splitlines() if "quantityAmount" in line)
    _edit(wikibase)
    wikibase.commit()
    assert f"D {node}" not in export(wikibase, "--since", "HEAD~1", "--format", "rdfpatch")
    _share_no_more(wikibase)
    wikibase.commit()
    assert f"D {node}" in export(wikibase, "--since", "HEAD~1", "--format", "rdfpatch")


def test_a_change_as_two_files(wikibase: Sandbox, tmp_path: Path) -> None:
    before = export(wikibase)
    _edit(wikibase)
    wikibase.commit()
    export(wikibase, "--since", "HEAD~1", "--format", "nt", "-O", str(tmp_path / "change"))
    removed, added = ((tmp_path / "change" / f"{name}.nt").read_text() for name in ("removed", "added"))
    assert (triples(before) - triples(removed)) | triples(added) == triples(export(wikibase))


def test_nothing_changed(wikibase: Sandbox) -> None:
    assert export(wikibase, "--since", "HEAD", "--format", "rdfpatch") == "TX .\nTC .\n"


def test_what_cannot_be_said_is_named_and_left_out(wikibase: Sandbox) -> None:
    wikibase.write("items/Q1.json", item("Q1", "One", {**amount("+5", "Q1$A"), "rank": "best"}))
    wikibase.commit()
    answer = wikibase.run("export", "rdf", "Q1")
    assert answer.code == 0
    assert "item/Q1 /claims/P2/0: is no statement as Wikibase writes it; left out" in answer.err


def test_rdfxml_names_what_it_cannot_say(wikibase: Sandbox, tmp_path: Path) -> None:
    wikibase.write("items/Q1.json", item("Q1", "a\u0001b"))
    wikibase.commit()
    export(wikibase, "--check")
    answer = wikibase.run("-o", "json", "export", "rdf", "--format", "rdfxml", "-O", str(tmp_path / "x.rdf"))
    assert answer.code == 20
    error = json.loads(answer.err)
    assert (error["code"], error["context"]) == ("not-in-rdfxml", {"entity": "item/Q1"})
    assert "U+0001" in error["message"]
    assert not list(tmp_path.glob("x.rdf*"))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("note",), 20),
        (("Q99",), 40),
        (("--at", "nowhere"), 40),
        (("--draft", "x", "--at", "HEAD"), 2),
        (("--format", "rdfpatch"), 2),
        (("--since", "HEAD", "--format", "ttl"), 2),
        (("--since", "HEAD", "--format", "nt"), 2),
    ],
)
def test_what_is_refused(wikibase: Sandbox, arguments: tuple[str, ...], code: int) -> None:
    assert wikibase.run("export", "rdf", *arguments).code == code


def test_a_repository_that_says_nothing_of_rdf(sandbox: Sandbox) -> None:
    answer = sandbox.run("-o", "json", "export", "rdf")
    assert (answer.code, json.loads(answer.err)["code"]) == (20, "no-rdf-mapping")


def test_a_table_that_is_not_there_is_named(wikibase: Sandbox) -> None:
    wikibase.git("rm", "-q", "sites.json")
    wikibase.commit()
    answer = wikibase.run("export", "rdf")
    assert answer.code == 20
    assert "'sites.json', which `rdf:` names, is not in commit" in answer.err


@pytest.mark.skipif(
    not (SHARED / "cases/rdf").is_dir(), reason="the pairs of Wikidata are not in the project"
)
@pytest.mark.parametrize("name", ["Q120248304", "Q17948861"])
def test_an_item_of_wikidata_is_what_wikidata_says(wikibase: Sandbox, name: str) -> None:
    page = json.loads((SHARED / f"cases/rdf/{name}.json").read_text())
    wikibase.write(f"items/{name}.json", page["entities"][name])
    text = (wikibase.path / "gitdraft.yaml").read_text()
    wikibase.write(
        "gitdraft.yaml",
        text.replace("http://example.org/entity/", "http://www.wikidata.org/entity/").replace(
            "  property_types: property_types.json\n  source: example\n  sites: sites.json\n", ""
        ),
    )
    wikibase.commit()
    expected = {str(q.triple) for q in pyoxigraph.parse(path=SHARED / f"cases/rdf/{name}.own.nt")}
    actual = {str(q.triple) for q in pyoxigraph.parse(export(wikibase, name), format=FORMATS["nt"])}
    assert actual == expected
