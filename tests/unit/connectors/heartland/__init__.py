"""Tests of the Heartland connector."""
