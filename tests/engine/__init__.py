"""A small flow and a small sink to try the engine with."""
