"""Reconciliation over HTTP: who is meant, what is fetched, what is suggested, who may, what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sandbox import Sandbox
from wiki import make_wiki

LABELS = {
    "York": ("York", ["Eboracum"], "City in England"),
    "NewYork": ("New York", ["York, New", "NYC"], None),
    "Thonnes": ("Franz Thönnes", [], None),
    "Tokyo": ("東京", ["Tokyo"], None),
    "CPlusPlus": ("C++", [], None),
    "C": ("C", [], None),
    "Long": ("A name with York in the middle of many other words", [], None),
}


@pytest.fixture
def service(sandbox: Sandbox, serving: Callable[..., Any]) -> Any:
    """A service in which everybody may read."""
    make_wiki(sandbox)
    for key, (label, aliases, description) in LABELS.items():
        document = {"entity_key": key, "label": label, "aliases": aliases, "properties": ["name", "unused"]}
        described = {} if description is None else {"description": description}
        sandbox.write(f"categories/{key}.json", {**document, **described, "size": len(key), "born": DATE})
    sandbox.write("categories/Gone.json", {"entity_key": "Gone", "label": "Gone place"})
    sandbox.write("categories/Eoforwic.json", {"entity_key": "Eoforwic", "label": "Eoforwic"})
    sandbox.commit("places")
    assert (
        sandbox.run("redirect", "create", "category/Eoforwic", "category/York", "--reason", "same").code == 0
    )
    assert sandbox.run("new", "Away", "--id", "away").code == 0
    assert sandbox.run("delete", "category/Gone", "--reason", "gone").code == 0
    assert sandbox.run("submit").code == 0
    assert sandbox.run("merge").code == 0
    assert sandbox.run("new", "More", "--id", "more").code == 0
    assert (
        sandbox.run(
            "create", "category/Drafted", "-", stdin='{"entity_key": "Drafted", "label": "Drafted"}'
        ).code
        == 0
    )
    return serving(public_reading=True)


DATE = "1999-12-31T23:59:59Z"


@pytest.fixture
def client(service: Any) -> httpx.Client:
    made: httpx.Client = service.client()
    return made


def ask(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.post("/reconcile", data={"queries": json.dumps({"q": query})})
    assert answer.status_code == 200, answer.text
    result: list[dict[str, Any]] = answer.json()["q"]["result"]
    scores = [candidate["score"] for candidate in result]
    assert scores == sorted(scores, reverse=True)
    return result


MEANT = [
    ("York", "category/York", True),
    ("york", "category/York", True),
    ("Yorck", "category/York", False),
    ("Eboracum", "category/York", True),
    ("Eoforwic", "category/York", True),  # is redirected
    ("category York", "category/York", False),
    ("New York", "category/NewYork", True),
    ("New  York", "category/NewYork", True),
    ("york new", "category/NewYork", True),
    ("NYC", "category/NewYork", True),
    ("Franz Thonnes", "category/Thonnes", True),
    ("THÖNNES, FRANZ", "category/Thonnes", False),
    ("Frank Thönnes", "category/Thonnes", False),
    ("東京", "category/Tokyo", True),
    ("京", "category/Tokyo", False),
    ("C++", "category/CPlusPlus", True),
    ("C", "category/C", True),
    ("Person", "category/Person", True),
]


@pytest.mark.sweep(3)
@pytest.mark.parametrize(("name", "expected", "is_match"), MEANT)
def test_a_name_is_reconciled(client: httpx.Client, name: str, expected: str, *, is_match: bool) -> None:
    result = ask(client, query=name, type="category")
    assert (result[0]["id"], result[0]["match"]) == (expected, is_match)
    assert result[0]["type"] == [{"id": "category", "name": "category"}]
    assert len({candidate["id"] for candidate in result}) == len(result)


def test_what_is_not_live_on_canonical_is_no_candidate(client: httpx.Client) -> None:
    for name in ("Gone", "Gone place", "Drafted", "Nothing of the kind"):
        ids = {candidate["id"] for candidate in ask(client, query=name)}
        assert not ids & {"category/Gone", "category/Drafted", "category/Eoforwic"}
    assert ask(client, query="Qqqq") == []


def test_types_limits_and_two_of_a_name(client: httpx.Client) -> None:
    assert len(ask(client, query="York", limit=1)) == 1
    assert {c["id"] for c in ask(client, query="name", type="property")} == {"property/name"}
    assert ask(client, query="name", type=["category", "property"])[0]["id"] == "property/name"
    assert ask(client, query="name", type=["category", "property"], type_strict="all") == []
    other = ask(client, query="name", type="category", type_strict="should")
    assert (other[0]["id"], other[0]["match"], other[0]["score"]) == ("property/name", False, 90)


def test_values_of_properties_weigh(client: httpx.Client) -> None:
    size = ask(
        client, query="Yorks", properties=[{"pid": "size", "v": 7}, {"pid": "/properties", "v": "name"}]
    )
    assert size[0]["id"] == "category/NewYork"
    assert {f["id"]: f["value"] for f in size[0]["features"]}["size"] == 1
    held = ask(client, properties=[{"pid": "/description", "v": "city in England"}])
    assert [(c["id"], c["match"], c["score"]) for c in held] == [("category/York", True, 100)]
    named = ask(client, query="York", properties=[{"pid": "properties", "v": [{"id": "property/unused"}]}])
    assert (named[0]["id"], named[0]["match"]) == ("category/York", True)
    denied = ask(client, query="York", properties=[{"pid": "properties", "v": {"id": "property/other"}}])
    assert (denied[0]["id"], denied[0]["match"]) == ("category/York", False)
    assert ask(client, properties=[{"pid": "nothing", "v": True}]) == []


REFUSED = [
    ("{", 400),
    ("[]", 400),
    ('{"q": {}}', 400),
    ('{"q": {"limit": 1}}', 400),
    ('{"q": {"properties": []}}', 400),
    ('{"q": {"query": 1}}', 400),
    ('{"q": {"query": "a", "limit": 0}}', 400),
    ('{"q": {"query": "a", "limit": "5"}}', 400),
    ('{"q": {"query": "a", "props": []}}', 400),
    ('{"q": {"query": "a", "type": "nope"}}', 400),
    ('{"q": {"query": "a", "type": ["category", "nope"], "type_strict": "should"}}', 400),
    ('{"q": {"query": "a", "type_strict": "some"}}', 400),
    ('{"q": {"query": "a", "properties": [{"pid": "/a~2", "v": 1}]}}', 400),
    ('{"q": {"query": "a", "properties": [{"v": 1}]}}', 400),
    ('{"q": {"query": "a", "query": "b"}}', 400),
    ('{"q": {"query": "' + "a" * 2001 + '"}}', 400),
    (json.dumps({f"q{n}": {"query": "a"} for n in range(101)}), 413),
]


@pytest.mark.sweep(4)
@pytest.mark.parametrize(("queries", "status"), REFUSED)
def test_a_query_that_cannot_be_answered_is_told(client: httpx.Client, queries: str, status: int) -> None:
    good = '{"q0": {"query": "York"}}'
    for answer in (
        client.post("/reconcile", data={"queries": queries}),
        client.get("/reconcile", params={"queries": queries}),
    ):
        assert answer.status_code == status, answer.text
        assert "result" not in answer.json()
        assert answer.headers["access-control-allow-origin"] == "*"
    assert client.post("/reconcile", data={"queries": good}).status_code == 200


def test_bodies_that_are_no_form(client: httpx.Client) -> None:
    assert client.post("/reconcile", json={"q": {"query": "York"}}).status_code == 415
    assert client.post("/reconcile", data={"queries": "x" * (1 << 20)}).status_code == 413
    assert client.post("/reconcile", data={"queries": "{}", "extend": "{}"}).status_code == 400
    latin = client.post(
        "/reconcile", content=b"queries=%ff", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert latin.status_code == 400
    assert client.post("/reconcile", data={"queries": "{}"}).json() == {}
    assert client.post("/reconcile").json()["versions"] == ["0.2"]


def test_an_index_that_cannot_be_used_is_no_empty_result(
    service: Any, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitdraft.index.search_tables.can_search", lambda _: False)
    assert ask(client, query="York")[0]["id"] == "category/York"

    def broken(*_: object) -> object:
        raise OSError("the disk is gone")

    monkeypatch.setattr("gitdraft.reconciliation.candidates.named_rows", broken)
    assert client.post("/reconcile", data={"queries": '{"q": {"query": "York"}}'}).status_code == 500
    assert service.log


def test_the_service_is_called_as_the_folder_is(sandbox: Sandbox, serving: Any) -> None:
    for folder in (sandbox.path, Path(sandbox.path) / ".git"):  # as `serve` has it
        manifest = httpx.get(
            f"{serving(folder=folder, public_reading=True).url}/reconcile", timeout=60
        ).json()
        assert manifest["name"] == "repository (gitdraft)"


def test_the_manifest_says_where_everything_is(service: Any, client: httpx.Client) -> None:
    manifest = client.get("/reconcile").json()
    assert manifest["versions"] == ["0.2"]
    assert manifest["defaultTypes"] == [{"id": n, "name": n} for n in ("category", "property")]
    for kind in ("entity", "property", "type"):
        suggest = manifest["suggest"][kind]
        answer = httpx.get(
            suggest["service_url"] + suggest["service_path"], params={"prefix": "p"}, timeout=60
        )
        assert answer.json()["result"], kind
    propose = manifest["extend"]["propose_properties"]
    proposed = httpx.get(
        propose["service_url"] + propose["service_path"], params={"type": "category"}, timeout=60
    ).json()
    assert {"id": "/label", "name": "label"} in proposed["properties"]
    address = manifest["preview"]["url"].replace("{{id}}", quote("category/York", safe=""))
    assert "City in England" in httpx.get(address, timeout=60).text
    view = manifest["view"]["url"].replace("{{id}}", quote("category/York", safe=""))
    assert httpx.get(view, headers={"Accept": "text/html"}, timeout=60).status_code == 200
    flyout = manifest["suggest"]["entity"]["flyout_service_path"].replace("${id}", "category%2FYork")
    assert "City in England" in httpx.get(service.url + flyout, timeout=60).json()["html"]


def test_only_the_preview_may_be_framed(client: httpx.Client) -> None:
    answer = client.get("/reconcile/preview", params={"id": "category/Eoforwic"})
    assert (answer.status_code, "x-frame-options" in answer.headers) == (200, False)
    assert answer.headers["content-security-policy"].endswith("frame-ancestors *")
    assert "category/York" in answer.text
    for path in ("/reconcile", "/entities/category/York", "/reconcile/preview?id=category/Nobody"):
        other = client.get(path)
        assert other.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors *" not in other.headers.get("content-security-policy", "")
    assert client.get("/reconcile/preview", params={"id": "category/Gone"}).status_code == 410
    assert client.get("/reconcile/flyout/entity", params={"id": "category/Gone"}).status_code == 410
    assert client.get("/reconcile/preview").status_code == 400


def test_suggestions_go_on_as_was_typed(client: httpx.Client) -> None:
    def suggest(kind: str, **asked: Any) -> list[str]:
        answer = client.get(f"/reconcile/suggest/{kind}", params=asked)
        return [one["id"] for one in answer.json()["result"]]

    assert suggest("entity", prefix="yor")[0] == "category/York"
    assert suggest("entity", prefix="yo")[0] == "category/York"
    assert suggest("entity", prefix="Eoforwic") == ["category/York"]
    assert suggest("entity", prefix="eofo") == ["category/York"]
    assert suggest("entity", prefix="gone") == []
    assert suggest("entity", prefix="york", cursor=1)[0] == "category/NewYork"
    assert suggest("type", prefix="cat") == ["category"]
    assert suggest("property", prefix="lab") == ["/label"]
    assert client.get("/reconcile/suggest/entity", params={"prefix": "a", "cursor": -1}).status_code == 400


def test_values_are_fetched(client: httpx.Client) -> None:
    asked: dict[str, list[Any]] = {
        "ids": ["category/York", "category/Eoforwic", "category/Gone", "category/Nobody", "%", "York"],
        "properties": [
            {"id": "label"},
            {"id": "/properties", "settings": {"limit": "1"}},
            {"id": "size"},
            {"id": "born"},
        ],
    }
    row = {
        "label": [{"str": "York"}],
        "/properties": [{"id": "property/name", "name": "name"}],
        "size": [{"int": 4}],
        "born": [{"date": DATE}],
    }
    empty: dict[str, list[Any]] = {name: [] for name in row}
    for answer in (
        client.post("/reconcile/extend", data={"extend": json.dumps(asked)}),
        client.post("/reconcile", data={"extend": json.dumps(asked)}),
        client.get("/reconcile/extend", params={"extend": json.dumps(asked)}),
    ):
        assert answer.status_code == 200, answer.text
        document = answer.json()
        assert document["rows"] == dict(zip(asked["ids"], [row, row, empty, empty, empty, row], strict=True))
        assert document["meta"][1] == {
            "id": "/properties",
            "name": "properties",
            "type": {"id": "property", "name": "property"},
        }
    too_many = json.dumps({"ids": ["a"] * 501, "properties": []})
    assert client.post("/reconcile/extend", data={"extend": too_many}).status_code == 413
    for wrong in ("{}", '{"ids": "a", "properties": []}', '{"ids": [], "properties": [{"id": "/~"}]}', "["):
        assert client.post("/reconcile/extend", data={"extend": wrong}).status_code == 400
    assert client.post("/reconcile/extend").status_code == 400


def test_pages_of_other_origins_call_by_cors_and_jsonp(client: httpx.Client) -> None:
    answer = client.get("/reconcile", params={"callback": "jQuery.cb_1"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"].startswith("application/javascript")
    match = re.fullmatch(r"/\*\*/jQuery\.cb_1\((.*)\);", answer.text)
    assert match is not None
    assert json.loads(match[1])["versions"] == ["0.2"]
    form = client.post("/reconcile", data={"queries": '{"q": {"query": "York"}}', "callback": "f"})
    assert form.text.startswith("/**/f(")
    assert client.get("/reconcile", params={"callback": "alert(1)//"}).status_code == 400
    refused = client.post("/reconcile", content="a=1", headers={"Content-Type": "text/plain"})
    assert refused.headers["access-control-allow-origin"] == "*"


def test_without_a_token_nothing_where_reading_is_not_open(
    sandbox: Sandbox, serving: Callable[..., Any]
) -> None:
    make_wiki(sandbox)
    service = serving()
    form = {"queries": '{"q": {"query": "Person"}}'}
    nobody, reader = service.client(), service.of("reader")
    paths = ["", "/suggest/entity", "/suggest/property", "/suggest/type", "/preview?id=category/Person"]
    paths += ["/extend?extend={}", "/extend/propose", "/flyout/entity?id=category/Person"]
    for path in paths:
        answer = nobody.get(f"/reconcile{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, "no-token"), path
        assert "access-control-allow-origin" not in answer.headers
        assert reader.get(f"/reconcile{path}").status_code in (200, 400), path
    assert nobody.post("/reconcile", data=form).status_code == 401
    assert nobody.post("/reconcile/extend", data=form).status_code == 401
    assert reader.post("/reconcile", data=form).json()["q"]["result"][0]["id"] == "category/Person"
    assert service.client("unknown").post("/reconcile", data=form).status_code == 404
