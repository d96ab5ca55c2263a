"""The machine and the decisions: specs, messages, flows, the engine and the command line."""
