"""Measures Tandem beside plain Kafka loops, on a real broker: `python -m bench`."""
