"""What there is, as frozen values: nothing here reads, writes or computes more than a property.

- ``values``, ``names`` (oids, refs, draft ids), ``entities``: what everything is made of;
- ``changes``, ``drafts``, ``lists``, ``merge``, ``outcomes``: a draft, its changes, and what a rebase makes of them;
- ``tombstones``, ``protections``, ``revisions``, ``operations`` (who acts, when, which refs move),
  ``tokens``: what is kept of entities and of actions;
- ``rules``, ``violations``, ``impacts``: what validation knows and finds;
- ``reports`` (drafts and rebases), ``draft_reports``, ``canonical_reports``, ``sync_reports``, ``worktree_reports``,
  ``view_reports``, ``overlaps``, ``common_changes``: what the verbs answer. ``formats/reports`` has their JSON. They are several modules
  because a command loads no class that it does not need.
"""
