"""Small items in a bare repository, and what curators do to them as words: `["redirect", "A", "B"]`.

Everything runs in this process, through the library, so a sweep of thousands of steps takes seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import run_git

import gitdraft
from gitdraft.git.trees import update_tree
from gitdraft.model.entities import EntityRef
from gitdraft.model.operations import RefMove
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.store.signatures import signature
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.effective_view import EffectiveView, open_view

CONFIGURATION = """\
version: 1
canonical: main
entities:
  item:
    path: items/{key}.json
    id: /id
    references: {/see/*: item}
    lists: {/see: {type: set}}
    merge: {aliases: {/label: /aliases}}
  kind:
    path: kinds/{key}.json
"""

ITEMS: dict[str, dict[str, Any]] = {
    "A": {"id": "A", "label": "a"},
    "B": {"id": "B", "label": "b"},
    "C": {"id": "C", "label": "c"},
    "D": {"id": "D", "label": "d"},
    "R": {"id": "R", "label": "r", "see": ["A"]},
}

Step = Sequence[Any]


def make_items(path: Path) -> Path:
    """A bare repository with the items on main."""
    run_git(path.parent, "init", "--quiet", "--bare", "--initial-branch", "main", str(path))
    files = {"gitdraft.yaml": CONFIGURATION, "kinds/K.json": "{}"} | {
        f"items/{k}.json": json.dumps(v) for k, v in ITEMS.items()
    }
    lines = ["commit refs/heads/main", "committer Ann Archivist <ann@example.org> 1700000000 +0000"]
    lines += ["data 5", "Start"]
    for name, text in files.items():
        lines += [f"M 100644 inline {name}", f"data {len(text.encode())}", text]
    run_git(path, "fast-import", "--quiet", stdin="\n".join(lines) + "\n")
    return path


@dataclass(frozen=True)
class Curating:
    """The repository, and one draft in it."""

    repo: gitdraft.Repository
    draft_id: str = "draft"

    @property
    def draft(self) -> Any:
        """The draft; made at its first use."""
        if self.draft_id not in self.repo.store.open_drafts():
            return self.repo.drafts.new("Draft", draft_id=self.draft_id)
        return self.repo.drafts[self.draft_id]

    def on_canonical(self, step: Step) -> None:
        """One step on canonical."""
        verb, key, *rest = step
        canonical = self.repo.canonical
        name = f"item/{key}"
        match verb:
            case "put":
                self._put(key, rest[0])
            case "redirect" | "repoint":
                canonical.redirect(name, f"item/{rest[0]}", "the same", repoint=verb == "repoint")
            case "merge":
                options = rest[1] if len(rest) > 1 else {}
                canonical.merge(name, f"item/{rest[0]}", "the same", **options)
            case "revert":
                canonical.revert(name, "not the same", to_revision=rest[0] if rest else None)
            case "delete" | "erase":
                getattr(canonical, verb)(name, "not needed", force="force" in rest)
            case "undelete" | "lock" | "unlock" | "archive" | "unarchive":
                getattr(canonical, verb)(name, "so it is decided")
            case _:
                raise AssertionError(step)

    def in_draft(self, step: Step) -> None:
        """One step in the draft."""
        verb, *rest = step
        draft = self.draft
        name = f"item/{rest[0]}" if rest else ""
        match verb:
            case "set":
                draft.set(name, rest[1], rest[2])
            case "create":
                draft.create(name, rest[1])
            case "delete":
                draft.delete(name, "not needed")
            case "redirect" | "repoint":
                draft.redirect(name, f"item/{rest[1]}", "the same", repoint=verb == "repoint")
            case "drop":
                draft.drop(name)
            case "take":
                draft.resolve(name, take=rest[1])
            case "submit" | "merge" | "reopen" | "withdraw":
                getattr(draft, verb)()
            case _:
                raise AssertionError(step)

    def view(self, *, of_draft: bool = False) -> EffectiveView:
        """What canonical, or the draft, has."""
        store = self.repo.store
        return open_view(store, store.find_draft(self.draft_id) if of_draft else None)

    def states(self, keys: Sequence[str], *, of_draft: bool = False) -> dict[str, Any]:
        """The items as a table shows them."""
        view = self.view(of_draft=of_draft)
        return {key: shown(view, EntityRef("item", key)) for key in keys}

    def _put(self, key: str, document: Mapping[str, Any]) -> None:
        """The item's file written by plain means, as a commit of git's would."""
        store = self.repo.store

        def plan(transaction: Transaction) -> Plan[None]:
            metadata, buffer = transaction.metadata, transaction.buffer
            canonical = transaction.canonical
            content = json.dumps(document).encode()
            commit = buffer.commit(
                tree=update_tree(buffer, canonical.tree, {f"items/{key}.json": buffer.blob(content)}),
                parents=(canonical.commit,),
                author=signature(metadata),
                committer=signature(metadata),
                message=f"Put {key}\n",
            )
            return Plan(None, buffer, (RefMove(store.canonical_ref, canonical.commit, commit),))

        self.repo.session.run("put", plan)


def shown(view: EffectiveView, entity: EntityRef) -> Any:
    """An item as the tables write it: its document, `{"redirects_to": key}`, "deleted", "erased" or null."""
    state: EntityState = view.state(entity)
    match state:
        case Live(document=document):
            return document
        case Redirected(target=target):
            return {"redirects_to": target.key}
        case Deleted():
            return "erased" if isinstance(view.canonical.tombstone(entity), ErasedTombstone) else "deleted"
        case Absent():
            return None
    raise AssertionError(state)
