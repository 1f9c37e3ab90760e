"""Pictures of entities: who inherits from whom, what redirects where, whom a draft affects; each form says the same."""

from __future__ import annotations

import json
import random
import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from sandbox import CONFIGURATION, Sandbox

from gitdraft.api.graphs import EntityGraph
from gitdraft.errors import InvalidInput
from gitdraft.model.entities import EntityRef
from gitdraft.model.graphs import Graph, GraphEdge, GraphNode, outline
from gitdraft.model.outcomes import ChangeStatus
from gitdraft.review.graph_picture import boxes_of
from gitdraft.review.graph_text import Branch, branches

SVG = "{http://www.w3.org/2000/svg}"
HEIRS = CONFIGURATION.replace(
    "  property:\n",
    "    inherits:\n      parents: /parents\n      members: {/properties: required}\n  property:\n",
)
HOSTILE = '"]; click n0 "javascript:x" %% </title><script>alert(1)</script>\u202e#quot;`**b**`\u0007'


@pytest.fixture
def heirs(sandbox: Sandbox) -> Sandbox:
    """A repository whose categories inherit: Student from Person, which does from Agent."""
    sandbox.write("gitdraft.yaml", HEIRS)
    sandbox.write(
        "categories/Student.json", json.dumps({"id": "Student", "label": "S", "parents": ["Person"]})
    )
    sandbox.commit("Categories inherit")
    return sandbox


def graph_of(*pairs: str, label: str = "") -> Graph:
    """A graph of the edges, each two letters: what is above and what is below."""
    letters = sorted({letter for pair in pairs for letter in pair})
    nodes = tuple(GraphNode(EntityRef("t", letter), label or None) for letter in letters)
    edges = tuple(GraphEdge(EntityRef("t", pair[0]), EntityRef("t", pair[1])) for pair in pairs)
    return Graph("inheritance", nodes, edges)


def test_who_inherits_from_whom_as_canonical_and_a_draft_have_it(heirs: Sandbox) -> None:
    library = heirs.library
    assert library.graph("inheritance").tree() == (
        "category/Agent\n└─ category/Person\n   └─ S · category/Student\n"
    )
    draft = library.drafts.new("Another parent", draft_id="moves")
    draft.set("category/Student", "/parents", ["Agent"])
    draft.create("category/Robot", {"id": "Robot", "label": "Robot", "parents": ["Agent"]})
    assert library.graph("inheritance", "moves").tree() == (
        "category/Agent\n"
        "├─ category/Person\n"
        "│  └─ ~ S · category/Student (not any more)\n"
        "├─ + category/Robot (new)\n"
        "└─ ~ S · category/Student (new)\n"
    )
    assert library.graph("inheritance").graph.as_json()["edges"] == [
        {"from": "category/Person", "to": "category/Agent", "status": "unchanged"},
        {"from": "category/Student", "to": "category/Person", "status": "unchanged"},
    ]


def test_whom_a_draft_affects(heirs: Sandbox) -> None:
    draft = heirs.library.drafts.new("More", draft_id="more")
    draft.set("category/Agent", "/properties", ["name", "unused"])
    graph = heirs.library.graph("impact", "more")
    assert "category/Agent (+ property/name, + property/unused)" in graph.tree()
    assert "└─ category/Person" in graph.tree()
    assert heirs.library.graph("impact", heirs.library.drafts.new("Nothing").id).graph.nodes == ()
    with pytest.raises(InvalidInput):
        heirs.library.graph("impact")


def test_what_redirects_where(heirs: Sandbox) -> None:
    done = heirs.run("redirect", "create", "category/Student", "category/Person", "--reason", "one")
    assert done.code == 0, done
    draft = heirs.library.drafts.new("Chain", draft_id="chain")
    draft.redirect("property/unused", "property/name", "two")
    assert heirs.library.graph("redirects").tree() == "category/Person\n└─ category/Student (redirected)\n"
    assert "└─ → Unused · property/unused (new)\n" in heirs.library.graph("redirects", "chain").tree()


def test_what_belongs_to_which_module(heirs: Sandbox) -> None:
    with pytest.raises(InvalidInput) as refused:
        heirs.library.graph("modules")
    assert refused.value.code == "no-modules"
    heirs.write("gitdraft.yaml", HEIRS + "modules: {type: category, members: [/properties/*]}\n")
    heirs.commit("Categories are modules")
    draft = heirs.library.drafts.new("More", draft_id="more")
    draft.set("category/Person", "/properties", ["unused", "nowhere"], allow_invalid=True)
    tree = heirs.library.graph("modules", "more").tree()
    assert "├─ Name · property/name (not any more)\n" in tree
    assert "Unused · property/unused (new)\n" in tree
    assert "property/nowhere (not there) (new)\n" in tree


@pytest.mark.parametrize(
    "pairs",
    [["ab", "ac", "bd", "cd"], ["ab", "ba"], ["aa"], ["ab", "bc", "ca", "cd"], ["ab", "ac", "bc", "xc"]],
)
def test_each_form_has_each_entity_and_edge_once(pairs: list[str]) -> None:
    graph = graph_of(*pairs)
    listed = list(outline(graph))
    assert sorted((line.edge.above.key + line.edge.below.key) for line in listed if line.edge) == sorted(
        pairs
    )
    assert {line.node.entity for line in listed} == {node.entity for node in graph.nodes}

    def count(below: list[Branch]) -> int:
        return sum(1 + count(branch.below) for branch in below)

    assert count(branches(graph)) == len(listed)
    picture = ElementTree.fromstring(EntityGraph(graph).svg())
    groups = [element.get("class", "").split()[0] for element in picture.iter(f"{SVG}g")]
    assert groups.count("edge") == len(pairs)
    assert groups.count("node") == len(graph.nodes)
    assert len(re.findall(r"-->", EntityGraph(graph).mermaid())) == len(pairs)


@pytest.mark.parametrize("seed", range(20))
def test_boxes_never_lie_over_one_another(seed: int) -> None:
    chance = random.Random(seed)
    letters = [chr(number) for number in range(97, 97 + chance.randint(2, 24))]
    pairs = {f"{chance.choice(letters)}{chance.choice(letters)}" for _ in range(chance.randint(1, 50))}
    boxes = list(boxes_of(graph_of(*pairs)))
    for one, other in combinations(boxes, 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert beside or one.y + one.height <= other.y or other.y + other.height <= one.y


def test_nothing_in_a_label_is_markup() -> None:
    graph = EntityGraph(graph_of("ab", label=HOSTILE))
    picture = ElementTree.fromstring(graph.svg())
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} == {
        *("svg", "title", "style", "rect", "g", "path", "text"),
    }
    assert "\u202e" not in graph.svg() + graph.tree() + graph.mermaid()
    lines = graph.mermaid().splitlines()
    labels = [line for line in lines if "[" in line]
    assert len(labels) == 2
    assert all(re.fullmatch(r'  n\d\["(?:[\w _\-./,;\'+~−→]|#\d+;)*"\]', line) for line in labels)


def test_deep_and_wide_graphs_are_drawn_in_time() -> None:
    refs = [EntityRef("t", str(number)) for number in range(3000)]
    nodes = tuple(map(GraphNode, refs))
    chain = Graph("inheritance", nodes, tuple(GraphEdge(*pair) for pair in pairwise(refs)))
    star = Graph("modules", nodes, tuple(GraphEdge(refs[0], ref) for ref in refs[1:]))
    for graph in (chain, star):
        assert EntityGraph(graph).svg().count("<g class=") == 5999
        assert len(EntityGraph(graph).tree().splitlines()) == 3000
    assert max(map(len, EntityGraph(chain).tree().splitlines())) < 200


def test_a_change_shows_by_more_than_its_colour() -> None:
    ref = EntityRef("t", "a")
    for status, sign in (
        (ChangeStatus.ADDED, "+ "),
        (ChangeStatus.DELETED, "− "),
        (ChangeStatus.MODIFIED, "~ "),
    ):
        graph = EntityGraph(Graph("inheritance", (GraphNode(ref, "A", status),), ()))
        assert f">{sign}A<" in graph.svg()
        assert f'class="node {status.value}"' in graph.svg()
