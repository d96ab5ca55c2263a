"""What the sandboxes of all systems share: faults, a request log, a clock that can be sped up."""
