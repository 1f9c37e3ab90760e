"""What the command line can do, over HTTP too: drafts from elsewhere, rows, exports, logs."""

from __future__ import annotations

from typing import Any

import pytest

V2 = "/api/v2"
RDF = """
    rdf:
      context: contexts/property.jsonld
      iri: "https://example.org/{key}"
      redirects: skos
"""
CONTEXT = {"@context": {"label": "http://www.w3.org/2004/02/skos/core#prefLabel"}}


@pytest.fixture
def on_branch(service: Any) -> Any:
    """A service on a repository with a branch that plain git has edited."""
    sandbox = service.sandbox
    sandbox.git("switch", "--quiet", "--create", "feature")
    sandbox.change("categories/Person.json", label="Human")
    sandbox.git("switch", "--quiet", "main")
    return service


def test_a_draft_is_made_of_a_branch_by_maintainers(on_branch: Any) -> None:
    body = {"from": "feature", "draft_id": "taken"}
    assert on_branch.of("contributor").post(f"{V2}/drafts", json=body).status_code == 403
    client = on_branch.of("maintainer")
    made = client.post(f"{V2}/drafts", json=body)
    assert (made.status_code, made.json()["change_count"]) == (201, 1)
    draft = client.get(f"{V2}/drafts/taken").json()
    assert [change["entity"] for change in draft["changes"]] == ["category/Person"]
    assert draft["title"]  # the commit's
    unknown = client.post(f"{V2}/drafts", json={"from": "nowhere"})
    assert unknown.status_code == 404
    for wrong in ({}, {"title": "T", "from": "feature", "onto": "taken"}):
        assert client.post(f"{V2}/drafts", json=wrong).status_code == 400


def test_a_draft_stands_on_another_and_then_alone(service: Any) -> None:
    client = service.of("contributor")
    lower = service.holder(client.post(f"{V2}/drafts", json={"title": "Lower", "draft_id": "lower"}))
    patch = {"entity": "category/Person", "action": "modify"}
    patch["patch"] = [{"op": "replace", "path": "/label", "value": "Human"}]  # type: ignore[assignment]
    assert lower.post(f"{V2}/drafts/lower/changes", json=patch).status_code == 201
    made = client.post(f"{V2}/drafts", json={"title": "Upper", "draft_id": "upper", "onto": "lower"})
    upper = service.holder(made)
    assert upper.get(f"{V2}/drafts/upper").json()["onto"] == {
        "draft": "lower",
        "status": "draft",
        "behind": False,
    }
    assert lower.post(f"{V2}/drafts/upper/stand-alone").status_code == 404
    alone = upper.post(f"{V2}/drafts/upper/stand-alone")
    assert (alone.status_code, alone.json()["draft"]) == (200, "upper")
    assert alone.headers["etag"].strip('"') == upper.get(f"{V2}/drafts/upper").headers["etag"].strip('"')[:40]
    assert "onto" not in upper.get(f"{V2}/drafts/upper").json()
    assert upper.post(f"{V2}/drafts/upper/stand-alone").status_code == 409


def test_a_draft_is_made_of_rows_all_or_none(service: Any) -> None:
    client = service.of("contributor")
    rows: list[dict[str, Any]] = [
        {"entity": "category/Person", "patch": [{"op": "replace", "path": "/label", "value": "Human"}]},
        {"entity": "property/born", "create": {"id": "born"}},
        {"entity": "property/unused", "redirect": "property/name", "reason": "the same"},
    ]
    made = client.post(f"{V2}/import/changes", json={"title": "Rows", "draft_id": "rows", "rows": rows})
    assert (made.status_code, made.json()["change_count"]) == (201, 3)
    holder = service.holder(made)
    assert holder.get(f"{V2}/drafts/rows").json()["source"] == "api"
    wrong = [*rows, {"entity": "property/none", "delete": "unused"}]
    refused = client.post(f"{V2}/import/changes", json={"title": "Wrong", "rows": wrong})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-rows")
    assert [problem["row"] for problem in refused.json()["context"]["rows"]] == [4]
    assert (
        service.of("reader").post(f"{V2}/import/changes", json={"title": "R", "rows": rows}).status_code
        == 403
    )


def test_entities_are_imported_by_maintainers(service: Any) -> None:
    rows = [{"id": "born"}, {"id": "name", "label": "Name"}]
    body = {"rows": rows, "type": "property", "reason": "From the old system"}
    assert service.of("contributor").post(f"{V2}/import/entities", json=body).status_code == 403
    client = service.of("maintainer")
    done = client.post(f"{V2}/import/entities", json=body)
    assert done.status_code == 200, done.text
    assert (done.json()["created"], done.json()["left_out"]) == (1, 0)
    assert client.get(f"{V2}/entities/property/born").json()["document"] == {"id": "born"}
    many = client.post(f"{V2}/import/entities", json={"rows": [{}] * 1001})
    assert (many.status_code, many.json()["code"]) == (400, "too-many-changes")
    mixed = {"rows": [{"id": "died"}, 5], "type": "property"}
    assert client.post(f"{V2}/import/entities", json=mixed).json()["code"] == "invalid-rows"
    some = client.post(f"{V2}/import/entities", json={**mixed, "skip_invalid": True}).json()
    assert (some["created"], some["left_out"], some["rows"][0]["row"]) == (1, 1, 2)


def test_a_change_follows_a_redirect(service: Any) -> None:
    sandbox = service.sandbox
    sandbox.write("categories/Human.json", {"id": "Human", "label": "Human"})
    sandbox.commit("Add Human")
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Human", "/label", "Homo")
    sandbox.library.canonical.redirect("category/Human", "category/Agent", "the same")
    client = service.of("maintainer")
    body = {"entity": "category/Human", "retarget": True, "take": "draft"}
    assert client.post(f"{V2}/drafts/fix/resolve", json={**body, "path": "/label"}).status_code == 400
    done = client.post(f"{V2}/drafts/fix/resolve", json=body)
    assert (done.status_code, done.json()["remaining"]) == (200, [])
    assert client.get(f"{V2}/drafts/fix/changes").json()["changes"][0]["entity"] == "category/Agent"


def test_where_things_stand(service: Any) -> None:
    sandbox = service.sandbox
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    sandbox.git("merge", "--quiet", "--ff-only", "draft/fix")
    client = service.of("reader")
    status = client.get(f"{V2}/status").json()
    assert (status["canonical"], status["tip"]) == ("main", sandbox.git("rev-parse", "main").strip())
    assert (status["open"], status["on_canonical"]) == (1, ["fix"])
    assert service.client().get(f"{V2}/status").status_code == 401
    configuration = client.get(f"{V2}/configuration").json()
    assert configuration["entities"]["category"]["path"]
    assert configuration["text"] == (sandbox.path / "gitdraft.yaml").read_text()


def test_commits_and_the_step_of_a_draft(service: Any) -> None:
    draft = service.sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set("category/Person", "/label", "Human")
    draft.create("property/born", {"id": "born"})
    client = service.of("reader")
    whole = client.get(f"{V2}/drafts/fix/log").json()["commits"]
    assert [commit["commit"] for commit in whole] == [commit.oid for commit in draft.log()]
    first = client.get(f"{V2}/drafts/fix/log", params={"limit": 1}).json()
    rest = client.get(f"{V2}/drafts/fix/log", params={"after": first["next"]}).json()
    assert first["commits"] + rest["commits"] == whole
    classified = client.get(f"{V2}/drafts/fix/classification").json()
    assert (classified["impact"], classified["step"]) == ("additive", "minor")
    assert {reason["entity"] for reason in classified["reasons"]} == {"category/Person", "property/born"}


def test_two_revisions_are_compared(service: Any) -> None:
    service.sandbox.change("categories/Person.json", label="Human")
    client = service.of("reader")
    diff = client.get(f"{V2}/entities/category/Person/revisions/2/diff", params={"from": "1"}).json()
    assert diff["patch"] == [{"op": "replace", "path": "/label", "value": "Human"}]
    assert (diff["from"]["revision_id"], diff["to"]["revision_id"]) == (1, 2)
    assert client.get(f"{V2}/entities/category/Person/revisions/2/diff").status_code == 400
    assert client.get(f"{V2}/entities/category/Person/revisions/2/diff?from=9").status_code == 404


def test_lists_are_paged(service: Any) -> None:
    library = service.sandbox.library
    for name in ("a", "b", "c"):
        library.drafts.new(name, draft_id=name).set("category/Person", "/label", name)
        library.drafts[name].set("property/name", "/label", name)
    client = service.of("reader")
    for path, name in (
        ("drafts", "drafts"),
        ("overlaps", "entities"),
        ("drafts/a/overlaps", "entities"),
        ("entities/category/Person/blame", "places"),
    ):
        whole = client.get(f"{V2}/{path}").json()
        first = client.get(f"{V2}/{path}", params={"limit": 1}).json()
        rest = client.get(f"{V2}/{path}", params={"after": first["next"]}).json()
        assert "next" not in rest
        assert first[name] + rest[name] == whole[name]
        assert len(whole[name]) > 1


@pytest.fixture
def mapped(service: Any) -> Any:
    """A service on a repository whose properties are linked data."""
    sandbox = service.sandbox
    sandbox.write("contexts/property.jsonld", CONTEXT)
    sandbox.write("gitdraft.yaml", (sandbox.path / "gitdraft.yaml").read_text().rstrip() + RDF)
    sandbox.commit("As linked data")
    return service


@pytest.mark.parametrize("form", ["nt", "nq", "ttl", "jsonld", "rdfxml"])
def test_entities_are_given_out_as_rdf(mapped: Any, form: str) -> None:
    answer = mapped.of("reader").get(f"{V2}/export/{form}", params={"type": "property"})
    assert answer.status_code == 200, answer.text
    assert answer.text == mapped.sandbox.run("export", "rdf", "property", "--format", form).out
    assert "https://example.org/name" in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_changes_and_mappings_are_given_out(mapped: Any) -> None:
    sandbox, client = mapped.sandbox, mapped.of("reader")
    sandbox.library.drafts.new("Fix", draft_id="fix").set("property/name", "/label", "Called")
    changed = client.get(f"{V2}/export/rdfpatch", params={"draft": "fix"})
    assert '"Called"' in changed.text
    assert changed.headers["content-type"].startswith("application/rdf-patch")
    sandbox.library.canonical.redirect("property/unused", "property/name", "the same")
    since = client.get(f"{V2}/export/rdfpatch", params={"since": "main~1"}).text
    assert since == sandbox.run("export", "rdf", "--since", "main~1", "--format", "rdfpatch").out
    mappings = client.get(f"{V2}/export/sssom")
    assert mappings.text == sandbox.run("export", "sssom").out
    assert "property:unused" in mappings.text
    for path, wrong in (
        ("json", "at=main"),
        ("rdfpatch", ""),
        ("sssom", "draft=fix"),
        ("nt", "draft=fix&at=main"),
        ("nt", "since=main"),
        ("jsonl", "flavour=truthy"),
    ):
        assert client.get(f"{V2}/export/{path}?{wrong}").status_code == 400, (path, wrong)
    assert client.get(f"{V2}/export/nt?at=nowhere").status_code == 404
    assert service_capability(mapped).get(f"{V2}/export/nt?draft=fix").status_code == 404


def test_no_revision_of_another_branch_is_given_out(mapped: Any) -> None:
    sandbox, client = mapped.sandbox, mapped.of("reader")
    sandbox.git("switch", "-qc", "private")
    sandbox.change("properties/name.json", label="Secret")
    sandbox.git("switch", "-q", "main")
    unknown = client.get(f"{V2}/export/nt?at=nowhere").json()
    for path in ("nt?at=", "sssom?at=", "rdfpatch?since="):
        for revision in ("private", "refs/heads/private", sandbox.git("rev-parse", "private")):
            answer = client.get(f"{V2}/export/{path}{revision}")
            assert answer.status_code == 404
            assert {**answer.json(), "message": "", "context": {}} == {
                **unknown,
                "message": "",
                "context": {},
            }
    assert client.get(f"{V2}/export/nt?at=private~1").status_code == 200


def service_capability(service: Any) -> Any:
    """Who holds another draft."""
    return service.holder(service.of("contributor").post(f"{V2}/drafts", json={"title": "Other"}))
