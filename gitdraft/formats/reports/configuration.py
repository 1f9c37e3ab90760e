"""The JSON of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitdraft.formats.reports import Record

if TYPE_CHECKING:  # the pages of the manual are made where pyyaml is not installed yet
    from gitdraft.formats.configuration import Configuration


def configuration_json(configuration: Configuration) -> Record:
    """Returns what gitdraft.yaml says, what it leaves out as it is meant."""
    return {
        "version": configuration.version,
        "canonical": configuration.canonical,
        "drafts": configuration.drafts,
        "entities": {
            name: {
                "path": entity_type.path.text,
                "nested": entity_type.nested,
                **({"schema": entity_type.schema} if entity_type.schema else {}),
                **({"schema_version": entity_type.schema_version} if entity_type.schema_version else {}),
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
