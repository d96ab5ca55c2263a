"""The order's story: one explicit state machine a key."""
