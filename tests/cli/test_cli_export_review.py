"""`export review`: the pages as files, in which every link leads somewhere and nothing can be done."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from sandbox import Sandbox

from gitdraft.transfer.export import write_files

HOSTILE = "<script>window.__pwned=1</script>\u202e"


def test_every_link_leads_to_a_page(sandbox: Sandbox, tmp_path: Path) -> None:
    library = sandbox.library
    for draft_id in ("open", "merged", "clash"):
        draft = library.drafts.new(f"The {draft_id} one", draft_id=draft_id)
        draft.set(
            "category/Person" if draft_id != "merged" else "property/name", "/label", f"{HOSTILE} {draft_id}"
        )
    draft = library.drafts["open"]
    draft.set("category/Person", "/description", "long " * 2000)
    draft.delete("property/unused", "nobody uses it")
    draft.comment("Why?", "category/Person", "/label")
    library.drafts["merged"].submit()
    library.drafts["merged"].merge()
    library.drafts["clash"].set("category/Agent", "/label", "Doer")
    sandbox.change("categories/Agent.json", label="Actor")
    folder = tmp_path / "pages"
    assert sandbox.run("export", "review", str(folder)).code == 0
    files = {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*.html")}
    assert {
        "index.html",
        "drafts/open/index.html",
        "drafts/merged/index.html",
        "drafts/clash/conflicts.html",
        "audit.html",
    } <= files.keys()
    assert "drafts/open/all-1.html" in files  # a value is cut
    assert "drafts/merged/all-1.html" not in files
    for name, html in files.items():
        assert "<form" not in html
        assert HOSTILE not in html
        assert re.search(
            '<meta http-equiv="Content-Security-Policy" content="[^"]*script-src &#39;sha256-', html
        )
        assert "<script>" in html
        for link in re.findall(r'href="([^"#]*)', html):
            place = urlsplit(urljoin(f"file:///{name}", link))
            assert not link or (place.scheme == "file" and place.path[1:] in files), (name, link)
    assert "Why?" in files["drafts/open/index.html"]
    assert "This draft was merged" in files["drafts/merged/index.html"]
    assert sandbox.run("export", "review", str(folder)).code == 41


def test_half_an_export_leaves_no_file(tmp_path: Path) -> None:
    def pages() -> Iterator[tuple[str, bytes]]:
        yield "index.html", b"first"
        yield "drafts/fix/index.html", b"second"
        raise OSError(errno.EIO, "the disk failed")

    with pytest.raises(OSError, match="the disk failed"):
        write_files(tmp_path / "pages", pages())
    assert list((tmp_path / "pages").iterdir()) == []
