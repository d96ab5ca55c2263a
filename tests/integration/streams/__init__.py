"""The engine on a real broker."""
