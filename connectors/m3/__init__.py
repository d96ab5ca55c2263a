"""Infor M3: MI programs over ION API, BODs over IMS."""
