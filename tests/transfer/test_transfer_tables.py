"""Tables: out, edited as analysts edit them, and back as a three-way draft; kinds never come from looks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas
import pytest
from sandbox import Sandbox

FORMS = ("csv", "tsv", "xlsx", "parquet")
CONFIGURATION = """\
version: 1
entities:
  item: {path: "items/{key}.json", id: /id, schema: items/_schema.json}
  free: {path: "free/{key}.json", id: /id}
"""
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "code": {"type": "string"},
        "size": {"type": "integer"},
        "weight": {"type": ["number", "null"]},
        "ok": {"type": "boolean"},
        "either": {"type": ["string", "number"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "labels": {"type": "object", "properties": {"en": {"type": "string"}, "de": {"type": "string"}}},
    },
}
HOSTILE: dict[str, Any] = {
    "zeros": "0415",
    "exponent": "1E5",
    "digits": 1234567890123456789,
    "digit_text": "1234567890123456789",
    "date": "2024-03-01",
    "slashes": "3/4",
    "gene": "SEPT2",
    "formula": '=HYPERLINK("http://x","y")',
    "plus": "+1",
    "minus": "-1",
    "at": "@SUM(A1)",
    "guarded": "'=1",
    "quote": "'",
    "tab": "\tx",
    "null_text": "null",
    "null": None,
    "empty": "",
    "true_text": "TRUE",
    "true": True,
    "float": 1.5,
    "negative": -7,
    "large": 1e300,
    "list": [1, "a", None],
    "list_text": "[1]",
    "object": {"a": {"b": "c;d,e"}},
    "quoted": '"x"',
    "half_quoted": '"x',
    "lines": "a\nb",
    "return": "a\r\nb\rc",
    "control": "a\u0001b",
    "xml": "_x0041_",
    "blanks": "  a ",
    "unicode": "Zürich 日本 😀 \u202e",
    "semicolon": "a;b,c|d\te",
    "nan": "NaN",
}


@pytest.fixture
def shop(sandbox: Sandbox) -> Sandbox:
    """Entities with a schema, and others with none and all that is hostile."""
    sandbox.git("rm", "--quiet", "-r", "categories", "properties")
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.write("items/_schema.json", SCHEMA)
    sandbox.write(
        "items/a.json",
        {
            "id": "a",
            "code": "0415",
            "size": 3,
            "weight": None,
            "ok": True,
            "either": "7",
            "tags": ["x"],
            "labels": {"en": "A"},
        },
    )
    sandbox.write(
        "items/b.json",
        {"id": "b", "code": "1E5", "size": 9007199254740993, "weight": 1.5, "ok": False, "either": 7},
    )
    sandbox.write("items/c.json", {"id": "c", "code": "", "extra": "not declared"})
    for name, value in HOSTILE.items():
        sandbox.write(f"free/{name}.json", {"id": name, "value": value, "a/b": value})
    sandbox.write("free/absent.json", {"id": "absent"})
    sandbox.commit("a shop")
    return sandbox


def exported(sandbox: Sandbox, name: str, entity_type: str = "item", *options: str) -> Path:
    path = sandbox.path.parent / name
    answer = sandbox.run("export", "table", entity_type, "-O", str(path), *options)
    assert answer.code == 0, answer.err
    return path


def edit_text(path: Path, edit: Callable[[list[dict[str, str]]], None], **written: Any) -> None:
    """Edits rows of a CSV or TSV as another program would write it."""
    delimiter = "\t" if path.suffix == ".tsv" else ","
    rows = list(csv.DictReader(io.StringIO(path.read_text(), newline=""), delimiter=delimiter))
    edit(rows)
    encoding = written.pop("encoding", "utf-8")
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), **{"delimiter": delimiter, **written})
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(stream.getvalue().encode(encoding))


def taken(sandbox: Sandbox, path: Path, *options: str) -> Any:
    return sandbox.run("-o", "json", "new", "Table", "--id", "table", "--from-table", str(path), *options)


def edits(answer: Any) -> dict[tuple[str, str], tuple[Any, Any]]:
    assert answer.code == 0, answer.err
    absent = object
    return {
        (e["entity"], e["column"]): (e.get("before", absent), e.get("after", absent))
        for e in answer.json.get("edits", [])
    }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("entity_type", ["item", "free"])
def test_the_unedited_file_makes_no_draft(shop: Sandbox, form: str, entity_type: str) -> None:
    path = exported(shop, f"t.{form}", entity_type)
    refused = taken(shop, path)
    assert (refused.code, refused.refusal["code"]) == (42, "empty-draft")
    assert shop.run("-o", "json", "list").json["drafts"] == []


def test_what_columns_and_cells_look_like(shop: Sandbox) -> None:
    path = exported(shop, "t.csv")
    rows = {row["_entity"]: row for row in csv.DictReader(io.StringIO(path.read_text(), newline=""))}
    assert list(rows["item/a"]) == [
        "_entity",
        "_commit",
        "id",
        "code",
        "size",
        "weight",
        "ok",
        "either",
        "tags",
        "/labels/en",
        "/labels/de",
        "extra",
    ]
    assert rows["item/a"] == {
        "_entity": "item/a", "_commit": shop.git("rev-parse", "main"), "id": "a", "code": "0415", "size": "3",
        "weight": "null", "ok": "true", "either": '"7"', "tags": '["x"]', "/labels/en": "A", "/labels/de": "", "extra": "",
    }  # fmt: skip
    assert (rows["item/b"]["code"], rows["item/b"]["either"], rows["item/c"]["code"]) == ("1E5", "7", '""')
    text = exported(shop, "f.csv", "free").read_text()
    assert '''"'=HYPERLINK(""http://x"",""y"")"''' in text
    for row in csv.reader(io.StringIO(text)):
        assert not [cell for cell in row if cell.startswith(("=", "+", "@"))]
    chosen = shop.run("export", "table", "item", "-c", "/labels/en", "-c", "/tags/0").out.splitlines()
    assert chosen[0] == "_entity,_commit,/labels/en,/tags/0"
    assert chosen[1].endswith(",A,x")


def test_xlsx_is_text_and_parquet_has_types(shop: Sandbox) -> None:
    sheet = openpyxl.load_workbook(exported(shop, "t.xlsx", "free")).active
    kinds = {
        (cell.data_type, cell.number_format)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert kinds == {("s", "@")}
    found = duckdb.sql(f"SELECT * FROM '{exported(shop, 't.parquet')}'")
    assert found is not None
    types = dict(zip(found.columns, map(str, found.types), strict=True))
    assert (types["size"], types["ok"], types["code"], types["weight"]) == (
        "BIGINT",
        "BOOLEAN",
        "VARCHAR",
        "VARCHAR",
    )
    assert found.filter("_entity = 'item/b'").project("size").fetchall() == [(9007199254740993,)]


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_what_was_edited_is_taken_by_the_kind_of_its_place(shop: Sandbox, form: str) -> None:
    path = exported(shop, f"t.{form}")

    def edit(rows: list[dict[str, str]]) -> None:
        a, b, c = rows
        a |= {
            "code": "0007",
            "size": "4",
            "weight": "2.50",
            "ok": "FALSE",
            "either": "1E5",
            "tags": '["x", "y"]',
            "/labels/en": "",
            "/labels/de": "null",
        }
        b |= {"code": "null", "either": "8", "size": "1234567890123456789", "weight": "null"}
        c |= {"code": "", "size": "1", "either": "12", "/labels/en": "=x", "extra": "2024-01-01"}

    edit_text(path, edit)
    found = edits(taken(shop, path, "--allow-invalid"))
    assert {key: after for key, (_, after) in found.items()} == {
        ("item/a", "code"): "0007",
        ("item/a", "size"): 4,
        ("item/a", "weight"): 2.5,
        ("item/a", "ok"): False,
        ("item/a", "either"): "1E5",
        ("item/a", "tags"): ["x", "y"],
        ("item/a", "/labels/en"): object,
        ("item/a", "/labels/de"): None,
        ("item/b", "code"): None,
        ("item/b", "either"): 8,
        ("item/b", "size"): 1234567890123456789,
        ("item/b", "weight"): None,
        ("item/c", "code"): object,
        ("item/c", "size"): 1,
        ("item/c", "either"): "12",
        ("item/c", "/labels/en"): "=x",
        ("item/c", "extra"): "2024-01-01",
    }
    assert shop.run("view", "item/c", "--draft", "table").json == {
        "id": "c",
        "extra": "2024-01-01",
        "size": 1,
        "either": "12",
        "labels": {"en": "=x"},
    }


def test_rows_and_columns_that_are_not_there_are_left_alone(shop: Sandbox) -> None:
    path = exported(shop, "t.csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text(), newline="")))
    path.write_text(f"code;_commit;_entity\n0416;{rows[0]['_commit']};item/a\n")
    assert list(edits(taken(shop, path))) == [("item/a", "code")]
    assert shop.run("view", "item/a", "--draft", "table").json["labels"] == {"en": "A"}


@pytest.mark.parametrize(
    ("encoding", "delimiter", "before"),
    [
        ("utf-8-sig", ",", ""),
        ("utf-8", ";", ""),
        ("utf-8-sig", "\t", ""),
        ("utf-16", ";", ""),
        ("utf-8", ";", "sep=;\r\n"),
        ("utf-8", "|", ""),
    ],
)
def test_a_file_that_another_program_saved(shop: Sandbox, encoding: str, delimiter: str, before: str) -> None:
    path = exported(shop, "t.csv", "free")
    edit_text(path, lambda rows: None, delimiter=delimiter, encoding=encoding, quoting=csv.QUOTE_ALL)
    if before:
        path.write_bytes(before.encode() + path.read_bytes())
    assert taken(shop, path).refusal["code"] == "empty-draft"
    path = exported(shop, "t.csv")
    edit_text(
        path,
        lambda rows: rows[0].update(code="Zürich"),
        delimiter=delimiter,
        encoding=encoding,
        lineterminator="\r\n",
    )
    assert edits(taken(shop, path)) == {("item/a", "code"): ("0415", "Zürich")}


def test_what_cannot_be_read_is_refused_with_line_and_column(shop: Sandbox) -> None:
    whole = exported(shop, "t.csv").read_text()
    header, first, *_ = whole.splitlines(keepends=True)
    cases: list[tuple[str | bytes, str, int, int]] = [
        (whole.replace(",A,", ",Zürich,").encode("cp1252"), "invalid-table", 2, first.index(",A,") + 3),
        (header + first[:-5].rstrip(",") + "\n", "invalid-table", 2, 10),
        (header + first.rstrip("\n") + ",more\n", "invalid-table", 2, 13),
        (header.replace("size", "code") + first, "invalid-table", 1, 5),
        (header.replace("_commit", "x") + first, "invalid-table", 1, 1),
        ("", "invalid-table", 1, 1),
        (header + first.replace(first.split(",")[1], "0" * 40), "resource-not-found", 2, 2),
        (
            header + first + first.replace("item/a", "item/b").replace(first.split(",")[1], "0" * 40),
            "invalid-table",
            3,
            2,
        ),
    ]
    for content, code, line, column in cases:
        path = shop.path.parent / "bad.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        refused = taken(shop, path).refusal
        assert (refused["code"], refused["context"]["line"], refused["context"]["column"]) == (
            code,
            line,
            column,
        ), content
    for old, new, line, column, said in (
        (",3,", ",three,", 2, 5, "no number"),
        (",true,", ",yes,", 2, 7, "no boolean"),
        (',"[""x""]",', ",x y,", 2, 9, "no array"),
        (",3,", ",0415,", 2, 5, "no number"),
        ("item/c,", "item/none,", 4, 1, "unknown entity"),
        ("item/c,", ",", 4, 1, "empty"),
        ("item/c,", "item/b,", 4, 0, "earlier row"),
    ):
        path.write_text(whole.replace(old, new))
        refused = taken(shop, path).refusal
        (row,) = refused["context"]["rows"]
        assert (refused["code"], row["row"]) == ("invalid-rows", line)
        assert row.get("column", 0) == column
        assert said in row["message"]
    assert shop.run("-o", "json", "list").json["drafts"] == []


def test_it_is_a_true_three_way(shop: Sandbox) -> None:
    path = exported(shop, "t.csv")
    start = shop.git("rev-parse", "main")
    shop.change("items/a.json", size=5, code="0415")
    shop.change("items/b.json", code="theirs")
    edit_text(path, lambda rows: (rows[0].update(code="mine"), rows[1].update(code="mine"))[0])
    preview = taken(shop, path, "--dry-run")
    assert edits(preview) == {("item/a", "code"): ("0415", "mine"), ("item/b", "code"): ("1E5", "mine")}
    assert shop.run("-o", "json", "list").json["drafts"] == []
    answer = taken(shop, path)
    assert (answer.code, answer.json["base"]) == (0, start)
    (draft,) = answer.json["rebase"]["drafts"]
    assert draft["status"] == "conflict"
    (conflict,) = shop.run("-o", "json", "conflicts", "table").json["conflicts"]
    assert (conflict["entity"], conflict["canonical"], conflict["draft"]) == ("item/b", "theirs", "mine")
    seen = shop.run("view", "item/a", "--draft", "table").json
    assert (seen["size"], seen["code"]) == (5, "mine")
    shop.fsck()


def test_a_spreadsheet_s_workbook(shop: Sandbox) -> None:
    path = exported(shop, "t.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book.active
    names = [cell.value for cell in sheet[1]]
    at = {name: index + 1 for index, name in enumerate(names)}
    sheet.cell(2, at["code"]).value = "0416"
    sheet.cell(2, at["size"]).value = 12  # a number, as a program that is not told writes it
    sheet.cell(4, at["ok"]).value = True
    sheet.cell(5, 1).value = None
    book.save(path)
    assert {key: after for key, (_, after) in edits(taken(shop, path)).items()} == {
        ("item/a", "code"): "0416",
        ("item/a", "size"): 12,
        ("item/c", "ok"): True,
    }
    for value, said in (
        ("=1+1", "formula"),
        (415, "was text"),
        (date(2024, 3, 1), "date"),
        (1e18, "lost digits"),
    ):
        sheet.cell(2, at["code"]).number_format = "General"
        sheet.cell(2, at["code"]).value = value
        book.save(path)
        refused = shop.run("-o", "json", "new", "Again", "--from-table", str(path)).refusal
        message = f"{refused['message']} {refused['context']}"
        assert said in message
        assert "2" in message


def recipe(language: str) -> str:
    """The recipe of the how-to."""
    text = (Path(__file__).parents[2] / "docs/how-to/edit-in-a-table.md").read_text()
    return text.partition(f"```{language}\n")[2].partition("```")[0]


def test_the_recipe_for_duckdb(shop: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    path = exported(shop, "items.parquet")
    monkeypatch.chdir(path.parent)
    duckdb.sql(recipe("sql"))
    assert edits(taken(shop, path.with_name("edited.parquet"))) == {
        ("item/a", "size"): (3, 4),
        ("item/b", "size"): (9007199254740993, 9007199254740994),
    }
    text = exported(shop, "items.csv", "free")
    duckdb.sql(f"COPY (FROM read_csv('{text}', all_varchar = true, nullstr = '\\N')) TO 'back.csv'")
    refused = shop.run("-o", "json", "new", "Free", "--from-table", str(path.with_name("back.csv")))
    assert refused.refusal["code"] == "empty-draft"


def test_the_recipe_for_pandas(shop: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    path = exported(shop, "items.csv")
    monkeypatch.chdir(path.parent)
    exec(recipe("python"), {})
    assert edits(taken(shop, path)) == {("item/a", "code"): ("0415", "0416")}
    path = exported(shop, "t.parquet")
    frame = pandas.read_parquet(path)
    frame.to_parquet(path)
    again = shop.run("-o", "json", "new", "Again", "--from-table", str(path))
    assert again.refusal["code"] == "empty-draft"
    frame.loc[frame["_entity"] == "item/a", "size"] = 4
    frame.to_parquet(path)
    assert shop.run("new", "Again", "--from-table", str(path)).code == 0
    assert shop.run("view", "item/a", "--draft", "again").json["size"] == 4
    text = exported(shop, "t.csv", "free")
    pandas.read_csv(text, dtype=str, keep_default_na=False).to_csv(text, index=False)
    assert shop.run("-o", "json", "new", "Free", "--from-table", str(text)).refusal["code"] == "empty-draft"


@pytest.mark.parametrize("form", FORMS)
def test_redirects_and_deletions_as_asked(shop: Sandbox, form: str) -> None:
    assert shop.run("redirect", "create", "item/b", "item/a", "--reason", "same").code == 0
    assert shop.run("entity", "delete", "item/c", "--reason", "gone").code == 0
    assert len(exported(shop, "t.csv").read_text().splitlines()) == 2
    path = exported(shop, "t.csv", "item", "--redirects", "--deleted")
    rows = [
        (row["_entity"], row["_state"], row["_target"])
        for row in csv.DictReader(io.StringIO(path.read_text(), newline=""))
    ]
    assert rows == [("item/a", "live", ""), ("item/b", "redirected", "item/a"), ("item/c", "deleted", "")]
    path = exported(shop, f"t.{form}", "item", "--redirects", "--deleted")
    assert taken(shop, path).refusal["code"] == "empty-draft"
    assert len(exported(shop, "t.csv", "item", "--redirects").read_text().splitlines()) == 3


def test_at_a_commit_and_what_cannot_be(shop: Sandbox) -> None:
    before = shop.git("rev-parse", "main")
    shop.change("items/a.json", code="new")
    assert ",0415," in exported(shop, "t.csv", "item", "--at", before).read_text()
    assert shop.run("export", "table", "none").code == 40
    assert shop.run("export", "table", "item", "-c", "code").code == 20
    assert shop.run("new", "x", "--from-table", "none.csv").code == 40
    assert shop.run("new", "x", "--from-table", "a.csv", "--onto", "y").code == 2
