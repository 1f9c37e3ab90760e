"""What the site holds beside docs/: examples that pages link to, man pages and completion as files to take, and a script that
Material has every page load from a server of others."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from gitdraft.cli.man_pages import man_pages
from gitdraft.cli.shells import SCRIPTS

ROOT = Path(__file__).parents[1]
OUT_OF_DOCS = "](../../examples/"
SHIM_OF_OTHERS = "https://unpkg.com/iframe-worker/shim"
SHIM = "assets/javascripts/iframe-worker.js"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the files."""
    texts = {f"man/man1/{name}": text for name, text in man_pages().items()}
    texts |= {f"completion/gitdraft.{shell}": text for shell, text in SCRIPTS.items()}
    texts |= {
        file.relative_to(ROOT).as_posix(): file.read_text("utf-8")
        for file in sorted((ROOT / "examples/operate").iterdir())
    }
    texts[SHIM] = (ROOT / "site/iframe-worker.js").read_text("utf-8")
    for path, text in texts.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Has links to examples, which lie beside docs/ in a clone, lead to where the site has them."""
    return markdown.replace(OUT_OF_DOCS, "](../examples/")


def on_post_build(config: MkDocsConfig) -> None:
    """Has every page load the script from the site itself."""
    site = Path(config.site_dir)
    for page in site.rglob("*.html"):
        up = "/" if page.name == "404.html" else "../" * (len(page.relative_to(site).parts) - 1)
        text = page.read_text("utf-8")
        page.write_text(text.replace(SHIM_OF_OTHERS, up + SHIM), "utf-8")
