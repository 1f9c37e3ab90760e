"""What is done with one draft, from its start to its merge.

Start with ``create.py``, then ``edit.py``: an edit is made on the draft's effective view by one of the edit functions of
``edit_functions.py``, checked, and committed to the draft's branch. ``lifecycle.py`` validates, submits, rejects, withdraws
and reopens; ``merge.py`` brings a submitted draft into canonical as one commit, with the files that ``diff.py`` makes of its
effective view, and ``adopt.py`` finishes a merge that plain git has made. ``resolve.py`` answers a draft's conflicts with canonical, ``retarget.py`` those with a redirect.
``reviews.py`` takes comments and verdicts. ``edit_all.py`` edits all that a query matches, ``migrate.py`` transforms canonical and all open drafts. ``details.py`` judges one draft and tells it whole. ``worktree.py``, ``worktree_check.py`` and ``save_revision.py`` take entity files that were edited by hand or
committed by plain git; ``file_edits.py`` makes edits of them. ``impact.py`` says what a draft means
to those who use the entities, ``overlaps.py`` which drafts collide with it.
"""
