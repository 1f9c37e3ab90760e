"""`graph`: entities and what leads from one to another, as a picture."""

from __future__ import annotations

from typing import Literal, cast

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import IN_DRAFT
from gitdraft.model.graphs import GRAPHS, GraphKind


@click.command("graph")
@click.argument("kind", metavar="inheritance|impact|redirects|modules", type=click.Choice(GRAPHS))
@IN_DRAFT
@click.option(
    "--format",
    "form",
    type=click.Choice(["tree", "svg", "mermaid"]),
    default="tree",
    show_default=True,
    help="Text for a terminal, a picture, or a flowchart for pages that know Mermaid.",
)
@pass_command_context
def graph_command(
    ctx: CommandContext, kind: str, draft: str | None, form: Literal["tree", "svg", "mermaid"]
) -> None:
    """Draw how entities hang together.

    Who inherits from whom, whose members a draft changes (without --draft: the current one), what redirects
    where, what belongs to which module. With --draft, what the draft adds and takes away is marked.

    \b
    gitdraft graph inheritance
    gitdraft graph impact --draft tidy-up --format svg > impact.svg
    """
    if kind == "impact":
        draft = ctx.draft_or_current(draft).id
    picture = ctx.repository.graph(cast("GraphKind", kind), draft, progress=ctx.progress("reading entities"))
    text = {"tree": picture.tree, "svg": picture.svg, "mermaid": picture.mermaid}[form]
    lines = text().splitlines() or ["nothing to draw"]
    ctx.answer("graph", picture.graph.as_json(), lines, paged=form == "tree", always=form != "tree")
