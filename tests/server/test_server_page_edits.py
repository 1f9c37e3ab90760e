"""Editing in the browser: what was typed and nothing else, what was not touched stays to the byte, nothing typed is lost."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from server_pages import OWN, Browser, browse

PERSON = "/drafts/more/entities/category/Person/edit"
BIG = 1234567890123456789


def fields_of(page: str) -> dict[str, str]:
    """Returns the fields of the edit form of a page, as a browser sends them untouched."""
    assert 'class="edit"' in page, page[page.index("<main") : page.index("</main>")]
    form = page[page.index('class="edit"') :]
    form = form[: form.index("</form>")].replace("\r\n", "\n").replace("\r", "\n")
    fields = {
        unescape(name): unescape(value)
        for name, value in re.findall(r'<input [^>]*?name="([^"]*)"[^>]*? value="([^"]*)"', form)
    }
    for name, text in re.findall(r'<textarea [^>]*?name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        fields[unescape(name)] = unescape(text).replace("\n", "\r\n")
    for name, options in re.findall(r'<select [^>]*?name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen is not None
        fields[unescape(name)] = unescape(chosen[1])
    return fields


@pytest.fixture
def person(service: Any) -> Any:
    """A server with a draft, and a person of values that browsers do not keep."""
    service.sandbox.library.drafts.new("More", draft_id="more")
    return service


def add_module(service: Any, schema: dict[str, Any], content: str) -> str:
    """Adds a type `module` with an entity `m`; returns where that is edited."""
    sandbox = service.sandbox
    configuration = (sandbox.path / "gitdraft.yaml").read_text("utf-8")
    declared = "  module: {path: 'modules/{key}.json', schema: modules/_schema.json, id: /id}\n"
    sandbox.write("gitdraft.yaml", configuration + declared)
    sandbox.write("modules/_schema.json", schema)
    sandbox.write("modules/m.json", content)
    sandbox.commit("modules")
    return "/drafts/more/entities/module/m/edit"


def curator(service: Any) -> Any:
    """The browser of a maintainer."""
    return browse(service.url, service.token("maintainer", "Mia <mia@example.org>"))


def patch_of(service: Any, entity: str = "category/Person") -> Any:
    """Returns the patch that the draft keeps of an entity."""
    return list(service.sandbox.library.drafts["more"].change(entity).change.patch)


def save(client: Browser, fields: dict[str, str], address: str = PERSON, step: str = "save") -> Any:
    """Sends the form."""
    return client.post(address, data={**fields, "step": step}, headers=OWN)


def test_a_form_changes_what_was_typed_and_nothing_else(person: Any) -> None:
    with curator(person) as mia:
        fields = fields_of(mia.get(PERSON).text)
        assert save(mia, fields).headers["location"] == "/drafts/more?done=unchanged"
        fields["value/label"] = "Human"
        assert save(mia, fields).headers["location"] == "/drafts/more?done=saved"
    assert patch_of(person) == [{"op": "replace", "path": "/label", "value": "Human"}]


@pytest.mark.parametrize(
    "document",
    [
        {
            "rank": BIG,
            "price": 1.10,
            "note": "\n a\r\nb\rc\n",
            "none": None,
            "empty": "",
            "list": [],
            "map": {},
        },
        {
            "a": [[1, [2]], {"b": [None, "", False, 1e5, -0.0]}],
            "odd ~/\"'<name>": "x",
            "deep": {"er": {"yet": [{}]}},
        },
        {
            "unseen": "a\u202eb\u0000c\u200d",
            "astral": "\U000e0001 \U0001f469\u200d\U0001f4bb",
            "tab": "\ta ",
            "nel": "\x85",
        },
    ],
)
@pytest.mark.parametrize("step", ["form", "json"])
def test_what_was_not_touched_stays_to_the_byte(person: Any, document: dict[str, Any], step: str) -> None:
    content = json.dumps({"id": "m", **document}, indent=4, ensure_ascii=True).replace("1.1,", "1.10,")
    address = add_module(person, {}, content)
    with curator(person) as mia:
        fields = fields_of(mia.get(address).text)
        shown = mia.post(address, data={**fields, "step": step}, headers=OWN)
        assert shown.status_code == 200
        fields = fields_of(shown.text)
        answer = save(mia, fields, address)
        assert answer.headers.get("location") == "/drafts/more?done=unchanged"
    assert not person.sandbox.library.drafts["more"].changes()


def test_line_ends_of_lines_that_stay_stay(person: Any) -> None:
    person.sandbox.change("categories/Person.json", description="one\r\ntwo\nthree\r\n")
    with curator(person) as mia:
        fields = fields_of(mia.get(PERSON).text)
        fields["value/description"] = "one\r\ntwo\r\n2.5\r\nthree\r\n"
        assert save(mia, fields).status_code == 303
    assert patch_of(person)[0]["value"] == "one\r\ntwo\n2.5\r\nthree\r\n"


def test_elements_are_added_moved_and_removed(person: Any) -> None:
    person.sandbox.change("categories/Person.json", properties=["name", "unused"])
    with curator(person) as mia:
        fields = fields_of(mia.get(PERSON).text)
        fields["value/label"] = "Human"
        for step in ("add:/properties", "up:/properties/1", "remove:/properties/1"):
            shown = save(mia, fields, step=step)
            assert shown.status_code == 200
            fields = fields_of(shown.text)
        assert fields["value/label"] == "Human"
        assert fields["value/properties/0"] == "unused"
        fields["value/properties/1"] = "nowhere"
        refused = save(mia, fields)
        assert refused.status_code == 422
        assert fields_of(refused.text)["value/properties/1"] == "nowhere"
        place = refused.text.index('name="value/properties/1"')
        assert (
            "nowhere"
            in refused.text[place : refused.text.index("</fieldset>", place)].split("problem error")[1]
        )
        assert save(mia, fields_of(refused.text), step="save-broken").status_code == 303
    assert patch_of(person)[0]["path"] == "/label"


def test_absent_null_and_empty_are_three(person: Any) -> None:
    schema = {
        "type": "object",
        "properties": {
            name: {"type": ["string", "null"]} for name in ("absent", "none", "empty", "cleared", "kept")
        },
    }
    document = {"id": "m", "none": "x", "empty": "x", "cleared": "x", "kept": None}
    address = add_module(person, schema, json.dumps(document))
    with curator(person) as mia:
        fields = fields_of(mia.get(address).text)
        assert fields["state/absent"] == "absent"
        assert fields["state/kept"] == "null"
        fields |= {"state/none": "null", "state/empty": "empty", "value/cleared": ""}
        assert save(mia, fields, address).status_code == 303
    assert patch_of(person, "module/m") == [
        {"op": "replace", "path": "/none", "value": None},
        {"op": "replace", "path": "/empty", "value": ""},
        {"op": "remove", "path": "/cleared"},
    ]


def test_what_is_no_value_is_marked_and_kept(person: Any) -> None:
    schema = {"properties": {"rank": {"type": "integer"}, "kind": {"enum": ["a", "b"]}}}
    address = add_module(person, schema, json.dumps({"id": "m", "rank": BIG, "kind": "a"}))
    with curator(person) as mia:
        fields = fields_of(mia.get(address).text)
        fields |= {"value/rank": "<b>many</b>", "value/kind": '"b"'}
        refused = save(mia, fields, address)
        assert refused.status_code == 422
        kept = fields_of(refused.text)
        assert (kept["value/rank"], kept["value/kind"]) == ("<b>many</b>", '"b"')
        assert 'aria-invalid="true"' in refused.text
        assert save(mia, {**kept, "value/rank": "1234567890123456780"}, address).status_code == 303
    assert [op["value"] for op in patch_of(person, "module/m")] == [1234567890123456780, "b"]


def test_another_state_by_now_is_refused_and_what_was_typed_stays(person: Any) -> None:
    with curator(person) as mia:
        fields = fields_of(mia.get(PERSON).text)
        fields["value/label"] = "Human"
        person.sandbox.library.drafts["more"].set(
            "category/Agent", "/label", "Doer"
        )  # another entity: no matter
        person.sandbox.library.drafts["more"].set("category/Person", "/description", "Meanwhile.")
        answer = save(mia, fields)
        assert answer.status_code == 409
        assert "Meanwhile." in answer.text
        again = fields_of(answer.text)
        assert (again["value/label"], again["value/description"]) == ("Human", "Meanwhile.")
        assert save(mia, again).status_code == 303
    assert {op["path"]: op["value"] for op in patch_of(person)} == {
        "/label": "Human",
        "/description": "Meanwhile.",
    }


def test_the_json_is_kept_where_it_is_none(person: Any) -> None:
    with curator(person) as mia:
        fields = fields_of(mia.get(PERSON).text)
        fields["value/label"] = "Human"
        raw = fields_of(save(mia, fields, step="json").text)
        assert '"label": "Human"' in raw["text"]
        wrong = save(mia, {**raw, "text": '{"id": "Person",\n "label" 1}'})
        assert wrong.status_code == 422
        assert fields_of(wrong.text)["text"].endswith('"label" 1}')
        assert "line 2" in wrong.text
        assert fields_of(save(mia, raw, step="form").text)["value/label"] == "Human"
        assert save(mia, raw).status_code == 303
    assert patch_of(person) == [{"op": "replace", "path": "/label", "value": "Human"}]


def test_a_session_that_ends_in_the_middle_loses_nothing(person: Any) -> None:
    with curator(person) as mia:
        fields = fields_of(mia.get(PERSON).text)
        person.sandbox.library.tokens.revoke("Mia <mia@example.org>")
        answer = save(mia, {**fields, "value/label": "Human <i>"})
    assert answer.status_code == 401
    assert "Human &lt;i&gt;" in answer.text


def test_a_new_entity_and_the_end_of_others(person: Any) -> None:
    with curator(person) as mia:
        begun = mia.get("/drafts/more/entities/?type=category&new=Robot")
        assert begun.headers["location"] == "/drafts/more/entities/category/Robot/edit"
        fields = fields_of(mia.get(begun.headers["location"]).text)
        fields |= {"value/label": "Robot", "value/description": "A machine."}
        assert save(mia, fields, begun.headers["location"]).status_code == 303
        assert save(mia, fields, begun.headers["location"]).status_code == 409  # twice: it is there by now

        def end(entity: str, step: str, **typed: str) -> int:
            page = mia.get(f"/drafts/more/entities/{entity}").text
            state = re.search(r'name="state" value="([^"]+)"', page)
            assert state is not None, person.logged.getvalue()
            form = {"state": state[1], **typed}
            answer = mia.post(f"/drafts/more/entities/{entity}/{step}", data=form, headers=OWN)
            assert all(value in answer.text for value in typed.values()) or answer.status_code == 303
            return int(answer.status_code)

        assert end("category/Robot", "rename", name="Android") == 303
        assert end("property/unused", "redirect", target="property/nowhere", reason="twice") == 422
        assert end("property/unused", "redirect", target="property/name", reason="twice") == 303
        assert end("property/unused", "drop") == 303
        assert (
            mia.post(
                "/drafts/more/entities/property/unused/delete",
                data={"state": "old", "reason": "because"},
                headers=OWN,
            ).status_code
            == 409
        )
    changes = {str(kept.entity): kept.action for kept in person.sandbox.library.drafts["more"].changes()}
    assert changes == {"category/Android": "create"}


def test_who_may_not_edit_is_refused(person: Any) -> None:
    with browse(person.url, person.token("reader", "Rae <rae@example.org>")) as reader:
        assert reader.get(PERSON).status_code == 403
        assert "/edit" not in reader.get("/drafts/more/entities/category/Person").text
        assert save(reader, {"state": "x"}).status_code == 403
    with browse(person.url, person.token("contributor", "Cy <cy@example.org>")) as cy:
        assert cy.post("/new", data={"title": "Mine"}, headers=OWN).status_code == 303
        assert cy.get("/drafts/mine/entities/category/Person/edit").status_code == 200
        assert cy.get(PERSON).status_code == 403


def test_references_are_suggested(person: Any) -> None:
    with curator(person) as mia:
        found = mia.get("/drafts/more/suggest?type=category&q=pers").json()
        assert ["Person", "Person"] in found
        assert mia.get('/drafts/more/suggest?type=category&q="').json() == []
        assert '<datalist id="' in mia.get(PERSON).text
