"""Errors, named by what must be done.

Failure
├── Transient       again, with backoff; then the outage rule
├── Unknown         the effect may have happened: ask the system, never hope
├── Rejected        dead letter: a person repairs the data or the rule
│   └── CardData    the same, but the bytes are masked before they are kept
├── Unauthenticated answered 401; nothing is kept
└── Misconfigured   the worker stops and says what to set
"""


class Failure(Exception):
    """What a handler may raise; anything else is a bug: a few more tries, then `Rejected`."""


class Transient(Failure):
    """Worth another try by itself.

    Args:
        reason: what went wrong, in plain words.
        retry_after: seconds that the system asked us to wait, if it did.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Unknown(Failure):
    """No reply: the effect may or may not have happened. Resolved by asking the system."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Rejected(Failure):
    """Refused for good; a person must repair the data or a rule.

    Args:
        reason: what is wrong and what to do, in plain words.
        field: the field that is at fault, in the words of the system that refused it.
        code: the refusing system's own code, if it gave one.
    """

    def __init__(self, reason: str, field: str = "", code: str = "") -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.reason = reason
        self.field = field
        self.code = code


class CardData(Rejected):
    """A message held card data; nothing of it may be kept unmasked."""


class Unauthenticated(Failure):
    """The sender could not prove who it is."""


class Misconfigured(Failure):
    """A setting is missing or wrong; the operator must set it, then start again."""
