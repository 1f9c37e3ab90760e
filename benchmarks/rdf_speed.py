"""`export rdf` of a Wikibase's items beside pyoxigraph writing the same triples. `python -m benchmarks.rdf_speed [NUMBER]`"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from time import process_time
from typing import NamedTuple

import pyoxigraph

from benchmarks import runs
from benchmarks.bulk_speed import gitdraft, processor_seconds
from benchmarks.repositories import folder, git
from benchmarks.tables import megabytes, print_table, seconds, shown
from gitdraft.documents.serialise import dump_json
from gitdraft.formats.configuration import parse_configuration
from gitdraft.model.entities import EntityRef
from gitdraft.rdf import terms

NUMBER = 100_000
IN_MEMORY = 500_000  # triples
STRING = terms.XSD + "string"
CONFIGURATION = b"""version: 1
entities:
  item:
    path: items/{fanout:3}/{key}.json
    id: /id
rdf:
  profile: wikibase
  base: http://www.wikidata.org/entity/
"""


class Row(NamedTuple):
    """A triple as plain values; the object is an address without a datatype."""

    subject: str
    predicate: str
    value: str
    datatype: str | None
    language: str | None


def item(number: int, *, is_versioned: bool) -> dict[str, object]:
    """An item with terms, four statements, a qualifier and references; one of a wiki says its version itself."""
    name = f"Q{number}"
    values = {
        "P31": ("wikibase-item", {"type": "wikibase-entityid", "value": {"id": f"Q{number % 97}"}}),
        "P1082": ("quantity", {"type": "quantity", "value": {"amount": f"+{number * 7}", "unit": "1"}}),
        "P571": (
            "time",
            {
                "type": "time",
                "value": {
                    "time": f"+{1200 + number % 800}-00-00T00:00:00Z",
                    "timezone": 0,
                    "before": 0,
                    "after": 0,
                    "precision": 9,
                    "calendarmodel": "http://www.wikidata.org/entity/Q1985727",
                },
            },
        ),
        "P214": ("external-id", {"type": "string", "value": str(number * 13)}),
    }
    claims: dict[str, object] = {}
    for property_name, (datatype, value) in values.items():
        snak = {"snaktype": "value", "property": property_name, "datatype": datatype, "datavalue": value}
        reference = {"hash": f"{number % 1013:040x}", "snaks": {"P31": [{**snak, "property": "P31"}]}}
        claims[property_name] = [
            {
                "mainsnak": snak,
                "type": "statement",
                "id": f"{name}${property_name}-{number:08X}",
                "rank": "normal",
                "references": [reference],
            }
        ]
    version = {"lastrevid": number + 1, "modified": "2025-01-01T00:00:00Z"} if is_versioned else {}
    terms = {code: {"language": code, "value": f"Item {number}"} for code in ("de", "en")}
    return {"type": "item", "id": name, **version, "labels": terms, "descriptions": terms, "claims": claims}


def stream(number: int, *, is_versioned: bool) -> Iterator[bytes]:
    """For `git fast-import`: one commit of the items."""
    path = parse_configuration(CONFIGURATION).path_of
    yield b"commit refs/heads/main\ncommitter Benchmark <benchmark@example.org> 1700000000 +0000\ndata 0\n"
    yield b"M 100644 inline gitdraft.yaml\ndata %d\n%s\n" % (len(CONFIGURATION), CONFIGURATION)
    for n in range(1, number + 1):
        content = dump_json(item(n, is_versioned=is_versioned))
        place = path(EntityRef("item", f"Q{n}")).encode()
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (place, len(content), content)


def make_repository(path: Path, number: int, *, is_versioned: bool) -> Path:
    """A bare repository with so many items."""
    repository = path / f"items-{number}-{is_versioned}"
    git(path, "init", "--quiet", "--bare", "--initial-branch", "main", repository.name)
    with subprocess.Popen(
        ["git", "fast-import", "--quiet"], cwd=repository, stdin=subprocess.PIPE
    ) as importer:
        assert importer.stdin is not None
        importer.stdin.writelines(stream(number, is_versioned=is_versioned))
    assert importer.returncode == 0
    return repository


def plain_rows(lines: Path) -> Iterator[Row]:
    """The triples of a file as plain values."""
    for quad in pyoxigraph.parse(path=lines, format=pyoxigraph.RdfFormat.N_TRIPLES):
        value = quad.object
        assert isinstance(quad.subject, pyoxigraph.NamedNode)
        assert isinstance(value, pyoxigraph.NamedNode | pyoxigraph.Literal)
        is_iri = isinstance(value, pyoxigraph.NamedNode)
        datatype = None if isinstance(value, pyoxigraph.NamedNode) else value.datatype.value
        language = None if isinstance(value, pyoxigraph.NamedNode) else value.language
        yield Row(
            quad.subject.value, quad.predicate.value, value.value, None if is_iri else datatype, language
        )


def write_ours(rows: Iterable[Row], target: Path) -> None:
    """Writes the rows as gitdraft does."""
    triples = []
    for subject, predicate, value, datatype, language in rows:
        if datatype is None:
            term = terms.iri(value)
        elif language is not None:
            term = terms.tagged(value, language)
        else:
            term = terms.literal(value) if datatype == STRING else terms.typed(value, datatype)
        triples.append(terms.triple(terms.iri(subject), terms.iri(predicate), term))
    target.write_bytes(terms.join_lines(triples))


def write_by_pyoxigraph(rows: Iterable[Row], target: Path) -> None:
    """Writes the rows as pyoxigraph does."""
    node, text = pyoxigraph.NamedNode, pyoxigraph.Literal
    triples = []
    for subject, predicate, value, datatype, language in rows:
        if datatype is None:
            term: pyoxigraph.NamedNode | pyoxigraph.Literal = node(value)
        elif language is not None:
            term = text(value, language=language)
        else:
            term = text(value, datatype=node(datatype))
        triples.append(pyoxigraph.Triple(node(subject), node(predicate), term))
    pyoxigraph.serialize(triples, str(target), pyoxigraph.RdfFormat.N_TRIPLES)


def main() -> None:
    """Print the table."""
    given = [argument for argument in sys.argv[1:] if argument.isdigit()]
    number = int(given[0]) if given else NUMBER
    table = [["", "time", "processor", "triples a second of it", "memory"]]
    with folder() as path:
        lines = path / "all.nt"
        for items, is_versioned in ((number // 4, True), (number, True), (number, False)):
            repository = make_repository(path, items, is_versioned=is_versioned)
            start = processor_seconds()
            time, memory = gitdraft(repository, "export", "rdf", "-O", str(lines))
            used = processor_seconds() - start
            with lines.open("rb") as file:
                triples = sum(1 for _ in file)
            name = f"export rdf, {items:,} items" + (
                "" if is_versioned else " without a version of their own"
            )
            table.append([name, shown(time), shown(used), f"{triples / used:,.0f}", megabytes(memory[0])])
        for name, write in (("ours", write_ours), ("pyoxigraph", write_by_pyoxigraph)):
            rows = list(islice(plain_rows(lines), IN_MEMORY))
            start = process_time()
            time = seconds(partial(write, rows, path / "copy.nt"))
            used = process_time() - start
            table.append([f"from plain values, {name}", shown(time), shown(used), f"{len(rows) / used:,.0f}"])
        print_table(f"RDF of {number:,} items, {triples / number:.0f} triples each", table)


if __name__ == "__main__":
    runs.run(main)
