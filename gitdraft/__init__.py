"""Drafts of JSON entities in git, rebased by a true three-way merge when canonical moves."""
