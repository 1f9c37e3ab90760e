"""What can be said of the MediaWiki extension without a wiki; `make test-mediawiki` runs it on one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples/mediawiki/GitdraftPush"
MANIFEST: dict[str, Any] = json.loads((FOLDER / "extension.json").read_text())


def messages(language: str) -> set[str]:
    """The keys of its messages."""
    return set(json.loads((FOLDER / f"i18n/{language}.json").read_text())) - {"@metadata"}


def test_every_class_of_the_manifest_is_where_it_is_loaded_from() -> None:
    ((prefix, folder),) = MANIFEST["AutoloadNamespaces"].items()
    classes = [handler["class"] for handler in MANIFEST["HookHandlers"].values()]
    for name in [*classes, *MANIFEST["JobClasses"].values()]:
        file = FOLDER / folder / f"{name.removeprefix(prefix)}.php"
        assert f"class {file.stem} " in file.read_text()


def test_every_hook_has_its_function() -> None:
    hooks = (FOLDER / "includes/Hooks.php").read_text()
    assert set(re.findall(r"function on(\w+)\(", hooks)) == set(MANIFEST["Hooks"])


def test_every_message_is_there_and_explained_to_translators() -> None:
    used = {MANIFEST["descriptionmsg"]} | {entry["descriptionmsg"] for entry in MANIFEST["config"].values()}
    assert messages("en") == messages("qqq") == used


def test_settings_are_those_of_the_pages() -> None:
    settings = {f"$wg{name}" for name in MANIFEST["config"]}
    for page in (FOLDER / "README.md", ROOT / "docs/how-to/import-from-mediawiki.md"):
        assert set(re.findall(r"\$wgGitdraft\w+", page.read_text())) == settings
