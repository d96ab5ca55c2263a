"""The processes that race through the same histories, each `python -m bench.contestants.<name>`."""
