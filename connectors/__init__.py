"""The outside world: one folder a system, and what all of them share."""
