"""Tests of the M3 sandbox, through HTTP as its clients see it."""
