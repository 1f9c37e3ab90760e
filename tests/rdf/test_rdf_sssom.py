"""`export sssom`: a row a mapping, ids that expand by the file's own prefixes."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from sandbox import Sandbox

SSSOM = shutil.which("sssom")
CONFIGURATION = """\
version: 1
entities:
  category:
    path: categories/{key}.json
    id: /id
    rdf:
      context: contexts/category.jsonld
      iri: "https://example.org/category/{key}"
      redirects: skos
      mappings: {/exact/*: skos:exactMatch, /close: ex:near}
  property:
    path: properties/{key}.json
    id: /id
rdf: {profile: wikibase, base: "http://wiki.example/entity/"}
"""


@pytest.fixture
def mapped(sandbox: Sandbox) -> Sandbox:
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.write(
        "contexts/category.jsonld",
        {"ex": "https://example.org/terms#", "wd": "http://www.wikidata.org/entity/"},
    )
    sandbox.write(
        "categories/Person.json",
        {"id": "Person", "exact": ["wd:Q5", "http://other.example/a#b"], "close": "wd:Q215627"},
    )
    sandbox.write("categories/Agent.json", {"id": "Agent", "exact": ["no address", "wd:Q24229398"]})
    sandbox.commit("mappings")
    assert (
        sandbox.run("redirect", "create", "property/unused", "property/name", "--reason", "the\tsame").code
        == 0
    )
    return sandbox


def read(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The prefixes of a file, and its rows."""
    lines = text.splitlines()
    header = yaml.safe_load("\n".join(line[1:] for line in lines if line.startswith("#")))
    assert {"curie_map", "license", "mapping_set_id"} <= header.keys()
    names, *rows = csv.reader(
        (line for line in lines if not line.startswith("#")), delimiter="\t", strict=True
    )
    return header["curie_map"], [dict(zip(names, row, strict=True)) for row in rows]


def test_a_row_is_a_mapping_and_its_ids_expand(mapped: Sandbox) -> None:
    answer = mapped.run("export", "sssom")
    prefixes, rows = read(answer.out)

    def expanded(curie: str) -> str:
        prefix, _, rest = curie.partition(":")
        return prefixes[prefix] + rest

    skos = "http://www.w3.org/2004/02/skos/core#"
    assert [
        tuple(expanded(row[f"{name}_id"]) for name in ("subject", "predicate", "object")) for row in rows
    ] == [
        (
            "https://example.org/category/Agent",
            f"{skos}exactMatch",
            "http://www.wikidata.org/entity/Q24229398",
        ),
        (
            "https://example.org/category/Person",
            "https://example.org/terms#near",
            "http://www.wikidata.org/entity/Q215627",
        ),
        ("https://example.org/category/Person", f"{skos}exactMatch", "http://other.example/a#b"),
        ("https://example.org/category/Person", f"{skos}exactMatch", "http://www.wikidata.org/entity/Q5"),
        (
            "http://wiki.example/entity/unused",
            "http://www.w3.org/2002/07/owl#sameAs",
            "http://wiki.example/entity/name",
        ),
    ]
    assert {row["mapping_justification"] for row in rows[:4]} == {"semapv:UnspecifiedMatching"}
    assert (rows[4]["mapping_justification"], rows[4]["comment"]) == (
        "semapv:ManualMappingCuration",
        "the same",
    )
    assert (
        "category/Agent /exact/0: is no address, and has no prefix that the context declares; left out"
        in answer.err
    )


REASONS = ('"the same" as', '"the same', 'an " in it', "#same\r\nas | that", "'same'\\t")


def redirect_by(mapped: Sandbox, reasons: tuple[str, ...]) -> None:
    for number in range(len(reasons)):
        mapped.write(f"categories/old{number}.json", {"id": f"old{number}"})
    mapped.commit()
    for number, reason in enumerate(reasons):
        created = mapped.run(
            "redirect", "create", f"category/old{number}", "category/Person", "--reason", reason
        )
        assert created.code == 0, created.err


def test_a_reason_is_one_value_whatever_stands_in_it(mapped: Sandbox) -> None:
    redirect_by(mapped, REASONS)
    rows = read(mapped.run("export", "sssom").out)[1]
    comments = [row["comment"] for row in rows if row["subject_id"].startswith("category:old")]
    assert comments == [" ".join(reason.split()) for reason in REASONS]


ADDRESSES = {
    "urn:uuid:1b4e28ba-2fa1": "urn:uuid:1b4e28ba-2fa1",
    "mailto:ann@example.org": "mailto:ann@example.org",
    "tag:example.org,2020:x": "tag:example.org,2020:x",
    "http://other.example/é/ö?q=ü": "http://other.example/%C3%A9/%C3%B6?q=%C3%BC",
    "http://other.example/?q=(1)&x=~;,'": "http://other.example/?q=(1)&x=~;,'",
    "http://other.example/%20": "http://other.example/%20",
}


def test_an_address_is_told_from_a_prefix_that_nobody_declares(mapped: Sandbox) -> None:
    mapped.write("categories/Agent.json", {"id": "Agent", "exact": [*ADDRESSES, "GO:0001"]})
    mapped.commit()
    answer = mapped.run("export", "sssom", "category")
    prefixes, rows = read(answer.out)
    own = [row["object_id"].partition(":") for row in rows if row["subject_id"] == "category:Agent"]
    assert sorted(prefixes[prefix] + rest for prefix, _, rest in own) == sorted(ADDRESSES.values())
    assert [line for line in answer.err.splitlines() if "left out" in line] == [
        "category/Agent /exact/6: is no address, and has no prefix that the context declares; left out"
    ]


@pytest.mark.skipif(SSSOM is None, reason="sssom is not installed; `make test-sssom` does")
def test_sssoms_own_program_reads_every_row(mapped: Sandbox, tmp_path: Path) -> None:
    mapped.write("categories/Agent.json", {"id": "Agent", "exact": [*ADDRESSES]})
    redirect_by(mapped, REASONS)
    ours, theirs = tmp_path / "ours.sssom.tsv", tmp_path / "theirs.sssom.tsv"
    ours.write_text(mapped.run("export", "sssom").out, encoding="utf-8")
    assert subprocess.run([str(SSSOM), "validate", ours], check=False).returncode == 0
    assert subprocess.run([str(SSSOM), "parse", ours, "--output", theirs], check=False).returncode == 0

    def said(path: Path) -> list[tuple[str, ...]]:
        rows = read(path.read_text(encoding="utf-8"))[1]
        return sorted(tuple(row[name] for name in rows[0] if not name.endswith("_label")) for row in rows)

    assert said(theirs) == said(ours)


def test_of_many_that_are_no_mapping_twenty_are_named_and_the_rest_counted(mapped: Sandbox) -> None:
    mapped.write("categories/Agent.json", {"id": "Agent", "exact": ["no address"] * 22})
    mapped.commit()
    *named, rest = mapped.run("export", "sssom").err.splitlines()
    assert len(named) == 20
    assert rest == "2 more values are left out"


def test_the_same_file_each_time_and_of_a_type_alone(mapped: Sandbox) -> None:
    assert mapped.run("export", "sssom").out == mapped.run("export", "sssom").out
    assert len(read(mapped.run("export", "sssom", "property").out)[1]) == 1
    assert len(read(mapped.run("export", "sssom", "--at", "main~1").out)[1]) == 4
    assert mapped.run("export", "sssom", "propety").code == 40


def test_a_prefix_that_nobody_declares_is_refused(mapped: Sandbox) -> None:
    mapped.write("contexts/category.jsonld", {"label": "http://example.org/label"})
    mapped.commit()
    answer = mapped.run("export", "sssom")
    assert answer.code == 20
    assert "nobody says what the prefix of ex:near is" in answer.err
