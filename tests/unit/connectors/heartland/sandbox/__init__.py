"""Tests of the GP API sandbox, over HTTP."""
