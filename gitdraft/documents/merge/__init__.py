"""The three-way merge of JSON values: a family of rules a module, the rule ids those of `docs/explanation/rebase-rules.md`.

Start at ``three_way``: the merge of one place (R0 to R9, N1), which asks ``objects`` (R2 to R6, O1; ``renames``: R10;
``groups``: G1; ``member_order``: O1), ``ordered_lists`` (L1 to L8, R9 by lines; ``list_edits`` says what one side did to
a list, ``similarity`` when two elements are versions of one) and ``keyed_lists`` (K1 to K8, SET; ``collation``: K9;
``item_keys``: K1) for what lies inside. ``followers`` are the members that follow canonical (C1; ``followed_elements``: in lists).
``declarations`` are `lists:` and `together:` of the configuration, ``context`` has the path on the way down and collects
conflicts and warnings.
"""
