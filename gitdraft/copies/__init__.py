"""What is kept elsewhere of a repository, for those who do not read git; git stays the truth.

``names`` says under which name a repository is kept; ``libraries`` loads what an extra brings. ``feed`` publishes the operation
log to one of the ``streams``: ``redis_stream`` and ``jetstream`` are the two that there are.
``snapshots`` writes revisions to ``object_storage``, ``restored`` reads them back. ``projection``
writes the ``projected_rows`` into the ``tables`` of a ``database``.
"""
