"""`config`: what gitdraft.yaml says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context

if TYPE_CHECKING:
    from gitdraft.api.reports import Configuration
    from gitdraft.formats.reports import Record


@click.group("config")
def config_command() -> None:
    """Look at the configuration."""


@config_command.command("show")
@pass_command_context
def config_show(ctx: CommandContext) -> None:
    """Print canonical's configuration, every mistake reported.

    \b
    gitdraft config show
    """
    text = ctx.repository.configuration_text()
    lines = ["# defaults"] if text is None else text.splitlines()
    ctx.answer("config", _configuration_json(ctx.repository.configuration), lines)


def _configuration_json(configuration: Configuration) -> Record:
    return {
        "version": configuration.version,
        "canonical": configuration.canonical,
        "drafts": configuration.drafts,
        "entities": {
            name: {
                "path": entity_type.path.text,
                "nested": entity_type.nested,
                **({"schema": entity_type.schema} if entity_type.schema else {}),
                **({"id": entity_type.id_pointer} if entity_type.id_pointer else {}),
                "references": len(entity_type.references),
                "lists": len(entity_type.lists),
                "together": len(entity_type.together),
            }
            for name, entity_type in configuration.entities.items()
        },
        "limits": {
            "max_bytes": configuration.limits.max_bytes,
            "max_depth": configuration.limits.max_depth,
        },
        "merge": {"history": configuration.merge_history},
    }
