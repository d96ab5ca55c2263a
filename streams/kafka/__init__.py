"""The engine: the only package that knows Faust and Kafka."""
