"""What there is, as frozen values: entities, changes, drafts, conflicts, violations, operations."""
