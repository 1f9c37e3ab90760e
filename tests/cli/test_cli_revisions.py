"""`revision` and `blame` as a user meets them, for entities that live and for those that are gone."""

from __future__ import annotations

import json

import pytest
from jsonschema.validators import Draft202012Validator
from sandbox import CONFIGURATION, Sandbox

import gitdraft
from gitdraft.documents.serialise import content_hash
from gitdraft.formats.schemas import load_schema

FILE = "properties/unused.json"
ANN = "Ann Archivist <ann@example.org>"
CONTENT = {"id": "unused", "label": "Unused", "datatype": "Text"}


def away(sandbox: Sandbox, *command: str) -> None:
    assert sandbox.run(*command, "--reason", "no longer needed").code == 0


def redirect(sandbox: Sandbox) -> None:
    away(sandbox, "redirect", "create", "property/unused", "property/name")


def envelope(sandbox: Sandbox, *arguments: str) -> dict[str, object]:
    """What `revision show` prints, which is what the schema says, and the same with -o json."""
    answer = sandbox.run("revision", "show", *arguments)
    assert answer.code == 0, answer.err
    Draft202012Validator(load_schema("revision")).validate(answer.json)
    document = sandbox.run("-o", "json", "revision", "show", *arguments).json
    assert document["revision"] == answer.json
    return dict(answer.json)


def test_the_list_is_newest_first_and_aligned(sandbox: Sandbox) -> None:
    first = sandbox.git("rev-parse", "main")
    second = sandbox.change(FILE, label="Still unused")

    lines = sandbox.run("revision", "list", "unused").out.splitlines()

    assert [line.split()[:2] for line in lines] == [["2", second[:10]], ["1", first[:10]]]
    assert [line.split()[-2:] for line in lines] == [
        ["update", content_hash({**CONTENT, "label": "Still unused"})[7:17]],
        ["create", content_hash(CONTENT)[7:17]],
    ]
    assert len({line.index("Ann Archivist") for line in lines}) == 1


def test_the_list_as_json(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Rename")
    draft.set("property/unused", "/label", "Still unused")
    draft.submit()
    draft.merge()

    document = sandbox.run("-o", "json", "revision", "list", "property/unused", "-n", "1").json

    assert document == {
        "kind": "gitdraft.revision-list/v1",
        "entity": "property/unused",
        "total": 2,
        "revisions": [
            {
                "revision_id": 2,
                "revision": f"2-{sandbox.git('rev-parse', 'main')[:12]}",
                "commit": sandbox.git("rev-parse", "main"),
                "created_at": document["revisions"][0]["created_at"],
                "created_by": ANN,
                "edit_type": "draft-merge",
                "draft": "rename",
                "content_hash": content_hash({**CONTENT, "label": "Still unused"}),
            }
        ],
    }


def test_the_list_says_that_there_are_more(sandbox: Sandbox) -> None:
    for label in ("a", "b", "c"):
        sandbox.change(FILE, label=label)

    lines = sandbox.run("revision", "list", "property/unused", "-n", "2").out.splitlines()

    assert [line.split()[0] for line in lines] == ["4", "3", "2"]
    assert lines[-1] == "2 older; -n 0 lists all"
    assert len(sandbox.run("revision", "list", "property/unused", "-n", "0").out.splitlines()) == 4


def test_a_file_of_the_past_that_is_no_document_has_no_hash(sandbox: Sandbox) -> None:
    sandbox.write(FILE, "no JSON\n")
    sandbox.commit("Oops")

    assert sandbox.run("revision", "list", "property/unused").out.splitlines()[0].split()[-1] == "-"
    refused = sandbox.run("revision", "show", "property/unused", "2")
    assert (refused.code, refused.out) == (20, "")
    assert sandbox.run("revision", "diff", "property/unused", "1", "2").code == 20


def test_a_live_entity_is_shown_with_its_content(sandbox: Sandbox) -> None:
    sandbox.change(FILE, label="Still unused")

    assert envelope(sandbox, "property/unused", "1") == {
        "schema_version": "1.1.0",
        "revision_id": 1,
        "revision": f"1-{sandbox.git('rev-parse', 'main~1')[:12]}",
        "commit": sandbox.git("rev-parse", "main~1"),
        "created_at": sandbox.git(
            "show", "-s", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd", "main~1"
        ),
        "created_by": ANN,
        "edit_type": "create",
        "content_hash": content_hash(CONTENT),
        "redirects_to": None,
        "deleted": False,
        "entity": CONTENT,
    }
    latest = envelope(sandbox, "property/unused")
    assert (latest["revision_id"], latest["edit_type"]) == (2, "update")


def test_a_redirect_is_its_id_and_where_it_leads(sandbox: Sandbox) -> None:
    redirect(sandbox)

    found = envelope(sandbox, "property/unused")

    assert (found["edit_type"], found["redirects_to"], found["deleted"]) == ("redirect-create", "name", False)
    assert found["entity"] == {"id": "unused"}
    assert found["content_hash"] == content_hash({"id": "unused"})
    assert envelope(sandbox, "property/unused", "1")["entity"] == CONTENT


def test_a_soft_deletion_keeps_the_content_and_an_erasure_does_not(sandbox: Sandbox) -> None:
    away(sandbox, "entity", "delete", "property/unused")
    soft = envelope(sandbox, "property/unused")
    away(sandbox, "entity", "erase", "property/unused", "--yes")
    hard = envelope(sandbox, "property/unused")

    assert (soft["edit_type"], soft["deleted"], soft["entity"]) == ("delete-soft", True, CONTENT)
    assert soft["content_hash"] == content_hash(CONTENT)
    assert (hard["edit_type"], hard["deleted"], hard["entity"]) == ("delete-hard", True, {"id": "unused"})


def test_protection_leaves_the_content_as_it_was(sandbox: Sandbox) -> None:
    away(sandbox, "entity", "lock", "property/unused")

    found = envelope(sandbox, "property/unused")

    assert (found["edit_type"], found["entity"]) == ("lock", CONTENT)


@pytest.mark.parametrize(
    ("pointer", "expected"), [("/qid", {"qid": "unused"}), ("/meta/id", {"id": "unused"})]
)
def test_the_id_stands_where_the_type_has_it(
    sandbox: Sandbox, pointer: str, expected: dict[str, str]
) -> None:
    redirect(sandbox)
    head, _, tail = CONFIGURATION.rpartition("id: /id")
    sandbox.git("reset", "--quiet", "--hard")
    sandbox.write("gitdraft.yaml", f"{head}id: {pointer}{tail}")
    sandbox.commit("Other ids")

    assert envelope(sandbox, "property/unused")["entity"] == expected


def test_a_tombstone_by_hand_that_cannot_be_read_is_a_deletion(sandbox: Sandbox) -> None:
    (sandbox.path / FILE).unlink()
    sandbox.write("tombstones/property/unused.json", "rest in peace\n")
    sandbox.commit("By hand")

    found = envelope(sandbox, "property/unused", "2")

    assert (found["deleted"], found["entity"]) == (True, {"id": "unused"})


def test_a_diff_as_lines_and_as_operations(sandbox: Sandbox) -> None:
    sandbox.change(FILE, label="Still unused")
    redirect(sandbox)
    patch = [{"op": "replace", "path": "/label", "value": "Still unused"}]

    lines = sandbox.run("revision", "diff", "property/unused", "1", "2").out.splitlines()
    assert lines[:2] == [f"--- a/{FILE}", f"+++ b/{FILE}"]
    assert [line for line in lines[2:] if line[0] in "+-"] == [
        '-  "label": "Unused",',
        '+  "label": "Still unused",',
    ]
    document = sandbox.run("-o", "json", "revision", "diff", "property/unused", "1", "2").json
    assert (document["kind"], document["path"], document["patch"]) == (
        "gitdraft.revision-diff/v1",
        FILE,
        patch,
    )
    assert (document["from"]["revision_id"], document["to"]["edit_type"]) == (1, "update")
    assert (
        '{"op": "replace", "path": "/label", "value": "Unused"}'
        in sandbox.run("revision", "diff", "property/unused", "2", "1", "--patch").out
    )


def test_a_diff_with_what_is_gone(sandbox: Sandbox) -> None:
    redirect(sandbox)
    one = ("revision", "diff", "property/unused", "1", "2")
    other = ("revision", "diff", "property/unused", "2", "1")

    lines = sandbox.run(*one).out.splitlines()
    assert lines[:3] == [
        "revision 2 is a redirect to name: there is no file",
        f"--- a/{FILE}",
        "+++ /dev/null",
    ]
    assert sandbox.run("-o", "json", *one).json["patch"] == [{"op": "remove", "path": ""}]
    assert sandbox.run("-o", "json", *other).json["patch"] == [{"op": "add", "path": "", "value": CONTENT}]
    assert sandbox.run("revision", "diff", "property/unused", "1", "1").out == "the same content\n"
    same = sandbox.run("revision", "diff", "property/unused", "2", "2").out
    assert same == "revision 2 is a redirect to name: there is no file\n"


def test_what_is_not_there_is_said(sandbox: Sandbox) -> None:
    unknown = sandbox.run("revision", "list", "property/unusd")
    assert (unknown.code, "did you mean 'property/unused'?" in unknown.err) == (40, True)
    late = sandbox.run("revision", "show", "property/unused", "7")
    assert (late.code, late.err.splitlines()) == (
        40,
        [
            "error: 'property/unused' has no revision 7: its revisions are 1 to 1",
            "hint: gitdraft revision list property/unused",
        ],
    )
    assert sandbox.run("revision", "show", "property/unused", "0").code == 2


def test_log_goes_on_for_what_is_gone(sandbox: Sandbox) -> None:
    sandbox.change(FILE, label="Still unused")
    redirect(sandbox)
    away(sandbox, "redirect", "revert", "property/unused")
    away(sandbox, "entity", "lock", "property/unused")
    away(sandbox, "entity", "unlock", "property/unused")
    away(sandbox, "entity", "delete", "property/unused")
    away(sandbox, "entity", "erase", "property/unused", "--yes")

    subjects = [c["subject"] for c in sandbox.run("-o", "json", "log", "property/unused").json["commits"]]

    assert subjects == [
        "Erase property/unused",
        "Delete property/unused",
        "Unlock property/unused",
        "Lock property/unused",
        "Take back the redirect of property/unused",
        "Redirect property/unused to property/name",
        "canonical moves",
        "Start",
    ]


def test_blame_names_the_revision_of_each_value(sandbox: Sandbox) -> None:
    first = sandbox.git("rev-parse", "main")
    second = sandbox.change(FILE, label="Still unused", tags=[])

    lines = sandbox.run("blame", "property/unused").out.splitlines()

    assert [(line.split()[:2], line.split("  ")[-1].strip()) for line in lines] == [
        (["1", first[:10]], '"unused"'),
        (["2", second[:10]], '"Still unused"'),
        (["1", first[:10]], '"Text"'),
        (["2", second[:10]], "[]"),
    ]
    document = sandbox.run("-o", "json", "blame", "property/unused").json
    assert (document["kind"], document["entity"]) == ("gitdraft.blame/v1", "property/unused")
    assert document["places"][1] == {
        "path": "/label",
        "value": "Still unused",
        "revision_id": 2,
        "revision": f"2-{second[:12]}",
        "commit": second,
        "created_at": document["places"][1]["created_at"],
        "created_by": ANN,
        "edit_type": "update",
    }


def test_blame_of_what_is_redirected_says_where_to(sandbox: Sandbox) -> None:
    redirect(sandbox)

    refused = sandbox.run("blame", "property/unused")

    assert refused.code == 42
    assert refused.err.splitlines()[1] == "hint: gitdraft blame property/name"


def test_what_is_erased_is_shown_by_no_revision(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label="A secret")
    away(sandbox, "entity", "erase", "property/unused", "--yes")

    for number in ("1", "2", "3"):
        answer = sandbox.run("revision", "show", "property/unused", number)
        assert answer.json["entity"] == {"id": "unused"}
    refused = sandbox.run("-o", "json", "revision", "diff", "property/unused", "1", "2")
    assert refused.code == 42
    assert json.loads(refused.err)["code"] == "entity-deleted"
    assert "secret" not in sandbox.run("revision", "list", "property/unused").out
    with pytest.raises(gitdraft.StateRefused):
        sandbox.library.canonical.content_at("property/unused", 2)


def test_a_deletion_says_why_when_and_by_whom(sandbox: Sandbox) -> None:
    sandbox.library.canonical.delete("property/unused", "nobody uses it")
    shown = envelope(sandbox, "property/unused")

    assert (shown["deleted"], shown["deletion_reason"], shown["deleted_by"]) == (True, "nobody uses it", ANN)
    assert shown["deleted_at"] == shown["created_at"]
    assert shown["entity"] == CONTENT


def test_a_revision_is_number_and_commit_and_the_same_number_may_be_another(sandbox: Sandbox) -> None:
    def latest() -> str:
        return str(envelope(sandbox, "property/unused")["revision"])

    sandbox.library.canonical.lock("property/unused", "why")
    first = latest()
    sandbox.library.undo()
    sandbox.library.canonical.archive("property/unused", "why")
    second = latest()

    assert (first[:2], second[:2]) == ("2-", "2-")
    assert first != second
    lift = ("entity", "unarchive", "property/unused", "--reason", "why", "--expect")
    refused = sandbox.run("-o", "json", *lift, first)
    assert (refused.code, refused.refusal["code"]) == (43, "revision-mismatch")
    assert refused.refusal["context"]["actual"] == second
    assert sandbox.run("revision", "show", "property/unused", first).code == 40
    assert sandbox.run("revision", "show", "property/unused", second).code == 0
    assert sandbox.run(*lift, "2-x").code == 2
    assert sandbox.run(*lift, second).code == 0
