"""Ids as GP API makes them: a prefix that says what it is, then 32 characters."""

import uuid


def new_id(prefix: str) -> str:
    """A new id, e.g. `new_id("TRN")` is `TRN_` and 32 hexadecimal digits."""
    return f"{prefix}_{uuid.uuid4().hex}"
