"""Linked data: entities as RDF, out of any commit or draft.

The frame. `terms.py` makes terms and triples, both as N-Triples text: a ``Triple`` is a line without its end, so a set of
triples is a set of strings, sorting them is canonical, and writing them is joining. `mappings.py` chooses for each entity
the ``EntityMapping`` that its type has: `wikibase/` for the types of the profile `rdf:` in gitdraft.yaml, and another one
for a type with `rdf:` of its own (``TypeMapping``). A mapping is given a ``Subject``, what there is (`subjects.py`: the
entity, its state, its version, who is redirected to it) and returns triples; it reads files of the repository through the
snapshot alone, and nothing from elsewhere.

`selection.py` says which entities an export has, in order, `versions.py` their revisions by few walks of history.
`export.py` streams what comes of it, entity by entity; `difference.py` compares two views. `syntaxes.py` writes: N-Triples,
N-Quads and RDF Patch by ourselves, Turtle, JSON-LD and RDF/XML through pyoxigraph, which also checks lines.

`wikibase/` follows "Wikibase/Indexing/RDF Dump Format" 1.0.0: `entities.py` (documents, terms, properties, lexemes,
sitelinks), `statements.py`, `values.py` (one function a data type), `times.py`, `php.py` (PHP's serialisations, which
Wikibase's node names are hashes of), `languages.py` (MediaWiki's codes), `vocabulary.py` (the namespaces).
"""
