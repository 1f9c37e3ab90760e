"""What gitdraft keeps in git: canonical, drafts and the operation log. Here the bytes of ``formats`` meet ``git``.

``repository`` opens a repository and names its branches (``Store``). ``snapshots`` reads canonical at a commit, with
``redirects``, ``references``, ``inheritance`` and ``schema_files`` for single questions; before its first commit it is an
``EmptyCanonical``. ``drafts`` and ``change_files`` read a draft, ``reviews`` what people say of it, ``stacks`` its record of the draft it is stacked on,
``drafts_on_canonical`` those that plain git has merged,
``renamed_entities`` the entities that it has renamed,
``replay`` writes a draft's commits, ``signatures`` their authors. ``affected`` answers which drafts a move of canonical
affects.

``transaction`` is the one module that moves refs; every operation is an entry of ``operation_log``.
``remote_tracking`` relates local drafts to a remote's. ``worktree_state`` and ``merge_resolutions`` are a worktree's
notes, ``tokens`` a server's, ``verdicts`` what was said through one (in ``service_state``), ``hooks`` the scripts that git runs.
"""
