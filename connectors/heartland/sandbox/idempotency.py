"""`X-GP-Idempotency`: a key is seen once in 24 hours, whatever it was used for."""

from dataclasses import dataclass

from connectors.heartland.sandbox.errors import KEY_SEEN, GpApiError, unexpected
from connectors.sandbox.keeping.shelves import MEMORY, Shelves

REMEMBERED_MS = 24 * 60 * 60 * 1000
_LONGEST = 50


@dataclass(frozen=True)
class _Seen:
    """When a key was used, and what it made."""

    at_ms: int
    resource_id: str
    status: str


class SeenKeys:
    """The keys of the last 24 hours, with what each of them made.

    A repeated key never replays the first answer: it is refused with the first resource's id. An
    authorization's key is refused for its capture too (facts: JAVA-T). A call that ends in an error
    does not use up its key: by analogy, real behaviour was not found.
    """

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self._seen: dict[str, _Seen] = shelves.shelf("idempotency_keys", _Seen)

    def clear(self) -> None:
        """Forgets all keys."""
        self._seen.clear()

    def check(self, key: str, now_ms: int) -> None:
        """Lets a new key pass.

        Raises:
            GpApiError: 40213 the key is longer than 50; 40039 it was seen, naming what it made.
        """
        if len(key) > _LONGEST:
            raise unexpected("X-GP-Idempotency")
        self._forget(now_ms)
        if key in self._seen:
            seen = self._seen[key]
            text = f"Idempotency Key seen before: id={seen.resource_id}, status={seen.status}"
            raise GpApiError(KEY_SEEN, text)

    def use(self, key: str, resource_id: str, status: str, now_ms: int) -> None:
        """Remembers that a call with this key succeeded and made this resource."""
        self._seen[key] = _Seen(now_ms, resource_id, status)

    def _forget(self, now_ms: int) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if now_ms - self._seen[oldest].at_ms < REMEMBERED_MS:
                return
            del self._seen[oldest]
