"""Tests of the shop connector."""
