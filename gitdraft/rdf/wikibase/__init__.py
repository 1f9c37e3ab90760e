"""Wikibase's own mapping to RDF: "Wikibase/Indexing/RDF Dump Format", version 1.0.0.

Node names are Wikibase's, which are hashes of what PHP would serialise; they follow from an entity's JSON alone.
"""
