"""Heartland: payments over Global Payments' GP API."""
