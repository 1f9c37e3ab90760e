"""Git as values: objects, trees, refs, locks, worktrees and remotes. The only floor that imports pygit2.

Reading: ``repository`` opens one and reads its objects as the values of ``values``, by another process (``object_process``,
``spawned``) where ``place`` says that it is an ordinary one, and by libgit2 (``library``) for more, and for whatever else; ``known_refs``
(of ``ref_files``), ``head`` and ``settings`` read git's files, ``unmoved`` says whether any has changed; ``objects`` has the protocol of all
readers (``ObjectSource``) and the buffer of what is not written yet; ``stored`` says what is there now; ``trees`` walks,
compares and changes trees; ``history`` and ``path_history`` follow commits; ``cache`` remembers what is read; ``large_tree``
is a folder with very many entries.

Writing: ``refs`` moves refs, ``locks`` has the writers' lock, ``worktrees`` lets a checked-out branch follow,
``index`` and ``unmerged`` are its index, ``strategy`` has what a merge strategy does with both, ``safe_files`` writes no file through a link, ``fast_import`` and ``packs``
take many objects at once.

Around it: ``commands`` runs git itself, sealed off from the user's environment where it must be; ``identity``,
``remotes`` and ``fetch``, ``drivers``, ``hook_folders``, ``layout`` and ``unsupported`` are what git is configured to do.

A purge rewrites history in a copy and swaps it in: ``rewritable``, ``reachable_refs``, ``search``, ``filter`` (which runs
``filter_script`` as a process of its own), ``compare``, ``swap_history``.
"""
