"""The mapping language: YAML files that say how a message becomes a vendor's record.

A file is read (`document`), its fields compiled into closures (`fields` of `recipe` of `steps`,
`convert`, `conditions`, `closures`) against the vendor's `catalogue` and the tenant's `tables`, and
called as a `mapping.Mapping`. A connector loads all of its files at start: `folder.load_mappings`.
People and programs work on the files with `check`, `examples` and `edit`. The guide is
docs/mappings.md.
"""
