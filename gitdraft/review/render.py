"""Values of pages become HTML: templates that escape everything, one style sheet, one script, and a policy that lets nothing
else in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.graphs import Graph
from gitdraft.model.pages import Site
from gitdraft.review.assets import asset, style_sheet
from gitdraft.review.graph_picture import TITLES, svg
from gitdraft.review.graph_text import branches
from gitdraft.review.text import seen


@dataclass(frozen=True, slots=True)
class Template:
    """A page to be rendered: the template's name, the title of the window, what the template shows."""

    name: str
    title: str
    values: Mapping[str, object]


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@lru_cache(maxsize=1)
def policy() -> str:
    """Returns the Content-Security-Policy of every page, without `frame-ancestors`, which holds in a header alone."""
    return (
        f"default-src 'none'; script-src {_hash(asset('page.js'))}; style-src {_hash(style_sheet())}; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def render(site: Site, template: Template) -> str:
    """Returns the page as HTML."""
    return (
        _environment()
        .get_template(f"{template.name}.html")
        .render(site=site, page_title=template.title, **template.values)
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("gitdraft.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters |= {
        "visible": visible_html,
        "date": date,
        "person": person,
        "number": number,
        "anchor": anchor,
        "prose": prose,
        "picture": picture,
        "branches": branches,
    }
    environment.globals |= {
        "style_sheet": Markup(style_sheet()),
        "script": Markup(asset("page.js")),
        "policy": policy(),
        "graph_titles": TITLES,
    }
    return environment


def visible_html(text: object) -> Markup:
    """Returns a text as HTML in which nothing is unseen: each escape stands out."""
    parts = [
        Markup('<span class="escape">{}</span>').format(part.text) if part.is_escape else escape(part.text)
        for part in seen(str(text))
    ]
    return Markup("").join(parts)


def date(moment: str | None) -> Markup:
    """Returns a moment (RFC 3339, UTC) for people, with the whole of it for programs."""
    if not moment:
        return Markup("")
    shown = moment[:16].replace("T", " ")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment, moment, shown)


def person(text: str) -> Markup:
    """Returns the name of `Name <mail>`, with the mail as its title."""
    name, _, mail = text.rpartition(" <")
    if not name:
        return visible_html(text)
    return Markup('<bdi title="{}">{}</bdi>').format(mail.removesuffix(">"), visible_html(name))


def prose(text: str) -> Markup:
    """Returns a text of several paragraphs as HTML: what a person wrote, nothing of it as markup."""
    paragraphs = [visible_html(each) for each in text.replace("\r\n", "\n").split("\n\n") if each.strip()]
    return Markup("").join(Markup("<p><bdi>{}</bdi></p>").format(each) for each in paragraphs)


def picture(graph: Graph) -> Markup:
    """Returns a graph as an SVG element, in which everything is escaped."""
    return Markup(svg(graph))


def anchor(name: str) -> str:
    """Returns a name for an element of a page that any text may have."""
    return f"a{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def number(value: int) -> str:
    """Returns a number with its thousands apart."""
    return f"{value:,}"
