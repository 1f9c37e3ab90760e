"""Entities as RDF by a JSON-LD context that lies in the repository: `rdf:` of a type in gitdraft.yaml.

`context.py` reads a context and what it says of each term; `nodes.py` makes JSON-LD of a document: addresses of references,
decimals as they are written, names of nested nodes; `mapped_type.py` has pyoxigraph expand it, and says redirects;
`silent.py` finds the members of which nothing was said.
"""
