"""A sandbox's books in memory, or in a SQLite file that outlives it (ADR 0021)."""
