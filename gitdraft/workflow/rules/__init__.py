"""The rules beside JSON Schema, a module a family. Each gives what is wrong with one entity of a view."""
