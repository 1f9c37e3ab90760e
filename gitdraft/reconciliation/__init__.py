"""Names and values of a table reconciled with canonical's entities, as the W3C Community Group's Reconciliation Service API
0.2 asks for them.

`candidates.py` looks names up in the index and ranks who may be meant, by `similarity.py`; `properties.py` says what a
property of an entity is, and its values as cells; `extension.py` fetches them for many entities; `suggestions.py`
completes what is typed. Only what is live on canonical is ever answered: a redirect stands for its target.
"""
