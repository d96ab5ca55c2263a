"""Tests of the shop sandbox."""
