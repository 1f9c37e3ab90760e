"""Bytes and values: every format that gitdraft reads or writes, without a repository or a clock.

- On canonical: ``configuration`` (gitdraft.yaml, by ``strict_yaml`` and ``review_rule``; ``proposal`` writes a first one), ``paths`` and
  ``keys`` (where an entity's files are, what may be a key), ``tombstones``, ``protections``, ``attributes``.
- In drafts: ``drafts`` (the header), ``changes`` (the changes, the answers to conflicts), ``reviews``.
- In git itself: ``operations`` (an entry of the operation log), ``trailers`` of commit messages.
- Coming in: ``entity_streams``, ``change_rows``, ``redirect_rows``, ``mediawiki`` (``wiki_urls``, ``payload_mistakes``).
- Going out: ``reports``, the JSON of everything that is answered.

``records`` reads JSON objects of a fixed form by hand; ``schemas`` are the JSON Schemas that say the same for others.
"""
