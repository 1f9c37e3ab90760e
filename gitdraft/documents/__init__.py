"""JSON documents as values: nothing here reads a file, a clock or git.

``parse`` (strict JSON with limits; ``parse_errors`` words its refusals, ``lexer`` and ``syntax`` know where things stand
in the text) and ``serialise`` turn bytes into values and back. ``equality`` says when two values are the same,
``pointers`` address what is in them.

``rebase_change`` rebases a draft's change of an entity, ``rebase`` a patch: apply it to its base (``patch``,
``size_limits``), merge with canonical (``merge/three_way``), check what the patch reads (``patch_guards``,
``locations``), and write the patch of the result (``diff``, ``alignment``). ``resolutions`` are the
answers to its conflicts. ``entity_merge`` merges two entities into one, ``merge_file`` the three versions of a file for git.

``edit`` changes a file and keeps its formatting (``json_style``). ``differences``, ``blame`` and ``flatten`` show
changes to people. ``inheritance`` and ``cycles`` are about entities that name others, ``portable_patterns`` about the
regular expressions of schemas.
"""
