"""The MediaWiki extension of examples/mediawiki on a real wiki, against a running service: `make test-mediawiki`.

It installs Debian's `mediawiki` where it is not there. Everything else is in a temporary folder and on loopback.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mediawiki_site import Site, free_port, install_packages, make_site, running
from sandbox import Sandbox
from service_schema import IDENTITY

ROOT = Path(__file__).parents[1]
EXTENSION = ROOT / "examples/mediawiki/GitdraftPush"
PATIENCE = 60
PAGES = """\
define( 'NS_PROPERTY', 3000 );
$wgExtraNamespaces[NS_PROPERTY] = 'Property';
$wgExtraNamespaces[NS_PROPERTY + 1] = 'Property_talk';
$wgCapitalLinkOverrides[NS_PROPERTY] = false;
$wgNamespaceContentModels[NS_CATEGORY] = CONTENT_MODEL_JSON;
$wgJobRunRate = 0;
$wgDebugLogFile = __DIR__ . '/debug.log';
$wgDebugLogGroups['GitdraftPush'] = __DIR__ . '/push.log';
$wgJobTypeConf['default']['claimTTL'] = 1;
"""
PUSHING = """\
wfLoadExtension( 'GitdraftPush', '{extension}/extension.json' );
$wgGitdraftUrl = '{url}';
$wgGitdraftToken = '{token}';
$wgGitdraftPages = [
	[ 'namespace' => NS_CATEGORY, 'type' => 'category', 'member' => 'id' ],
	[ 'namespace' => NS_PROPERTY, 'title' => '/^(?!Sandbox)/', 'type' => 'property' ],
	[ 'title' => '~^Item/(?<key>Q[0-9]+)$~', 'type' => 'item' ],
];
"""

SEEDED = {
    "Category:Person": "categories/Person.json",
    "Category:Agent": "categories/Agent.json",
    "Property:deprecated field": "properties/deprecated_field.json",
    "Item/Q1": "items/Q1.json",
}


@dataclass
class Scene:
    """A wiki with the extension, the repository it pushes to, and the drafts seen so far."""

    site: Site
    sandbox: Sandbox
    port: int
    token: str
    seen: set[str] = field(default_factory=set)

    def new_drafts(self) -> list[dict[str, Any]]:
        """The drafts that were not there before, each with its changes."""
        found = [d for d in self.sandbox.run("-o", "json", "list").json["drafts"] if d["id"] not in self.seen]
        self.seen |= {draft["id"] for draft in found}
        return [
            {**d, "changes": self.sandbox.run("-o", "json", "diff", d["id"]).json["changes"]} for d in found
        ]

    def pushed(self) -> list[dict[str, Any]]:
        """The new drafts after the wiki has run its jobs."""
        self.site.maintain("runJobs.php")
        return self.new_drafts()

    def pushed_one(self) -> dict[str, Any]:
        """The one change of the one new draft, with the draft."""
        drafts = self.pushed()
        assert len(drafts) == 1, f"{len(drafts)} drafts instead of one; {self.site.log[-1000:]}"
        (change,) = drafts[0]["changes"]
        return {**change, "draft": drafts[0]}

    def entity(self, path: str, **members: Any) -> str:
        """Canonical's entity with other values for members, as a page has it."""
        return json.dumps({**self.sandbox.read(path), **members}, indent=1)


def edit_becomes_a_draft(scene: Scene) -> None:
    """An edit of a page is a draft with what was changed, in the editor's name."""
    page = scene.entity("categories/Person.json", description="Somebody.")
    scene.site.edit("Category:Person", page, "Say it shorter")
    found = scene.pushed_one()
    assert (found["entity"], found["_change_status"]) == ("category/Person", "modified")
    assert found["patch"] == [{"op": "replace", "path": "/description", "value": "Somebody."}]
    draft = found["draft"]
    assert (draft["title"], draft["source"]) == ("MediaWiki import: Say it shorter", "mediawiki_push")
    assert (draft["description"], draft["author"]) == (
        f"From {scene.site.url} by Admin",
        "Admin <Admin@127.0.0.1>",
    )


def second_edit_is_a_draft_of_its_own(scene: Scene) -> None:
    """The next edit's draft holds that edit alone."""
    members = {"description": "Somebody.", "parents": ["Entity"]}
    scene.site.edit("Category:Person", scene.entity("categories/Person.json", **members))
    found = scene.pushed_one()
    assert found["patch"] == [{"op": "replace", "path": "/parents/0", "value": "Entity"}], found["patch"]
    assert found["draft"]["title"] == "MediaWiki import: Category:Person"


def nested_members_are_patched_where_they_are(scene: Scene) -> None:
    """Below the top, with names that a pointer escapes or PHP takes for numbers; empty values stay what they are."""
    path = "items/Q1.json"
    before = scene.sandbox.read(path)
    new = {name: {"language": "x", "value": f"as {name!r}"} for name in ("a/b", "m~n", "0", "", "ü")}
    labels = {"en": {"language": "en", "value": "person"}, "de": before["labels"]["de"], **new}
    scene.site.edit("Item/Q1", f"<pre>\n{scene.entity(path, labels=labels, aliases={})}\n</pre>")
    found = scene.pushed_one()
    shown = scene.sandbox.run("-o", "json", "view", "item/Q1", "--draft", found["draft"]["id"]).json
    assert shown["document"] == {**before, "labels": labels, "aliases": {}}, shown
    changed = {operation["path"] for operation in found["patch"]}
    assert changed == {
        *(
            "/labels/en/value",
            "/labels/fr",
            "/labels/a~1b",
            "/labels/m~0n",
            "/labels/0",
            "/labels/",
            "/labels/ü",
        ),
        "/aliases/en",
    }, changed


def saving_without_a_change_pushes_nothing(scene: Scene) -> None:
    """A null edit, and one that moves members alone, are none."""
    text = scene.site.text("Category:Person")
    scene.site.edit("Category:Person", text)
    scene.site.edit("Category:Person", json.dumps(dict(reversed(json.loads(text).items()))), "other order")
    assert scene.pushed() == []


def page_that_is_not_configured_pushes_nothing(scene: Scene) -> None:
    """Neither another namespace, nor a title that the rule leaves out, nor a talk page."""
    entity = scene.entity("categories/Person.json", label="Nobody")
    for page in ("Person", "Property:Sandbox", "Category talk:Person"):
        scene.site.edit(page, f"<pre>{entity}</pre>")
    scene.site.edit("Property:No entity", "Only text.")
    assert scene.pushed() == []


def new_page_creates_an_entity(scene: Scene) -> None:
    """The JSON in the wikitext of a new page; its title is the key."""
    entity = '{"id": "shoe_size", "label": "Shoe size", "datatype": "Text"}'
    text = f'Of people.\n<syntaxhighlight lang="json">\n{entity}\n</syntaxhighlight>'
    scene.site.edit("Property:shoe size", text)
    found = scene.pushed_one()
    assert (found["entity"], found["_change_status"]) == ("property/shoe_size", "added")


def edit_before_the_entity_is_merged_creates_it(scene: Scene) -> None:
    """The service does not know the entity yet: the whole of it is proposed again."""
    scene.site.edit("Property:shoe size", scene.site.text("Property:shoe size").replace("Shoe", "EU shoe"))
    found = scene.pushed_one()
    assert (found["entity"], found["_change_status"]) == ("property/shoe_size", "added")
    shown = scene.sandbox.run("-o", "json", "view", "property/shoe_size", "--draft", found["draft"]["id"])
    assert '"EU shoe size"' in shown.out


def deleted_page_deletes_the_entity(scene: Scene) -> None:
    """A deletion is proposed with the wiki's reason."""
    scene.site.delete("Property:deprecated field", "not used")
    found = scene.pushed_one()
    assert (found["entity"], found["_change_status"]) == ("property/deprecated_field", "deleted")
    assert found["draft"]["title"] == "MediaWiki import: not used"


def refused_edit_is_logged(scene: Scene) -> None:
    """What breaks the schema is saved in the wiki, makes no draft, and is in the wiki's log."""
    scene.site.edit("Category:Person", scene.entity("categories/Person.json", label=""))
    assert scene.pushed() == []
    (line,) = [line for line in scene.site.log.splitlines() if "refused with 422" in line]
    assert line.count("/label") == 1, line


def save_succeeds_while_the_service_is_down(scene: Scene) -> None:
    """The page is saved, the push is logged as failed and waits in the wiki's queue."""
    page = scene.entity("categories/Agent.json", description="Whoever acts.")
    scene.site.edit("Category:Agent", page, "While nobody listens")
    scene.site.maintain("runJobs.php")
    assert json.loads(scene.site.text("Category:Agent"))["description"] == "Whoever acts."
    assert "tried again later" in scene.site.log, scene.site.log


def save_succeeds_under_a_broken_configuration(scene: Scene) -> None:
    """A rule without a type, and one whose expression is none: the page is saved."""
    for number, rule in enumerate(("'namespace' => NS_CATEGORY", "'title' => '/(', 'type' => 'category'")):
        scene.site.configure(f"$wgGitdraftPages = [ [ {rule} ] ];")
        for page in ("Category:Agent", "Agent"):
            scene.site.edit(page, scene.entity("categories/Agent.json", description=f"Under rule {number}."))
    assert scene.pushed() == []


def push_arrives_when_the_service_is_back(scene: Scene) -> None:
    """The queue tries it again."""
    until = time.monotonic() + PATIENCE
    while not (drafts := scene.pushed()):
        assert time.monotonic() < until, scene.site.log
    assert [draft["title"] for draft in drafts] == ["MediaWiki import: While nobody listens"]
    assert scene.pushed() == []


def no_token_is_logged(scene: Scene) -> None:
    """Neither the wiki's token nor a draft's capability is in a log of the wiki."""
    logs = {file.name: file for file in scene.site.folder.glob("*.log")}
    assert set(logs) == {"debug.log", "push.log", "web.log"}
    for file in logs.values():
        text = file.read_text()
        assert "gdt_" not in text, file
        assert "gdc_" not in text, file


WITH_SERVICE: tuple[Callable[[Scene], None], ...] = (
    edit_becomes_a_draft,
    second_edit_is_a_draft_of_its_own,
    nested_members_are_patched_where_they_are,
    saving_without_a_change_pushes_nothing,
    page_that_is_not_configured_pushes_nothing,
    new_page_creates_an_entity,
    edit_before_the_entity_is_merged_creates_it,
    deleted_page_deletes_the_entity,
    refused_edit_is_logged,
)


def make_repository(folder: Path) -> Sandbox:
    """The sample repository under git."""
    shutil.copytree(ROOT / "sample-repo", folder)
    sandbox = Sandbox(folder)
    sandbox.git("init", "--quiet", "--initial-branch", "main")
    sandbox.commit("Start")
    return sandbox


def make_scene(folder: Path) -> Scene:
    """A wiki whose pages are canonical's entities, then with the extension."""
    sandbox = make_repository(folder / "repository")
    (folder / "wiki").mkdir()
    site = make_site(folder / "wiki")
    site.configure(PAGES)
    for page, path in SEEDED.items():
        entity = (sandbox.path / path).read_text()
        text = entity if page.startswith("Category:") else f"<pre>{entity}</pre>"
        site.maintain("edit.php", "--user", "Admin", page, stdin=text)
    token = sandbox.run("-o", "json", "token", "create", "wiki", "--role", "contributor").json["token"]
    port = free_port()
    site.configure(PUSHING.format(extension=EXTENSION, url=f"http://127.0.0.1:{port}", token=token))
    return Scene(site, sandbox, port, token)


@contextmanager
def serving(scene: Scene) -> Iterator[None]:
    """The service, on the scene's port."""
    with (
        (scene.sandbox.path / ".git/serve.log").open("a") as log,
        subprocess.Popen(
            [
                *(sys.executable, "-m", "gitdraft.cli.main", "-o", "jsonl"),
                *("serve", "--port", str(scene.port)),
            ],
            cwd=scene.sandbox.path,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        assert server.stdout is not None
        assert server.stdout.readline(), "the service does not start"
        try:
            yield
        finally:
            server.terminate()


def check(behaviour: Callable[[Scene], None], scene: Scene) -> bool:
    """Whether it holds, said in a line."""
    name = behaviour.__name__.replace("_", " ")
    try:
        behaviour(scene)
    except AssertionError as error:
        line = traceback.extract_tb(error.__traceback__)[-1].line
        print(f"FAILED  {name}: {line}: {error}", flush=True)
        scene.new_drafts()
        return False
    print(f"ok      {name}", flush=True)
    return True


def main() -> int:
    """0 when everything holds."""
    os.environ.update(IDENTITY)
    install_packages()
    with tempfile.TemporaryDirectory() as folder:
        scene = make_scene(Path(folder))
        with running(scene.site):
            scene.site.log_in()
            version = scene.site.api(action="query", meta="siteinfo")["query"]["general"]["generator"]
            with serving(scene):
                held = [check(behaviour, scene) for behaviour in WITH_SERVICE]
            held.append(check(save_succeeds_while_the_service_is_down, scene))
            with serving(scene):
                held.append(check(push_arrives_when_the_service_is_back, scene))
                held.append(check(save_succeeds_under_a_broken_configuration, scene))
        held.append(check(no_token_is_logged, scene))
        scene.sandbox.fsck()
    print(f"{sum(held)} of {len(held)} hold on {version}: {'passed' if all(held) else 'FAILED'}")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
