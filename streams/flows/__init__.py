"""The business flows: pure decisions, one module each."""
