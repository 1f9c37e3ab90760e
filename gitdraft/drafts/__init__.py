"""What is done with one draft, from its start to its merge.

``create.py`` starts a draft; ``edit.py`` changes entities in it by the functions of ``edit_functions.py``;
``lifecycle.py`` validates, submits, rejects, withdraws and reopens; ``merge.py`` brings it into canonical.
``resolve.py`` and ``retarget.py`` answer conflicts. ``worktree.py`` and ``worktree_check.py`` take files that were edited
by hand. ``diff.py``, ``impact.py`` and ``overlaps.py`` say what a draft changes, means, and collides with.
"""
